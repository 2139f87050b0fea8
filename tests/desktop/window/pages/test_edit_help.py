"""The page on editing: the keys that it names are those of the commands, and it opens."""

from __future__ import annotations

from desktop.edit.tools.table import ToolId, row_of
from desktop.shell.pages.help_page import FOLDER, page_text
from desktop.shell.rooms import COMMANDS
from tests.desktop.driving import Open, until

SAID = {
    "paint-target": "T changes between painting on the mask and on the layer",
    "mask-tint": "Q hides the tint",
    "result-next": "N shows the next",
    "result-previous": "Shift+N the one before",
    "result-accept": "A takes a result into the active layer",
    "result-accept-layer": "Shift+A as a layer of its own",
    "result-keep": "K puts it away",
    "result-discard": "D throws it into the trash",
}


def test_its_keys_and_commands_are_those_of_the_room() -> None:
    text = page_text(FOLDER / "edit.md")
    for command_id, words in SAID.items():
        assert words in text and words.split()[0] == COMMANDS[command_id].key
    assert f"the frame tool ({row_of(ToolId.FRAME).key})" in text
    for command_id in ("document-save", "document-save-layers", "document-new", "select-region"):
        assert COMMANDS[command_id].label.removesuffix("...").removesuffix(" as") in text


def test_it_opens_beside_the_room(open_app: Open) -> None:
    window = open_app().window
    window.actions_by_id["help.edit"].trigger()
    page = window.help.pages["edit"]
    until(lambda: "hold \\ to see what is below" in page.text.toPlainText())
    assert page.isVisible() and not page.isModal()
    page.close()
