"""Fresh noise on the way, as the web UI's text has it: "Sigma churn", "Sigma tmin", "Sigma tmax",
"Sigma noise", where they are not usual."""

from __future__ import annotations

from core.metadata.infotext.told import Told, Understood, is_allowed
from core.values.request_parts.fresh_noise import FreshNoise

# keys of other programs and older versions
ALIASES = {
    "eta ddim": "eta",
    "s churn": "sigma churn",
    "s tmin": "sigma tmin",
    "s tmax": "sigma tmax",
    "s noise": "sigma noise",
}
_NUMBERS = {
    "sigma churn": "s_churn",
    "sigma tmin": "s_tmin",
    "sigma tmax": "s_tmax",
    "sigma noise": "s_noise",
}
_ENDLESS = "sigma tmax"  # 0 is the web UI's word for no end


def read_fresh_noise(told: Told) -> Understood:
    """`fresh_noise`; what is no such number stays as it is."""
    found = Understood()
    values: dict[str, float] = {}
    for name, field in _NUMBERS.items():
        number = told.number(name)
        if name == _ENDLESS and number == 0:
            found.take(told, (name,))
        elif number is not None and is_allowed(FreshNoise, field, number):
            values[field] = number
            found.take(told, (name,))
    if values.get("s_tmin", 0.0) > values.get("s_tmax", float("inf")):
        return Understood()
    if values:
        found.values["fresh_noise"] = FreshNoise(**values)
    return found
