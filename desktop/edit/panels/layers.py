"""The layers and masks of the document, the uppermost first, as lists with what can be done with
them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from core.values.editing.document import Document, Layer, Mask
from desktop.edit.panels.part_list import PartList
from desktop.widgets import theme
from desktop.widgets.controls import (
    LINK_EDGES,
    Chip,
    ElidedLabel,
    IconButton,
    SliderField,
    row,
)
from desktop.widgets.i18n import tr

MARK = 22  # pixels of an icon at the end of a row
ROOMY = 176  # pixels of the panel, from which the active layer's name leaves room for its lock
PERCENT = 100


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
    `opaque` the active layer's opacity (0 to 1) while it is changed, `settled` that it is.
    `asked` carries the id of a command, `menu_asked` where on the screen one of layers, or masks,
    is wanted."""

    layer_chosen = Signal(int)
    mask_chosen = Signal(int)
    renamed = Signal(int, str)
    ordered = Signal(list)
    shown = Signal(int, bool)
    locked = Signal(int, bool)
    opaque = Signal(float)
    settled = Signal()
    asked = Signal(str)
    menu_asked = Signal(QPoint, bool)

    def __init__(self) -> None:
        super().__init__()
        self.layers = PartList(
            tr("Layers"),
            tr(
                "The layers, the uppermost first: F2 renames one, Delete takes it away, dragging "
                "moves it, right-click for what else can be done."
            ),
            orders=True,
        )
        self.masks = PartList(
            tr("Masks"),
            tr(
                "The masks: the one that is chosen says what is selected. F2 renames it, Delete "
                "takes it away."
            ),
            orders=False,
        )
        self.opacity = SliderField(tr("Opacity"), tr("How much of the layer is seen."), 0, PERCENT)
        self.opacity.field.setFixedWidth(44)
        self.no_mask = Chip(tr("Select nothing"), edges=LINK_EDGES)
        self.no_mask.setObjectName("link")
        self.no_mask.setAccessibleName(self.no_mask.full)
        self.no_mask.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._marks: dict[int, _Marks] = {}
        self._active = 0  # the id of that layer
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
        heading = ElidedLabel(tr("Masks"))
        heading.setObjectName("section")
        mask_head = row(heading, *self.mask_buttons.values(), spacing=0, wide=heading)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_2, theme.SPACE_2, theme.SPACE_1, theme.SPACE_2)
        column.setSpacing(theme.SPACE_1)
        words = QLabel(tr("Opacity"))
        words.setObjectName("dim")
        words.setBuddy(self.opacity.field)
        column.addWidget(words)
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
        self.layers.removed.connect(partial(self.asked.emit, "layer-delete"))
        self.masks.removed.connect(partial(self.asked.emit, "mask-delete"))
        self.layers.menu_asked.connect(lambda place: self.menu_asked.emit(place, False))
        self.masks.menu_asked.connect(lambda place: self.menu_asked.emit(place, True))
        self.opacity.edited.connect(lambda value: self.opaque.emit(value / PERCENT))
        self.opacity.slider.sliderReleased.connect(self.settled)

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
        self._active = document.active_layer
        self._show_locks()
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

    def _show_locks(self) -> None:
        """The active layer's lock stands in its row where there is room beside the name."""
        for layer_id, marks in self._marks.items():
            lockable = layer_id == self._active and self.width() >= ROOMY
            marks.lock.setVisible(bool(marks.property("held")) or lockable)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_locks()

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
