"""Notices: what was done or went wrong, over the lower edge of the room. Each goes when it is
answered, dismissed or outdated."""

from __future__ import annotations

from collections.abc import Callable

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

LINES = 3  # of the text before "More"
WIDE = 640  # pixels from which the buttons stand beside the text
MOST = 20  # notices that wait


def _width_of(*parts: QWidget) -> int:
    """Pixels that those shown take, with the gap after each."""
    return sum(part.sizeHint().width() + theme.SPACE_2 for part in parts if not part.isHidden())


def _direction(*, beside: bool) -> QBoxLayout.Direction:
    if beside:
        return QBoxLayout.Direction.LeftToRight
    return QBoxLayout.Direction.TopToBottom


class NoticeBar(QWidget):
    """The one place where the window says that something is wrong or was done. The newest notice is
    on top of those that wait.

    It lies over what `float_over` names and moves nothing.
    """

    emptied = Signal()  # the last notice went while the focus was in it

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[Notice] = []
        self._once: dict[str, set[str]] = {}
        self._places: tuple[QWidget, ...] = ()
        self._open = False
        self._build()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._time_is_up)
        self.button.clicked.connect(lambda: self._answer(other=False))
        self.other.clicked.connect(lambda: self._answer(other=True))
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
        self.button = self._button(tr("Remedy"))
        self.other = self._button(tr("Another remedy"))
        self.more = self._button(tr("More"))
        self.waiting = self._button(tr("1 more"))
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
        action: Act | None = None,
        other: tuple[str, Act] | None = None,
        topic: str = "",
        expires: bool | None = None,
    ) -> None:
        """Show one sentence; `action` behind a button called `label`, `other` a
        second button's words and act.

        It takes the place of the notice of the same `topic`. `expires`: whether it goes by itself
        after a while; by default one that only confirms does, with nothing to answer but perhaps an
        Undo, and a problem never. One whose Undo (Draft.undoer) has become idle goes too.
        """
        if expires is None:
            expires = not other and (action is None or isinstance(action, PassingAct))
        notice = Notice(
            text=text,
            problem=problem,
            label=label,
            action=action,
            other=other,
            topic=topic,
            expires=expires and not problem,
        )
        others = [old for old in self._waiting if not notice.replaces(old)]
        self._waiting = [*others[-MOST + 1 :], notice]
        self._show()
        announce(self.text, text, urgent=problem)

    def say_once(self, text: str, topic: str) -> None:
        """A remark that is not repeated until its topic is cleared;
        several of a topic wait beside one another."""
        said = self._once.setdefault(topic, set())
        if text not in said:
            said.add(text)
            self.say(text, topic=f"{topic}:{text}", expires=False)

    def clear(self, topic: str = "") -> None:
        """What this topic's notices say ("a" is also that of "a:b") is
        outdated; "" for all of them."""
        self._once.pop(topic, None)
        self._keep(lambda notice: bool(topic) and not notice.is_about(topic))

    def dismiss(self) -> None:
        """The notice on top is read; keys go back to where they went before."""
        top = self.top()
        focus = QApplication.focusWidget()
        inside = focus is not None and self.isAncestorOf(focus)
        self._keep(lambda notice: notice is not top)
        if inside and self.top() is None:
            self.emptied.emit()

    def drop_idle(self) -> None:
        """Notices whose Undo would not undo their step any more go; where there is more to
        answer, only that button."""
        self._waiting = [notice.without_idle_other() for notice in self._waiting]
        top = self.top()
        self.other.setVisible(not self.isHidden() and top is not None and top.other is not None)
        self._keep(lambda notice: not is_idle(notice.action))

    def top(self) -> Notice | None:
        """The notice that is shown."""
        return self._waiting[-1] if self._waiting else None

    def texts(self) -> tuple[str, ...]:
        """All that is being said, the newest first."""
        return tuple(notice.text for notice in reversed(self._waiting))

    def float_over(self, parent: QWidget, *places: QWidget) -> None:
        """Lie over the lower edge of the one of `places` that is visible, all within `parent`."""
        self.setParent(parent)
        self._places = (*self._places, *places)
        for widget in (parent, *places):
            widget.installEventFilter(self)
        self.hide()

    def lie_over(self, place: QWidget) -> None:
        """Where this one is visible, over its lower edge rather than that of any named before or
        by `float_over`."""
        self._places = (place, *self._places)
        place.installEventFilter(self)

    # --- the notices that wait ---

    def _keep(self, wanted: Callable[[Notice], bool]) -> None:
        before = self.top()
        kept = [notice for notice in self._waiting if wanted(notice)]
        if len(kept) != len(self._waiting):
            self._waiting = kept
            self._show(same=before is self.top())

    def _next(self) -> None:
        self._waiting = [*self._waiting[-1:], *self._waiting[:-1]]
        self._show()

    def _answer(self, *, other: bool) -> None:
        """The button of the notice on top was pressed, or its other one."""
        top = self.top()
        if top is None:
            return
        self.dismiss()
        _, other_act = top.other or ("", None)
        act = other_act if other else top.action
        if act is not None:
            act()

    def _show(self, *, same: bool = False) -> None:
        """Put the top notice on, or go."""
        notice = self.top()
        if notice is None:
            self._timer.stop()
            self.hide()
            return
        if not same:
            self._open = False
            self._timer.stop()
        self.mark.setVisible(notice.problem)
        self.text.setText(notice.text)
        other_label, other_act = notice.other or ("", None)
        self.button.setText(notice.label)
        self.button.setAccessibleName(notice.label or tr("Remedy"))
        self.button.setVisible(notice.action is not None)
        self.other.setText(other_label)
        self.other.setAccessibleName(other_label or tr("Another remedy"))
        self.other.setVisible(other_act is not None)
        self._count_others()
        self._place()  # before it is seen, and under no pointer that is elsewhere
        self.show()
        self.raise_()
        self._place()
        if notice.expires and not self._timer.isActive():
            self._timer.start(notice.life_ms())

    def _count_others(self) -> None:
        others = len(self._waiting) - 1
        words = tr("{n} more notices", n=others) if others != 1 else tr("1 more notice")
        self.waiting.setText(tr("{n} more", n=others))
        self.waiting.setAccessibleName(words)
        self.waiting.setToolTip(words)
        self.waiting.setVisible(others > 0)

    def _time_is_up(self) -> None:
        focus = QApplication.focusWidget()
        if self.underMouse() or (focus is not None and self.isAncestorOf(focus)):
            self._timer.start(BASE_MS)  # it is being read
        elif (notice := self.top()) is not None and notice.expires:
            self.dismiss()

    def _unfold(self) -> None:
        self._open = not self._open
        self._place()

    # --- where it lies ---

    def _room(self) -> QRect:
        parent = self.parentWidget()
        if parent is None:
            return self.rect()
        place = next((place_shown for place_shown in self._places if place_shown.isVisible()), None)
        if place is None:
            return parent.rect()
        return QRect(place.mapTo(parent, QPoint(0, 0)), place.size())

    def _place(self) -> None:
        """Fit the text to the width there is, and lie at the lower edge."""
        if not self._waiting:
            return
        room = self._room()
        answers = any(not button.isHidden() for button in (self.button, self.other, self.waiting))
        wide = room.width() >= WIDE or not answers or self._fits_one_line(room)
        self._line.setDirection(_direction(beside=wide))
        self._stack_answers(room, wide)
        self._name_more()
        height = self._height(room, wide, long=False)
        long = height > self._most()
        if long:
            height = self._height(room, wide, long=True)  # "More" takes a part of the width
        self.more.setVisible(long)
        self._fit_text(height, room)
        self._answers.setVisible(answers or long)
        self._line.setContentsMargins(
            theme.SPACE_3,
            theme.SPACE_2,
            self.cross.sizeHint().width() + theme.SPACE_3,
            theme.SPACE_2,
        )
        self._lay_out_at_once()
        tall = self.sizeHint().height()
        self.setGeometry(room.x(), room.bottom() + 1 - tall, room.width(), tall)
        self._place_cross()

    def _name_more(self) -> None:
        if self._open:
            self.more.setText(tr("Less"))
            self.more.setAccessibleName(tr("Less of this notice"))
        else:
            self.more.setText(tr("More"))
            self.more.setAccessibleName(tr("More of this notice"))

    def _lay_out_at_once(self) -> None:
        for part in (self._said, self._answers, self._frame, self):  # from the inside out
            part.layout().invalidate()  # type: ignore[union-attr]
            part.layout().activate()  # type: ignore[union-attr]

    def _fit_text(self, needed: int, room: QRect) -> None:
        """Folded, the first lines; open, all of the text, scrolled beyond half of the room."""
        most = self._most()
        if self._open:
            self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
            most = max(most, room.height() // 2)
        else:
            self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self._scroll.verticalScrollBar().setValue(0)
        self._scroll.setFixedHeight(min(needed, most))

    def _stack_answers(self, room: QRect, wide: bool) -> None:
        """Buttons side by side, or under one another where their words are too long for that."""
        needed = self._edges() + _width_of(self.waiting, self.more, self.button, self.other)
        line = self._answers.layout()
        assert isinstance(line, QBoxLayout)
        line.setDirection(_direction(beside=wide or needed <= room.width()))

    def _place_cross(self) -> None:
        cross = self.cross.sizeHint()
        self.cross.resize(cross)
        left = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        x = theme.SPACE_1 if left else self._frame.width() - cross.width() - theme.SPACE_1
        self.cross.move(x, theme.SPACE_1)
        self.cross.show()

    def _fits_one_line(self, room: QRect) -> bool:
        self.more.hide()
        needed = self.text.fontMetrics().horizontalAdvance(self.text.text())
        return needed < room.width() - self._used(wide=True)

    def _used(self, *, wide: bool) -> int:
        """Pixels of the width that the text does not get."""
        used = self._edges() + theme.SPACE_2 + _width_of(self.mark)
        if wide:
            used += _width_of(self.waiting, self.more, self.button, self.other)
        return used

    def _edges(self) -> int:
        """Pixels of the width that margins and the cross take."""
        return 4 * theme.SPACE_3 + self.cross.sizeHint().width()

    def _most(self) -> int:
        return LINES * self.text.fontMetrics().lineSpacing() + 2

    def _height(self, room: QRect, wide: bool, *, long: bool) -> int:
        """Pixels of height that the whole text needs."""
        self.more.setVisible(long)
        width = max(80, room.width() - self._used(wide=wide))
        return max(self.text.heightForWidth(width), self.text.fontMetrics().lineSpacing())

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
