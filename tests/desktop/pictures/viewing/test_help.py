"""The page of help about looking at pictures names the keys that there are."""

from __future__ import annotations

from core.system.paths import RESOURCES
from desktop.pictures.viewing.bar import FILM_KEY, RECIPE_KEY
from desktop.pictures.viewing.slide_show import FASTEST, SLOWEST
from desktop.shell.rooms import COMMANDS


def test_the_page_names_the_keys_and_figures_that_there_are() -> None:
    page = (RESOURCES / "help" / "viewing.md").read_text(encoding="utf-8")
    for command_id in ("second-window", "slide-show", "compare", "sort-out", "reject", "favourite"):
        key = COMMANDS[command_id].key
        assert any(f"{before}{key}" in page for before in ("| ", "Press ", "press ", ", ")), key
    for key in (FILM_KEY, RECIPE_KEY):
        assert f"| {key} |" in page
    assert f"{FASTEST} to {SLOWEST} seconds" in page
    assert COMMANDS["help.viewing"].label == page.splitlines()[0].removeprefix("# ")
