"""The commands of the room Edit, but those of its tools."""

from __future__ import annotations

from desktop.edit.acts.rows import ACT_COMMANDS, NOTHING_OPEN
from desktop.state.commands import CANVAS, EDIT, FILE, PICTURE, ROOM, SELECT, VIEW, Command

_NO_RESULT = "No result lies over the canvas."
_RESULTS = "Results"  # the menu within the menu
_NO_CREATE = "Open a picture in Edit first."


def _of_result(
    command_id: str, label: str, key: str, other_words: str = "", *, begins: bool = False
) -> Command:
    return Command(
        command_id,
        label,
        PICTURE,
        key=key,
        scope=CANVAS,
        why=_NO_RESULT,
        other_words=other_words,
        begins=begins,
        under=_RESULTS,
    )


COMMANDS: tuple[Command, ...] = (
    Command(
        "document-new",
        "New document",
        FILE,
        key="Ctrl+N",
        scope=ROOM,
        other_words="canvas blank empty sketch",
    ),
    Command(
        "document-open",
        "Open in Edit...",
        FILE,
        key="Ctrl+Shift+O",
        other_words="inpaint img2img canvas load ora OpenRaster Krita GIMP",
    ),
    Command(
        "document-paste",
        "Paste picture",
        EDIT,
        key="Ctrl+V",
        scope=CANVAS,
        other_words="clipboard insert layer",
        begins=True,
    ),
    Command(
        "document-save",
        "Save picture",
        FILE,
        key="Ctrl+S",
        scope=ROOM,
        why=NOTHING_OPEN,
        other_words="gallery flatten",
    ),
    Command(
        "document-save-layers",
        "Save layers as...",
        FILE,
        key="Ctrl+Shift+S",
        scope=ROOM,
        why=NOTHING_OPEN,
        other_words="ora OpenRaster Krita GIMP layered file",
    ),
    Command(
        "document-close",
        "Close document",
        FILE,
        key="Ctrl+F4",
        scope=ROOM,
        why=NOTHING_OPEN,
        begins=True,
    ),
    Command(
        "document-reopen",
        "Reopen closed document",
        FILE,
        key="Ctrl+Shift+T",
        scope=ROOM,
        why="No document was closed within the last 30 days.",
        other_words="undo close tab",
    ),
    Command(
        "document-newer",
        "Take the new version",
        FILE,
        why="No other program has saved this document's file since it was opened.",
        other_words="reload revert outside changed",
    ),
    _of_result("result-next", "Next result", "N", "candidate staging", begins=True),
    _of_result("result-previous", "Previous result", "Shift+N", "candidate staging"),
    _of_result("result-accept", "Accept result", "A", "candidate apply staging"),
    _of_result("result-accept-layer", "Accept result as layer", "Shift+A", "candidate staging"),
    _of_result("result-keep", "Keep result", "K", "candidate staging"),
    _of_result("result-discard", "Discard result", "D", "candidate delete trash staging"),
    _of_result("result-discard-rest", "Discard all results", "Shift+D", "candidates trash"),
    Command(
        "result-again",
        "Show kept results again",
        PICTURE,
        why="No result of this document was put away.",
        other_words="candidates staging",
        under=_RESULTS,
    ),
    Command(
        "paint-target",
        "Paint on mask or layer",
        SELECT,
        key="T",
        scope=CANVAS,
        why=NOTHING_OPEN,
        other_words="target switch quick mask selection colours",
        begins=True,
    ),
    Command(
        "mask-tint",
        "Show or hide the mask's tint",
        VIEW,
        key="Q",
        scope=CANVAS,
        why=NOTHING_OPEN,
        other_words="quick mask overlay selection rubylith outline",
    ),
    Command(
        "document-compare",
        "Compare before and after",
        VIEW,
        key="Ctrl+Shift+B",
        scope=ROOM,
        why=NOTHING_OPEN,
        other_words="difference slider blink original",
    ),
    Command(
        "document-next",
        "Next document",
        VIEW,
        key="Ctrl+Tab",
        scope=ROOM,
        why=NOTHING_OPEN,
    ),
    Command(
        "document-previous",
        "Previous document",
        VIEW,
        key="Ctrl+Shift+Tab",
        scope=ROOM,
        why=NOTHING_OPEN,
    ),
    *ACT_COMMANDS,
    Command(
        "form-from-create",
        "Copy form from Create",
        EDIT,
        why=_NO_CREATE,
        other_words="prompt parameters",
        begins=True,
    ),
    Command(
        "form-to-create",
        "Copy form to Create",
        EDIT,
        why=_NO_CREATE,
        other_words="prompt parameters send to txt2img",
    ),
)
