"""A picture that was interrupted goes on from its last kept latents, to the very same bits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import psutil
import pytest

from core.engine import open_engine
from core.engine.contract.networks import NETWORKS
from core.engine.contract.protocol import Engine, EngineSpec
from core.models.library.library import Library
from core.sampling.samplers import SAMPLERS
from core.service.making.runner import Runner
from core.service.stores import open_stores
from core.store import checkpoints
from core.store.checkpoints import CheckpointStore
from core.system.errors import Cancelled
from core.system.json import dumps, to_plain
from core.system.paths import Places
from core.values.events import CheckpointReady, Event, StepDone
from core.values.job import Job, LatentCheckpoint, ModelRef
from core.values.request import Request
from core.values.request_parts.fresh_noise import FreshNoise
from core.values.request_parts.levels import Levels

STARTER = Library(Path("nowhere")).find("starter").ref()
ONE_STEP = [row.id for row in SAMPLERS.values() if row.one_step]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine(EngineSpec(device="cpu", checkpoint_interval=0.0)) as opened:
        yield opened


def run(
    engine: Engine,
    request: Request,
    resume: LatentCheckpoint | None = None,
    *,
    model: ModelRef = STARTER,
) -> tuple[bytes, list[LatentCheckpoint], list[int]]:
    kept: list[LatentCheckpoint] = []
    steps: list[int] = []

    def hear(event: Event) -> None:
        if isinstance(event, CheckpointReady):
            kept.append(event.checkpoint)
        if isinstance(event, StepDone):
            steps.append(event.step)

    return engine.run(Job(request, model, resume=resume), hear).pixels.rgb, kept, steps


@pytest.mark.parametrize("sampler", ONE_STEP)
def test_one_step_samplers_go_on_to_the_same_bits(
    engine: Engine, smallest: ModelRef, sampler: str
) -> None:
    row = SAMPLERS[sampler]
    other: dict[str, object] = {"eta": 0.6} if row.stochastic else {"compatibility": "comfyui"}
    if row.churn:  # of which a part of the steps has as much as the whole
        other["fresh_noise"] = FreshNoise(s_churn=1.5, s_tmin=0.1)
    for more in ({}, other):
        request = Request(
            "a red house on snow", seed=5, steps=4, width=64, height=64, sampler=sampler, **more
        )  # type: ignore[arg-type]
        whole, kept, _ = run(engine, request, model=smallest)
        assert [one.step for one in kept] == [1, 2, 3]
        again, _, steps = run(engine, request, kept[1], model=smallest)
        assert again == whole and steps == [3, 4]


def test_latents_of_other_networks_are_begun_anew(engine: Engine) -> None:
    """As an earlier version wrote them, whose networks were diffusers'."""
    request = Request("a red house on snow", seed=5, steps=4, width=64, height=64, sampler="euler")
    whole, kept, _ = run(engine, request)
    mine = kept[1].fingerprint
    assert ("networks", NETWORKS) in mine
    libraries = (("diffusers", "0.42.1"), ("transformers", "5.23.0"))
    at = mine.index(("networks", NETWORKS))
    earlier = replace(kept[1], fingerprint=(*mine[:at], *libraries, *mine[at + 1 :]))
    assert run(engine, request, earlier)[::2] == (whole, [1, 2, 3, 4])


def test_what_does_not_fit_is_begun_anew(engine: Engine) -> None:
    request = Request("a red house on snow", seed=5, steps=4, width=64, height=64, sampler="euler")
    whole, kept, _ = run(engine, request)
    other = LatentCheckpoint(2, 0, kept[1].shape, kept[1].data, (("device", "another"),))
    for resume in (
        other,
        LatentCheckpoint(2, 0, (1, 4, 4, 8), bytes(512), kept[1].fingerprint),
        LatentCheckpoint(9, 0, kept[1].shape, kept[1].data, kept[1].fingerprint),
    ):
        assert run(engine, request, resume)[::2] == (whole, [1, 2, 3, 4])
    _, none, steps = run(
        engine,
        Request("a red house", seed=5, steps=4, width=64, height=64, sampler="dpmpp_2m"),
        kept[1],
    )
    assert none == [] and steps == [1, 2, 3, 4]


