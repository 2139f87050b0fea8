"""The menu of a picture: what can be done with it now, in groups, what belongs together in a menu
within it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from desktop.widgets.i18n import tr_data

_Entry = str | tuple[str, ...]  # a command's id, or a menu: its heading and the ids in it
# lines stand between them; a command that is in none stands before the last one
GROUPS: tuple[tuple[_Entry, ...], ...] = (
    ("restore",),
    ("view", "view-create", "compare", "compare-before", "fold-stack", "sort-out"),
    (
        "edit-picture",
        "vary",
        "vary-by",
        "upscale",
        "insight-picture",
        "rewind",
        "what-went-wrong",
    ),
    (
        "reuse-all",
        (
            "Reuse a part",
            "reuse-prompt",
            "reuse-seed",
            "use-start",
            "words-of-picture",
            "draw-again",
            "style-from-picture",
            "make-again",
            "model-picture",
        ),
        ("More like it", "looks-like", "same-recipe", "same-prompt", "same-model"),
        "family",
    ),
    (
        "favourite",
        ("Rating", "rate-5", "rate-4", "rate-3", "rate-2", "rate-1", "rate-0"),
        "reject",
        "tags",
        "album-add",
        "album-take",
    ),
    (
        ("Copy", "copy", "copy-recipe", "copy-seed"),
        ("Save and export", "save-as", "save-plain", "export"),
        "show-in-folder",
    ),
    ("delete",),
)


def _ids(entry: _Entry) -> tuple[str, ...]:
    return (entry,) if isinstance(entry, str) else entry[1:]


_PLACED = frozenset(one for group in GROUPS for entry in group for one in _ids(entry))


def fill_picture_menu(menu: QMenu, actions: Mapping[str, QAction], possible: Iterable[str]) -> None:
    """With those of the actions, by their commands' ids, that are `possible` now."""
    can = dict.fromkeys(one for one in possible if one in actions)
    others = tuple(one for one in can if one not in _PLACED)
    for group in (*GROUPS[:-1], others, GROUPS[-1]):
        is_first = True
        for entry in group:
            there = [actions[one] for one in _ids(entry) if one in can]
            if not there:
                continue
            if is_first and not menu.isEmpty():
                menu.addSeparator()
            is_first = False
            (menu if isinstance(entry, str) else _menu_in(menu, entry[0])).addActions(there)


def _menu_in(menu: QMenu, heading: str) -> QMenu:
    inner = menu.addMenu(tr_data(heading))
    inner.setObjectName(heading)
    inner.setToolTipsVisible(True)
    return inner
