"""The layers and masks of the document, the uppermost first, as lists with what can be done with
them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from core.values.editing.document import LONGEST_NAME, Document, Layer, Mask
from desktop.widgets import theme
from desktop.widgets.controls import IconButton, SliderField, row
from desktop.widgets.i18n import tr

SIDE = 24  # pixels of a thumbnail
MARK = 22  # pixels of an icon at the end of a row
ROW = 34  # pixels of a row's height
_ID = Qt.ItemDataRole.UserRole
PERCENT = 100


class _ShortNames(QStyledItemDelegate):
    """Names end before what a row can be switched to."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        view = option.widget  # type: ignore[attr-defined]
        if isinstance(view, PartList):
            space = view.viewport().width() - SIDE - view.marked(index.row()) - 4 * theme.SPACE_1
            option.text = option.fontMetrics.elidedText(  # type: ignore[attr-defined]
                str(index.data()), Qt.TextElideMode.ElideRight, max(space, SIDE)
            )


class PartList(QListWidget):
    """Rows that are renamed in place and dragged to another place: `renamed` carries id and name,
    `moved` the ids in their new order from the top."""

    renamed = Signal(int, str)
    moved = Signal(list)

    def __init__(self, name: str, help_text: str, *, orders: bool) -> None:
        super().__init__()
        self.setObjectName("parts")
        self.setAccessibleName(name)
        self.setWhatsThis(help_text)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setItemDelegate(_ShortNames(self))
        self.setUniformItemSizes(True)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        if orders:
            self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
            self.model().rowsMoved.connect(lambda *_: self.moved.emit(self.ids()))
        self.itemChanged.connect(self._changed)
        self._filling = False

    def marked(self, at: int) -> int:
        """Pixels that the marks of a row take."""
        marks = self.itemWidget(self.item(at))
        return marks.shown_width() if isinstance(marks, _Marks) else 0

    def ids(self) -> list[int]:
        """From the top."""
        return [self.item(at).data(_ID) for at in range(self.count())]

    def fill(self, parts: list[tuple[int, str, str]], active: int) -> None:
        """Show these: id, name, and all that a screen reader says of each."""
        self._filling = True
        if self.ids() != [part_id for part_id, _, _ in parts]:
            self.clear()
            for part_id, _, _ in parts:
                item = QListWidgetItem()
                item.setData(_ID, part_id)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
                item.setSizeHint(QSize(0, ROW))
                self.addItem(item)
        for at, (part_id, name, said) in enumerate(parts):
            item = self.item(at)
            item.setText(name)
            item.setToolTip(name)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, said)
            if part_id == active:
                self.setCurrentRow(at)
        if not active:
            self.setCurrentRow(-1)
        self._filling = False

    def show_picture(self, part_id: int, image: QImage) -> None:
        """Its thumbnail."""
        if part_id in self.ids():
            self._filling = True
            icon = QIcon()
            for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):  # else in the highlight's colour
                icon.addPixmap(QPixmap.fromImage(image), mode)
            self.item(self.ids().index(part_id)).setIcon(icon)
            self._filling = False

    def chosen(self) -> int:
        """The id of the row that is chosen; 0 for none."""
        item = self.currentItem()
        return 0 if item is None else item.data(_ID)

    @property
    def is_filling(self) -> bool:
        """Whether the document speaks, and not a person."""
        return self._filling

    def _changed(self, item: QListWidgetItem) -> None:
        if not self._filling:
            name = item.text().strip()[:LONGEST_NAME]
            self.renamed.emit(item.data(_ID), name)


class _Marks(QWidget):
    """What a row of a layer can be switched to, at its right end."""

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self.eye = IconButton("eye", tr("Show or hide the layer"), size=14)
        self.lock = IconButton("lock-open", tr("Lock the layer"), size=14)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, theme.SPACE_1, 0)
        line.setSpacing(0)
        line.addStretch(1)
        for button in (self.lock, self.eye):
            button.setObjectName("quiet")
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setFixedWidth(MARK)
            line.addWidget(button)
        self.show_layer(layer)

    def shown_width(self) -> int:
        """Pixels that its icons take."""
        buttons = (self.eye, self.lock)
        return sum(MARK for button in buttons if not button.isHidden()) + theme.SPACE_1

    def show_layer(self, layer: Layer) -> None:
        """As it is now."""
        self.eye.set_icon("eye" if layer.visible else "eye-off")
        self.lock.set_icon("lock" if layer.locked else "lock-open")
        self.lock.setAccessibleName(
            tr("Unlock the layer") if layer.locked else tr("Lock the layer")
        )


