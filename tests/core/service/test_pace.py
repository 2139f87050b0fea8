"""How long a picture takes: from synthetic histories, and from a picture
of the starter made here."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.engine import open_engine
from core.engine.contract.box import Box
from core.engine.contract.extension import passes
from core.engine.contract.protocol import EngineSpec
from core.models.files.families import FAMILIES
from core.models.files.fit import SOURCE_BYTES, SecondsSpan, fit, needs_of, predicted
from core.models.files.operations import denoiser_layers, operations_of
from core.service import time_prediction
from core.service.fit_prediction import fit_on_device
from core.service.making.runner import Runner
from core.service.stores import Stores
from core.store.memory_history import TimedRun
from core.system.paths import RESOURCES
from core.values.device import MemoryMode
from core.values.job import MemoryOutcome
from core.values.request import Request
from core.values.request_parts.hires import BY_HAND, Hires
from core.values.request_parts.start_picture import StartPicture

STARTER = RESOURCES / "starter"
ROW = FAMILIES["starter"]


def runs(*seconds: float, work: float = 1e12, model: str = "a") -> list[TimedRun]:
    return [TimedRun(model, "resident", one, work) for one in seconds]


def one(own: list[TimedRun], others: list[TimedRun], work: float) -> time_prediction.SecondsSpan:
    found = time_prediction.estimate_seconds(own, [*own, *others], work)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "seconds",
    [(2.0, 2.1, 29.0, 2.2, 1.9), (29.0, 2.0), (2.0, 29.0, 29.0), (29.0, 29.0, 2.1, 29.0, 29.0)],
)
def test_one_slow_run_never_stands(seconds: tuple[float, ...]) -> None:
    found = one(runs(*seconds), [], 1e12)
    assert 1.9 <= found.low == found.high <= 2.2


def test_a_single_slow_run_beside_other_work_is_scaled_by_its_processor_time() -> None:
    """Two threads could have computed for 40 seconds and did for 20:
    the other half went to other programs."""
    busy = TimedRun("a", "resident", 20.0, 1e12, processor=20.0, threads=2)
    assert one([busy], [], 1e12).likely == pytest.approx(
        20 / 2 / time_prediction.USUAL_THREAD_USE, abs=0.01
    )
    waited = replace(busy, waited=18.0)
    assert one([waited], [], 1e12).likely == pytest.approx(
        20 / 2 / time_prediction.USUAL_THREAD_USE, abs=0.01
    )
    never_waited = replace(busy, waited=0.1)
    assert one([never_waited], [], 1e12).likely == 20.0, (
        "nobody took its time: a small model uses one thread and a half"
    )
    quiet = TimedRun("a", "resident", 14.0, 1e12, processor=20.0, waited=0.1, threads=2)
    assert one([waited, quiet], [], 1e12).likely == pytest.approx(14.0, abs=0.01)
    assert one([busy], [replace(quiet, model="b")], 1e12).likely == pytest.approx(14.0, abs=0.01), (
        "how many threads run at once is the machine's"
    )


def test_a_larger_size_takes_longer_than_its_pixels_say() -> None:
    def work(side: int) -> float:
        return time_prediction.multiplications_of(
            STARTER, Request(width=side, height=side), "starter", "cpu"
        ) - 20 * time_prediction.call_overhead("cpu")

    calls = [operations_of(STARTER).denoiser.call(side, side) for side in (256, 512, 2048, 4096)]
    assert calls[3] / calls[2] > 1.2 * calls[1] / calls[0], "attention grows with the square"
    assert work(512) < 5 * work(256)
    small, large = (
        time_prediction.multiplications_of(
            STARTER, Request(width=side, height=side), "starter", "cpu"
        )
        for side in (256, 384)
    )
    found = one(runs(2.0, work=small), [], large)
    assert found.likely == pytest.approx(2.0 * large / small, abs=0.01) and found.low == found.high
    far = one(
        runs(2.0, work=small),
        [],
        time_prediction.multiplications_of(
            STARTER, Request(width=4096, height=4096), "starter", "cpu"
        ),
    )
    assert far.low > 180 and far.high > far.low, "minutes, and a span: nothing like it was seen"


def test_a_model_never_used_before_gets_a_span_by_what_others_took() -> None:
    found = one([], runs(2.0, 30.0, 2.1, work=1e12), 40e12)
    assert found.low < 80 < found.high and found.high < 3 * found.low
    assert (
        time_prediction.estimate_seconds([], [], 1e12) is None
        and time_prediction.estimate_seconds(runs(1.0), runs(1.0), 0.0) is None
    )
    alone = one(runs(3600.0, work=40e12, model="new"), runs(2.0, 2.0, work=1e12), 40e12)
    assert alone.low < 200 < alone.high == 3600, (
        "one slow run of it, and the others say that it should be quicker"
    )


def test_work_follows_steps_guidance_and_sampler() -> None:
    base = Request(steps=20, guidance=4.0, sampler="euler")
    calls, branches = time_prediction.denoiser_calls(base, ROW)
    assert (calls, branches) == (20, 40)
    assert time_prediction.denoiser_calls(replace(base, guidance=1.0), ROW) == (20, 20)
    assert time_prediction.denoiser_calls(
        replace(base, steps=4, sampler="lcm", guidance=1.0), ROW
    ) == (4, 4)
    assert time_prediction.denoiser_calls(replace(base, sampler="dpm_2"), ROW) == (39, 78), (
        "no second call on the last step, to zero noise"
    )
    assert time_prediction.denoiser_calls(
        replace(base, guidance_from=0.25, guidance_until=0.75), ROW
    ) == (
        20,
        30,
    )
    assert time_prediction.denoiser_calls(replace(base, guidance=3.5), FAMILIES["flux"]) == (
        20,
        20,
    ), "it is told the guidance"
    whole = time_prediction.multiplications_of(STARTER, base, "starter", "cpu")
    assert (
        time_prediction.multiplications_of(
            STARTER, replace(base, steps=4, guidance=1.0), "starter", "cpu"
        )
        < whole / 4
    )
    assert time_prediction.with_request(
        time_prediction.SecondsSpan(3, 3), replace(base, sampler="dpm_adaptive")
    ) == time_prediction.SecondsSpan(1, 9)


def test_work_knows_what_saves_time() -> None:
    def work(**more: Any) -> float:
        request = replace(Request(steps=20, sampler="euler"), **more)
        return time_prediction.multiplications_of(STARTER, request, "starter", "cpu")

    large = {"width": 1024, "height": 1024}
    # 7 whole steps of 20, and 13 that cost a twelfth; texts and decoding stay
    assert 0.35 < work(feature_reuse=3) / work() < 0.6
    assert work(feature_reuse=5) < work(feature_reuse=3)
    assert work(feature_reuse=3, steps=1) == work(steps=1)
    assert work(decoder="tiny") < work()
    assert work(token_merging=0.5) == work()
    assert work(token_merging=0.5, **large) < work(**large)


def test_another_rung_of_the_ladder_is_another_pace() -> None:
    found = time_prediction.estimate_seconds(runs(2.0), runs(2.0), 1e12, "components")
    assert found is not None and found.low < 2.0 < found.high


@pytest.mark.parametrize(
    ("family", "sides"), [("sd15", (512, 1024)), ("sd21", (768,)), ("sdxl", (1024,))]
)
def test_operations_are_those_that_torch_counts(family: str, sides: tuple[int, ...]) -> None:
    import torch
    from diffusers import UNet2DConditionModel
    from torch.utils.flop_counter import FlopCounterMode

    config: dict[str, Any] = json.loads(
        (RESOURCES / "families" / family / "unet" / "config.json").read_text()
    )
    with torch.device("meta"), torch.no_grad():
        unet = UNet2DConditionModel.from_config(config)
        more = (
            {}
            if family != "sdxl"
            else {
                "added_cond_kwargs": {
                    "text_embeds": torch.zeros(1, 1280),
                    "time_ids": torch.zeros(1, 6),
                }
            }
        )
    names = {name: tuple(tensor.shape) for name, tensor in unet.state_dict().items()}
    for side in sides:
        with (
            torch.device("meta"),
            torch.no_grad(),
            FlopCounterMode(display=False) as counter,
        ):
            unet(
                torch.zeros(1, 4, side // 8, side // 8),
                torch.zeros(1),
                torch.zeros(1, 77, config["cross_attention_dim"]),
                **more,
            )
        counted = counter.get_total_flops() / 2
        assert denoiser_layers(names).call(side, side) == pytest.approx(counted, rel=0.001)


def test_single_files_are_counted_like_folders() -> None:
    """The same network under CompVis' names (down to one block of each kind)
    and under those of diffusers."""
    diffusers = {
        "conv_in.weight": (8, 4, 3, 3),
        "down_blocks.0.resnets.0.conv1.weight": (8, 8, 3, 3),
        "down_blocks.0.downsamplers.0.conv.weight": (8, 8, 3, 3),
        "down_blocks.1.resnets.0.conv1.weight": (16, 8, 3, 3),
        "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q.weight": (16, 16),
        "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight": (16, 32),
        "mid_block.resnets.0.conv1.weight": (16, 16, 3, 3),
        "up_blocks.0.resnets.0.conv1.weight": (16, 32, 3, 3),
        "up_blocks.0.upsamplers.0.conv.weight": (16, 16, 3, 3),
        "up_blocks.1.resnets.0.conv1.weight": (8, 24, 3, 3),
        "time_embedding.linear_1.weight": (32, 8),
        "conv_out.weight": (4, 8, 3, 3),
    }
    compvis = {
        "input_blocks.0.0.weight": (8, 4, 3, 3),
        "input_blocks.1.0.in_layers.2.weight": (8, 8, 3, 3),
        "input_blocks.2.0.op.weight": (8, 8, 3, 3),
        "input_blocks.3.0.in_layers.2.weight": (16, 8, 3, 3),
        "input_blocks.3.1.transformer_blocks.0.attn1.to_q.weight": (16, 16),
        "input_blocks.3.1.transformer_blocks.0.attn2.to_k.weight": (16, 32),
        "middle_block.0.in_layers.2.weight": (16, 16, 3, 3),
        "output_blocks.0.0.in_layers.2.weight": (16, 32, 3, 3),
        "output_blocks.0.1.conv.weight": (16, 16, 3, 3),
        "output_blocks.1.0.in_layers.2.weight": (8, 24, 3, 3),
        "time_embed.0.weight": (32, 8),
        "out.2.weight": (4, 8, 3, 3),
    }
    assert denoiser_layers(diffusers).call(512, 768) == denoiser_layers(compvis).call(512, 768) > 0


def test_runs_are_kept_and_told_by_device(stores: Stores) -> None:
    path = str(STARTER)
    stores.memory_history.record(
        path,
        MemoryOutcome(
            "cpu", "resident", 1, seconds=2.0, processor=3.0, waited=0.5, threads=2, loading=1.5
        ),
        256,
        256,
        1e12,
    )
    stores.memory_history.record(
        path, MemoryOutcome("cuda:0 (Card)", "resident", 1, seconds=0.1), 256, 256, 1e12
    )
    stores.memory_history.record(
        path, MemoryOutcome("cpu 8bit", "resident", 1, seconds=4.0), 256, 256, 1e12
    )
    stores.memory_history.record(path, MemoryOutcome("cpu", "resident", 1), 256, 256)
    assert stores.memory_history.runs("cpu", model=path) == (
        TimedRun(path, "resident", 2.0, 1e12, 3.0, 0.5, 2, 1.5),
    )
    assert [plan.seconds for plan in stores.memory_history.runs("cuda")] == [0.1]
    assert [plan.seconds for plan in stores.memory_history.runs("cpu", eight=True)] == [4.0]


def test_a_pictures_own_run_is_told_from_others_of_its_model(stores: Stores) -> None:
    history = stores.memory_history
    for peak, job in ((1, "slow"), (2, "quick"), (3, "")):
        outcome = MemoryOutcome("cpu", "resident", 1, peak=peak, seconds=float(peak))
        history.record("x", outcome, 64, 64, 1e12, job)
    for job, expected in (("slow", 1), ("quick", 2), ("gone", 3), ("", 3)):
        peak, run = history.noted_of("x", (64, 64), time.time(), job)
        assert run is not None and (peak, run.seconds) == (expected, expected)
    with stores.database.transaction() as db:
        db.execute("DELETE FROM ways WHERE peak = 3")
    assert history.noted_of("x", (64, 64), time.time(), "gone") == (0, None)


def test_a_picture_of_the_starter_is_learnt_from(stores: Stores, tmp_path: Path) -> None:
    """Its seconds for the next prediction; its peak, measured by the system, is near the first."""
    guess = fit_on_device(stores, "starter", "128x128", "cpu")[0]
    assert guess.seconds_estimate is None
    with open_engine(EngineSpec(device="cpu", runs_in="process", previews=False)) as engine:
        Runner(stores, engine).render_to(
            Request("a red house", seed=1, steps=2, width=128, height=128),
            tmp_path / "x.png",
            lambda _: None,
        )
    measured = stores.memory_history.measured_peaks(stores.library.find("starter").path, "cpu")
    if sys.platform == "linux":
        assert measured and 0.5 < measured[0][3] / guess.peak_bytes < 2
    plan = stores.memory_history.runs("cpu")[0]
    assert plan.seconds > 0 and plan.processor > 0 and plan.threads > 0 and plan.loading > 0
    asked = Request(steps=2, width=128, height=128)
    assert plan.work == pytest.approx(
        operations_of(STARTER).picture(128, 128, 4) + 2 * time_prediction.call_overhead("cpu")
    )
    assert plan.work == time_prediction.multiplications_of(STARTER, asked, "starter", "cpu")
    found = fit_on_device(stores, "starter", "128x128", "cpu")[0]
    assert found.seconds_estimate is not None and found.seconds_span is not None
    assert found.seconds_span[0] <= found.seconds_estimate <= found.seconds_span[1]


def test_pictures_of_several_passes_are_counted_and_teach_no_times() -> None:
    def work(request: Request) -> float:
        return time_prediction.multiplications_of(STARTER, request, "starter", "cpu")

    plain = Request(width=256, height=256, steps=20, sampler="euler")
    started = replace(plain, start=StartPicture(source="a" * 64, strength=0.5))
    all_steps = replace(started, start=replace(started.start, exact_steps=True))
    assert 0.4 * work(plain) < work(started) < 0.75 * work(plain) < work(plain) < work(all_steps)
    extended = replace(all_steps, start=replace(all_steps.start, extend=(0, 0, 300, 0)))
    in_passes = time_prediction.multiplications_of(STARTER, extended, "starter", "cpu", (256, 256))
    count = len(list(passes(Box.of((256, 256)), (556, 256), ROW.window)))
    assert count > 1 and in_passes == pytest.approx(count * work(extended))
    large = replace(plain, width=512, height=512)
    refined = replace(large, hires=Hires(mode=BY_HAND, scale=2, steps=10))
    through_pixels = replace(refined, hires=replace(refined.hires, upscaler="lanczos"))
    calls = work(replace(large, steps=10)) + work(plain)
    assert 0.9 * calls < work(refined) < 1.01 * calls
    assert work(refined) < work(through_pixels) < work(large) * 2
    assert not any(
        time_prediction.time_is_typical(request) for request in (started, refined, through_pixels)
    )
    assert time_prediction.time_is_typical(replace(started, start=StartPicture(strength=0.3)))
    assert time_prediction.with_request(SecondsSpan(1, 2), refined) == SecondsSpan(1, 2)


def test_a_picture_from_outside_takes_memory_of_its_own() -> None:
    needs = needs_of(STARTER)
    size = 256, 256

    def peak(source: int) -> int:
        return predicted(needs, *size, MemoryMode.RESIDENT, half=False, source=source)

    assert peak(64_000_000) - peak(0) == 64_000_000 * SOURCE_BYTES
    enough = peak(0) + 10**8
    for source, fits in ((1_000_000, True), (64_000_000, False)):
        found = fit(needs, *size, enough, MemoryMode.on("cpu"), half=False, source=source)
        assert found.fits is fits
