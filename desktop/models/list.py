"""The list of the Models room: rows computed from values, drawn by hand,
so that 5,000 models cost no more than ten."""

from __future__ import annotations

from typing import Any, Final, Literal

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from core.service.library_overview import LibraryItem, filtered
from core.values.device import Fits
from core.values.model import ModelKind
from desktop.state.library import LibraryState
from desktop.state.portraits import Portraits
from desktop.widgets import theme
from desktop.widgets.figures import size_words
from desktop.widgets.i18n import tr, tr_data

ITEM_ROLE = Qt.ItemDataRole.UserRole + 11
KIND_WORDS = {
    ModelKind.CHECKPOINT: "Model",
    ModelKind.LORA: "LoRA",
    ModelKind.VAE: "VAE",
    ModelKind.EMBEDDING: "Embedding",
    ModelKind.CONTROLNET: "ControlNet",
    ModelKind.UPSCALER: "Upscaler",
}
ROW = 64  # pixels of a row's height
THUMB = 48  # pixels of its picture's side
AnyIndex = QModelIndex | QPersistentModelIndex


class ModelList(QAbstractListModel):
    """Shows what a search finds in the library, each by its portrait."""

    def __init__(self, library: LibraryState, portraits: Portraits, parent: Any = None) -> None:
        super().__init__(parent)
        self._library = library
        self._portraits = portraits
        portraits.arrived.connect(self._came)
        library.noted.connect(self._noted)
        self._shown: list[LibraryItem] = []
        self._question: tuple[str, ModelKind | None, str] = ("", None, "name")

    @property
    def total(self) -> int:
        """How many there are, whatever is searched for."""
        return len(self._library.items)

    def refresh(self) -> None:
        """Search the library as it is now."""
        self.search(*self._question)

    def _noted(self, path: str) -> None:
        """A card was written on: its row is drawn anew, and stays whatever is searched for."""
        self._portraits.forget(path)
        row = self.row_of(path)
        item = self._library.item(path)
        if row >= 0 and item is not None:
            self._shown[row] = item
            self.dataChanged.emit(self.index(row), self.index(row))

    def search(self, text: str, kind: ModelKind | None, order: str) -> None:
        """Show what matches; `kind` None is all of them."""
        self._question = text, kind, order
        self.beginResetModel()
        self._shown = filtered(self._library.items, text, kind, order)
        self.endResetModel()

    def row_of(self, path: str) -> int:
        """The row of the model at `path`, or -1."""
        return next((row for row, item in enumerate(self._shown) if item.entry.path == path), -1)

    def rowCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    def data(self, index: AnyIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        item = self._shown[index.row()]
        if role == ITEM_ROLE:
            return item
        if role == Qt.ItemDataRole.DecorationRole:
            return self._portraits.of_model(item)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{item.entry.name}, {item_facts(item)}, {fit_badge(item)[1]}".rstrip(", ")
        return item.entry.path if role == Qt.ItemDataRole.ToolTipRole else None

    def _came(self, path: str) -> None:
        row = self.row_of(path)
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))


LATER: Final = "later"  # kept for a version that uses it
_MARKS = {Fits.YES: "●", Fits.SLOW: "◐", Fits.EIGHT_BIT: "◐", Fits.NO: "○", LATER: "◌"}


def item_facts(item: LibraryItem) -> str:
    """The second line: kind or family, size, where it comes from."""
    entry = item.entry
    kind = tr_data(KIND_WORDS.get(entry.kind, entry.kind))
    family = tr_data(item.family_label)
    if entry.kind == ModelKind.CHECKPOINT:
        parts = [family]
    elif item.family_label:
        parts = [tr("{kind} for {family}", kind=kind, family=family)]
    else:
        parts = [kind]
    if entry.distilled:
        parts.append(entry.distilled)
    if entry.bytes:
        parts.append(size_words(entry.bytes))
    parts.append(tr_data(entry.source))
    return " · ".join(part for part in parts if part)


