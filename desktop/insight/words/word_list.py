"""One text that the model was told: its name, how looks at it were shared out, and its words, each
a chip of its tokens, in lines as words flow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop.insight.words.bars import Part, ShareStrip, legend_of, words_of
from desktop.widgets import theme
from desktop.widgets.controls import row as in_line
from desktop.widgets.i18n import tr

TOKENS = Qt.ItemDataRole.UserRole + 1  # what is written, token by token
SHARE = Qt.ItemDataRole.UserRole + 2  # of the largest share, 0 to 1
ASIDE = 8  # pixels beside the words of a chip
MARK = 3  # pixels: how thick the bar of its share is
SEAM = 5  # pixels between two tokens of a word
WIDEST = 320  # pixels of a chip: a longer one is cut


@dataclass(frozen=True, slots=True)
class ShownWord:
    """A word as its chip shows it: its `tokens` as they are written, its `share` of the largest
    one, 0 to 1, and `about` it one line for the tooltip and for who cannot see the map."""

    tokens: tuple[str, ...]
    share: float
    about: str


class WordList(QListWidget):
    """`pointed` carries the row that is pointed at or that the keys are on, -1 for none; `chosen`
    when other rows are kept, `fitted` when it took another height."""

    pointed = Signal(int)
    chosen = Signal()
    fitted = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName("words")
        self.setAccessibleName(name)
        self.setToolTip(
            tr("Point at a word for its map. A click or Space keeps it; several make a phrase.")
        )
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setSelectionMode(QAbstractItemView.SelectionMode.MultiSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSpacing(2)
        self.setStyleSheet("QListWidget { border: 0; background: transparent; }")
        self.setItemDelegate(_Chips(self))
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self._under = -1  # the row below the pointer
        self._fit_soon = QTimer(self, interval=0, singleShot=True)
        self._fit_soon.timeout.connect(self._fit)
        self.itemEntered.connect(lambda item: self._enter(self.row(item)))
        self.viewportEntered.connect(lambda: self._enter(-1))
        self.currentRowChanged.connect(self._go)
        self.itemSelectionChanged.connect(self.chosen)

    def show_words(self, words: Sequence[ShownWord]) -> None:
        """These; what is kept stays so where their number is the same."""
        if self.count() != len(words):
            self.blockSignals(True)
            self.clear()
            for _ in words:
                self.addItem(QListWidgetItem())
            self.blockSignals(False)
            self._under = -1
        for row, word in enumerate(words):
            item = self.item(row)
            if item.data(TOKENS) != list(word.tokens):
                item.setData(TOKENS, list(word.tokens))
                item.setText("".join(word.tokens).strip())
            item.setData(SHARE, word.share)
            item.setToolTip(word.about)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, word.about)
        self._fit_soon.start()

    def rows_kept(self) -> tuple[int, ...]:
        """Those that were clicked, in the order of the text."""
        return tuple(row for row in range(self.count()) if self.item(row).isSelected())

    def keep(self, rows: Sequence[int]) -> None:
        """These rows and no others; `chosen` is told once."""
        self.mark(rows)
        self.chosen.emit()

    def mark(self, rows: Sequence[int]) -> None:
        """The same, without telling anybody."""
        self.blockSignals(True)
        for row in range(self.count()):
            self.item(row).setSelected(row in rows)
        self.blockSignals(False)

    # --- pointing ---

    def _enter(self, row: int) -> None:
        if row != self._under:
            self._under = row
            self.pointed.emit(row if row >= 0 else self._by_keys())

    def _by_keys(self) -> int:
        return self.currentRow() if self.hasFocus() else -1

    def _go(self, row: int) -> None:
        if self.hasFocus():
            self.pointed.emit(row)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._under = -1
        self.pointed.emit(-1)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.MouseFocusReason and self.count():
            if self.currentRow() < 0 and event.reason() in _GONE_TO:
                self.setCurrentRow(0, _NO_SELECTION)
            self.pointed.emit(self.currentRow())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.pointed.emit(self._under)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item is not None:
            item.setSelected(not item.isSelected())
        elif event.key() == Qt.Key.Key_Escape and self.rows_kept():
            self.keep(())
        else:
            super().keyPressEvent(event)

    # --- size ---

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_soon.start()

    def _fit(self) -> None:
        """As high as its lines."""
        last = self.item(self.count() - 1)
        high = chip_height(self)
        if last is not None:
            self.doItemsLayout()
            high = self.visualItemRect(last).bottom() + 1 + self.verticalOffset()
        wanted = high + 2 * self.frameWidth() + self.spacing()
        if wanted != self.height():
            self.setFixedHeight(wanted)
            self.fitted.emit()


# not where the window came to the front, or a menu closed
_GONE_TO = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
    Qt.FocusReason.OtherFocusReason,
)
_NO_SELECTION = QItemSelectionModel.SelectionFlag.NoUpdate


def chip_height(view: QListWidget) -> int:
    """Pixels of a chip in the font of the view."""
    return view.fontMetrics().lineSpacing() + 2 * theme.SPACE_1 + MARK


class _Chips(QStyledItemDelegate):
    """Draws a word as a chip: its tokens with seams between them, and how much it was looked at."""

    def __init__(self, view: WordList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        self._view.ensurePolished()
        metrics = self._view.fontMetrics()
        tokens = index.data(TOKENS) or ()
        wide = sum(metrics.horizontalAdvance(one.strip()) for one in tokens)
        wide += SEAM * max(len(tokens) - 1, 0) + 2 * ASIDE
        return QSize(min(wide, WIDEST), chip_height(self._view))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        palette = self._view.palette()
        area = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5)  # type: ignore[attr-defined]
        state = option.state  # type: ignore[attr-defined]
        is_kept = bool(state & QStyle.StateFlag.State_Selected)
        has_keys = bool(state & QStyle.StateFlag.State_HasFocus)
        is_under = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = palette.color(QPalette.ColorRole.Mid)
        if is_kept or has_keys:
            edge = palette.color(QPalette.ColorRole.Highlight)
        elif is_under:
            edge = palette.color(QPalette.ColorRole.PlaceholderText)
        painter.setPen(QPen(edge, 2.0 if is_kept else 1.0))
        fill = QPalette.ColorRole.Button if is_kept or is_under else QPalette.ColorRole.Window
        painter.setBrush(palette.color(fill))
        painter.drawRoundedRect(area, theme.RADIUS, theme.RADIUS)
        self._write(painter, area, index.data(TOKENS) or ())
        self._mark(painter, area, float(index.data(SHARE) or 0.0))
        painter.restore()

    def _write(self, painter: QPainter, area: QRectF, tokens: Sequence[str]) -> None:
        text = self._view.palette().color(QPalette.ColorRole.WindowText)
        seam = self._view.palette().color(QPalette.ColorRole.PlaceholderText)
        metrics = self._view.fontMetrics()
        at, end = area.left() + ASIDE, area.right() - ASIDE
        line = QRectF(at, area.top() + theme.SPACE_1, end - at, metrics.lineSpacing())
        for number, token in enumerate(tokens):
            if number:
                painter.setPen(QPen(seam, 1, Qt.PenStyle.DotLine))
                x = at + SEAM / 2
                painter.drawLine(int(x), int(line.top()) + 2, int(x), int(line.bottom()) - 1)
                at += SEAM
            if at >= end:
                break
            painter.setPen(text)
            room = end - at + 2  # advances are rounded
            words = token.strip()
            if metrics.horizontalAdvance(words) > room:
                words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, round(room))
            painter.drawText(
                QRectF(at, line.top(), room + ASIDE, line.height()),
                Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
                words,
            )
            at += metrics.horizontalAdvance(words)

    def _mark(self, painter: QPainter, area: QRectF, share: float) -> None:
        """How much it was looked at, beside the word that was looked at most."""
        wide = area.width() - 2 * ASIDE
        bar = QRectF(area.left() + ASIDE, area.bottom() - MARK - 1, wide, MARK)
        painter.fillRect(bar, self._view.palette().color(QPalette.ColorRole.Mid))
        bar.setWidth(wide * min(max(share, 0.0), 1.0))
        painter.fillRect(bar, QColor(self._view.palette().color(QPalette.ColorRole.WindowText)))


class TextPart(QWidget):
    """`words` has the chips. `name` stands above them, dim where another text is looked at."""

    def __init__(self, name: str, tokens: theme.Tokens) -> None:
        super().__init__()
        self.name = name
        self.heading = QLabel(name)
        self.words = WordList(name)
        self._tokens = tokens
        self._shares: tuple[Part, ...] = ()
        self.shares = ShareStrip(tr("Looks at this text, shared out: {text}", text=name), tokens)
        self.legend = QLabel()
        self.legend.setObjectName("dim")
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setWordWrap(True)
        self.legend.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        self.heading.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.empty = QLabel()
        self.empty.setObjectName("dim")
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.SPACE_1)
        lines.addWidget(in_line(self.heading, self.legend, spacing=theme.SPACE_4, wide=self.legend))
        for part in (self.shares, self.words, self.empty):
            lines.addWidget(part)
        self.set_current(False)

    def set_current(self, is_current: bool) -> None:
        """Whether this is the text whose words are looked for in the picture."""
        self.heading.setObjectName("strong" if is_current else "dim")
        self.heading.style().polish(self.heading)

    def show_words(self, words: Sequence[ShownWord], shares: Sequence[Part]) -> None:
        """Its words, and how all looks at this text were shared out."""
        self.words.show_words(words)
        self.words.setVisible(bool(words))
        self._shares = tuple(shares)
        self.shares.show_parts(self._shares)
        self._write()

    def say(self, words: str) -> None:
        """In the place of its words; "" for nothing."""
        self.empty.setText(words)
        self.empty.setVisible(bool(words))

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """Draw in these colours."""
        self._tokens = tokens
        self.shares.use_tokens(tokens)
        self._write()

    def _write(self) -> None:
        self.legend.setText(legend_of(self._shares, self._tokens))
        self.legend.setAccessibleName(words_of(self._shares))