class LayersPanel(QWidget):
    """`layer_chosen` and `mask_chosen` carry ids (0: no mask), `renamed` the id of either with its
    name, `ordered` the layers from the lowest, `shown` and `locked` a layer with what it shall be,
    `opaque` the active layer's opacity (0 to 1). `asked` carries the id of a command."""

    layer_chosen = Signal(int)
    mask_chosen = Signal(int)
    renamed = Signal(int, str)
    ordered = Signal(list)
    shown = Signal(int, bool)
    locked = Signal(int, bool)
    opaque = Signal(float)
    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.layers = PartList(
            tr("Layers"),
            tr("The layers, the uppermost first: F2 renames one, dragging moves it."),
            orders=True,
        )
        self.masks = PartList(
            tr("Masks"),
            tr("The masks: the one that is chosen says what is selected. F2 renames it."),
            orders=False,
        )
        self.opacity = SliderField(tr("Opacity"), tr("How much of the layer is seen."), 0, PERCENT)
        self.opacity.field.setFixedWidth(44)
        self.no_mask = QPushButton(tr("Select nothing"))
        self.no_mask.setObjectName("link")
        self.no_mask.setAccessibleName(self.no_mask.text())
        self._marks: dict[int, _Marks] = {}
        self._build()
        self._connect()

    def _build(self) -> None:
        self.buttons = {
            "layer-add": IconButton("plus", tr("Add a layer"), size=16),
            "layer-duplicate": IconButton("copy", tr("Duplicate the layer"), size=16),
            "layer-merge": IconButton("merge", tr("Merge the layer down"), size=16),
            "layer-delete": IconButton("trash", tr("Delete the layer"), size=16),
        }
        self.mask_buttons = {
            "mask-add": IconButton("plus", tr("Add a mask"), size=16),
            "mask-delete": IconButton("trash", tr("Delete the mask"), size=16),
        }
        acts = row(*self.buttons.values(), None, spacing=0)
        heading = QLabel(tr("Masks"))
        heading.setObjectName("section")
        mask_head = row(heading, None, *self.mask_buttons.values(), spacing=0)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_2, theme.SPACE_2, theme.SPACE_1, theme.SPACE_2)
        column.setSpacing(theme.SPACE_1)
        column.addWidget(self.opacity)
        column.addWidget(self.layers, 3)
        column.addWidget(acts)
        column.addSpacing(theme.SPACE_2)
        column.addWidget(mask_head)
        column.addWidget(self.masks, 1)
        column.addWidget(self.no_mask)

    def _connect(self) -> None:
        for command_id, button in (*self.buttons.items(), *self.mask_buttons.items()):
            button.clicked.connect(partial(self.asked.emit, command_id))
        self.no_mask.clicked.connect(partial(self.mask_chosen.emit, 0))
        self.layers.currentRowChanged.connect(lambda _: self._choose(self.layers))
        self.masks.currentRowChanged.connect(lambda _: self._choose(self.masks))
        self.layers.renamed.connect(self.renamed)
        self.masks.renamed.connect(self.renamed)
        self.layers.moved.connect(lambda ids: self.ordered.emit(ids[::-1]))
        self.opacity.edited.connect(lambda value: self.opaque.emit(value / PERCENT))

    def _choose(self, parts: PartList) -> None:
        if not parts.is_filling and (part_id := parts.chosen()):
            signal = self.layer_chosen if parts is self.layers else self.mask_chosen
            signal.emit(part_id)

    def show_document(self, document: Document) -> None:
        """Its layers and masks as they are now."""
        layers = document.layers[::-1]
        self.layers.fill([(one.id, one.name, _said(one)) for one in layers], document.active_layer)
        for at, layer in enumerate(layers):
            self._mark(at, layer)
        self._marks = {one.id: self._marks[one.id] for one in layers}
        masks = document.masks
        self.masks.fill(
            [(one.id, one.name, _said_of_mask(one)) for one in masks], document.active_mask
        )
        active = document.layer(document.active_layer)
        self.opacity.set_value(round(PERCENT * active.opacity) if active is not None else PERCENT)
        self.no_mask.setVisible(document.active_mask > 0)
        self.mask_buttons["mask-delete"].setVisible(document.active_mask > 0)
        for command_id in ("layer-merge", "layer-delete"):
            self.buttons[command_id].setEnabled(len(layers) > 1)

    def show_picture(self, part_id: int, image: QImage) -> None:
        """The thumbnail of a layer or mask."""
        for parts in (self.layers, self.masks):
            parts.show_picture(part_id, image)

    def _mark(self, at: int, layer: Layer) -> None:
        item = self.layers.item(at)
        marks = self.layers.itemWidget(item)
        if not isinstance(marks, _Marks):
            marks = _Marks(layer)
            marks.eye.clicked.connect(partial(self._switch_shown, layer.id))
            marks.lock.clicked.connect(partial(self._switch_locked, layer.id))
            self.layers.setItemWidget(item, marks)
        marks.show_layer(layer)
        marks.setProperty("seen", layer.visible)
        marks.setProperty("held", layer.locked)
        marks.lock.setVisible(layer.locked)
        self._marks[layer.id] = marks

    def _switch_shown(self, layer_id: int) -> None:
        self.shown.emit(layer_id, not self._marks[layer_id].property("seen"))

    def _switch_locked(self, layer_id: int) -> None:
        self.locked.emit(layer_id, not self._marks[layer_id].property("held"))


def _said(layer: Layer) -> str:
    """What a screen reader says of a layer."""
    words = [layer.name]
    if not layer.visible:
        words.append(tr("hidden"))
    if layer.locked:
        words.append(tr("locked"))
    if layer.opacity < 1:
        words.append(tr("{share} % opaque", share=round(PERCENT * layer.opacity)))
    return ", ".join(words)


def _said_of_mask(mask: Mask) -> str:
    return tr("Mask {name}", name=mask.name)
