"""The right side of the Models room: all about one model, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.models.library.sidecar import Sidecar
from core.service.library_overview import LibraryItem
from core.store.model_cards import BEST, Card
from core.values.device import Fits
from core.values.model import ModelKind
from desktop.models.list import KIND_WORDS, fit_badge
from desktop.models.notes_edit import NotesEdit
from desktop.widgets import theme
from desktop.widgets.controls import Chip, ElidedLabel, row
from desktop.widgets.figures import size_words
from desktop.widgets.flow_layout import wrap_row
from desktop.widgets.i18n import tr, tr_data

NOTED_MS = 600  # after the last key, what was typed is kept
SHOWN_WORDS = 12  # trigger words that are offered
SHOWN_NOTES = 400  # characters of the notes beside a model's file
SHOWN_ADDRESS = 60  # characters of a page's address
PREDICTS = {"epsilon": "noise (epsilon)", "v": "velocity (v)", "flow": "flow"}

_STYLES: dict[str, str] = {
    Fits.NO: "bad",
    Fits.SLOW: "slow",
    Fits.EIGHT_BIT: "slow",
    Fits.YES: "good",
}


class ModelCard(QFrame):
    """`noted` carries a changed Card; the `*_asked` signals the LibraryItem that is shown."""

    noted = Signal(Card)
    use_asked = Signal(LibraryItem)
    folder_asked = Signal(LibraryItem)
    check_asked = Signal(LibraryItem)
    remove_asked = Signal(LibraryItem)
    page_asked = Signal(str)
    defaults_asked = Signal(LibraryItem)
    picture_asked = Signal(LibraryItem)
    eight_bit_asked = Signal(LibraryItem)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("side")
        self.setMinimumWidth(theme.PANEL_WIDTH)
        self.item: LibraryItem | None = None
        self._own_words: tuple[str, ...] = ()
        self._timer = QTimer(self, interval=NOTED_MS, singleShot=True)
        self._timer.timeout.connect(self.keep)
        self._build()
        self.notes.textChanged.connect(self._timer.start)
        self.tags.textEdited.connect(lambda _: self._timer.start())
        self.show_item(None)

    def _build(self) -> None:
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.name = QLabel()
        self.name.setObjectName("heading")
        self.name.setWordWrap(True)
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.facts = QGridLayout()
        self.facts.setHorizontalSpacing(theme.SPACE_3)
        self.facts.setVerticalSpacing(theme.SPACE_1)
        self.facts.setColumnStretch(1, 1)
        self.words = QVBoxLayout()
        self.words.setSpacing(theme.SPACE_1)
        self.stars = [self._star(number) for number in range(1, BEST + 1)]
        self.tags = QLineEdit()
        self.tags.setMaxLength(2_000)
        self.tags.setPlaceholderText(tr("Tags, apart by spaces"))
        self.tags.setAccessibleName(tr("Tags"))
        self.notes = NotesEdit()
        self.notes.setPlaceholderText(tr("Notes of your own"))
        self.notes.setAccessibleName(tr("Notes"))
        self.notes.setFixedHeight(84)
        self._build_buttons()
        self._lay_out()

    def _build_buttons(self) -> None:
        self.use = self._button(tr("Use"), self.use_asked, tr("Make pictures with it"))
        self.use.setObjectName("primary")
        self.check = self._button(
            tr("Check files"),
            self.check_asked,
            tr("Hash its files; a downloaded model is repaired where they differ"),
        )
        self.folder = self._button(
            tr("Show in folder"), self.folder_asked, tr("Open the folder it lies in")
        )
        self.eight_bit = self._button(
            tr("Use 8-bit weights"),
            self.eight_bit_asked,
            tr("Keep weights in 8 bits: half of the memory or less, for nearly the same picture."),
        )
        self.portrait = self._button(
            tr("Picture..."),
            self.picture_asked,
            tr("Show this model by a picture of your choice; once more forgets that."),
        )
        self.defaults = self._button(
            tr("Take form as defaults"),
            self.defaults_asked,
            tr(
                "Begin with what stands in the form now whenever this model is chosen; "
                "once more forgets that"
            ),
        )
        self.remove = self._button(
            tr("Remove..."), self.remove_asked, tr("Take it out of the library")
        )

    def _lay_out(self) -> None:
        self._page = QWidget()
        inner = QVBoxLayout(self._page)
        inner.setContentsMargins(theme.SPACE_4, theme.SPACE_4, theme.SPACE_4, theme.SPACE_4)
        inner.setSpacing(theme.SPACE_3)
        for part in (self.picture, self.name, self.state):
            inner.addWidget(part)
        inner.addWidget(self.use)
        inner.addWidget(self.eight_bit)
        inner.addLayout(self.facts)
        inner.addLayout(self.words)
        inner.addWidget(row(*self.stars, None, spacing=0))
        for part in (
            self.tags,
            self.notes,
            wrap_row(self.check, self.folder, self.defaults, self.portrait, self.remove),
        ):
            inner.addWidget(part)
        inner.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self._page)
        self._nothing = QLabel(
            tr(
                "Choose a model to see what it is, where it came from and whether "
                "it fits this machine."
            )
        )
        self._nothing.setObjectName("dim")
        self._nothing.setWordWrap(True)
        self._nothing.setContentsMargins(theme.SPACE_4, 48, theme.SPACE_4, 48)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._nothing)
        column.addWidget(scroll, 1)

    def _button(self, text: str, signal: SignalInstance, hint: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(hint)
        button.clicked.connect(lambda: signal.emit(self.item))
        return button

    def _star(self, number: int) -> QToolButton:
        star = QToolButton()
        star.setText("☆")
        star.setAccessibleName(tr("{n} of 5 stars", n=number))
        star.setToolTip(star.accessibleName())
        star.clicked.connect(partial(self._rate, number))
        return star

    def show_item(self, item: LibraryItem | None) -> None:
        """Show another model; what was noted of the one before is kept first."""
        if self._timer.isActive():
            self._timer.stop()
            self.keep()
        same = (
            item is not None and self.item is not None and item.entry.path == self.item.entry.path
        )
        self.item = item
        self._nothing.setVisible(item is None)
        self._page.setVisible(item is not None)
        self.picture.hide()
        if item is None:
            return
        entry = item.entry
        card = item.card
        self.name.setText(entry.name)
        state, words = fit_badge(item)
        if not item.usable:
            words = entry.sentence[:1].upper() + entry.sentence[1:]
        self.state.setText(words)
        self.state.setVisible(bool(self.state.text()))
        self.state.setObjectName(_STYLES.get(state, "dim"))
        self.state.style().polish(self.state)
        self.use.setEnabled(item.usable and entry.kind != ModelKind.EMBEDDING)
        uses = {ModelKind.LORA: tr("Add to prompt"), ModelKind.VAE: tr("Decode with it")}
        self.use.setText(uses.get(entry.kind, tr("Use")))
        self.use.setVisible(entry.kind != ModelKind.EMBEDDING and not item.waiting)
        self.eight_bit.setVisible(item.fits is Fits.EIGHT_BIT)
        self.portrait.setText(tr("Forget its picture") if card.picture else tr("Picture..."))
        self.remove.setVisible(entry.source != "built in")
        self.defaults.setVisible(entry.kind == ModelKind.CHECKPOINT and item.usable)
        self.defaults.setText(
            tr("Forget its defaults") if card.defaults else tr("Take form as defaults")
        )
        self._fill_facts(item)
        words_inside = (word.strip() for word in entry.words.get("trigger_words", "").split(","))
        self._own_words = tuple(word for word in words_inside if word)
        self._fill_words(self._own_words)
        self._show_stars(card.rating)
        self._show_noted(card, typing=same)

    def _show_noted(self, card: Card, *, typing: bool) -> None:
        """The fields that a person types in; where one may be at it, what stands there already
        stays, and the cursor with it."""
        if not typing or tuple(self.tags.text().split()) != card.tags:
            self.tags.setText(" ".join(card.tags))
        if not typing or self.notes.toPlainText() != card.notes:
            self.notes.blockSignals(True)
            self.notes.setPlainText(card.notes)
            self.notes.blockSignals(False)

    def show_picture(self, picture: QPixmap) -> None:
        """What the model is shown by."""
        shown = QPixmap(picture)
        # as wide as the card at most: more pixels lie closer together
        to_fit = picture.width() / (theme.PANEL_WIDTH - 3 * theme.SPACE_4)
        shown.setDevicePixelRatio(min(self.devicePixelRatioF(), max(1.0, to_fit)))
        self.picture.setPixmap(shown)
        self.picture.setAccessibleName(tr("The model's picture"))
        self.picture.show()

    def show_sidecar(self, item: LibraryItem, sidecar: Sidecar, twins: list[str]) -> None:
        """What was read from the disk since; ignored where another model is shown by now."""
        if self.item is None or item.entry.path != self.item.entry.path:
            return
        self._fill_words(tuple(dict.fromkeys((*sidecar.trigger_words, *self._own_words))))
        if sidecar.page and not item.card.page:
            self._fact(tr("Page"), self._link(sidecar.page))
        if not item.card.notes and sidecar.notes:
            self._fact(tr("Its notes"), self._plain(sidecar.notes[:SHOWN_NOTES]))
        if twins:
            self._fact(tr("Same weights"), self._plain("\n".join(twins)))

    def _fill_facts(self, item: LibraryItem) -> None:
        _clear(self.facts)
        entry = item.entry
        card = item.card
        title = entry.words.get("title", "")
        licence = entry.license
        if not licence and entry.kind != ModelKind.EMBEDDING:
            licence = tr("not stated")
        lines = (
            (tr("Title"), title if title != entry.name else ""),
            (tr("Author"), entry.words.get("author", "")),
            (tr("Kind"), tr_data(KIND_WORDS.get(entry.kind, entry.kind))),
            (tr("Family"), tr_data(item.family_label)),
            (tr("Distilled"), entry.distilled),
            (tr("Predicts"), tr_data(PREDICTS.get(entry.prediction, entry.prediction))),
            (tr("Size"), size_words(entry.bytes) if entry.bytes else ""),
            (tr("From"), card.source or tr_data(entry.source)),
            (tr("Licence"), licence),
        )
        for name, text in lines:
            if text:
                self._fact(name, self._plain(text))
        if card.page:
            self._fact(tr("Page"), self._link(card.page))
        if (own := card.defaults) is not None:
            words = tr(
                "{width} x {height}, {steps} steps, guidance {guidance}",
                width=own.width,
                height=own.height,
                steps=own.steps,
                guidance=f"{own.guidance:g}",
            )
            self._fact(tr("Defaults"), self._plain(f"{words}, {own.sampler}, {own.schedule}"))
        self._fact(tr("Lies in"), ElidedLabel(entry.path))

    def _fact(self, name: str, value: QWidget) -> None:
        at = self.facts.rowCount()
        label = QLabel(name)
        label.setObjectName("dim")
        self.facts.addWidget(label, at, 0, Qt.AlignmentFlag.AlignTop)
        self.facts.addWidget(value, at, 1)

    def _plain(self, text: str) -> QLabel:
        label = QLabel(text)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label

    def _link(self, page: str) -> QPushButton:
        button = QPushButton(page.removeprefix("https://")[:SHOWN_ADDRESS])
        button.setObjectName("link")
        button.setToolTip(tr("Open {page} in the browser", page=page))
        button.clicked.connect(lambda: self.page_asked.emit(page))
        return button

    def _fill_words(self, words: tuple[str, ...]) -> None:
        _clear(self.words)
        if words:
            title = QLabel(tr("Trigger words (press to copy)"))
            title.setObjectName("dim")
            self.words.addWidget(title)
        for word in words[:SHOWN_WORDS]:
            chip = Chip(word)
            chip.clicked.connect(partial(_copy, word))
            self.words.addWidget(chip)

    def _show_stars(self, rating: int) -> None:
        for number, star in enumerate(self.stars, 1):
            star.setText("★" if number <= rating else "☆")

    def _rate(self, number: int) -> None:
        if self.item is not None:
            rating = 0 if self.item.card.rating == number else number
            self._show_stars(rating)
            self._note(lambda card: replace(card, rating=rating))

    def keep(self) -> None:
        """Announce what was typed."""
        tags = tuple(self.tags.text().split())
        notes = self.notes.toPlainText()
        self._note(lambda card: replace(card, tags=tags, notes=notes))

    def _note(self, change: Callable[[Card], Card]) -> None:
        if self.item is None:
            return
        card = change(self.item.card)
        if card != self.item.card:
            self.item = replace(self.item, card=card)
            self.noted.emit(card)


def _clear(layout: QLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.deleteLater()


def _copy(text: str) -> None:
    QApplication.clipboard().setText(text)
