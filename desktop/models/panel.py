"""The Models room: the library with search on the left, one model's card on the right;
"Get models" turns the page."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QListView,
    QPushButton,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from core.service.library_overview import LibraryItem
from core.values.model import ModelKind
from desktop.models.card import ModelCard
from desktop.models.list import ITEM_ROLE, ModelDelegate, ModelList
from desktop.widgets import theme
from desktop.widgets.controls import Combo, row, search_field
from desktop.widgets.i18n import tr, tr_data

_KINDS = (
    ("", "All kinds"),
    (ModelKind.CHECKPOINT, "Models"),
    (ModelKind.LORA, "LoRAs"),
    (ModelKind.VAE, "VAEs"),
    (ModelKind.EMBEDDING, "Embeddings"),
    (ModelKind.CONTROLNET, "ControlNets"),
    (ModelKind.UPSCALER, "Upscalers"),
)
_ORDERS = (
    ("name", "By name"),
    ("used", "Last used first"),
    ("size", "Largest first"),
    ("rating", "Best rated first"),
)


class ModelsPanel(QWidget):
    """`chosen` carries the LibraryItem whose card is wanted; `shown` when a page is turned to."""

    chosen = Signal(LibraryItem)
    link_asked = Signal()
    shown = Signal()

    def __init__(
        self,
        model: ModelList,
        card: ModelCard,
        get: QWidget,
        tokens: theme.Tokens,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self.card = card
        self.get_page = get
        self.title = QLabel(tr("Models"))
        self.title.setObjectName("title")
        self.count = QLabel()
        self.count.setObjectName("dim")
        self._build_tools()
        self._build_list()
        self.use_tokens(tokens)
        self._arrange()
        self._connect()

    def _build_tools(self) -> None:
        self.search = search_field(
            tr("Search names, families, tags, notes"), tr("Search the models"), 160
        )
        self.kind = Combo(tr("Kind"), tr("Which kinds are shown."))
        self.order = Combo(tr("Order"), tr("What comes first."))
        for combo, rows in ((self.kind, _KINDS), (self.order, _ORDERS)):
            for value, words in rows:
                combo.addItem(tr_data(words), value)
            combo.setMinimumWidth(132)
        self.link = QPushButton(tr("Link folder..."))
        self.link.setToolTip(
            tr(
                "Use the models of AUTOMATIC1111, Forge, ComfyUI, InvokeAI or any "
                "folder where they lie"
            )
        )
        self.get = QPushButton(tr("Get models"))
        self.get.setCheckable(True)

    def _build_list(self) -> None:
        self.list = QListView()
        self.list.setAccessibleName(tr("Models"))
        self.list.setModel(self._model)
        self.list.setFrameShape(QListView.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.delegate = ModelDelegate(self.list)
        self.list.setItemDelegate(self.delegate)
        self.nothing = QLabel(tr("Nothing matches. Clear the search to see all models."))
        self.nothing.setObjectName("dim")
        self.nothing.setWordWrap(True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.nothing.setContentsMargins(theme.SPACE_4, 48, theme.SPACE_4, 48)
        self._left = QWidget()
        self._lists = QStackedLayout(self._left)
        self._lists.addWidget(self.list)
        self._lists.addWidget(self.nothing)

    def _arrange(self) -> None:
        self._tools = row(self.search, self.kind, self.order, None, wide=self.search)
        self._tools.setContentsMargins(theme.SPACE_4, 0, theme.SPACE_4, theme.SPACE_2)
        head = row(self.title, self.count, None, self.link, self.get)
        head.setContentsMargins(theme.SPACE_4, theme.SPACE_3, theme.SPACE_4, theme.SPACE_2)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self._left)
        self.splitter.addWidget(self.card)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setSizes([900, theme.PANEL_WIDTH])
        self._pages = QStackedLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(head)
        column.addWidget(self._tools)
        column.addLayout(self._pages, 1)  # before its pages: without a parent they are windows
        self._pages.addWidget(self.splitter)
        self._pages.addWidget(self.get_page)

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _: self.ask())
        for combo in (self.kind, self.order):
            combo.activated.connect(lambda _: self.ask())
        self.get.toggled.connect(self._turn)
        self.link.clicked.connect(self.link_asked)
        self.list.selectionModel().currentChanged.connect(self._choose)
        self.list.activated.connect(lambda index: self.card.use.click())
        self._model.modelReset.connect(self._counted)

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """The theme changed."""
        self.delegate.tokens = tokens
        self.list.viewport().update()

    def _turn(self, getting: bool) -> None:
        """Between the library and where models come from."""
        self._pages.setCurrentIndex(1 if getting else 0)
        self._tools.setVisible(not getting)
        self.link.setVisible(not getting)
        self.get.setText(tr("Back to the library") if getting else tr("Get models"))
        self.title.setText(tr("Get models") if getting else tr("Models"))
        self.count.setVisible(not getting)
        self.shown.emit()

    def ask(self) -> None:
        """Search with what is set now; the chosen model stays so where it is still shown."""
        path = self.card.item.entry.path if self.card.item else ""
        value = self.kind.currentData()  # Qt gives an enum of strings back as a string
        kind = ModelKind(value) if value else None
        self._model.search(self.search.text(), kind, self.order.currentData())
        self.select(path)

    def show_everything(self) -> None:
        """No search, all kinds, the library's page."""
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self.kind.setCurrentIndex(0)
        self.get.setChecked(False)
        self.ask()

    def select(self, path: str) -> None:
        """Choose the model at `path`, or the first one."""
        at = max(0, self._model.row_of(path)) if self._model.rowCount() else -1
        if at >= 0:
            self.list.setCurrentIndex(self._model.index(at))
            self.list.scrollTo(self._model.index(at))

    def _choose(self, index: QModelIndex, _: QModelIndex) -> None:
        item = index.data(ITEM_ROLE)
        if item is not None:
            self.card.show_item(item)
            self.chosen.emit(item)

    def _counted(self) -> None:
        count = self._model.rowCount()
        total = self._model.total
        words = str(total)
        if count != total:
            words = tr("{n} of {total}", n=f"{count:,}", total=f"{total:,}")
        self.count.setText(words)
        self._lists.setCurrentIndex(0 if count else 1)
