"""The room Create: the form on the left, the picture that develops with the queue below it, and
History on the right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QSplitter, QWidget

from core.system.settings import Settings
from core.values.picture import Picture
from core.values.request import Request
from desktop.create import ways
from desktop.create.stage import StagePanel
from desktop.create.ways import WaysToGenerate
from desktop.form.form import PLACE, Form
from desktop.pictures import viewer
from desktop.pictures.actions import load_image
from desktop.pictures.grid import PictureGrid
from desktop.pictures.history import HistoryPanel
from desktop.shared.context import RoomContext
from desktop.shared.room import BuiltRoom, Room
from desktop.state.commands import PICTURE, PICTURES, Command
from desktop.state.session import Session
from desktop.widgets import theme
from desktop.widgets.drop_target import START
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.metadata.parsing.parsed_recipe import ParsedRecipe
    from core.service.making.runner import Outcome
    from desktop.steps.strip import RewindStrip

STRIP_AFTER = 1200  # milliseconds behind the first paint: the engine and the lists go first
_WHOLE = object()  # what is left of a strip that is built


class CreateRoom(BuiltRoom):
    """Where requests are made, and where the current picture is seen large."""

    drop = START

    def __init__(self, context: RoomContext) -> None:
        super().__init__(context.window)
        self._context = context
        self._signals = context.signals
        self._current = context.current
        services = context.services
        self.form = Form(services, context.notice, context.window)
        self.stage = StagePanel(services.service, context.viewer)
        self.stage.drawer.use_library(services.library, context.portraits)
        self._strip: RewindStrip | None = None  # once the window is painted
        self.history = HistoryPanel(context.newest)
        self.page = self.splitter = self._splitter()
        self.first_focus = self.form.prompt.prompt
        self.ways = WaysToGenerate(context, self.form, self.stage, self._go)
        self._connect_form()
        self._connect_pictures()

    # --- building ---

    def _splitter(self) -> QSplitter:
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setHandleWidth(1)
        splitter.setChildrenCollapsible(False)
        for part in (self.form.side, self.stage, self.history):
            splitter.addWidget(part)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([theme.PANEL_WIDTH, 900, 148])
        splitter.splitterMoved.connect(lambda *_: self._signals.session_changed.emit())
        return splitter

    def _connect_form(self) -> None:
        form = self.form
        signals = self._signals
        form.making.connect(self._show_making)
        form.model_used.connect(signals.model_used)
        form.start.changed.connect(signals.possible_changed)
        form.words.taken.connect(self._go)
        # here alone: of two forms that hear it each would write the picture
        self._context.services.service.finished.connect(form.words.offer_preview)
        form.get_models.connect(signals.get_models)
        form.sheet.ticks_changed.connect(signals.session_changed)
        form.select_model.connect(signals.select_model)
        form.show_models.connect(signals.show_models)
        self.stage.drawer.models_asked.connect(signals.show_models)
        signals.titled.connect(self.stage.drawer.use_titles)
        self.stage.drawer.edit_asked.connect(form.actions.take_job)
        signals.use_model.connect(self._go)
        signals.use_model.connect(form.choice.use_item)
        signals.reuse.connect(self._reuse)

    def _connect_pictures(self) -> None:
        signals = self._signals
        self._current.follow(self.history.grid)
        self._current.following.connect(self.stage.set_following)
        self._current.changed.connect(lambda: self.stage.line.show_marks(self._current.picture))
        self.stage.follow_asked.connect(self._follow)
        self.stage.progress.connect(signals.progress)
        self._context.services.service.finished.connect(self._finished)
        signals.open_picture.connect(self._open)
        signals.open_file.connect(self._open_file)
        signals.start_from.connect(self._start_from)
        signals.take_request.connect(self._take_request)
        signals.take_whole.connect(self._take_whole)
        signals.take_words.connect(self.form.words.take_file)

    # --- the form ---

    def _go(self) -> None:
        self._signals.go.emit(CREATE.id)

    def _show_making(self) -> None:
        self._go()
        self.stage.show_sweep(False)
        self.stage.set_following(True)
        self.form.prompt.examples.leave()

    def _reuse(self, picture: Picture, names: tuple[str, ...]) -> None:
        self._go()
        self.form.recipes.reuse(picture, *names)

    def _paste_recipe(self) -> None:
        self._go()
        self.form.recipes.paste()

    def _with_picture(self, act: Callable[[Picture], object]) -> None:
        """Of several the first."""
        for picture in self._context.chosen_pictures()[:1]:
            act(picture)

    def _start_from(self, path: Path) -> None:
        self._go()
        self.form.start.use(path)

    def _take_request(self, request: Request) -> None:
        self._go()
        self.form.take_form(request, tr("Copy form to Create"))
        self._say_taken(tr("The form of Edit stands in Create now."))

    def _take_whole(self, request: Request, said: str) -> None:
        self._go()
        self.form.take_form(request, tr("Take settings"), own=PLACE)
        self._say_taken(said)

    def _say_taken(self, words: str) -> None:
        undo = self._context.services.draft.undoer()
        self._context.notice.say(words, label=tr("Undo"), action=undo, topic="form")

    # --- the picture ---

    def _open(self, picture: Picture) -> None:
        self._go()
        self._current.open(picture)

    def _open_file(self, path: Path) -> None:
        self._go()

        def read() -> tuple[ParsedRecipe, QImage]:
            from core.metadata.recipes import read_file

            return read_file(path), load_image(path)

        def seen(recipe_and_image: tuple[ParsedRecipe, QImage]) -> None:
            understood, image = recipe_and_image
            self.stage.set_following(False)
            self._current.show_outside(path, image)
            self.form.recipes.apply_file(path, understood)

        self._context.services.database_tasks.submit(read, seen)

    def _follow(self) -> None:
        self.stage.set_following(True)
        self._current.step(-viewer.FAR)

    def _finished(self, outcome: Outcome) -> None:
        if not self.stage.following:
            return
        if outcome.picture is not None and not self._is_branch_here(outcome.picture):
            self._current.show(outcome.picture)
        else:
            self._current.reload()

    def _is_branch_here(self, picture: Picture) -> bool:
        """Whether it branches off from the current picture: it stands beside that, not in its
        place."""
        current = self._current.picture
        request = picture.request
        is_branch = bool(request.branch.origin)
        return is_branch and current is not None and request.parent == current.sha256

    def _toggle_history(self) -> None:
        self.history.setVisible(not self.history.isVisible())
        self._signals.session_changed.emit()

    # --- what the window calls ---

    def start(self) -> None:
        self.form.begin()
        self.ways.offer()
        QTimer.singleShot(STRIP_AFTER, self.page, self._read_strip)

    def _read_strip(self) -> None:
        tasks = self._context.services.image_tasks
        grow = partial(self._grow_strip, self._strip_slices())
        tasks.submit(partial(import_module, "desktop.steps.strip"), lambda _: grow())

    def _grow_strip(self, slices: Iterator[None]) -> None:
        if next(slices, _WHOLE) is not _WHOLE:
            QTimer.singleShot(0, self.page, partial(self._grow_strip, slices))

    def _strip_slices(self) -> Iterator[None]:
        """The timeline, a few milliseconds of work before each `yield` and behind the last."""
        from desktop.steps.strip import built_in_slices

        strip = yield from built_in_slices(self._context.services)
        yield
        self.stage.use_strip(strip)
        yield
        self._strip = strip
        strip.complained.connect(
            lambda words: self._context.notice.say(words, problem=True, topic="rewind")
        )
        strip.told.connect(lambda words: self._context.notice.say(words, topic="rewind"))
        strip.insight_asked.connect(self._signals.insight_file)
        strip.begin.clicked.connect(self._hold)
        self._current.changed.connect(self._show_steps)
        self._context.services.service.made_again.connect(lambda _: strip.look_again())
        self._context.notice.lie_over(strip.stage)
        self._show_steps()

    def _rewind(self) -> None:
        if self._strip is not None:
            self._go()
            self._hold()
            self._strip.go()

    def _hold(self) -> None:
        """A person means the picture that is shown, whatever is made meanwhile."""
        if self._context.services.service.current is not None:
            self.stage.set_following(False)

    def _show_steps(self) -> None:
        """The timeline is that of the current picture."""
        if self._strip is not None:
            self._strip.show_picture(self._current.picture, self._current.file())
            self._signals.possible_changed.emit()

    def end(self) -> None:
        self.form.end()

    def use_tokens(self, tokens: theme.Tokens) -> None:
        self.form.use_tokens(tokens)

    def use_settings(self, settings: Settings) -> None:
        self.form.use_settings(settings)

    def session(self, kept: Session) -> Session:
        splitter = bytes(self.splitter.saveState().toHex().data()).decode()
        history = not self.history.isHidden()
        kept = replace(kept, splitter=splitter, history=history, axes=self.ways.axes())
        return self.form.session(kept)

    def restore(self, kept: Session) -> None:
        if kept.splitter:
            self.splitter.restoreState(QByteArray.fromHex(kept.splitter.encode()))
        self.history.setVisible(kept.history)
        self.stage.viewer.show_message(
            tr("The picture develops here. Describe it on the left and press Generate.")
        )
        self.form.restore(kept)
        self.ways.restore(kept.axes)

    def handlers(self) -> dict[str, Callable[[], object]]:
        return self.form.handlers() | {
            "paste-recipe": self._paste_recipe,
            "style-from-picture": partial(self._with_picture, self.form.words.style_from),
            "words-of-picture": partial(self._with_picture, self.form.words.show_words),
            "draw-again": partial(self._with_picture, self.form.words.draw_again),
            "stop": self.stage.stop.click,
            **self.ways.handlers(),
            "rewind": self._rewind,
            "history": self._toggle_history,
            "fit": self.stage.fit_picture,
            "zoom": self.stage.toggle_zoom,
        }

    def possible(self) -> dict[str, bool]:
        here = self.in_front()
        shown = here and self.stage.front().has_image()
        return self.form.possible() | {
            "stop": self._context.services.service.is_making,
            "rewind": self._strip is not None and self._strip.can_begin(),
            "history": here,
            "fit": shown,
            "zoom": shown,
        }

    def details(self) -> dict[str, str]:
        return self.form.details()

    def find_here(self) -> bool:
        return self.form.helpers.find_here()

    def prompts(self) -> Sequence[QWidget]:
        return self.form.prompt.editors()

    def grids(self) -> Sequence[PictureGrid]:
        return (self.history.grid,)

    def buttons(self) -> Iterable[tuple[QAbstractButton, str, str]]:
        return self.form.buttons()

    def help_texts(self) -> Iterable[tuple[QWidget, str]]:
        drawer = self.stage.drawer
        return (
            *self.form.help_texts(),
            (
                self.stage.viewer,
                "Shows the picture large: the wheel zooms, dragging moves it, Z changes between "
                "fit and 100 %, Return fills the screen.",
            ),
            (self.form.side.ways, ways.HELP),
            (self.stage.stop, "Stops the picture being made; its menu stops after it, or all."),
            (
                self.stage.follow,
                "Shows the picture being made again, in place of an older one.",
            ),
            (drawer.toggle, "Shows or hides the jobs that wait, were stopped or failed."),
            (
                drawer.pause,
                "Takes no further job after the picture being made, until it is pressed again.",
            ),
            (
                drawer.list,
                "The jobs in their order: drag one to move it, right-click for what can be done "
                "with it.",
            ),
            (
                self.history.grid,
                "The newest pictures: choose one to see it large, right-click for what can be "
                "done with it.",
            ),
        )


CREATE = Room(
    id="create",
    number=0,
    name="Create",
    icon="create",
    key="Ctrl+1",
    help="Goes to Create, where pictures are described and made.",
    build=CreateRoom,
    commands=(
        Command(
            "rewind",
            "Rewind",
            PICTURE,
            key="R",
            scope=PICTURES,
            why="No finished picture is shown in Create.",
            other_words="timeline steps slider back branch go on from",
        ),
        *ways.COMMANDS,
    ),
)
