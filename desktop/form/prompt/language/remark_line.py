"""What of the texts is not understood, in one quiet line under the prompt; where, the editors
show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from core.system.errors import KnownError
from core.values.request import Request
from desktop.state.draft import Draft
from desktop.state.tasks import NetworkTasks
from desktop.widgets.controls import ElidedLabel
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.remarks.known_names import KnownNames
    from core.service.remarks.marked_places import MarkedTexts

SETTLED_MS = 400
MOST_SHOWN = 20  # sentences of the tooltip


class RemarkLine(ElidedLabel):
    """The first sentence, and how many more there are; the tooltip has all.
    Asked in a thread once the form has settled. `found` carries a request and what is said of the
    places of its texts; `pressed`: one wants to be shown."""

    found = Signal(object, object)  # Request, MarkedTexts
    pressed = Signal()

    def __init__(self, draft: Draft, tasks: NetworkTasks, parent: QWidget | None = None) -> None:
        super().__init__("")
        self._draft = draft
        self._errands = tasks
        self._asking = False
        self._changed = False
        self._names: KnownNames | None = None
        self.sentences: tuple[str, ...] = ()
        self.setObjectName("dim")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hide()
        self._timer = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._timer.timeout.connect(self._ask)
        draft.changed.connect(lambda _: self._timer.start())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pressed.emit()

    def use_names(self, names: KnownNames) -> None:
        """What can be named is known, or has changed."""
        self._names = names
        self._timer.start()

    def _ask(self) -> None:
        """One at a time: what changed meanwhile is asked afterwards."""
        self._changed = self._asking
        if not self._asking:
            self._asking = True
            request, names = self._draft.stored(), self._names

            def look() -> tuple[Request, MarkedTexts]:
                from core.service.remarks.marked_places import marked_places

                return request, marked_places(request, names)

            self._errands.submit(look, lambda answer: self._show(*answer), self._fail)

    def _fail(self, _: KnownError) -> None:
        """Where a text cannot be looked at, using it says why."""
        self._asking = False

    def _show(self, request: Request, texts: MarkedTexts) -> None:
        self._asking = False
        self.found.emit(request, texts)
        sentences = texts.sentences
        if sentences != self.sentences:
            self.sentences = sentences
            more = tr("(and {n} more)", n=len(sentences) - 1) if len(sentences) > 1 else ""
            self.set_full(f"{sentences[0]} {more}".strip() if sentences else "")
            self.setToolTip("\n".join(sentences[:MOST_SHOWN]))
            self.setAccessibleName(" ".join(sentences[:MOST_SHOWN]))
            self.setVisible(bool(sentences))
        if self._changed:
            self._ask()
