"""A job in words, and its row in the queue: what tells it from the others of its Count,
how it stands, and what helps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from core.store.jobs import QueuedJob
from core.values.job import FailureReason, JobState
from desktop.queue.together import Together, upscale_words
from desktop.state.job_service import JobService
from desktop.widgets import theme
from desktop.widgets.controls import ElidedLabel, IconButton
from desktop.widgets.i18n import tr

THUMB = 36  # pixels of the picture's side
STATE_WIDTH = 76  # pixels
LONGEST_TITLE = 40  # characters of a document's, beside which the rest is to be seen


@dataclass(frozen=True, slots=True)
class JobNames:
    """What a job's model is called, and the document it is made for; "" where that is unknown."""

    model: str
    document: str = ""


def state_words(job: QueuedJob) -> str:
    """How it stands."""
    return {
        JobState.WAITING: tr("waiting"),
        JobState.RUNNING: tr("developing"),
        JobState.FAILED: tr("failed"),
        JobState.STOPPED: tr("stopped"),
        JobState.DONE: tr("done"),
    }[job.state]


def job_facts(job: QueuedJob, names: JobNames) -> str:
    """What tells it apart: its place in its Count, seed, document, model, size and steps."""
    request = job.request
    if request.upscale.source:
        return upscale_words(job)
    parts = [tr("{nth} of {of}", nth=job.nth, of=job.of)] if job.of > 1 else []
    if request.seed is not None:
        parts.append(tr("seed {seed}", seed=request.seed))
    if request.document:
        parts.append(_for_what(names.document))
    if request.start.source:
        parts.append(tr("from a picture, {strength}", strength=f"{request.start.strength:.2f}"))
    return " · ".join(
        (
            *parts,
            names.model,
            f"{request.width} x {request.height}",
            tr("{n} steps", n=request.steps),
        )
    )


def job_words(job: QueuedJob) -> str:
    """What it makes, by its prompt."""
    if job.request.prompt:
        return job.request.prompt
    return tr("Upscale a picture") if job.request.upscale.source else tr("without a prompt")


def _for_what(title: str) -> str:
    if not title:
        return tr("for Edit")
    short = title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…"
    return tr("for {title}", title=short)


def spoken_row(job: QueuedJob, names: JobNames, together: Together | None = None) -> str:
    """The row for a screen reader."""
    facts = together.facts if together else job_facts(job, names)
    said = [
        together.words if together else job_words(job)[:200],
        facts.replace(" · ", ", "),
        state_words(job),
    ]
    said += [part for part in (job.message, job.hint) if part]
    return ". ".join(said)


class QueueRow(QWidget):
    """One row, also of those whom its job stands for. `helping` opens the place where a model that
    fails its job can be looked at."""

    def __init__(
        self,
        job: QueuedJob,
        names: JobNames,
        service: JobService,
        helping: Callable[[], object],
        together: Together | None = None,
    ) -> None:
        super().__init__()
        self.job = job
        self._together = together
        self.thumb = QLabel()
        self.thumb.setFixedSize(QSize(THUMB, THUMB))
        self.thumb.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.thumb.setAutoFillBackground(True)
        self.text = ElidedLabel(together.words if together else job_words(job))
        trouble = f"{job.message} {job.hint}".strip()
        self.facts = ElidedLabel(together.facts if together else job_facts(job, names))
        self.facts.setObjectName("dim")
        self.state = QLabel(state_words(job))
        styles = {JobState.FAILED: "bad", JobState.RUNNING: "slow", JobState.DONE: "good"}
        self.state.setObjectName(styles.get(job.state, "dim"))
        self.state.setMinimumWidth(STATE_WIDTH)
        self.state.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        lines = QVBoxLayout()
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self.text)
        lines.addWidget(self.facts)
        if trouble:
            why = ElidedLabel(trouble)
            why.setObjectName("bad" if job.state is JobState.FAILED else "dim")
            lines.addWidget(why)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.SPACE_2, 2, theme.SPACE_1, 2)
        layout.setSpacing(theme.SPACE_2)
        layout.addWidget(self.thumb)
        layout.addLayout(lines, 1)
        layout.addWidget(self.state)
        for button in self._buttons(service, helping):
            layout.addWidget(button)

    def _buttons(self, service: JobService, helping: Callable[[], object]) -> list[IconButton]:
        job = self.job
        rows: list[tuple[str, str, Callable[[], object]]] = []
        if job.reason is FailureReason.MODEL:
            rows.append(("models", tr("Open Models"), helping))
        if job.state in (JobState.FAILED, JobState.STOPPED):
            rows.append(("reuse", tr("Run again"), partial(service.run_again, job.id)))
        if self._together is not None:
            cancel = partial(service.cancel, job.id, together=job.created)
            rows.append(("close", tr("Cancel all of them"), cancel))
        elif job.state in (JobState.WAITING, JobState.RUNNING):
            rows.append(("close", tr("Cancel this job"), partial(service.cancel, job.id)))
        else:
            rows.append(("close", tr("Remove from the list"), partial(service.forget, job.id)))
        buttons: list[IconButton] = []
        for icon, words, act in rows:
            button = IconButton(icon, words, size=14)
            button.clicked.connect(lambda _=False, act=act: act())
            buttons.append(button)
        return buttons

    def show_picture(self, picture: QPixmap) -> None:
        """Its preview, its picture or its model's, cut to the square from the middle."""
        side = round(THUMB * self.devicePixelRatioF())
        filled = picture.scaled(
            side,
            side,
            Qt.AspectRatioMode.KeepAspectRatioByExpanding,
            Qt.TransformationMode.SmoothTransformation,
        )
        cut = filled.copy((filled.width() - side) // 2, (filled.height() - side) // 2, side, side)
        cut.setDevicePixelRatio(self.devicePixelRatioF())
        self.thumb.setPixmap(_rounded(cut))


def _rounded(picture: QPixmap) -> QPixmap:
    out = QPixmap(picture.size())
    out.setDevicePixelRatio(picture.devicePixelRatio())
    out.fill(QColor(0, 0, 0, 0))
    painter = QPainter(out)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    shape = QPainterPath()
    shape.addRoundedRect(QRectF(0, 0, THUMB, THUMB), 4, 4)
    painter.setClipPath(shape)
    painter.drawPixmap(0, 0, picture)
    painter.end()
    return out
