"""Questions to the networks about the picture that is open; answers for an earlier one are
dropped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from core.system.errors import KnownError
from desktop.state.job_service import JobService
from desktop.state.tasks import SerialTasks

if TYPE_CHECKING:
    from core.service.insight.from_text.asking import QuestionEnd
    from core.service.insight.from_text.losses import Loss
    from core.service.insight.looking import LookEnd
    from core.service.insight.recorded import RecordedPicture
    from core.values.insight.questions import Answer, DecodedAnswer, Question
    from core.values.job import RecordedLook
    from core.values.picture import Pixels
    from core.values.resolved_request import ResolvedRequest

DECODED = "decoded"  # the place of the whole picture's question


class Answers(QObject):
    """`failed` carries a KnownError."""

    failed = Signal(KnownError)

    def __init__(self, service: JobService, tasks: SerialTasks, parent: QObject) -> None:
        super().__init__(parent)
        self._service = service
        self._tasks = tasks
        self._turn = 0  # counts the pictures that were opened
        self._decoded: DecodedAnswer | None = None
        self._waiting: list[Callable[[DecodedAnswer], object]] = []
        self.picture: RecordedPicture | None = None

    def open(self, picture: RecordedPicture | None) -> None:
        """From now on of this picture; None for none."""
        if self.picture is not None:
            self._service.looks.questions.forget()
            self._service.looks.forget(self)
        self._turn += 1
        self._decoded = None
        self._waiting = []
        self.picture = picture

    def ask(
        self,
        question: Question,
        place: str,
        then: Callable[[Any], object],
        request: ResolvedRequest | None = None,
    ) -> None:
        """`then` hears the Answer, unless another question comes in its `place`. `request` instead
        of the picture's own."""
        from core.service.insight.from_text.asking import QuestionOrder

        if self.picture is None:
            return
        job = self.picture.job
        job = job if request is None else replace(job, request=request)
        order = QuestionOrder(job, question, place)
        self._service.looks.questions.put(order, partial(self._answered, self._turn, then))

    def _answered(self, turn: int, then: Callable[[Answer], object], end: QuestionEnd) -> None:
        if turn != self._turn:
            return
        if end.fault is not None:
            if end.order.place == DECODED:
                self._waiting = []  # whoever wants it next asks anew
            self.failed.emit(end.fault)
        elif end.answer is not None:
            then(end.answer)

    def decode(self, then: Callable[[DecodedAnswer], object]) -> None:
        """`then` hears the picture of the finished latents, which is decoded once."""
        from core.values.insight.questions import NudgeQuestion

        if self._decoded is not None:
            then(self._decoded)
            return
        self._waiting.append(then)
        if len(self._waiting) == 1 and self.picture is not None:
            self.ask(NudgeQuestion(str(self.picture.recording)), DECODED, self._take_decoded)

    def _take_decoded(self, answer: DecodedAnswer) -> None:
        self._decoded = answer
        waiting, self._waiting = self._waiting, []
        for then in waiting:
            then(answer)

    def look(self, what: RecordedLook, then: Callable[[Pixels], object]) -> None:
        """A rough picture of a recorded step."""
        from core.service.insight.looking import LookOrder

        if self.picture is None:
            return
        turn = self._turn

        def seen(end: LookEnd) -> None:
            if turn != self._turn:
                return
            if end.fault is not None:
                self.failed.emit(end.fault)
            elif end.pixels is not None:
                then(end.pixels)

        self._service.looks.put(LookOrder(self.picture.job, what, asker=self), seen)

    def compare(
        self, whole: Pixels, other: Pixels, then: Callable[[Loss], object], *, amplified: int = 4
    ) -> None:
        """`then` hears what the other picture lacks of the whole one, with the difference so many
        times as strong."""

        def work() -> Loss:
            from core.service.insight.from_text.losses import loss_between  # numpy

            return loss_between(whole, other, amplified)

        self.work(work, then)

    def work(self, work: Callable[[], Any], then: Callable[[Any], object]) -> None:
        """Something that takes its time, beside the window; a fault is told as one."""
        turn = self._turn

        def done(value: object) -> None:
            if turn == self._turn:
                then(value)

        def failed(fault: KnownError) -> None:
            if turn == self._turn:
                self.failed.emit(fault)

        self._tasks.submit(work, done, failed)
