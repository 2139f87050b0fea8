"""Texts that change while a picture is made, and several at once: each is read once, told in its
steps, and a picture without them is what it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import torch

from core.engine.contract.parity import plan_of
from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.engine import DiffusionEngine
from core.engine.diffusion.families.model import encode_prompts
from core.engine.diffusion.families.sd import load
from core.engine.diffusion.networks.clip import ClipTextEncoder, TextStates
from core.engine.diffusion.parts.conditioning import Conditioning
from core.engine.diffusion.parts.denoiser import Denoiser, Network, composed, guided
from core.engine.diffusion.parts.device import choose_device
from core.engine.diffusion.picture_making import loop
from core.models.library.library import Library
from core.system.paths import RESOURCES
from core.values.events import CheckpointReady, Event
from core.values.job import Job, ModelRef
from core.values.picture import Result
from core.values.request import Request
from core.values.request_parts.hires import BY_HAND, Hires
from core.values.resolved_request import resolve
from tests.core.engine.diffusion import ldm_files
from tests.core.engine.diffusion.picture_making.pictures_in import SMALL as START
from tests.core.engine.diffusion.picture_making.pictures_in import boxed, drawn, kept
from tests.core.engine.diffusion.picture_making.pictures_in import job as start_job

SMALL = Request("x", seed=3, steps=4, width=64, height=64, sampler="euler", schedule="discrete")
# "a cat" is told until step 2, then "a dog"; what each call is told, as each program counts
TOLD = {
    ("calotype", "euler", "[a cat:a dog:2]"): "ccdd",
    ("calotype", "heun", "[a cat:a dog:0.5]"): "ccccdd",  # the third step is a long one
    ("calotype", "euler", "[a cat|a dog]"): "cdcd",
    ("a1111", "euler", "[a cat:a dog:2]"): "cccd",
    ("a1111", "heun", "[a cat:a dog:2]"): "cccdddd",
    ("a1111", "heun", "[a cat:a dog:0.5]"): "cccccdd",
}


@pytest.fixture(scope="module")
def engine() -> Iterator[DiffusionEngine]:
    with DiffusionEngine(EngineSpec(device="cpu", previews=False, checkpoint_interval=0)) as made:
        yield made


def made(
    engine: DiffusionEngine, model: ModelRef, prompt: str, heard: list[Event], **values: object
) -> Result:
    asked = replace(SMALL, prompt=prompt, **values)  # type: ignore[arg-type]
    return engine.run(Job(resolve(asked), model), heard.append)


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many chunks of text went through the encoder."""
    counts: list[int] = []
    plain = ClipTextEncoder.forward

    def counted(self: ClipTextEncoder, ids: torch.Tensor, *args: Any, **kwargs: Any) -> object:
        counts.extend([1] * len(ids))
        return plain(self, ids, *args, **kwargs)

    monkeypatch.setattr(ClipTextEncoder, "forward", counted)
    return counts


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[torch.Tensor]:
    """The last text's states of each call of the denoiser."""
    states: list[torch.Tensor] = []
    plain = Denoiser.raw

    def heard(self: Denoiser, x: torch.Tensor, sigma: float, cond: Conditioning) -> torch.Tensor:
        states.append(cond.states[-1])
        return plain(self, x, sigma, cond)

    monkeypatch.setattr(Denoiser, "raw", heard)
    return states


@pytest.mark.parametrize("asked", TOLD)
def test_texts_change_at_the_step_that_the_program_means(
    engine: DiffusionEngine,
    smallest: ModelRef,
    told: list[torch.Tensor],
    asked: tuple[str, str, str],
) -> None:
    program, sampler, prompt = asked
    known: dict[str, torch.Tensor] = {}
    for text in ("a cat", "a dog"):
        told.clear()
        made(engine, smallest, text, [], steps=1, compatibility=program)
        known[text[2]] = told[-1]
    told.clear()
    made(engine, smallest, prompt, [], sampler=sampler, compatibility=program)
    names = ["".join(key for key, one in known.items() if torch.equal(one, s)) for s in told]
    assert "".join(names) == TOLD[asked]


