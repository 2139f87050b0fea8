"""Lines of the fresh noise that enters on the way: eta, churn with its ends, and its strength. Each
is there while the sampler takes it."""

from __future__ import annotations

from core.sampling.samplers import SAMPLERS
from core.sampling.types import Sampler
from desktop.form.parameters.level_lines import OwnOrNumberLine
from desktop.form.parameters.lines import Line, NumberLine
from desktop.state.draft import Draft
from desktop.widgets import theme
from desktop.widgets.i18n import tr

_FOLLOWED = ("sampler", "model")


def _sampler_of(draft: Draft) -> Sampler | None:
    """The one that is chosen; None where the model brings its own, or it is not known here."""
    return None if draft.family.pipeline else SAMPLERS.get(draft.stored().sampler)


def _is_churned(draft: Draft) -> bool:
    """Whether steps of the sampler can begin with fresh noise."""
    row = _sampler_of(draft)
    return row is not None and row.churn and not draft.family.flow


class EtaLine(OwnOrNumberLine):
    """The sampler's own, or a number."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "eta", tr("Own: the sampler's."), follows=_FOLLOWED)

    def offered(self) -> bool:
        row = _sampler_of(self.draft)
        if row is None:
            return False
        return row.takes_eta and not (row.eta_besides and self.draft.family.flow)

    def usual(self) -> float:
        row = _sampler_of(self.draft)
        return row.default_eta if row is not None else 1.0


class ChurnLine(NumberLine):
    """How much of it all steps share."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "fresh_noise.s_churn")
        self.follows |= {*_FOLLOWED}

    def offered(self) -> bool:
        return _is_churned(self.draft)


class ChurnStartLine(OwnOrNumberLine):
    """The level from which on steps begin with it; there while some do."""

    indent = theme.SPACE_3

    def __init__(self, draft: Draft) -> None:
        own = tr("Own: from the first step on.")
        super().__init__(draft, "fresh_noise.s_tmax", own, follows=_FOLLOWED)

    def offered(self) -> bool:
        return _is_churned(self.draft) and self.draft.stored().fresh_noise.s_churn > 0

    def usual(self) -> float:
        return self._noise().sigmas[-1]


class ChurnEndLine(NumberLine):
    """The level at which that ends."""

    indent = theme.SPACE_3

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "fresh_noise.s_tmin")
        self.follows |= {*_FOLLOWED}

    def offered(self) -> bool:
        return _is_churned(self.draft) and self.draft.stored().fresh_noise.s_churn > 0


class NoiseStrengthLine(NumberLine):
    """What all of it is multiplied by; there while there is some."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "fresh_noise.s_noise")
        self.follows |= {*_FOLLOWED, "eta"}

    def offered(self) -> bool:
        row = _sampler_of(self.draft)
        if row is None:
            return False
        request = self.draft.stored()
        if _is_churned(self.draft):
            return request.fresh_noise.s_churn > 0
        eta = row.default_eta if request.eta is None or row.own_noise else request.eta
        return row.takes_s_noise and eta > 0


def fresh_noise_lines(draft: Draft) -> tuple[Line, ...]:
    """All of them, in their order."""
    return (
        EtaLine(draft),
        ChurnLine(draft),
        ChurnStartLine(draft),
        ChurnEndLine(draft),
        NoiseStrengthLine(draft),
    )
