"""What the text encoders made of a model's last texts, for pictures that differ in their seed only,
in the picture that they start from, or in the document that they are made for.

A text is encoded again where anything else differs: any other field of the request, the files of
adapters and embeddings (by their size and time), the part a model plays in the job. So nothing that
could change an encoder's answer is missed, at the price of some that do not.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from core.prompt.grammar.plan import PromptPlan
from core.values.job import Job, ModelRef
from core.values.request_parts.branch import Branch
from core.values.request_parts.start_picture import StartPicture
from core.values.request_parts.sweep_place import SweepPlace
from core.values.resolved_request import ResolvedRequest
from core.values.text_span import TextSpan

_NO_PICTURE = StartPicture()
_NO_SWEEP = SweepPlace()
_NO_BRANCH = Branch()
Told = TypeVar("Told")  # what the denoiser is told


@dataclass(frozen=True, slots=True)
class _Asked:
    """`files`: adapters and embeddings, each with its size in bytes and its time in ns. `is_first`:
    the model is the job's own and not its refiner, which gets no adapters. `plan`: over how many
    steps the texts change."""

    request: ResolvedRequest
    blanks: tuple[TextSpan, ...]
    files: tuple[tuple[ModelRef, int, int], ...]
    is_first: bool
    plan: PromptPlan | None


class KnownTexts:
    """The last texts of each model in memory, by its path. Whoever forgets a model forgets its
    texts here."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[_Asked, Any]] = {}

    def of(
        self,
        job: Job,
        model: ModelRef,
        encode: Callable[[], Told],
        plan: PromptPlan | None = None,
    ) -> Told:
        """The texts of a job as a model was told them last, else what `encode` makes of them, which
        is kept. Raises what `encode` raises."""
        asked = _asked(job, model, plan)
        if asked is None:
            return encode()
        known = self._known.get(model.path)
        if known is not None and known[0] == asked:
            return cast(Told, known[1])
        self.forget(model.path)
        told = encode()
        self._known[model.path] = asked, told
        return told

    def forget(self, path: str) -> None:
        """The texts of one model."""
        self._known.pop(path, None)

    def clear(self) -> None:
        """All of them."""
        self._known.clear()


def _asked(job: Job, model: ModelRef, plan: PromptPlan | None) -> _Asked | None:
    """None where a file cannot be looked at, so that nothing is known of it."""
    try:
        states = [(ref, os.stat(ref.path)) for ref in (*job.loras, *job.embeddings)]
    except (OSError, ValueError):
        return None
    return _Asked(
        request=replace(
            job.request,
            seed=0,
            start=_NO_PICTURE,
            parent="",
            document="",
            branch=_NO_BRANCH,
            sweep=_NO_SWEEP,
        ),
        blanks=job.blanks,
        files=tuple((ref, state.st_size, state.st_mtime_ns) for ref, state in states),
        is_first=model is job.model,
        plan=plan,
    )
