"""The room Gallery: all pictures, searched, chosen and thrown away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget

from core.system.settings import Settings
from core.values.gallery.album import Album
from core.values.gallery.question import Order, PictureQuestion
from desktop.pictures.grid import PictureGrid
from desktop.pictures.marking.chosen import ids_chosen_in
from desktop.shared.context import RoomContext
from desktop.shared.room import BuiltRoom, Room
from desktop.state.commands import EDIT, PICTURE, ROOM, VIEW, Command
from desktop.state.session import GalleryView, Session
from desktop.widgets.drop_target import IMPORT
from desktop.widgets.i18n import tr

_LISTS = {"open": True, "folded": False}


class GalleryRoom(BuiltRoom):
    """The panel over a model of its own, which is what was searched for."""

    drop = IMPORT  # of a folder; a picture's own recipe is meant as elsewhere

    def __init__(self, context: RoomContext) -> None:
        from desktop.gallery.albums.watch import AlbumWatch
        from desktop.gallery.panel import GalleryPanel
        from desktop.pictures.marking.names import file_name_in, names_in
        from desktop.pictures.picture_model import PictureModel

        super().__init__(context.window)
        services = context.services
        self._context = context
        gallery = services.stores.gallery
        self._safe = services.safe
        self.model = PictureModel(
            gallery=gallery,
            thumbnails=services.thumbnails,
            records=services.gallery_tasks,
            images=services.image_tasks,
            parent=self,
        )
        self.page = self.panel = GalleryPanel(
            self.model,
            services.settings.trash_days,
            suggest=gallery.suggestions,
            names=partial(names_in, gallery),
            name_of=partial(file_name_in, gallery),
            tasks=services.gallery_tasks,
        )
        self.first_focus = self.panel.grid
        self.albums = context.questions.albums
        self.watch = AlbumWatch(gallery, services.gallery_tasks, self.panel.side)
        self._bring_in(context)
        self._connect(context)

    def _bring_in(self, context: RoomContext) -> None:
        """Folders of pictures that other programs made."""
        from desktop.pictures.importing.imports import Imports
        from desktop.pictures.importing.strip import ImportStrip

        services = context.services
        self.imports = imports = Imports(
            services.stores,
            services.thumbnails,
            services.database_tasks,
            context.notice,
            context.window,
        )
        imports.rows_changed.connect(context.signals.gallery_changed)
        context.signals.import_folder.connect(imports.ask)
        self.strip = ImportStrip(imports)
        self.panel.stand_below_head(self.strip)
        imports.folders_changed.connect(self._show_folders)
        imports.progressed.connect(self._show_folders)
        # what is drawn may be away now, or another picture
        for model in (self.model, context.newest):
            for changed in (imports.presence.changed, imports.rows_changed):
                changed.connect(lambda *_, pixmaps=model.pixmaps: pixmaps.look_again())
        self.panel.side.folders_asked.connect(imports.show_folders)

    def _show_folders(self) -> None:
        """In the list, with how they are."""
        from desktop.gallery.albums.folder_notes import noted_folders

        self.panel.side.show_folders(noted_folders(self.imports))

    def _connect(self, context: RoomContext) -> None:
        panel, signals = self.panel, context.signals
        context.current.follow(panel.grid)
        signals.picture_made.connect(self.model.add)
        signals.picture_made.connect(lambda _: self.watch.soon())
        signals.gallery_changed.connect(self.model.search_again)
        signals.gallery_changed.connect(self.watch.soon)
        panel.emptied.connect(context.trash.empty)
        panel.restored.connect(lambda: context.trash.restore(ids_chosen_in(panel.grid)))
        panel.changed.connect(signals.session_changed)
        panel.placed.connect(signals.possible_changed)
        panel.save_asked.connect(self._ask_name)
        panel.side.new_asked.connect(lambda: self._ask_name(""))
        panel.side.renamed.connect(self.albums.rename)
        panel.side.deleted.connect(self._delete)
        panel.side.dropped.connect(self._drop)
        self.watch.left.connect(self._index_left)
        self.watch.listed.connect(self._follow_list)
        panel.side.shown.connect(self.watch.soon)
        panel.grid.rate = lambda picture, stars: context.questions.marks.rate([picture], stars)
        signals.find_pictures.connect(self._find)

    def _find(self, text: str) -> None:
        """Come to the front with the answer to a search."""
        self.panel.show_question(replace(self.panel.question, text=text, trashed=False, album=0))
        self._context.signals.go.emit(GALLERY.id)

    def start(self) -> None:
        self.panel.ask()
        self.watch.look()
        self.watch.look_at_index()
        if not self._safe:
            self.imports.start()

    def end(self) -> None:
        self.imports.end()

    def _index_left(self, count: int) -> None:
        """No search finds so many pictures yet."""
        self.panel.say_left(count)
        if not count:
            self.model.search_again()

    # --- albums ---

    def _ask_name(self, query: str) -> None:
        """What a new album is called, or a search that is kept."""
        from desktop.gallery.albums.name_dialog import NameDialog

        title = tr("Save as album") if query else tr("New album")
        words = tr("A new album. Drag pictures onto its name, or press A on them.")
        if query:
            words = tr("The album always shows what this search finds: {query}", query=query)
        dialog = NameDialog(title, words, self.panel.name_for(query), self._context.window)
        dialog.named.connect(lambda name: self._keep(name, query))
        dialog.open()

    def _keep(self, name: str, query: str) -> None:
        """Under the name of a saved search, that becomes this one."""
        same = (
            album
            for album in self.panel.side.albums()
            if album.is_smart and album.name.casefold() == name.casefold()
        )
        album = next(same, None)
        if query and album is not None:
            self.albums.change_search(album, query)
        else:
            self.albums.make(name, query)

    def _delete(self, album: Album) -> None:
        if self.panel.question.album == album.id:
            self.panel.show_question(replace(self.panel.question, album=0))
        self.albums.delete(album)

    def _follow_list(self) -> None:
        """What is shown may be called otherwise now. Where its album is no more, as after Undo or a
        restored backup, all pictures are shown."""
        if self.panel.question.album and self._shown_album() is None:
            self.panel.show_question(replace(self.panel.question, album=0))
        else:
            self.panel.show_place()

    def _drop(self, album: Album, grid: PictureGrid) -> None:
        self.albums.put(album, ids_chosen_in(grid))

    def _take_out(self) -> None:
        """The chosen pictures, of the album that is shown."""
        album = self._shown_album()
        if album is not None:
            self.albums.take(album, ids_chosen_in(self.panel.grid))

    def _shown_album(self) -> Album | None:
        wanted = self.panel.question.album
        return next((one for one in self.panel.side.albums() if one.id == wanted), None)

    # --- what the window asks ---

    def use_settings(self, settings: Settings) -> None:
        self.panel.use_trash_days(settings.trash_days)

    def session(self, kept: Session) -> Session:
        panel, question = self.panel, self.panel.question
        wish = panel.list_wish()
        view = GalleryView(
            text=question.text,
            album=question.album,
            order=question.order.value,
            rising=question.rising,
            zoom=panel.view.zoom.value(),
            own_shape=panel.view.shape.isChecked(),
            side="" if wish is None else "open" if wish else "folded",
            side_width=panel.list_width(),
            before=panel.before,
        )
        return replace(kept, gallery=view)

    def restore(self, kept: Session) -> None:
        view, panel = kept.gallery, self.panel
        panel.use_before(view.before)
        panel.use_list(_LISTS.get(view.side), view.side_width)
        panel.take_question(
            PictureQuestion(
                view.text,
                album=view.album,
                order=Order(view.order),
                rising=view.rising,
                shuffle=panel.view.shuffle,
            )
        )
        panel.use_view(view.zoom, own_shape=view.own_shape)

    def handlers(self) -> dict[str, Callable[[], object]]:
        panel = self.panel
        return {
            "gallery-list": lambda: panel.show_list(not panel.side.isVisible()),
            "new-album": lambda: self._ask_name(""),
            "save-search": lambda: self._ask_name(panel.question.text.strip()),
            "album-take": self._take_out,
            "import-folder": lambda: self.imports.ask(),
            "imported-folders": self.imports.show_folders,
        }

    def possible(self) -> dict[str, bool]:
        front = self.in_front()
        chosen = self.panel.grid.selectionModel().hasSelection()
        possible = {
            "save-search": front and not self.panel.filters.save.isHidden(),
            "album-take": front and chosen and self._shown_album() is not None,
        }
        if front:
            hidden = chosen and self._is_hidden_chosen()
            possible["restore"] = (self.panel.question.trashed and chosen) or hidden
        return possible

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
        view = panel.view
        return (
            (
                panel.search,
                "Finds pictures by words, and by fields such as model:, steps:>20 or "
                "rating:>=3; Down shows the searches of before.",
            ),
            (panel.list_switch, "Shows or hides the list of albums beside the pictures."),
            (panel.favourites, "Shows only the pictures that are marked as favourites."),
            (self.strip.pause, "Lets an import wait, or go on."),
            (self.strip.cross, "Ends an import; what came stays in the gallery."),
            (panel.restore, "Takes the chosen pictures out of the trash, into the gallery."),
            (panel.empty_trash, "Empties the trash of the pictures that lie in it."),
            (
                panel.filters.add,
                "Adds a filter: a rating, model, date, tag and more.",
            ),
            (
                panel.filters.save,
                "Keeps the search as an album that shows what it finds.",
            ),
            (view.orders, "By what the pictures are put in order."),
            (view.direction, "Whether the lowest or the highest stands first."),
            (view.shape, "Shows each picture whole, in lines of one height, or in squares."),
            (view.zoom, "How large the pictures are here."),
            (panel.nothing.clear, "Takes the search away, so that all pictures are here again."),
            (
                panel.side,
                "Shows all pictures, favourites, the trash or an album; F2 renames an album, "
                "Delete deletes it, and pictures can be dropped on it.",
            ),
            (
                panel.grid,
                "All pictures: arrows choose, Return shows one large, F marks favourites, 0 to 5 "
                "rate, X rejects, T gives tags, A puts into an album, Delete moves to the trash.",
            ),
        )

    def buttons(self) -> Iterable[tuple[QAbstractButton, str, str]]:
        return ((self.panel.list_switch, "gallery-list", "Show or hide the list of albums"),)


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
    hears=lambda signals: (signals.import_folder, signals.find_pictures),
    answers=("import-folder", "imported-folders"),
    commands=(
        Command(
            "gallery-list",
            "Show or hide the albums",
            VIEW,
            key="F4",
            scope=ROOM,
            other_words="side panel collections folders",
        ),
        Command("new-album", "New album...", EDIT, other_words="collection folder", begins=True),
        Command(
            "save-search",
            "Save the search as album...",
            EDIT,
            why="Search for something in the Gallery first.",
            other_words="smart collection smart album saved search",
        ),
        Command(
            "album-take",
            "Take out of this album",
            PICTURE,
            needs_picture=True,
            why="Choose pictures of an album first.",
            other_words="collection remove from album",
            begins=True,
        ),
    ),
)
