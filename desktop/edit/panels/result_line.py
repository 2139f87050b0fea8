"""The line below the canvas: how far the picture is that is being made, and the results that lie
over the canvas with what can be done with the one that is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpacerItem,
    QVBoxLayout,
    QWidget,
)

from desktop.edit.work.results import Results
from desktop.queue.progress import Progress
from desktop.state.job_service import JobService
from desktop.widgets import theme
from desktop.widgets.controls import IconButton
from desktop.widgets.i18n import tr

Act = Callable[[], object]


class ResultLine(QWidget):
    """One line, and a thin bar above it while a picture is made. `left`: what had the focus went,
    since nothing lies over the canvas any more that it was for."""

    left = Signal()

    def __init__(self, results: Results, service: JobService) -> None:
        super().__init__()
        self.setObjectName("resultLine")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr("Results"))
        self._results = results
        self._service = service
        self.progress = Progress(service, self)
        self.number = QLabel()
        self.number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.previous = IconButton("previous", tr("Previous result"), size=16)
        self.next = IconButton("next", tr("Next result"), size=16)
        self.accept = QPushButton(tr("Accept"))
        self.accept.setAccessibleName(tr("Accept result"))
        self.as_layer = IconButton("layers", tr("Accept result as layer"), size=16)
        self.keep = IconButton("star", tr("Keep result"), size=16)
        self.discard = IconButton("trash", tr("Discard result"), size=16)
        self.discard_all = IconButton("trash-all", tr("Discard all results"), size=16)
        self.again = QPushButton()
        self.again.setObjectName("link")
        for button in (
            self.accept,
            self.again,
        ):  # as the others: a press leaves the canvas its keys
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._choosing = (
            self.previous,
            self.number,
            self.next,
            self.accept,
            self.as_layer,
            self.keep,
            self.discard,
            self.discard_all,
        )
        self._build()
        results.changed.connect(self.refresh)
        for signal in (service.started, service.finished, service.again_begun, service.made_again):
            signal.connect(self._show_stop)
        self.refresh()

    def _build(self) -> None:
        line = self._line = QHBoxLayout()
        line.setContentsMargins(theme.SPACE_2, theme.SPACE_1, theme.SPACE_2, theme.SPACE_1)
        line.setSpacing(theme.SPACE_1)
        self._strut = QSpacerItem(0, 0)
        line.addSpacerItem(self._strut)
        for part in self._choosing:
            line.addWidget(part)
            if part in (self.next, self.accept):
                line.addSpacing(theme.SPACE_2)
        line.addWidget(self.again)
        line.addWidget(self.progress.status, 1)
        line.addWidget(self.progress.stop)
        self._show_stop()
        self.progress.status.setContentsMargins(theme.SPACE_2, 0, 0, 0)
        self.progress.status.setObjectName("dim")
        policy = self.progress.bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # nothing jumps when a picture begins
        self.progress.bar.setSizePolicy(policy)
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(0)
        self._lines.addWidget(self.progress.bar)
        self._lines.addLayout(line)

    def showEvent(self, event: QShowEvent) -> None:
        """As high with nothing to choose, now that it is known how high that is: nothing jumps when
        a result comes."""
        super().showEvent(event)
        self._strut.changeSize(0, max(part.sizeHint().height() for part in self._choosing))
        self._line.invalidate()

    def put_above(self, part: QWidget) -> None:
        """Something that stands over this line."""
        self._lines.insertWidget(0, part)

    def _show_stop(self, *_: object) -> None:
        """There while there is something to stop."""
        for part in (self.progress.stop, self.progress.bar):
            part.setVisible(self._service.is_making)

    def refresh(self) -> None:
        """What lies over the canvas now."""
        nth, of = self._results.place()
        focus = QApplication.focusWidget()
        had_focus = focus is not None and focus in (*self._choosing, self.again)
        for part in self._choosing:
            part.setVisible(of > 0)
        for part in (self.previous, self.number, self.next, self.discard_all):
            part.setVisible(of > 1)
        self.number.setText(f"{nth} / {of}")
        self.number.setAccessibleName(tr("Result {nth} of {of}", nth=nth, of=of))
        away = self._results.put_away()
        self.again.setVisible(of == 0 and away > 0)
        words = tr("Show {n} kept results", n=away) if away != 1 else tr("Show the kept result")
        self.again.setText(words)
        self.again.setAccessibleName(words)
        if had_focus and focus is not None and focus.isHidden():
            self.left.emit()

    def buttons(self) -> Iterable[tuple[QAbstractButton, str, str]]:
        """Each with its command and the words of its tooltip."""
        return (
            (self.previous, "result-previous", "The result before"),
            (self.next, "result-next", "The next result"),
            (self.accept, "result-accept", "Take this result into the active layer"),
            (self.as_layer, "result-accept-layer", "Take this result as a layer of its own"),
            (self.keep, "result-keep", "Put it away; it stays in the Gallery"),
            (self.discard, "result-discard", "Move this result to the trash"),
            (self.discard_all, "result-discard-rest", "Move all these results to the trash"),
            (self.again, "result-again", "Lay the kept results over the canvas again"),
        )
