"""All lines of the form: which parameter has a line of its own, and where each one stands."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator

from PySide6.QtWidgets import QWidget

from desktop.form.parameters.fresh_noise_lines import fresh_noise_lines
from desktop.form.parameters.layout_lines import SeamlessLine, hires_lines
from desktop.form.parameters.level_lines import level_lines
from desktop.form.parameters.lines import Line, line_of
from desktop.form.parameters.model_lines import (
    ModelLine,
    OtherModelLine,
    RefinerFromLine,
    RefinerLine,
)
from desktop.form.parameters.program_lines import EmphasisLine, NoiseLine, ProgramLine
from desktop.form.parameters.sampling_lines import (
    ClipSkipLine,
    GuidedPartLine,
    MatricesLine,
    ReuseLine,
    SamplerLine,
    ScheduleLine,
)
from desktop.form.parameters.seed_line import SeedLine
from desktop.form.parameters.size_fields import SizeFields
from desktop.state.draft import Draft
from desktop.widgets.i18n import tr

# parameters that have a part of the form of their own, beside these lines
ELSEWHERE = ("prompt", "negative_prompt", "loras", "count")
# that fold away here though they are not advanced; each has a line of its own
UNDER_MORE = ("sampler", "schedule", "clip_skip")


class LineTable:
    """The lines: `usual` ones, and `more` that fold away, () until they stand somewhere.

    A parameter that is shown and has no line of its own gets the one that follows from its
    declaration, in the order of the request's fields. `speed` are those of `more` that save time
    and cost something of the picture; they stand together at its end.
    """

    vae: OtherModelLine
    refiner: RefinerLine
    matrices: MatricesLine

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self.model = ModelLine(draft)
        self.size = SizeFields(draft)
        self.seed = SeedLine(draft)
        # from top to bottom: what has a line of its own before and behind all others
        before = (self.model, self.size)
        behind = (self.seed,)
        others = self._others((*before, *behind), advanced=False)
        self.usual: tuple[Line, ...] = (*before, *others, *behind)
        self.more: tuple[Line, ...] = ()
        self.speed: tuple[Line, ...] = ()

    def make_more(self) -> Generator[None, None, tuple[Line, ...]]:
        """The lines that fold away, in their order, made in slices; all of them take as long as the
        rest of the form."""
        draft = self._draft
        self.vae = OtherModelLine(draft, "vae", tr("the model's own"))
        self.refiner = RefinerLine(draft)
        self.matrices = MatricesLine(draft)
        before = (SamplerLine(draft), ScheduleLine(draft), ClipSkipLine(draft))
        levels = level_lines(draft)
        yield
        fresh = fresh_noise_lines(draft)
        yield
        hires = hires_lines(draft)
        yield
        behind = (
            *levels,
            *fresh,
            SeamlessLine(draft),
            *hires,
            EmphasisLine(draft),
            ProgramLine(draft),
            NoiseLine(draft),
            GuidedPartLine(draft),
            self.vae,
            self.refiner,
            RefinerFromLine(draft, self.refiner),
        )
        yield
        self.speed = (
            ReuseLine(draft),
            line_of(draft, "token_merging"),
            line_of(draft, "decoder"),
            self.matrices,
        )
        others = self._others((*self.usual, *before, *behind, *self.speed), advanced=True)
        return (*before, *others, *behind, *self.speed)

    def _others(self, own: Iterable[Line], *, advanced: bool) -> Iterator[Line]:
        claimed = {*ELSEWHERE, *UNDER_MORE, *(field for line in own for field in line.fields)}
        for field, declared in self._draft.declared.items():
            if declared.shown and declared.advanced == advanced and field not in claimed:
                yield line_of(self._draft, field)

    def __iter__(self) -> Iterator[Line]:
        yield from self.usual
        yield from self.more

    @property
    def controls(self) -> dict[str, QWidget]:
        """What each parameter is typed or chosen in, by its field."""
        return {field: part for line in self for field, part in line.controls.items()}
