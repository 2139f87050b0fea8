"""What happens in Insight: a picture is opened, its steps are recorded, a view of it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.insight.opened.opening import Opening, State
from desktop.insight.opened.said import action_of, said_of
from desktop.insight.opened.view import BuiltView
from desktop.insight.page import InsightPage
from desktop.insight.views import SIDE_BY_SIDE, TOUR, VIEWS, WRONG
from desktop.shared.context import RoomContext
from desktop.widgets import theme
from desktop.widgets.controls import scrolling
from desktop.widgets.i18n import tr, tr_data

ROOM = "insight"


class InsightDesk(QObject):
    """The picture that is open, and the views of it that were built, by their id."""

    def __init__(self, context: RoomContext, page: InsightPage) -> None:
        super().__init__(context.window)
        services = context.services
        self._context = context
        self.page = page
        self._tokens = services.tokens
        self._asked = False  # a picture is on its way here by name
        self._left = ""  # the window's picture when the room was left
        self.opening = Opening(services.stores, services.service, services.image_tasks, self)
        self.views: dict[str, BuiltView] = {}
        for view in VIEWS:
            tab = page.tabs.addTab(tr(view.name))
            page.tabs.setTabToolTip(tab, tr(view.help))
        page.tabs.setVisible(len(VIEWS) > 1)
        context.signals.insight_file.connect(self.open)
        context.signals.compare_files.connect(self.compare)
        context.signals.tour_asked.connect(self.show_tour)
        context.signals.lesson_file.connect(lambda path: self.show_tour(path))
        context.signals.wrong_file.connect(self.ask_what_went_wrong)
        page.tabs.currentChanged.connect(self._show_view)
        page.act.clicked.connect(self._act)
        page.came.connect(self._come)
        page.left.connect(self._leave)
        self.opening.progressed.connect(page.show_progress)
        self.opening.changed.connect(self._tell)
        self.opening.step_asked.connect(lambda _: self.go("rewind"))
        self._show_view(0)

    # --- views ---

    def view(self) -> BuiltView:
        """The view in front, built where it was not."""
        row = VIEWS[max(self.page.tabs.currentIndex(), 0)]
        if row.id not in self.views:
            built = self.views[row.id] = row.build(self._context, self.opening)
            self.page.stack.addWidget(built.page)
            if self._tokens != self._context.services.tokens:
                built.use_tokens(self._tokens)  # another theme was chosen since the start
            built.said_changed.connect(self._tell)
            for control, words in built.help_texts():
                control.setWhatsThis(tr_data(words))
        return self.views[row.id]

    def go(self, view: str) -> None:
        """Show the view of this id, and give it the keys."""
        self.page.tabs.setCurrentIndex([row.id for row in VIEWS].index(view))
        self.view().first_focus.setFocus()

    def _show_view(self, _: int) -> None:
        self.page.stack.setCurrentWidget(self.view().page)
        self._tell()

    # --- opening ---

    def open(self, path: Path) -> None:
        """See how this picture came to be; where that is not known, it is made again."""
        self._asked = not self.page.isVisible()
        self._context.signals.go.emit(ROOM)
        if VIEWS[self.page.tabs.currentIndex()].id in (SIDE_BY_SIDE, WRONG, TOUR):
            self.go("rewind")  # there the picture itself is seen, and its steps
        self.opening.open(path, record=True)

    def compare(self, paths: Sequence[Path]) -> None:
        """See these pictures side by side."""
        self._asked = not self.page.isVisible()
        self._context.signals.go.emit(ROOM)
        self.go(SIDE_BY_SIDE)
        self.view().take(paths)
        self.view().first_focus.setFocus()
        self.opening.open(paths[0], record=False)

    def show_tour(self, lesson: Path | None = None) -> None:
        """The guided tour, or the lesson in this file."""
        self._context.signals.go.emit(ROOM)
        self.go(TOUR)
        self.view().take(() if lesson is None else (lesson,))

    def ask_what_went_wrong(self, path: Path) -> None:
        """See what can be said against this picture; nothing is recorded for that."""
        self._asked = not self.page.isVisible()
        self._context.signals.go.emit(ROOM)
        self.opening.open(path, record=False)
        self.go(WRONG)

    def _come(self) -> None:
        """The room comes to the front: with the window's picture where that changed since the room
        was left, unless it was asked for another one."""
        if self._asked:
            self._asked = False
        elif (file := self._context.current.file()) not in ("", self._left) and not self._is_here():
            self.opening.open(Path(file), record=False)

    def _leave(self) -> None:
        self._left = self._context.current.file()

    def _is_here(self) -> bool:
        """Whether the window's picture stands in a view of the one that is open, or branches off
        from that."""
        current, opened = self._context.current.picture, self.opening.picture
        if current is None or opened is None:
            return False
        branches = bool(current.request.branch.origin) and current.request.parent == opened.pixels
        return branches or any(view.shows(current) for view in self.views.values())

    def _is_busy(self) -> bool:
        """Whether a recording waits or is made: that can be stopped from every view."""
        return self.opening.state in (State.WAITING, State.RECORDING)

    def _act(self) -> None:
        if self.view().action() and not self._is_busy():
            self.view().act()
        elif self.opening.state is State.NOTHING:
            self.show_tour()
        elif self.opening.state in (State.UNRECORDED, State.REFUSED):
            self.opening.record()
        else:
            self.opening.stop()

    def _tell(self) -> None:
        """What is said above, of another state or by another view."""
        page, state, view = self.page, self.opening.state, self.view()
        is_busy = self._is_busy()
        page.said.setText((not is_busy and view.said()) or said_of(self.opening))
        own = "" if is_busy else view.action()
        words = action_of(state) if own == "" else own or ""
        page.name_act(words, primary=state is State.UNRECORDED and own == "")
        was_recording, is_recording = not page.bar.isHidden(), state is State.RECORDING
        page.bar.setVisible(is_recording)
        if is_recording and not was_recording:
            page.show_progress(0, 0)
        self._context.signals.possible_changed.emit()

    # --- what the room asks ---

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """The theme changed."""
        self._tokens = tokens
        for view in self.views.values():
            view.use_tokens(tokens)

    def help_texts(self) -> Iterable[tuple[QWidget, str]]:
        """Each control, and its sentence."""
        yield self.page.act, "Makes the picture again with recording, stops that, or goes back."
        yield self.page.tabs, "Chooses what is shown of how the picture came to be."
        yield from scrolling(self.page.tabs)
