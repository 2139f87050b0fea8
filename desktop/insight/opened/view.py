"""A view of Insight: its row, from which its tab follows, and what the room calls of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from core.values.picture import Picture
from desktop.insight.opened.opening import Opening
from desktop.shared.context import RoomContext
from desktop.widgets import theme


class BuiltView(QObject):
    """A view that was built. It sets `page` and `first_focus`, hears `opening.changed` by itself,
    and overrides what it needs of the rest. `said_changed` when what it says of itself in the
    room's head is another thing now."""

    page: QWidget
    first_focus: QWidget
    said_changed = Signal()

    def said(self) -> str:
        """What stands in the head in the place of the words on the picture; "" for those."""
        return ""

    def action(self) -> str | None:
        """The words of the button beside `said`; "" for the room's own, None for no button."""
        return ""

    def act(self) -> None:
        """The button with the words of `action` was pressed."""

    def take(self, paths: Sequence[Path]) -> None:
        """Somebody chose these pictures for it."""

    def shows(self, picture: Picture) -> bool:
        """Whether this one was made in the view from the picture that is open, and stands there."""
        return False

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """The theme changed."""

    def help_texts(self) -> Iterable[tuple[QWidget, str]]:
        """Each control that has no words of its own, and its sentence."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A row of desktop.insight.views.VIEWS. `name` stands on the tab, `help` is its sentence.

    It is built when it is first opened, and says itself what it needs of the picture.
    """

    id: str
    name: str
    help: str
    build: Callable[[RoomContext, Opening], BuiltView]
