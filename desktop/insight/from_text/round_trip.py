"""The last station: any picture is encoded and decoded, and what that loses is seen."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton

from desktop.insight.from_text.answers import Answers
from desktop.insight.from_text.bars import BandBars
from desktop.insight.from_text.decoding import loss_table
from desktop.insight.from_text.station import Rows, Station, milliseconds, part_words
from desktop.insight.from_text.tiles import Row, Tile
from desktop.pictures.comparing.compared import image_of
from desktop.widgets import theme
from desktop.widgets.controls import ElidedLabel, row
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.figure_table import FigureTable
    from core.service.insight.from_text.losses import Loss
    from core.values.insight.questions import RoundTripAnswer
    from core.values.picture import Pixels


class RoundTrip(Station):
    """This picture, or another one, there and back."""

    def __init__(self, answers: Answers, tokens: theme.Tokens) -> None:
        super().__init__(tr("There and back"), _sentences())
        self._answers = answers
        self._before: Pixels | None = None
        self._path: Path | None = None
        self.answer: RoundTripAnswer | None = None
        self.loss: Loss | None = None
        self.other = QPushButton(tr("Another picture..."))
        self.other.setToolTip(tr("Encodes and decodes any picture file of yours in its place."))
        self.own = QPushButton(tr("This picture"))
        self.own.setToolTip(tr("Encodes and decodes the picture that is open here."))
        self.which = ElidedLabel()
        self.which.setObjectName("dim")
        self.before = Tile(tr("Before"))
        self.after = Tile(tr("After"))
        self.difference = Tile(tr("Difference, 4 times as strong"))
        words = tr("Power of what is lost, as a part of the picture's")
        self.bars = BandBars(words, tokens)
        label = QLabel(words)
        label.setObjectName("dim")
        label.setWordWrap(True)
        self.lines.addWidget(row(self.other, self.own, self.which, wide=self.which))
        self.lines.addWidget(Row((self.before, self.after, self.difference)))
        self.lines.addWidget(label)
        self.lines.addWidget(self.bars)
        self.other.clicked.connect(self._choose)
        self.own.clicked.connect(self._take_own)

    def clear(self) -> None:
        self._path = None
        self._forget()

    def _forget(self) -> None:
        self._before = None
        self.answer = None
        self.loss = None
        for tile in (self.before, self.after, self.difference):
            tile.clear()
        self.bars.show_bands(())
        if self.saver is not None:
            self.saver.setEnabled(False)

    def begin(self) -> None:
        self._take_own()

    def _take_own(self) -> None:
        if self.picture is not None:
            self.send(self.picture.path)

    def _choose(self) -> None:
        kinds = tr("Pictures (*.png *.jpg *.jpeg *.webp *.avif *.bmp *.tif *.tiff)")
        name, _ = QFileDialog.getOpenFileName(self, tr("A picture, there and back"), "", kinds)
        if name:
            self.send(Path(name))

    def send(self, path: Path) -> None:
        """There and back with the picture of a file."""
        self._path = path
        self._forget()
        self.wait(True)
        is_own = self.picture is not None and path == self.picture.path
        own = tr(
            "{name} came out of this decoder and loses little; try a photograph.", name=path.name
        )
        self.which.set_full(own if is_own else path.name)
        self.own.setVisible(not is_own)
        self.tell()
        self._answers.work(partial(_fitting, path), partial(self._ask, path))

    def _ask(self, path: Path, pixels: Pixels) -> None:
        from core.values.insight.questions import RoundTripQuestion

        if path == self._path:
            self._before = pixels
            self.before.show_image(image_of(pixels))
            take = partial(self._take, path)
            self._answers.ask(RoundTripQuestion(pixels), "round trip", take)

    def _take(self, path: Path, answer: RoundTripAnswer) -> None:
        if path != self._path or self._before is None:
            return
        self.answer = answer
        self.after.show_image(image_of(answer.pixels))
        take = partial(self._take_loss, path)
        self._answers.compare(self._before, answer.pixels, take)

    def _take_loss(self, path: Path, loss: Loss) -> None:
        if path == self._path:
            self.loss = loss
            self.difference.show_image(image_of(loss.difference))
            self.bars.show_bands(loss.bands)
            self.drawn()

    def rows(self) -> Rows:
        found: list[tuple[str, str]] = []
        if (loss := self.loss) is not None:
            psnr = tr("the same") if loss.psnr is None else tr("{n} dB", n=f"{loss.psnr:.1f}")
            found.append((tr("Likeness (PSNR)"), psnr))
            found.append((tr("Brightness is off by (RMS of 255)"), f"{loss.luma:.1f}"))
            colours = f"{loss.blue:.1f}  {loss.red:.1f}"
            found.append((tr("Blue and red difference are off by"), colours))
            red, green, blue = (f"{shift:+.1f}" for shift in loss.shifts)
            found.append((tr("Red, green, blue on average"), f"{red}  {green}  {blue}"))
        if (answer := self.answer) is not None:
            planes = answer.latents
            between = f"{planes.count * planes.width * planes.height:,}"
            pixels = f"{3 * answer.pixels.width * answer.pixels.height:,}"
            found.append((tr("Numbers before, between, after"), f"{pixels}  {between}  {pixels}"))
            found.append((tr("Time to encode"), milliseconds(answer.encoding)))
            found.append((tr("Time to decode"), milliseconds(answer.decoding)))
        if self.parts is not None and self.parts.encoder is not None:
            found.append((tr("Learnt numbers of the encoder"), part_words(self.parts.encoder)))
        return found

    def table(self, recipe: str) -> FigureTable | None:
        if self.loss is None or self._path is None:
            return None
        name = self._path.name
        words = tr("What encoding and decoding {name} loses, by the length of waves.", name=name)
        is_own = self.picture is not None and self._path == self.picture.path
        scale = tr("A bar's whole length is the power of the picture before there.")
        return loss_table("there-and-back", (words, scale), self.loss, recipe if is_own else "")

    def use_tokens(self, tokens: theme.Tokens) -> None:
        self.bars.use_tokens(tokens)


def _fitting(path: Path) -> Pixels:
    from core.service.insight.from_text.any_picture import fitting_picture

    return fitting_picture(path)


def _sentences() -> tuple[str, ...]:
    return (
        tr(
            "The encoder squeezes a picture into latents, and the decoder draws it again. Nothing "
            "else happens here: what differs is what this autoencoder cannot keep."
        ),
        tr(
            "Short waves are lost first, and with them letters, fine patterns and small faces; "
            "long ones, forms and colours, come back almost as they were."
        ),
        tr(
            "All pictures of this model pass the decoder, and those that start from a picture pass "
            "the encoder, too. Each time it is done again something more is lost."
        ),
    )
