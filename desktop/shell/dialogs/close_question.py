"""The question at closing while a picture is being made."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QMessageBox, QWidget

from desktop.state.services import Services
from desktop.widgets.i18n import tr


def ask_before_closing(window: QWidget) -> str:
    """What the person wants: "finish", "stop" or "stay"."""
    box = QMessageBox(window)
    box.setWindowTitle(tr("A picture is being made"))
    box.setText(tr("A picture is being made. Waiting jobs stay in the queue either way."))
    finish = box.addButton(tr("Finish it, then close"), QMessageBox.ButtonRole.AcceptRole)
    stop = box.addButton(
        tr("Stop and keep it in the queue"), QMessageBox.ButtonRole.DestructiveRole
    )
    box.addButton(tr("Do not close"), QMessageBox.ButtonRole.RejectRole)
    box.exec()
    pressed = box.clickedButton()
    if pressed is finish:
        return "finish"
    if pressed is stop:
        return "stop"
    return "stay"


def end_jobs(services: Services, *, now: bool) -> None:
    """No more pictures are made; one that is stopped `now` waits again."""
    cut_short = services.service.end(now=now)
    if cut_short:
        keep = partial(services.stores.jobs.requeue, cut_short)
        services.database_tasks.submit(keep)
