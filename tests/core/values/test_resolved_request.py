"""One picture of a request that was checked: the same values and JSON as a plain one, checked once
on the way from a click to the engine and once where it comes out of the database."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest

from core.engine import open_engine
from core.engine.contract.protocol import Engine, EngineSpec
from core.metadata.recipes import read_file
from core.prompt.expand import expand
from core.service.making.runner import Runner
from core.service.stores import Stores
from core.system.errors import InvalidRequest
from core.system.json import dumps, loads
from core.values.job import Job, JobState, ModelRef
from core.values.lora import Lora
from core.values.noise import Noise
from core.values.request import Request
from core.values.resolved_request import ResolvedRequest, resolve

ASKED = Request("a house", "fog", seed=7, loras=(Lora("glow", 0.5),), noise=Noise("philox"))
SMALL = Request("a house", steps=1, width=64, height=64)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine(EngineSpec(kind="fake")) as fake:
        yield fake


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """The requests that were checked."""
    checked: list[Request] = []
    real = Request.check
    monkeypatch.setattr(Request, "check", lambda self: checked.append(self) or real(self))
    return checked


def test_it_is_the_request_it_came_from_with_a_seed_and_one_picture() -> None:
    one = resolve(replace(ASKED, count=3))
    assert type(one) is ResolvedRequest and (one.seed, one.count) == (7, 1)
    assert [f.name for f in fields(one)] == [f.name for f in fields(Request)]
    assert (one, ASKED) == (ASKED, one) and hash(one) == hash(ASKED)
    assert one != replace(ASKED, seed=8) and one != "a house"
    assert replace(ASKED, eta=0.5) != one
    assert len({one, ASKED, resolve(ASKED)}) == 1
    assert resolve(one) is one, "it is not checked again"


def test_its_json_is_that_of_a_plain_request() -> None:
    one = resolve(ASKED)
    assert dumps(one) == dumps(ASKED)
    assert loads(Request, dumps(one)) == one and type(loads(Request, dumps(one))) is Request


def test_it_goes_through_the_pipe_as_it_is() -> None:
    job = Job(resolve(ASKED), ModelRef("m", "M", "sd1", "/m"))
    back = pickle.loads(pickle.dumps(job))
    assert back == job and type(back.request) is ResolvedRequest


def test_a_seed_is_chosen_where_none_was_asked_for() -> None:
    seeds = {resolve(SMALL).seed for _ in range(8)}
    assert len(seeds) > 1 and all(0 <= seed < 2**32 for seed in seeds)
    with pytest.raises(TypeError, match="seed"):
        ResolvedRequest("a house")  # type: ignore[call-arg]


def test_what_cannot_be_made_is_refused() -> None:
    for wrong in (replace(ASKED, steps=0), replace(ASKED, sampler="later"), Request(seed=-1)):
        with pytest.raises(InvalidRequest):
            resolve(wrong)


def test_a_click_is_checked_once_and_its_row_once(
    stores: Stores, engine: Engine, checks: list[Request]
) -> None:
    pictures = expand(replace(SMALL, seed=5, count=2).check())
    assert len(checks) == 1 and {type(one) for one in pictures} == {ResolvedRequest}
    jobs = stores.jobs.add(pictures)
    assert stores.jobs.recent() == jobs and len(checks) == 1
    outcome = Runner(stores, engine).run_one(lambda event: None)
    assert outcome is not None and outcome.picture is not None
    assert len(checks) == 2 and type(checks[1]) is Request


def test_a_command_is_checked_once(
    stores: Stores, engine: Engine, checks: list[Request], tmp_path: Path
) -> None:
    (one,) = expand(replace(SMALL, seed=5).check())
    runner = Runner(stores, engine)
    (job,) = stores.jobs.add([one], running=True)
    assert runner.run_claimed(job, lambda event: None).picture is not None
    path, recipe = runner.render_to(one, tmp_path / "out.png", lambda event: None)
    assert len(checks) == 1
    assert read_file(path).recipe == recipe and recipe.request == one


STORED = dumps(SMALL)
LATER = {
    "sampler": STORED.replace('"sampler":"dpmpp_2m"', '"sampler":"later"'),
    "compatibility": STORED.replace('"compatibility":"calotype"', '"compatibility":"later"'),
    "schedule": STORED.replace('"schedule":"karras"', '"schedule":"later"'),
    "steps": STORED.replace('"steps":1', '"steps":100000'),
}


@pytest.mark.parametrize("field", LATER)
def test_a_stored_job_of_a_later_program_is_shown_and_answered_when_it_runs(
    stores: Stores, engine: Engine, field: str
) -> None:
    (job,) = stores.jobs.add([resolve(SMALL)])
    with stores.database.transaction() as db:
        db.execute("UPDATE jobs SET request = ?", (LATER[field],))
    (again,) = stores.jobs.duplicate(job.id)
    shown = stores.jobs.recent()
    assert [one.id for one in shown] == [job.id, again.id]
    assert dumps(shown[0].request) == LATER[field] == dumps(again.request)
    assert stores.jobs.withdraw(again.id)
    (again,) = stores.jobs.add_again(again)
    runner = Runner(stores, engine)
    for one in (job, again):
        outcome = runner.run_one(lambda event: None)
        assert outcome is not None and outcome.job.id == one.id and outcome.picture is None
        assert isinstance(outcome.error, InvalidRequest) and outcome.error.field == field
        ended = stores.jobs.get(one.id)
        assert ended is not None and ended.state is JobState.FAILED
        assert (ended.message, ended.hint) == (outcome.message, outcome.hint) != ("", "")
    assert runner.run_one(lambda event: None) is None


def test_a_stored_job_without_a_seed_gets_one(stores: Stores, engine: Engine) -> None:
    stores.jobs.add([resolve(SMALL)])
    with stores.database.transaction() as db:
        db.execute("UPDATE jobs SET request = ?", (dumps(replace(SMALL, count=3)),))
    (shown,) = stores.jobs.recent()
    assert shown.request.seed is None
    outcome = Runner(stores, engine).run_one(lambda event: None)
    assert outcome is not None and outcome.picture is not None
    recipe = read_file(Path(outcome.picture.path)).recipe
    assert recipe is not None and recipe.request.seed is not None and recipe.request.count == 1
