"""The station of the start noise: the seed's own, and the slide to another seed's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QPushButton, QSpinBox

from desktop.insight.from_text.answers import Answers
from desktop.insight.from_text.station import Rows, Station
from desktop.insight.from_text.tiles import Film, PlaneRow
from desktop.state.job_service import JobService
from desktop.widgets.controls import SliderField, guard_wheel, row
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.figure_table import FigureTable
    from core.service.insight.from_text.latents import FinishedLatents
    from core.service.making.runner import Outcome
    from core.values.insight.questions import NoiseAnswer, PartsAnswer, Planes
    from core.values.request import Request
    from core.values.resolved_request import ResolvedRequest

MOST_SEED = 2**31 - 1  # that can be typed
STEP = 0.05


class StartNoise(Station):
    """The channels of the noise, between the picture's seed and another one."""

    def __init__(self, answers: Answers, service: JobService) -> None:
        super().__init__(tr("Start noise"), _sentences())
        self._answers = answers
        self._service = service
        self._asked: list[Request] = []  # real pictures that are not there yet
        self._made = 0
        self.answer: NoiseAnswer | None = None
        self.planes = PlaneRow()
        self.seed = QSpinBox()
        self.seed.setRange(0, MOST_SEED)
        self.seed.setAccessibleName(tr("Another seed"))
        self.seed.setToolTip(tr("The seed whose noise lies at the other end of the slide."))
        guard_wheel(self.seed)
        self.share = SliderField(
            tr("Share of the other seed"),
            tr("Slides from this picture's noise, 0, to the other seed's, 1, along an arc."),
            0.0,
            1.0,
            step=STEP,
            decimals=2,
        )
        self.make = QPushButton(tr("Make this picture"))
        self.make.setToolTip(
            tr("Makes the picture that the recipe gives with this noise; it goes to the Gallery.")
        )
        self.note = QLabel()
        self.note.setObjectName("dim")
        self.note.setWordWrap(True)
        self.film = Film(
            tr("Pictures of the slide"),
            tr("Pictures that were made with noise between the two seeds."),
        )
        self._lay_out()
        self.seed.valueChanged.connect(lambda _: self._ask())
        self.share.edited.connect(lambda _: self._ask())
        self.make.clicked.connect(self._make)
        service.finished.connect(self._finished)

    def _lay_out(self) -> None:
        seed_words, share_words = QLabel(tr("Another seed")), QLabel(tr("Slide"))
        seed_words.setBuddy(self.seed)
        share_words.setBuddy(self.share)
        self.lines.addWidget(self.planes)
        line = row(share_words, self.share, seed_words, self.seed, self.make, wide=self.share)
        self.lines.addWidget(line)
        self.lines.addWidget(self.note)
        self.lines.addWidget(self.film)

    def clear(self) -> None:
        self.answer = None
        self._asked.clear()
        self._made = 0
        self.film.restart()
        self.film.hide()
        self.note.hide()
        if self.picture is None:
            return
        noise = self.picture.job.request.noise
        self.seed.blockSignals(True)
        other = noise.variation_seed if noise.variation_strength else self._next_seed()
        self.seed.setValue(min(other or 0, MOST_SEED))
        self.seed.blockSignals(False)
        self.share.set_value(noise.variation_strength)
        why = self._why_no_slide()
        for part in (self.seed, self.share):
            part.setEnabled(not why)
        from_picture = tr(
            "This picture began from another one: the noise was mixed with that one's latents."
        )
        begins = bool(self.picture.job.request.start.source)
        self._say(why or (from_picture if begins else ""))

    def _next_seed(self) -> int:
        assert self.picture is not None
        return (self.picture.job.request.seed + 1) % MOST_SEED

    def _why_no_slide(self) -> str:
        from core.values.program import Program

        assert self.picture is not None
        request = self.picture.job.request
        if request.program == Program.COMFYUI:
            return tr("ComfyUI's way draws the noise of one seed, so nothing slides here.")
        if request.branch.origin:
            return tr("A branch begins with the noise of the picture that it left.")
        return ""

    def know(self, parts: PartsAnswer | None, latents: FinishedLatents | None) -> None:
        is_first = self.latents is None
        super().know(parts, latents)
        if is_first and self.was_seen:
            self.begin()

    def begin(self) -> None:
        self._ask()

    def _request(self) -> ResolvedRequest:
        """The picture's own, with the noise that is shown."""
        assert self.picture is not None
        request = self.picture.job.request
        share = self.share.field.value()
        noise = replace(
            request.noise,
            variation_seed=self.seed.value() if share else None,
            variation_strength=share,
        )
        return replace(request, noise=noise)

    def _ask(self) -> None:
        from core.values.insight.questions import NoiseQuestion

        can_make = self.share.isEnabled() and self.share.field.value() > 0
        self.make.setEnabled(can_make)
        if self.picture is not None and self.latents is not None:
            question = NoiseQuestion(self.latents.noise_shape)
            request = self.picture.job.request if self._why_no_slide() else self._request()
            self._answers.ask(question, "noise", self._take, request)

    def _take(self, answer: NoiseAnswer) -> None:
        self.answer = answer
        numbers = range(1, answer.noise.count + 1)
        self.planes.show_planes(answer.noise, [tr("Channel {n}", n=n) for n in numbers])
        self.drawn()

    # --- a real picture ---

    def _make(self) -> None:
        from core.prompt.expand import expand
        from core.values.request_parts.sweep_place import SweepPlace

        if self.picture is None:
            return
        asked = replace(
            self._request(), parent=self.picture.pixels, document="", sweep=SweepPlace()
        )
        (request,) = expand(asked.check(), drawn=True)
        self._asked.append(request)
        self._service.submit_drawn(request)
        self._say(tr("The picture waits in the queue."))

    def _finished(self, outcome: Outcome) -> None:
        made, request = outcome.picture, outcome.job.request
        if request not in self._asked:
            return
        self._asked.remove(request)
        noise = request.noise
        if made is None:
            self._say(tr("It was stopped.") if outcome.stopped else outcome.message)
            return
        if not self._asked:
            self._say("")
        key = self._made = self._made + 1
        words = tr(
            "{share} of seed {seed}", share=noise.variation_strength, seed=noise.variation_seed
        )
        self.film.show()
        if not self.film.count() and self.picture is not None:
            share = self.picture.job.request.noise.variation_strength
            self._show(0, tr("{share}: this picture", share=share), str(self.picture.path))
        self._show(key, words, made.path)

    def _show(self, key: int, words: str, path: str) -> None:
        from desktop.pictures.actions import read_image

        self.film.place(key, words)
        self._answers.work(lambda: read_image(path), lambda image: self.film.put(key, image))

    def _say(self, words: str) -> None:
        self.note.setText(words)
        self.note.setVisible(bool(words))

    # --- numbers ---

    def rows(self) -> Rows:
        found: list[tuple[str, str]] = []
        if self.picture is not None:
            found.append((tr("Seed"), str(self.picture.job.request.seed)))
        if self.latents is not None:
            _, count, height, width = self.latents.noise_shape
            found.append((tr("Channels, width and height"), f"{count} x {width} x {height}"))
            found.append((tr("Noise at the start, sigma"), f"{self.latents.first_sigma:.2f}"))
        if (answer := self.answer) is not None:
            found.append((tr("Mean of its numbers"), f"{answer.mean:+.3f}"))
            found.append((tr("Their standard deviation"), f"{answer.spread:.3f}"))
            found.append((tr("Length as a vector"), f"{answer.length:.1f}"))
            if answer.angle:
                found.append((tr("Angle to the seed's own noise"), f"{answer.angle:.0f}°"))
                share = 100 * answer.straight / answer.length
                found.append((tr("Length on the straight way"), f"{share:.0f} %"))
        return found

    def table(self, recipe: str) -> FigureTable | None:
        from core.service.insight.figure_table import FigureTable

        if (answer := self.answer) is None:
            return None
        noise = answer.noise
        return FigureTable(
            name="start-noise",
            caption=tr("The start noise, channel by channel."),
            scale=tr("Black is {low}, white {high}.", low=f"{noise.low:g}", high=f"{noise.high:g}"),
            recipe=recipe,
            columns=("channel", "row", *(f"column {at + 1}" for at in range(noise.width))),
            rows=tuple(_lines(noise)),
        )


def _lines(planes: Planes) -> Iterator[tuple[float, ...]]:
    """Channel, row, and the values of all columns, as the picture's 256 levels have them."""
    values = [
        round(planes.low + level * (planes.high - planes.low) / 255, 4) for level in range(256)
    ]
    for at in range(planes.count * planes.height):
        levels = planes.levels[at * planes.width : (at + 1) * planes.width]
        channel, line = divmod(at, planes.height)
        yield (channel + 1.0, line + 1.0, *(values[level] for level in levels))


def _sentences() -> tuple[str, ...]:
    return (
        tr(
            "The seed is the number from which all the noise is drawn: for one size of picture the "
            "same seed gives the same noise, and with the same recipe the same picture."
        ),
        tr(
            "No picture is hidden in it. Together with the words it decides which of all pictures "
            "that fit the words comes out."
        ),
        tr(
            "Between two seeds the slide keeps to an arc. Straight between them the noise would be "
            "weaker, and the denoiser would see less noise than it is told of."
        ),
    )
