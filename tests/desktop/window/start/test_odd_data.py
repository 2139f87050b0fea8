"""The window opens on whatever lies in its folder; one odd thing costs that one thing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from core.engine.contract.protocol import EngineSpec
from core.models.library.chosen_folders import check_folders
from core.service.stores import open_stores
from core.store.gallery import Gallery
from core.store.model_cards import Card
from core.store.sources import source_store
from core.store.sources.opened_picture import OpenedPicture
from core.system import settings as settings_file
from core.system.errors import WorldError
from core.system.paths import Places, places
from core.system.settings import Settings
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture
from desktop.app.app import Application
from desktop.state import session
from tests.desktop.driving import pump, take_down, until
from tests.soak.damage.damage_folder import build, kinds, run

ROOT = Path(__file__).parents[4]
Open = Callable[[], Application]
posix = pytest.mark.skipif(os.name == "nt", reason="links, pipes and owners are not of this system")


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    opened: list[Application] = []

    def start() -> Application:
        application = Application(qapp, where.create(), EngineSpec(kind="fake", runs_in="here"))
        opened.append(application)
        application.start()
        until(lambda: application.service._worker.isRunning())
        pump(500)
        return application

    qapp.setStyle("Fusion")
    yield start
    for application in opened:
        take_down(application)


def makes_a_picture(application: Application) -> bool:
    outcomes: list[object] = []
    application.service.finished.connect(outcomes.append)
    application.service.submit(Request("x", steps=1, width=64, height=64, seed=1))
    until(lambda: outcomes)
    return outcomes[0].picture is not None  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as a few days of use leave it."""
    data = tmp_path_factory.mktemp("used") / "data"
    build(data)
    return data


@posix
@pytest.mark.parametrize(
    "names",
    [
        (
            "thumbnails.db garbage",
            "settings.json pipe",
            "session.json surrogates",
            "window.lock pipe",
            "starting pipe",
            "logs file",
            "kept file",
            "sources file",
        ),
        (
            "thumbnails.db pipe",
            "settings.json deep",
            "session.json folder",
            "window.lock folder",
            "logs/window-fault.txt pipe",
            "incidents pipe",
            "socket file",
            "sources pipe",
        ),
    ],
)
def test_damage_of_many_kinds_at_once_is_a_start_and_a_picture(
    tmp_path: Path, used: Path, names: tuple[str, ...]
) -> None:
    """Each kind by itself, and all others: tests/soak/damage/damage_folder.py."""
    data = shutil.copytree(used, tmp_path / "data", symlinks=True)
    known = dict(kinds())
    for name in names:
        known[name](data)
    good, said = run(data)
    assert good, said


