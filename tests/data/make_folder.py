"""Makes a data folder by using the program, and packs it as a fixture: what a version wrote, kept
for every later one to open.

    .venv/bin/python tests/data/make_folder.py pack tests/data/YEAR-MONTH.tar.xz
    .venv/bin/python tests/data/make_folder.py expect tests/data/YEAR-MONTH.tar.xz

An archive is made ONCE, by the code of its day, and never again: its worth is that it does not
change. A version that writes something new gets an archive of its own beside the older ones.
`expect` writes down, in the .json beside the archive, what the code of that day reads in it and
which names it stores things under; that file too is written once, and looked through by a person.

Everything lies below HOME, where a copy of the checkout is run too, so that no path of the machine
gets into the stores. A minute or two on 2 idle cores.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from core.engine import open_engine  # noqa: E402
from core.engine.contract.protocol import EngineSpec  # noqa: E402
from core.models.fetch.move import move_models  # noqa: E402
from core.models.library.chosen_folders import with_chosen_folders  # noqa: E402
from core.service.exporting.choices import Along, ExportChoices, FileKind  # noqa: E402
from core.service.exporting.sheet.choices import Paper, SheetChoices, SheetKind  # noqa: E402
from core.service.stores import open_stores  # noqa: E402
from core.system import settings  # noqa: E402
from core.system.paths import places  # noqa: E402
from core.values.events import Event, StepDone  # noqa: E402
from core.values.gallery.question import Order  # noqa: E402
from core.values.request import Request  # noqa: E402
from tests.data.deeds import EVERYTHING, SMALL, deeds  # noqa: E402
from tests.data.folder import HOME, pack, unpack  # noqa: E402

if TYPE_CHECKING:
    from core.store.gallery import Gallery
    from desktop.gallery.panel import GalleryPanel
    from desktop.shell.main_window import MainWindow


@contextmanager
def nameless() -> Generator[None]:
    """The stores name the machine and its system: not this one."""
    with patch("platform.node", lambda: "darkroom"), patch("platform.platform", lambda: "Linux"):
        yield


def window(home: Path) -> None:
    """A session as the window writes it: the form, and the shape of the window."""
    from PySide6.QtWidgets import QApplication

    from desktop.app.app import Application
    from tests.desktop.driving import until

    qt = QApplication([])
    qt.setStyle("Fusion")
    application = Application(qt, places(home / "data"), EngineSpec(kind="fake", runs_in="here"))
    application.start()
    shown, draft = application.window, application.draft
    until(lambda: shown.rooms["models"].controller.list.rowCount() >= 6 and shown.newest.rowCount())
    dream = next(
        entry for entry in application.stores.library.entries() if entry.id == EVERYTHING.model
    )
    draft.use_family(dream.id, dream.family_row)
    draft.set(**{f.name: getattr(EVERYTHING, f.name) for f in fields(Request) if f.name != "model"})
    draft.pin_seed(EVERYTHING.seed or 0)
    shown.rooms["create"].form.parameters.more.setChecked(True)
    shown.rooms["create"].history.setVisible(False)
    shown.rooms["create"].form.prompt.examples.choose("folded")
    gallery = application.stores.gallery
    shown.current.show(gallery.page(gallery.ids(limit=1))[0])
    shown.go("gallery")
    sort_out(shown, gallery)
    export(shown, home / "drive" / "exported")
    leave_gallery(shown.rooms["gallery"].panel)
    file = application.stores.places.session
    until(
        lambda: (
            file.is_file()
            and EVERYTHING.prompt in json.loads(file.read_text())["request"]["prompt"]
        )
    )
    shown._save_session()
    until(lambda: json.loads(file.read_text())["room"] == 1)
    application.end()


def leave_gallery(panel: GalleryPanel) -> None:
    """With a search that was entered once, the list at its side, another order and larger cells."""
    panel.search.setText("red house")
    panel.search.entered.emit()
    panel.search.setText("")
    panel.show_list(True)
    panel.view.shape.setChecked(True)
    panel.show_question(replace(panel.question, order=Order.FILE_SIZE, rising=True))
    panel.grid.zoomed.emit(200)


def export(shown: MainWindow, folder: Path) -> None:
    """The picture that is shown, chosen as it never is by itself."""
    from desktop.pictures.exporting.wish import ExportWish, Form
    from tests.desktop.driving import until

    wish = ExportWish(
        form=Form.ZIP,
        choices=ExportChoices(
            template="{date} {seed}", kind=FileKind.JPEG, side=48, quality=80, along=Along.MARK
        ),
        sheet=SheetChoices(paper=Paper.A4_ACROSS, columns=5, caption="{prompt}"),
        sheet_kind=SheetKind.PNG,
        folder=str(folder),
    )
    folder.mkdir()
    exports, picture = shown.exports.exportings, shown.current.picture
    assert picture is not None
    exports.ask([picture.id])
    until(lambda: exports.dialog is not None and exports.dialog.isVisible())
    exports.dialog.wanted.emit(wish)
    exports.dialog.close()
    until(lambda: list(folder.glob("*.zip")))
    shutil.rmtree(folder)


def sort_out(shown: MainWindow, gallery: Gallery) -> None:
    """The first two pictures of the gallery; then the second window is opened, with the recipe and
    no filmstrip, whose slides go by chance."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from tests.desktop.driving import until

    windows = shown.viewing
    until(lambda: shown.rooms["gallery"].panel.grid.model().rowCount() > 1)
    before = len(gallery.ids("is:rejected"))
    windows.sort_out()
    full = windows.full
    assert full is not None
    until(lambda: full.walk.picture() is not None)
    first = full.walk.row()
    for key in (Qt.Key.Key_3, Qt.Key.Key_X):
        until(lambda: (one := full.walk.picture()) is not None and one.id == full.walk.current)
        QTest.keyClick(full.viewer, key)
    until(lambda: len(gallery.ids("is:rejected")) == before + 1)
    assert full.walk.row() == first + 2
    full.close()
    windows.show_second()
    second = windows.second
    assert second is not None
    second.bar.film.click()
    second.bar.recipe.click()
    second.bar.shuffle.click()
    second.bar.seconds.setValue(9)


