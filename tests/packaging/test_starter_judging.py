"""The judge of likeness, the sheet to be looked at, and the drawings they are held against."""

from __future__ import annotations

import random
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.system.paths import RESOURCES


@pytest.fixture
def starter(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(RESOURCES.parent / "packaging"))
    yield lambda name: import_module(f"starter.{name}")
    for name in [name for name in sys.modules if name.split(".")[0] == "starter"]:
        del sys.modules[name]


def test_frechet_distance_of_known_distributions(starter: Any) -> None:
    frechet = starter("judging.likeness").frechet
    generator = torch.Generator().manual_seed(0)
    a = torch.randn(4000, 3, generator=generator, dtype=torch.float64)
    assert frechet(a, a) == pytest.approx(0, abs=1e-6)
    moved = a + torch.tensor([3.0, 0.0, 0.0], dtype=torch.float64)
    assert frechet(a, moved) == pytest.approx(9, rel=1e-6), "the square of the way"
    spread = torch.tensor([3.0, 1.0, 1.0], dtype=torch.float64)
    deviation = float(a[:, 0].std())
    assert frechet(a, a * spread) == pytest.approx((2 * deviation) ** 2 + 0, rel=0.05)


def test_a_network_that_tells_is_kept_and_measures(
    starter: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    likeness = starter("judging.likeness")
    monkeypatch.setattr(likeness, "LOOKS", 48)
    drawn, asked = likeness.scenes_from(5, 6)
    assert drawn.shape == (6, 3, 256, 256) and [seed for *_, seed in asked] == list(range(5, 11))
    made = torch.from_numpy(np.ascontiguousarray(drawn.numpy()[:, ::-1])) // 2
    network = likeness.telling(tmp_path / "likeness.pt", drawn, made)
    again = likeness.kept(tmp_path / "likeness.pt")
    assert torch.equal(likeness.features(network, made), likeness.features(again, made))
    both = likeness.with_mirrored(drawn)
    assert torch.equal(both[6:].flip(3), drawn)
    near = likeness.frechet(likeness.features(again, drawn), likeness.features(again, both[6:]))
    far = likeness.frechet(likeness.features(again, drawn), likeness.features(again, made))
    assert near < far
    values = torch.eye(likeness.FEATURES, dtype=torch.float64)
    torch.nn.init.zeros_(again.head.bias)
    torch.nn.init.zeros_(again.head.weight)
    again.head.weight.data[1, : likeness.FEATURES // 4] = 1
    assert likeness.taken_for_drawings(again, values) == 75, "a quarter of them has what models do"


def test_shares_of_each_class(starter: Any) -> None:
    by_class = starter("judging.evaluate").by_class
    right = torch.tensor([True, False, True, True])
    shares = by_class(right, torch.tensor([0, 0, 2, 2]), ("cat", "hat", "boat"))
    assert shares == {"cat": 50.0, "boat": 100.0}, "nobody asked for a hat"


def test_the_judge_of_single_subjects_is_trained_on_with_softened_drawings_and_kept(
    starter: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    judges, evaluate = starter("judging.judge"), starter("judging.evaluate")
    vae = evaluate.vae_of(RESOURCES / "starter")
    x, y = judges.drawings(judges.one_single, 530_000_000, 8)
    soft = judges.round_trip(vae, x[:4])
    assert not torch.equal(soft, x[:4])
    told: list[torch.Tensor] = []
    learn = judges.learn

    def hear(judge: Any, x: torch.Tensor, *rest: Any) -> None:
        told.append(x.clone())
        learn(judge, x, *rest)

    monkeypatch.setattr(judges, "learn", hear)
    path = tmp_path / "judge_single.pt"
    judge = judges.seasoned(path, lambda: judges.Judge(judges.SINGLE), vae, 8)
    (taught,) = told
    assert torch.equal(taught, torch.cat([soft, x[4:]])), "half of them"
    again = judges.seasoned(path, lambda: pytest.fail("it is kept"), vae, 8)
    assert torch.equal(judges.verdicts(again, x), judges.verdicts(judge, x))
    shares = judges.accuracies(judge, judges.SINGLE, x, y)
    assert list(shares) == [*judges.SINGLE, "all five"]
    assert shares["all five"] <= min(list(shares.values())[:5])


def test_the_sheet_shows_every_subject_in_every_style(starter: Any) -> None:
    sheet = starter("judging.sheet")
    scenes = starter("drawing.scenes")
    wanted = sheet.sheet_scenes(7)
    shown = [(scene.things[0].subject, scene.style) for scene in wanted]
    assert shown == [(subject, style) for style in scenes.STYLES for subject in scenes.SUBJECTS]
    assert wanted == sheet.sheet_scenes(7) != sheet.sheet_scenes(8)
    for scene, prompt in zip(wanted, sheet.prompts_of(wanted), strict=True):
        assert scene.things[0].subject in prompt and scene.things[0].colour in prompt
    pictures = torch.arange(5, dtype=torch.uint8).view(5, 1, 1, 1).expand(5, 3, 4, 4)
    rows = np.asarray(sheet.laid_out(pictures[:4], 2, side=4))[..., 0]
    assert rows.shape == (8, 8) and rows[::4, ::4].tolist() == [[0, 1], [2, 3]]


def test_subjects_look_to_the_left_or_to_the_middle(starter: Any) -> None:
    drawing, scenes = starter("drawing.drawing"), starter("drawing.scenes")

    def lean(**where: Any) -> float:
        """How much further right than its middle the cat begins than it ends."""
        scene = scenes.Scene((scenes.Thing("cat", "red", size="small"),), "day", "grass", **where)
        across = np.asarray(drawing.drawn(scene, random.Random(1)).shape, float).sum(0)
        columns = np.flatnonzero(across)
        middle = (across * np.arange(len(across))).sum() / across.sum()
        return float(columns[0] + columns[-1] - 2 * middle)

    assert lean() == pytest.approx(lean(side="right"), abs=1.5)
    assert lean(side="left") == pytest.approx(-lean(), abs=1.5)
    assert abs(lean()) > 5, "a cat whose tail is on neither side proves nothing"


def test_hard_subjects_are_drawn_oftener_and_never_in_a_held_out_colour(starter: Any) -> None:
    dataset, scenes = starter("training.dataset"), starter("drawing.scenes")
    rng = random.Random(3)
    things = [dataset.training_scene(rng).things for _ in range(3000)]
    first = [drawn[0].subject for drawn in things]
    hard = sum(first.count(subject) for subject in dataset.HARD) / len(first)
    share = len(dataset.HARD) / len(scenes.SUBJECTS)
    assert hard == pytest.approx(0.2 + 0.8 * share, abs=0.05), "a fifth, and theirs of the rest"
    pairs = {(thing.subject, thing.colour) for drawn in things for thing in drawn}
    assert not pairs & scenes.HELD_OUT
    picture, wordings = dataset.example(11)
    assert (picture == dataset.example(11)[0]).all() and len(set(wordings)) > 1


class Encoder(torch.nn.Module):
    """Gives the mean of each 8 x 8 pixels as all four latents, in diffusers' words."""

    device = torch.device("cpu")

    def encode(self, x: torch.Tensor) -> Any:
        class Told:
            mean = torch.nn.functional.avg_pool2d(x.mean(1, keepdim=True), 8).expand(-1, 4, -1, -1)
            latent_dist: Any

        Told.latent_dist = Told
        return Told


def test_fresh_drawings_go_on_after_a_kill_as_if_there_had_been_none(starter: Any) -> None:
    latents = starter("training.latents")

    class Told:
        def __init__(self) -> None:
            self.texts = [[f"kept {k}"] for k in range(5)]

    def fresh(steps: range, state: Any = None) -> tuple[Any, torch.Tensor, list[list[str]]]:
        pool, captions = torch.zeros(5, 4, 32, 32, dtype=torch.float16), Told()
        renewing = latents.Fresh(Encoder(), captions, pool, 2)
        if state:
            renewing.load(state)
        for step in steps:
            renewing.renew(step)
        return renewing, pool, captions.texts

    first, pool, texts = fresh(range(2))
    assert texts[4] == ["kept 4"] and not pool[4].any() and pool[3].any()
    kept = pool.clone()
    _, resumed, told = fresh(range(2, 4), first.state())
    _, unbroken, expected = fresh(range(4))
    assert torch.equal(resumed, unbroken) and told == expected
    assert not torch.equal(resumed[0], kept[0]) and torch.equal(resumed[3], kept[3])


def test_edges_count_more_in_the_loss_where_they_can_be_seen(starter: Any) -> None:
    weights = starter("training.denoiser").detail_weights
    x = torch.zeros(2, 4, 16, 16)
    x[:, :, 6:10, 6:10] = 1  # plain, but for a square
    x[1] *= 3  # of another strength, which does not count
    signal = torch.tensor([1.0, 0.25]).view(2, 1, 1, 1)
    found = weights(x, signal, 3.0)
    assert found.shape == (2, 1, 16, 16)
    assert torch.allclose(found.mean((1, 2, 3)), torch.ones(2))
    edge, plain = found[:, 0, 6, 6], found[:, 0, 0, 0]
    assert torch.allclose(edge / plain, torch.tensor([4.0, 1.75])), "less under noise"
    assert torch.equal(weights(x, signal, 0.0), torch.ones(2, 1, 16, 16)), "all alike"