def test_the_worker_is_started_whatever_fails_before(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise WorldError("The disk is full.", "Free some space.")

    monkeypatch.setattr(Gallery, "sweep", full)
    application = open_app()
    assert "The disk is full" in application.window.notice.text.text()
    assert makes_a_picture(application)


@pytest.mark.parametrize(
    ("count", "said"), [(7, "7 pictures were found"), (1, "A picture was found")]
)
def test_pictures_are_made_while_a_long_look_at_other_files_goes_on(
    open_app: Open, monkeypatch: pytest.MonkeyPatch, count: int, said: str
) -> None:
    looked = threading.Event()

    def sweep(self: Gallery, wanted: Callable[[], bool]) -> int:
        while wanted() and not looked.wait(0.02):
            pass
        return count

    monkeypatch.setattr(Gallery, "sweep", sweep)
    application = open_app()
    assert makes_a_picture(application) and "found" not in application.window.notice.text.text()
    looked.set()
    until(lambda: said in application.window.notice.text.text())


def test_a_fault_of_the_program_while_recovering_is_reported_and_the_worker_started(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*_: object) -> int:
        raise AssertionError

    monkeypatch.setattr(Gallery, "sweep", wrong)
    from pytestqt.exceptions import capture_exceptions

    with capture_exceptions() as caught:
        application = open_app()
    assert [kind for kind, _, _ in caught] == [AssertionError]
    caught.clear()  # with its frames, which would keep the window beyond its time
    assert makes_a_picture(application)


def test_a_database_that_a_crash_damaged_is_repaired_once_the_window_is_there(
    open_app: Open, where: Places
) -> None:
    stores = open_stores(where.create())
    for number in range(3):
        stores.cards.put(Card(f"/models/{number}", notes="mine " * 600))
    stores.jobs.add([Request("waits")])
    pages = {
        row["name"]: row["rootpage"] - 1
        for row in stores.database.connection().execute("SELECT name, rootpage FROM sqlite_master")
    }
    stores.close()
    raw = bytearray(where.database.read_bytes())
    for name in ("cards", "pictures"):  # the first is read before the paint
        raw[pages[name] * 4096 : pages[name] * 4096 + 4096] = os.urandom(4096)
    where.database.write_bytes(raw)
    application = open_app()
    until(lambda: "was damaged" in application.window.notice.text.text())
    assert application.service._stores is application.stores
    assert application.stores.jobs.waiting() == 1
    application.service.pause(False)
    assert makes_a_picture(application)


# --- folders that were chosen ---


def chosen(where: Places, **folders: str) -> None:
    where.create()
    where.settings.write_text(json.dumps(folders))


@posix
@pytest.mark.parametrize(
    "folder",
    [
        "/proc/x/m",
        "a\0b",
        "not/absolute",
        "/" + "y" * 300,
        "\udcff",
        "~nobody-of-that-name/x",
        "FILE",
    ],
)
def test_a_models_folder_that_cannot_be_is_said_and_the_usual_one_taken(
    where: Places, folder: str
) -> None:
    where.create()
    (where.root / "file").touch()
    found, troubles = check_folders(
        where, Settings(models_folder=folder.replace("FILE", str(where.root / "file")))
    )
    assert found.models == where.models and [one.setting for one in troubles] == ["models_folder"]
    assert "settings.json" in troubles[0].words and "--data" not in troubles[0].words
    troubles[0].words.encode()


@posix
def test_the_window_opens_without_its_models_folder(open_app: Open, where: Places) -> None:
    chosen(where, models_folder="/proc/x/m")
    application = open_app()
    assert (
        "models_folder" in application.window.notice.text.text()
        and application.stores.places.models == where.models
    )
    assert settings_file.load(where.settings)[0].models_folder == "/proc/x/m", (
        "it comes back with its drive"
    )
    assert makes_a_picture(application)


@posix
def test_without_its_pictures_folder_the_queue_waits(open_app: Open, where: Places) -> None:
    chosen(where, pictures_folder="/proc/x/p")
    application = open_app()
    assert application.service.paused and "pictures_folder" in application.window.notice.text.text()
    assert application.stores.places.pictures == Path("/proc/x/p"), (
        "where the rows of the gallery are"
    )


def test_a_folder_that_can_be_made_is_no_trouble(where: Places, tmp_path: Path) -> None:
    found, troubles = check_folders(
        where,
        Settings(models_folder=str(tmp_path / "a" / "b"), pictures_folder=str(tmp_path / "p")),
    )
    assert (found.models, found.pictures, troubles) == (
        tmp_path / "a" / "b",
        tmp_path / "p",
        (),
    ) and found.models.is_dir()


@posix
def test_commands_work_without_a_chosen_folder_and_say_so(where: Places) -> None:
    chosen(where, models_folder="/proc/x/m")
    done = subprocess.run(
        [sys.executable, "-m", "core", "--data", str(where.root), "models", "list"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (
        done.returncode == 0
        and "starter" in done.stdout
        and "models_folder" in done.stderr
        and len(done.stderr.splitlines()) == 1
    )


@posix
@pytest.mark.parametrize("data", ["~nobody-of-that-name/x", "LOOP", "/proc/x", "y" * 5000])
def test_a_data_folder_that_cannot_be_is_one_sentence(tmp_path: Path, data: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(WorldError, match="--data"):
        places(data.replace("LOOP", str(tmp_path / "loop" / "x"))).create()


# --- paths from a second start ---


@posix
def test_paths_of_any_kind_are_a_sentence_and_no_fault(open_app: Open, tmp_path: Path) -> None:
    application = open_app()
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "empty").mkdir()
    for name in (
        "/none" * 2000,
        "x" * 300,
        "a\0b",
        "\ud800",
        "/dev/zero",
        str(tmp_path / "pipe.png"),
        str(tmp_path / "loop"),
        str(tmp_path / "empty"),
        "x" * 5000 + ".safetensors",
        "a\0b.safetensors",
        "",
    ):
        application.window.notice.clear()
        application.window.opening.come_forward([name])
        until(lambda: not application.window.notice.isHidden())
        assert "fault of its own" not in application.window.notice.text.text(), name


def test_a_start_sweeps_kept_pictures_that_nothing_names_but_not_the_drafts(
    open_app: Open, where: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_store, "SPARED_SECONDS", -1.0)  # as if they were older than that
    stores = open_stores(where.create())
    addresses = [
        stores.sources.keep(OpenedPicture(1, 1, "RGB", bytes([grey] * 3))) for grey in range(2)
    ]
    named, free = (stores.sources.path_of(address) for address in addresses)
    stores.close()
    start = StartPicture(source=addresses[0])
    session.save(where.session, session.Session(Request("x", start=start), fresh=False))
    open_app()
    until(lambda: not free.exists())
    assert named.exists()
