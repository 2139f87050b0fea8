"""Notices: what was done or went wrong, over the lower edge of the room. Each goes when it is
answered, dismissed or outdated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QFrame,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from desktop.widgets import theme
from desktop.widgets.announce import announce
from desktop.widgets.controls import IconButton, row
from desktop.widgets.i18n import tr
from desktop.widgets.notice import BASE_MS, Act, Notice, PassingAct, is_idle

# lines before "More"; pixels from which the buttons stand beside the text; notices that wait
LINES, WIDE, MOST = 3, 640, 20


class NoticeBar(QWidget):
    """The one place where the window says that something is wrong or was done. The newest notice is
    on top of those that wait.

    It lies over what `float_over` names and moves nothing.
    """

    left = Signal()  # the last notice went while the focus was in it

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[Notice] = []
        self._once: dict[str, set[str]] = {}
        self._places: tuple[QWidget, ...] = ()
        self._open = False
        self._build()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._time_is_up)
        self.button.clicked.connect(lambda: self._answer(lambda one: one.act))
        self.other.clicked.connect(
            lambda: self._answer(lambda one: one.other[1] if one.other else None)
        )
        self.cross.clicked.connect(self.dismiss)
        self.more.clicked.connect(self._unfold)
        self.waiting.clicked.connect(self._next)
        self.hide()

    def _build(self) -> None:
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        frame = QFrame()
        frame.setObjectName("notice")
        self.mark = QLabel("!")
        self.mark.setObjectName("noticeMark")
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setAccessibleName(tr("Notice"))
        self.text.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._scroll = QScrollArea()
        self._scroll.setObjectName("noticeText")
        self._scroll.setWidget(self.text)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._scroll.viewport().setAutoFillBackground(False)
        self.button, self.other = self._button(tr("Remedy")), self._button(tr("Another remedy"))
        self.more, self.waiting = self._button(tr("More")), self._button(tr("1 more"))
        self.cross = IconButton("close", tr("Dismiss"), size=14)
        self._answers = row(self.waiting, self.more, self.button, self.other, spacing=theme.SPACE_2)
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight, frame)
        self._line.setContentsMargins(theme.SPACE_3, theme.SPACE_2, theme.SPACE_2, theme.SPACE_2)
        self._line.setSpacing(theme.SPACE_2)
        self._said = row(self.mark, self._scroll, spacing=theme.SPACE_2)
        self._said.layout().setAlignment(self.mark, Qt.AlignmentFlag.AlignTop)  # type: ignore[union-attr]
        self._said.layout().setStretch(1, 1)  # type: ignore[union-attr]
        self._line.addWidget(self._said, 1)
        self._line.addWidget(self._answers, 0, Qt.AlignmentFlag.AlignRight)
        outer = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        outer.setContentsMargins(theme.SPACE_3, theme.SPACE_2, theme.SPACE_3, theme.SPACE_2)
        outer.addWidget(frame)
        self._frame = frame
        self.cross.setParent(frame)

    @staticmethod
    def _button(words: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName("stop")
        button.setText(words)
        button.setAccessibleName(words)
        return button

    # --- what others ask ---

    def say(
        self,
        text: str,
        *,
        problem: bool = False,
        label: str = "",
        act: Act | None = None,
        other: tuple[str, Act] | None = None,
        topic: str = "",
        leaves: bool | None = None,
    ) -> None:
        """Show one sentence; `act` behind a button called `label`, `other` a
        second button's words and act.

        It takes the place of the notice of the same `topic`. `leaves`: whether it goes by itself
        after a while; by default one that only confirms does, with nothing to answer but perhaps an
        Undo, and a problem never. One whose Undo (Draft.undoer) has become idle goes too.
        """
        if leaves is None:
            leaves = not other and (act is None or isinstance(act, PassingAct))
        one = Notice(text, problem, label, act, other, topic, leaves and not problem)
        others = [
            old for old in self._waiting if old.text != text and not (topic and old.topic == topic)
        ]
        self._waiting = [*others[-MOST + 1 :], one]
        self._show()
        announce(self.text, text, urgent=problem)

    def say_once(self, text: str, topic: str) -> None:
        """A remark that is not repeated until its topic is cleared;
        several of a topic wait beside one another."""
        said = self._once.setdefault(topic, set())
        if text not in said:
            said.add(text)
            self.say(text, topic=f"{topic}:{text}", leaves=False)

    def clear(self, topic: str = "") -> None:
        """What this topic's notices say ("a" is also that of "a:b") is
        outdated; "" for all of them."""
        self._once.pop(topic, None)
        self._keep(
            lambda one: bool(topic) and one.topic != topic and not one.topic.startswith(topic + ":")
        )

    def dismiss(self) -> None:
        """The notice on top is read; keys go back to where they went before."""
        top, focus = self.top(), QApplication.focusWidget()
        inside = focus is not None and self.isAncestorOf(focus)
        self._keep(lambda one: one is not top)
        if inside and self.top() is None:
            self.left.emit()

    def drop_idle(self) -> None:
        """Notices whose Undo would not undo their step any more go; where there is more to
        answer, only that button."""
        self._waiting = [
            replace(one, other=None) if one.other and is_idle(one.other[1]) else one
            for one in self._waiting
        ]
        self.other.setVisible(
            not self.isHidden() and self.top() is not None and self._waiting[-1].other is not None
        )
        self._keep(lambda one: not is_idle(one.act))

    def top(self) -> Notice | None:
        """The notice that is shown."""
        return self._waiting[-1] if self._waiting else None

    def texts(self) -> tuple[str, ...]:
        """All that is being said, the newest first."""
        return tuple(one.text for one in reversed(self._waiting))

    def float_over(self, parent: QWidget, *places: QWidget) -> None:
        """Lie over the lower edge of the one of `places` that is visible, all within `parent`."""
        self.setParent(parent)
        self._places = places
        for one in (parent, *places):
            one.installEventFilter(self)
        self.hide()

    # --- the notices that wait ---

    def _keep(self, wanted: Callable[[Notice], bool]) -> None:
        before = self.top()
        kept = [one for one in self._waiting if wanted(one)]
        if len(kept) != len(self._waiting):
            self._waiting = kept
            self._show(same=before is self.top())

    def _next(self) -> None:
        self._waiting = [*self._waiting[-1:], *self._waiting[:-1]]
        self._show()

    def _answer(self, answer: Callable[[Notice], Act | None]) -> None:
        top = self.top()
        if top is None:
            return
        self.dismiss()
        act = answer(top)
        if act is not None:
            act()

    def _show(self, *, same: bool = False) -> None:
        """Put the top notice on, or go."""
        one = self.top()
        if one is None:
            self._timer.stop()
            self.hide()
            return
        if not same:
            self._open = False
            self._timer.stop()
        self.mark.setVisible(one.problem)
        self.text.setText(one.text)
        words, act = one.other or ("", None)
        for button, label, its, usual in (
            (self.button, one.label, one.act, tr("Remedy")),
            (self.other, words, act, tr("Another remedy")),
        ):
            button.setText(label)
            button.setAccessibleName(label or usual)
            button.setVisible(its is not None)
        others = len(self._waiting) - 1
        self.waiting.setText(tr("{n} more", n=others))
        self.waiting.setAccessibleName(
            tr("{n} more notices", n=others) if others != 1 else tr("1 more notice")
        )
        self.waiting.setToolTip(self.waiting.accessibleName())
        self.waiting.setVisible(others > 0)
        self._place()  # before it is seen, and under no pointer that is elsewhere
        self.show()
        self.raise_()
        self._place()
        if one.leaves and not self._timer.isActive():
            self._timer.start(one.life_ms())

    def _time_is_up(self) -> None:
        focus = QApplication.focusWidget()
        if self.underMouse() or (focus is not None and self.isAncestorOf(focus)):
            self._timer.start(BASE_MS)  # it is being read
        elif (one := self.top()) is not None and one.leaves:
            self.dismiss()

    def _unfold(self) -> None:
        self._open = not self._open
        self._place()

    # --- where it lies ---

    def _room(self) -> QRect:
        parent = self.parentWidget()
        if parent is None:
            return self.rect()
        place = next((one for one in self._places if one.isVisible()), None)
        return (
            QRect(place.mapTo(parent, QPoint(0, 0)), place.size())
            if place is not None
            else parent.rect()
        )

    def _place(self) -> None:
        """Fit the text to the width there is, and lie at the lower edge."""
        if not self._waiting:
            return
        room = self._room()
        buttons = any(not one.isHidden() for one in (self.button, self.other, self.waiting))
        wide = room.width() >= WIDE or not buttons or self._fits_one_line(room)
        self._line.setDirection(
            QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        )
        self._stack_answers(room, wide)
        self.more.setText(tr("Less") if self._open else tr("More"))
        height = self._height(room, wide, long=False)
        if long := height > self._most():
            height = self._height(room, wide, long=True)  # "More" takes a part of the width
        self.more.setVisible(long)
        self.more.setAccessibleName(
            tr("Less of this notice") if self._open else tr("More of this notice")
        )
        most, bars = self._most(), Qt.ScrollBarPolicy
        self._scroll.setVerticalScrollBarPolicy(
            bars.ScrollBarAsNeeded if self._open else bars.ScrollBarAlwaysOff
        )
        if not self._open:
            self._scroll.verticalScrollBar().setValue(0)
        self._scroll.setFixedHeight(
            min(height, max(most, room.height() // 2) if self._open else most)
        )
        self._answers.setVisible(buttons or long)
        self._line.setContentsMargins(
            theme.SPACE_3,
            theme.SPACE_2,
            self.cross.sizeHint().width() + theme.SPACE_3,
            theme.SPACE_2,
        )
        for part in (self._said, self._answers, self._frame, self):  # from the inside out, at once
            part.layout().invalidate()  # type: ignore[union-attr]
            part.layout().activate()  # type: ignore[union-attr]
        tall = self.sizeHint().height()
        self.setGeometry(room.x(), room.bottom() + 1 - tall, room.width(), tall)
        self._place_cross()

    def _stack_answers(self, room: QRect, wide: bool) -> None:
        """Buttons side by side, or under one another where their words are too long for that."""
        shown = [
            one for one in (self.waiting, self.more, self.button, self.other) if not one.isHidden()
        ]
        needed = (
            sum(one.sizeHint().width() + theme.SPACE_2 for one in shown)
            + 4 * theme.SPACE_3
            + self.cross.sizeHint().width()
        )
        line = self._answers.layout()
        assert isinstance(line, QBoxLayout)
        beside = wide or needed <= room.width()
        line.setDirection(
            QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        )

    def _place_cross(self) -> None:
        cross = self.cross.sizeHint()
        self.cross.resize(cross)
        left = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        x = theme.SPACE_1 if left else self._frame.width() - cross.width() - theme.SPACE_1
        self.cross.move(x, theme.SPACE_1)
        self.cross.show()

    def _fits_one_line(self, room: QRect) -> bool:
        self.more.hide()
        return self.text.fontMetrics().horizontalAdvance(
            self.text.text()
        ) < room.width() - self._used(wide=True)

    def _used(self, *, wide: bool) -> int:
        """Pixels of the width that the text does not get."""
        beside = [self.mark, *((self.waiting, self.more, self.button, self.other) if wide else ())]
        return (
            4 * theme.SPACE_3
            + self.cross.sizeHint().width()
            + theme.SPACE_2
            + sum(one.sizeHint().width() + theme.SPACE_2 for one in beside if not one.isHidden())
        )

    def _most(self) -> int:
        return LINES * self.text.fontMetrics().lineSpacing() + 2

    def _height(self, room: QRect, wide: bool, *, long: bool) -> int:
        """Pixels of height that the whole text needs."""
        self.more.setVisible(long)
        return max(
            self.text.heightForWidth(max(80, room.width() - self._used(wide=wide))),
            self.text.fontMetrics().lineSpacing(),
        )

    def sizeHint(self) -> QSize:
        layout = self.layout()
        return super().sizeHint() if layout is None else layout.sizeHint()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kinds = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)
        if event.type() in kinds and self._waiting and not self.isHidden():
            QTimer.singleShot(0, self, self._place)
        return False

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and self._waiting:
            QTimer.singleShot(0, self, self._place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)
