"""The room Gallery: all pictures, searched, chosen and thrown away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtWidgets import QLineEdit, QWidget

from core.system.settings import Settings
from desktop.pictures.grid import PictureGrid
from desktop.shared.context import RoomContext
from desktop.shared.room import BuiltRoom, Room


class GalleryRoom(BuiltRoom):
    """The panel over a model of its own, which is what was searched for."""

    def __init__(self, context: RoomContext) -> None:
        from desktop.gallery.panel import GalleryPanel
        from desktop.pictures.picture_model import PictureModel

        super().__init__(context.window)
        services = context.services
        self.model = PictureModel(
            gallery=services.stores.gallery,
            thumbnails=services.thumbnails,
            records=services.gallery_tasks,
            images=services.image_tasks,
            parent=self,
        )
        self.page = self.panel = GalleryPanel(self.model, services.settings.trash_days)
        self.first_focus = self.panel.grid
        context.current.follow(self.panel.grid)
        context.signals.picture_made.connect(self.model.add)
        context.signals.gallery_changed.connect(self.model.search_again)
        self.panel.emptied.connect(context.trash.empty)
        self.panel.trash.toggled.connect(lambda _: context.signals.possible_changed.emit())

    def start(self) -> None:
        self.model.search_again()

    def use_settings(self, settings: Settings) -> None:
        self.panel.use_trash_days(settings.trash_days)

    def possible(self) -> dict[str, bool]:
        if not self.in_front():
            return {}
        chosen = self.panel.grid.selectionModel().hasSelection()
        return {"restore": self.panel.trash.isChecked() and chosen}

    def search_field(self) -> QLineEdit:
        return self.panel.search

    def grids(self) -> Sequence[PictureGrid]:
        return (self.panel.grid,)

    def chosen_in(self) -> PictureGrid:
        return self.panel.grid

    def help_texts(self) -> Iterable[tuple[QWidget, str]]:
        panel = self.panel
        return (
            (panel.search, "Finds pictures by words of their prompts and by their models' names."),
            (panel.favourites, "Shows only the pictures that are marked as favourites."),
            (panel.empty_trash, "Empties the trash of the pictures that lie in it."),
            (
                panel.grid,
                "All pictures: arrows choose, Return shows one large, F marks favourites, Delete "
                "moves to the trash.",
            ),
        )


GALLERY = Room(
    id="gallery",
    number=1,
    name="Gallery",
    icon="gallery",
    key="Ctrl+4",
    help="Goes to the Gallery, where all your pictures are.",
    other_words="images outputs",
    build=GalleryRoom,
    modules=("desktop.gallery.panel",),
    ahead=lambda stores: True,
)
