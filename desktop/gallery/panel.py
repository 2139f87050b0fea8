"""The Gallery room: what is searched for, in which order and how large, the list at its side, and
what its grid shows then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from core.values.gallery.album import MOST_OF_NAME, Album
from core.values.gallery.question import PictureQuestion
from desktop.gallery.albums.rows import SideRow
from desktop.gallery.albums.side_list import SideList
from desktop.gallery.count import CountLabel
from desktop.gallery.filtering import terms
from desktop.gallery.filtering.completing import Completing, Suggest
from desktop.gallery.filtering.filter_line import FilterLine
from desktop.gallery.filtering.search_field import SearchField
from desktop.gallery.filtering.words import term_words
from desktop.gallery.nothing import NothingHere
from desktop.gallery.sides import Sides
from desktop.gallery.told import Told
from desktop.pictures.gallery_grid import USUAL_CELL, GalleryGrid, Shape
from desktop.pictures.marking.names import Names
from desktop.pictures.picture_model import PictureModel
from desktop.state.session import MOST_SEARCHES
from desktop.state.tasks import SerialTasks
from desktop.widgets import theme
from desktop.widgets.controls import IconButton, row
from desktop.widgets.i18n import tr

WIDEST_TITLE = 220  # pixels
SIDE_WIDTH = 220  # pixels of the list, at first
SIDE_FROM = 1150  # pixels of the room's width from which the list stands there by itself


class GalleryPanel(QWidget):
    """`emptied` when the trash is to be emptied, `restored`: what is chosen in it comes back;
    `save_asked` carries a search that is to become an album, `changed`: something that the next
    start finds again, `placed`: other things can be done now. The grid's menu is the window's,
    which knows the commands. `suggest`, `names` and `name_of` look into the gallery, in `tasks`."""

    emptied = Signal()
    restored = Signal()
    save_asked = Signal(str)
    changed = Signal()
    placed = Signal()

    def __init__(
        self,
        model: PictureModel,
        trash_days: int,
        *,
        suggest: Suggest,
        names: Names,
        name_of: Callable[[int], str],
        tasks: SerialTasks,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self.question = PictureQuestion(stacked=True)
        self._side_width = 0  # of the list at the last exit
        self._side_wish: bool | None = None  # whether a person wants the list; None: as it suits
        self._is_taking = False
        self._place = False, 0, True  # as it was told by `placed`
        self._fault_words = self._left_words = ""  # what is said beneath the search
        self._saved: Album | None = None  # the saved search that was chosen last in the list
        self.before: tuple[str, ...] = ()  # searches, the newest first
        self._build_tools(suggest, tasks, FilterLine(names, name_of, tasks))
        self.grid = GalleryGrid(tr("Pictures"))
        self.grid.setModel(model)
        self.count.follow(self.grid)
        self.nothing = NothingHere(trash_days)
        self._lay_out()
        self._connect()
        self.use_trash_days(trash_days)

    # --- building ---

    def _build_tools(self, suggest: Suggest, tasks: SerialTasks, filters: FilterLine) -> None:
        self.search = SearchField()
        self.search.setMinimumWidth(200)
        self.search.setMaximumWidth(560)
        self.completing = Completing(self.search, suggest, tasks)
        self.title = QLabel(tr("Gallery"))
        self.title.setObjectName("title")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.count = CountLabel()
        self.list_switch = IconButton("side-list", tr("Albums"), checkable=True)
        self.favourites = IconButton(
            "heart", tr("Favourites"), tr("show favourites only"), checkable=True
        )
        self.trash = IconButton("trash", tr("Trash"), checkable=True)
        self.restore = QPushButton(tr("Restore"))
        self.restore.setEnabled(False)
        self.empty_trash = QPushButton(tr("Empty trash"))
        for button in (self.restore, self.empty_trash):
            button.hide()
        self.filters = filters
        self.view = self.filters.view
        self.fault = Told(self.search, self.filters)
        self.side = SideList()

    def _lay_out(self) -> None:
        head = row(
            self.list_switch,
            self.title,
            self.count,
            None,
            self.search,
            self.favourites,
            self.trash,
            self.restore,
            self.empty_trash,
        )
        line = head.layout()
        assert isinstance(line, QHBoxLayout)
        line.setStretch(4, 4)
        top = QWidget()
        above = QVBoxLayout(top)
        above.setContentsMargins(theme.SPACE_4, theme.SPACE_3, theme.SPACE_4, theme.SPACE_2)
        above.setSpacing(theme.SPACE_1)
        for part in (head, self.filters):
            above.addWidget(part)
        pages = QWidget()
        self._pages = QStackedLayout(pages)
        self._pages.addWidget(self.grid)
        self._pages.addWidget(self.nothing)
        self.sides = Sides()
        self.sides.addWidget(self.side)
        self.sides.addWidget(pages)
        self.sides.setStretchFactor(1, 1)
        self.sides.setSizes([SIDE_WIDTH, 4 * SIDE_WIDTH])
        self.side.hide()
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(top)
        column.addWidget(self.sides, 1)
        self.fault.setParent(self)

    def _connect(self) -> None:
        # at each letter: what was still being found for the one before is given up
        self.search.textChanged.connect(self._typed)
        self.search.faulty.connect(self._say_fault)
        self.search.entered.connect(self._enter)
        self.filters.edited.connect(self._edit)
        self.filters.put.connect(self._remember)
        self.favourites.toggled.connect(self._only_favourites)
        self.trash.toggled.connect(lambda on: self._go(trashed=on, album=0))
        self.empty_trash.clicked.connect(self.emptied)
        self.restore.clicked.connect(self.restored)
        self.count.chosen.connect(lambda count: self.restore.setEnabled(count > 0))
        self.filters.saved.connect(lambda: self.save_asked.emit(self.question.text.strip()))
        self.view.ordered.connect(self._order)
        self.view.zoomed.connect(self.grid.use_zoom)
        self.view.shaped.connect(self._shape)
        self.grid.zoomed.connect(self._zoomed)
        self.side.chosen.connect(self._choose)
        self.side.entered.connect(self.grid.setFocus)
        self.list_switch.clicked.connect(self.show_list)
        self.sides.splitterMoved.connect(lambda *_: self.changed.emit())
        self.nothing.cleared.connect(self.search.clear)
        self._model.first_came.connect(self._show_first)
        self._model.counted.connect(self._counted)

    def stand_below_head(self, strip: QWidget) -> None:
        """A strip over the grid, for what goes on beside it."""
        self._column.insertWidget(1, strip)

    def use_trash_days(self, days: int) -> None:
        """Say how long deleted pictures are kept."""
        kept_for = tr("1 day") if days == 1 else tr("{n} days", n=days)
        self.trash.setToolTip(
            tr("Trash: show deleted pictures; they are kept for {days}", days=kept_for)
        )
        self.trash.setWhatsThis(
            tr(
                "Shows deleted pictures, which are kept for {days} and can be restored.",
                days=kept_for,
            )
        )
        self.nothing.use_trash_days(days)
        self.nothing.explain(self.question, self.side.current_row())

    # --- the question ---

    def ask(self) -> None:
        """Search with what is set now."""
        self._model.ask(self.question)
        self.show_place()
        self.changed.emit()

    def show_question(self, question: PictureQuestion) -> None:
        """Ask this, and show it everywhere."""
        self.take_question(question)
        self.ask()

    def take_question(self, question: PictureQuestion) -> None:
        """Show it everywhere; it is not asked yet."""
        self.question = replace(question, stacked=True)
        self._is_taking = True  # the field itself is to hear it, for its cross and its mistakes
        self.search.setText(question.text)
        self._is_taking = False
        self.view.show_order(question.order, rising=question.rising)
        self._show_terms()
        self.show_place()

    def _typed(self, text: str) -> None:
        if self._is_taking:
            return
        self.question = replace(self.question, text=text)
        self.filters.show_soon(text)
        self.ask()

    def _edit(self, text: str) -> None:
        """What chips and menus make of the search."""
        self.search.setText(text)
        self._show_terms()

    def _go(self, *, trashed: bool, album: int, text: str | None = None) -> None:
        text = self.question.text if text is None else text
        self.show_question(replace(self.question, trashed=trashed, album=album, text=text))

    def name_for(self, query: str) -> str:
        """What a search might be called: as the one that it came from, else by its words."""
        if self._saved is not None and query:
            return self._saved.name
        found = terms.terms_of(query)
        return ", ".join(term_words(term, self.filters.pictures) for term in found)[:MOST_OF_NAME]

    def _choose(self, chosen: SideRow) -> None:
        kept = chosen.kept
        self._saved = kept if kept is not None and kept.is_smart else None
        self._go(trashed=chosen.trashed, album=chosen.album, text=chosen.text)

    def _order(self) -> None:
        view = self.view
        self.question = replace(
            self.question, order=view.order(), rising=view.rising, shuffle=view.shuffle
        )
        self.ask()

    def _only_favourites(self, on: bool) -> None:
        if on:
            self.filters.put_term("is:favourite")
        else:
            self.filters.take_term("is", "favourite")

    def _enter(self) -> None:
        """The search is whole: on to what it found."""
        self._remember()
        if self._model.rowCount():
            self.grid.setFocus()

    def _remember(self) -> None:
        if text := self.search.text().strip():
            others = [one for one in self.before if one != text]
            self.use_before((text, *others))
            self.changed.emit()

    def use_before(self, searches: tuple[str, ...]) -> None:
        """The searches of before."""
        self.before = self.completing.before = searches[:MOST_SEARCHES]

    # --- how they lie ---

    def _shape(self, own: bool) -> None:
        self.grid.use_shape(Shape.ASPECT if own else Shape.SQUARE)
        self.changed.emit()

    def _zoomed(self, pixels: int) -> None:
        self.view.show_zoom(pixels)
        self.changed.emit()

    # --- what is shown of it ---

    def _show_terms(self) -> None:
        self.filters.show_text(self.search.text())
        self.favourites.blockSignals(True)
        self.favourites.setChecked(self.filters.has("is", "favourite"))
        self.favourites.blockSignals(False)

    def show_place(self) -> None:
        """What is shown, by its name in the list: that may have changed."""
        question = self.question
        if self._saved is not None:
            mine = self._saved.id
            self._saved = next((one for one in self.side.albums() if one.id == mine), None)
        self.side.mark(question)
        shown = self.side.current_row()
        self.trash.blockSignals(True)
        self.trash.setChecked(question.trashed)
        self.trash.blockSignals(False)
        for button in (self.restore, self.empty_trash):
            button.setVisible(question.trashed)
        named = question.trashed or question.album or (shown is not None and shown.kept is not None)
        self._name(self.side.row_of(question).name if named else tr("Gallery"))
        can_save = bool(question.text.strip()) and not question.trashed and not question.album
        self.filters.save.setVisible(can_save and shown is None)
        self.nothing.explain(question, shown)
        place = question.trashed, question.album, self.filters.save.isHidden()
        if place != self._place:
            self._place = place
            self.placed.emit()

    def _name(self, words: str) -> None:
        """What is shown, as far as it has room."""
        metrics = self.title.fontMetrics()
        self.title.setText(metrics.elidedText(words, Qt.TextElideMode.ElideRight, WIDEST_TITLE))
        self.title.setToolTip(words)

    def say_left(self, count: int) -> None:
        """So many pictures are not found by a search yet."""
        self._left_words = ""
        if count:
            self._left_words = tr(
                "The search is being prepared; {n} older pictures are not found by it yet.",
                n=f"{count:,}",
            )
        self._say_fault(self._fault_words)

    def _say_fault(self, words: str) -> None:
        self._fault_words = words
        left = self._left_words if self.question.text.strip() else ""
        said = " ".join(part for part in (words, left) if part)
        self.fault.say(said)

    def _show_first(self) -> None:
        """Before all are counted."""
        if self._model.rowCount():
            self._pages.setCurrentIndex(0)
        self.grid.scrollToTop()

    def _counted(self, count: int) -> None:
        self.count.show_all(count + self._model.stacks.hidden())
        self._pages.setCurrentIndex(0 if count else 1)

    # --- the list ---

    def show_list(self, on: bool) -> None:
        """A person wants the list beside the grid, or not."""
        self._side_wish = on
        self._fit_list()
        self.changed.emit()

    def list_wish(self) -> bool | None:
        """Whether a person wants it; None where it is as it suits the room's width."""
        return self._side_wish

    def list_width(self) -> int:
        """Of the list, in pixels; 0 where it was not seen yet."""
        return self.sides.sizes()[0] if self.side.isVisible() else self._side_width

    def use_view(self, zoom: int, *, own_shape: bool) -> None:
        """As the pictures lay at the last exit; `zoom` in pixels, 0 for the usual size."""
        self.view.zoom.setValue(zoom or USUAL_CELL)
        self.view.shape.setChecked(own_shape)

    def use_list(self, wish: bool | None, width: int) -> None:
        """As it was at the last exit; `width` in pixels, 0 for the usual one."""
        self._side_wish = wish
        if width:
            self._side_width = width
            self.sides.setSizes([width, max(1, self.width() - width)])
        self._fit_list()

    def _fit_list(self) -> None:
        wide = self.width() >= SIDE_FROM
        on = wide if self._side_wish is None else self._side_wish
        self.side.setVisible(on)
        self.list_switch.setChecked(on)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_list()
        self.fault.place()
