"""The canvas by mouse, pen and keys, as a person uses it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPointingDevice, QTabletEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.values.editing.record import View
from desktop.edit.canvas.canvas import Canvas
from desktop.edit.document import layer_steps, looks, mask_steps
from desktop.edit.document.open_document import OpenDocument
from desktop.edit.document.painting import Target
from desktop.edit.pixels.images import pixels_of
from desktop.edit.tools.table import TOOLS, ToolId
from tests.desktop.driving import until
from tests.desktop.edit.documents import noise, opened, seen

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
PLAIN, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
SIDE = 320
RGB = QImage.Format.Format_RGB32


class Desk:
    """A canvas at 100 %, whose document begins at (40, 40) of the widget."""

    def __init__(self, qtbot, pixels: np.ndarray) -> None:
        self.document: OpenDocument = opened(pixels)
        self.canvas = Canvas()
        qtbot.addWidget(self.canvas)
        self.canvas.resize(SIDE + 80, SIDE + 80)
        self.canvas.show_document(self.document)
        self.canvas.set_zoom(1.0)
        self.canvas.show()
        self.said: list[str] = []
        self.canvas.said.connect(self.said.append)
        assert self.canvas.placement().to_widget(QPointF()) == QPointF(40, 40)

    def at(self, x: float, y: float) -> QPointF:
        return self.canvas.placement().to_widget(QPointF(x, y))

    def drag(self, *points: tuple[float, float], keys=PLAIN, button=LEFT) -> None:
        places = [self.at(*point) for point in points]
        self.send(QEvent.Type.MouseButtonPress, places[0], button, keys)
        for place in places[1:]:
            self.send(QEvent.Type.MouseMove, place, button, keys)
        self.send(QEvent.Type.MouseButtonRelease, places[-1], button, keys)

    def send(self, kind: QEvent.Type, at: QPointF, button=LEFT, keys=PLAIN) -> None:
        changed = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else button
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button
        event = QMouseEvent(kind, at, self.canvas.mapToGlobal(at), changed, held, keys)
        QApplication.sendEvent(self.canvas, event)

    def pen(self, *points: tuple[float, float, float], eraser: bool = False) -> None:
        """A stroke of a pen: x, y, pressure."""
        kinds = QPointingDevice.PointerType
        device = QPointingDevice(
            "pen",
            1,
            QPointingDevice.DeviceType.Stylus,
            kinds.Eraser if eraser else kinds.Pen,
            QPointingDevice.Capability.Pressure,
            1,
            1,
        )
        types = [QEvent.Type.TabletPress] + [QEvent.Type.TabletMove] * len(points)
        for kind, (x, y, pressure) in zip(
            [*types, QEvent.Type.TabletRelease], [points[0], *points, points[-1]], strict=True
        ):
            place = self.at(x, y)
            button = Qt.MouseButton.NoButton if kind == QEvent.Type.TabletMove else LEFT
            event = QTabletEvent(
                kind, device, place, self.canvas.mapToGlobal(place), pressure, 0, 0, 0, 0, 0,
                PLAIN, button, LEFT,
            )  # fmt: skip
            QApplication.sendEvent(self.canvas, event)

    def key(self, key: Qt.Key, keys=PLAIN) -> None:
        QTest.keyClick(self.canvas, key, keys)

    def mask(self) -> np.ndarray:
        return mask_steps.mask_pixels(self.document.document, self.document.tiles.read)

    def use(self, tool: ToolId, target: Target = Target.LAYER, **options: object) -> None:
        self.canvas.set_tool(tool)
        self.canvas.set_target(target)
        self.canvas.set_options(replace(self.canvas.options(), **options))

    def screen(self) -> np.ndarray:
        return pixels_of(self.canvas.grab().toImage())


@pytest.fixture
def desk(qtbot) -> Desk:
    return Desk(qtbot, noise(SIDE, SIDE))


def test_what_is_painted_is_seen_and_a_step(desk: Desk) -> None:
    before = desk.screen()
    desk.use(ToolId.BRUSH, size=20, hardness=1, smoothing=0, colour=(1, 2, 3))
    desk.drag((50, 60), (90, 60), (150, 60))
    assert desk.document.undo_words() == "Brush stroke"
    assert (seen(desk.document)[60, 52:148] == (1, 2, 3, 255)).all()
    after = desk.screen()
    assert (after[100, 92:175, :3] == (1, 2, 3)).all()
    assert np.array_equal(after[130:340, 60:340], before[130:340, 60:340])
    desk.document.undo()
    desk.send(QEvent.Type.Leave, QPointF())
    assert np.array_equal(desk.screen()[60:340, 60:340], before[60:340, 60:340])


def test_masks_are_painted_and_limit_layers(desk: Desk) -> None:
    desk.use(ToolId.BRUSH, Target.MASK, size=40, hardness=1)
    desk.drag((100, 100), (200, 100))
    assert desk.mask()[100, 150] == 255 and desk.mask()[150, 150] == 0
    desk.use(ToolId.BRUSH, colour=(5, 5, 5))
    pixels = seen(desk.document)
    desk.drag((150, 50), (150, 250))
    changed = (seen(desk.document) != pixels).any(axis=2)
    assert changed[100, 150] and not changed[desk.mask() == 0].any()
    desk.drag((50, 250), (60, 250))
    assert "outside the mask" in desk.said[-1]
    desk.use(ToolId.ERASER, Target.MASK)
    desk.drag((100, 100), (200, 100))
    assert not desk.mask()[100, 110:190].any()
    until(lambda: "nothing is selected" not in desk.canvas.accessibleDescription())
    while desk.document.undo():
        pass
    until(lambda: "nothing is selected" in desk.canvas.accessibleDescription())


def test_a_pen_presses_and_its_other_end_erases(desk: Desk) -> None:
    desk.use(ToolId.BRUSH, size=40, hardness=1, smoothing=0, colour=(0, 0, 0))
    desk.pen((60, 60, 1.0), (100, 60, 1.0), (200, 60, 0.2), (260, 60, 0.2))
    black = (seen(desk.document)[..., :3] == 0).all(axis=2).sum(axis=0)
    assert black[70] >= 36 and 8 <= black[250] <= 16
    desk.pen((60, 60, 1.0), (150, 60, 1.0), eraser=True)
    assert not seen(desk.document)[60, 62:130].any()
    assert desk.document.undo_words() == "Eraser stroke"


def test_shift_draws_straight_or_sizes_and_alt_picks(desk: Desk) -> None:
    desk.use(ToolId.BRUSH, size=10, hardness=1, colour=(0, 0, 0))
    desk.drag((50, 50))
    desk.drag((250, 150), keys=SHIFT)
    assert (seen(desk.document)[100, 150, :3] == 0).all()
    desk.drag((50, 50), (80, 50), (90, 50), keys=SHIFT)
    assert desk.canvas.options().size == 90
    desk.key(Qt.Key.Key_BracketLeft)
    assert desk.canvas.options().size == 80
    for turned in (QPoint(0, 120), QPoint(120, 0)):  # to the side is neither larger nor smaller
        wheel = QWheelEvent(
            desk.at(9, 9), desk.at(9, 9), QPoint(), turned, Qt.MouseButton.NoButton, CONTROL,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(desk.canvas, wheel)
        assert desk.canvas.options().size == 90
    for typed, keys, size in (("]", CONTROL | ALT, 100), ("", PLAIN, 90)):  # AltGr; a comma
        key = Qt.Key.Key_BracketRight if typed else Qt.Key.Key_Comma
        press = QKeyEvent(QEvent.Type.KeyPress, key, keys, typed or ",")
        QApplication.sendEvent(desk.canvas, press)
        assert desk.canvas.options().size == size
    desk.drag((300, 300), keys=ALT)
    assert desk.canvas.options().colour == tuple(seen(desk.document)[300, 300, :3].tolist())
    desk.canvas.set_options(replace(desk.canvas.options(), size=6, colour=(0, 0, 0)))
    desk.drag((250, 250), keys=SHIFT)  # from where the last stroke ended, not from the pick
    assert (seen(desk.document)[200, 250, :3] == 0).all()
    desk.key(Qt.Key.Key_X)
    assert desk.canvas.options().colour == (255, 255, 255)


def test_locked_and_hidden_layers_are_not_painted_on(desk: Desk) -> None:
    desk.use(ToolId.BRUSH)
    for change, word in (
        (layer_steps.with_locked(desk.document.document, 1, True), "locked"),
        (layer_steps.with_visible(desk.document.document, 1, False), "hidden"),
    ):
        desk.document.step("Change", change)
        desk.drag((50, 50), (60, 60))
        assert word in desk.said[-1] and desk.document.undo() == "Undone: Change"


def test_selections_by_rectangle_and_lasso(desk: Desk) -> None:
    desk.use(ToolId.RECTANGLE)
    desk.drag((20, 30), (60, 80), (120, 130))
    assert desk.mask().sum() == 255 * 100 * 100
    desk.drag((20, 30), (60, 80), (70, 130), keys=ALT)
    assert desk.mask().sum() == 255 * 50 * 100
    desk.use(ToolId.LASSO)
    desk.drag((200, 200), (300, 200), (300, 300), (200, 300), (200, 201))
    assert desk.mask()[250, 250] == 255
    for corner in ((20, 200), (120, 200), (120, 300)):
        desk.drag(corner)
    assert desk.canvas.is_busy() and not desk.mask()[210, 110]
    desk.key(Qt.Key.Key_Return)
    assert desk.mask()[210, 110] == 255 and not desk.mask()[290, 30]
    desk.drag((5, 5))
    desk.key(Qt.Key.Key_Escape)
    assert not desk.canvas.is_busy()


def test_the_frame_is_drawn_stretched_beyond_the_edge_and_locked(desk: Desk) -> None:
    desk.use(ToolId.FRAME)
    desk.drag((41, 40), (100, 100), (231, 232))
    assert desk.document.document.frame == (40, 40, 192, 192)
    desk.drag((232, 136), (400, 136))  # its right handle
    assert desk.document.document.frame == (40, 40, 360, 192)
    desk.drag((100, 100), (84, 92))
    assert desk.document.document.frame == (24, 32, 360, 192)
    desk.key(Qt.Key.Key_Right, SHIFT)
    assert desk.document.document.frame == (104, 32, 360, 192)
    assert desk.said[-1] == "104, 32; 360 by 192 pixels"
    desk.document.step("Lock", replace(desk.document.document, frame_locked=True))
    desk.drag((200, 100), (100, 100))
    assert desk.document.undo_words() == "Lock" and "locked" in desk.said[-1]


def test_crop_waits_for_enter(desk: Desk) -> None:
    pixels = seen(desk.document)
    desk.use(ToolId.CROP)
    desk.drag((10, 20), (50, 50), (110, 70))
    assert desk.document.undo_words() == ""
    desk.key(Qt.Key.Key_Return)
    assert np.array_equal(seen(desk.document), pixels[20:70, 10:110])
    desk.document.undo()
    assert np.array_equal(desk.document.region(0, (0, 0, SIDE, SIDE)), pixels)


def test_layers_move_by_pointer_and_arrows(desk: Desk) -> None:
    desk.use(ToolId.MOVE)
    desk.drag((50, 50), (80, 60), (90, 45))
    assert (desk.document.document.layers[0].left, desk.document.document.layers[0].top) == (40, -5)
    desk.key(Qt.Key.Key_Left)
    desk.key(Qt.Key.Key_Left, SHIFT)
    assert desk.document.shown.layers[0].left == 29 and desk.document.document.layers[0].left == 40
    assert desk.document.undo() == "Undone: Move layer"  # all arrows are one step
    assert desk.document.document.layers[0].left == 40


def test_fill_gradient_and_pick(desk: Desk) -> None:
    desk.use(ToolId.FILL, Target.MASK, tolerance=255)
    desk.drag((5, 5))
    assert (desk.mask() == 255).all()
    desk.use(ToolId.GRADIENT, Target.MASK)
    desk.drag((0, 0), (100, 0), (320, 0))
    assert desk.mask()[9, 3] > 250 and desk.mask()[9, 316] < 5
    desk.use(ToolId.PICK)
    desk.drag((7, 8))
    assert desk.canvas.options().colour == tuple(seen(desk.document)[8, 7, :3].tolist())


def test_a_result_lies_over_it_until_painting_goes_on(desk: Desk) -> None:
    image = QImage(100, 100, QImage.Format.Format_RGB32)
    image.fill(0x00FF00)
    desk.canvas.show_candidate(image, QRect(100, 100, 100, 100))
    assert desk.screen()[170, 220, :3].tolist() == [0, 255, 0]
    QTest.keyPress(desk.canvas, Qt.Key.Key_Backslash)
    assert desk.screen()[170, 220, :3].tolist() == seen(desk.document)[130, 180, :3].tolist()
    QTest.keyRelease(desk.canvas, Qt.Key.Key_Backslash)
    splits: list[float] = []
    desk.canvas.compared.connect(splits.append)
    desk.drag((100, 150), (120, 150), (140, 150))  # the slider
    assert splits[-1] == pytest.approx(0.4) and desk.document.undo_words() == ""
    shown = desk.screen()
    assert shown[170, 220, :3].tolist() == [0, 255, 0]
    assert shown[170, 160, :3].tolist() == seen(desk.document)[130, 120, :3].tolist()
    desk.use(ToolId.BRUSH)
    desk.drag((20, 20), (30, 30))
    assert not desk.canvas.has_candidate()


def test_a_result_is_seen_as_it_is_also_beyond_the_edge(desk: Desk) -> None:
    wide = QRect(0, 0, SIDE + 30, SIDE)
    desk.document.step("Frame", replace(desk.document.document, frame=wide.getRect()))
    beyond = desk.screen()[100:120, SIDE + 50 : SIDE + 60, :3]
    assert (beyond != beyond[0, 0]).any(), "stripes, where nothing is yet"
    image = QImage(wide.size(), QImage.Format.Format_RGB32)
    image.fill(0x00FF00)
    desk.canvas.show_candidate(image, wide)
    assert (desk.screen()[100:120, SIDE + 50 : SIDE + 60, :3] == [0, 255, 0]).all()
    desk.canvas.set_zoom(None)
    left, right = desk.at(0, 0).x(), desk.at(SIDE + 30, 0).x()
    assert 0 < left < desk.canvas.width() - right + 2, "all of it is seen, in the middle"
    assert right < desk.canvas.width()
    desk.document.undo()
    desk.canvas.hide_candidate()
    assert desk.at(SIDE / 2, SIDE / 2) == desk.canvas.rect().toRectF().center()


def test_the_view_zooms_at_the_pointer_pans_turns_and_comes_back(desk: Desk) -> None:
    canvas = desk.canvas
    desk.use(ToolId.PICK)  # which draws nothing at the pointer
    held = desk.at(80, 90)
    canvas.set_zoom(4.0, held)
    assert (desk.at(80, 90) - held).manhattanLength() < 1
    before = desk.screen()
    desk.drag((80, 90), (90, 95), button=MIDDLE)
    after = desk.screen()
    assert np.array_equal(after[60:340, 60:340], before[40:320, 20:300])  # moved by (40, 20)
    canvas.turn(15)
    kept = canvas.view()
    assert kept.angle == 15 and "15°" in desk_zoom(canvas)
    canvas.turn(0)
    canvas.set_zoom(None)
    assert canvas.view() == View()
    canvas.set_view(kept)
    assert canvas.view() == kept
    desk.key(Qt.Key.Key_Z)
    assert canvas.zoom() == 1.0


def desk_zoom(canvas: Canvas) -> str:
    words: list[str] = []
    canvas.zoomed.connect(words.append)
    canvas._say_zoom()
    return words[-1]


def test_each_tool_has_its_key(desk: Desk) -> None:
    for row in TOOLS:
        desk.canvas.set_tool(ToolId.PICK if row.id is not ToolId.PICK else ToolId.BRUSH)
        desk.key(Qt.Key[f"Key_{row.key[-1]}"], SHIFT if "+" in row.key else PLAIN)
        assert desk.canvas.tool() is row.id
        assert row.name and row.help


def test_tools_are_used_by_keys_alone(desk: Desk) -> None:
    desk.use(ToolId.RECTANGLE)
    for _ in range(5):
        desk.key(Qt.Key.Key_Left)
    assert desk.said[-1] == "Pixel 120, 160"
    desk.key(Qt.Key.Key_Return)
    desk.key(Qt.Key.Key_Right, SHIFT)
    desk.key(Qt.Key.Key_Down, CONTROL)
    desk.key(Qt.Key.Key_Down)
    desk.key(Qt.Key.Key_Return)
    assert desk.mask().sum() == 255 * 64 * 9
    until(lambda: "mask: middle, 1 %" in desk.canvas.accessibleDescription())
    desk.use(ToolId.LASSO)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left):
        desk.key(key, SHIFT)
        desk.key(Qt.Key.Key_Return)
        desk.key(Qt.Key.Key_Return)
    desk.key(Qt.Key.Key_Return)  # twice at one place closes
    assert not desk.canvas.is_busy() and desk.mask().sum() > 255 * (64 * 9 + 1500)
    desk.use(ToolId.BRUSH, Target.MASK)
    desk.key(Qt.Key.Key_Return)
    desk.key(Qt.Key.Key_Escape)
    assert desk.document.undo_words() == "Lasso"


def test_undo_within_a_stroke_gives_it_up_and_nothing_else(desk: Desk) -> None:
    desk.use(ToolId.BRUSH, colour=(0, 0, 0))
    desk.drag((50, 50), (60, 60))
    after = seen(desk.document)
    desk.send(QEvent.Type.MouseButtonPress, desk.at(100, 100))
    desk.send(QEvent.Type.MouseMove, desk.at(150, 150))
    assert desk.document.is_changing()
    assert desk.document.undo() == "What was begun is given up."
    desk.send(QEvent.Type.MouseMove, desk.at(200, 150))
    desk.send(QEvent.Type.MouseButtonRelease, desk.at(200, 150))
    assert desk.document.undo_words() == "Brush stroke" and desk.document.position == 1
    assert np.array_equal(desk.document.region(0, (0, 0, SIDE, SIDE)), after)


@pytest.mark.parametrize("zoom", [1.0, 0.4])
def test_parts_that_are_drawn_one_by_one_join(desk: Desk, zoom: float) -> None:
    desk.canvas.set_zoom(zoom)
    desk.use(ToolId.RECTANGLE)
    desk.drag((30, 30), (60, 60), (200, 200))
    for target in (Target.MASK, Target.LAYER):
        desk.use(ToolId.BRUSH, target, size=30, within_mask=False)
        desk.screen()
        desk.drag((100, 30), (200, 120), (30, 200), (201, 201))
    desk.drag((100, 100), (110, 90), button=MIDDLE)
    desk.use(ToolId.PICK)
    kept = desk.screen().astype(int)
    desk.canvas.show_document(desk.document, desk.canvas.view())
    assert np.abs(desk.screen() - kept).max() <= 2  # smoothing rounds otherwise in a part


def test_a_mask_is_tinted_within_dashes_that_move_while_one_looks(desk: Desk, qapp) -> None:
    def looks() -> np.ndarray:
        return pixels_of(desk.canvas.grab().toImage().convertToFormat(RGB)).astype(int)

    canvas, paper = desk.canvas, desk.document
    plain = looks()
    box = (100, 60, 90, 110)
    read, how = paper.tiles.read, mask_steps.Combine.REPLACE
    paper.step("Box", *mask_steps.with_box(paper.document, read, box, how))
    tinted, within = looks(), np.s_[40 + 65 : 40 + 165, 40 + 105 : 40 + 185]
    assert (tinted[within] != plain[within]).any(axis=-1).mean() > 0.9
    canvas.show_tint(False)
    bare = looks()
    edge = np.zeros(bare.shape[:2], bool)
    edge[100:210, 140:230] = True
    edge[101:209, 141:229] = False
    assert np.array_equal(bare[~edge], plain[~edge]), "nothing but its outline"
    assert set(np.unique(bare[edge][:, :3])) == {20, 255}
    canvas.activateWindow()
    until(canvas.isActiveWindow)
    looks()
    assert canvas._marching.is_moving()
    canvas._marching._step()
    moved = looks()
    assert np.array_equal(moved[~edge], plain[~edge]) and (moved[edge] != bare[edge]).any()
    hints = qapp.styleHints()
    flash = hints.cursorFlashTime()
    hints.setCursorFlashTime(0)  # as for somebody whom moving things disturb
    try:
        canvas._marching._step()
        assert not canvas._marching.is_moving() and np.array_equal(looks(), moved)
    finally:
        hints.setCursorFlashTime(flash)
    looks()
    assert canvas._marching.is_moving()
    paper.undo()
    looks()
    canvas._marching._step()
    assert not canvas._marching.is_moving() and np.array_equal(looks(), plain)


def test_a_large_document_is_drawn_in_the_end(
    qtbot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "SOON", 0.0)
    shown = Desk(qtbot, noise(SIDE, SIDE))
    whole = pixels_of(shown.canvas.grab().toImage())
    until(lambda: shown.document.unfinished().isEmpty())
    qapp.processEvents()
    drawn = pixels_of(shown.canvas.grab().toImage())
    expected = noise(SIDE, SIDE)
    assert np.array_equal(drawn[40 : 40 + SIDE, 40 : 40 + SIDE, :3], expected[..., :3])
    assert not np.array_equal(whole, drawn)
