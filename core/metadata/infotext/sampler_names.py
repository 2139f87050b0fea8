"""What samplers and schedules are called by the programs that write the web UI's text, and by ours.

Names are compared without blanks, dashes, underscores, brackets and case, "++" as "pp": "DPM++ 2M
Karras", "dpmpp_2m_karras" and "k_dpmpp_2m" with a schedule beside it are one sampler. A name that
is not in these tables is unknown: nothing like it is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.sampling.samplers import SAMPLERS
from core.sampling.schedules import SCHEDULES

_LONGEST_NAME = 200  # characters that are compared


def _bare(name: str) -> str:
    return re.sub(r"[\s_\-.,()]", "", name[:_LONGEST_NAME].lower()).replace("++", "pp")


_SPELT: dict[str, tuple[str, ...]] = {
    "euler": ("eulerdiscrete",),
    "euler_ancestral": ("eulera", "eulerancestraldiscrete"),
    "heun": ("heundiscrete",),
    "dpm_2": ("dpm2discrete",),
    "dpm_2_ancestral": ("dpm2a", "dpm2ancestral", "dpm2ancestraldiscrete"),
    "lms": ("lmsdiscrete",),
    "dpmpp_2m": ("dpmsolverpp2m", "dpmsolvermultistep"),
    "dpmpp_2s_ancestral": ("dpmpp2sa", "dpmsolverpp2sa"),
    "dpmpp_sde": ("dpmsolverppsde", "dpmsolversde"),
    "dpmpp_2m_sde": ("dpmsolverpp2msde",),
    "dpmpp_3m_sde": ("dpmsolverpp3msde",),
    "unipc": ("unipcbh2", "unipcmultistep"),
    "unipc_bh1": ("unipcbh1",),
}
_SAMPLERS: dict[str, str] = {
    **{_bare(name): row.id for row in SAMPLERS.values() for name in (row.id, row.label)},
    **{name: row for row, names in _SPELT.items() for name in names},
}
_SCHEDULES: dict[str, str] = {
    **{_bare(row): row for row in SCHEDULES},
    "normal": "discrete",
    "uniform": "discrete",
    "sgm": "sgm_uniform",
    "ddim": "ddim_uniform",
    "ays": "align_your_steps",
    "kl": "kl_optimal",
    "sdturbo": "turbo",
    "k": "karras",
}
_AUTOMATIC = frozenset({"automatic", "auto"})
_UNSAID = frozenset({"", "none", "default"})
# What the web UI's "Automatic" schedule means for each sampler; elsewhere it is the model's own.
_AUTOMATICALLY = dict.fromkeys(
    ("dpmpp_2m", "dpmpp_sde", "dpmpp_2s_ancestral", "dpm_2", "dpm_2_ancestral", "restart"), "karras"
) | {
    "dpmpp_2m_sde": "exponential",
    "dpmpp_2m_sde_heun": "exponential",
    "dpmpp_3m_sde": "exponential",
}
# As suffix of a sampler's name: the longest first, none that is also the end of a sampler's own.
_SUFFIXES = tuple(
    sorted((*_SCHEDULES.keys() - {"ddim", "kl", "sgm"}, "automatic"), key=len, reverse=True)
)


@dataclass(frozen=True, slots=True)
class NamedSampling:
    """Ids of ours, "" where unknown. `stated`: a schedule was named,
    be it one that is not known."""

    sampler: str = ""
    schedule: str = ""
    stated: bool = False


def sampler_named(name: str) -> str:
    """Our id for a sampler's name; "" where there is none like it."""
    words = _bare(name).removesuffix("scheduler").removeprefix("sample").removesuffix("gpu")
    for spelling in (words, words.removeprefix("k")):
        if spelling in _SAMPLERS:
            return _SAMPLERS[spelling]
    return ""


def schedule_named(name: str) -> str:
    """Our id for a schedule's name, "automatic", or ""."""
    words = _bare(name).removesuffix("scheduler").removesuffix("schedule")
    return "automatic" if words in _AUTOMATIC else _SCHEDULES.get(words, "")


def read_names(sampler: str, schedule: str) -> NamedSampling:
    """What a text calls its sampler and its schedule ("" where it does not say); joined names carry
    both.

    "Automatic" is what the web UI takes for that sampler.
    """
    ours = sampler_named(sampler)
    stated = _bare(schedule) not in _UNSAID
    suffix = ""
    if not ours:
        ours, suffix = _parted(sampler)
    if not stated and suffix:
        schedule = suffix
        stated = True
    named = schedule_named(schedule) if stated else ""
    if named == "automatic":
        named = _AUTOMATICALLY.get(ours, "discrete") if ours else ""
    return NamedSampling(ours, named, stated)


def _parted(sampler: str) -> tuple[str, str]:
    """Our id for a sampler whose name ends with a schedule's, and that end; of a sampler that is
    not known only the end, where it is a word of its own."""
    bare = _bare(sampler)
    for suffix in _SUFFIXES:
        if bare.endswith(suffix) and (ours := sampler_named(bare.removesuffix(suffix))):
            return ours, suffix
    last = re.split(r"[\s_]+", sampler.strip().lower())[-1]
    return "", last if last in ("karras", "exponential", "polyexponential") else ""


def unsaid(sampler: str) -> tuple[str, str]:
    """The schedules of a web UI's sampler where its text names none: before 1.9 and from then on.

    Before, it was part of the sampler's name, and none meant the model's own (but for Restart);
    later it means "Automatic".
    """
    before = "karras" if sampler == "restart" else "discrete"
    return before, _AUTOMATICALLY.get(sampler, "discrete")
