"""Where words were looked at: recorded beside the network's own attention, to the last digit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.engine import DiffusionEngine
from core.engine.diffusion.networks.attention import AttentionCall, ToldRow
from core.engine.diffusion.parts.denoiser import Denoiser
from core.engine.diffusion.recording.words import MOST_OF_A_TEXT, WordsRecorder
from core.models.library.library import Library
from core.prompt.grammar.places import Written
from core.prompt.reading.token_places import PlacedToken
from core.service.insight.words.maps import words_of
from core.service.insight.words.reading import attention_maps, words_table
from core.system.paths import RESOURCES
from core.values.insight.attention import AttentionLook, AttentionMaps, TokenKind
from core.values.job import BranchStart, Job, ModelRef
from core.values.lora import Lora
from core.values.program import Program
from core.values.request import Request
from core.values.resolved_request import resolve
from tests.core.engine.diffusion import ldm_files

STARTER = Library(Path("nowhere")).find("starter").ref()
FEW = ModelRef("few", "few", "", f"{STARTER.path}/loras/starter-4-steps.safetensors")
ASKED = Request("a red house", seed=5, steps=2, width=64, height=64, guidance=3.0)
LONG = "a red house on snow at night with stars, " * 10  # two chunks of 75 tokens


@pytest.fixture(scope="module")
def engine() -> Iterator[DiffusionEngine]:
    with DiffusionEngine(EngineSpec(device="cpu", previews=False)) as opened:
        yield opened


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], list[np.ndarray]]:
    """Per depth and text what each layer shares out, by a plain softmax of float64; the mean
    over heads, (positions, h, w)."""
    found = defaultdict[tuple[str, str], list[np.ndarray]](list)
    plain = Denoiser.raw

    def hear(self: Denoiser, x: torch.Tensor, sigma: float, cond: object) -> torch.Tensor:
        def look(call: AttentionCall) -> None:
            if not call.cross:
                return
            scores = call.query.double() @ call.key.double().transpose(-1, -2)
            shares = torch.exp(scores / call.query.shape[-1] ** 0.5)
            mean = (shares / shares.sum(-1, keepdim=True)).mean(1)
            for told, one in zip(cond.rows, mean, strict=True):  # type: ignore[attr-defined]
                key = "{1}x{0}".format(*call.size), told.text
                found[key].append(one.T.unflatten(1, call.size).numpy())

        self._unet.set_attention_hook(look)  # type: ignore[arg-type]
        try:
            return plain(self, x, sigma, cond)  # type: ignore[arg-type]
        finally:
            self._unet.set_attention_hook(None)

    monkeypatch.setattr(Denoiser, "raw", hear)
    return found


def recorded(engine: DiffusionEngine, job: Job, folder: Path, name: str = "a") -> Path:
    """The recording of a job with its words, whose picture is the one without."""
    path = folder / f"{name}.recording"
    plain = engine.run(job, lambda _: None).pixels
    made = engine.run(replace(job, recording=str(path), words=True), lambda _: None)
    assert made.pixels == plain
    return path


def masses(maps: AttentionMaps) -> np.ndarray:
    return np.frombuffer(maps.masses, "<f4").reshape(-1, maps.height, maps.width)


def grouped(maps: AttentionMaps, positions: np.ndarray) -> np.ndarray:
    """The maps of tokens out of those of positions."""
    firsts = [77 * token.chunk + token.index for token in maps.tokens]
    assert sum(token.count for token in maps.tokens) == len(positions)
    return np.add.reduceat(positions, firsts, axis=0)


@pytest.mark.parametrize("kind", ["smallest", "sdxl"])
def test_masses_are_those_of_a_plain_softmax(
    engine: DiffusionEngine,
    smallest: ModelRef,
    tmp_path: Path,
    kind: str,
    seen: dict[tuple[str, str], list[np.ndarray]],
) -> None:
    parts = (LONG, "a (blue:1.4) boat BREAK at night")
    prompt = f"{parts[0]} AND {parts[1]} :0.7"
    request = replace(ASKED, prompt=prompt, negative_prompt="a dog", steps=1)
    model = smallest
    if kind == "sdxl":
        ldm_files.folder_of(kind, tmp_path / kind, RESOURCES / "starter" / "tokenizer")
        model = Library(tmp_path).find(kind).ref()
    path = recorded(engine, Job(resolve(request), model), tmp_path)
    table = words_table(path)
    assert table is not None and table.steps == ((1,),)
    assert [(row.branch, row.part) for row in table.rows] == [
        ("with", 0),
        ("with", 1),
        ("without", 0),
    ]
    told = {("with", 0): parts[0].strip(), ("with", 1): f" {parts[1]}", ("without", 0): "a dog"}
    checked = 0
    for (branch, part), text in told.items():
        for depth in table.depths:
            maps = attention_maps(path, AttentionLook(branch=branch, part=part, depth=depth))
            expected = grouped(maps, np.mean(seen[depth, text], axis=0))
            assert np.abs(masses(maps) - expected).max() < 1e-5
            assert np.abs(masses(maps).sum(0) - 1).max() < 1e-5
            assert sum(maps.shares) == pytest.approx(1, abs=1e-5)
            checked += 1
    assert checked == 3 * len(table.depths) > 0
    second = attention_maps(path, AttentionLook(part=1))
    words = [second.tokens[group[0]] for group in words_of(second)]
    assert [prompt[token.start : token.end] for token in words] == parts[1].replace(
        "(", ""
    ).replace(":1.4)", "").replace("BREAK ", "").split()
    assert [token.chunk for token in words] == [0, 0, 0, 1, 1]
    assert words[1].weight == pytest.approx(1.4)


def test_words_that_change_with_adapters_and_saved_time(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    lora = Lora("x", start=0.3, stop=0.8)
    request = replace(
        ASKED,
        prompt="a red [house:boat:0.5], at night",
        steps=4,
        loras=(lora,),
        token_merging=0.5,
        sampler="heun",
        guidance_from=0.5,
    )
    job = Job(resolve(request), STARTER, (FEW,))
    path = recorded(engine, job, tmp_path)
    whole, first, last = (attention_maps(path, AttentionLook(step=step)) for step in (0, 1, 4))
    assert "house" in _words(first) and "boat" not in _words(first)
    assert "boat" in _words(last) and "house" not in _words(last)
    assert _words(whole) == ["a", "red", "house", "boat", ",", "at", "night"]
    assert np.abs(masses(whole).sum(0) - 1).max() < 1e-5
    assert whole.steps == (1, 2, 3, 4)
    without = attention_maps(path, AttentionLook(branch="without"))
    assert without.steps[0] > 1 and not _words(without)

    branch = BranchStart(str(path), 2)
    other = recorded(engine, replace(job, branch=branch), tmp_path, "b")
    for step in (1, 4):
        again = attention_maps(other, AttentionLook(step=step))
        assert again.tokens == attention_maps(path, AttentionLook(step=step)).tokens
        assert again.masses == attention_maps(path, AttentionLook(step=step)).masses


@pytest.mark.parametrize("prompt", [f"[a cat:{LONG}:0.5]", f"a cat AND {LONG}"])
def test_a_text_that_the_web_ui_fills_up_has_its_words(
    engine: DiffusionEngine, tmp_path: Path, prompt: str
) -> None:
    request = replace(ASKED, prompt=prompt, steps=3, compatibility=Program.A1111)
    path = recorded(engine, Job(resolve(request), STARTER), tmp_path)
    first = attention_maps(path, AttentionLook(step=1))
    assert _words(first)[:2] == ["a", "cat"]
    assert np.abs(masses(first).sum(0) - 1).max() < 1e-5


def test_steps_that_go_on_from_features_have_the_maps_of_those(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    request = replace(ASKED, steps=4, feature_reuse=2)
    path = recorded(engine, Job(resolve(request), STARTER), tmp_path)
    maps = [attention_maps(path, AttentionLook(step=step)) for step in (1, 2, 3)]
    assert [one.steps for one in maps] == [(1,), (1,), (3,)]
    assert attention_maps(path, AttentionLook()).steps == (1, 3)


def test_large_maps_are_kept_smaller(
    engine: DiffusionEngine, smallest: ModelRef, tmp_path: Path
) -> None:
    request = replace(ASKED, width=328, height=64, steps=1)
    path = recorded(engine, Job(resolve(request), smallest), tmp_path)
    maps = attention_maps(path, AttentionLook(depth="41x8"))
    assert (maps.width, maps.height) == (21, 4)
    assert np.abs(masses(maps).sum(0) - 1).max() < 1e-5


def test_a_text_whose_maps_could_not_be_read_again_is_not_kept() -> None:
    chunk = (PlacedToken("a", 1.0, (0, 1)),) * 75
    kept = dict[str, torch.Tensor]()
    for chunks in (1, MOST_OF_A_TEXT // 77 + 1):
        recorder = WordsRecorder(kept.__setitem__, lambda *_: None)
        recorder.of_prompts(Written(prompt="a", negative="", program=Program.CALOTYPE, steps=1))
        recorder.read_by(lambda _, many=chunks: (chunk,) * many)
        recorder.begin((2, 2))
        recorder.told((ToldRow(1, "a"),), (2, 2))
        query, key = torch.zeros(1, 1, 1, 1), torch.zeros(1, 1, 77 * chunks, 1)
        recorder.hear(
            AttentionCall(layer="x", cross=True, size=(1, 1), query=query, key=key, value=key)
        )
        recorder.keep(1)
        assert (recorder.finish() is not None) == (chunks == 1) and len(kept) == 1


def _words(maps: AttentionMaps) -> list[str]:
    return [token.text for token in maps.tokens if token.kind == TokenKind.WORD]
