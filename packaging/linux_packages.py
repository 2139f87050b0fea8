"""A .deb and an AppDir out of the frozen folder. Needs dpkg-deb (and
fakeroot where not run by root)."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINUX = ROOT / "packaging" / "linux"
ID = "app.calotype.Calotype"
DEPENDS = (
    "libc6 (>= 2.36), libgl1, libegl1, libxkbcommon0, libdbus-1-3, libfontconfig1, "
    "libglib2.0-0t64 | libglib2.0-0, libxcb-cursor0, libxkbcommon-x11-0, libxcb-icccm4, "
    "libxcb-keysyms1, libxcb-shape0"
)
RECOMMENDS = (
    "fonts-dejavu-core | fonts-noto-core, libwayland-cursor0, xdg-utils, "
    "shared-mime-info, desktop-file-utils"
)
CONTROL = """Package: calotype
Version: {version}
Section: graphics
Priority: optional
Architecture: amd64
Installed-Size: {kilobytes}
Maintainer: The Calotype developers <packages@calotype.app>
Depends: {depends}
Recommends: {recommends}
Description: desktop darkroom for Stable Diffusion
 Describe a picture, press Generate, watch it develop, and find it again
 tomorrow. Everything runs on your own machine and nothing leaves it.
 .
 A small model comes with the program; larger ones are downloaded in its
 Models room or used in place from other programs.
"""


def deb(folder: Path, out: Path, version: str) -> Path:
    """out/calotype_VERSION_amd64.deb; user data is no part of it, so that
    removing it leaves that alone."""
    tree = out / "deb"
    shutil.rmtree(tree, ignore_errors=True)
    _fill(tree / "usr", folder, version)
    doc = tree / "usr" / "share" / "doc" / "calotype"
    doc.mkdir(parents=True)
    shutil.copy(LINUX / "copyright", doc / "copyright")
    changes = (
        f"calotype ({version}) stable; urgency=medium\n\n"
        "  * Built from the tree of this version.\n\n -- The Calotype developers "
        f"<packages@calotype.app>  {time.strftime('%a, %d %b %Y %H:%M:%S +0000', time.gmtime())}\n"
    )
    (doc / "changelog.gz").write_bytes(gzip.compress(changes.encode(), mtime=0))
    overrides = tree / "usr" / "share" / "lintian" / "overrides" / "calotype"
    overrides.parent.mkdir(parents=True)
    shutil.copy(LINUX / "lintian-overrides", overrides)
    _settle(tree)
    files = (path for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
    size = sum(path.lstat().st_size for path in files)
    (tree / "DEBIAN").mkdir()
    words = CONTROL.format(
        version=version, kilobytes=size // 1024, depends=DEPENDS, recommends=RECOMMENDS
    )
    (tree / "DEBIAN" / "control").write_text(words)
    target = out / f"calotype_{version}_amd64.deb"
    wrap = [] if os.geteuid() == 0 else ["fakeroot"]
    _run(
        *wrap,
        "dpkg-deb",
        "--root-owner-group",
        "-Zxz",
        "-z3",
        "--threads-max=0",
        "--build",
        tree,
        target,
    )
    shutil.rmtree(tree)
    return target


def appdir(folder: Path, out: Path, version: str) -> Path:
    """out/Calotype.AppDir; `appimagetool Calotype.AppDir` makes the AppImage where that tool is."""
    tree = out / "Calotype.AppDir"
    shutil.rmtree(tree, ignore_errors=True)
    _fill(tree / "usr", folder, version)
    entry = "calotype.desktop"
    shutil.copy(tree / "usr" / "share" / "applications" / entry, tree / entry)
    shutil.copy(
        tree / "usr" / "share" / "icons" / "hicolor" / "256x256" / "apps" / "calotype.png",
        tree / "calotype.png",
    )
    start = tree / "AppRun"
    start.write_text(
        '#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/usr/lib/calotype/calotype" "$@"\n'
    )
    start.chmod(0o755)
    _settle(tree)
    return tree


def _fill(usr: Path, folder: Path, version: str) -> None:
    """The program below usr/lib, and what the desktop needs below usr/share."""
    shutil.copytree(folder, usr / "lib" / "calotype", symlinks=True)
    (usr / "bin").mkdir(parents=True)
    (usr / "bin" / "calotype").symlink_to("../lib/calotype/calotype")
    icons = ROOT / "build" / "icons"
    python = next((ROOT / "build").glob("env-*/bin/python"), Path(sys.executable))
    _run(python, ROOT / "packaging" / "icons.py", icons, QT_QPA_PLATFORM="offscreen")
    hicolor = usr / "share" / "icons" / "hicolor"
    for png in icons.glob("*.png"):
        _put(png, hicolor / f"{png.stem}x{png.stem}" / "apps" / "calotype.png")
    drawing = ROOT / "resources" / "icons" / "calotype.svg"
    _put(drawing, hicolor / "scalable" / "apps" / "calotype.svg")
    _put(LINUX / "calotype.desktop", usr / "share" / "applications" / "calotype.desktop")
    _put(LINUX / "calotype.xml", usr / "share" / "mime" / "packages" / "calotype.xml")
    for source, target in (
        (f"{ID}.metainfo.xml", usr / "share" / "metainfo" / f"{ID}.metainfo.xml"),
        ("calotype.1", usr / "share" / "man" / "man1" / "calotype.1.gz"),
    ):
        text = (LINUX / source).read_text().replace("@VERSION@", version)
        data = text.replace("@DATE@", time.strftime("%Y-%m-%d")).encode()
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(gzip.compress(data, mtime=0) if target.suffix == ".gz" else data)


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def _settle(tree: Path) -> None:
    """Rights as packages have them: folders and programs 755, the rest 644."""
    for path in tree.rglob("*"):
        if path.is_symlink():
            continue
        runs = path.is_dir() or path.name in ("calotype", "AppRun")
        path.chmod(0o755 if runs and (path.is_dir() or "lintian" not in path.parts) else 0o644)


def _run(*command: object, **more: str) -> None:
    done = subprocess.run(
        [str(part) for part in command], check=False, cwd=ROOT, env=os.environ | more
    )
    if done.returncode:
        sys.exit(f"build: {Path(str(command[0])).name} ended with {done.returncode}.")
