"""Queue, models and fit as a person meets them, in the real window: jobs told apart, refusals with
remedies, dropped models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.models.library import registry
from core.models.library.external_folders import linked_folders
from core.system.paths import RESOURCES, Places
from core.values.device import Device
from core.values.job import FailureReason, JobState, MemoryOutcome
from core.values.lora import Lora
from core.values.request import Request
from desktop.app.app import Application
from desktop.queue.row import QueueRow
from desktop.widgets.controls import IconButton
from tests.core.models.files import layouts
from tests.desktop.driving import Open, create_of, form_of, models_of, opening, until

FAKE = EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.02))


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    yield from opening(
        qapp, where, FAKE, lambda application: until(models_of(application.window).list.rowCount)
    )


def rows(application: Application) -> list[QueueRow]:
    jobs = create_of(application.window).stage.drawer.list
    found = [jobs.itemWidget(jobs.item(row)) for row in range(jobs.count())]
    return [one for one in found if isinstance(one, QueueRow)]


def test_the_jobs_of_one_count_are_told_apart(open_app: Open) -> None:
    application = open_app()
    drawer, told = create_of(application.window).stage.drawer, list[tuple[str, bool]]()
    application.window.voice.announced.connect(lambda words, urgent: told.append((words, urgent)))
    drawer.toggle.setChecked(True)
    assert drawer.toggle.text() == "Queue: empty" and not drawer.list.isVisible(), (
        "an empty drawer takes no height"
    )
    application.draft.set_random_seed(False)
    application.draft.set(prompt="a red house", seed=40, count=4, steps=30)
    form_of(application.window).generate()
    until(lambda: "making 1, 3 waiting" in drawer.toggle.text() and len(rows(application)) == 4)
    assert ("4 pictures wait in the queue.", False) in told
    shown = [row.facts.toolTip() for row in rows(application)]
    assert shown == [
        f"{n} of 4 · seed {39 + n} · Starter · 256 x 256 · 30 steps" for n in (1, 2, 3, 4)
    ]
    spoken = drawer.list.item(1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "a red house. 2 of 4, seed 41, Starter, 256 x 256, 30 steps. waiting"
    until(lambda: all(not row.thumb.pixmap().isNull() for row in rows(application)))
    until(lambda: any(row.job.state is JobState.DONE for row in rows(application)))
    done = next(row for row in rows(application) if row.job.state is JobState.DONE)
    own = models_of(application.window).portraits
    until(lambda: isinstance(own.of_job(done.job.id), QPixmap))
    assert drawer.list.height() <= 200
    until(lambda: application.service.current is None and application.service.waiting == 0)
    until(lambda: drawer.toggle.text() == "Queue: empty" and not drawer.list.isVisible())
    assert any(words.startswith("The picture is finished after") for words, _ in told)


def test_keys_cancel_move_and_run_again(open_app: Open) -> None:
    application = open_app()
    drawer, service = create_of(application.window).stage.drawer, application.service
    service.pause(True)
    for name in ("one", "two", "three"):
        service.submit(Request(prompt=name, seed=1, steps=1))
    drawer.toggle.setChecked(True)

    def order() -> list[tuple[str, str]]:
        return [(row.job.request.prompt, row.job.state.value) for row in rows(application)]

    until(lambda: len(order()) == 3)
    drawer.list.setCurrentRow(2)
    QTest.keyClick(drawer.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    until(lambda: [one for one, _ in order()] == ["one", "three", "two"])
    assert drawer.list.currentRow() == 1, "the row that was moved stays chosen"
    QTest.keyClick(drawer.list, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    until(lambda: [one for one, _ in order()] == ["one", "two", "three"])
    QTest.keyClick(drawer.list, Qt.Key.Key_Delete)
    until(lambda: ("three", "stopped") in order())
    drawer.list.setCurrentRow(2)
    QTest.keyClick(drawer.list, Qt.Key.Key_Return)
    until(lambda: ("three", "waiting") in order())
    drawer.list.setCurrentRow(2)
    QTest.keyClick(drawer.list, Qt.Key.Key_Delete)
    until(lambda: ("three", "stopped") in order())
    drawer.list.setCurrentRow(2)
    QTest.keyClick(drawer.list, Qt.Key.Key_Delete)
    until(lambda: [one for one, _ in order()] == ["one", "two"])


def test_a_model_that_cannot_be_used_is_refused_and_the_form_stays(
    open_app: Open, where: Places
) -> None:
    where.models.mkdir(parents=True, exist_ok=True)
    (where.models / "broken.safetensors").write_bytes(b"\x10" + b"\0" * 7 + b'{"a":1}' + b"\0" * 50)
    application = open_app()
    window = application.window
    combo = form_of(window).parameters.model
    until(lambda: combo.findData("broken.safetensors") >= 0)
    before = application.draft.stored()
    combo.setCurrentIndex(combo.findData("broken.safetensors"))
    combo.activated.emit(combo.currentIndex())
    assert application.draft.stored() == before and combo.currentData() == "starter"
    assert (
        "cannot be used" in window.notice.text.text()
        and window.notice.button.text() == "Choose another"
    )
    window.notice.other.click()
    assert window.rooms.shown == "models" and models_of(window).card.item is not None
    assert models_of(window).card.item.entry.id == "broken.safetensors"
    application.draft.set(prompt="a red house", model="broken.safetensors")
    form_of(window).generate()
    assert (
        "cannot be used" in window.notice.text.text()
        and application.stores.jobs.waiting() == 0 == len(application.stores.jobs.recent())
    )


def test_a_model_whose_file_went_is_said_before_anything_waits(
    open_app: Open, where: Places
) -> None:
    where.models.mkdir(parents=True, exist_ok=True)
    path = layouts.write(where.models / "dream.safetensors", layouts.SD1)
    application = open_app()
    window = application.window
    until(lambda: form_of(window).parameters.model.findData("dream.safetensors") >= 0)
    form_of(window).choice.choose("dream.safetensors")
    path.unlink()
    application.draft.set(prompt="a red house")
    form_of(window).generate()
    until(lambda: "is gone" in window.notice.text.text())
    assert (
        window.notice.button.text() == "Choose another" and application.stores.jobs.recent() == ()
    )
    form_of(window).choice.choose("starter")
    form_of(window).generate()
    until(lambda: len(window.newest.ids()) == 1)


def test_a_job_that_failed_by_its_model_shows_the_way_to_the_models(open_app: Open) -> None:
    application = open_app()
    create_of(application.window).stage.drawer.toggle.setChecked(True)
    application.service.submit(Request(prompt="one", seed=1, steps=1, loras=(Lora("not here"),)))
    until(lambda: [row.job.state for row in rows(application)] == [JobState.FAILED])
    (row,) = rows(application)
    assert "LoRA" in row.job.message and row.job.reason is FailureReason.MODEL
    (way,) = (one for one in row.findChildren(IconButton) if one.toolTip() == "Open Models")
    way.click()
    assert application.window.rooms.shown == "models"


def test_the_refusal_is_short_and_the_rest_is_a_button_away(open_app: Open) -> None:
    application = open_app()
    window = application.window
    application.draft.set(prompt="a portrait of the queen")
    form_of(window).generate()
    assert "knows only" in window.notice.text.text() and len(window.notice.text.text()) < 320
    assert (window.notice.button.text(), window.notice.other.text()) == (
        "Generate anyway",
        "What it knows",
    )
    window.notice.other.click()
    dialog = form_of(window).submission.dialog
    assert dialog is not None and dialog.examples.count() == 8
    until(lambda: dialog.offers.isVisible())
    assert "Stable Diffusion" in dialog.offers.text() or "None" in dialog.offers.text()
    dialog.examples.setCurrentRow(6)
    dialog.examples.itemActivated.emit(dialog.examples.currentItem())
    assert application.draft.stored().prompt == "a red house on snow at night"
    application.draft.set(prompt="a portrait of the king")
    form_of(window).generate()
    window.notice.other.click()
    assert form_of(window).submission.dialog is not None
    form_of(window).submission.dialog.get.click()
    assert window.rooms.shown == "models" and models_of(window).panel.get.isChecked()


def test_a_dropped_model_reaches_the_registry_the_room_and_the_form(
    open_app: Open, where: Places, tmp_path: Path
) -> None:
    path = layouts.write(tmp_path / "dream.safetensors", layouts.SD1)
    application = open_app()
    window = application.window
    window.opening.open_path(path)
    until(lambda: application.draft.request.model == "dream.safetensors")
    assert application.draft.request.width == 512 and window.rooms.shown == "create"
    assert [row.path for row in registry.read(where.models)] == [str(path)] and models_of(
        window
    ).list.row_of(str(path)) >= 0
    assert window.notice.other.text() == "Remove from the list"
    window.notice.other.click()
    until(lambda: not registry.read(where.models) and models_of(window).list.row_of(str(path)) < 0)
    assert application.draft.request.model == "starter" and path.exists()
    lora = layouts.write(tmp_path / "ink.safetensors", layouts.kohya(layouts.ATTENTION, 768))
    window.opening.open_path(lora)
    until(lambda: window.rooms.shown == "models")
    assert models_of(window).card.item is not None and models_of(
        window
    ).card.item.entry.path == str(lora)


def test_a_dropped_folder_of_many_is_linked_and_asks_which(
    open_app: Open, where: Places, tmp_path: Path
) -> None:
    folder = tmp_path / "collection"
    folder.mkdir()
    for name in ("dream", "night"):
        layouts.write(folder / f"{name}.safetensors", layouts.SD1)
    application = open_app()
    window = application.window
    window.opening.open_path(folder)
    until(lambda: form_of(window).intake.question is not None)
    assert folder in linked_folders(where.models) and window.rooms.shown == "models"
    question = form_of(window).intake.question
    assert question is not None and question.list.count() == 2
    question.field.setText("night")
    QTest.keyClick(question.field, Qt.Key.Key_Return)
    until(lambda: application.draft.request.model == "night.safetensors")
    (tmp_path / "nothing").mkdir()
    window.opening.open_path(tmp_path / "nothing")
    until(lambda: "holds no models" in window.notice.text.text())


def test_models_show_pictures_and_take_one_from_the_gallery(open_app: Open) -> None:
    application = open_app()
    window = application.window
    list_, starter = (
        models_of(window).list,
        next(one for one in application.library.items if one.entry.id == "starter"),
    )
    until(lambda: list_.index(0).data(Qt.ItemDataRole.DecorationRole) is not None)
    window.signals.show_models.emit()
    until(lambda: not models_of(window).card.picture.pixmap().isNull())
    before = models_of(window).card.picture.pixmap().toImage()
    application.draft.set(prompt="a red house", steps=1)
    window.go("create")
    form_of(window).generate()
    until(lambda: len(window.newest.ids()) == 1 and window.current.picture is not None)
    models_of(window).use_picture()
    until(lambda: application.stores.cards.get(starter.entry.path).picture != "")
    assert not Path(application.stores.cards.get(starter.entry.path).picture).is_absolute()
    until(lambda: models_of(window).card.picture.pixmap().toImage() != before)
    assert models_of(window).card.portrait.text() == "Forget its picture"
    window.notice.button.click()
    until(lambda: application.stores.cards.get(starter.entry.path).picture == "")
    until(lambda: models_of(window).card.picture.pixmap().toImage() == before)


def test_eight_bits_are_offered_in_the_card_and_the_list(open_app: Open, where: Places) -> None:
    where.models.mkdir(parents=True, exist_ok=True)
    layouts.write(where.models / "large.safetensors", layouts.XL)
    application = open_app()
    window = application.window
    application.service.found_devices.disconnect()  # the engine of this machine knows no such card
    # of which 90 % are to be had: the layers one by one take 1.40e9 bytes, in eight bits 1.31e9
    card_of = 1_500_000_000
    application.library.use_devices([Device("cuda:0", "Small card", card_of, card_of)])
    until(lambda: any(one.fits == "eight" for one in application.library.items))
    window.signals.show_models.emit()
    models_of(window).panel.select(str(where.models / "large.safetensors"))
    assert (
        models_of(window).card.state.text() == "Fits with 8-bit weights"
        and models_of(window).card.eight_bit.isVisible()
    )
    models_of(window).card.eight_bit.click()
    until(lambda: application.settings.weights == "8bit")
    until(
        lambda: (
            next(one for one in application.library.items if one.entry.name == "large").fits
            == "slow"
        )
    )


def test_remarks_are_a_short_line_and_stand_with_the_fit(open_app: Open) -> None:
    application = open_app()
    fit = application.window.fit
    until(fit.button.isVisible)
    assert not fit.remark.isVisible()
    application.draft.set(width=1024, height=1024)
    until(fit.remark.isVisible)
    assert fit.remark.toolTip().startswith(
        "Starter draws best from 128 to 384 pixels; at 1024 x 1024 it repeats itself"
    )
    until(lambda: "128 to 384" in fit.button.toolTip() and "GB" in fit.button.toolTip())
    application.draft.set(width=256, height=256)
    until(lambda: not fit.remark.isVisible())
    # a number that changes nothing says so, wherever it came from
    application.draft.set(sampler="dpmpp_2m", eta=0.5)
    until(lambda: "takes no eta" in fit.remark.toolTip())
    assert fit.remark.objectName() == "dim"
    application.draft.set(eta=None)
    until(lambda: not fit.remark.isVisible())


def test_the_fit_says_seconds_of_the_quiet_runs_and_minutes_for_a_huge_size(open_app: Open) -> None:
    application = open_app()
    fit, history, path = (
        application.window.fit,
        application.stores.memory_history,
        str(RESOURCES / "starter"),
    )
    until(fit.button.isVisible)
    work = 142e9
    for seconds in (2.0, 29.0, 2.1):
        history.record(
            path,
            MemoryOutcome("cpu", "resident", 65536, seconds=seconds, threads=2),
            256,
            256,
            work,
        )
    fit.refresh()
    until(lambda: "about 2 s" in fit.button.text())
    application.draft.set(width=4096, height=4096)
    until(
        lambda: (
            " min" in fit.button.text()
            or " h" in fit.button.text()
            or "Does not fit" in fit.button.text()
        )
    )
