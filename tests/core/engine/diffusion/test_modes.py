"""Ways of saving time: what is worked out in full and what is not, and that nothing changes where
they are off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.engine import DiffusionEngine
from core.engine.diffusion.networks import layers
from core.engine.diffusion.networks.convolutions import rounded_matrices, ways
from core.engine.diffusion.networks.convolutions.rounded_matrices import (
    RoundedMatrix,
    multiplies_int8,
)
from core.engine.diffusion.networks.transformer import Attention, TextKeys, TransformerBlock
from core.engine.diffusion.networks.unet import UNet
from core.engine.diffusion.parts import device
from core.engine.diffusion.parts.feature_reuse import FeatureReuse
from core.engine.diffusion.time_saving import int8_matrices, token_merging
from core.engine.diffusion.time_saving.int8_matrices import set_int8_matrices
from core.engine.diffusion.time_saving.token_merging import TokenMerging, set_token_merging
from core.models.library.library import Library
from core.system.errors import InvalidRequest, WorldError
from core.system.json_files import as_table, parse_json
from core.system.paths import RESOURCES
from core.values.events import CheckpointReady, Event, PictureNote
from core.values.job import Job, LatentCheckpoint
from core.values.picture import Result
from core.values.request import Request
from core.values.request_parts.time_saving import INT8, TINY
from core.values.resolved_request import resolve

STARTER = Library(Path("nowhere")).find("starter").ref()
SMALL = Request("a red house on snow", seed=5, steps=6, width=64, height=64, sampler="euler")
BOTH, PLAIN, OTHER = (TextKeys(torch.zeros(1)) for _ in range(3))
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    spec = EngineSpec(device="cpu", previews=False, checkpoint_interval=0.0)
    with DiffusionEngine(spec) as engine:

        def runs(
            request: Request,
            heard: list[Event] | None = None,
            resume: LatentCheckpoint | None = None,
        ) -> Result:
            hear = [].append if heard is None else heard.append
            return engine.run(Job(resolve(request), STARTER, resume=resume), hear)

        yield runs


def whole_calls(interval: int, calls: list[tuple[TextKeys, float]]) -> list[bool]:
    """Which of these calls, by text and noise level, are whole."""
    reuse = FeatureReuse(interval)
    found: list[bool] = []
    for text, sigma in calls:
        deep = reuse.features(text, sigma)
        assert deep is not None
        found.append(deep.kept is None)
        deep.kept = torch.zeros(1)
    return found


def test_one_call_of_the_interval_is_whole() -> None:
    calls = [(BOTH, float(9 - step)) for step in range(7)]
    assert whole_calls(3, calls) == [True, False, False, True, False, False, True]


def test_branches_that_are_called_apart_are_one_evaluation() -> None:
    calls = [(text, float(9 - step)) for step in range(4) for text in (PLAIN, OTHER)]
    assert whole_calls(2, calls) == [True, True, False, False] * 2


def test_a_sampler_that_calls_twice_a_step_is_counted_by_its_calls() -> None:
    # as Heun's: the next level is asked for at the end of a step and again at the next one's begin
    levels = (9.0, 8.0, 8.0, 7.0, 7.0)
    calls = [(BOTH, sigma) for sigma in levels]
    assert whole_calls(2, calls) == [True, False, True, False, True]


def test_another_layout_of_branches_begins_with_a_whole_call() -> None:
    texts = (PLAIN, PLAIN, BOTH, BOTH, BOTH, PLAIN, PLAIN)
    calls = [(text, float(9 - step)) for step, text in enumerate(texts)]
    whole = whole_calls(4, calls)
    assert whole == [True, False, True, False, True, True, False]


def test_an_interval_of_one_is_none_at_all(run: Run) -> None:
    assert FeatureReuse(1).features(BOTH, 1.0) is None
    alone = replace(SMALL, steps=1)
    assert run(replace(alone, feature_reuse=3)).pixels == run(alone).pixels


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"sampler": "heun"},
        {"guidance": 1.0},
        {"guidance_from": 0.3, "guidance_until": 0.7},
        {"negative_prompt": "fog " * 100},  # longer than the prompt: called apart
    ],
)
def test_what_is_gone_on_with_is_the_same_picture(run: Run, more: dict[str, object]) -> None:
    request = replace(SMALL, feature_reuse=3, **more)
    heard: list[Event] = []
    uninterrupted = run(request, heard).pixels
    kept = [event.checkpoint for event in heard if isinstance(event, CheckpointReady)]
    assert [checkpoint.step for checkpoint in kept] == [3]
    assert run(request, resume=kept[0]).pixels == uninterrupted
    assert uninterrupted != run(replace(request, feature_reuse=1)).pixels


def blocks_that_merge(family: str) -> set[str]:
    """The names of the levels whose blocks merge, after it was set on this family's network."""
    path = RESOURCES / "families" / family / "unet" / "config.json"
    with torch.device("meta"):
        unet = UNet.from_config(as_table(parse_json(path.read_text())))
    set_token_merging(unet, 0.5)
    found = {
        ".".join(name.split(".")[:2])
        for name, module in unet.named_modules()
        if isinstance(module, TransformerBlock) and module.merging is not None
    }
    set_token_merging(unet, 0.0)
    assert not any(getattr(module, "merging", None) for module in unet.modules())
    return found


