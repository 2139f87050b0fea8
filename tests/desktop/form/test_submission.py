"""From the form into the queue, without a window: what is wrong is said at once, what is right is
checked once and waits resolved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.engine.contract.protocol import EngineSpec
from core.service.stores import Stores
from core.store.jobs import QueuedJob
from core.system.errors import InvalidRequest, KnownError
from core.values.lora import Lora
from core.values.request import Request
from core.values.request_parts.chosen_style import ChosenStyle
from core.values.resolved_request import ResolvedRequest
from desktop.form.submission import FormHooks, Submission
from desktop.state.job_service import JobService
from desktop.state.tasks import SerialTasks
from desktop.widgets.notices import NoticeBar
from tests.desktop.driving import until
from tests.desktop.parts import starter_library


class OneModel:
    """A model that can be used at once."""

    def when_usable(self, model: str, then: Callable[[], object]) -> None:
        then()


class Form:
    """A form that asks for `request`, what became of it, and how often it was checked."""

    def __init__(self, stores: Stores, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
        self.request = Request("a house", seed=5, count=2, steps=1)
        self.faults: list[KnownError] = []
        self.queued: list[QueuedJob] = []
        self.checked: list[Request] = []
        self.shown = 0
        self.window = QWidget()
        self.notice = NoticeBar()
        for widget in (self.window, self.notice):
            qtbot.addWidget(widget)
        self.tasks = SerialTasks(self.faults.append)
        self.tasks.start()
        self.service = JobService(stores, EngineSpec(kind="fake"), self.tasks)
        self.service.queued.connect(self.queued.extend)
        self.library = starter_library(stores, self.faults)
        models: Any = OneModel()
        self.submission = Submission(
            stores,
            self.library,
            records=self.tasks,
            notice=self.notice,
            models=models,
            hooks=FormHooks(
                settled=lambda: self.request,
                making=self._show,
                get_models=lambda: None,
                take_prompt=lambda text: None,
                submit=self.service.submit,
            ),
            window=self.window,
        )
        real = Request.check
        monkeypatch.setattr(
            Request, "check", lambda request: self.checked.append(request) or real(request)
        )

    def _show(self) -> None:
        self.shown += 1


@pytest.fixture
def form(stores: Stores, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Form]:
    form = Form(stores, qtbot, monkeypatch)
    yield form
    form.tasks.finish()
    form.library.end()


def test_a_click_checks_once_and_queues_resolved_pictures(form: Form, stores: Stores) -> None:
    form.submission.generate()
    until(lambda: len(form.queued) == 2)
    assert [type(job.request) for job in form.queued] == [ResolvedRequest] * 2
    assert [job.request.seed for job in form.queued] == [5, 6]
    assert stores.jobs.recent() == tuple(form.queued)
    assert form.checked == [form.request] and form.shown == 1 and not form.faults


def test_tags_of_loras_are_part_of_what_waits(form: Form) -> None:
    form.request = replace(form.request, prompt="a house <lora:glow:0.5>", count=1)
    form.submission.generate()
    until(lambda: form.queued)
    assert form.queued[0].request == replace(
        form.request, prompt="a house", loras=(Lora("glow", 0.5),)
    )


@pytest.mark.parametrize("prompt", ["a house <lora:glow:800>", "a house <lora:/etc/glow:1>"])
def test_tags_that_cannot_be_made_are_told_and_nothing_waits(
    form: Form, stores: Stores, prompt: str
) -> None:
    form.request = replace(form.request, prompt=prompt)
    form.submission.generate()
    until(lambda: form.faults)
    assert isinstance(form.faults[0], InvalidRequest) and stores.jobs.waiting() == 0


def test_what_cannot_be_made_is_said_before_anything_waits(form: Form, stores: Stores) -> None:
    form.request = replace(form.request, steps=0)
    form.submission.generate()
    assert "Steps must be from 1 to 1000" in form.notice.text.text()
    form.tasks.finish()
    assert stores.jobs.waiting() == 0 and not form.faults and not form.shown


def test_what_styles_make_too_long_is_said_before_anything_waits(
    form: Form, stores: Stores
) -> None:
    many = ChosenStyle("Many", "{prompt} " * 2_000)
    form.request = replace(form.request, styles=(many,) * 4)
    form.submission.generate()
    assert 'With the style "Many"' in form.notice.text.text()
    form.tasks.finish()
    assert stores.jobs.waiting() == 0 and not form.shown


def test_a_job_taken_out_comes_back_as_it_was_stored(form: Form, stores: Stores) -> None:
    form.submission.generate()
    until(lambda: len(form.queued) == 2)
    with stores.database.transaction() as db:  # as a later program may have stored it
        db.execute("UPDATE jobs SET request = replace(request, 'dpmpp_2m', 'later')")
    job = stores.jobs.recent()[0]
    assert stores.jobs.withdraw(job.id)
    form.service.submit_again(job)
    until(lambda: len(form.queued) == 3)
    assert form.queued[2].request == job.request and job.request.sampler == "later"
    assert stores.jobs.waiting() == 2 and not form.faults
