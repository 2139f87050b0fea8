"""A recipe with something varied: its cells, and how far they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.engine import open_engine
from core.engine.contract.protocol import EngineSpec
from core.service.making.runner import Outcome, Runner
from core.service.stores import open_stores
from core.service.sweeps.cells import Variation, cells_of, over, same_picture
from core.service.sweeps.figures import figures_of, pixels_of
from core.service.sweeps.progress import CellState, SweepProgress, pictures_there
from core.store.jobs import QueuedJob
from core.system.paths import places
from core.values.branching import branch_off
from core.values.events import Event
from core.values.job import JobState
from core.values.request import Request
from core.values.request_parts.levels import Levels
from core.values.resolved_request import ResolvedRequest, resolve

PARENT = "ab" * 32


def origin(**changes: object) -> ResolvedRequest:
    small = Request("a red house", seed=4, steps=2, width=64, height=64, guidance=5.0)
    return resolve(replace(small, **changes))


def job(number: int, request: Request, state: JobState = JobState.WAITING) -> QueuedJob:
    return QueuedJob(f"job{number}", state, request, created=float(number))


def test_values_stand_once_and_whole_ones_are_whole() -> None:
    assert [one.name for one in over("guidance", (7, 1, 3.5, 7.0))] == ["7", "1", "3.5"]
    steps = over("steps", (4, 4.2, 8.0))
    assert [one.changes for one in steps] == [(("steps", 4),), (("steps", 8),)]


def test_cells_are_the_recipe_with_one_thing_changed_and_know_what_they_come_from() -> None:
    start = origin(parent="cd" * 32, document="one", template="a {red|blue} house")
    low, same, far = cells_of(start, over("guidance", (2, 5, 101)), PARENT)
    assert low.request is not None and same.request is not None
    assert (low.request.guidance, low.request.parent, low.request.document) == (2, PARENT, "")
    assert low.request.template == start.template and not low.is_reference
    assert same.is_reference and same_picture(same.request, start)
    assert not same_picture(low.request, start)
    assert far.request is None and "101" in far.refusal
    models = Variation("another", (("model", "sd-15"), ("steps", 20), ("width", 512)))
    (other,) = cells_of(start, [models])
    assert other.request is not None
    assert (other.request.model, other.request.steps) == ("sd-15", 20)
    assert (other.request.parent, other.request.document) == (start.parent, "one")


def test_what_shares_steps_with_another_picture_cannot_have_another_number_of_them() -> None:
    before = origin()
    branched = resolve(branch_off(before, replace(before, prompt="a blue house"), 1))
    (few,) = cells_of(branched, over("steps", (1,)))
    assert few.request is None and "cannot change steps" in few.refusal
    (strong,) = cells_of(branched, over("guidance", (9,)))
    assert strong.request is not None


def test_a_sweep_follows_its_jobs() -> None:
    cells = cells_of(origin(), over("guidance", (1, 2, 3, 4, 101)))
    sweep = SweepProgress(cells, {})
    taken = sweep.take()
    assert [one.guidance for one in taken] == [1, 2, 3, 4] and sweep.is_running
    jobs = [job(number, request) for number, request in enumerate(taken)]
    sweep.queued(jobs)
    assert sweep.take() == ()
    assert sweep.begun(jobs[0]) and not sweep.begun(job(9, taken[0]))
    assert sweep.ended(Outcome(jobs[0], begun_again=True)) == 0
    assert sweep.begun(jobs[0])
    assert sweep.ended(Outcome(jobs[0], message="No memory.", hint="Close others.")) == 0
    assert sweep.ended(Outcome(job(9, taken[0]), stopped=True)) is None
    assert sweep.seen([replace(jobs[1], state=JobState.STOPPED), job(9, taken[0])])
    assert not sweep.seen([replace(jobs[1], state=JobState.STOPPED)])
    sweep.begun(jobs[2])
    states = [one.state for one in sweep.cells]
    failed, stopped, making = CellState.FAILED, CellState.STOPPED, CellState.MAKING
    assert states == [failed, stopped, making, CellState.WAITING, CellState.REFUSED]
    assert sweep.cells[0].said == "No memory. Close others."
    assert sweep.stop() == ("job2", "job3") and sweep.is_running  # until it hears the end
    sweep.ended(Outcome(jobs[2], stopped=True))
    assert not sweep.is_running
    later = SweepProgress(cells, {})
    later.adopt([jobs[0], replace(jobs[1], state=JobState.RUNNING), job(9, origin())])
    assert [one.state for one in later.cells[:3]] == [CellState.WAITING, making, CellState.WANTED]
    assert [one.job for one in later.cells[:3]] == ["job0", "job1", ""]
    assert sweep.seen([jobs[1]])  # taken up again in the queue
    assert [one.guidance for one in sweep.take()] == [1, 3, 4]


def test_cells_are_real_pictures_made_by_the_queue_and_found_again(tmp_path: Path) -> None:
    spec = EngineSpec(device="cpu", previews=False)
    stores = open_stores(places(tmp_path / "data"))

    def silent(event: Event) -> None:
        pass

    with open_engine(spec) as engine:
        runner = Runner(stores, engine)

        def made() -> Outcome:
            outcome = runner.run_one(silent)
            assert outcome is not None
            return outcome

        stores.jobs.add([origin()])
        first = made().picture
        assert first is not None
        cells = cells_of(origin(), over("guidance", (1, 5, 9)), first.sha256)
        sweep = SweepProgress(cells, pictures_there(stores, cells, first.sha256))
        assert [one.state is CellState.MADE for one in sweep.cells] == [False, True, False]
        assert sweep.cells[1].picture == first
        jobs = stores.jobs.add(sweep.take())
        sweep.queued(jobs)
        assert [sweep.ended(made()), sweep.ended(made())] == [0, 2] and not sweep.is_running
    pictures = [one.picture for one in sweep.cells]
    assert all(pictures)
    assert len({one.sha256 for one in pictures if one}) == 3
    again = pictures_there(stores, cells, first.sha256)
    assert [again[place] for place in range(3)] == pictures
    assert len(stores.lineage.children_of(first.sha256)) == 2
    reference, strong = pixels_of(Path(first.path)), pixels_of(Path(again[2].path))
    figures = figures_of(strong, reference)
    assert figures.difference and figures.visible
    assert figures_of(reference, reference).difference == 0
    stores.gallery.trash([again[2].id])
    assert 2 not in pictures_there(stores, cells, first.sha256)
    stores.close()


def test_a_list_of_noise_levels_follows_the_steps_of_a_cell() -> None:
    listed = origin(levels=Levels(sigmas=(9.0, 1.0, 0.0)))
    same, more = cells_of(listed, over("steps", (2, 4)))
    assert same.is_reference and more.request is not None
    assert len(more.request.levels.sigmas) == 5 and more.request.levels.sigmas[0] > 8.9
