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
_ENDS = frozenset({"schedule min sigma", "schedule max sigma"})
# of the web UI's schedules those that never ask for the ends which its text names all the same
_WITHOUT_ENDS = frozenset({"uniform", "simple"})
_OF_BETA = ("beta schedule alpha", "beta schedule beta")
_USUAL_BETA = 0.6


def read_levels(told: Told) -> Understood:
    """`levels`, and the steps that a list of them takes; what is no such number stays as it is. 0
    is the web UI's word for the usual value."""
    found = Understood()
    values: dict[str, object] = {}
    for name, field in _NUMBERS.items():
        number = told.number(name)
        if number == 0 or (number is not None and name in _ENDS and _asks_no_ends(told)):
            found.take(told, (name,))
        elif number is not None and is_allowed(Levels, field, number):
            values[field] = number
            found.take(told, (name,))
    _read_beta(told, found)
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


def _read_beta(told: Told, found: Understood) -> None:
    """How Beta bends: the usual way needs no word, another one is said."""
    for name in _OF_BETA:
        if told.number(name) == _USUAL_BETA:
            found.take(told, (name,))
        elif told.number(name) is not None:
            found.note(told, name, f"here {_USUAL_BETA}")


def _asks_no_ends(told: Told) -> bool:
    return told.web_ui and told.word("schedule type") in _WITHOUT_ENDS


def _listed(text: str) -> tuple[float, ...]:
    """() where it is no list of falling levels."""
    try:
        sigmas = sigmas_of(text)
        Levels(sigmas=sigmas).check(len(sigmas) - 1)
    except InvalidRequest:
        return ()
    return sigmas
