"""The station of the steps: the film strip of the model's guesses."""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from desktop.insight.from_text.answers import Answers
from desktop.insight.from_text.station import Rows, Station, milliseconds, part_words
from desktop.insight.from_text.tiles import Film
from desktop.pictures.comparing.compared import image_of
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.figure_table import FigureTable
    from core.values.picture import Pixels

MOST = 24  # frames of the film; of more steps some are left out, evenly


class Steps(Station):
    """One frame for each step. `step_asked` carries the one that is to be seen in Rewind."""

    step_asked = Signal(int)

    def __init__(self, answers: Answers) -> None:
        super().__init__(
            tr("Steps"),
            (
                tr(
                    "In each step the denoiser is shown the noisy latents, how noisy they are, and "
                    "the text. From its answer follows a guess of the finished picture: these are "
                    "the frames."
                ),
                tr(
                    "Early frames are blurred because many pictures are still possible, and the "
                    "best guess is their average. Forms and colours settle before detail does."
                ),
                tr(
                    "The sampler goes only a part of the way to each guess, then it asks again. "
                    "That is why there are steps at all."
                ),
            ),
        )
        self._answers = answers
        self.film = Film(
            tr("Guesses of the steps"),
            tr("The guesses as rough previews show them; Return shows one in Rewind."),
        )
        self.film.asked.connect(self.step_asked)
        self.lines.addWidget(self.film)

    def clear(self) -> None:
        self.film.restart()
        if self.picture is None:
            return
        for step in self._shown():
            figures = self.picture.steps[step - 1]
            words = tr("Step {step}", step=step)
            help_text = tr("{step}, sigma {sigma}", step=words, sigma=f"{figures.sigma:.2f}")
            self.film.place(step, words, help_text)

    def _shown(self) -> list[int]:
        """Steps from 1, the last one always."""
        assert self.picture is not None
        count = len(self.picture.steps)
        if count <= MOST:
            return list(range(1, count + 1))
        return [1 + round(at * (count - 1) / (MOST - 1)) for at in range(MOST)]

    def begin(self) -> None:
        from core.values.job import RecordedLook

        if self.picture is None:
            return
        for step in self._shown():
            look = RecordedLook(str(self.picture.recording), step, rough=True)
            self._answers.look(look, partial(self._take, step))

    def _take(self, step: int, pixels: Pixels) -> None:
        self.film.put(step, image_of(pixels))
        if self.film.filled() == self.film.count():
            self.drawn()

    def rows(self) -> Rows:
        if self.picture is None:
            return ()
        request, steps = self.picture.job.request, self.picture.steps
        seconds = [one.seconds for one in steps]
        found = [
            (tr("Steps"), str(len(steps))),
            (tr("Sampler"), _label_of(request.sampler)),
            (tr("Time of a step, in the middle"), milliseconds(median(seconds))),
            (tr("Time of all steps"), tr("{n} s", n=f"{sum(seconds):.1f}")),
        ]
        if self.latents is not None:
            found.append((tr("Calls of the network"), f"{self.latents.calls:,}"))
            if self.latents.passes > 1:
                found.append(
                    (tr("Passes, each larger than the one before"), f"{self.latents.passes}")
                )
        if self.parts is not None:
            found.append((tr("Learnt numbers of the denoiser"), part_words(self.parts.denoiser)))
        return found

    def table(self, recipe: str) -> FigureTable | None:
        from core.service.insight.figure_table import FigureTable

        if self.picture is None:
            return None
        return FigureTable(
            name="steps",
            caption=tr("The model's guess of the finished picture, step by step."),
            scale=tr("Rough previews of the steps that are in sight."),
            recipe=recipe,
            columns=("step", "sigma", "log SNR", "seconds"),
            rows=tuple(
                (float(one.step), one.sigma, one.log_snr, one.seconds) for one in self.picture.steps
            ),
        )


def _label_of(sampler: str) -> str:
    from core.sampling.samplers import SAMPLERS

    return SAMPLERS[sampler].label if sampler in SAMPLERS else sampler
