"""How the noise levels are spaced, as the web UI's text has it: "Schedule rho", "Schedule min
sigma", "Schedule max sigma", where they are not usual; the shift of flow models as forks write it;
and a list of levels, which is ours."""

from __future__ import annotations

from core.metadata.infotext.told import FALSE, TRUE, Told, Understood, is_allowed
from core.system.errors import InvalidRequest
from core.values.request_parts.levels import Levels, sigmas_of

ALIASES = {"sampler shift": "shift", "sigma shift": "shift", "flow shift": "shift"}
_NUMBERS = {
    "schedule rho": "rho",
    "shift": "shift",
    "schedule min sigma": "sigma_min",
    "schedule max sigma": "sigma_max",
}
_LIST = "sigmas"
_DISCARD = "discard penultimate sigma"


def read_levels(told: Told) -> Understood:
    """`levels`, and the steps that a list of them takes; what is no such number stays as it is. 0
    is the web UI's word for the usual value."""
    found = Understood()
    values: dict[str, object] = {}
    for name, field in _NUMBERS.items():
        number = told.number(name)
        if number == 0:
            found.take(told, (name,))
        elif number is not None and is_allowed(Levels, field, number):
            values[field] = number
            found.take(told, (name,))
    if told.word(_DISCARD) in TRUE | FALSE:
        if told.word(_DISCARD) in TRUE:
            values["discard_penultimate"] = True
        found.take(told, (_DISCARD,))
    if sigmas := _listed(told.text(_LIST)):
        values["sigmas"] = sigmas
        if "steps" not in told.known:
            found.values["steps"] = len(sigmas) - 1
        found.take(told, (_LIST,))
    if values:
        found.values["levels"] = Levels(**values)  # type: ignore[arg-type]
    return found


def _listed(text: str) -> tuple[float, ...]:
    """() where it is no list of falling levels."""
    try:
        sigmas = sigmas_of(text)
        Levels(sigmas=sigmas).check(len(sigmas) - 1)
    except InvalidRequest:
        return ()
    return sigmas
