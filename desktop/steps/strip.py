"""The timeline under a finished picture outside Insight: dragged back, the picture goes back
through its steps, and another one develops from there."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.values.picture import Picture
from desktop.state.services import Services
from desktop.steps.branch_form import BranchForm
from desktop.steps.opening import Opening, State
from desktop.steps.stage import StepStage
from desktop.steps.timeline import Timeline
from desktop.steps.walk import Walk
from desktop.widgets import theme
from desktop.widgets.controls import ElidedLabel
from desktop.widgets.i18n import tr

SETTLED = 120  # milliseconds for which a picture is shown, before it is looked for its recording
_NOT_YET = State.NOTHING, State.LOOKING


def built_in_slices(services: Services) -> Generator[None, None, RewindStrip]:
    """A strip, a few milliseconds of work before each `yield` and behind the last."""
    timeline = Timeline(small=True)
    yield
    form = BranchForm(small=True)
    yield
    return RewindStrip(services, timeline, form)


class RewindStrip(QWidget):
    """`stage` is for the room to place where the picture stands: `rewound` says whether it is to be
    seen there now. `complained` and `told` carry a sentence, `insight_asked` the file of a
    picture."""

    rewound = Signal(bool)
    complained = Signal(str)
    told = Signal(str)
    insight_asked = Signal(Path)

    def __init__(self, services: Services, timeline: Timeline, form: BranchForm) -> None:
        super().__init__()
        self._stores = services.stores
        self._tasks = services.image_tasks
        self._path: Path | None = None
        self._pixels = ""  # SHA-256 of the picture's, "" where nobody knows it
        self._is_rewound = False
        self._is_wanted = False  # a key asked for the slider
        self.opening = Opening(services.stores, services.service, services.image_tasks, self)
        self.timeline = timeline
        self.stage = StepStage(small=True)
        self.form = form
        self.walk = Walk(services, self.opening, self.timeline, self.stage, self.form, self)
        self.begin = QToolButton()
        self.said = ElidedLabel()
        self.said.setObjectName("dim")
        self.caption = ElidedLabel()
        self.caption.setObjectName("dim")
        self.more = QToolButton()
        self.more.setText(tr("Insight"))
        self.more.setAccessibleName(tr("More of this picture in Insight"))
        self.more.setToolTip(tr("Shows everything about how this picture came to be."))
        self.back = QToolButton()
        self.back.setText(tr("Back"))
        self.back.setAccessibleName(tr("Back to the picture"))
        self.back.setToolTip(tr("Shows the finished picture alone again."))
        self._settled = QTimer(self, interval=SETTLED, singleShot=True)
        self._rows = QStackedWidget()
        self._panel = QWidget()
        self._build()
        self._connect()
        self._tell()

    def _build(self) -> None:
        offer = QWidget()
        first = QHBoxLayout(offer)
        first.setContentsMargins(0, 0, 0, 0)
        first.setSpacing(theme.SPACE_3)
        first.addWidget(self.begin)
        first.addWidget(self.said, 1)
        for page in (QWidget(), offer, self.timeline):
            self._rows.addWidget(page)
        self._rows.setFixedHeight(self.begin.sizeHint().height() + theme.SPACE_2)
        head = QHBoxLayout()
        head.setSpacing(theme.SPACE_3)
        head.addWidget(self.caption, 1)
        head.addWidget(self.more)
        head.addWidget(self.back)
        panel = QVBoxLayout(self._panel)
        panel.setContentsMargins(0, 0, 0, 0)
        panel.setSpacing(theme.SPACE_2)
        panel.addLayout(head)
        panel.addWidget(self.form)
        self._panel.hide()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(theme.SPACE_4, theme.SPACE_2, theme.SPACE_4, 0)
        whole.setSpacing(theme.SPACE_2)
        whole.addWidget(self._panel)
        whole.addWidget(self._rows)
        # the slider comes first, though it stands below, where it does not move
        order = (self.timeline.slider, self.form.prompt, self.form.develop, self.more, self.back)
        for one, next_one in zip(order, order[1:], strict=False):
            QWidget.setTabOrder(one, next_one)

    def _connect(self) -> None:
        self._settled.timeout.connect(self._find)
        self.begin.clicked.connect(self._begin)
        self.opening.changed.connect(self._tell)
        self.walk.complained.connect(self.complained)
        self.walk.told.connect(self.told)
        self.walk.looked.connect(self._looked)
        self.walk.beside_changed.connect(self._see)
        self.timeline.rested.connect(self._unfold)
        self.back.clicked.connect(self.leave)
        self.more.clicked.connect(self._ask_insight)

    # --- which picture ---

    def show_picture(self, picture: Picture | None, path: str) -> None:
        """The one that is seen now: a picture of the gallery, or the file of another one, or
        neither."""
        self._pixels = "" if picture is None else picture.sha256
        wanted = Path(path) if path else None
        if wanted != self._path:
            self.leave()
            self._path = wanted
            self._is_wanted = False
        self._settled.start()
        self._tell()

    def hide_picture(self) -> None:
        """What is seen is not finished."""
        self._is_wanted = False
        self.leave()
        self._path = None
        self._settled.stop()
        self._tell()

    def look_again(self) -> None:
        """A recording may have been made meanwhile."""
        if not self._is_here():
            self._settled.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._settled.start()

    def _find(self) -> None:
        """Open the picture where its steps are kept: a look at one file's name."""
        path = self._path
        if path is None or self._is_here() or not self._pixels or not self.isVisible():
            return

        def found(recording: Path | None) -> None:
            if recording is not None and path == self._path and not self._is_here():
                self.opening.open(path, record=False)

        self._tasks.submit(partial(self._stores.recordings.find, self._pixels), found)

    def _is_here(self) -> bool:
        """Whether the opening is that of the picture, and knows something of it."""
        return self.opening.path == self._path and self.opening.state not in _NOT_YET

    def can_begin(self) -> bool:
        """Whether a finished picture is shown."""
        return self._path is not None

    def go(self) -> None:
        """To the slider, once the steps are recorded."""
        if self._rows.currentWidget() is self.timeline:
            self.timeline.slider.setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif self._path is not None:
            self._is_wanted = True
            self.opening.open(self._path, record=True)

    def _begin(self) -> None:
        if self._path is None:
            return
        if self._is_here() and self.opening.state in (State.WAITING, State.RECORDING):
            self.opening.stop()
        else:
            self.opening.open(self._path, record=True)

    # --- what is seen ---

    def is_rewound(self) -> bool:
        """Whether a step or a branch stands where the picture stood."""
        return self._is_rewound

    def leave(self) -> None:
        """Back to the finished picture."""
        self.walk.go_back()
        if self.walk.is_open():
            self.timeline.go_to_end()
        self._see()

    def _looked(self, step: int) -> None:
        self.caption.set_full(self.timeline.caption.text())
        self._see()

    def _see(self) -> None:
        timeline = self.timeline
        is_back = timeline.step < timeline.steps or bool(self.walk.beside)
        now = self.walk.is_open() and self.opening.path == self._path and is_back
        if self.walk.beside:
            self.caption.set_full(self.walk.beside)
        if now != self._is_rewound:
            self._is_rewound = now
            self.rewound.emit(now)
        if not now or self.walk.beside:
            self._unfold()

    def _unfold(self) -> None:
        """Once the slider is let go: while it is dragged nothing moves."""
        had_focus = self._has_focus(self._panel)
        self._panel.setVisible(self._is_rewound)
        if had_focus and not self._is_rewound:
            self.timeline.slider.setFocus(Qt.FocusReason.OtherFocusReason)

    def _has_focus(self, part: QWidget) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and part.isAncestorOf(focus)

    def _tell(self) -> None:
        state = self.opening.state
        here = self._path is not None and self._is_here()
        had_focus = self._has_focus(self._rows)
        if self._path is None:
            self._rows.setCurrentIndex(0)
        elif here and state is State.RECORDED:
            self._rows.setCurrentIndex(2)
            if had_focus or self._is_wanted:
                self._is_wanted = False
                self.timeline.slider.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._rows.setCurrentIndex(1)
        busy = here and state in (State.WAITING, State.RECORDING)
        self.begin.setText(tr("Stop") if busy else tr("Rewind"))
        self.begin.setAccessibleName(
            tr("Stop the recording") if busy else tr("Rewind this picture")
        )
        self.begin.setToolTip(
            tr(
                "Makes the picture again with recording, which takes as long as it did, and shows "
                "the way from noise to it on a timeline."
            )
        )
        self.said.set_full(self._words() if here else "")
        self._see()

    def _words(self) -> str:
        return {
            State.WAITING: tr("Its steps are recorded after the pictures that wait."),
            State.RECORDING: tr("It is made again with recording."),
            State.REFUSED: str(self.opening.fault),
        }.get(self.opening.state, "")

    def _ask_insight(self) -> None:
        if self._path is not None:
            self.insight_asked.emit(self._path)
