"""`calotype explain --without`: what words do to a picture, as text and as JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from core.engine.contract.protocol import Engine, OnEvent
from core.metadata.writing import encode_png
from core.service.again.recreate import Again
from core.service.insight.without.judging import Effect, JudgedWord, Results, Verdict, ranked
from core.service.insight.without.making import MadeTrial, PictureTrials
from core.service.insight.without.trials import (
    WAYS,
    Change,
    Trial,
    meaningless,
    trials_of,
    ways_of,
)
from core.service.insight.without.words import TriedWord, named_words
from core.service.stores import Stores
from core.store.files import made_folder, put_as

_MOST_OF_A_NAME = 40  # signs of words in a file's name


class WithoutWords:
    """The words that a person names of a picture, and what became of them. Raises InvalidRequest
    where one is not there, WorldError where they cannot be tried."""

    def __init__(
        self, stores: Stores, asked: Again, names: Sequence[str], out: Path | None
    ) -> None:
        self._trials = PictureTrials(stores, asked)
        self._words = named_words(self._trials.prompts, names)
        self._ways = ways_of(self._trials.job)
        self._results = Results(self._trials.seeds)
        self._stem = asked.path.stem
        self._out = out
        self._paths: dict[Trial, str] = {}

    def make(self, engine: Engine, on_event: OnEvent) -> None:
        """All pictures, one after another. Raises what the engine raises, WorldError where the disk
        refuses."""
        for trial in trials_of(self._trials.job, self._words, self._trials.seeds):
            made = self._trials.made(trial, engine.run(self._trials.job_of(trial), on_event).pixels)
            if made.apart is not None:
                self._results.note(trial, made.apart)
            self._keep(made)

    def _keep(self, made: MadeTrial) -> None:
        if self._out is None:
            return
        made_folder(self._out)
        trial = made.trial
        name = f"{self._stem}-{trial.change.value}"
        if trial.word is not None:
            name += "-" + re.sub(r"[^\w-]+", "-", _called(trial.word))[:_MOST_OF_A_NAME]
        path = self._out / f"{name}-{trial.seed}.png"
        self._paths[trial] = str(put_as(path, encode_png(made.pixels, None)))

    def judged(self) -> tuple[JudgedWord, ...]:
        """The strongest first."""
        found = (self._results.judged(word, self._ways) for word in self._words)
        return ranked(one for one in found if one is not None)

    def as_json(self) -> list[dict[str, object]]:
        """A row for each word, the strongest first."""
        return [self._row(rank, one) for rank, one in enumerate(self.judged(), 1)]

    def _row(self, rank: int, one: JudgedWord) -> dict[str, object]:
        word = one.word
        return {
            "word": word.name,
            "time": word.time,
            "negative": word.is_negative,
            "places": [[place.start, place.end] for place in word.places],
            "rank": rank,
            "verdict": one.verdict.value,
            "effect": one.visible,
            "difference": one.difference,
            "forms": one.forms,
            "spread": list(one.spread),
            "limit": one.limit,
            "limit_of_difference": one.limit_of_difference,
            "limit_of_forms": one.limit_of_forms,
            "seeds": list(one.seeds),
            "ways": {way.value: self._effect(word, way, one, effect) for way, effect in one.ways},
            "baseline": {
                change.value: {
                    "text": meaningless(self._trials.prompts, change, is_negative=word.is_negative),
                    **self._effect(word, change, one, effect),
                }
                for change, effect in one.baseline
            },
        }

    def _effect(
        self, word: TriedWord, change: Change, one: JudgedWord, effect: Effect
    ) -> dict[str, object]:
        tried = word if change in WAYS else None
        return {
            "visible": effect.visible,
            "difference": effect.difference,
            "forms": effect.forms,
            "spread": list(effect.spread),
            "at_seeds": [
                {
                    "seed": seed,
                    "visible": apart.visible,
                    "difference": apart.difference,
                    "forms": apart.forms,
                    "picture": self._paths.get(Trial(seed, change, word.is_negative, tried), ""),
                }
                for seed, apart in zip(one.seeds, effect.at_seeds, strict=True)
            ],
        }

    def as_lines(self) -> list[str]:
        """The same for a person."""
        judged = self.judged()
        lines = [_line(one) for one in judged]
        if judged:
            first = judged[0]
            lines.append(
                f"  judged at seeds {', '.join(map(str, first.seeds))}, each also with the changes "
                "that mean nothing:"
            )
            texts = dict.fromkeys(one.word.is_negative for one in judged)
            lines += (
                f"    {meaningless(self._trials.prompts, change, is_negative=is_negative)}"
                for is_negative in texts
                for change, _ in first.baseline
            )
        return lines


def _called(word: TriedWord) -> str:
    return f"{word.name}#{word.time}" if word.time else word.name


def _line(one: JudgedWord) -> str:
    low, high = one.spread
    of = " of the negative prompt" if one.word.is_negative else ""
    said = "no effect with these seeds"
    if one.verdict is Verdict.EFFECT:
        said = f"forms differ by {one.forms:.2f}"
    elif one.tells_little:
        said += ", where what means nothing changes nearly all, too"
    return (
        f'  without "{_called(one.word)}"{of}: {one.visible:.1%} is seen to differ '
        f"({low:.1%} to {high:.1%}; without meaning: up to {one.limit:.1%}), {said}"
    )