def test_the_largest_features_that_attend_are_merged() -> None:
    assert blocks_that_merge("sd15") == {"down_blocks.0", "up_blocks.3"}
    assert blocks_that_merge("sdxl") == {"down_blocks.1", "up_blocks.1"}


def test_tokens_that_are_alike_come_back_as_they_were() -> None:
    cells = torch.randn(2, 4, 3, 8)
    tokens = cells.repeat_interleave(2, 1).repeat_interleave(2, 2).flatten(1, 2)
    for ratio, left in ((0.25, 36), (0.5, 24), (0.75, 12)):
        merged = TokenMerging(ratio, least=1)(tokens, (8, 6))
        assert merged is not None
        gathered = merged.gathered(tokens)
        assert gathered.shape == (2, left, 8)
        torch.testing.assert_close(merged.spread(gathered), tokens)


def test_tokens_join_the_one_that_is_most_like_them() -> None:
    tokens = torch.randn(1, 5 * 7, 4, generator=torch.Generator().manual_seed(0))
    merged = TokenMerging(0.3, least=1)(tokens, (5, 7))
    assert merged is not None
    everything = torch.cat([merged.stay, merged.alone[0], merged.joining[0]])
    assert everything.sort().values.tolist() == list(range(35))
    unit = torch.nn.functional.normalize(tokens[0], dim=1)
    likeness = unit @ unit[merged.stay].T
    assert torch.equal(likeness[merged.joining[0]].argmax(1), merged.joined[0])
    least_alike = likeness[merged.joining[0]].max(1).values.min()
    assert likeness[merged.alone[0]].max() <= least_alike


def test_merging_acts_from_768_pixels_on_and_is_the_same_each_time(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = replace(SMALL, steps=2, token_merging=0.5)
    plain = run(replace(request, token_merging=0.0)).pixels
    assert run(request).pixels == plain
    monkeypatch.setattr(token_merging, "LEAST_PLACES", 8 * 8)
    merged = run(request).pixels
    assert merged != plain and run(request).pixels == merged
    assert run(replace(request, token_merging=0.0)).pixels == plain


def test_the_tiny_decoder_makes_nearly_the_same_picture(run: Run) -> None:
    larger = replace(SMALL, width=128, height=128)  # smaller ones are hardly pictures
    result = run(replace(larger, decoder=TINY))
    full = run(larger)
    near = torch.tensor(list(result.pixels.rgb)).float(), torch.tensor(list(full.pixels.rgb))
    assert 0 < (near[0] - near[1]).abs().mean() < 12
    assert ("decoder", TINY) in result.fingerprint
    assert not any(name == "decoder" for name, _ in full.fingerprint)


def test_a_model_without_a_tiny_decoder_says_so(tmp_path: Path) -> None:
    for part in (RESOURCES / "starter").iterdir():
        if part.name != "tiny_decoder.safetensors":
            (tmp_path / part.name).symlink_to(part)
    job = Job(resolve(replace(SMALL, decoder=TINY)), replace(STARTER, path=str(tmp_path)))
    with (
        DiffusionEngine(EngineSpec(device="cpu", previews=False)) as engine,
        pytest.raises(InvalidRequest, match="no tiny decoder"),
    ):
        engine.run(job, lambda event: None)


def test_bf16_is_refused_where_a_processor_does_not_multiply_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(device, "multiplies_bfloat16", lambda: False)
    with pytest.raises(WorldError, match="AMX"):
        device.choose_device("cpu", "bf16")


def test_bf16_is_reckoned_in_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "multiplies_bfloat16", lambda: True)
    spec = EngineSpec(device="cpu", weights="bf16", previews=False)
    with DiffusionEngine(spec) as engine:
        job = Job(resolve(replace(SMALL, steps=2)), STARTER)
        result = engine.run(job, lambda event: None)
    assert ("dtype", "bfloat16") in result.fingerprint
    assert result.outcome is not None and result.outcome.device == "cpu bf16"


needs_int8 = pytest.mark.skipif(not multiplies_int8(), reason="no instructions for int8 here")


def off_by(found: torch.Tensor | None, wanted: torch.Tensor) -> float:
    """The difference's length by the wanted answer's."""
    assert found is not None and found.shape == wanted.shape
    return float((found - wanted).norm() / wanted.norm())


