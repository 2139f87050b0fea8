"""The room Gallery: all pictures, searched, chosen and thrown away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtWidgets import QLineEdit, QWidget

from core.system.settings import Settings
from desktop.pictures.grid import PictureGrid
from desktop.shared.context import RoomContext
from desktop.shared.room import BuiltRoom, Room
from desktop.widgets.drop_target import IMPORT


class GalleryRoom(BuiltRoom):
    """The panel over a model of its own, which is what was searched for."""

    drop = IMPORT  # of a folder; a picture's own recipe is meant as elsewhere

    def __init__(self, context: RoomContext) -> None:
        from desktop.gallery.panel import GalleryPanel
        from desktop.pictures.picture_model import PictureModel

        super().__init__(context.window)
        services = context.services
        self._safe = services.safe
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
        self._bring_in(context)
        self.panel.trash.toggled.connect(lambda _: context.signals.possible_changed.emit())

    def _bring_in(self, context: RoomContext) -> None:
        """Folders of pictures that other programs made."""
        from desktop.pictures.importing.imports import Imports
        from desktop.pictures.importing.strip import ImportStrip

        services = context.services
        self.imports = Imports(
            services.stores,
            services.thumbnails,
            services.database_tasks,
            context.notice,
            context.window,
        )
        self.imports.rows_changed.connect(context.signals.gallery_changed)
        context.signals.import_folder.connect(self.imports.ask)
        self.strip = ImportStrip(self.imports)
        self.panel.stand_below_head(self.strip)

    def handlers(self) -> dict[str, Callable[[], object]]:
        return {
            "import-folder": lambda: self.imports.ask(),
            "imported-folders": self.imports.show_folders,
        }

    def start(self) -> None:
        self.model.search_again()
        if not self._safe:
            self.imports.start()

    def end(self) -> None:
        self.imports.end()

    def use_settings(self, settings: Settings) -> None:
        self.panel.use_trash_days(settings.trash_days)

    def possible(self) -> dict[str, bool]:
        if not self.in_front():
            return {}
        chosen = self.panel.grid.selectionModel().hasSelection()
        hidden = chosen and self._is_hidden_chosen()
        return {"restore": (self.panel.trash.isChecked() and chosen) or hidden}

    def _is_hidden_chosen(self) -> bool:
        """Whether the first of the chosen pictures was hidden, and can be shown again."""
        rows = self.panel.grid.chosen_rows()
        first = next(iter(self.model.known([rows[0][:1]])), None) if rows else None
        return first is not None and first.origin is not None and first.origin.hidden

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
            (self.strip.pause, "Lets an import wait, or go on."),
            (self.strip.cross, "Ends an import; what came stays in the gallery."),
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
    modules=("desktop.gallery.panel", "desktop.pictures.importing.strip"),
    ahead=lambda stores: True,
    hears=lambda signals: (signals.import_folder,),
    answers=("import-folder", "imported-folders"),
)
