"""The room Edit: the document's form on the left, tabs, tools and canvas in the middle, layers and
History on the right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QAbstractButton, QWidget

from core.service.stores import Stores
from core.system.settings import Settings
from desktop.edit.commands import COMMANDS
from desktop.edit.live.commands import LIVE_COMMANDS, live_handlers, live_possible
from desktop.form.prompt_helpers import HELPERS_MODULES
from desktop.pictures.grid import PictureGrid
from desktop.shared.context import RoomContext
from desktop.shared.room import BuiltRoom, Room
from desktop.state.draft import Draft
from desktop.state.session import Session
from desktop.widgets import theme
from desktop.widgets.drop_target import EDIT as DROP_EDIT
from desktop.widgets.drop_target import LAYER

if TYPE_CHECKING:
    from desktop.edit.desk import EditDesk
    from desktop.edit.live_painting import LivePainting


class EditRoom(BuiltRoom):
    """What the window asks of it; the work is done at its desk."""

    desk: EditDesk
    painting: LivePainting

    def __init__(self, context: RoomContext) -> None:
        from desktop.edit.page import EditPage

        super().__init__(context.window)
        self._context = context
        self.page = self._page = EditPage()
        self.first_focus = self._page.empty

    def slices(self) -> Iterator[None]:
        from desktop.edit.desk import EditDesk

        self.desk = EditDesk(self._context, self._page)
        yield
        yield from self.desk.build_form()
        yield
        yield from self.desk.build_around()
        yield
        self._build_live()
        self.first_focus = self.desk.canvas
        self.desk.documents.shown.connect(self._use_drop)
        self._use_drop()

    def _build_live(self) -> None:
        from desktop.edit.live_painting import LivePainting

        services = self._context.services
        self.painting = LivePainting(
            services.stores,
            services.service,
            services.database_tasks,
            self.desk,
            documents=self.desk.documents,
            overlay=self.desk.canvas,
            draft=self.desk.draft,
            is_choosing=lambda: self.desk.results.top() is not None,
            look_at=self.desk.results.look_at,
        )
        self.desk.results.changed.connect(self.painting.look_at_results)
        self.desk.canvas.rested.connect(self.painting.come_back)
        self.painting.use_settings(services.settings)
        self.painting.live.said.connect(self._context.signals.told)
        self.painting.live.state_changed.connect(self._context.signals.possible_changed)
        self.painting.live.switched.connect(self.desk.paint_live)
        self.desk.line.put_above(self.painting.bar)
        for before, control in pairwise((self.desk.canvas, *self.painting.bar.controls())):
            QWidget.setTabOrder(before, control)

    def _use_drop(self) -> None:
        self.drop = DROP_EDIT if self.desk.documents.current is None else LAYER

    # --- its life ---

    def start(self) -> None:
        self.desk.begin()

    def end(self) -> None:
        self.desk.end()

    def use_tokens(self, tokens: theme.Tokens) -> None:
        self.desk.form.use_tokens(tokens)

    def use_settings(self, settings: Settings) -> None:
        self.painting.use_settings(settings)
        self.desk.form.use_settings(settings)

    def session(self, kept: Session) -> Session:
        return self.desk.session(kept)

    def restore(self, kept: Session) -> None:
        self.desk.restore(kept)

    def draft(self) -> Draft | None:
        return self.desk.draft if self.desk.documents.current is not None else None

    # --- commands ---

    def handlers(self) -> dict[str, Callable[[], object]]:
        return self.desk.handlers() | live_handlers(self.painting.live)

    def possible(self) -> dict[str, bool]:
        is_open = self.desk.documents.current is not None
        of_live = live_possible(self.painting.live, has_document=is_open)
        return self.desk.possible(in_front=self.in_front()) | of_live

    def details(self) -> dict[str, str]:
        return self.desk.details() if self.in_front() else {}

    def find_here(self) -> bool:
        return self.desk.form.helpers.find_here()

    def canvases(self) -> Sequence[QWidget]:
        desk = self.desk  # its keys work beside the canvas too
        around = (desk.side.layers, desk.line, desk.tools, desk.tabs)
        return (desk.canvas, self._page.empty, *around)

    def prompts(self) -> Sequence[QWidget]:
        return self.desk.form.prompt.editors()

    def grids(self) -> Sequence[PictureGrid]:
        return (self.desk.side.history.grid,)

    # --- help ---

    def buttons(self) -> Iterable[tuple[QAbstractButton, str, str]]:
        return self.desk.buttons()

    def help_texts(self) -> Iterable[tuple[QWidget, str]]:
        return self.desk.help_texts()


def _has_something_to_say(stores: Stores) -> bool:
    """A document is open, or was found damaged."""
    return bool(stores.documents.opened()) or stores.documents.has_notice


EDIT = Room(
    id="edit",
    number=4,
    name="Edit",
    icon="edit",
    key="Ctrl+2",
    help="Goes to Edit, where pictures are painted on and parts of them are made anew.",
    other_words="canvas inpaint outpaint img2img mask layers paint",
    build=EditRoom,
    commands=(*COMMANDS, *LIVE_COMMANDS),
    modules=(
        "desktop.edit.desk",
        "desktop.edit.page",
        "desktop.edit.live_painting",
        *HELPERS_MODULES,
    ),
    ahead=_has_something_to_say,
    hears=lambda signals: (signals.edit_file, signals.add_layer),
    unasked=("document-reopen",),
)
