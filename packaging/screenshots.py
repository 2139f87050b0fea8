"""Drives the real window through a real generation and writes PNGs of every room, theme,
size and the pseudo-language.

    .venv/bin/python packaging/screenshots.py [FOLDER]

Runs offscreen; each size runs in a process of its own, since the scale is fixed at start.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog

    from desktop.app.app import Application
    from desktop.edit.document.open_document import OpenDocument

ROOT = Path(__file__).resolve().parents[1]
SHOTS = (
    ("1024x640", 1024, 640, "1", ""),
    ("1440x900", 1440, 900, "1", ""),
    ("200percent", 1280, 800, "2", ""),
    ("pseudo", 1024, 640, "1", "pseudo"),
)
PROMPTS = (
    "a purple mushroom on sand with mountains",
    "a green tree on grass with mountains in daylight",
    "three red balloons at dawn",
    "a blue umbrella on sand in daylight with a sun",
    "a watercolour of a green tree on grass",
    "a yellow boat on water at sunset",
)


def pump(ms: int) -> None:
    """Let events run for a while. (QTest.qWait holds Python's lock while it sleeps,
    which starves all other threads.)"""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def shoot(folder: Path, name: str, width: int, height: int, language: str) -> None:
    """All rooms in both themes at one size."""
    sys.path.insert(0, str(ROOT))
    from import_scenes import of_imports
    from insight_scenes import in_insight
    from kin_scenes import around_pictures
    from PySide6.QtWidgets import QApplication

    from core.system.paths import places
    from desktop.app.app import Application
    from desktop.app.run import install_language
    from desktop.create.room import CreateRoom
    from desktop.shell.rooms import ROOMS

    qt = QApplication([])
    qt.setStyle("Fusion")
    install_language(qt, language)
    with tempfile.TemporaryDirectory() as data:
        application = Application(qt, places(data))
        window = application.window
        create = window.rooms["create"]
        assert isinstance(create, CreateRoom)
        window.resize(width, height)
        application.start()
        pump(400)
        window.grab().save(str(folder / f"{name}-dark-0-first-start.png"))
        for seed, prompt in enumerate(PROMPTS):
            developing = folder / f"{name}-dark-1-developing.png" if seed == 0 else None
            make(application, prompt, seed + 1, developing)
        table = measured(application)
        for theme in ("dark", "light"):
            window.signals.choose_setting.emit("theme", theme)
            window.notice.clear()
            create.form.parameters.more.setChecked(theme == "light")
            for at, room in enumerate(row.id for row in ROOMS):
                window.go(room)
                pump(500)
                window.grab().save(str(folder / f"{name}-{theme}-{at + 2}-{room}.png"))
            table.grab().save(str(folder / f"{name}-{theme}-7-machine-speed.png"))
            window.go("create")
            from_a_picture(application, folder, f"{name}-{theme}")
            as_a_sweep(application, folder, f"{name}-{theme}")
            with_hires_fix(application, folder / f"{name}-{theme}-10-hires.png")
            in_edit(application, folder, f"{name}-{theme}")
            around_words(application, folder, f"{name}-{theme}")
            in_insight(application, folder, f"{name}-{theme}")
            around_pictures(application, folder, f"{name}-{theme}")
            seen_alone(application, folder, f"{name}-{theme}")
            of_imports(application, folder, f"{name}-{theme}")
        window.go("create")
        application.draft.set(prompt="a portrait of the queen")
        create.form.generate()
        create.stage.drawer.toggle.setChecked(True)
        pump(300)
        window.grab().save(str(folder / f"{name}-light-6-answer.png"))
        application.end()


def from_a_picture(application: Application, folder: Path, name: str) -> None:
    """The chip of a start picture, and the targets of one that is dragged over the window."""
    from desktop.create.room import CreateRoom

    window, draft = application.window, application.draft
    create = window.rooms["create"]
    assert isinstance(create, CreateRoom)
    picture = window.current.picture
    assert picture is not None
    file = Path(picture.path)
    create.form.start.use(file)
    deadline = time.monotonic() + 30
    while create.form.start.sight() is None and time.monotonic() < deadline:
        pump(50)
    draft.put("start.strength", 0.55)
    draft.set(width=256, height=192)
    window.notice.clear()
    create.form.side.scroll_area.verticalScrollBar().setValue(0)
    pump(400)
    window.grab().save(str(folder / f"{name}-8-start.png"))
    window.drop_targets.offer(file, create.drop)
    window.drop_targets.point_at(window.drop_targets.rect().center())
    window.grab().save(str(folder / f"{name}-9-drop.png"))
    window.drop_targets.hide()
    create.form.start.take_away()


def as_a_sweep(application: Application, folder: Path, name: str) -> None:
    """Axes below the prompt, and the grid with its heat row."""
    from desktop.create.room import CreateRoom

    create = application.window.rooms["create"]
    assert isinstance(create, CreateRoom)
    ways = create.ways
    ways.sweep()
    wait(lambda: ways.sweeps is not None)
    assert ways.sweeps is not None
    panel, desk = ways.sweeps.asking.panel, ways.sweeps.desk
    panel.vary("steps").fill("steps", "2-8 (+2)")
    panel.vary("sampler").fill("sampler", "euler, dpmpp_2m")
    wait(panel.make.isEnabled)
    application.window.grab().save(str(folder / f"{name}-25-axes.png"))
    panel.make.click()
    wait(lambda: desk.now is not None and len(desk.now.pictures) == 8)
    desk.view.heat.setChecked(True)
    pump(2000)
    application.window.grab().save(str(folder / f"{name}-26-sweep.png"))
    desk.view.left.emit()
    ways.sweeps.asking.put_away()


def around_words(application: Application, folder: Path, name: str) -> None:
    """Chips of styles, and the lists of styles, presets, wildcards and draws."""
    from desktop.create.room import CreateRoom

    window, draft = application.window, application.draft
    create = window.rooms["create"]
    assert isinstance(create, CreateRoom)
    words, places = create.form.words, application.stores.places
    places.wildcards.mkdir(exist_ok=True)
    (places.wildcards / "weather.txt").write_text("fog\n2::clear sky\nsnow and __wind__\n")
    (places.wildcards / "wind.yaml").write_text("wind: [storm, breeze\n")
    before = draft.stored()
    draft.set(prompt="a {red|blue} house in __weather__")
    words.styles.choose()
    picker = words.styles.picker
    wait(lambda: picker is not None and picker.list.rowCount())
    assert picker is not None
    for style in picker.listed()[3:6]:
        words.panel.chips.add(style.chosen())
    words.panel.chips.chips[1].name.click()
    words.presets.choose()
    words.presets.save(f"A house, {name}", with_prompt=True)
    words.wildcards.choose()
    words.draws.show()
    pump(1500)
    dialogs = (picker, words.presets.dialog, words.wildcards.dialog, words.draws.dialog)
    window.notice.clear()
    create.form.side.scroll_area.verticalScrollBar().setValue(0)
    pump(100)
    window.grab().save(str(folder / f"{name}-18-styles.png"))
    for dialog, what in zip(dialogs, ("picker", "presets", "wildcards", "draws"), strict=True):
        assert dialog is not None
        dialog.grab().save(str(folder / f"{name}-19-{what}.png"))
        dialog.close()
    draft.set(prompt=before.prompt, styles=before.styles)


def with_hires_fix(application: Application, file: Path) -> None:
    """Its lines, by hand, and the offer in the status line before."""
    from desktop.create.room import CreateRoom

    window, draft = application.window, application.draft
    create = window.rooms["create"]
    assert isinstance(create, CreateRoom)
    draft.set(width=512, height=512)
    pump(500)
    window.grab().save(str(file.with_name(file.name.replace("hires", "hires-offer"))))
    more = create.form.parameters.more
    before = more.isChecked()
    more.setChecked(True)
    draft.put("hires.mode", "by_hand")
    pump(500)
    create.form.side.scroll_area.ensureWidgetVisible(
        create.form.parameters.control("hires.sampler")
    )
    pump(100)
    window.grab().save(str(file))
    more.setChecked(before)
    draft.reset("hires.mode", "width", "height")


def in_edit(application: Application, folder: Path, name: str) -> None:
    """A document with what is selected on it, two results over it, and one of them taken."""
    from PySide6.QtCore import QPointF, Qt
    from PySide6.QtTest import QTest

    from desktop.edit.room import EditRoom

    window = application.window
    edit = window.rooms["edit"]
    assert isinstance(edit, EditRoom)
    desk, canvas = edit.desk, edit.desk.canvas
    window.actions_by_id["edit-picture"].trigger()
    wait(lambda: desk.documents.current is not None)
    pump(600)
    window.notice.clear()
    tab = desk.documents.current
    assert tab is not None and tab.open is not None
    size = tab.open.size
    places = [
        canvas.placement().to_widget(QPointF(size.width() * x, size.height() * y)).toPoint()
        for x, y in ((0.35, 0.45), (0.5, 0.4), (0.62, 0.5), (0.5, 0.55))
    ]
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=places[0])
    for place in places[1:]:
        QTest.mouseMove(canvas, place)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=places[-1])
    pump(600)
    window.grab().save(str(folder / f"{name}-11-edit-mask.png"))
    desk.form.side.count.setValue(2)
    window.actions_by_id["generate"].trigger()
    wait(lambda: desk.results.place()[1] >= 2)
    canvas.compare(0.5)
    pump(600)
    window.grab().save(str(folder / f"{name}-12-edit-results.png"))
    desk.results.accept(as_layer=True)
    wait(lambda: tab.open is not None and len(tab.open.document.layers) > 1)
    window.actions_by_id["live"].trigger()
    pump(4000)
    window.grab().save(str(folder / f"{name}-13-edit-live.png"))
    window.actions_by_id["live"].trigger()
    with_layers(application, tab.open, folder, name)
    window.actions_by_id["document-close"].trigger()
    pump(300)
    window.grab().save(str(folder / f"{name}-14-edit-closed.png"))
    window.actions_by_id["document-close"].trigger()
    pump(300)
    window.notice.clear()
    window.go("gallery")
    pump(500)
    window.grab().save(str(folder / f"{name}-17-gallery-stack.png"))
    in_gallery(application, folder, name)
    window.go("create")


def in_gallery(application: Application, folder: Path, name: str) -> None:
    """A search with a mistake in it, its chips, and the list of albums; what stars, tags and
    albums are asked with."""
    from desktop.gallery.room import GalleryRoom
    from desktop.pictures.marking.album_dialog import AlbumDialog
    from desktop.pictures.marking.tags_dialog import TagsDialog

    window, gallery = application.window, application.stores.gallery
    room = window.rooms["gallery"]
    assert isinstance(room, GalleryRoom)
    ids = gallery.ids()
    gallery.set_rating(ids[:2], 4)
    gallery.set_rating(ids[-1:], -1)
    gallery.set_tags(ids[:3], ["autumn"])
    if not gallery.albums():
        gallery.put_in_album(gallery.add_album("For the cover"), ids[:4])
        gallery.add_album("The best", "rating:>=4")
    window.signals.gallery_changed.emit()
    room.panel.show_list(True)
    room.panel.search.setText("-is:rejected steps:many rating:>=0")
    pump(1200)
    window.grab().save(str(folder / f"{name}-20-gallery-search.png"))
    room.panel.search.clear()
    pump(600)
    room.panel.grid.setFocus()
    room.panel.grid.selectAll()
    for command_id, kind in (("tags", TagsDialog), ("album-add", AlbumDialog)):
        window.actions_by_id[command_id].trigger()
        pump(500)
        dialog = window.findChild(kind)
        assert dialog is not None
        dialog.grab().save(str(folder / f"{name}-20-gallery-{command_id}.png"))
        dialog.reject()
    room.panel.use_list(None, 0)


def seen_alone(application: Application, folder: Path, name: str) -> None:
    """A picture over the whole screen with its recipe, in a second window, and sorted out."""
    window = application.window
    viewing = window.viewing
    window.go("gallery")
    pump(300)
    for command, what in (("full-screen", "full"), ("second-window", "second")):
        window.actions_by_id[command].trigger()
        view = viewing.full if what == "full" else viewing.second
        assert view is not None
        view.resize(window.size())
        view.bar.recipe.setChecked(True)
        wait(view.viewer.has_image)
        pump(500)
        view.grab().save(str(folder / f"{name}-20-{what}.png"))
        view.close()
    window.actions_by_id["sort-out"].trigger()
    assert viewing.full is not None
    viewing.full.resize(window.size())
    pump(500)
    viewing.full.grab().save(str(folder / f"{name}-20-sorting.png"))
    viewing.full.sorting.bar.finish.click()
    pump(100)
    viewing.full.grab().save(str(folder / f"{name}-20-sorted.png"))
    viewing.full.close()


def with_layers(application: Application, paper: OpenDocument, folder: Path, name: str) -> None:
    """A new sheet beside the document; then that with a frame beyond its edge, and a locked layer
    whose menu is open."""
    from dataclasses import replace

    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QPainter

    from desktop.edit.room import EditRoom
    from desktop.edit.tools.table import ToolId

    window = application.window
    edit = window.rooms["edit"]
    assert isinstance(edit, EditRoom)
    desk, tab = edit.desk, edit.desk.documents.current
    window.actions_by_id["document-new"].trigger()
    wait(lambda: desk.documents.current is not tab)
    pump(400)
    window.grab().save(str(folder / f"{name}-15-edit-sheet.png"))
    assert tab is not None
    desk.documents.show(tab)
    window.actions_by_id["layer-lock"].trigger()
    wait(lambda: any(layer.locked for layer in paper.document.layers))
    document = paper.document
    frame = (document.width // 3, 0, document.width, document.height)
    paper.step("Frame", replace(document, frame=frame))
    desk.canvas.set_tool(ToolId.FRAME)
    pump(600)
    menu = desk.layers.menu(of_masks=False)
    menu.popup(window.mapToGlobal(QPoint(window.width() - 200, 140)))
    pump(100)
    whole = window.grab()
    painter = QPainter(whole)
    painter.drawPixmap(window.mapFromGlobal(menu.pos()), menu.grab())
    painter.end()
    whole.save(str(folder / f"{name}-16-edit-layers.png"))
    menu.close()
    desk.canvas.set_tool(ToolId.BRUSH)


def wait(ready: Callable[[], object]) -> None:
    """Let events run until `ready`, for a minute at most."""
    deadline = time.monotonic() + 60
    while not ready() and time.monotonic() < deadline:
        pump(50)


def measured(application: Application) -> QDialog:
    """Help > How fast is this machine, once all is measured."""
    window = application.window
    window.actions_by_id["machine-speed"].trigger()
    table = window.help.machine_speed
    assert table is not None
    deadline = time.monotonic() + 300
    while not table.again.isEnabled() and time.monotonic() < deadline:
        pump(50)
    return table


def make(application: Application, prompt: str, seed: int, developing: Path | None) -> None:
    """Generate one picture, with a grab in the middle."""
    from core.values.events import Event, StepDone

    window = application.window
    steps: list[StepDone] = []

    def count(event: Event) -> None:
        if isinstance(event, StepDone):
            steps.append(event)

    application.service.progressed.connect(count)
    before = len(window.newest.ids())
    application.draft.set_random_seed(False)
    application.draft.set(prompt=prompt, seed=seed)
    window.actions_by_id["generate"].trigger()
    deadline = time.monotonic() + 120
    taken = developing is None
    while len(window.newest.ids()) == before and time.monotonic() < deadline:
        pump(5)
        if not taken and len(steps) >= 9:
            window.grab().save(str(developing))
            taken = True
    pump(200)


def main() -> None:
    """All sizes, each in a process; or the one that is named behind the folder."""
    if sys.argv[1:2] and sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "screenshots").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if len(sys.argv) > 2:
        name, width, height, _, language = next(shot for shot in SHOTS if shot[0] == sys.argv[2])
        shoot(folder, name, width, height, language)
        return
    for name, _, _, scale, _ in SHOTS:
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale}
        subprocess.run([sys.executable, __file__, str(folder), name], env=environment, check=True)
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


if __name__ == "__main__":
    main()
