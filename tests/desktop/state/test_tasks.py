"""Work in threads of its own: its order, its answers, and its end where something hangs."""

from __future__ import annotations

import threading

from PySide6.QtWidgets import QApplication

from core.system.errors import KnownError, WorldError
from desktop.state.tasks import SerialTasks
from tests.desktop.driving import pump, until


def test_answers_come_in_order_in_the_thread_that_asked(qapp: QApplication) -> None:
    faults: list[KnownError] = []
    tasks = SerialTasks(faults.append)
    heard: list[tuple[object, bool]] = []
    here = threading.get_ident()

    def fail() -> None:
        raise WorldError("Away.", "")

    for number in range(3):
        tasks.submit(
            lambda number=number: (number, threading.get_ident() != here),
            lambda answer: heard.append((answer, threading.get_ident() == here)),
        )
    tasks.submit(fail)
    assert not tasks.is_running()
    tasks.start()
    until(lambda: faults)
    assert heard == [((number, True), True) for number in range(3)] and tasks.is_running()
    done: list[int] = []
    tasks.submit(lambda: done.append(1))
    tasks.finish()
    assert done == [1] and not tasks.is_running(), "what is queued is done first"
    tasks.submit(lambda: done.append(2))
    tasks.start()
    tasks.finish()
    assert done == [1, 2], "it may begin again"


def test_what_hangs_is_left_alone_at_the_end_and_nobody_hears_of_it(qapp: QApplication) -> None:
    tasks = SerialTasks(lambda fault: None)
    answers, heard = threading.Event(), []
    tasks.submit(lambda: answers.wait(60), heard.append)
    tasks.submit(lambda: heard.append("the next"))
    tasks.start()
    tasks.finish(patience=0.05)
    answers.set()
    until(lambda: not tasks.is_running())
    pump(20)
    assert heard == []


def test_what_is_saved_is_saved_to_its_end_however_long_that_takes(qapp: QApplication) -> None:
    tasks = SerialTasks(lambda fault: None)
    done: list[str] = []

    def slowly(name: str) -> None:
        threading.Event().wait(0.3)
        done.append(name)

    tasks.submit(lambda: slowly("first"), saves=True)
    tasks.submit(lambda: done.append("looked at"))
    tasks.submit(lambda: slowly("second"), saves=True)
    tasks.start()
    tasks.finish(patience=0.05)
    assert done == ["first", "looked at", "second"]


def test_a_save_behind_what_hangs_keeps_no_program_from_ending(qapp: QApplication) -> None:
    tasks = SerialTasks(lambda fault: None)
    answers, done = threading.Event(), []
    tasks.submit(lambda: answers.wait(60))
    tasks.submit(lambda: done.append("saved"), saves=True)
    tasks.start()
    tasks.finish(patience=0.05)
    assert tasks.is_running() and done == []
    answers.set()
    until(lambda: not tasks.is_running())
