"""Lines of how the picture is laid out: seamless edges, and hires fix, composed small and refined
large, by itself or by hand, with what is chosen then."""

from __future__ import annotations

from core.values.request_parts.hires import BY_HAND
from desktop.form.parameters.lines import ChoiceLine, Line, NumberLine, WholeNumberLine
from desktop.form.parameters.sampling_lines import SamplerLine
from desktop.state.draft import Draft
from desktop.widgets import theme
from desktop.widgets.i18n import tr

NARROW = 80  # pixels


class _ClosedLine(ChoiceLine):
    """Closed where it would change nothing."""

    def why_not(self) -> str:
        """The sentence that says so; "" where it can be chosen."""
        return _why_not_of_model(self.draft)

    def refresh(self) -> None:
        super().refresh()
        why = self.why_not()
        self.combo.setEnabled(not why)
        self.combo.setToolTip(why or self.combo.accessibleDescription())


class SeamlessLine(_ClosedLine):
    """Which edges join."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "tiling", follows=("model",))


class HiresLine(_ClosedLine):
    """Off, automatic or by hand."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "hires.mode", follows=("model", "start"))

    def why_not(self) -> str:
        return why_no_hires(self.draft)


def _why_not_of_model(draft: Draft) -> str:
    return tr("This model brings its own way of sampling.") if draft.family.pipeline else ""


def why_no_hires(draft: Draft) -> str:
    """A sentence where hires fix would change nothing; "" where it can be chosen."""
    if why := _why_not_of_model(draft):
        return why
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
        self.box.setSpecialValueText(tr("the same"))
        self.box.setMinimumWidth(NARROW)  # its words take no room from a narrow form


class HiresSamplerLine(_ByHand, SamplerLine):
    """The first pass's, or another one."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "hires.sampler")

    def fill(self) -> None:
        self.add(tr("the same"), "", "")
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
