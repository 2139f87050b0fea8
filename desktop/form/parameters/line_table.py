"""All lines of the form: which parameter has a line of its own, and where each one stands."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QWidget

from desktop.form.parameters.layout_lines import SeamlessLine, hires_lines
from desktop.form.parameters.lines import Line, line_of
from desktop.form.parameters.model_lines import (
    ModelLine,
    OtherModelLine,
    RefinerFromLine,
    RefinerLine,
)
from desktop.form.parameters.program_lines import NoiseLine, ProgramLine
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


class LineTable:
    """The lines: `usual` ones, and `more` that fold away.

    A parameter that is shown and has no line of its own gets the one that follows from its
    declaration, in the order of the request's fields. `speed` are those of `more` that save time
    and cost something of the picture; they stand together at its end.
    """

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self.model = ModelLine(draft)
        self.size = SizeFields(draft)
        self.seed = SeedLine(draft)
        self.vae = OtherModelLine(draft, "vae", tr("the model's own"))
        self.refiner = RefinerLine(draft)
        self.matrices = MatricesLine(draft)
        # from top to bottom: what has a line of its own before and behind all others
        before = (self.model, self.size)
        behind = (self.seed,)
        more_before = (SamplerLine(draft), ScheduleLine(draft), ClipSkipLine(draft))
        more_behind = (
            SeamlessLine(draft),
            *hires_lines(draft),
            ProgramLine(draft),
            NoiseLine(draft),
            GuidedPartLine(draft),
            self.vae,
            self.refiner,
            RefinerFromLine(draft, self.refiner),
        )
        speed = (
            ReuseLine(draft),
            line_of(draft, "token_merging"),
            line_of(draft, "decoder"),
            self.matrices,
        )
        own = (*before, *behind, *more_before, *more_behind, *speed)
        claimed = {*ELSEWHERE, *(field for line in own for field in line.fields)}
        others = self._others(claimed, advanced=False)
        more_others = self._others(claimed, advanced=True)
        self.usual: tuple[Line, ...] = (*before, *others, *behind)
        self.more: tuple[Line, ...] = (*more_before, *more_others, *more_behind, *speed)
        self.speed: tuple[Line, ...] = speed

    def _others(self, claimed: set[str], *, advanced: bool) -> Iterator[Line]:
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