def moved_away(home: Path) -> None:
    """The models go to another drive, and the program is killed when all of them are there but the
    settings do not say so."""
    assert child("move", str(home)) == 9
    assert (home / "data" / ".models.moved.json").is_file()


def real(home: Path) -> None:
    """The whole folder with the real engine, in the copy of the checkout below `home`."""
    import psutil

    with nameless():
        spec = EngineSpec(device="cpu", checkpoint_interval=0.0)
        with (
            open_engine(spec) as engine,
            open_engine(EngineSpec(kind="fake")) as fake,
            open_engine(replace(spec, runs_in="process")) as crashing,
        ):

            def kill(event: Event) -> None:
                if isinstance(event, StepDone) and event.step == 4:
                    psutil.Process(crashing.pid).kill()  # type: ignore[attr-defined]

            deeds(home, engine, fake, kill, crashing)
        window(home)
        moved_away(home)
        assert child("claim", str(home)) == -signal.SIGKILL


def child(*arguments: str) -> int:
    """This command in a process of its own; how it ended."""
    return subprocess.run(
        [sys.executable, __file__, *arguments], check=False, timeout=300
    ).returncode


def move(home: Path) -> None:
    """Killed when the settings were to be written."""
    move_models(home / "data" / "models", home / "drive" / "models", done=lambda there: os._exit(9))


def claim(home: Path) -> None:
    """Killed while it makes a picture."""
    with nameless():
        stores = open_stores(
            with_chosen_folders(
                places(home / "data"), settings.load(home / "data" / "settings.json")[0]
            )
        )
        stores.jobs.add(
            [replace(SMALL, prompt="a house that was never finished", seed=50)], running=True
        )
        os.kill(os.getpid(), signal.SIGKILL)


def make_and_pack(archive: Path) -> None:
    """In a copy of the checkout at HOME, which must not be there yet."""
    home = Path(HOME)
    home.mkdir()
    try:
        for name in ("core", "desktop", "resources", "tests"):
            shutil.copytree(
                ROOT / name, home / "program" / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        empty = {
            "HOME": f"{home}/person",
            "HF_HUB_CACHE": f"{home}/person/hub",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        subprocess.run(
            [
                sys.executable,
                str(home / "program" / "tests" / "data" / Path(__file__).name),
                "real",
                str(home),
            ],
            cwd=home,
            env=os.environ | empty,
            check=True,
            timeout=900,
        )
        pack(home, archive)
    finally:
        shutil.rmtree(home)


def expect(archive: Path) -> None:
    """Write down what today's code finds in an archive."""
    from tests.data.seen import expected

    with tempfile.TemporaryDirectory() as folder:
        found = expected(unpack(archive, Path(folder)))
    text = json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True)
    archive.with_name(archive.name.removesuffix(".tar.xz") + ".json").write_text(text + "\n")


def main(arguments: list[str]) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("what", choices=("pack", "expect", "real", "move", "claim"))
    parser.add_argument("path", type=Path)
    given = parser.parse_args(arguments)
    did = time.monotonic()
    {"pack": make_and_pack, "expect": expect, "real": real, "move": move, "claim": claim}[
        given.what
    ](given.path)
    print(f"{given.what}: {time.monotonic() - did:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
