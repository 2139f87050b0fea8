"""Pictures that other processes put into the gallery while the window is open."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.service.stores import Stores, open_stores
from core.system.paths import Places
from core.values.request import Request
from desktop.app.app import Application
from desktop.app.elsewhere import ElsewhereWatch
from tests.desktop.driving import take_down, until
from tests.desktop.parts import HeldTasks, put_picture

FAKE = EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.01))


def test_what_another_process_makes_is_shown_without_a_new_start(
    qapp: QApplication, where: Places
) -> None:
    application = Application(qapp, where, FAKE)
    application.start()
    until(lambda: application.elsewhere._newest >= 0)
    newest = application.window.newest
    other = open_stores(where)
    first = put_picture(other, "by the command line")
    application.elsewhere.look()
    until(lambda: newest.row_of(first.id) == 0)
    application.service.submit(Request("a house", seed=1, width=64, height=64, steps=1).check())
    until(lambda: newest.rowCount() == 2)
    second = put_picture(other, "again")
    application.elsewhere.look()
    until(lambda: newest.row_of(second.id) == 0 and newest.rowCount() == 3)
    other.close()
    take_down(application)


def test_only_what_the_window_has_not_heard_of_is_told(qapp: QApplication, stores: Stores) -> None:
    put_picture(stores, "before the start")
    tasks = HeldTasks()
    listed = set[int]()
    watch = ElsewhereWatch(stores.gallery, tasks, listed.__contains__)
    told: list[bool] = []
    watch.came.connect(lambda: told.append(True))
    watch.look()
    watch.look()  # the first has not been answered
    assert len(tasks.held) == 1
    tasks.run_all()
    watch.look()
    tasks.run_all()
    assert not told
    watch.note(put_picture(stores, "for the window"))
    watch.look()
    tasks.run_all()
    assert not told
    put_picture(stores, "for somebody else")
    watch.note(put_picture(stores, "for the window, later"))
    watch.look()
    tasks.run_all()
    assert told == [True]
    listed.add(put_picture(stores, "imported by the window").id)
    watch.look()
    tasks.run_all()
    assert told == [True]
