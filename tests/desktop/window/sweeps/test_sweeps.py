"""Sweeps in the real window: axes below the prompt, the grid on the stage, and what is done with
both by mouse and by keyboard."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from core.service.sweeps.axes.ranges import parts_of
from core.service.sweeps.making.now import Stand
from core.store.sweeps.sweep_store import SweepStore
from core.system.paths import Places
from core.values.request import Request
from core.values.sweeping.sweep import Axis, new_sweep
from tests.desktop.driving import Open, create_of, form_of, pump, until
from tests.desktop.window.sweeps.asked import made, opened


def test_a_sweep_is_asked_for_and_grows_on_the_stage(open_app: Open) -> None:
    application = open_app()
    window, create = application.window, create_of(application.window)
    application.draft.set(prompt="a red house", width=64, height=64, seed=3, steps=2)
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window, Qt.Key.Key_G, both)
    until(lambda: create.ways.sweeps is not None)
    sweeps = opened(application)
    panel = sweeps.asking.panel
    assert panel.lines[0].kind.hasFocus() and not panel.make.isEnabled()
    assert panel.swap.isHidden()
    panel.vary("steps")
    until(lambda: panel.said.text() == "Write the values of Steps below it.")
    assert panel.said.objectName() == "dim"  # nobody has done anything wrong
    panel.vary("steps").values.setText("1, many")
    panel.changed.emit()
    until(lambda: "is no number" in panel.said.text())
    assert panel.said.objectName() == "bad" and not panel.make.isEnabled()
    panel.lines[0].values.setText("1-3")
    line = panel.vary("sampler")
    menu = line.choose_values.menu()
    menu.aboutToShow.emit()
    menu.popup(line.mapToGlobal(QPoint(0, 0)))
    for name in ("Euler", "Heun"):  # ticked in a list that stays open
        action = next(action for action in menu.actions() if action.text() == name)
        QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
        assert action.isChecked() and menu.isVisible()
    assert menu.actions()[-1].text() == "All"
    menu.close()
    assert line.values.text() == "euler, heun" and panel.lines[0].choose_values.isHidden()
    panel.changed.emit()
    until(panel.make.isEnabled)
    assert panel.said.text().startswith("6 pictures · ")
    panel.swap.click()
    assert panel.axes() == (("sampler", "euler, heun"), ("steps", "1-3"))
    panel.swap.click()
    panel.name.setText("Steps of two samplers")
    panel.note.setText("For Ada")
    until(panel.make.isEnabled)
    application.service.pause(True)
    panel.make.click()
    until(create.stage.is_sweep_shown)
    desk, drawer = sweeps.desk, create.stage.drawer
    drawer.toggle.setChecked(True)
    until(lambda: drawer.list.count() == 1)  # one entry for all
    assert "Sweep: 6 pictures" in drawer.list.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert desk.now is not None and {desk.now.stand(cell) for cell in desk.now.cells} == {
        Stand.WAITING
    }
    assert desk.view.make.text() == "Go on" and desk.view.make.isVisible()
    desk.view.make.click()
    until(lambda: desk.now is not None and len(desk.now.pictures) == 6)
    assert desk.view.said.text() == "6 of 6 made"
    assert desk.view.name.text() == "Steps of two samplers"
    model = desk.model
    assert (model.columnCount(), model.rowCount()) == (3, 2)
    assert model.headerData(1, Qt.Orientation.Horizontal) == "Steps\n2"
    assert model.headerData(1, Qt.Orientation.Vertical) == "Sampler\nHeun"
    spoken = model.index(1, 2).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("Steps 3, Sampler Heun")
    # all of it is there: another one, or one of another recipe
    until(lambda: panel.make.text() == "Make another")
    assert "All pictures are made or in the queue" in panel.said.text()
    assert panel.heading.toolTip() or "Steps of two samplers" in panel.heading.text()
    application.draft.set(prompt="a blue house")
    until(lambda: panel.make.text() == "Make sweep" and panel.make.isEnabled())
    assert panel.said.text().startswith("6 pictures · ")
    picture = model.picture(model.index(1, 2))
    assert picture is not None
    request = picture.request
    assert (request.steps, request.sampler, request.prompt) == (3, "heun", "a red house")
    assert request.sweep.name == "Steps of two samplers"
    newest = application.window.newest
    until(
        lambda: (
            newest.rowCount() == 1
            and (top := newest.at(0, (64, 64, 1.0))[0]) is not None
            and newest.stacks.count(top) == 6
        )
    )
    spoken = newest.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("Sweep Steps of two samplers: ") and "stack of 6" in spoken
    kept = application.stores.sweeps.get(request.sweep.id)
    assert (kept.name, kept.note) == ("Steps of two samplers", "For Ada")
    window.actions_by_id["help.sweep"].trigger()
    page = window.help.pages["sweep"]
    until(lambda: "lays the next one across" in page.text.toPlainText())
    page.close()


def test_further_values_make_new_cells_and_a_stopped_sweep_goes_on(open_app: Open) -> None:
    application = open_app()
    application.draft.set(prompt="a house", width=64, height=64, seed=3)
    sweeps = made(application, ("steps", "1, 2"))
    desk, panel = sweeps.desk, sweeps.asking.panel
    first = desk.now
    assert first is not None and len(first.pictures) == 2
    desk.view.further.click()
    assert panel.axes() == (("steps", "1, 2"),)
    panel.lines[0].values.setText("1-4, 0")
    panel.changed.emit()
    until(lambda: "0 do not" in panel.said.text() or panel.said.objectName() == "bad")
    panel.lines[0].values.setText("1-14")
    panel.changed.emit()
    until(panel.make.isEnabled)
    assert panel.said.text().startswith("12 pictures")
    panel.make.click()
    until(lambda: desk.now is not None and len(desk.now.pictures) >= 3)
    assert desk.now is not None and desk.now.sweep.id == first.sweep.id
    desk.stop()
    until(lambda: application.service.current is None and application.service.waiting == 0)
    until(lambda: not desk.view.make.isHidden())
    assert len(desk.now.pictures) < 14
    until(lambda: panel.make.text() == "Make sweep" and panel.make.isEnabled())
    assert " pictures · " in panel.said.text(), "they are missing again"
    desk.view.make.click()
    until(lambda: desk.now is not None and len(desk.now.pictures) == 14)
    # those that were stopped waited again: none stands in the queue a second time
    until(lambda: application.stores.jobs.recent() == ())
    assert application.stores.gallery.stacks()[first.sweep.stack].count == 14


def test_a_start_deletes_what_nothing_has_named_for_long(open_app: Open, where: Places) -> None:
    store = SweepStore(where.sweeps)
    base = Request("a house", seed=1)
    old, new = (new_sweep(base, (Axis("steps", ("1", "2")),)) for _ in range(2))
    store.keep(old)
    store.drop_unnamed((), 1.0)  # in 1970
    store.keep(new)
    open_app()
    until(lambda: store.all() == (new,))


def test_other_ways_to_generate(open_app: Open, tmp_path: Path) -> None:
    application = open_app()
    create, form = create_of(application.window), form_of(application.window)
    application.draft.set(prompt="a house", width=64, height=64, steps=1)
    menu = form.side.ways.menu()
    assert [action.text() for action in menu.actions()] == [
        "Generate", "Sweep (X/Y/Z plot)", "Prompts from a file...", "Until stopped",
    ]  # fmt: skip
    # the name of a parameter
    label = next(
        label for line, label in form.parameters._rows._labels.items() if line.field == "guidance"
    )
    label.customContextMenuRequested.emit(QPoint(1, 1))
    (popup,) = label.findChildren(QMenu)
    sweep_this = popup.actions()[0]
    assert sweep_this.text() == "Sweep this"
    sweep_this.trigger()
    popup.close()
    until(lambda: create.ways.sweeps is not None)
    sweeps = opened(application)
    assert sweeps.asking.panel.lines[0].name() == "guidance"
    sweeps.asking.panel.lines[0].remove.click()
    assert sweeps.asking.panel.isHidden()
    # prompts from a file
    file = tmp_path / "prompts.txt"
    file.write_text('a cat\n--prompt "a dog" --steps 2\n', "utf-8")
    sweeps.asking.take_file(file)
    panel = sweeps.asking.panel
    until(panel.make.isEnabled)
    assert panel.lines[0].values.text() == "2 lines of prompts.txt"
    lines = ("line", file.read_text("utf-8"))
    panel.vary("steps").fill("steps", "1")
    panel.swap.click()
    assert panel.axes() == (("steps", "1"), lines)
    panel.lines[0].remove.click()
    assert panel.axes() == (lines,)
    # values that no line holds
    line = panel.vary("prompt")
    long = ("one\ntwo", *(f"{n} {'word ' * 100}end" for n in range(60)))
    line.fill("prompt", long)
    assert line.values.text() == "61 values" and parts_of(line.typed()) == long
    editor = line.kind.lineEdit()
    assert editor is not None
    editor.editingFinished.emit()
    assert parts_of(line.typed()) == long
    line.remove.click()
    until(panel.make.isEnabled)
    folder = application.stores.places.sweeps
    folder.write_text("no folder", "utf-8")
    panel.make.click()
    assert not panel.make.isEnabled()
    until(panel.make.isEnabled)  # once more
    assert sweeps.desk.now is None and application.window.notice.isVisible()
    folder.unlink()
    panel.make.click()
    until(lambda: sweeps.desk.now is not None and len(sweeps.desk.now.pictures) == 2)
    assert sweeps.desk.now is not None
    assert {picture.request.prompt for picture in sweeps.desk.now.pictures.values()} == {
        "a cat",
        "a dog",
    }
    sweeps.desk.view.further.click()
    assert panel.axes() == (("line", lines[1].strip()),)
    assert panel.lines[0].values.text() == "2 lines"
    until(lambda: panel.said.text().startswith("All pictures are made"))
    # random seeds are those that were drawn, as long as it is this sweep
    panel.fill((("seed", ("-1", "7")),), "Seeds")
    until(panel.make.isEnabled)
    panel.make.click()
    until(lambda: panel.lines[0].values.text().endswith(", 7"))
    until(lambda: "Make another" in panel.make.text())
    assert "-1" not in panel.lines[0].values.text()
    until(lambda: application.service.current is None and application.service.waiting == 0)
    # until stopped, with seeds that count up
    application.draft.set_random_seed(False)
    application.draft.set(seed=40)
    seeds: list[int | None] = []
    application.service.finished.connect(lambda outcome: seeds.append(outcome.job.request.seed))
    create.ways.switch_until_stopped()
    until(lambda: len(seeds) >= 3)
    create.ways.switch_until_stopped()
    assert not create.ways.until_stopped.is_on
    pump(300)  # one more may have been asked for
    until(lambda: application.service.current is None and application.service.waiting == 0)
    assert seeds[:3] == [40, 41, 42]
    count = len(seeds)
    pump(200)
    assert len(seeds) == count
