"""What is kept and said when an engine ends: the cause, the figures,
no prompt and no name of a folder."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from core.engine import open_engine
from core.engine.contract.protocol import EngineSpec, FakeScript
from core.engine.exit_reasons import MemorySample, from_exit_code, from_traceback
from core.engine.process import ProcessEngine
from core.service.incidents import (
    KEPT,
    ProgressRecorder,
    redact,
    save_incident,
    saved_incidents,
)
from core.service.making.runner import Runner
from core.service.report import compose_report
from core.service.stores import Stores, open_stores
from core.system.errors import Cancelled, EngineCrashed
from core.system.paths import Places
from core.values.events import Event, NotResponding, Phase, Preview, StepDone
from core.values.job import Job, JobState, ModelRef
from core.values.request import Request

SECRET_WORDS = "a red house of my neighbour"
FAKE = ModelRef("fake", "Fake", "starter", "")


def stores_with_job(where: Places) -> Stores:
    stores = open_stores(where)
    stores.jobs.add([Request(SECRET_WORDS, seed=1, steps=4)])
    return stores


def spec_for(where: Places, how: str, times: int = 1, phase: str = Phase.SAMPLING) -> EngineSpec:
    return EngineSpec(
        kind="fake",
        runs_in="process",
        logs=str(where.logs),
        fake=FakeScript(0.01, phase, how, times),
    )


@pytest.mark.skipif(os.name == "nt", reason="signals are not of this system")
def test_a_native_fault_is_named_and_kept_without_words_of_the_person(where: Places) -> None:
    stores = stores_with_job(where)
    (where.logs / "calotype.log").write_text(
        f"{Path.home()}/pictures of {SECRET_WORDS} with hf_abcdefghijklmnopqrst\n"
    )
    with open_engine(spec_for(where, "segfault")) as engine:
        outcome = Runner(stores, engine).run_one(lambda event: None)
        assert outcome is not None and "SIGSEGV" in outcome.message and outcome.incident is not None
        stores.jobs.requeue_last(outcome.job.id)
        again = Runner(stores, engine).run_one(lambda event: None)
        assert again is not None and again.picture is not None and again.incident is None
    facts = json.loads((outcome.incident / "incident.json").read_bytes())
    assert (
        facts["signal"] == "SIGSEGV"
        and facts["phase"] == "sampling"
        and facts["recipe"]["steps"] == 4
        and facts["job"] == outcome.job.id
    )
    assert "Current thread" in facts["trace"] and "fake.py" in facts["trace"]
    everything = "".join(file.read_text() for file in outcome.incident.iterdir())
    assert (
        SECRET_WORDS not in everything
        and str(Path.home()) + "/" not in everything
        and "hf_" not in everything
    )
    text = compose_report({"calotype": "1"}, saved_incidents(where.incidents))
    assert "SIGSEGV" in text and SECRET_WORDS not in text
    assert SECRET_WORDS in compose_report(
        {}, saved_incidents(where.incidents), prompts={outcome.job.id: SECRET_WORDS}
    )
    stores.close()


def test_the_last_preview_is_kept(where: Places) -> None:
    stores = stores_with_job(where)
    with open_engine(spec_for(where, "crash", phase=Phase.DECODING)) as engine:
        outcome = Runner(stores, engine).run_one(lambda event: None)
    assert (
        outcome is not None
        and outcome.incident is not None
        and (outcome.incident / "preview.png").read_bytes()[:4] == b"\x89PNG"
    )
    assert saved_incidents(where.incidents)[0].facts["step"] == 4
    stores.close()


def test_a_device_that_failed_is_never_used_again_and_its_job_runs_once_more_by_itself(
    where: Places,
) -> None:
    stores = stores_with_job(where)
    with open_engine(spec_for(where, "device", times=2)) as engine:
        assert isinstance(engine, ProcessEngine)
        runner, pids = Runner(stores, engine), []

        def hear(event: Event) -> None:
            if engine.pid not in pids:
                pids.append(engine.pid)

        first = runner.run_one(hear)
        assert (
            first is not None
            and first.begun_again
            and "unspecified launch failure" in first.message
        )
        second = runner.run_one(hear)
        assert second is not None and second.job.id == first.job.id and not second.begun_again
        assert (
            stores.jobs.get(first.job.id).state is JobState.FAILED and runner.run_one(hear) is None
        )  # type: ignore[union-attr]
        stores.jobs.requeue_last(first.job.id)
        third = runner.run_one(hear)
        assert third is not None and third.picture is not None and len(set(pids)) == 3
    stores.close()


@pytest.mark.skipif(os.name == "nt", reason="signals are not of this system")
def test_an_engine_that_is_silent_is_told_and_ended_by_whoever_hears_it(where: Places) -> None:
    spec = EngineSpec(
        kind="fake",
        runs_in="process",
        heartbeat_timeout=2.0,
        kill_after=60.0,
        cancel_timeout=30.0,
        fake=FakeScript(0.05),
    )
    for answer in (Cancelled, EngineCrashed):
        with open_engine(spec) as engine:
            assert isinstance(engine, ProcessEngine)
            heard: list[float] = []

            def freeze(
                event: Event,
                engine: ProcessEngine = engine,
                heard: list[float] = heard,
                answer: type[BaseException] = answer,
            ) -> None:
                if isinstance(event, StepDone) and event.step == 1:
                    os.kill(engine.pid or 0, signal.SIGSTOP)
                if isinstance(event, NotResponding):
                    heard.append(event.seconds)
                    if event.seconds > 2.5:
                        raise answer("given up")

            with pytest.raises(answer):
                engine.run(Job(Request(SECRET_WORDS, seed=1, steps=4), FAKE), freeze)
            assert heard[0] > 2.0 and len(heard) > 1 and heard == sorted(heard)
            assert engine.run(
                Job(Request("x", seed=1, steps=1), FAKE), lambda event: None
            ).pixels.width


def test_a_system_without_room_for_a_process_is_told(
    where: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    import multiprocessing.context

    def refuse(process: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    stores = stores_with_job(where)
    with open_engine(spec_for(where, "none", 0)) as engine:
        with monkeypatch.context() as patch:
            patch.setattr(multiprocessing.context.SpawnProcess, "start", refuse)
            outcome = Runner(stores, engine).run_one(lambda event: None)
        assert outcome is not None and "Cannot allocate memory" in outcome.message
        stores.jobs.requeue_last(outcome.job.id)
        again = Runner(stores, engine).run_one(lambda event: None)
        assert again is not None and again.picture is not None
    stores.close()


def test_causes_are_named_from_code_and_memory() -> None:
    poor, rich = (
        MemorySample(7 * 10**9, 10**8, 8 * 10**9),
        MemorySample(2 * 10**9, 6 * 10**9, 8 * 10**9),
    )
    assert (
        "because memory ran out; it held 7.0 GB, and 0.1 of 8.0 GB"
        in from_exit_code(-9, poor, 0, "").message
    )
    assert (
        "because memory ran out" in from_exit_code(-9, rich, 1, "").message
        and "memory ran out" not in from_exit_code(-9, rich, 0, "").message
    )
    assert (
        "memory ran out" not in from_exit_code(-11, poor, 1, "").message
        and "SIGSEGV" in from_exit_code(0xC0000005, rich, 0, "").message
    )
    assert (
        "SIGTERM" in from_exit_code(-15, rich, 0, "").message
        and "code 3" in from_exit_code(3, rich, 0, "").message
    )
    for text in (
        "torch.AcceleratorError: CUDA error: an illegal memory access",
        "RuntimeError: cuDNN error: CUDNN_STATUS_EXECUTION_FAILED",
    ):
        assert from_traceback(text, rich).worth_retrying
    long = (
        "Traceback (most recent call last):\n  ...\n"
        "torch.AcceleratorError: CUDA error: an illegal memory access was encountered\n"
        "CUDA kernel errors might be asynchronously reported at some other API call.\n"
        "Compile with `TORCH_USE_CUDA_DSA` to enable them.\n"
    )
    assert (
        "(CUDA error: an illegal memory access was encountered)"
        in from_traceback(long, rich).message
    )
    assert not from_traceback("KeyError: 'x'", rich).worth_retrying


def test_only_the_latest_incidents_stay_and_a_refusing_disk_costs_nothing(tmp_path: Path) -> None:
    for _ in range(KEPT + 3):
        assert (
            save_incident(tmp_path / "incidents", tmp_path / "none.log", EngineCrashed("It ended."))
            is not None
        )
    assert len(saved_incidents(tmp_path / "incidents")) == KEPT
    (tmp_path / "incidents" / "zz").mkdir()
    (tmp_path / "incidents" / "zz" / "incident.json").write_bytes(b"\xff not json")
    assert len(saved_incidents(tmp_path / "incidents")) == KEPT
    (tmp_path / "incidents" / "zz" / "incident.json").write_bytes(b'{"time": 1e300}')
    assert saved_incidents(tmp_path / "incidents")[-1].when == 0.0, "that is no time"
    (tmp_path / "file").write_text("")
    assert (
        save_incident(
            tmp_path / "file" / "incidents", tmp_path / "none.log", EngineCrashed("It ended.")
        )
        is None
    )


def test_the_last_preview_is_that_of_the_last_step_that_had_one() -> None:
    passed_on: list[Event] = []
    recorder = ProgressRecorder(passed_on.append)
    seen = Preview(1, 1, b"abc")
    for step, preview in ((1, seen), (2, None)):
        recorder(StepDone(step=step, steps=4, sigma=1.0, seconds=0.1, preview=preview))
    assert (recorder.step, recorder.steps, recorder.preview) == (2, 4, seen)
    assert len(passed_on) == 2


def test_scrubbing_knows_the_homes_of_three_systems() -> None:
    text = redact(
        r'/home/anna/x "C:\\Users\\Anna\\y" C:\Users\Anna\z /Users/anna/w Bearer abc.def', ("no",)
    )
    assert "nna" not in text and "abc.def" not in text and text.count("~") == 4
