"""Insight for the pictures of the window: a picture that is recorded, gone back through and
branched off from, in Create and in Insight, and each of Insight's views."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from screenshots import pump, wait

if TYPE_CHECKING:
    from desktop.app.app import Application
    from desktop.insight.room import InsightRoom
    from desktop.steps.strip import RewindStrip


def in_insight(application: Application, folder: Path, name: str) -> None:
    """Grabs of all that, into `folder`, called by `name`."""
    from desktop.insight.room import InsightRoom
    from desktop.insight.views import VIEWS

    window = application.window
    window.go("create")
    _rewind(application, folder, name)
    window.actions_by_id["insight-picture"].trigger()
    room = window.rooms["insight"]
    assert isinstance(room, InsightRoom)
    wait(lambda: room.desk.opening.picture is not None)
    for row in VIEWS:
        room.desk.go(row.id)
        if row.id == "words":
            _words(room)
        pump(1200)
        window.notice.clear()
        window.grab().save(str(folder / f"{name}-23-insight-{row.id}.png"))
    window.go("create")


def _words(room: InsightRoom) -> None:
    """The map of a word over the picture."""
    from desktop.insight.words.desk import Words

    view = room.desk.view()
    assert isinstance(view, Words)
    if not view.sheet.has_maps:
        view.opening.record(words=True)
        wait(lambda: view.sheet.has_maps)
    view.sheet.parts[0].words.keep((0,))


def _rewind(application: Application, folder: Path, name: str) -> None:
    """In Create: the offer, a step with the words from there, and both pictures."""
    from desktop.create.room import CreateRoom

    window = application.window
    create = window.rooms["create"]
    assert isinstance(create, CreateRoom)
    strip = create.stage.strip
    assert strip is not None
    window.grab().save(str(folder / f"{name}-20-rewind-offer.png"))
    strip.begin.click()
    wait(strip.timeline.isVisible)
    strip.timeline.slider.setValue(strip.timeline.steps // 3)
    pump(1200)
    window.notice.clear()
    window.grab().save(str(folder / f"{name}-21-rewind-step.png"))
    _branch(strip, "a blue boat on water at sunset")
    pump(400)
    window.grab().save(str(folder / f"{name}-22-rewind-branch.png"))
    _loop(strip, folder / f"{name}-24-loop.png")
    strip.back.click()


def _branch(strip: RewindStrip, words: str) -> None:
    strip.form.prompt.setPlainText(words)
    strip.form.develop.click()
    wait(lambda: strip.stage.is_beside() and not strip.walk.is_awaiting())


def _loop(strip: RewindStrip, file: Path) -> None:
    from desktop.steps.loop_dialog import LoopDialog

    opened: list[LoopDialog] = []
    hear = strip.walk.asked.connect(opened.append)
    strip.timeline.loop.click()
    pump(200)
    for dialog in opened:
        dialog.grab().save(str(file))
        dialog.reject()
    strip.walk.asked.disconnect(hear)
