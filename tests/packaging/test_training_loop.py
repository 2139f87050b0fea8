"""A training that was killed goes on as if it had not been."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from core.system.paths import RESOURCES


class Toy:
    """Adds a number drawn at each step."""

    def __init__(self) -> None:
        self.step = 0
        self.sum = torch.zeros(())

    def state(self) -> dict[str, Any]:
        return {"step": self.step, "sum": self.sum}

    def load(self, kept: dict[str, Any]) -> None:
        self.step = kept["step"]
        self.sum = kept["sum"]

    def learn(self) -> None:
        self.sum = self.sum + torch.randn(())
        self.step += 1


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(RESOURCES.parent / "packaging"))
    from starter.training import loop

    yield loop
    for name in [name for name in sys.modules if name.split(".")[0] == "starter"]:
        del sys.modules[name]


def test_a_resumed_training_draws_what_an_unbroken_one_draws(loop: Any, tmp_path: Path) -> None:
    def trained(until: int, training: Toy) -> Toy:
        for done in loop.steps(training, until, seed=100):
            assert done == training.step
            training.learn()
        return training

    where = torch.device("cpu")
    path = tmp_path / "toy.pt"
    assert not loop.resumed(Toy(), path, where)
    torch.save(trained(2, Toy()).state(), path)
    torch.randn(7)
    resumed = Toy()
    assert loop.resumed(resumed, path, where) and resumed.step == 2
    assert trained(5, resumed).sum == trained(5, Toy()).sum != trained(4, Toy()).sum
    assert trained(3, resumed).step == 5, "nothing is left to do"


def test_what_is_due_now_and_then(loop: Any) -> None:
    saving = loop.Every(10, 100.0)
    drawing = loop.Every(10, 100.0, first=3)
    assert [saving.due(second) for second in (100, 110, 111, 112, 121, 122)] == [
        False, False, True, False, False, True,
    ]  # fmt: skip
    assert [drawing.due(second) for second in (103, 104, 114, 115)] == [False, True, False, True]


def test_a_command_takes_its_words(loop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    monkeypatch.setattr(sys, "argv", ["train", "data", "out", "--threads", "3"])
    options = loop.options_of(loop.parser("Trains.", steps=70))
    assert (options.data, options.out, options.steps) == (Path("data"), Path("out"), 70)
    assert threads == [3]
