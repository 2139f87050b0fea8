"""Whether words have an effect: how far pictures without them are from those with them, beside how
far pictures are from each other whose words were changed in ways that mean nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean

from core.service.insight.without.trials import NOTHING_MEANT, Change, Trial
from core.service.insight.without.words import TriedWord

# Words count as without effect up to so much more than a change that means nothing, the mean over
# the seeds of the change that goes farther. Of 32 made-up words in prompts of the starter 31 are
# within; tests/bench/insight/without.py judges by others.
MORE = 0.1  # of the pixels
MORE_LEVELS = 2.0  # of 255
MORE_FORMS = 0.05
NEARLY_ALL = 0.9  # of the pixels


@dataclass(frozen=True, slots=True)
class Apart:
    """How far two pictures of one seed are apart: `visible`, the share of pixels that are seen to
    differ (`core.service.sweeps.visible`), `difference`, the root mean square of all channels, 0 to
    255, and `forms`, how far edges are where they were not (`forms_apart`), 0 to 1."""

    visible: float
    difference: float
    forms: float


@dataclass(frozen=True, slots=True)
class Effect:
    """Of one change, at each seed in their order."""

    at_seeds: tuple[Apart, ...]

    @property
    def visible(self) -> float:
        """The mean over the seeds."""
        return fmean(one.visible for one in self.at_seeds)

    @property
    def difference(self) -> float:
        """The mean over the seeds."""
        return fmean(one.difference for one in self.at_seeds)

    @property
    def forms(self) -> float:
        """The mean over the seeds."""
        return fmean(one.forms for one in self.at_seeds)

    @property
    def spread(self) -> tuple[float, float]:
        """The least and the greatest share of pixels that are seen to differ."""
        shares = [one.visible for one in self.at_seeds]
        return min(shares), max(shares)


class Verdict(StrEnum):
    """What is said of words; values are stable ids."""

    EFFECT = "effect"
    NONE = "no effect"  # with these seeds


@dataclass(frozen=True, slots=True)
class JudgedWord:
    """Words with the effect of each way to take them away, in the order of `ways_of`, and of each
    change of the same text that means nothing."""

    word: TriedWord
    seeds: tuple[int, ...]
    ways: tuple[tuple[Change, Effect], ...]
    baseline: tuple[tuple[Change, Effect], ...]

    @property
    def visible(self) -> float:
        """The share of pixels that are seen to differ, the mean over the seeds, in the way that
        changes less: each changes something beside the words, too."""
        return min(effect.visible for _, effect in self.ways)

    @property
    def spread(self) -> tuple[float, float]:
        """Of that way over the seeds."""
        return min((effect for _, effect in self.ways), key=lambda one: one.visible).spread

    @property
    def forms(self) -> float:
        """How far the drawing changed, by which words are ranked; in the way that changes less."""
        return min(effect.forms for _, effect in self.ways)

    @property
    def limit(self) -> float:
        """Up to which share of pixels it may be the effect of nothing."""
        return _limit(MORE, (effect.visible for _, effect in self.baseline))

    @property
    def difference(self) -> float:
        """How far all pixels are apart, of 255, in the way that changes less."""
        return min(effect.difference for _, effect in self.ways)

    @property
    def limit_of_difference(self) -> float:
        """Up to which difference it may be the effect of nothing."""
        return MORE_LEVELS + max(effect.difference for _, effect in self.baseline)

    @property
    def limit_of_forms(self) -> float:
        """The same of `forms`."""
        return _limit(MORE_FORMS, (effect.forms for _, effect in self.baseline))

    @property
    def tells_little(self) -> bool:
        """Whether even changes that mean nothing change nearly all that is seen, so that no effect
        says little."""
        return self.limit >= NEARLY_ALL

    @property
    def verdict(self) -> Verdict:
        """With these seeds: an effect goes beyond the limit of the forms, or beyond both others, so
        that more is seen and by more than hardly."""
        is_seen = self.visible > self.limit and self.difference > self.limit_of_difference
        beyond = is_seen or self.forms > self.limit_of_forms
        return Verdict.EFFECT if beyond else Verdict.NONE


def _limit(more: float, of_nothing: Iterable[float]) -> float:
    """More than the farthest of these, and less than 1, which is all that there can be."""
    farthest = max(of_nothing)
    return min(farthest + more, (1.0 + farthest) / 2)


class Results:
    """How far the pictures of trials are from that of their seed, as they come."""

    def __init__(self, seeds: Sequence[int]) -> None:
        self.seeds = tuple(seeds)
        self._apart: dict[Trial, Apart] = {}

    def note(self, trial: Trial, apart: Apart) -> None:
        """One more."""
        self._apart[trial] = apart

    def has(self, trial: Trial) -> bool:
        """Whether it was made."""
        return trial in self._apart

    def judged(self, word: TriedWord, ways: Iterable[Change]) -> JudgedWord | None:
        """As soon as all that it takes was made; None before."""
        found = [(way, self._effect(way, word.is_negative, word)) for way in ways]
        beside = [(one, self._effect(one, word.is_negative)) for one in NOTHING_MEANT]
        known = [(change, effect) for change, effect in (*found, *beside) if effect is not None]
        if len(known) < len(found) + len(beside):
            return None
        return JudgedWord(word, self.seeds, tuple(known[: len(found)]), tuple(known[len(found) :]))

    def _effect(
        self, change: Change, is_negative: bool, word: TriedWord | None = None
    ) -> Effect | None:
        trials = (Trial(seed, change, is_negative, word) for seed in self.seeds)
        found = [self._apart.get(trial) for trial in trials]
        known = [one for one in found if one is not None]
        return Effect(tuple(known)) if len(known) == len(found) else None


def ranked(words: Iterable[JudgedWord]) -> tuple[JudgedWord, ...]:
    """The strongest first, by what they change of the forms."""
    return tuple(sorted(words, key=lambda one: -one.forms))
