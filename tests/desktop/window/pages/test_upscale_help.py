"""The page on making pictures larger: what it names is there, and it opens."""

from __future__ import annotations

from core.service.upscaling.wishes import STRENGTH
from core.values.request_parts.upscale import MAX_AREA, MAX_SIDE
from desktop.shell.pages.help_page import FOLDER, page_text
from desktop.shell.rooms import COMMANDS
from tests.desktop.driving import Open, until


def test_its_keys_and_limits_are_those_of_the_program() -> None:
    text = page_text(FOLDER / "upscale.md")
    assert f"Press {COMMANDS['upscale'].key} on a picture" in text
    assert COMMANDS["upscale-folder"].label.removesuffix("...") in text
    assert f"{COMMANDS['compare-before'].key} does so later" in text
    assert f"{MAX_SIDE} pixels long and {MAX_AREA // 2**20} million pixels" in text
    assert f"{STRENGTH:g} draws new texture" in text


def test_it_opens(open_app: Open) -> None:
    window = open_app().window
    window.actions_by_id["help.upscale"].trigger()
    page = window.help.pages["upscale"]
    until(lambda: "the tiles overlap" in page.text.toPlainText())
    page.close()
