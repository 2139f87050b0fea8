"""The notices about failed and interrupted pictures, a silent engine and faults of the program
itself."""

from __future__ import annotations

import traceback
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from core.service.stores import Stores
from core.system.version import program_version
from core.values.device import Device
from desktop.state.job_service import JobService
from desktop.state.tasks import SerialTasks
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.service.making.runner import Outcome
    from desktop.shell.failures.report_dialog import Findings


class FailureNotices(QObject):
    """Over the one notice bar of the window."""

    def __init__(
        self,
        stores: Stores,
        service: JobService,
        notice: NoticeBar,
        records: SerialTasks,
        disk: SerialTasks,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._stores = stores
        self._service = service
        self._notice = notice
        self._records = records
        self._disk = disk
        self._window = window
        service.started.connect(lambda job: notice.clear(f"failed:{job.id}"))
        self._devices: list[Device] = []
        self._asked = ""  # what was said of a silent engine
        service.found_devices.connect(self._note_devices)
        service.silent.connect(self._silent)
        service.progressed.connect(lambda _: self._answers())
        service.finished.connect(lambda _: self._answers())

    def _note_devices(self, devices: list[Device]) -> None:
        self._devices = devices

    def failed(self, outcome: Outcome) -> None:
        """A picture could not be made: why, and what can be done."""
        words = f"{outcome.message} {outcome.hint}"
        topic = f"failed:{outcome.job.id}"
        details = (tr("Report..."), self.report) if outcome.incident is not None else None
        if outcome.begun_again:
            self._notice.say(words, problem=True, other=details, topic=topic)
        else:
            again = partial(self._service.run_again, outcome.job.id)
            self._notice.say(
                words, problem=True, label=tr("Run again"), action=again, other=details, topic=topic
            )

    def offer_again(self, ids: tuple[str, ...], *notices: str) -> None:
        """After a start: pictures that were being made when the program ended."""

        def again() -> None:
            self._service.requeue(ids, lambda: self._service.pause(False))

        if len(ids) == 1:
            words = tr("A picture was interrupted when the program ended.")
            label = tr("Make it now")
        else:
            words = tr("{n} pictures were interrupted when the program ended.", n=len(ids))
            label = tr("Make them now")
        self._notice.say(
            " ".join((*notices, words)), label=label, action=again, topic="interrupted"
        )

    def bug(self, error: BaseException) -> None:
        """A fault of the program itself, in a slot: kept as an incident, and said."""
        from core.service.incidents import save_incident

        where = self._stores.places
        log = where.logs / "calotype.log"
        kind = type(error).__name__
        facts = {
            "calotype": program_version(),
            "kind": "window",
            "traceback": "".join(traceback.format_exception(error)),
            "message": f"A fault of the program itself ({kind}).",
        }
        self._disk.submit(
            lambda: save_incident(where.incidents, log, RuntimeError(kind), facts=facts),
            saves=True,
        )
        self._notice.say(
            tr("Calotype met a fault of its own ({kind}).", kind=kind),
            problem=True,
            other=(tr("Report..."), self.report),
        )

    def _silent(self, seconds: float) -> None:
        if not self._asked:
            words = self._asked = tr(
                (
                    "The engine has given no sign of life for {n} seconds. Waiting "
                    "helps where a disk is slow."
                ),
                n=round(seconds),
            )
            self._notice.say(
                words,
                problem=True,
                label=tr("Restart engine"),
                action=self._service.restart_engine,
                other=(tr("Wait"), self._service.keep_waiting),
                topic="silent",
            )

    def _answers(self) -> None:
        if self._asked:
            self._notice.clear("silent")
        self._asked = ""

    def report(self) -> None:
        """Help > Report."""
        where = self._stores.places
        devices = self._devices

        def gather() -> Findings:
            from core.service.doctor import collect_facts
            from core.service.incidents import saved_incidents
            from desktop.shell.failures.report_dialog import Findings

            incidents = saved_incidents(where.incidents)
            jobs = [
                self._stores.jobs.get(str(incident.facts.get("job", ""))) for incident in incidents
            ]
            prompts = {job.id: job.request.prompt for job in jobs if job is not None}
            return Findings(collect_facts(where, devices), incidents, prompts)

        def show(findings: Findings) -> None:
            from desktop.shell.failures.report_dialog import ReportDialog

            ReportDialog(findings, where.incidents, self._disk, self._window).exec()

        self._records.submit(gather, show)
