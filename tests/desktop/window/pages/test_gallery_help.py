"""The page on the Gallery: what it says of searches and keys is true."""

from __future__ import annotations

import re

from core.store.finding.language import FIELDS, parse
from desktop.gallery.filtering.words import BY_COMMAND
from desktop.shell.pages.help_page import FOLDER, page_text
from desktop.shell.rooms import COMMANDS
from tests.desktop.driving import Open, until


def test_its_searches_are_understood_and_name_every_field() -> None:
    text = page_text(FOLDER / "gallery.md")
    searches = re.findall(r"`([^`]+)`", text)
    assert not [(one, parse(one).problems) for one in searches if parse(one).problems]
    named = {one.lstrip("-").partition(":")[0] for one in searches if ":" in one}
    assert named >= set(FIELDS) - set(BY_COMMAND)


def test_its_keys_are_those_of_the_program() -> None:
    text = page_text(FOLDER / "gallery.md")
    for command_id, said in {
        "favourite": "| {} | marks favourites",
        "rate-1": "| {} to 5, 0 | gives stars",
        "reject": "| {} | rejects",
        "tags": "| {} | tags of all",
        "album-add": "| {} | puts them into an album",
        "undo": "| {} | takes back",
        "gallery-list": "{} shows or hides it",
        "export": "{} exports what is chosen",
    }.items():
        assert said.format(COMMANDS[command_id].key) in text, command_id


def test_it_opens(open_app: Open) -> None:
    window = open_app().window
    window.actions_by_id["help.gallery"].trigger()
    page = window.help.pages["gallery"]
    until(lambda: "Save as album keeps" in page.text.toPlainText())
    page.close()
