"""The commands that change the document that is shown, and its tools: what each does stands in
works.py, which is read with the room."""

from __future__ import annotations

from desktop.state.commands import CANVAS, EDIT, LAYER, SELECT, Command

NOTHING_OPEN = "Nothing is open in Edit."
_NO_MASK = "No mask is active: draw one, or add one in Layers."
_ONE_LAYER = "The document has only one layer."


def _row(
    command_id: str,
    label: str,
    menu: str,
    *,
    key: str = "",
    why: str = NOTHING_OPEN,
    other_words: str = "",
    begins: bool = False,
) -> Command:
    return Command(
        command_id,
        label,
        menu,
        key=key,
        scope=CANVAS,
        why=why,
        other_words=other_words,
        begins=begins,
    )


ACT_COMMANDS: tuple[Command, ...] = (
    _row("layer-add", "Add layer", LAYER, key="Ctrl+Shift+N"),
    _row("layer-duplicate", "Duplicate layer", LAYER, key="Ctrl+J"),
    _row("layer-delete", "Delete layer", LAYER, why=_ONE_LAYER),
    _row(
        "layer-merge",
        "Merge layer down",
        LAYER,
        key="Ctrl+E",
        why=_ONE_LAYER,
        other_words="flatten",
    ),
    _row("layer-raise", "Raise layer", LAYER, key="Ctrl+]", why=_ONE_LAYER, begins=True),
    _row("layer-lower", "Lower layer", LAYER, key="Ctrl+[", why=_ONE_LAYER),
    _row("layer-show", "Show or hide layer", LAYER, other_words="visible eye"),
    _row("layer-lock", "Lock or unlock layer", LAYER, other_words="protect"),
    _row("layer-turn", "Rotate layer right", LAYER, begins=True),
    _row("layer-flip", "Flip layer left to right", LAYER, other_words="mirror"),
    _row("layer-flip-down", "Flip layer upside down", LAYER, other_words="mirror"),
    _row("layer-resize", "Resize layer...", LAYER, other_words="scale"),
    _row("layer-straighten", "Straighten layer...", LAYER, other_words="rotate angle"),
    _row("sheet-turn", "Rotate document right", LAYER, other_words="90 degrees turn", begins=True),
    _row("sheet-turn-back", "Rotate document left", LAYER),
    _row("sheet-flip", "Flip document left to right", LAYER, other_words="mirror"),
    _row("sheet-flip-down", "Flip document upside down", LAYER, other_words="mirror"),
    _row("sheet-resize", "Resize document...", LAYER, other_words="scale canvas size"),
    _row("sheet-straighten", "Straighten document...", LAYER, other_words="rotate angle horizon"),
    _row(
        "select-region",
        "Select by numbers...",
        SELECT,
        key="Ctrl+Shift+L",
        other_words="mask frame ninths text coordinates",
    ),
    _row("selection-copy", "Copy selection", EDIT, key="Ctrl+C", other_words="clipboard"),
    _row("selection-copy-all", "Copy merged", EDIT, other_words="merged"),
    _row("selection-cut", "Cut selection", EDIT, key="Ctrl+X", other_words="clipboard"),
    _row("selection-erase", "Erase selection", EDIT, key="Delete", other_words="clear delete"),
    _row("select-all", "Select all", SELECT, key="Ctrl+A", other_words="mask everything"),
    _row(
        "select-none",
        "Select nothing",
        SELECT,
        key="Ctrl+Shift+A",
        why=_NO_MASK,
        other_words="deselect clear mask",
        begins=True,
    ),
    _row("select-invert", "Invert selection", SELECT, key="Ctrl+Shift+I", why=_NO_MASK),
    _row("select-grow", "Grow selection...", SELECT, why=_NO_MASK, other_words="expand shrink"),
    _row("select-feather", "Feather selection...", SELECT, why=_NO_MASK, other_words="blur soften"),
    _row(
        "select-alpha",
        "Select layer's shape",
        SELECT,
        other_words="alpha to mask opacity",
        begins=True,
    ),
    _row("select-colour", "Select by colour...", SELECT, other_words="color range magic wand"),
    _row("select-file", "Select from file...", SELECT, other_words="load mask picture"),
    _row("mask-add", "Add mask", SELECT, begins=True),
    _row("mask-duplicate", "Duplicate mask", SELECT, why=_NO_MASK),
    _row("mask-delete", "Delete mask", SELECT, why=_NO_MASK),
)
