"""The Gallery room: what is searched for, and what its grid shows then."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from desktop.pictures.gallery_grid import GalleryGrid
from desktop.pictures.picture_model import PictureModel
from desktop.widgets import theme
from desktop.widgets.controls import IconButton, row, search_field
from desktop.widgets.i18n import tr


class GalleryPanel(QWidget):
    """`emptied` when the trash is to be emptied. The grid's menu is the window's, which knows the
    commands."""

    emptied = Signal()

    def __init__(self, model: PictureModel, trash_days: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._kept_for = ""  # how long pictures lie in the trash, in words
        self._build_tools()
        self.grid = GalleryGrid(tr("Pictures"))
        self.grid.setModel(model)
        self.nothing = QLabel()
        self.nothing.setObjectName("dim")
        self.nothing.setWordWrap(True)
        self.nothing.setContentsMargins(theme.SPACE_4, 48, theme.SPACE_4, 48)
        self._pages = QStackedLayout()
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head())
        column.addLayout(self._pages, 1)  # before its pages: without a parent they are windows
        self._pages.addWidget(self.grid)
        self._pages.addWidget(self.nothing)
        # at each letter: what was still being found for the one before is given up
        self.search.textChanged.connect(lambda _: self.ask())
        self.favourites.toggled.connect(lambda _: self.ask())
        self.trash.toggled.connect(self.empty_trash.setVisible)
        self.trash.toggled.connect(lambda _: self.ask())
        self.empty_trash.clicked.connect(self.emptied)
        model.first_came.connect(self._show_first)
        model.counted.connect(self._counted)
        self.use_trash_days(trash_days)

    def _build_tools(self) -> None:
        self.search = search_field(tr("Search prompts and models"), tr("Search the gallery"), 200)
        self.favourites = IconButton(
            "star", tr("Favourites"), tr("show favourites only"), checkable=True
        )
        self.trash = IconButton("trash", tr("Trash"), checkable=True)
        self.empty_trash = QPushButton(tr("Empty trash"))
        self.empty_trash.hide()
        self.count = QLabel()
        self.count.setObjectName("dim")

    def _head(self) -> QWidget:
        """Title and count at the left end, search and switches at the right one."""
        title = QLabel(tr("Gallery"))
        title.setObjectName("title")
        head = row(
            title, self.count, None, self.search, self.favourites, self.trash, self.empty_trash
        )
        head.layout().setStretch(3, 1)  # type: ignore[union-attr]
        head.setContentsMargins(theme.SPACE_4, theme.SPACE_3, theme.SPACE_4, theme.SPACE_2)
        return head

    def stand_below_head(self, strip: QWidget) -> None:
        """A strip over the grid, for what goes on beside it."""
        self._column.insertWidget(1, strip)

    def use_trash_days(self, days: int) -> None:
        """Say how long deleted pictures are kept."""
        self._kept_for = tr("1 day") if days == 1 else tr("{n} days", n=days)
        self.trash.setToolTip(
            tr("Trash: show deleted pictures; they are kept for {days}", days=self._kept_for)
        )
        self.trash.setWhatsThis(
            tr(
                "Shows deleted pictures, which are kept for {days} and can be restored.",
                days=self._kept_for,
            )
        )
        self._say_why_nothing()

    def ask(self) -> None:
        """Search with what is set now."""
        self._model.search(
            self.search.text(),
            favourites=self.favourites.isChecked(),
            trashed=self.trash.isChecked(),
        )

    def _show_first(self) -> None:
        """Before all are counted."""
        if self._model.rowCount():
            self._pages.setCurrentIndex(0)
        self.grid.scrollToTop()

    def _counted(self, count: int) -> None:
        of_all = count + self._model.stacks.hidden()
        shown = tr("{n} pictures", n=f"{of_all:,}")
        if of_all == 1:
            shown = tr("1 picture")
        self.count.setText(shown)
        self._say_why_nothing()
        self._pages.setCurrentIndex(0 if count else 1)

    def _say_why_nothing(self) -> None:
        if self.trash.isChecked():
            words = tr(
                "The trash is empty. Deleted pictures wait here for {days}.", days=self._kept_for
            )
        elif self.search.text() or self.favourites.isChecked():
            words = tr("Nothing matches. Clear the search to see all pictures.")
        else:
            words = tr(
                "Your pictures will stand here. Make the first one in Create: "
                "type a prompt and press Generate."
            )
        self.nothing.setText(words)