def test_each_text_is_read_once(
    engine: DiffusionEngine, smallest: ModelRef, encoded: list[int]
) -> None:
    made(engine, smallest, "[a|b|c] [d:e:3] AND f AND f", [], steps=9)
    # a d, b d, c d, a e, b e, c e, f, and nothing for the negative prompt
    assert len(encoded) == 8
    made(engine, smallest, "[a|b|c] [d:e:3] AND f AND f", [], steps=9, seed=4)
    assert len(encoded) == 8


def test_words_that_do_not_change_are_the_same_picture(
    engine: DiffusionEngine, smallest: ModelRef
) -> None:
    request = resolve(replace(SMALL, prompt="a (cat:1.2) [small]"))
    job = Job(request, smallest)
    model = load(smallest.path, choose_device("cpu"), lambda: None)
    with torch.no_grad():
        latents = loop.sample(
            job,
            plan_of(request, model.table(request), smallest.family),
            guided(
                model.network(request, None, lambda: None),
                *encode_prompts(model, job),
                request.guidance,
            ),
            model.shape(request),
            device=model.compute.device,
            previewer=None,
            on_event=lambda event: None,
        )
        plain = model.decode(latents)[0].rgb
    result = made(engine, smallest, request.prompt, [])
    assert result.pixels.rgb == plain and "prompt" not in dict(result.fingerprint)
    for same in ("[a (cat:1.2) [small]:a (cat:1.2) [small]:2]", "[x:a (cat:1.2) [small]:0]"):
        again = made(engine, smallest, same, [])
        assert again.pixels.rgb == plain and dict(again.fingerprint)["prompt"] == "1"


def test_changes_go_with_hires_reuse_and_kept_latents(
    engine: DiffusionEngine, smallest: ModelRef
) -> None:
    prompt = "[a cat|a large red dog] by night"
    heard: list[Event] = []
    whole = made(engine, smallest, prompt, heard)
    on_the_way = next(e.checkpoint for e in heard if isinstance(e, CheckpointReady))
    asked = resolve(replace(SMALL, prompt=prompt))
    on = engine.run(Job(asked, smallest, resume=on_the_way), lambda event: None)
    assert on.pixels.rgb == whole.pixels.rgb
    words = made(engine, smallest, "a cat by night", [])
    assert whole.pixels.rgb != words.pixels.rgb
    hires = Hires(mode=BY_HAND, scale=2.0, upscaler="latent", strength=0.5)
    for values in ({"feature_reuse": 2}, {"hires": hires, "width": 128, "height": 128}):
        changing = made(engine, smallest, prompt, [], **values)
        assert changing.pixels.rgb == made(engine, smallest, prompt, [], **values).pixels.rgb
        assert changing.pixels.rgb != made(engine, smallest, "a cat by night", [], **values)
    # of the second pass only: the first is over when the text changes
    late = made(engine, smallest, "[a cat:a dog:1.5]", [], hires=hires, width=128, height=128)
    never = made(engine, smallest, "a cat", [], hires=hires, width=128, height=128)
    assert late.pixels.rgb != never.pixels.rgb


