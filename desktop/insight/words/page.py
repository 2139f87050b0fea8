"""The page of Words: the texts, the picture with a map over it, what is shown of the looks; beside
them what was looked at in a place, and the column's panel."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.insight.opened.figure_saving import save_button
from desktop.insight.words.bars import ScaleBar
from desktop.insight.words.controls import Controls
from desktop.insight.words.map_view import MapViewer
from desktop.insight.words.place_list import PlaceList
from desktop.insight.words.sheet import Sheet
from desktop.insight.words.word_list import TextPart
from desktop.widgets import theme
from desktop.widgets.controls import column, row
from desktop.widgets.i18n import tr

SIDE = 340  # pixels of the column beside the picture
WIDEST_SIDE = 460  # where its words need more
CAPTION_LINES = 2
STAGE = 220  # pixels: the least height of the picture
TALLEST_TEXTS = 0.35  # of the page's height that the words take; more are scrolled to


class WordsPage(QWidget):
    """`seen` carries whether anybody sees it. In the column beside the picture stands a panel of
    another folder, see `put_panel`."""

    seen = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.said = QLabel()  # in the place of the maps where there are none
        self.record = QPushButton(tr("Record the words"))
        self.parts: list[TextPart] = []
        self.viewer = MapViewer()
        self.sheet = Sheet()
        self.stage = QStackedWidget()
        self.caption = QLabel()
        self.scale = ScaleBar()
        self.scale_said = QLabel()
        self.all_words = QPushButton(tr("All words"))
        self.save = save_button(tr("map of words"))
        self.controls = Controls()
        self.place = PlaceList()
        self.about = QLabel()
        self._texts = QWidget()
        self._texts_area = QScrollArea()
        self._left = QScrollArea()
        self._side_area = QScrollArea()
        self._panel = QVBoxLayout()
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self.fit)
        self._of_maps: tuple[QWidget, ...] = ()  # what says nothing where there are no maps
        self._whole = QStackedWidget()
        self._build()

    # --- building ---

    def _build(self) -> None:
        for label in (self.said, self.caption, self.scale_said, self.about):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.caption.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        # nothing moves with a line more
        self.caption.setMinimumHeight(CAPTION_LINES * self.caption.fontMetrics().lineSpacing())
        self.caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.caption.setAccessibleName(tr("The map that is shown"))
        for label in (self.scale_said, self.about):
            label.setObjectName("dim")
        self.about.setAccessibleName(tr("What the maps say, and what not"))
        self.about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.all_words.setCheckable(True)
        self.all_words.setToolTip(tr("Shows a small map of each word of this text."))
        self._whole.addWidget(self._build_empty())
        self._whole.addWidget(self._build_left())
        self.side = self._build_side()
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(self._whole, 1)
        across.addWidget(self.side)

    def _build_empty(self) -> QWidget:
        self.said.setObjectName("dim")
        self.said.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.record.setObjectName("primary")
        self.record.setToolTip(
            tr("Makes the picture again, and keeps where each word was looked at in it.")
        )
        box = column(self.said, row(None, self.record, None), spacing=theme.SPACE_4)
        box.setMaximumWidth(560)
        page = QWidget()
        lines = QVBoxLayout(page)
        lines.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        lines.addStretch(1)
        lines.addWidget(row(None, box, None, wide=box))
        lines.addStretch(1)
        return page

    def _build_left(self) -> QWidget:
        texts = QVBoxLayout(self._texts)
        texts.setContentsMargins(0, 0, 0, 0)
        texts.setSpacing(theme.SPACE_3)
        _frameless(self._texts_area, self._texts)
        self.stage.addWidget(self.viewer)
        self.stage.addWidget(self.sheet)
        tools = row(self.all_words, self.save)
        inner = column(
            self._texts_area,
            self.stage,
            self.caption,
            row(column(self.scale, self.scale_said, spacing=0), tools, spacing=theme.SPACE_4),
            self.controls,
            spacing=theme.SPACE_3,
        )
        layout = inner.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.setContentsMargins(theme.SPACE_4, theme.SPACE_1, theme.SPACE_4, theme.SPACE_3)
        layout.addStretch(1)
        _frameless(self._left, inner)
        return self._left

    def _build_side(self) -> QWidget:
        heading = QLabel(tr("What the maps say, and what not"))
        heading.setObjectName("heading")
        heading.setWordWrap(True)
        self._panel.setContentsMargins(0, 0, 0, 0)
        inner = QWidget()
        lines = QVBoxLayout(inner)
        lines.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        lines.setSpacing(theme.SPACE_4)
        about = column(heading, self.about)
        self._of_maps = self.place, about
        lines.addWidget(self.place)
        lines.addLayout(self._panel)
        lines.addWidget(about)
        lines.addStretch(1)
        inner.installEventFilter(self)
        _frameless(self._side_area, inner)
        side = column(self._side_area, spacing=0)
        side.setObjectName("side")
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        side.setFixedWidth(SIDE)
        return side

    # --- what others put here ---

    def put_panel(self, panel: QWidget) -> None:
        """A panel into the column beside the picture, `SIDE` less two margins of 16 pixels wide, or
        somewhat more where it needs that, and as high as it likes: the column scrolls. Above it
        stands what was looked at in a place, below it what the maps say. It is there for every
        picture that is open, also one whose words were not recorded. `Words.chosen` of the desk
        says which words are kept."""
        self._panel.addWidget(panel)

    # --- what is shown ---

    def say(self, words: str, *, may_record: bool = False, with_panel: bool = False) -> None:
        """Words in the place of the maps; whether recording them is offered, and whether the
        column's panel has a picture."""
        self.said.setText(words)
        self.record.setVisible(may_record)
        self._whole.setCurrentIndex(0)
        self._show_side(is_shown=with_panel and self._panel.count() > 0, with_maps=False)

    def show_maps(self) -> None:
        """The maps in place of words."""
        self._whole.setCurrentIndex(1)
        self._show_side(is_shown=True, with_maps=True)

    def _show_side(self, *, is_shown: bool, with_maps: bool) -> None:
        self.side.setVisible(is_shown)
        for part in self._of_maps:
            part.setVisible(with_maps)

    @property
    def has_maps(self) -> bool:
        """Whether maps are shown and no words in their place."""
        return self._whole.currentIndex() == 1

    def show_parts(self, parts: list[TextPart]) -> None:
        """The texts, under one another."""
        layout = self._texts.layout()
        assert layout is not None
        for old in self.parts:
            layout.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.parts = parts
        for part in parts:
            layout.addWidget(part)
            part.words.fitted.connect(self.fit_soon)
        self._order_tabs()

    def _order_tabs(self) -> None:
        """Tab goes as one reads: the words, the picture, what is below it, the column."""
        controls = self.controls
        order = (
            *(part.words for part in self.parts),
            self.viewer,
            self.sheet,
            self.all_words,
            self.save,
            controls.step,
            controls.all_steps,
            controls.text,
            controls.layers,
            controls.passes,
            controls.opacity,
            controls.own,
            self.place.list,
        )
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def reveal(self, part: TextPart, row: int) -> None:
        """Scroll the texts to a word that the keys went to."""
        words = part.words
        place = words.visualItemRect(words.item(row)).center()
        at = words.viewport().mapTo(self._texts, place)
        self._texts_area.ensureVisible(
            at.x(), at.y(), 0, words.visualItemRect(words.item(row)).height()
        )

    def show_sheet(self, shown: bool) -> None:
        """All words, or one map."""
        self.stage.setCurrentWidget(self.sheet if shown else self.viewer)

    # --- size ---

    def fit_soon(self) -> None:
        """Once what came in was laid out."""
        self._soon.start()

    def fit(self) -> None:
        """The words as high as they are, within bounds; the picture takes what is left."""
        self._fit_side()
        most = round(self.height() * TALLEST_TEXTS)
        wanted = _height_of(self._texts, self._texts_area.viewport().width())
        self._texts_area.setFixedHeight(max(min(wanted, most), 1))
        wide = self._left.viewport().width()
        others = _height_of(self._left.widget(), wide) - self.stage.height()
        self.stage.setFixedHeight(max(self.height() - others, STAGE))

    def _fit_side(self) -> None:
        """As wide as its longest words need, within bounds."""
        inner = self._side_area.widget()
        if inner is None:
            return
        bar = self._side_area.verticalScrollBar().sizeHint().width()
        needed = inner.minimumSizeHint().width() + bar
        wanted = min(max(needed, SIDE), WIDEST_SIDE)
        if wanted != self.side.width():
            self.side.setFixedWidth(wanted)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # other words stand in the column
            self._soon.start()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.seen.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.seen.emit(False)


def _frameless(area: QScrollArea, inner: QWidget) -> None:
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inner)


def _height_of(box: QWidget | None, wide: int) -> int:
    """Pixels that what is laid out in it takes within this width."""
    layout = box.layout() if box is not None else None
    if layout is None:
        return 0
    layout.invalidate()
    return (
        layout.heightForWidth(wide) if layout.hasHeightForWidth() else layout.minimumSize().height()
    )
