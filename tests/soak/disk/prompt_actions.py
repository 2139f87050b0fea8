"""The deed on pinned prompts: one more is pinned."""

from __future__ import annotations

from pathlib import Path

from core.store.prompts.pinned_prompts import PinnedPrompts
from core.store.prompts.prompt_history import PromptPair
from core.system.paths import places
from tests.soak.disk import library
from tests.soak.disk.action import Action, Faults

_BEFORE, _AFTER = PromptPair("before", "fog"), PromptPair("after")


def _pins(root: Path) -> PinnedPrompts:
    return PinnedPrompts(places(root).pinned_prompts)


def _prepare(root: Path) -> None:
    library.fill(root, pictures=1)
    _pins(root).pin(_BEFORE)


def _act(root: Path) -> None:
    _pins(root).pin(_AFTER)


def _look(root: Path, done: bool) -> Faults:
    library.begin(root).close()
    found = _pins(root).all()
    right = ((_AFTER, _BEFORE),) if done else ((_BEFORE,), (_AFTER, _BEFORE))
    return [] if found in right else [f"pinned are {found}"]


def actions() -> tuple[Action, ...]:
    """All of them."""
    return (Action("pin a prompt", _prepare, _act, _look),)