def test_xl_its_refiner_and_start_pictures_change_too(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    ldm_files.folder_of("sdxl", tmp_path / "xl", RESOURCES / "starter" / "tokenizer")
    xl = Library(tmp_path).find("xl").ref()
    prompts = "[a cat|a dog] [by day:by night:0.5] AND snow :0.5", "a cat by day"
    first, second = (made(engine, xl, text, []).pixels.rgb for text in prompts)
    assert first != second
    files = kept(tmp_path, drawn(96, 64), boxed(96, 64, (10, 10, 60, 50)))
    changes, stays = (
        engine.run(start_job(files, replace(START, prompt=text)), lambda event: None).pixels.rgb
        for text in ("[a house|a boat]", "a house")
    )
    assert changes != stays
    request = resolve(replace(SMALL, prompt="[a cat:a dog:0.5]", refiner="twin"))
    twin = replace(xl, id="twin")
    refined = engine.run(Job(request, xl, refiner=twin), lambda event: None).pixels.rgb
    assert refined == made(engine, xl, "[a cat:a dog:0.5]", []).pixels.rgb, "the same model twice"


class Straight:
    """A network that says of a picture what its text is, and takes that for x0."""

    def raw(self, x: torch.Tensor, sigma: float, cond: Conditioning) -> torch.Tensor:
        return cond.states.expand_as(x)

    def x0_from(self, x: torch.Tensor, sigma: float, raw: torch.Tensor) -> torch.Tensor:
        return raw

    def progress(self, sigma: float) -> float:
        return sigma


def test_joined_texts_guide_with_their_weights() -> None:
    nothing, first, second = (Conditioning(torch.full((1, 1, 1, 1), n)) for n in (1.0, 3.0, 6.0))
    network = cast(Network, Straight())
    parts = [(first, 1.0), (second, -0.5)]
    denoise = composed(network, parts, nothing, 4.0, between=(0.0, 0.5))
    x = torch.zeros(1, 4, 2, 2)
    # 1 + 4 (1 * (3 - 1) - 0.5 * (6 - 1)), and with a scale of 1 where there is no guidance
    assert torch.equal(denoise(x, 0.2), torch.full_like(x, -1.0))
    assert torch.equal(denoise(x, 0.9), torch.full_like(x, 0.5))


def test_and_joins_texts_of_unequal_length(engine: DiffusionEngine, smallest: ModelRef) -> None:
    one = made(engine, smallest, "a cat", [])
    long = ", ".join(["a dog on a meadow"] * 30)
    same = made(engine, smallest, f"a cat AND {long} :0", [])
    both = made(engine, smallest, f"a cat AND {long} :0.7", [])
    pairs = zip(one.pixels.rgb, same.pixels.rgb, strict=True)
    assert max(abs(a - b) for a, b in pairs) <= 1
    assert both.pixels.rgb != one.pixels.rgb


def test_weights_of_texts_in_turn_are_reckoned_together_as_the_web_ui_does(
    engine: DiffusionEngine,
    smallest: ModelRef,
    told: list[torch.Tensor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plainly = ClipTextEncoder.forward

    def raised(self: ClipTextEncoder, *args: Any, **kwargs: Any) -> TextStates:
        read = plainly(self, *args, **kwargs)  # whose states average to nothing
        return replace(read, last_hidden_state=read.last_hidden_state + 0.1)

    monkeypatch.setattr(ClipTextEncoder, "forward", raised)

    def states(prompt: str, **values: object) -> list[torch.Tensor]:
        told.clear()
        made(engine, smallest, prompt, [], compatibility="a1111", **values)
        return list(told)

    cat, dog = "a (cat:1.5) by night", "a dog by night"
    weights = {one: states(text, emphasis="no_norm")[0] for one, text in (("c", cat), ("d", dog))}
    plain = states("a cat by night")[0], states(dog)[0]
    rows = "cdcd"  # in each step one, and each counts as often as it has one
    before = sum(plain["cd".index(one)].mean() for one in rows)
    after = sum(weights[one].mean() for one in rows)
    for one, state in zip("ccdc", states(f"[{cat}|{dog}]"), strict=True):
        assert torch.allclose(state, weights[one] * (before / after), rtol=1e-5, atol=1e-6)
    ours = made(engine, smallest, f"[{cat}|{dog}]", [])
    assert dict(ours.fingerprint)["prompt"] == "1"


def test_texts_of_unequal_length_are_filled_up_as_the_web_ui_does(
    engine: DiffusionEngine, smallest: ModelRef, told: list[torch.Tensor]
) -> None:
    def states(prompt: str) -> list[torch.Tensor]:
        told.clear()
        made(engine, smallest, prompt, [], guidance=2.0, compatibility="a1111")
        return list(told)

    long = ", ".join(["a dog on a meadow"] * 30)
    short, nothing, whole = states("a cat")[0], states("")[0], states(long)[1]
    assert whole.shape[0] > short.shape[0]
    missing = whole.shape[0] // 77 - 1
    turns = states(f"[a cat:{long}:2]")
    first = next(state for state in turns if torch.equal(state[:77], short))
    assert torch.equal(first, torch.cat([short, *[nothing] * missing]))
    joined = states(f"a cat AND {long}")
    first = next(state for state in joined if torch.equal(state[:77], short))
    assert torch.equal(first, torch.cat([short, short[-1:].expand(77 * missing, -1)]))
    told.clear()
    made(engine, smallest, f"a cat AND {long}", [])
    assert {len(state) for state in told} == {77, len(whole)}, "our own way tells no more"
