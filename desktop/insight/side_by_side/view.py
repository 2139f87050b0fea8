"""What happens in Side by side: pictures are chosen, shown, and told apart; or one recipe is made
on several models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from core.system.errors import KnownError
from desktop.insight.opened.figure_saving import FigureSaving, drawn
from desktop.insight.opened.opening import Opening
from desktop.insight.opened.view import BuiltView
from desktop.insight.side_by_side.as_figure import figure_of
from desktop.insight.side_by_side.chosen import ChosenPictures
from desktop.insight.side_by_side.models_desk import ModelsDesk
from desktop.insight.side_by_side.page import SideBySidePage, TwoPages
from desktop.insight.side_by_side.picking import PicturePicker
from desktop.pictures.comparing.compared import MOST
from desktop.pictures.picture_model import PictureModel
from desktop.shared.context import RoomContext
from desktop.widgets.i18n import tr

TOPIC = "side by side"


class SideBySide(BuiltView):
    """The parts of the view, and who of them hears whom. Until somebody chooses pictures, the one
    that is open stands beside the one that it was made from."""

    def __init__(self, context: RoomContext, opening: Opening) -> None:
        super().__init__(context.window)
        services = context.services
        self._context = context
        self._opening = opening
        self._model: PictureModel | None = None
        self.sheet = page = SideBySidePage(services.image_tasks)
        self.models = ModelsDesk(context)
        self.saving = FigureSaving(services.image_tasks, context.notice, context.window)
        self.page = self.pages = TwoPages(page, self.models.page)
        self.chosen = ChosenPictures(
            services.stores, services.image_tasks, services.gallery_tasks, self
        )
        self.first_focus = page.alone
        self.chosen.changed.connect(self._show)
        self.chosen.failed.connect(self._complain)
        page.list.removed.connect(self.chosen.take_away)
        page.list.first_asked.connect(self.chosen.make_first)
        page.list.turned_to.connect(page.panel.compare_with)
        page.panel.other_changed.connect(self._tell_apart)
        opening.changed.connect(self._follow)
        self.models.said_changed.connect(self.said_changed)
        self.models.beside.connect(self._set_beside)
        self.pages.turned.connect(self._turn)
        self.pages.came.connect(self._follow)
        page.save.clicked.connect(self._save)
        self._show()

    def take(self, paths: Sequence[Path]) -> None:
        if len(paths) > MOST:
            words = tr("Of {count} pictures the first {n} are compared.", count=len(paths), n=MOST)
            self._context.notice.say(words, topic=TOPIC)
        self._set_beside(paths)

    def _set_beside(self, paths: Sequence[Path]) -> None:
        self.pages.show_models(False)
        self.chosen.choose(paths)

    def _turn(self) -> None:
        """The other page is in front."""
        if self.pages.shows_models():
            self.models.open(self._opening.path)
        self.said_changed.emit()

    def _follow(self) -> None:
        """The picture that is open, where nobody chose others; nothing is read for a view that
        nobody sees."""
        path = self._opening.path
        if not self.pages.isVisible():
            return
        if self.pages.shows_models():
            self.models.open(path)
        first = next(iter(self.chosen.pictures), None)
        if path is None or self.chosen.by_hand or (first is not None and first.path == path):
            return
        self.chosen.choose([path], by_hand=False)

    def _show(self) -> None:
        page, pictures = self.sheet, self.chosen.pictures
        had_keys = page.window().focusWidget() is self.first_focus
        page.list.show_pictures(pictures)
        page.save.setEnabled(len(pictures) > 1)
        if len(pictures) > 1:
            page.panel.show_pictures(pictures)
            page.list.choose(page.panel.other)
            page.stage.setCurrentWidget(page.panel)
            self.first_focus = page.panel.first_focus()
        else:
            page.panel.halt()
            page.stage.setCurrentWidget(page.alone)
            self.first_focus = page.alone
            self._show_alone()
        if had_keys:
            self.first_focus.setFocus()
        self._tell_apart()
        self.said_changed.emit()

    def _show_alone(self) -> None:
        page, pictures = self.sheet, self.chosen.pictures
        if pictures:
            page.alone.show_image(pictures[0].image)
            page.alone.describe(pictures[0].name)
        else:
            page.alone.clear()
            page.alone.show_message(
                tr(
                    "Choose two to six pictures in the Gallery or in History, with Ctrl or Shift, "
                    "and press C; or press Add pictures above."
                )
            )

    def _tell_apart(self) -> None:
        page, pictures = self.sheet, self.chosen.pictures
        if len(pictures) > 1:
            page.list.choose(page.panel.other)
            page.differences.show_pictures(pictures, page.panel.other)
        else:
            page.differences.setPlainText(tr("Two pictures are needed for that."))

    def _save(self) -> None:
        panel = self.sheet.panel
        drawing = drawn(panel.stage())
        work = partial(figure_of, panel.pictures, panel.scale())
        self._context.services.image_tasks.submit(
            work, lambda table: self.saving.ask(table, drawing), self._complain
        )

    def _complain(self, fault: KnownError) -> None:
        self._context.notice.say(str(fault), problem=True, topic=TOPIC)

    # --- what the room asks ---

    def said(self) -> str:
        if self.pages.shows_models():
            return self.models.said()
        pictures = self.chosen.pictures
        if not pictures:
            return tr("No pictures are compared.")
        if len(pictures) == 1:
            return tr("{name}: choose another picture to set beside it.", name=pictures[0].name)
        first, *others = (picture.name for picture in pictures)
        return tr("{first} beside {others}.", first=first, others=", ".join(others))

    def action(self) -> str | None:
        if self.pages.shows_models():
            return self.models.action()
        return tr("Add pictures...") if len(self.chosen.pictures) < MOST else None

    def act(self) -> None:
        if self.pages.shows_models():
            self.models.act()
            return
        most = MOST - len(self.chosen.pictures)
        dialog = PicturePicker(self._gallery(), most, self._context.window)
        dialog.picked.connect(self.chosen.add)
        dialog.open()

    def _gallery(self) -> PictureModel:
        """All pictures, for whoever chooses some."""
        if self._model is None:
            services = self._context.services
            self._model = PictureModel(
                gallery=services.stores.gallery,
                thumbnails=services.thumbnails,
                records=services.gallery_tasks,
                images=services.image_tasks,
                parent=self,
            )
        return self._model

    def help_texts(self) -> Iterable[tuple[QWidget, str]]:
        page = self.sheet
        panel = page.panel
        zooms = "The wheel zooms all pictures at once, dragging moves them. "
        yield panel.viewer, zooms + "Arrow keys move the line between the two."
        yield panel.bar.blink, "Shows the two pictures in turn, so that what differs jumps out."
        yield page.alone, "The picture that is open; add another one to compare it with."
        yield page.list.list, "Chooses which picture stands beside the first one."
        yield from self.models.help_texts()
