"""The station of the decoder: what it adds to what a plain map of the latents shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel

from desktop.insight.from_text.answers import Answers
from desktop.insight.from_text.bars import BandBars, share_words
from desktop.insight.from_text.station import Rows, Station, milliseconds, part_words
from desktop.insight.from_text.tiles import Row, Tile
from desktop.pictures.comparing.compared import image_of
from desktop.widgets import theme
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.figure_table import FigureTable
    from core.service.insight.from_text.losses import Loss
    from core.values.insight.questions import DecodedAnswer
    from core.values.picture import Pixels

HALF = 2  # bytes of a latent number as float16, in which networks mostly reckon
FINE = 16  # pixels: shorter waves do not stand in one channel of the latents


class Decoding(Station):
    """The latents through a linear map, through the decoder, and what is between the two."""

    def __init__(self, answers: Answers, tokens: theme.Tokens) -> None:
        super().__init__(tr("Decoder"), _sentences())
        self._answers = answers
        self._rough: Pixels | None = None
        self.answer: DecodedAnswer | None = None
        self.loss: Loss | None = None
        self.rough = Tile(tr("By a linear map"))
        self.decoded = Tile(tr("By the decoder"))
        self.difference = Tile(tr("What the decoder adds, 4 times as strong"))
        words = tr("Power of the difference, as a part of the decoder's picture")
        self.bars = BandBars(words, tokens)
        label = QLabel(words)
        label.setObjectName("dim")
        label.setWordWrap(True)
        self.lines.addWidget(Row((self.rough, self.decoded, self.difference)))
        self.lines.addWidget(label)
        self.lines.addWidget(self.bars)

    def clear(self) -> None:
        self._rough = None
        self.answer = None
        self.loss = None
        for tile in (self.rough, self.decoded, self.difference):
            tile.clear()
        self.bars.show_bands(())

    def begin(self) -> None:
        from core.values.job import RecordedLook

        if self.picture is None:
            return
        last = len(self.picture.steps)
        look = RecordedLook(str(self.picture.recording), last, rough=True)
        self._answers.look(look, self._take_rough)
        self._answers.decode(self._take)

    def _take_rough(self, pixels: Pixels) -> None:
        self._rough = pixels
        self.rough.show_image(image_of(pixels))
        self._compare()

    def _take(self, answer: DecodedAnswer) -> None:
        self.answer = answer
        self.decoded.show_image(image_of(answer.pixels))
        self._compare()

    def _compare(self) -> None:
        if self._rough is not None and self.answer is not None:
            self._answers.compare(self.answer.pixels, self._rough, self._take_loss)

    def _take_loss(self, loss: Loss) -> None:
        self.loss = loss
        image = image_of(loss.difference)
        image.invertPixels()  # what the map lacks is what the decoder adds
        self.difference.show_image(image)
        self.bars.show_bands(loss.bands)
        self.drawn()

    def rows(self) -> Rows:
        found: list[tuple[str, str]] = []
        if self.latents is not None and self.answer is not None:
            planes, pixels = self.latents.planes, self.answer.pixels
            before = planes.count * planes.width * planes.height
            after = 3 * pixels.width * pixels.height
            found.append((tr("Numbers in the latents"), f"{before:,}"))
            found.append((tr("Numbers in the picture"), f"{after:,}"))
            found.append(
                (tr("Numbers of the picture for each latent number"), f"{after / before:.0f}")
            )
            ratio = after / (HALF * before)
            found.append(
                (tr("Bytes of the picture for each latent byte (float16)"), f"{ratio:.0f}")
            )
        if self.loss is not None:
            fine = sum(one.share for one in self.loss.bands if 0 < one.longest <= FINE)
            words = tr("Part of the picture in waves below {n} pixels", n=FINE)
            found.append((words, share_words(fine)))
        if self.answer is not None:
            found.append((tr("Time to decode"), milliseconds(self.answer.seconds)))
        if self.parts is not None:
            found.append((tr("Learnt numbers of the decoder"), part_words(self.parts.decoder)))
        return found

    def table(self, recipe: str) -> FigureTable | None:
        if self.loss is None:
            return None
        words = tr("What the decoder adds to a linear map of the latents, by the length of waves.")
        scale = tr("A bar's whole length is the power of the decoder's picture there.")
        return loss_table("decoder", (words, scale), self.loss, recipe)

    def use_tokens(self, tokens: theme.Tokens) -> None:
        self.bars.use_tokens(tokens)


def loss_table(name: str, words: tuple[str, str], loss: Loss, recipe: str) -> FigureTable:
    """What is lost in each band; `words` are caption and scale."""
    from core.service.insight.figure_table import FigureTable

    return FigureTable(
        name=name,
        caption=words[0],
        scale=words[1],
        recipe=recipe,
        columns=("waves from, pixels", "waves below, pixels", "share of the picture", "difference"),
        rows=tuple(
            (float(one.shortest), float(one.longest) or None, one.share, one.lost)
            for one in loss.bands
        ),
    )


def _sentences() -> tuple[str, ...]:
    return (
        tr(
            "The decoder turns the latents into pixels: 8 by 8 of them for each place, with all "
            "the detail that they show."
        ),
        tr(
            "On the left is what a plain linear map makes of the same latents. The decoder is a "
            "network that learnt from many pictures what belongs there, and adds the difference."
        ),
        tr(
            "A wave needs two places, so that none shorter than 16 pixels stands in one channel. "
            "What the picture has of them is written here, from what all channels say together."
        ),
    )
