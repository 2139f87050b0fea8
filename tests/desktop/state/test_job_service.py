"""The queue as the window sees it: over a real store, and once with its thread."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from core.engine import open_engine
from core.engine.contract.protocol import EngineSpec, FakeScript
from core.service.making.queue_run import QueueRun
from core.service.making.runner import Outcome, Runner
from core.service.stores import Stores
from core.store.thumbnails import Thumbnails
from core.values.events import Phase, PhaseStarted
from core.values.job import JobState
from core.values.request import Request
from core.values.resolved_request import resolve
from desktop.state.job_service import JobService
from desktop.state.job_thread import GenerationWorker
from desktop.state.portraits import Portraits
from tests.desktop.driving import until
from tests.desktop.parts import HeldTasks, put_picture

FAKE = EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.0))


def prompts(stores: Stores, state: JobState) -> list[str]:
    return [job.request.prompt for job in stores.jobs.recent() if job.state is state]


def test_a_job_is_put_in_made_and_told_of(stores: Stores, tasks: HeldTasks) -> None:
    service = JobService(stores, FAKE, tasks)
    ended: list[Outcome] = []
    service.finished.connect(ended.append)
    started: list[str] = []
    service.started.connect(lambda job: started.append(job.request.prompt))
    service.start(None)
    try:
        heard: list[int] = []
        request = Request(prompt="a house", count=2, steps=1, width=64, height=64)
        service.submit(request, lambda jobs: heard.append(len(jobs)))
        tasks.run_all()
        assert heard == [2]
        until(lambda: len(ended) == 2)
        assert started == ["a house", "a house"] and service.current is None
        assert all(outcome.picture is not None for outcome in ended)
    finally:
        service.end(now=True)


def test_models_that_nobody_uses_leave_memory(stores: Stores, tasks: HeldTasks) -> None:
    service = JobService(stores, FAKE, tasks)
    told: list[str] = []
    service.progressed.connect(
        lambda event: told.append(event.phase) if isinstance(event, PhaseStarted) else None
    )
    service.warm_changed.connect(lambda paths: told.append(f"warm: {len(paths)}"))
    ended: list[Outcome] = []
    service.finished.connect(ended.append)
    service.keep_models(0.05 / 60)
    service.start(None)
    try:
        for number in (1, 2):
            service.submit(Request(prompt="x", steps=1, width=64, height=64).check())
            tasks.run_all()
            until(lambda number=number: len(ended) == number)
            until(lambda number=number: told.count("warm: 0") >= number)
        assert told.count(Phase.LOADING) == 2, "the second one loads its model again"
        service.keep_models(0)
        service.submit(Request(prompt="x", count=2, steps=1, width=64, height=64).check())
        tasks.run_all()
        until(lambda: len(ended) == 4)
        assert told.count(Phase.LOADING) == 3, "and where they stay it does not"
    finally:
        service.end(now=True)


def test_what_is_stopped_while_it_waits_or_is_made(stores: Stores, tasks: HeldTasks) -> None:
    slow = EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.01))
    service = JobService(stores, slow, tasks)
    ended: list[Outcome] = []
    service.finished.connect(ended.append)
    service.start(None)
    try:
        long = Request(prompt="long", steps=100, width=64, height=64)
        service.submit(long.check())
        service.submit(Request(prompt="short", steps=1, width=64, height=64).check())
        tasks.run_all()
        until(lambda: service.current is not None)
        assert service.current is not None and service.current.request.prompt == "long"
        service.cancel(service.current.id)
        until(lambda: len(ended) == 2)
        assert ended[0].stopped and ended[1].picture is not None
        service.submit(long.check())
        tasks.run_all()
        until(lambda: service.current is not None)
        being_made = service.current
    finally:
        cut_short = service.end(now=True)
    assert being_made is not None and cut_short == being_made.id


def test_a_paused_queue_waits_and_what_is_put_back_wakes_it(
    stores: Stores, tasks: HeldTasks
) -> None:
    service = JobService(stores, FAKE, tasks)
    (job,) = stores.jobs.add([Request(prompt="x", seed=1, steps=1, width=64, height=64)])
    stores.jobs.stop_waiting(job.id)
    ended: list[Outcome] = []
    service.finished.connect(ended.append)
    idle: list[object] = []
    service.found_devices.connect(idle.append)  # which it looks for when nothing is left to do
    service.start(None)
    try:
        until(lambda: bool(idle))
        service.run_again(job.id)
        tasks.run_all()
        until(lambda: bool(ended))
        service.pause(True)
        service.submit(Request(prompt="y", seed=2, steps=1, width=64, height=64))
        tasks.run_all()
        assert service.waiting == 1 and len(ended) == 1
        service.pause(False)
        until(lambda: len(ended) == 2)
    finally:
        service.end(now=True)


def test_all_are_stopped_and_single_ones_withdrawn(stores: Stores, tasks: HeldTasks) -> None:
    service = JobService(stores, FAKE, tasks)
    jobs = stores.jobs.add([Request(prompt=name, seed=1) for name in ("one", "two", "three")])
    was: list[bool] = []
    service.withdraw(jobs[0].id, was.append)
    service.cancel(jobs[1].id)
    tasks.run_all()
    service.withdraw(jobs[1].id, was.append)
    tasks.run_all()
    assert was == [True, False] and service.waiting == 1
    assert prompts(stores, JobState.STOPPED) == ["two"]
    service.stop_all()
    tasks.run_all()
    assert sorted(prompts(stores, JobState.STOPPED)) == ["three", "two"] and service.waiting == 0
    service.forget(jobs[1].id, jobs[0].id)
    again: list[bool] = []
    service.requeue([jobs[2].id], lambda: again.append(True))
    tasks.run_all()
    assert again == [True] and prompts(stores, JobState.WAITING) == ["three"]
    assert service.waiting == 1


def test_an_outcome_that_asks_for_it_pauses_the_queue(stores: Stores, tasks: HeldTasks) -> None:
    service = JobService(stores, FAKE, tasks)
    (job,) = stores.jobs.add([Request(prompt="x", seed=1)])
    warm: list[tuple[str, ...]] = []
    service.warm_changed.connect(warm.append)
    paused: list[bool] = []
    service.paused_changed.connect(paused.append)
    service._on_claimed(job)
    assert service.current == job
    service._on_ended(Outcome(job, warm_models=("/m",), pause_queue=True))
    assert service.current is None and paused == [True] and warm == [("/m",)]
    tasks.run_all()
    service.use_engine(weights=service._spec.weights)
    assert warm == [("/m",)], "nothing changed"
    service.use_engine(weights="8bit")
    assert warm[1:] == [()]
    done: list[bool] = []
    service.release(then=lambda: done.append(True))
    assert done == [True], "without a thread nothing is in memory"


def test_small_pictures_of_jobs_are_read_once_and_anew_when_they_are_forgotten(
    stores: Stores, tasks: HeldTasks
) -> None:
    cache = Thumbnails(stores.places.thumbnails)
    portraits = Portraits(stores, cache, tasks)
    arrived: list[str] = []
    portraits.arrived.connect(arrived.append)
    assert portraits.of_job("a") is None and portraits.of_job("a") is None
    assert tasks.run_all() == 1 and arrived == [], "there is no picture, and no fault"
    put_picture(stores, "x", job_id="a")
    assert portraits.of_job("a") is None and not tasks.held
    portraits.forget("a")
    portraits.of_job("a")
    tasks.run_all()
    shown = portraits.of_job("a")
    assert arrived == ["a"] and shown is not None and shown.width() == 12
    portraits.forget("a")
    portraits.of_job("a")
    portraits.forget("a")
    tasks.run_all()
    assert arrived == ["a"], "it was forgotten while it was being read"
    cache.close()


def test_an_end_that_comes_as_the_next_job_is_about_to_begin_is_heard(
    stores: Stores, qapp: QApplication
) -> None:
    stores.jobs.add([resolve(Request(prompt="x", steps=1, width=64, height=64))])
    worker = GenerationWorker(stores, FAKE)
    with open_engine(FAKE) as engine:
        runner = Runner(stores, engine)
        with QueueRun(runner, on_event=lambda _: None, on_ended=lambda _: None) as run:
            worker.end(now=True)  # after the thread's last look whether it is to end
            assert not worker._one(runner, run)
    assert prompts(stores, JobState.WAITING) == ["x"]
