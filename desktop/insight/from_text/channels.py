"""The station of the finished latents: their channels, and what a nudge of one of them does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel

from desktop.insight.from_text.answers import Answers
from desktop.insight.from_text.station import Rows, Station
from desktop.insight.from_text.tiles import PlaneRow, Row, Tile
from desktop.pictures.comparing.compared import image_of
from desktop.widgets.controls import Combo, SliderField, row
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.figure_table import FigureTable
    from core.service.insight.from_text.latents import FinishedLatents
    from core.service.insight.from_text.losses import Loss
    from core.values.insight.questions import DecodedAnswer, PartsAnswer
    from core.values.picture import Pixels

MOST_NUDGE = 3.0  # standard deviations
STEP = 0.25
LONGEST = 10  # letters of a channel's name that its box has room for
RESTED = 120  # milliseconds on one nudge, after which it is decoded


class Channels(Station):
    """All channels at one scale; the picture as it is, and with one channel raised."""

    def __init__(self, answers: Answers) -> None:
        super().__init__(tr("Finished latents"), _sentences())
        self._answers = answers
        self._plain: Pixels | None = None
        self.loss: Loss | None = None
        self.planes = PlaneRow()
        self.channel = Combo(tr("Channel to nudge"), tr("Which channel is raised everywhere."))
        self.channel.setMinimumContentsLength(LONGEST)
        self.nudge = SliderField(
            tr("Nudge"),
            tr("How far the channel is raised, in its own standard deviations; 0 leaves it."),
            -MOST_NUDGE,
            MOST_NUDGE,
            step=STEP,
            decimals=2,
        )
        self.plain = Tile(tr("As it is"))
        self.nudged = Tile(tr("With the nudge"))
        self.difference = Tile(tr("Difference, grey for none"))
        self._rest = QTimer(self, interval=RESTED, singleShot=True)
        self._rest.timeout.connect(self._ask)
        self.nudge.edited.connect(lambda _: self._rest.start())
        self.channel.currentIndexChanged.connect(lambda _: self._rest.start())
        words, nudge_words = QLabel(tr("Channel to nudge")), QLabel(tr("Nudge"))
        words.setBuddy(self.channel)
        nudge_words.setBuddy(self.nudge)
        self.lines.addWidget(self.planes)
        line = row(words, self.channel, nudge_words, self.nudge, None, wide=self.nudge)
        self.lines.addWidget(line)
        self.lines.addWidget(Row((self.plain, self.nudged, self.difference)))

    def clear(self) -> None:
        self._rest.stop()
        self._plain = None
        self.loss = None
        for tile in (self.plain, self.nudged, self.difference):
            tile.clear()
        self.nudge.set_value(0.0)
        self.nudge.setEnabled(False)
        self.channel.setEnabled(False)

    def know(self, parts: PartsAnswer | None, latents: FinishedLatents | None) -> None:
        is_first = self.latents is None and latents is not None
        super().know(parts, latents)
        if is_first and latents is not None:
            names = [tr("Channel {n}", n=n) for n in range(1, latents.planes.count + 1)]
            self.planes.show_planes(latents.planes, names)
            self.channel.blockSignals(True)
            self.channel.clear()
            self.channel.addItems(names)
            self.channel.blockSignals(False)

    def begin(self) -> None:
        self._answers.decode(self._take_plain)

    def _take_plain(self, answer: DecodedAnswer) -> None:
        self._plain = answer.pixels
        image = image_of(answer.pixels)
        self.plain.show_image(image)
        self.nudged.show_image(image)
        self.difference.clear()
        self.nudge.setEnabled(True)
        self.channel.setEnabled(True)
        self.drawn()

    def _ask(self) -> None:
        from core.values.insight.questions import NudgeQuestion

        if self.picture is None or self._plain is None:
            return
        self.wait(True)
        channel, by = self.channel.currentIndex(), float(self.nudge.field.value())
        question = NudgeQuestion(str(self.picture.recording), max(channel, 0), by)
        self._answers.ask(question, "nudge", self._take_nudged)

    def _take_nudged(self, answer: DecodedAnswer) -> None:
        self.nudged.show_image(image_of(answer.pixels))
        if self._plain is not None:
            self._answers.compare(self._plain, answer.pixels, self._take_loss, amplified=1)

    def _take_loss(self, loss: Loss) -> None:
        self.loss = loss
        self.difference.show_image(image_of(loss.difference))
        self.drawn()

    def rows(self) -> Rows:
        found: list[tuple[str, str]] = []
        if (latents := self.latents) is not None:
            planes = latents.planes
            size = f"{planes.count} x {planes.width} x {planes.height}"
            found.append((tr("Channels, width and height"), size))
            for number, one in enumerate(latents.channels, 1):
                words = tr("Channel {n}: mean and standard deviation", n=number)
                found.append((words, f"{one.mean:+.2f}  {one.spread:.2f}"))
        if self.loss is not None:
            red, green, blue = (f"{shift:+.1f}" for shift in self.loss.shifts)
            found.append((tr("The nudge on red, green and blue"), f"{red}  {green}  {blue}"))
            found.append((tr("The nudge on brightness (RMS of 255)"), f"{self.loss.luma:.1f}"))
        return found

    def table(self, recipe: str) -> FigureTable | None:
        from core.service.insight.figure_table import FigureTable

        if (latents := self.latents) is None:
            return None
        planes = latents.planes
        return FigureTable(
            name="latents",
            caption=tr("The finished latents, channel by channel, and a nudge of one of them."),
            scale=tr(
                "Black is {low}, white {high}; the nudge is {by} standard deviations of channel "
                "{n}.",
                low=f"{planes.low:.2f}",
                high=f"{planes.high:.2f}",
                by=f"{self.nudge.field.value():+.2f}",
                n=self.channel.currentIndex() + 1,
            ),
            recipe=recipe,
            columns=("channel", "mean", "standard deviation"),
            rows=tuple(
                (float(number), one.mean, one.spread)
                for number, one in enumerate(latents.channels, 1)
            ),
        )


def _sentences() -> tuple[str, ...]:
    return (
        tr(
            "What the steps leave is no picture yet but latents: a few channels of numbers, with "
            "one place for 8 by 8 pixels."
        ),
        tr(
            "Channels are no colours. What each one stands for is what served the autoencoder best "
            "when it was trained, and the decoder reads all of them together."
        ),
        tr(
            "A nudge raises one channel everywhere. What differs then is caused by that channel, "
            "in these latents; in other ones it may do something else."
        ),
    )
