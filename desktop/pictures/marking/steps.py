"""The history of what was noted on pictures: each step is done and taken back in a task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal

from core.system.errors import KnownError
from desktop.state.tasks import SerialTasks
from desktop.widgets.i18n import tr
from desktop.widgets.notice import PassingAct
from desktop.widgets.notices import NoticeBar

MOST_STEPS = 200
TOPIC = "marks"

Work = Callable[[], object]


@dataclass(slots=True, eq=False)
class MarkStep:
    """`name` stands behind Undo in the menu, `words` are said once it is done. `do` and `before`
    run in a task: `before`, first, looks at what there is, may change the words, and gives what
    brings it back. `ids` are the pictures that it is about, `many` whether a notice offers to undo
    it. `turned`, where it is set, is told in the window's thread once it is done again (True) or
    taken back."""

    name: str
    words: str
    ids: tuple[int, ...]
    do: Work
    before: Callable[[], Work]
    many: bool = False
    turned: Callable[[bool], object] | None = None
    _back: list[Work] = field(default_factory=list)

    def make(self) -> None:
        """In a task. Raises KnownError where the database refuses."""
        if not self._back:
            self._back.append(self.before())
        self.do()

    def note_done(self) -> None:
        """Another hand has done it; `before` is one that looks at nothing."""
        self._back.append(self.before())

    def take_back(self) -> None:
        """In a task, behind `make`; nothing where that failed."""
        for back in self._back:
            back()


class MarkHistory(QObject):
    """`told` carries a few words on what was just done, `marked` the ids of the pictures whose rows
    have changed; `stepped`: there is another step to undo or redo. `changed` is called after the
    rows changed."""

    told = Signal(str)
    marked = Signal(tuple)
    stepped = Signal()

    def __init__(
        self,
        tasks: SerialTasks,
        notice: NoticeBar,
        changed: Callable[[], object],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._notice = notice
        self._changed = changed
        self._done: list[MarkStep] = []
        self._undone: list[MarkStep] = []

    # --- what can be done ---

    def name_of_undo(self) -> str:
        """What Undo would take back; "" for nothing."""
        return self._done[-1].name if self._done else ""

    def name_of_redo(self) -> str:
        """What Redo would make again; "" for nothing."""
        return self._undone[-1].name if self._undone else ""

    # --- doing ---

    def perform(self, step: MarkStep) -> None:
        """Do it, and say so."""
        self._put(step)
        self._step(step, step.make, offers=step.many)

    def remember(self, step: MarkStep) -> None:
        """Undo takes it back in its turn, though another hand has done it and said so."""
        step.note_done()
        self._put(step)
        self.stepped.emit()

    def forget_turned(self, ids: Sequence[int]) -> None:
        """What was remembered of these alone is taken back already."""
        back = set(ids)
        self._done = [one for one in self._done if not (one.turned and back.issuperset(one.ids))]
        self.stepped.emit()

    def _put(self, step: MarkStep) -> None:
        self._done = [*self._done[-MOST_STEPS + 1 :], step]
        self._undone = []

    def undo(self) -> bool:
        """Take the last step back; whether there is one."""
        if not self._done:
            return False
        step = self._done.pop()
        self._undone.append(step)
        self._step(step, step.take_back, tr("Undone: {what}", what=step.name))
        return True

    def redo(self) -> bool:
        """Make again what was taken back last; whether there is something."""
        if not self._undone:
            return False
        step = self._undone.pop()
        self._done.append(step)
        self._step(step, step.make)
        return True

    def _step(self, step: MarkStep, work: Work, undone: str = "", *, offers: bool = False) -> None:
        def done(_: object) -> None:
            words = undone or step.words
            self._changed()
            if step.turned is not None:
                step.turned(work == step.make)
            self.marked.emit(step.ids)
            self.told.emit(words)
            if offers and self._is_last(step):
                undo = PassingAct(lambda: self._is_last(step), self.undo)
                self._notice.say(words, label=tr("Undo"), action=undo, topic=TOPIC)

        def failed(error: KnownError) -> None:
            for steps in (self._done, self._undone):
                if step in steps:
                    steps.remove(step)
            self.stepped.emit()
            self._notice.say(str(error), problem=True, topic=TOPIC)

        self._tasks.submit(work, done, failed)
        self._notice.drop_idle()
        self.stepped.emit()

    def _is_last(self, step: MarkStep) -> bool:
        return bool(self._done) and self._done[-1] is step
