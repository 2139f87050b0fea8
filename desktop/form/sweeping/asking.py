"""From the axes that are typed to a sweep: what it would take, and its way into the queue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from core.system.errors import InvalidRequest, KnownError, disk_refusals
from core.values.job import JobState
from core.values.request import Request
from desktop.form.sweeping.axis_line import LINE, LONGEST
from desktop.form.sweeping.offers import AxisOffers
from desktop.form.sweeping.panel import LETTERS, SweepPanel
from desktop.state.services import Services
from desktop.state.session import AxesKept
from desktop.widgets.figures import size_words, time_words
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.service.sweeps.making.asking import AskedSweep
    from core.store.jobs import QueuedJob
    from core.values.resolved_request import ResolvedRequest
    from core.values.sweeping.sweep import Sweep

WAIT_MS = 350  # behind the last key, before it is looked at
MAX_FILE = 2**24
_PROMPTS = frozenset({"prompt", "negative_prompt"})
_OF_NO_RECIPE = frozenset({"seed", "count"})


class SweepAsking(QObject):
    """`panel` is built with it. `made` carries the id of a sweep that is in the queue, `noted` a
    sweep that has another note; `opened` tells that the axes are to be seen, `kept_changed` that
    there is something for the session; `settled` is the form's request once no key waits, `making`
    comes before anything is asked for; `when_kept` does something once the picture that is started
    from is kept."""

    made = Signal(str)
    opened = Signal()
    kept_changed = Signal()
    noted = Signal(object)  # Sweep

    def __init__(
        self,
        services: Services,
        notice: NoticeBar,
        window: QWidget,
        *,
        settled: Callable[[], Request],
        making: Callable[[], object],
        when_kept: Callable[[Callable[[], object]], object] = lambda act: act(),
    ) -> None:
        super().__init__(window)
        self._services = services
        self._notice = notice
        self._window = window
        self._settled = settled
        self._making = making
        self._turn = 0
        self._asked: AskedSweep | None = None
        self._begun: Sweep | None = None  # that gets further values
        self._is_other = False  # whether its axes were changed, to those of another sweep
        self._ended: frozenset[str] = frozenset()  # its jobs that came to nothing
        self._at_once = False  # whether it is to be made as soon as it is worked out
        self.panel = SweepPanel()
        self.panel.hide()
        self._later = QTimer(self, interval=WAIT_MS, singleShot=True)
        self._later.timeout.connect(self.look)
        self.panel.changed.connect(self._change)
        self.panel.asked.connect(lambda: when_kept(self.make))
        self.panel.entered.connect(lambda: when_kept(self._make_wanted))
        self.panel.left.connect(self.put_away)
        self.panel.grown.connect(self.opened)
        self.panel.named.connect(self.kept_changed)
        self.panel.note.editingFinished.connect(self._keep_note)
        self.opened.connect(self.kept_changed)
        self.panel.file_asked.connect(self.choose_file)
        services.draft.changed.connect(self._form_changed)
        services.service.queue_changed.connect(self._queue_changed)
        self._offers = AxisOffers(services, self.panel, self)

    # --- opening and closing ---

    def open(self, name: str = "") -> None:
        """Show the axes; one for the parameter of this name, and no other where none was seen."""
        self._offers.look_again()
        if name and self.panel.isHidden():
            self.panel.clear()
        self.panel.show()
        line = self.panel.vary(name) if name else self.panel.lines[0]
        (line.values if name else line.kind).setFocus()
        self.opened.emit()
        self._change()

    def put_away(self) -> None:
        """Hide the axes; what is typed stays."""
        self._begun = None
        self.panel.hide()
        self.kept_changed.emit()

    def kept(self) -> AxesKept:
        """What the session keeps of them: what is typed, not a long file of prompts."""
        panel = self.panel
        axes = [(name, text) for name, text in panel.axes() if len(text) <= LONGEST]
        name, note = panel.name.text(), panel.note.text()
        return AxesKept(tuple(axes), name, note, shown=not panel.isHidden())

    def restore(self, kept: AxesKept) -> None:
        """As they were left."""
        axes = [
            (name, text.splitlines() if name == LINE else text[:LONGEST])
            for name, text in kept.axes[: len(LETTERS)]
        ]
        self.panel.fill(axes, kept.name, kept.note)
        self.panel.setVisible(kept.shown)
        self._change()

    def further(self, sweep: Sweep) -> None:
        """The axes of a sweep that is there, for further values. A name that nobody gave is not
        typed: another sweep would have it."""
        from core.service.sweeps.making.asking import name_of

        self._begun, self._is_other = sweep, False
        name = "" if sweep.name == name_of(sweep.base, sweep.axes) else sweep.name
        self.panel.fill([(axis.name, axis.shown) for axis in sweep.axes], name, sweep.note)
        self.panel.show()
        self.panel.lines[0].values.setFocus()
        self.opened.emit()
        self._change()

    def choose_file(self) -> None:
        """Ask for a file of prompts."""
        kinds = tr("Texts") + " (*.txt *.csv *.md);;" + tr("All files") + " (*)"
        name, _ = QFileDialog.getOpenFileName(self._window, tr("Prompts from a file"), "", kinds)
        if name:
            self.take_file(Path(name))
        else:
            self.panel.forget_file()

    def take_file(self, path: Path) -> None:
        """The lines of a file as an axis."""

        def read() -> str:
            from core.system.regular_files import read_words

            with disk_refusals(f"{path} cannot be read", "Choose another file."):
                try:
                    return read_words(path, MAX_FILE)
                except ValueError as fault:
                    raise InvalidRequest("prompts", f"{path} is no text: {fault}.") from fault

        def here(text: str) -> None:
            count = sum(bool(line.strip()) for line in text.splitlines())
            self._begun = None
            if self.panel.isHidden():  # what was put away is of an earlier sweep
                self.panel.clear()
            self.panel.show()
            line = self.panel.vary(LINE)
            line.fill(LINE, text, shown=tr("{n} lines of {name}", n=count, name=path.name))
            self.panel.make.setFocus()
            self.opened.emit()

        self._services.gallery_tasks.submit(read, here, self._refuse)

    def _refuse(self, error: KnownError) -> None:
        self._notice.say(str(error), problem=True, topic="sweep")

    # --- what it would take ---

    def _change(self) -> None:
        self._offers.offer_values()
        self.kept_changed.emit()
        self._asked = None
        self.panel.make.setEnabled(False)
        self._later.start()

    def _form_changed(self, names: frozenset[str]) -> None:
        """Another recipe is another sweep; a seed or count alone is not."""
        if names <= _OF_NO_RECIPE:
            return
        if names & _PROMPTS:
            self._offers.follow_prompt()
        self._begun = None
        if not self.panel.isHidden():
            self._change()

    def _queue_changed(self, jobs: Sequence[QueuedJob]) -> None:
        """What was stopped is missing again."""
        begun = self._begun
        states = (JobState.FAILED, JobState.STOPPED)
        ours = (job for job in jobs if begun is not None and job.request.sweep.id == begun.id)
        ended = frozenset(job.id for job in ours if job.state in states)
        if ended != self._ended:
            self._ended = ended
            self._later.start()

    def look(self) -> None:
        """Work out what the axes ask for, in a thread."""
        if self.panel.isHidden():
            return
        axes = self.panel.axes()
        self._later.stop()
        self._turn += 1
        if lacking := self.panel.lacking():  # nobody has come to it yet
            self.panel.say(lacking)
            return
        turn = self._turn
        request, begun = self._settled(), self._begun
        stores, service = self._services.stores, self._services.service
        kind = service.devices[0].type if service.devices else "cpu"

        def work() -> AskedSweep | None:
            from core.service.sweeps.making.asking import asked_of

            if turn != self._turn:  # typed on meanwhile
                return None
            return asked_of(stores, request, axes, begun, kind, service.picture_format)

        def here(asked: AskedSweep | None) -> None:
            if asked is None or turn != self._turn:
                return
            self._asked = asked
            self._is_other = begun is not None and begun.id != asked.sweep.id
            further = begun.name if begun and not self._is_other else ""
            self.panel.say(_words(asked), can_make=True)
            self.panel.name_making(further, whole=not asked.wanted)
            if self._at_once:
                self.make()

        def refused(error: KnownError) -> None:
            if turn == self._turn:
                self._at_once = False
                self.panel.say(str(error), problem=True)

        self._services.gallery_tasks.submit(work, here, refused)

    def _keep_note(self) -> None:
        """A note is written when the pictures have been looked at: it belongs to the sweep that is
        there."""
        begun, note = self._begun, self.panel.note.text().strip()
        if begun is None or self._is_other or note == begun.note.strip():
            return
        store = self._services.stores.sweeps

        def kept(sweep: Sweep) -> None:
            if self._begun is not None and self._begun.id == sweep.id:
                self._begun = sweep
            self.noted.emit(sweep)

        self._services.database_tasks.submit(
            lambda: store.change(begun.id, lambda one: replace(one, note=note)), kept, self._refuse
        )

    # --- into the queue ---

    def _make_wanted(self) -> None:
        """Return was pressed: one that is whole is not made once more by that."""
        if self._asked is not None and self._asked.wanted:
            self.make()

    def make(self) -> None:
        """Keep the sweep, and put its missing cells into the queue as one entry."""
        asked = self._asked
        if asked is None:
            return
        self._at_once = False
        if not asked.wanted:  # it is whole: another one, as Generate makes another picture
            self._begun, self._at_once = None, True
            self.look()
            return
        name = self.panel.name.text().strip() or asked.sweep.name
        note = self.panel.note.text().strip()
        sweep = replace(asked.sweep, name=name, note=note)
        self._making()
        self._asked = None
        self.panel.make.setEnabled(False)

        def keep() -> list[ResolvedRequest]:
            self._services.stores.sweeps.keep(sweep)
            return [_named(request, name) for request in asked.wanted]  # may be ten thousand

        def kept(wanted: list[ResolvedRequest]) -> None:
            if asked.ended:  # what they were to make is asked for anew
                self._services.service.forget(*asked.ended)
            self._begun, self._is_other = sweep, False
            from core.service.sweeps.making.now import put_into_queue

            work = partial(put_into_queue, self._services.stores, sweep, wanted)
            self._services.service.submit_work(work, queued, refused)

        def queued(_: object) -> None:  # before that its cells would still be missing
            self.made.emit(sweep.id)
            self.panel.draw_seeds(sweep.axes)
            self._change()

        def refused(error: KnownError) -> None:
            self._refuse(error)
            self._change()

        self._services.database_tasks.submit(keep, kept, refused)


def _named(request: ResolvedRequest, name: str) -> ResolvedRequest:
    return replace(request, sweep=replace(request.sweep, name=name))


def _words(asked: AskedSweep) -> str:
    told = asked.foretold
    if not asked.wanted:
        return tr("All pictures are made or in the queue. Further values make new ones.")
    parts = [tr("{n} pictures", n=told.pictures)]
    parts.append(tr("time not known yet") if told.seconds is None else time_words(told.seconds))
    parts.append(tr("{size} on the disk", size=size_words(told.bytes)))
    words = " · ".join(parts)
    if asked.refused:
        first = asked.refused[0]
        words += "\n" + tr(
            "{n} do not suit and are left out: {name}: {why}",
            n=len(asked.refused),
            name=first.name,
            why=first.refusal,
        )
    if 0 < told.free < told.bytes:
        words += "\n" + tr("The disk has room for {size} only.", size=size_words(told.free))
    return words
