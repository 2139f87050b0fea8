"""What only an installed program has: a folder beside it, a build of PyTorch that does not fit the
machine, files for the desktop."""

from __future__ import annotations

import configparser
import json
import plistlib
import sys
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from core.models.fetch.http import Web
from core.models.fetch.web_address import host_of
from core.service import updates
from core.system import gpus
from core.system.errors import WorldError
from core.system.paths import places
from core.system.settings import Settings
from tests.core.models.fetch import hub_server
from tests.core.models.fetch.odd_server import drip, endless, odd_server

ROOT = Path(__file__).parents[3]
PACKAGING = ROOT / "packaging"


def test_a_data_folder_beside_the_program_makes_it_portable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CALOTYPE_DATA", raising=False)
    program = tmp_path / "calotype" / "calotype"
    (program.parent / "data").mkdir(parents=True)
    monkeypatch.setattr(sys, "executable", str(program))
    assert not places().root.is_relative_to(tmp_path), "only a frozen program"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert (
        places().root == program.parent / "data"
        and places().pictures == program.parent / "data" / "pictures"
    )
    assert places(tmp_path / "other").root == tmp_path / "other"
    image = tmp_path / "stick" / "Calotype.AppImage"
    (image.parent / "data").mkdir(parents=True)
    monkeypatch.setenv("APPIMAGE", str(image))
    assert places().root == image.parent / "data"
    (program.parent / "data").rmdir()
    monkeypatch.delenv("APPIMAGE")
    assert not places().root.is_relative_to(tmp_path)


def test_an_idle_card_is_named_with_the_download_that_uses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpus.shutil, "which", lambda name: None)
    monkeypatch.setattr(sys, "platform", "linux")
    assert gpus.graphics_cards(tmp_path) == ()
    for number, (vendor, kind) in enumerate(
        (
            ("0x1002", "0x030000"),
            ("0x8086", "0x030000"),
            ("0x8086", "0x038000"),
            ("0x10de", "0x030000"),
        )
    ):
        device = tmp_path / "sys/class/drm" / f"card{number}" / "device"
        device.mkdir(parents=True)
        (device / "vendor").write_text(vendor + "\n")
        (device / "class").write_text(kind + "\n")
    assert gpus.graphics_cards(tmp_path) == ("cuda", "rocm", "xpu")
    found = gpus.idle_card_advice("cpu", ("cuda",))
    assert found is not None and "NVIDIA" in found[0] and '"cuda"' in found[1]
    assert (
        gpus.idle_card_advice("cuda", ("cuda",)) is None
        and gpus.idle_card_advice("cpu", ()) is None
        and gpus.idle_card_advice("", ("cuda",)) is None
    )


def test_the_build_is_looked_up_only_where_there_is_a_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(gpus, "torch_build", lambda: asked.append("cpu") or "cpu")
    monkeypatch.setattr(gpus.shutil, "which", lambda _: None)
    monkeypatch.setattr(gpus.sys, "platform", "linux")
    assert gpus.idle_card(tmp_path) is None and not asked
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/kfd").touch()
    advice = gpus.idle_card(tmp_path)
    assert advice is not None and "AMD" in advice[0] and asked == ["cpu"]


@pytest.mark.parametrize(
    ("version", "found"),
    [
        ("0.1.1", True),
        ("0.10", True),
        ("v1.0", True),
        ("0.1.0", False),
        ("0.1", False),
        ("0.1.0rc1", False),
        ("0.2rc1", True),
        ("0.0.9", False),
        ("newest", False),
        ("", False),
    ],
)
def test_a_newer_release_is_told_apart(version: str, found: bool) -> None:
    with hub_server.serving() as server:
        server.plain["/releases.json"] = (
            json.dumps(
                {"version": version, "notes": "Faster.", "page": f"{server.url}/page"}
            ).encode(),
            "",
        )
        web = Web(plain_hosts=(host_of(server.url),))
        release = updates.newer_release(web, f"{server.url}/releases.json", "0.1.0")
        assert (release is not None) is found and len(server.asked) == 1
        assert release is None or (
            release.page == f"{server.url}/page" and release.notes == "Faster."
        )
        web.close()


