"""What each training does around its own step: the words of its command, a checkpoint to go on
from, and a seed for every step, so that one that was killed goes on as if it had not been."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import torch


class Trained(Protocol):
    """What is trained: `step` counts the steps that are done."""

    step: int

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds."""
        ...

    def load(self, kept: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
        ...


def parser(doc: str | None, steps: int) -> argparse.ArgumentParser:
    """Of a command that takes DATA, OUT, --steps and --threads."""
    words = argparse.ArgumentParser(description=doc)
    words.add_argument("data", type=Path)
    words.add_argument("out", type=Path)
    words.add_argument("--steps", type=int, default=steps)
    words.add_argument("--threads", type=int, default=2)
    return words


def options_of(words: argparse.ArgumentParser) -> argparse.Namespace:
    """The command line's, whose threads torch takes from now on."""
    options = words.parse_args()
    torch.set_num_threads(options.threads)
    return options


def resumed(training: Trained, path: Path, where: torch.device) -> bool:
    """Go on from the checkpoint at `path`; whether there is one."""
    if not path.exists():
        return False
    training.load(torch.load(path, map_location=where, weights_only=True))
    return True


def steps(training: Trained, until: int, seed: int = 0) -> Iterator[int]:
    """How many steps are done before each one that is left; it draws from `seed` + that number."""
    while training.step < until:
        torch.manual_seed(seed + training.step)
        yield training.step


class Every:
    """What is due each so many seconds of training, for the first time after `first` of them."""

    def __init__(self, seconds: float, spent: float, first: float | None = None) -> None:
        self._seconds = seconds
        self._next = spent + (seconds if first is None else first)

    def due(self, spent: float) -> bool:
        """Whether it is, `spent` seconds into the training; then it is done."""
        if spent <= self._next:
            return False
        self._next = spent + self._seconds
        return True
