"""The real window, offscreen: with the real starter from click to gallery and over a restart,
and by keyboard and rule."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QScrollBar,
    QSpinBox,
    QWidget,
)

from core.engine.contract.protocol import EngineSpec, FakeScript
from core.models.files.fit import needs_of, predicted
from core.system import gpus
from core.system.paths import Places
from core.values.device import GPU_SHARE, Device, MemoryMode
from core.values.request import Request
from desktop.app import run as run_module
from desktop.app.app import Application
from desktop.pictures.picture_model import PICTURE_ROLE
from desktop.shell.dialogs import close_question
from desktop.shell.rooms import ROOMS
from desktop.state import job_thread
from desktop.widgets import i18n
from tests.desktop.driving import (
    Open,
    create_of,
    form_of,
    gallery_of,
    in_front,
    opening,
    pump,
    settings_of,
    take_down,
    until,
)

ROOT = Path(__file__).parents[3]
FAKE = EngineSpec(kind="fake", runs_in="here", fake=FakeScript(step_seconds=0.01))


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    yield from opening(qapp, where, FAKE, in_front)


def make(application: Application, **values: Any) -> None:
    before = len(application.window.newest.ids())
    application.draft.set(**values)
    QTest.mouseClick(form_of(application.window).side.generate, Qt.MouseButton.LeftButton)
    until(
        lambda: (
            len(application.window.newest.ids()) >= before + application.draft.stored().count
            and application.service.current is None
        ),
        seconds=250,  # the real engine on a machine that is shared by many
    )


def test_first_picture_with_the_starter_and_it_is_there_tomorrow(open_app: Open) -> None:
    modules_before = frozenset(sys.modules)
    first = open_app(None)  # as the program starts it
    window = first.window
    assert (
        form_of(window).prompt.prompt.toPlainText()
        and form_of(window).prompt.prompt.textCursor().hasSelection()
    )
    QTest.keyClicks(form_of(window).prompt.prompt, "a red house on snow at night")
    assert first.draft.request.prompt == "a red house on snow at night"
    make(first, steps=3)
    assert not [
        m
        for m in ("torch", "diffusers", "transformers")
        if m in sys.modules and m not in modules_before
    ]
    picture = window.newest.index(0).data(PICTURE_ROLE)
    assert Path(picture.path).exists() and picture.request.prompt == "a red house on snow at night"
    until(create_of(window).stage.viewer.has_image)
    assert create_of(window).stage.viewer._image.width() == 256
    seed = picture.request.seed
    assert first.draft.last_seed == seed
    until(lambda: first.stores.places.session.exists())
    take_down(first)
    second = open_app(FAKE)
    until(lambda: gallery_of(second.window).grid.model().rowCount() == 1)
    index = gallery_of(second.window).grid.model().index(0)
    until(lambda: index.data(PICTURE_ROLE) is not None)
    assert index.data(PICTURE_ROLE).path == picture.path
    until(lambda: index.data(Qt.ItemDataRole.DecorationRole) is not None)
    assert (
        second.draft.request.prompt == "a red house on snow at night"
        and second.draft.stored().seed == seed
    )
    assert second.draft.stored().steps == 3


def test_count_gives_consecutive_seeds(open_app: Open) -> None:
    application = open_app()
    application.draft.set_random_seed(False)
    make(application, prompt="a red house", seed=40, count=3)
    rows = [application.window.newest.index(i) for i in range(3)]
    until(lambda: all(row.data(PICTURE_ROLE) for row in rows))
    assert sorted(row.data(PICTURE_ROLE).request.seed for row in rows) == [40, 41, 42]


def test_a_prompt_outside_the_world_is_answered_first_and_then_obeyed(open_app: Open) -> None:
    application = open_app()
    application.draft.set(prompt="a portrait of the queen")
    form_of(application.window).generate()
    assert (
        "knows only" in application.window.notice.text.text()
        and application.service.current is None
    )
    application.window.notice.button.click()
    until(lambda: len(application.window.newest.ids()) == 1)


def test_stop_keeps_the_job_and_it_runs_again(open_app: Open) -> None:
    application = open_app(replace(FAKE, fake=FakeScript(step_seconds=0.05)))
    application.draft.set(prompt="a red house")
    form_of(application.window).generate()
    until(lambda: create_of(application.window).stage.bar.value() > 0)
    create_of(application.window).stage.stop.click()
    until(lambda: application.service.current is None)
    until(lambda: any(job.state == "stopped" for job in application.stores.jobs.recent()))
    job = application.stores.jobs.recent()[0]
    application.service.run_again(job.id)
    until(lambda: len(application.window.newest.ids()) == 1)


def test_a_crashing_engine_fails_its_job_and_the_queue_goes_on(open_app: Open) -> None:
    application = open_app(
        EngineSpec(
            kind="fake",
            runs_in="process",
            fake=FakeScript(fail_phase="sampling", fail_how="crash", fail_times=1),
        )
    )
    application.draft.set(prompt="a red house", count=2)
    form_of(application.window).generate()
    until(lambda: len(application.window.newest.ids()) == 1)
    assert "stopped unexpectedly" in application.window.notice.text.text()


def test_a_full_disk_pauses_the_queue_and_loses_nothing(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    import core.store.files as files

    application = open_app()

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(files, "write_new", full)
        application.draft.set(prompt="a red house")
        form_of(application.window).generate()
        until(lambda: application.service.paused)
    assert "No space" in application.window.notice.text.text()
    application.window.notice.button.click()
    application.service.pause(False)
    until(lambda: len(application.window.newest.ids()) == 1)


def test_waiting_jobs_return_paused(open_app: Open, where: Places) -> None:
    first = open_app()
    first.stores.jobs.add([Request(prompt="a red house", seed=1)])
    take_down(first)
    second = open_app()
    until(lambda: second.service.paused and second.service.waiting == 1)
    second.service.pause(False)
    until(lambda: len(second.window.newest.ids()) == 1)


def test_closing_in_the_middle_keeps_the_job(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_app(replace(FAKE, fake=FakeScript(step_seconds=0.05)))
    first.draft.set(prompt="a red house")
    form_of(first.window).generate()
    until(lambda: create_of(first.window).stage.bar.value() > 0)
    monkeypatch.setattr(close_question, "ask_before_closing", lambda window: "stay")
    assert not first.window.close() and first.window.isVisible()
    monkeypatch.setattr(close_question, "ask_before_closing", lambda window: "stop")
    assert first.window.close()
    take_down(first)
    second = open_app()
    until(lambda: second.service.paused and second.service.waiting == 1)


def test_bad_values_are_named(open_app: Open) -> None:
    application = open_app()
    application.draft.set(prompt="a red house", width=100)
    form_of(application.window).generate()
    assert "multiple of 8" in application.window.notice.text.text()


def test_gallery_delete_undo_favourite_and_reuse(open_app: Open) -> None:
    application = open_app()
    window = application.window
    make(application, prompt="a red house", guidance=6.5)
    window.go("gallery")
    until(
        lambda: (
            gallery_of(window).grid.model().rowCount() == 1
            and gallery_of(window).grid.model().index(0).data(PICTURE_ROLE)
        )
    )
    gallery_of(window).grid.setCurrentIndex(gallery_of(window).grid.model().index(0))
    window.actions_by_id["favourite"].trigger()
    until(
        lambda: (
            gallery_of(window).grid.model().rowCount() == 1
            and gallery_of(window).grid.model().index(0).data(PICTURE_ROLE)
            and gallery_of(window).grid.model().index(0).data(PICTURE_ROLE).favourite
        )
    )
    application.draft.set(prompt="something else", guidance=2.0)
    gallery_of(window).grid.setCurrentIndex(gallery_of(window).grid.model().index(0))
    window.picture_commands.reuse_all()
    assert (
        application.draft.request.prompt
        == "a red house"
        == form_of(window).prompt.prompt.toPlainText()
    )
    assert application.draft.request.guidance == 6.5 and not application.draft.random_seed
    window.notice.button.click()
    assert (
        application.draft.request.prompt
        == "something else"
        == form_of(window).prompt.prompt.toPlainText()
    )
    window.go("gallery")
    gallery_of(window).grid.setCurrentIndex(gallery_of(window).grid.model().index(0))
    gallery_of(window).grid.setFocus()
    QTest.keyClick(gallery_of(window).grid, Qt.Key.Key_Delete)
    until(lambda: gallery_of(window).grid.model().rowCount() == 0)
    window.notice.button.click()
    until(lambda: gallery_of(window).grid.model().rowCount() == 1)


def test_keys_generate_weigh_and_move(open_app: Open) -> None:
    application = open_app()
    window = application.window
    window.activateWindow()
    form_of(window).prompt.prompt.replace_text("a red house")
    cursor = form_of(window).prompt.prompt.textCursor()
    cursor.setPosition(3)
    form_of(window).prompt.prompt.setTextCursor(cursor)
    QTest.keyClick(
        form_of(window).prompt.prompt, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier
    )
    assert form_of(window).prompt.prompt.toPlainText() == "a (red:1.1) house"
    window.actions_by_id["weight-down"].setShortcut("Ctrl+J")
    QTest.keyClick(form_of(window).prompt.prompt, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert form_of(window).prompt.prompt.toPlainText() == "a red house"
    window.actions_by_id["weight-up"].trigger()
    assert form_of(window).prompt.prompt.toPlainText() == "a (red:1.1) house"
    assert window.actions_by_id["generate"].shortcut() == QKeySequence("Ctrl+Return")
    QTest.keyClick(
        form_of(window).prompt.prompt, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier
    )
    until(lambda: len(window.newest.ids()) == 1)
    window.go("gallery")
    make_more = [Request(prompt=f"a blue boat {i}", seed=i, steps=1) for i in range(4)]
    application.stores.jobs.add(make_more)
    application.service.pause(False)
    until(lambda: len(gallery_of(window).grid.model().ids()) == 5)
    grid = gallery_of(window).grid
    grid.setFocus()
    QTest.keyClick(grid, Qt.Key.Key_Home)
    QTest.keyClick(grid, Qt.Key.Key_Right)
    assert grid.currentIndex().row() == 1
    QTest.keyClick(grid, Qt.Key.Key_End)
    assert grid.currentIndex().row() == 4


def every_widget(window: QWidget) -> list[QWidget]:
    return [w for w in window.findChildren(QWidget) if not isinstance(w, QScrollBar)]


def test_every_control_has_a_name(open_app: Open) -> None:
    window = open_app().window
    kinds = (
        QAbstractButton,
        QComboBox,
        QLineEdit,
        QPlainTextEdit,
        QSpinBox,
        QAbstractSlider,
        QAbstractItemView,
    )
    nameless = []
    for widget in every_widget(window):
        inner = isinstance(widget, QLineEdit) and isinstance(widget.parent(), QSpinBox | QComboBox)
        if isinstance(widget, kinds) and not inner and not widget.objectName().startswith("qt_"):
            text = widget.text() if isinstance(widget, QAbstractButton) else ""
            in_combo = "QComboBox" in type(widget.parent()).__name__ or type(widget).__name__ in (
                "QComboBoxListView",
                "QListView",
            )
            if not (
                widget.accessibleName()
                or text
                or in_combo
                or isinstance(widget.parent(), QLineEdit)
                or type(widget.parent()).__name__
                in ("QKeySequenceEdit", "QDoubleSpinBox", "QMenuBar", "QWidgetWindow")
                or "Combo" in type(widget.window()).__name__
            ):
                nameless.append(f"{type(widget).__name__} in {type(widget.parent()).__name__}")
    assert not nameless, nameless


def test_the_pseudo_language_cuts_no_text(qapp: QApplication, open_app: Open) -> None:
    translator = i18n.PseudoTranslator()
    qapp.installTranslator(translator)
    try:
        window = open_app().window
        window.resize(1024, 640)
        window.draft.set(width=264, height=200)  # a size of one's own has boxes
        cut = []
        for start, room in (("", "create"), *(("a" * 64, row.id) for row in ROOMS)):
            window.draft.put("hires.mode", "by_hand")
            window.draft.put("start.source", start)
            window.go(room)
            form_of(window).parameters.more.setChecked(True)
            pump(60)
            scrolled = {"create": form_of(window).side.scroll_area, "settings": settings_of(window)}
            scroll = scrolled.get(room)
            if scroll is not None and scroll.horizontalScrollBar().maximum():
                cut.append(f"room {room} is wider than the window")
            for label in window.findChildren(QLabel):
                if (
                    label.isVisible()
                    and not label.wordWrap()
                    and type(label).__name__ != "ElidedLabel"
                    and label.text()
                ):
                    needs = label.fontMetrics().horizontalAdvance(label.text().replace("&", ""))
                    if needs > label.width() + 1:
                        cut.append(f"{label.text()}: {needs} > {label.width()}")
            for button in window.findChildren(QAbstractButton):
                if button.isVisible() and button.text() and type(button).__name__ != "Chip":
                    needs = button.fontMetrics().horizontalAdvance(button.text().replace("&", ""))
                    if needs > button.width():
                        cut.append(f"button {button.text()}: {needs} > {button.width()}")
        assert not cut, "\n".join(cut)
        window.go("create")
        side = form_of(window).side
        assert side.scroll_area.verticalScrollBar().isVisible()
        ends = {
            part.mapTo(window, part.rect().topRight()).x()
            for part in (side.count, form_of(window).prompt.prompt)
        }
        assert len(ends) == 1, "what is pinned ends where the column above it does"
    finally:
        qapp.removeTranslator(translator)


def test_a_read_only_data_folder_is_explained(
    qapp: QApplication,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").write_text("")
    shown: list[str] = []
    monkeypatch.setattr(QMessageBox, "critical", lambda parent, title, text: shown.append(text))
    monkeypatch.setattr(run_module, "QApplication", lambda arguments: qapp)
    assert run_module.run([], str(tmp_path / "file" / "data")) == 1
    assert shown and "--data" in shown[0]


def test_a_lora_is_found_by_name_and_the_recipe_shows_it_as_a_tag(
    open_app: Open, where: Places
) -> None:
    import torch
    from safetensors.torch import save_file

    application = open_app()
    window, folder = application.window, where.models / "loras"
    folder.mkdir(parents=True)
    save_file(
        {
            "lora_unet_mid_block_resnets_0_conv1.lora_down.weight": torch.zeros(1, 4, 3, 3),
            "lora_unet_mid_block_resnets_0_conv1.lora_up.weight": torch.zeros(4, 1, 1, 1),
        },
        folder / "glow.safetensors",
    )

    def choose() -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is None:
            QTimer.singleShot(50, choose)
            return
        QTest.keyClicks(dialog.field, "glo")
        QTest.keyClick(dialog.field, Qt.Key.Key_Return)

    form_of(window).prompt.prompt.replace_text("a red house")
    QTimer.singleShot(50, choose)
    form_of(window).insert_word()
    until(lambda: "<lora:glow:1>" in application.draft.request.prompt)
    assert application.draft.request.prompt == "a red house <lora:glow:1>"
    make(application, steps=2)
    picture = window.newest.index(0).data(PICTURE_ROLE)
    assert picture.request.prompt == "a red house" and [
        lora.id for lora in picture.request.loras
    ] == ["glow"]
    form_of(window).prompt.prompt.replace_text("something else")
    application.draft.take_over(picture.request)
    assert (
        form_of(window).prompt.prompt.toPlainText() == "a red house <lora:glow:1>"
        and not application.draft.request.loras
    )


def test_the_ways_of_other_programs_are_chosen_under_more(open_app: Open) -> None:
    application = open_app()
    window = application.window
    form_of(window).parameters.more.setChecked(True)
    program, noise, rescale = (
        form_of(window).parameters.control(field)
        for field in ("compatibility", "noise", "guidance_rescale")
    )
    program.setCurrentIndex(program.findData("comfyui"))
    program.activated.emit(program.currentIndex())
    noise.setCurrentIndex(noise.findData("philox"))
    noise.activated.emit(noise.currentIndex())
    rescale.field.setValue(0.7)
    request = application.draft.request
    assert (request.compatibility, request.noise.source, request.guidance_rescale) == (
        "comfyui",
        "philox",
        0.7,
    )
    application.draft.reset("compatibility", "noise", "guidance_rescale")
    assert (
        program.currentData() == "calotype"
        and noise.currentData() == "cpu"
        and rescale.field.value() == 0.0
    )


def test_the_status_line_says_whether_the_picture_fits_and_makes_it_fit(open_app: Open) -> None:
    application = open_app()
    button = application.window.fit.button
    until(button.isVisible)
    assert "Fits" in button.text() and "GB" in button.text()
    small_card = [Device("cuda:0", "Small card", 110 * 10**6, 110 * 10**6)]
    application.service.found_devices.emit(small_card)
    application.draft.set(width=384, height=384)
    until(lambda: "with help" in button.text())
    assert (
        "Small card" in application.window.status.device.text()
        and "smaller portions" in button.toolTip()
    )
    tiny_card = [Device("cuda:0", "Tiny card", 60 * 10**6, 60 * 10**6)]
    application.service.found_devices.emit(tiny_card)
    until(lambda: "Does not fit" in button.text())
    if "make it" in button.text():
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        until(lambda: "Does not fit" not in button.text())
        assert application.draft.request.width < 384


def test_a_graphics_card_that_lies_idle_is_told(open_app: Open) -> None:
    status = open_app().window.status
    status.note_idle_card(gpus.idle_card_advice("cuda", ("cuda",)))
    assert "idle" not in status.device.text()
    status.note_idle_card(gpus.idle_card_advice("cpu", ("cuda",)))
    status.use_devices([Device("cpu", "x86", 8 * 10**9, 8 * 10**9)])
    assert (
        status.device.text()
        == "Device: processor · graphics card idle"
        == status.device.accessibleName()
    )
    assert (
        "NVIDIA" in status.device.toolTip() and 'download marked "cuda"' in status.device.toolTip()
    )


def test_a_model_that_does_not_fit_is_offered_in_eight_bits_and_the_engine_follows(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[EngineSpec] = []
    real = job_thread.open_engine
    monkeypatch.setattr(
        job_thread, "open_engine", lambda spec: (opened.append(spec), real(spec))[1]
    )
    application = open_app(replace(FAKE, fake=FakeScript(step_seconds=0.05)))
    button = application.window.fit.button
    until(button.isVisible)
    application.draft.set(prompt="a red house", count=2)
    form_of(application.window).generate()
    until(lambda: create_of(application.window).stage.bar.value() > 0)
    needs = application.library.entry(application.draft.request.model)
    assert needs is not None
    small = predicted(needs_of(Path(needs.path)), 256, 256, MemoryMode.LAYERS, half=True) - 10**6
    application.library.use_devices([Device("cuda:0", "Tiny card", int(small / GPU_SHARE), small)])
    until(lambda: "use 8-bit weights" in button.text())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    until(lambda: "Does not fit" not in button.text())
    assert application.settings.weights == "8bit"
    # the one being made was finished, the next made by the new engine
    until(lambda: len(application.window.newest.ids()) == 2)
    assert [spec.weights for spec in opened] == [
        "full",
        "8bit",
    ] and not application.window.notice.isVisible()


def test_vaes_and_refiners_are_offered_where_there_are_some(open_app: Open, where: Places) -> None:
    import torch
    from safetensors.torch import save_file

    parameters = form_of(open_app().window).parameters
    parameters.more.setChecked(True)
    assert (
        not parameters.control("vae").isVisible()
        and not parameters.control("refiner").isVisible()
        and parameters.control("guidance_from").isVisible()
    )
    folder = where.models / "vae"
    folder.mkdir(parents=True)
    save_file({"decoder.conv_in.weight": torch.zeros(4, 4, 3, 3)}, folder / "brighter.safetensors")
    application = open_app()
    parameters = form_of(application.window).parameters
    parameters.more.setChecked(True)
    until(lambda: parameters.control("vae").findData("brighter") >= 0)
    assert parameters.control("vae").isVisible()
    parameters.control("vae").setCurrentIndex(parameters.control("vae").findData("brighter"))
    parameters.control("vae").activated.emit(parameters.control("vae").currentIndex())
    assert application.draft.request.vae == "brighter"
    parameters.control("guidance_from").setValue(20)
    parameters.control("guidance_until").setValue(80)
    assert (application.draft.request.guidance_from, application.draft.request.guidance_until) == (
        0.2,
        0.8,
    )


def test_a_flow_model_offers_only_samplers_that_suit_it(open_app: Open) -> None:
    from core.models.files.families import FAMILIES

    application = open_app()
    application.draft.use_family("sd3-model", FAMILIES["sd3"])
    box = form_of(application.window).parameters.control("sampler")
    suits = {
        box.itemData(at): bool(
            box.model().flags(box.model().index(at, 0)) & Qt.ItemFlag.ItemIsEnabled
        )
        for at in range(box.count())
    }
    assert (
        suits["euler"]
        and suits["dpmpp_2m"]
        and not suits["dpmpp_2m_sde"]
        and application.draft.request.sampler == "euler"
    )
    application.draft.use_family("other", FAMILIES["generic"])
    assert not box.isEnabled()
    application.draft.use_family("starter", FAMILIES["starter"])
    assert (
        box.isEnabled()
        and box.model().flags(box.model().index(box.findData("euler_ancestral"), 0))
        & Qt.ItemFlag.ItemIsEnabled
    )


def test_a_few_step_lora_in_the_prompt_brings_its_defaults_and_takes_them_away(
    open_app: Open, where: Places
) -> None:
    import torch
    from safetensors.torch import save_file

    folder = where.models / "loras"
    folder.mkdir(parents=True)
    name = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k"
    save_file(
        {
            f"{name}.lora_down.weight": torch.zeros(4, 192),
            f"{name}.lora_up.weight": torch.zeros(96, 4),
        },
        folder / "lcm-fast.safetensors",
    )
    application = open_app()
    prompt = form_of(application.window).prompt.prompt
    before = application.draft.request
    prompt.replace_text("a red house <lora:lcm-fast:1>")
    until(lambda: application.draft.request.sampler == "lcm")
    assert (application.draft.request.steps, application.draft.request.guidance) == (6, 1.0)
    assert "few steps" in application.window.notice.text.text()
    prompt.replace_text("a red house")
    until(lambda: application.draft.request.sampler == before.sampler)
    assert (application.draft.request.steps, application.draft.request.guidance) == (
        before.steps,
        before.guidance,
    )


def test_lora_tags_and_their_sliders_are_in_step_both_ways(open_app: Open) -> None:
    application = open_app()
    window, prompt = application.window, form_of(application.window).prompt.prompt
    prompt.replace_text("a red house <lora:glow:0.8>, night")
    (line,) = form_of(window).loras.lines
    assert (line.weight.field.value(), line.on.isChecked(), line.text_weight.isVisible()) == (
        0.8,
        True,
        False,
    )
    line.weight.field.setValue(0.5)
    assert prompt.toPlainText() == "a red house <lora:glow:0.5>, night"
    line.on.click()
    assert (
        prompt.toPlainText() == "a red house <lora:glow:0>, night" and not line.weight.isEnabled()
    )
    line.on.click()
    assert prompt.toPlainText() == "a red house <lora:glow:0.5>, night"
    line.apart.click()
    line.text_weight.field.setValue(0.3)
    assert prompt.toPlainText() == "a red house <lora:glow:0.3:0.5>, night" and form_of(
        window
    ).loras.lines == [line]
    prompt.undo()
    assert line.text_weight.field.value() == 1.0
    prompt.replace_text("a red house <lora:glow:0.3:0.5> <lora:sketch:1>, night")
    assert len(form_of(window).loras.lines) == 2
    form_of(window).loras.lines[0].remove.click()
    assert (
        prompt.toPlainText() == "a red house <lora:sketch:1>, night"
        and len(form_of(window).loras.lines) == 1
    )


def test_names_of_embeddings_and_loras_are_offered_while_typing(
    open_app: Open, where: Places
) -> None:
    for name in ("embeddings/EasyNegative", "embeddings/easter-egg", "loras/glow"):
        file = where.models / f"{name}.safetensors"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"{}")
    window = open_app().window
    prompt = form_of(window).prompt.prompt
    until(lambda: "<lora:glow:1>" in prompt.completion.words())
    window.activateWindow()
    prompt.setFocus()
    until(prompt.hasFocus)
    prompt.replace_text("")
    QTest.keyClicks(prompt, "a red house, ea")
    popup = prompt.completion.completer.popup()
    assert popup.isVisible() and prompt.completion.completer.completionCount() == 2
    QTest.keyClicks(popup, "s")
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert prompt.toPlainText() == "a red house, easter-egg"
    QTest.keyClicks(prompt, " <lora:g")
    QTest.keyClick(popup, Qt.Key.Key_Tab)
    assert prompt.toPlainText() == "a red house, easter-egg <lora:glow:1>" and not popup.isVisible()
    QTest.keyClicks(prompt, " e")
    assert not popup.isVisible()
    QTest.keyClicks(prompt, "a")
    QTest.keyClick(popup, Qt.Key.Key_Escape)
    assert not popup.isVisible() and prompt.toPlainText().endswith(" ea")


def test_a_pickle_is_refused_with_an_offer_and_converted_on_request(
    open_app: Open, tmp_path: Path
) -> None:
    import torch

    path = tmp_path / "old.ckpt"
    torch.save({"state_dict": {"decoder.conv_in.weight": torch.zeros(4, 4, 3, 3)}}, path)
    application = open_app()
    window = application.window
    window.opening.open_path(path)
    until(lambda: "pickle" in window.notice.text.text())
    read: list[bool] = []
    application.library.reload(lambda: read.append(True))  # in which no pickle is listed
    until(lambda: read)
    assert str(path) not in {item.entry.path for item in application.library.items}
    assert form_of(window).parameters.model.findText("old", Qt.MatchFlag.MatchStartsWith) >= 0
    assert window.notice.button.text() == "Convert"
    window.notice.button.click()
    until((tmp_path / "old.safetensors").exists)
    until(
        lambda: form_of(window).parameters.model.findText("old", Qt.MatchFlag.MatchStartsWith) >= 0
    )
    assert path.exists()


def test_the_queue_is_rearranged_and_taken_back_into_the_form(open_app: Open) -> None:
    application = open_app()
    window, service, drawer = (
        application.window,
        application.service,
        create_of(application.window).stage.drawer,
    )
    service.pause(True)
    for name in ("one", "two", "three"):
        service.submit(Request(prompt=name, seed=1, steps=1))
    drawer.toggle.setChecked(True)
    until(lambda: drawer.list.count() == 3)

    def order() -> list[str]:
        return [
            drawer.list.item(row).data(Qt.ItemDataRole.UserRole).request.prompt
            for row in range(drawer.list.count())
        ]

    model = drawer.list.model()
    # what a drag does
    assert model.moveRow(model.index(0, 0).parent(), 2, model.index(0, 0).parent(), 0)
    until(
        lambda: (
            order() == ["three", "one", "two"]
            and drawer.list.itemWidget(drawer.list.item(0)) is not None
        )
    )

    def choose(row: int, words: str) -> None:
        menu = drawer.menu_of(drawer.list.item(row).data(Qt.ItemDataRole.UserRole))
        next(action for action in menu.actions() if action.text() == words).trigger()

    choose(2, "Make it next")
    until(lambda: order() == ["two", "three", "one"])
    choose(0, "Duplicate")
    until(lambda: order() == ["two", "three", "one", "two"])
    choose(1, "Take back into the form")
    until(lambda: order() == ["two", "one", "two"])
    assert application.draft.stored().prompt == "three" and application.draft.stored().seed == 1
    window.notice.button.click()
    until(lambda: order() == ["two", "one", "two", "three"])