def test_a_stopped_job_goes_on_and_its_file_goes_with_the_picture(
    engine: Engine, where: Places
) -> None:
    stores = open_stores(where)
    request = Request(
        "a red house on snow", seed=5, steps=6, width=64, height=64, sampler="euler_ancestral"
    )
    job = stores.jobs.add([request])[0]
    steps: list[int] = []

    def stop(event: Event) -> None:
        if isinstance(event, StepDone):
            steps.append(event.step)
            if steps == [1, 2, 3, 4]:
                raise Cancelled

    runner = Runner(stores, engine)
    assert runner.run_one(stop).stopped  # type: ignore[union-attr]
    assert (where.checkpoints / f"{job.id}.latents").exists()
    stores.jobs.requeue_last(job.id)
    done = runner.run_one(stop)
    assert done is not None and done.picture is not None and steps == [1, 2, 3, 4, 4, 5, 6]
    assert list(where.checkpoints.iterdir()) == []
    whole, _, _ = run(engine, request)
    from core.metadata.reading import decode_rgb, open_image

    with open_image(Path(done.picture.path)) as image:
        assert decode_rgb(image, "x")[2] == whole
    stores.close()


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is not of this system")
def test_a_killed_engine_costs_only_the_steps_since(where: Places) -> None:
    stores = open_stores(where)
    stores.jobs.add(
        [Request("a red house on snow", seed=5, steps=12, width=64, height=64, sampler="heun")]
    )
    with open_engine(
        EngineSpec(device="cpu", runs_in="process", checkpoint_interval=0.0)
    ) as engine:
        runner, steps = Runner(stores, engine), list[int]()

        def kill(event: Event) -> None:
            if isinstance(event, StepDone):
                steps.append(event.step)
                if event.step == 6 and steps.count(6) == 1:
                    psutil.Process(engine.pid).kill()  # type: ignore[attr-defined]

        first = runner.run_one(kill)
        assert first is not None and first.picture is None
        stores.jobs.requeue(first.job.id)
        begun = len(steps)
        second = runner.run_one(kill)
    assert (
        second is not None and second.picture is not None and steps[begun] > 1 and steps[-1] == 12
    )
    stores.close()


def test_damaged_and_foreign_files_do_not_count(tmp_path: Path) -> None:
    store, request = CheckpointStore(tmp_path), Request("a", seed=1)
    model, checkpoint = (
        ModelRef("m", "M", "starter", "/m", "abc"),
        LatentCheckpoint(3, 2, (1, 4, 2, 2), bytes(range(64)), (("device", "cpu"),)),
    )
    store.save("job", request, model, checkpoint)
    assert store.load("job", request, model) == checkpoint
    assert (
        store.load("job", Request("b", seed=1), model) is None
        and store.load("other", request, model) is None
    )
    assert store.load("job", request, replace(model, prediction="v")) is None
    assert store.load("../job", request, model) is None
    raw = (tmp_path / "job.latents").read_bytes()
    for damaged in (
        raw[:-1],
        raw[:50],
        b"",
        b"[" * 9999,
        raw.replace(b'"step":3', b'"step":"x"'),
        raw[:-1] + b"\xff",
    ):
        (tmp_path / "job.latents").write_bytes(damaged)
        assert store.load("job", request, model) is None
    store.save("new", request, model, checkpoint)
    os.utime(tmp_path / "job.latents", (0, 0))
    store.forget_old()
    assert [path.name for path in tmp_path.iterdir()] == ["new.latents"]


def test_a_field_that_a_later_program_adds_leaves_what_was_kept_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The older program knew no FreeU, say: its mark is still that of a request without it."""
    without = checkpoints.ALWAYS_MARKED - {"freeu"}
    assert {field.name for field in fields(Request)} >= checkpoints.ALWAYS_MARKED
    monkeypatch.setattr(checkpoints, "ALWAYS_MARKED", without)
    model = ModelRef("m", "M", "starter", "/m", "abc")
    known = to_plain(Request("a", seed=1))
    plain = {name: value for name, value in known.items() if name in without}
    older = checkpoints._sum(f"{dumps(plain)}|/m|abc|".encode())
    assert checkpoints._mark(Request("a", seed=1), model) == older
    assert checkpoints._mark(Request("a", seed=1, freeu=(1.0, 1.0, 1.0, 1.0)), model) != older


def test_what_a_later_program_adds_within_a_field_leaves_what_was_kept_good() -> None:
    """The older program knew no last level that is left out, or kept."""
    model = ModelRef("m", "M", "starter", "/m", "abc")
    request = Request("a", seed=1, levels=Levels(rho=3.0))
    plain = to_plain(request)
    usual = to_plain(Request())
    told = {
        name: value
        for name, value in plain.items()
        if name in checkpoints.ALWAYS_MARKED or value != usual[name]
    }
    del told["levels"]["discard_penultimate"], told["levels"]["keep_penultimate"]
    older = checkpoints._sum(f"{dumps(told)}|/m|abc|".encode())
    assert checkpoints._mark(request, model) == older
    left_out = replace(request, levels=Levels(rho=3.0, discard_penultimate=True))
    assert checkpoints._mark(left_out, model) != older
