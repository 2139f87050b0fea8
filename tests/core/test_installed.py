"""What only an installed program has: a folder beside it, a build of PyTorch that does not fit the machine, files for the desktop."""

from __future__ import annotations

import configparser
import plistlib
import sys
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from core import gpus
from core.paths import places

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"


def test_a_data_folder_beside_the_program_makes_it_portable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CALOTYPE_DATA", raising=False)
    program = tmp_path / "calotype" / "calotype"
    (program.parent / "data").mkdir(parents=True)
    monkeypatch.setattr(sys, "executable", str(program))
    assert not places().root.is_relative_to(tmp_path), "only a frozen program"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert places().root == program.parent / "data" and places().pictures == program.parent / "data" / "pictures"
    assert places(tmp_path / "other").root == tmp_path / "other"
    image = tmp_path / "stick" / "Calotype.AppImage"
    (image.parent / "data").mkdir(parents=True)
    monkeypatch.setenv("APPIMAGE", str(image))
    assert places().root == image.parent / "data"
    (program.parent / "data").rmdir()
    monkeypatch.delenv("APPIMAGE")
    assert not places().root.is_relative_to(tmp_path)


def test_an_idle_card_is_named_with_the_download_that_uses_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus.shutil, "which", lambda name: None)
    monkeypatch.setattr(sys, "platform", "linux")
    assert gpus.cards(tmp_path) == ()
    for number, (vendor, kind) in enumerate((("0x1002", "0x030000"), ("0x8086", "0x030000"), ("0x8086", "0x038000"), ("0x10de", "0x030000"))):
        device = tmp_path / "sys/class/drm" / f"card{number}" / "device"
        device.mkdir(parents=True)
        (device / "vendor").write_text(vendor + "\n")
        (device / "class").write_text(kind + "\n")
    assert gpus.cards(tmp_path) == ("cuda", "rocm", "xpu")
    found = gpus.advice("cpu", ("cuda",))
    assert found is not None and "NVIDIA" in found[0] and '"cuda"' in found[1]
    assert gpus.advice("cuda", ("cuda",)) is None and gpus.advice("cpu", ()) is None and gpus.advice("", ("cuda",)) is None


def test_files_for_the_desktops_say_the_same() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(PACKAGING / "linux" / "calotype.desktop")
    assert entry["Desktop Entry"]["Exec"] == "calotype %f" and "application/x-safetensors" in entry["Desktop Entry"]["MimeType"]
    info = ET.parse(PACKAGING / "linux" / "app.calotype.Calotype.metainfo.xml").getroot()
    assert info.findtext("id") == "app.calotype.Calotype" and info.findtext("launchable") == "calotype.desktop"
    assert ET.parse(PACKAGING / "linux" / "calotype.xml").getroot()[0].attrib["type"] == "application/x-safetensors"
    plist = plistlib.loads((PACKAGING / "macos" / "Info.plist").read_bytes())
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert plist["CFBundleIdentifier"] == "app.calotype.Calotype" and plist["CFBundleShortVersionString"] == version
    rights = plistlib.loads((PACKAGING / "macos" / "entitlements.plist").read_bytes())
    assert rights["com.apple.security.cs.disable-library-validation"] is True
    assert all(kind["LSHandlerRank"] == "Alternate" for kind in plist["CFBundleDocumentTypes"]), "never the default program"
    script = (PACKAGING / "windows" / "calotype.iss").read_text()
    assert f'"{version}"' in script and "PrivilegesRequired=lowest" in script and "[UninstallDelete]" not in script
    flatpak = yaml.safe_load((PACKAGING / "linux" / "app.calotype.Calotype.yml").read_text())
    assert flatpak["command"] == "calotype" and "--share=network" in flatpak["finish-args"]
    flow = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())
    assert {"linux", "windows", "macos"} <= set(flow["jobs"])
