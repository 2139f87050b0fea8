"""What is rendered to see what words do: each seed as it is, with changes that mean nothing, and
without the words in two ways."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from core.models.files.families import FAMILIES
from core.service.insight.without.words import Prompts, TriedWord
from core.service.sweeps.cells import Variation, cells_of
from core.system.errors import InvalidRequest
from core.values.declared.limits import MAX_SEED
from core.values.job import Job

SEEDS = 3  # the picture's own and the next ones
# a word that means nothing is the first that does not stand there: made up, so that it is as new to
# every model, and read in several parts as such words are
FILLERS = ("zorvik", "blentum")
_COMMA = re.compile(r"\s*,\s*")


class Change(StrEnum):
    """In what a picture differs from that of its seed; values are stable ids."""

    NONE = "none"
    COMMA = "comma"  # one more, or one less
    FILLER = "filler"  # a made-up word stands in the middle
    BLANKED = "blanked"  # nothing is told of the words, and what is around stays in its place
    DELETED = "deleted"  # the words do not stand there


NOTHING_MEANT = (Change.COMMA, Change.FILLER)
WAYS = (Change.BLANKED, Change.DELETED)


@dataclass(frozen=True, slots=True)
class Trial:
    """One picture. `is_negative`: the negative prompt is what is changed; `word` are the words it
    is without, in the last two ways."""

    seed: int
    change: Change = Change.NONE
    is_negative: bool = False
    word: TriedWord | None = None


def seeds_of(job: Job) -> tuple[int, ...]:
    """The picture's own seed and the next ones."""
    return tuple((job.request.seed + number) % (MAX_SEED + 1) for number in range(SEEDS))


def ways_of(job: Job) -> tuple[Change, ...]:
    """How words can be taken away from what the job's model is told."""
    row = FAMILIES.get(job.model.family)
    elsewhere = row is not None and (row.flow or row.pipeline)
    return (Change.DELETED,) if elsewhere else WAYS


def trials_of(job: Job, words: Sequence[TriedWord], seeds: Sequence[int]) -> Iterator[Trial]:
    """All that is needed to judge these words, seed by seed, each once."""
    texts = dict.fromkeys(word.is_negative for word in words)
    ways = ways_of(job)
    for seed in seeds:
        yield Trial(seed)
        for is_negative in texts:
            for change in NOTHING_MEANT:
                yield Trial(seed, change, is_negative)
        for word in words:
            for way in ways:
                yield Trial(seed, way, word.is_negative, word)


def job_of(job: Job, prompts: Prompts, trial: Trial) -> Job:
    """What makes the picture of a trial, of the job that makes the picture itself. Raises
    InvalidRequest where there can be none."""
    texts = _texts(prompts, trial)
    changes: tuple[tuple[str, object], ...] = (("seed", trial.seed),)
    if texts != prompts.texts:  # which no template was drawn to
        fields = ("prompt", "negative_prompt", "template", "negative_template")
        changes += tuple(zip(fields, (*texts, "", ""), strict=True))
    (cell,) = cells_of(job.request, (Variation(trial.change, changes),))
    if cell.request is None:
        raise InvalidRequest("without", cell.refusal)
    blanks = trial.word.places if trial.word and trial.change is Change.BLANKED else ()
    return replace(job, request=cell.request, blanks=blanks)


def _texts(prompts: Prompts, trial: Trial) -> tuple[str, str]:
    match trial.change:
        case Change.DELETED if trial.word is not None:
            return prompts.without(trial.word)
        case Change.COMMA | Change.FILLER:
            texts = list(prompts.texts)
            changed = meaningless(prompts, trial.change, is_negative=trial.is_negative)
            texts[trial.is_negative] = changed
            return texts[0], texts[1]
        case _:
            return prompts.texts


def meaningless(prompts: Prompts, change: Change, *, is_negative: bool) -> str:
    """The prompt, or the negative one, with a change that means nothing: a comma less, or one more
    in the middle where there is none between words; or one more word in the middle."""
    text, words = prompts.texts[is_negative], prompts.words[is_negative]
    if not words:
        return text
    if change is Change.FILLER:
        told = {text[word.start : word.end].casefold() for word in words}
        filler = next((one for one in FILLERS if one not in told), FILLERS[0])
        middle = words[len(words) // 2].start
        return f"{text[:middle]}{filler} {text[middle:]}"
    between = [(a.end, b.start) for a, b in pairwise(words)]
    for start, end in between:
        if _COMMA.fullmatch(text, start, end):
            return f"{text[:start]} {text[end:]}"
    blanks = [start for start, end in between if text[start:end].isspace()]
    at = blanks[len(blanks) // 2] if blanks else words[-1].end
    return f"{text[:at]},{text[at:]}"