def test_a_feed_that_makes_no_sense_is_a_sentence() -> None:
    with hub_server.serving() as server:
        web = Web(plain_hosts=(host_of(server.url),))
        for body in (
            b"",
            b"[]",
            b"{",
            b"\xff\xfe",
            json.dumps({"version": 3}).encode(),
            b'{"version":"' + b"9" * 2_000_000 + b'"}',
        ):
            server.plain["/releases.json"] = (body, "")
            with pytest.raises(WorldError, match="later"):
                updates.newer_release(web, f"{server.url}/releases.json", "0.1.0")
        server.absent.add("/nowhere.json")
        with pytest.raises(WorldError):
            updates.newer_release(web, f"{server.url}/nowhere.json", "0.1.0")
        for page in (
            "file:///etc/passwd",
            "http://[::1",
            "https://",
            "https://u:p@hub.example/",
            "http://hub.example/x",
            "x" * 10_000,
        ):
            server.plain["/releases.json"] = (
                json.dumps({"version": "2", "page": page}).encode(),
                "",
            )
            release = updates.newer_release(web, f"{server.url}/releases.json", "0.1.0")
            assert release is not None and release.page == "", page
        web.close()


def test_a_feed_that_never_ends_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Web.read, "__kwdefaults__", {"limit": 2**20, "seconds": 0.4})
    with odd_server() as server:
        server.answers |= {
            "/drip": drip(0.02),
            "/head": drip(0.02, head=True),
            "/endless": endless(),
        }
        web = Web()
        for path in ("/drip", "/head", "/endless"):
            with pytest.raises(WorldError, match="later"):
                updates.newer_release(web, server.url + path, "0.1.0")
        web.close()


def test_nothing_is_asked_unless_wanted(qapp: object, tmp_path: Path) -> None:
    from PySide6.QtCore import QEventLoop, QObject, QTimer

    from desktop.app.news_dialog import NewsDialog
    from desktop.app.updates import UpdateCheck
    from desktop.widgets.notices import NoticeBar

    def pump(ms: int) -> None:
        loop = QEventLoop()
        QTimer.singleShot(ms, loop.quit)
        loop.exec()

    with hub_server.serving() as server:
        feed = f"{server.url}/releases.json"
        server.plain["/releases.json"] = (
            json.dumps(
                {"version": "99", "notes": "\nQuicker at everything.", "page": f"{server.url}/p"}
            ).encode(),
            "",
        )
        notice, parent = NoticeBar(), QObject()
        looking = UpdateCheck(notice, parent)
        for chosen in (Settings(), Settings(updates=True, offline=True)):
            looking.check(chosen, lambda: feed)
        looking.check(Settings(updates=True), lambda: "")
        pump(300)
        assert server.asked == [] and not notice.text.text()
        looking.check(Settings(updates=True, mirror=server.url), lambda: feed)
        for _ in range(100):
            if notice.text.text():
                break
            pump(50)
        assert (
            notice.text.text() == "Calotype 99 is there. Quicker at everything."
            and len(server.asked) == 1
        )
        notice.button.click()
        news = notice.findChild(NewsDialog)
        assert (
            news is not None
            and news.isVisible()
            and news.notes.toPlainText() == "Quicker at everything."
        )
        assert (
            news.page.isVisible()
            and news.page.toolTip() == f"{server.url}/p"
            and len(server.asked) == 1
        )
        looking.end()
    assert updates.feed_address() == "" and updates.feed_address(tmp_path / "none") == ""


def test_files_for_the_desktops_say_the_same() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(PACKAGING / "linux" / "calotype.desktop")
    assert (
        entry["Desktop Entry"]["Exec"] == "calotype %f"
        and "application/x-safetensors" in entry["Desktop Entry"]["MimeType"]
    )
    info = ET.parse(PACKAGING / "linux" / "app.calotype.Calotype.metainfo.xml").getroot()
    assert (
        info.findtext("id") == "app.calotype.Calotype"
        and info.findtext("launchable") == "calotype.desktop"
    )
    assert (
        ET.parse(PACKAGING / "linux" / "calotype.xml").getroot()[0].attrib["type"]
        == "application/x-safetensors"
    )
    plist = plistlib.loads((PACKAGING / "macos" / "Info.plist").read_bytes())
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert (
        plist["CFBundleIdentifier"] == "app.calotype.Calotype"
        and plist["CFBundleShortVersionString"] == version
    )
    rights = plistlib.loads((PACKAGING / "macos" / "entitlements.plist").read_bytes())
    assert rights["com.apple.security.cs.disable-library-validation"] is True
    assert all(kind["LSHandlerRank"] == "Alternate" for kind in plist["CFBundleDocumentTypes"]), (
        "never the default program"
    )
    script = (PACKAGING / "windows" / "calotype.iss").read_text()
    assert (
        f'"{version}"' in script
        and "PrivilegesRequired=lowest" in script
        and "[UninstallDelete]" not in script
    )
    flatpak = yaml.safe_load((PACKAGING / "linux" / "app.calotype.Calotype.yml").read_text())
    assert flatpak["command"] == "calotype" and "--share=network" in flatpak["finish-args"]
    flow = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())
    assert {"linux", "windows", "macos"} <= set(flow["jobs"])