@needs_int8
@pytest.mark.parametrize("outputs", [(96,), (32,), (16, 16, 80)], ids=["more", "fewer", "joined"])
@pytest.mark.parametrize("moved", [0.0, 3.0], ids=["around 0", "above 0"])
def test_a_rounded_product_is_one_percent_off(
    monkeypatch: pytest.MonkeyPatch, outputs: tuple[int, ...], moved: float
) -> None:
    monkeypatch.setattr(rounded_matrices, "SMALL", 0)
    monkeypatch.setattr(rounded_matrices, "NARROW", 0)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 9, 64, generator=generator) + moved
    weights = [torch.randn(out, 64, generator=generator) for out in outputs]
    bias = torch.randn(sum(outputs), generator=generator)
    layer = RoundedMatrix()
    assert off_by(layer.product(x, weights, bias), x @ torch.cat(weights).T + bias) < 0.02
    weights[0].mul_(-2.0)  # as an adapter writes
    assert off_by(layer.product(x, weights, None), x @ torch.cat(weights).T) < 0.02
    weights[-1] = torch.randn(outputs[-1], 64, generator=generator)
    assert off_by(layer.product(x, weights, None), x @ torch.cat(weights).T) < 0.02
    nothing = layer.product(x * 0, weights, None)
    assert nothing is not None and not torch.count_nonzero(nothing)
    assert layer.product(x / 0, weights, None) is None  # said where it always is


@needs_int8
def test_a_token_with_large_numbers_costs_the_others_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rounded_matrices, "SMALL", 0)
    monkeypatch.setattr(rounded_matrices, "NARROW", 0)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(1, 8, 64, generator=generator)
    x[:, 0] *= 1000
    weight = torch.randn(32, 64, generator=generator)
    found = RoundedMatrix().product(x, [weight], None)
    assert found is not None
    assert off_by(found[:, 1:], x[:, 1:] @ weight.T) < 0.02


def test_narrow_matrices_and_little_work_stay_in_full() -> None:
    wide = torch.zeros(512, 256)
    assert RoundedMatrix().product(torch.zeros(1, 8, 256), [wide], None) is None
    assert RoundedMatrix().product(torch.zeros(1, 4096, 64), [torch.zeros(512, 64)], None) is None


def test_matrices_of_the_transformers_are_rounded_and_no_others() -> None:
    path = RESOURCES / "families" / "sdxl" / "unet" / "config.json"
    with torch.device("meta"):
        unet = UNet.from_config(as_table(parse_json(path.read_text())))
    set_int8_matrices(unet, True)
    named = dict(unet.named_modules())
    block = "mid_block.attentions.0.transformer_blocks.0"
    found = {
        name.removeprefix(f"{block}.")
        for name, module in named.items()
        if isinstance(module, layers.Linear | Attention) and module.rounded is not None
        if name.startswith((block + ".", "time_embedding", "add_embedding", "conv"))
    }
    wanted = {"attn1", "attn1.to_out.0", "attn2.to_q", "attn2.to_out.0", "ff.net.0.proj"}
    assert found == wanted | {"ff.net.2"}
    kept = named[f"{block}.ff.net.2"].rounded
    set_int8_matrices(unet, True)
    assert named[f"{block}.ff.net.2"].rounded is kept  # for the next picture
    set_int8_matrices(unet, False)
    assert not any(getattr(module, "rounded", None) for module in named.values())


@needs_int8
@pytest.mark.skipif(not ways._X86, reason="other processors multiply in full")
def test_int8_makes_nearly_the_same_picture_and_full_the_very_same(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = run(SMALL)
    monkeypatch.setattr(rounded_matrices, "SMALL", 0)
    monkeypatch.setattr(rounded_matrices, "NARROW", 0)
    result = run(replace(SMALL, matrices=INT8))
    near = torch.tensor(list(result.pixels.rgb)).float(), torch.tensor(list(full.pixels.rgb))
    assert 0 < (near[0] - near[1]).abs().mean() < 6
    assert ("matrices", INT8) in result.fingerprint
    assert run(SMALL).pixels == full.pixels


def test_a_processor_without_int8_says_so_and_multiplies_in_full(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(int8_matrices, "multiplies_int8", lambda: False)
    heard: list[Event] = []
    result = run(replace(SMALL, matrices=INT8), heard)
    assert result.pixels == run(SMALL).pixels
    assert not any(name == "matrices" for name, _ in result.fingerprint)
    notes = [event.text for event in heard if isinstance(event, PictureNote)]
    assert any("no instructions for int8" in note for note in notes)
    compute = device.choose_device("cpu")
    assert "Weights" in int8_matrices.why_no_int8(replace(compute, eight_bit=True))