def fit_badge(item: LibraryItem) -> tuple[Fits | Literal["later"], str]:
    """(state, words): whether it can be used and fits; no words where nothing is to be said."""
    if item.waiting and not item.usable:
        return LATER, tr("Not used yet")
    if not item.usable:
        return Fits.NO, tr("Cannot be used")
    words = {
        Fits.YES: tr("Fits"),
        Fits.SLOW: tr("Fits with help"),
        Fits.EIGHT_BIT: tr("Fits with 8-bit weights"),
        Fits.NO: tr("Does not fit"),
    }
    return item.fits, words.get(item.fits, "")


class ModelDelegate(QStyledItemDelegate):
    """A row: preview or initial, name over facts, badge and stars at the right end."""

    tokens: theme.Tokens = theme.DARK

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(240, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        item: LibraryItem = index.data(ITEM_ROLE)
        tokens = self.tokens
        area = QRect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        box = area.adjusted(theme.SPACE_2, 2, -theme.SPACE_2, -2)
        state = option.state
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            if state & QStyle.StateFlag.State_HasFocus:
                painter.setPen(QPen(QColor(tokens.accent), 1.5))
            painter.setBrush(QColor(tokens.raised))
            painter.drawRoundedRect(box, theme.RADIUS, theme.RADIUS)
        top = box.top() + (box.height() - THUMB) // 2
        place = QRect(box.left() + theme.SPACE_2, top, THUMB, THUMB)
        self._thumb(painter, place, index, item)
        right = self._badge(painter, box, item)
        left = box.left() + THUMB + 3 * theme.SPACE_2
        width = right - left - theme.SPACE_3
        base = QFont(painter.font())
        bold = QFont(base)
        bold.setWeight(QFont.Weight.DemiBold)
        for font, colour, text, top in (
            (bold, tokens.text, item.entry.name, 11),
            (base, tokens.dim, item_facts(item), 31),
        ):
            painter.setFont(font)
            painter.setPen(QColor(colour))
            line = QRect(left, box.top() + top, width, 20)
            painter.drawText(
                line,
                Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
                painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width),
            )
        painter.restore()

    def _thumb(self, painter: QPainter, place: QRect, index: AnyIndex, item: LibraryItem) -> None:
        pixmap = index.data(Qt.ItemDataRole.DecorationRole)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.tokens.stage))
        painter.drawRoundedRect(place, 4, 4)
        if isinstance(pixmap, QPixmap):
            size = pixmap.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
            corner = place.center() - QPoint(size.width() // 2 - 1, size.height() // 2 - 1)
            painter.drawPixmap(QRect(corner, size), pixmap)
            return
        font = QFont(painter.font())
        font.setPixelSize(18)
        painter.setFont(font)
        painter.setPen(QColor(self.tokens.dim))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, item.entry.name[:1].upper())
        font.setPixelSize(13)
        painter.setFont(font)

    def _badge(self, painter: QPainter, box: QRect, item: LibraryItem) -> int:
        """Draws at the right end; where the text must end."""
        state, words = fit_badge(item)
        stars = "★" * item.card.rating
        texts = [stars]
        if words:
            texts.append(f"● {words}")
        width = max(painter.fontMetrics().horizontalAdvance(text) for text in texts)
        place = box.adjusted(0, 8, -theme.SPACE_3, -8)
        if words:
            mark = _MARKS[state]
            colours: dict[str, str] = {
                Fits.YES: self.tokens.success,
                Fits.SLOW: self.tokens.weight_up,
                Fits.EIGHT_BIT: self.tokens.weight_up,
                Fits.NO: self.tokens.error,
            }
            painter.setPen(QColor(colours.get(state, self.tokens.dim)))
            above = Qt.AlignmentFlag.AlignTop if stars else Qt.AlignmentFlag.AlignVCenter
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | above, f"{mark} {words}")
        if stars:
            painter.setPen(QColor(self.tokens.weight_up))
            below = Qt.AlignmentFlag.AlignBottom if words else Qt.AlignmentFlag.AlignVCenter
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | below, stars)
        return place.right() - width
