"""How the maps that were read are shown: the chips of each text, the map of a word or a phrase, the
tokens of a place, and all words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QSize, Signal
from PySide6.QtGui import QImage

from desktop.insight.words.bars import Part, percent
from desktop.insight.words.captions import (
    field_words,
    map_words,
    place_words,
    shared_out,
    text_name,
    together,
    token_name,
    which_words,
    word_about,
)
from desktop.insight.words.colour_map import coloured
from desktop.insight.words.figures import scale_words
from desktop.insight.words.maps import SeenText, SeenWord, WordMaps
from desktop.insight.words.page import WordsPage
from desktop.insight.words.sheet import MOST, SheetCell
from desktop.insight.words.word_list import ShownWord, TextPart
from desktop.widgets import theme
from desktop.widgets.announce import announce
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.values.insight.attention import TokenThere, WordsRow

FAINT = 0.25  # of the most that any word has: less is hardly seen on the common scale
MOST_THERE = 60  # tokens of a place that are listed
MOST_SPOKEN = 5  # of them that are read out


@dataclass(frozen=True, slots=True)
class ChosenWords:
    """The words that are kept, of one text. [start, end) of each is in `row.written`."""

    row: WordsRow
    words: tuple[SeenWord, ...]


class Showing(QObject):
    """`chosen_changed` when other words are kept."""

    chosen_changed = Signal()

    def __init__(
        self, page: WordsPage, maps: WordMaps, tokens: theme.Tokens, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._page = page
        self._maps = maps
        self._tokens = tokens
        self._pointed: tuple[int, int] | None = None  # text and word
        self._kept_places: frozenset[tuple[int, int, str]] = frozenset()  # of words, as chosen
        self._there: tuple[TokenThere, ...] = ()  # as the list has them
        self.picture = QImage()
        self.current = 0  # the text whose words are looked for
        page.controls.drawn.connect(self.draw)
        page.controls.turned.connect(self.turn_to)
        page.viewer.pointed.connect(self._show_place)
        page.all_words.toggled.connect(self._show_sheet)
        page.sheet.asked.connect(self._enlarge)
        page.place.taken.connect(self._keep_token)
        maps.came.connect(self.show_texts)

    # --- the picture ---

    def see(self, picture: QImage) -> None:
        """The picture itself is there."""
        self.picture = picture
        self._page.viewer.show_image(picture)
        self.draw()

    def open_table(self) -> None:
        """A picture whose words were recorded: its texts, without maps as yet."""
        page, table = self._page, self._maps.table
        assert table is not None  # words were recorded
        names = [text_name(table, row) for row in table.rows]
        parts = [TextPart(name, self._tokens) for name in names]
        for number, part in enumerate(parts):
            part.words.pointed.connect(partial(self._point, number))
            part.words.chosen.connect(partial(self._choose, number))
        self._pointed = None
        self._kept_places = frozenset()
        self.current = 0
        page.show_parts(parts)
        page.controls.offer(page.controls.text, list(zip(names, range(len(names)), strict=True)), 0)
        page.viewer.point(None)
        page.all_words.setChecked(False)
        self._mark()
        self.chosen_changed.emit()

    def show_texts(self) -> None:
        """Other maps were read."""
        page = self._page
        largest = max(
            (word.share for text in self._maps.texts if text for word in text.words), default=0.0
        )
        for part, text in zip(page.parts, self._maps.texts, strict=True):
            words = () if text is None else text.words
            shown = [
                ShownWord(word.tokens, word.share / (largest or 1.0), word_about(word))
                for word in words
            ]
            part.show_words(shown, () if text is None else shared_out(text))
            part.say(
                "" if words else tr("not told in this step") if text is None else tr("no words")
            )
        self._keep_again()
        page.viewer.set_cells(self._cells())
        page.fit_soon()
        self.draw()
        self._show_place()

    def _keep_again(self) -> None:
        """The words that were kept before, as far as their text has them in this step."""
        text = self.text()
        if text is not None and self._kept_places:
            rows = [
                at for at, word in enumerate(text.words) if _place_of(word) in self._kept_places
            ]
            self._page.parts[self.current].words.mark(rows)
            self.chosen_changed.emit()

    def text(self, number: int | None = None) -> SeenText | None:
        """One of the texts that were read, or the one whose words are looked for."""
        at = self.current if number is None else number
        return self._maps.texts[at] if at < len(self._maps.texts) else None

    def _cells(self) -> QSize:
        text = self.text()
        return QSize() if text is None else QSize(text.maps.width, text.maps.height)

    # --- words ---

    @property
    def chosen(self) -> ChosenWords | None:
        """The words that are kept; None where none are."""
        table, text = self._maps.table, self.text()
        if table is None or text is None:
            return None
        words = self._kept(text)
        return ChosenWords(table.rows[self.current], words) if words else None

    def _kept(self, text: SeenText) -> tuple[SeenWord, ...]:
        rows = self._page.parts[self.current].words.rows_kept()
        return tuple(text.words[row] for row in rows if row < len(text.words))

    def shown(self) -> tuple[SeenText, tuple[SeenWord, ...]] | None:
        """The words whose map is shown, with their text: the one that is pointed at, else those
        that are kept."""
        if self._pointed is not None:
            number, row = self._pointed
            text = self.text(number)
            if text is not None and row < len(text.words):
                return text, (text.words[row],)
        text = self.text()
        words = () if text is None else self._kept(text)
        return (text, words) if text is not None and words else None

    def _point(self, number: int, row: int) -> None:
        self._pointed = (number, row) if row >= 0 else None
        part = self._page.parts[number]
        if row >= 0 and part.words.hasFocus():
            self._page.reveal(part, row)
        self._draw_map()

    def _choose(self, number: int) -> None:
        """Words of one text are kept; those of another one are no longer."""
        if number != self.current and self._page.parts[number].words.rows_kept():
            self.turn_to(number)
            return
        self._note_kept()
        self._draw_map()
        self.chosen_changed.emit()

    def _note_kept(self) -> None:
        text = self.text()
        words = () if text is None else self._kept(text)
        self._kept_places = frozenset(_place_of(word) for word in words)

    def turn_to(self, number: int) -> None:
        """Words of this text are looked for in the picture."""
        before, self.current = self.current, number
        if before != number:
            self._page.parts[before].words.keep(())
        self._mark()
        self._note_kept()
        self._page.viewer.set_cells(self._cells())
        self.draw()
        self._show_place()
        self.chosen_changed.emit()

    def _mark(self) -> None:
        for at, part in enumerate(self._page.parts):
            part.set_current(at == self.current)
        self._page.controls.text.setCurrentIndex(self.current)

    def _keep_token(self, at: int) -> None:
        """The word of a token that is listed for a place."""
        text = self.text()
        if text is None or at >= len(self._there):
            return
        number = text.maps.tokens.index(self._there[at].token)
        for row, word in enumerate(text.words):
            if number in word.group:
                self._page.parts[self.current].words.keep((row,))

    # --- the map ---

    @property
    def opacity(self) -> float:
        """Of maps, 0 to 1."""
        return self._page.controls.opacity.value() / 100

    def draw(self) -> None:
        """What is shown of the maps, anew."""
        self._page.viewer.set_opacity(self.opacity)
        if self._page.all_words.isChecked():
            self._fill_sheet()
        else:
            self._draw_map()

    def _draw_map(self) -> None:
        """The map of what is pointed at or kept, or the picture alone."""
        page = self._page
        if page.all_words.isChecked():
            return
        found = self.shown()
        page.save.setEnabled(found is not None)
        if found is None:
            page.viewer.show_map(QImage())
            page.viewer.describe(tr("no map"))
            page.caption.setText(
                tr("Point at a word, or go to one with Tab and the arrow keys, for its map.")
            )
            self._tell_scale()
            return
        text, words = found
        page.viewer.show_map(self._map_of(text, words))
        caption = map_words(words, text.maps)
        page.caption.setText(caption)
        page.viewer.describe(f"{caption} {field_words(together(words))}")

    def _map_of(self, text: SeenText, words: Sequence[SeenWord]) -> QImage:
        """With the scale of its colours, which is said beside it."""
        from core.service.insight.words.maps import cells_of, plane_of

        group = tuple(number for word in words for number in word.group)
        most = self._maps.most
        is_own = self._page.controls.own.isChecked()
        own_most = max(cells_of(text.maps, group))
        highest = max(most, own_most)
        plane = plane_of(text.maps, group, None if is_own else highest)
        self._page.scale.show_scale(plane.low, plane.high)
        self._page.scale_said.setText(
            scale_words(own=is_own, widened=highest > most, faint=own_most < FAINT * most)
        )
        return coloured(plane.levels, plane.width, plane.height)

    def _tell_scale(self) -> None:
        """That of all words."""
        is_own = self._page.controls.own.isChecked()
        if is_own:
            self._page.scale.show_marks(tr("its least"), tr("its most"))
        else:
            self._page.scale.show_scale(0.0, self._maps.most)
        self._page.scale_said.setText(scale_words(own=is_own, widened=False))

    # --- a place ---

    def _show_place(self) -> None:
        from core.service.insight.words.maps import tokens_at

        page, text, table = self._page, self.text(), self._maps.table
        cross, cell = page.viewer.cross, page.viewer.cell()
        if text is None or table is None or cross is None or cell is None:
            self._there = ()
            page.place.say(tr("Click the picture, or move the cross over it with the arrow keys."))
            return
        middle = QPointF((cell[0] + 0.5) / text.maps.width, (cell[1] + 0.5) / text.maps.height)
        self._there = tokens_at(text.maps, middle.x(), middle.y())[:MOST_THERE]
        chunks = 1 + max(one.token.chunk for one in self._there)
        ranked = [Part(token_name(one.token, chunks), one.mass) for one in self._there]
        where = place_words(cell, text.maps, text_name(table, table.rows[self.current]))
        page.place.show_place(where, ranked)
        spoken = ", ".join(f"{one.name} {percent(one.share)}" for one in ranked[:MOST_SPOKEN])
        announce(page.viewer, f"{where} {spoken}")

    # --- all words ---

    def _show_sheet(self, is_shown: bool) -> None:
        self._page.show_sheet(is_shown)
        self.draw()

    def _fill_sheet(self) -> None:
        from core.service.insight.words.maps import plane_of

        text = self.text()
        self._page.save.setEnabled(text is not None and bool(text.words))
        if text is None:
            self._page.sheet.show_cells(self.picture, (), self.opacity)
            return
        high = None if self._page.controls.own.isChecked() else self._maps.most
        cells = []
        for word in text.words:
            plane = plane_of(text.maps, word.group, high)
            image = coloured(plane.levels, plane.width, plane.height)
            cells.append(SheetCell(word.name, percent(word.share), image, word_about(word)))
        self._page.sheet.show_cells(self.picture, cells, self.opacity)
        said = {"text": self._page.parts[self.current].name, "which": which_words(text.maps)}
        if len(cells) > MOST:
            words = tr(
                "The first {n} of {all} words of {text}, {which}.", n=MOST, all=len(cells), **said
            )
        else:
            words = tr("All words of {text}, {which}.", **said)
        self._page.caption.setText(words)
        self._tell_scale()

    def _enlarge(self, row: int) -> None:
        """One of all words, large."""
        self._page.all_words.setChecked(False)
        self._page.parts[self.current].words.keep((row,))
        self._page.viewer.setFocus()

    def use_tokens(self, tokens: theme.Tokens) -> None:
        """The theme changed."""
        self._tokens = tokens
        for part in self._page.parts:
            part.use_tokens(tokens)


def _place_of(word: SeenWord) -> tuple[int, int, str]:
    """What makes it the same word in another step."""
    return word.start, word.end, word.name
