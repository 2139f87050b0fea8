"""Lines of hires fix: composed small and refined large, by itself or by hand, with what is chosen
then."""

from __future__ import annotations

from core.values.request_parts.hires import BY_HAND
from desktop.form.parameters.lines import ChoiceLine, Line, NumberLine, WholeNumberLine
from desktop.form.parameters.sampling_lines import SamplerLine
from desktop.state.draft import Draft
from desktop.widgets import theme
from desktop.widgets.i18n import tr


class HiresLine(ChoiceLine):
    """Off, automatic or by hand; closed where the model or a start picture leaves nothing to
    compose."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "hires.mode", follows=("model", "start"))

    def refresh(self) -> None:
        super().refresh()
        why = why_no_hires(self.draft)
        self.combo.setEnabled(not why)
        self.combo.setToolTip(why or self.combo.accessibleDescription())


def why_no_hires(draft: Draft) -> str:
    """A sentence where hires fix would change nothing; "" where it can be chosen."""
    if draft.family.pipeline:
        return tr("This model brings its own way of sampling.")
    if draft.stored().start.source:
        return tr("A picture that starts from another one is composed already.")
    return ""


class _ByHand(Line):
    """There while hires fix is chosen by hand."""

    indent = theme.SPACE_3

    def offered(self) -> bool:
        return self.draft.stored().hires.mode == BY_HAND and not why_no_hires(self.draft)


class HiresNumberLine(_ByHand, NumberLine):
    """A number with a slider."""


class HiresChoiceLine(_ByHand, ChoiceLine):
    """One of the choices that are declared."""


class HiresStepsLine(_ByHand, WholeNumberLine):
    """0 are as many as the first pass has."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "hires.steps")
        self.box.setSpecialValueText(tr("as the first pass"))


class HiresSamplerLine(_ByHand, SamplerLine):
    """The first pass's, or another one."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "hires.sampler")

    def fill(self) -> None:
        self.add(tr("as the first pass"), "", "")
        self.combo.insertSeparator(self.combo.count())
        super().fill()


def hires_lines(draft: Draft) -> tuple[Line, ...]:
    """All of them, in their order."""
    return (
        HiresLine(draft),
        HiresNumberLine(draft, "hires.scale"),
        HiresStepsLine(draft),
        HiresNumberLine(draft, "hires.strength"),
        HiresChoiceLine(draft, "hires.upscaler"),
        HiresSamplerLine(draft),
    )
