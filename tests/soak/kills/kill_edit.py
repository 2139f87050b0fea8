"""kill -9 of the whole program while somebody paints, renders and accepts in Edit: what was lost of
a document beyond the last stroke, and of what was accepted (0 each).

    .venv/bin/python tests/soak/kills/kill_edit.py [KILLS] [SEED]

The window runs offscreen with an engine in its own process that draws gradients; strokes, undo and
keys are events of mouse and keyboard. Each start goes on in the document of the one before. It says
each state that it has come to, and what it is about to do; every kill comes a chosen time after one
of these words, so that a quarter of them each meet a stroke, a picture that is being made, a result
being taken, and any instant. The state that is on the disk then has to be the last one that was
said, or the one before. About 5 s a kill on 2 cores. For a death at every call: kill_calls.py edit.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from tests.soak.judging import TOLD, Limits, at_least, at_most, judge  # noqa: E402

if TYPE_CHECKING:
    from core.values.editing.document import Document
    from desktop.app.app import Application
    from desktop.edit.desk import EditDesk
    from desktop.edit.document.open_document import OpenDocument

SIDE = 640  # pixels of the picture that is opened first: nine tiles
STROKES = 5  # before each picture
WAITS = {"stroke": 0.02, "asked": 0.4, "accepting": 0.06, "loaded": 4.0}  # seconds, at most
LIMITS: Limits = {
    "kills": TOLD,
    "states": at_least(1),
    "results": at_least(1),
    "accepted": at_least(1),
    "last strokes lost": TOLD,
    "more than the last stroke lost": at_most(0),
    "accepted results lost": at_most(0),
    "results lost": at_most(0),
    "documents not open again": at_most(0),
    "damaged": at_most(0),
    "seconds": TOLD,
}


def say(kind: str, value: str = "") -> None:
    """One fact for the parent."""
    os.write(1, json.dumps([kind, value]).encode() + b"\n")


def digest(document: Document) -> str:
    """The name of a state: all of it, but which layer is active, which is no step."""
    import hashlib
    from dataclasses import replace

    from core.system.json import dumps

    whole = dumps(replace(document, active_layer=1))
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


# --- the program under test ---


def until(ready: object, seconds: float = 60) -> None:
    """Let events run until `ready`. Raises TimeoutError."""
    from tests.bench.window.lateness import pump

    assert callable(ready)
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError("waited in vain")
        pump(2)


def work(data: str, picture: str) -> None:
    """Opens the picture where nothing is open, then paints, renders and accepts without end."""
    from PySide6.QtWidgets import QApplication

    from core.engine.contract.protocol import EngineSpec, FakeScript
    from core.system.paths import places
    from desktop.app.app import Application

    qt = QApplication([])
    qt.setStyle("Fusion")
    spec = EngineSpec(kind="fake", runs_in="process", fake=FakeScript(step_seconds=0.01))
    application = Application(qt, places(data).create(), spec)
    application.window.resize(1100, 760)
    application.start()
    paper, desk = opened(application, Path(picture))
    paper.stepped.connect(lambda _: say("state", digest(paper.document)))
    say("loaded", digest(paper.document))
    chance = random.Random(os.getpid())
    while True:
        for _ in range(STROKES):
            stroke(desk, chance)
        render(application, desk)
        accept(desk, paper)


def opened(application: Application, picture: Path) -> tuple[OpenDocument, EditDesk]:
    """The document of the last time, else the picture as one."""
    from desktop.edit.room import EditRoom

    window = application.window
    window.go("edit")
    room = window.rooms["edit"]
    assert isinstance(room, EditRoom)
    desk = room.desk
    known: list[bool] = []
    desk.documents.once_known(lambda: known.append(True))
    until(lambda: known)
    if not desk.documents.tabs:
        window.signals.edit_file.emit(picture)
    until(lambda: desk.documents.current is not None)
    application.service.pause(False)
    tab = desk.documents.current
    assert tab is not None and tab.open is not None
    return tab.open, desk


def stroke(desk: EditDesk, chance: random.Random) -> None:
    """Somewhere, on the mask or on the layer; now and then one is taken back."""
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    from desktop.edit.document.painting import Target
    from tests.bench.window.lateness import pump

    canvas, left = desk.canvas, Qt.MouseButton.LeftButton
    canvas.set_target(chance.choice((Target.LAYER, Target.MASK)))
    middle = canvas.rect().center()
    begin = middle + QPoint(chance.randint(-150, 150), chance.randint(-150, 150))
    say("stroke")
    QTest.mousePress(canvas, left, pos=begin)
    for number in range(1, 7):
        QTest.mouseMove(canvas, begin + QPoint(9 * number, 5 * number))
        pump(4)
    QTest.mouseRelease(canvas, left, pos=begin + QPoint(54, 30))
    if chance.random() < 0.15:
        canvas.setFocus()
        QTest.keyClick(canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    pump(chance.randint(0, 30))


def render(application: Application, desk: EditDesk) -> None:
    """One picture, until it lies over the canvas."""
    say("asked")
    application.window.actions_by_id["generate"].trigger()
    until(lambda: desk.results.picture() is not None)
    picture = desk.results.picture()
    assert picture is not None
    say("result", picture.sha256)


def accept(desk: EditDesk, paper: OpenDocument) -> None:
    """Take it into the layer, or as one of its own."""
    picture, before = desk.results.picture(), paper.document
    assert picture is not None
    say("accepting", picture.sha256)
    desk.results.accept(as_layer=len(paper.document.layers) < 4)
    until(lambda: paper.document is not before)
    say("accepted", f"{picture.sha256} {digest(paper.document)}")


# --- the parent ---


@dataclass
class Trial:
    """What came of all kills so far."""

    states: int = 0
    results: set[str] = field(default_factory=lambda: set[str]())
    accepted: int = 0
    last_lost: int = 0
    more_lost: int = 0
    accepts_lost: int = 0
    not_open: int = 0
    damaged: int = 0


def run(data: Path, picture: Path, word: str, nth: int, wait: float) -> list[list[str]]:
    """One start, killed `wait` seconds after it said `word` the `nth` time. What it said."""
    command = [sys.executable, __file__, "--work", str(data), str(picture)]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "OMP_WAIT_POLICY": "PASSIVE"}
    said: list[list[str]] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=environment) as child:
        assert child.stdout is not None
        while nth and (line := child.stdout.readline()):
            said.append(json.loads(line))
            nth -= said[-1][0] == word
        time.sleep(wait)
        os.kill(child.pid, signal.SIGKILL)
        for line in child.stdout.read().splitlines(keepends=True):
            if line.endswith(b"\n"):
                said.append(json.loads(line))
        child.wait()
    return said


def look(data: Path, said: list[list[str]], trial: Trial) -> None:
    """Set what the disk holds beside what was said."""
    from core.service.editing.flattening import flattened_rows
    from core.service.stores import open_stores
    from core.system.paths import places

    states = [value for kind, value in said if kind in ("loaded", "state")]
    trial.states += len(states)
    trial.results |= {value for kind, value in said if kind == "result"}
    stores = open_stores(places(str(data)))
    try:
        opened = stores.documents.opened()
        if len(opened) != 1:
            trial.not_open += bool(states)
            return
        stored = stores.documents.load(opened[0].id)
        notice = stores.documents.take_notice()
        trial.damaged += bool(stored.notes or notice)
        flattened_rows(stored.document, lambda name: stores.documents.tile(opened[0].id, name))
        on_disk = [digest(step.document) for step in stored.steps]
        at = on_disk[stored.position]
        lost = lost_of(states, at, on_disk[: stored.position])
        trial.last_lost += lost == 1
        trial.more_lost += lost > 1
        for _, value in (fact for fact in said if fact[0] == "accepted"):
            sha256, state = value.split()
            trial.accepted += 1
            # what is not in the document yet still lies over it
            is_kept = state in on_disk or stores.gallery.has_pixels(sha256)
            trial.accepts_lost += not is_kept or (lost > 1 and state not in on_disk)
    finally:
        stores.close()


def lost_of(states: list[str], at: str, before: list[str]) -> int:
    """How many of the states that were said, in their order, came after the one that is on the
    disk; none where that is one which was still to be said."""
    if not states or states[-1] == at or (states[-1] in before and at not in states):
        return 0
    backwards = states[::-1]
    return backwards.index(at) if at in backwards else len(states)


def main(kills: int, seed: int) -> int:
    """Exit code 0 where nothing was lost but last strokes."""
    from PIL import Image

    from core.service.stores import open_stores
    from core.system.paths import places

    chance, began = random.Random(seed), time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="calotype-kill-edit-"))
    data, picture = folder / "data", folder / "photo.png"
    Image.effect_noise((SIDE, SIDE), 80).convert("RGB").save(picture)
    trial = Trial()
    for number in range(kills):
        word, most = list(WAITS.items())[number % len(WAITS)]
        nth = 1 if word == "loaded" else chance.randint(1, STROKES if word == "stroke" else 2)
        look(data, run(data, picture, word, nth, chance.uniform(0, most)), trial)
        if (number + 1) % 10 == 0:
            took = time.monotonic() - began
            print(f"{number + 1} kills, {trial.states} states, {took:.0f} s", flush=True)
    stores = open_stores(places(str(data)))
    missing = sum(not stores.gallery.has_pixels(sha256) for sha256 in trial.results)
    stores.close()
    figures = {
        "kills": kills,
        "states": trial.states,
        "results": len(trial.results),
        "accepted": trial.accepted,
        "last strokes lost": trial.last_lost,
        "more than the last stroke lost": trial.more_lost,
        "accepted results lost": trial.accepts_lost,
        "results lost": missing,
        "documents not open again": trial.not_open,
        "damaged": trial.damaged,
        "seconds": round(time.monotonic() - began),
    }
    return judge(figures, LIMITS)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(sys.argv[2], sys.argv[3])
    else:
        kills = int(sys.argv[1]) if len(sys.argv) > 1 else 60
        seed = int(sys.argv[2]) if len(sys.argv) > 2 else 7
        sys.exit(main(kills, seed))
