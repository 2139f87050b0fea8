"""What an inspection found, as one value: whoever keeps or shows it needs no tables of names."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.values.model import ModelKind, Problem

MAX_FILES = 100_000  # of a folder that are looked at


@dataclass(frozen=True, slots=True)
class Inspection:
    """One model as its header shows it. `bytes` is the size on disk;
    `choices` holds what a person must still decide; `scale` is how many times longer an
    upscaler makes a side, 0 where its header does not tell."""

    path: str
    kind: ModelKind
    family: str = ""
    prediction: str = ""
    variant: str = ""
    dtype: str = ""
    parameters: int = 0
    bytes: int = 0
    problems: tuple[Problem, ...] = ()
    distilled: str = ""
    evidence: tuple[str, ...] = ()
    zero_snr: bool = False
    layout: str = ""
    parts: tuple[str, ...] = ()
    words: dict[str, str] = field(default_factory=dict[str, str])
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    scale: int = 0

    @property
    def sentences(self) -> str:
        """What is wrong, for a person; "" where nothing is."""
        return " ".join(problem.sentence for problem in self.problems)
