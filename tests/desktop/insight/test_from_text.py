"""From text to picture: each station shows what the starter makes of this very picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from core.engine.contract.protocol import EngineSpec
from core.system.errors import KnownError
from core.system.paths import Places
from core.values.insight.questions import DecodedAnswer
from core.values.job import RecordedLook
from core.values.picture import Picture
from core.values.request import Request
from desktop.app.app import Application
from desktop.insight.from_text.channels import Channels
from desktop.insight.from_text.decoding import Decoding
from desktop.insight.from_text.desk import FromText
from desktop.insight.from_text.meaning import Meaning
from desktop.insight.from_text.noise import StartNoise
from desktop.insight.from_text.round_trip import RoundTrip
from desktop.insight.from_text.station import Station
from desktop.insight.from_text.steps import Steps
from desktop.insight.from_text.words import Tokens, Words
from desktop.insight.opened.opening import State
from desktop.insight.rewind.desk import Rewind
from desktop.insight.room import InsightRoom
from tests.desktop.driving import Open, in_front, opening, until

SPEC = EngineSpec(device="cpu", previews=False)
STEPS = 3


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    yield from opening(qapp, where, SPEC, in_front)


def made(application: Application) -> Picture:
    ended: list[Picture] = []
    application.service.finished.connect(
        lambda outcome: ended.append(outcome.picture) if outcome.picture else None
    )
    request = Request(
        "a (red:1.2) house",
        negative_prompt="snow",
        seed=3,
        steps=STEPS,
        width=64,
        height=64,
        guidance=4.0,
    )
    application.service.submit(request.check())
    until(lambda: ended)
    return ended[0]


def test_a_fault_is_told_and_the_next_one_who_asks_is_answered(
    open_app: Open, tmp_path: Path
) -> None:
    application = open_app()
    view, _ = opened(application)
    answers, whole = view.answers, view.answers.picture
    assert whole is not None
    faults: list[KnownError] = []
    decoded: list[DecodedAnswer] = []
    answers.failed.connect(faults.append)
    answers.picture = replace(whole, recording=tmp_path / "gone")
    answers.decode(decoded.append)
    until(lambda: len(faults) == 1)
    answers.look(RecordedLook(str(tmp_path / "gone"), 1, rough=True), decoded.append)
    until(lambda: len(faults) == 2)
    answers.picture = whole
    answers.decode(decoded.append)
    until(lambda: decoded)
    assert len(decoded) == 1 and decoded[0].pixels.width == 64


def number(station: Station, words: str) -> str:
    return dict(station.numbers.rows())[words]


def opened(application: Application) -> tuple[FromText, Picture]:
    """The view of a picture whose steps are recorded."""
    room = application.window.rooms["insight"]
    assert isinstance(room, InsightRoom)
    desk = room.desk
    desk.go("from-text")
    picture = made(application)
    application.window.current.show(picture)
    application.window.actions_by_id["insight-picture"].trigger()
    until(lambda: desk.opening.state is State.RECORDED)
    view = desk.view()
    assert isinstance(view, FromText)
    return view, picture


Kind = TypeVar("Kind", bound=Station)


def seen(view: FromText, kind: type[Kind]) -> Kind:
    """A station, scrolled to."""
    (station,) = (one for one in view.stations.values() if isinstance(one, kind))
    view.sheet.area.ensureWidgetVisible(station)
    until(lambda: station.was_seen)
    return station


def test_each_station_tells_of_this_picture(open_app: Open) -> None:
    application = open_app()
    view, picture = opened(application)
    words, tokens = seen(view, Words), seen(view, Tokens)
    assert words.prompt.text() == "a (red:1.2) house" and "snow" in words.negative.text()
    assert words.details.isHidden()
    words.opener.setFocus()
    QTest.keyClick(words.opener, Qt.Key.Key_Space)
    assert words.details.isVisible() and number(words, "Words of the prompt") == "3"

    until(lambda: "house" in tokens.body.toPlainText())
    assert "Chunk 1: 3 of 75 tokens" in tokens.body.toPlainText()
    assert number(tokens, "Tokens") == "3" and number(tokens, "Chunks") == "1"
    tokens.which.setCurrentIndex(1)
    until(lambda: "snow" in tokens.body.toPlainText())

    meaning = seen(view, Meaning)
    until(lambda: meaning.answer)
    rows = [meaning.table_of.item(row, 0) for row in range(meaning.table_of.rowCount())]
    assert [row.text() for row in rows if row] == ["a", "red", "house"]
    assert number(meaning, "Rows and numbers in each") == "77 x 192"
    assert '"houses"' in meaning.table_of.item(2, 2).text()  # type: ignore[union-attr]
    table = meaning.table("a recipe")
    assert table is not None and [row[1] for row in table.rows[:3]] == ["<start>", "a", "red"]

    steps = seen(view, Steps)
    until(lambda: steps.film.filled() == STEPS)
    assert number(steps, "Calls of the network") == str(STEPS)
    slides(application, view, picture)

    steps.film.setFocus()
    steps.film.setCurrentRow(1)
    QTest.keyClick(steps.film, Qt.Key.Key_Return)
    room = application.window.rooms["insight"]
    assert isinstance(room, InsightRoom)
    rewind = room.desk.view()
    assert isinstance(rewind, Rewind) and rewind.sheet.timeline.step == 2


def slides(application: Application, view: FromText, picture: Picture) -> None:
    """To another seed's noise, and to a real picture of it."""
    noise = seen(view, StartNoise)
    until(lambda: noise.answer)
    assert len(noise.planes.tiles) == 4 and not noise.make.isEnabled()
    alone = noise.planes.tiles[0].image
    noise.seed.setValue(9)
    noise.share.slider.setValue(50)
    until(lambda: noise.answer and noise.answer.angle > 0)
    assert noise.planes.tiles[0].image != alone
    assert noise.answer is not None and noise.answer.straight < 0.9 * noise.answer.length
    table = noise.table("")
    assert table is not None and len(table.rows) == 4 * 8
    assert table.rows[9][:2] == (2.0, 2.0) and len(table.rows[9]) == len(table.columns) == 10

    noise.make.click()
    noise.share.slider.setValue(75)
    noise.make.click()  # while the first one waits
    noise.seed.setValue(10)
    until(lambda: noise.film.filled() == 3)
    words = [noise.film.item(at).text() for at in range(3)]
    assert words[1:] == ["0.5 of seed 9", "0.75 of seed 9"]
    children = application.stores.lineage.children_of(picture.sha256)
    noises = {
        (one.request.noise.variation_seed, one.request.noise.variation_strength): one.sha256
        for one in children
    }
    assert set(noises) == {(9, 0.5), (9, 0.75)}
    assert len({*noises.values(), picture.sha256}) == 3


def test_a_nudged_channel_and_any_picture_there_and_back(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_app()
    view, picture = opened(application)
    channels = seen(view, Channels)
    until(channels.nudge.isEnabled)
    with Image.open(picture.path) as image:
        whole = image.convert("RGB").tobytes()
    plain = channels.plain.image
    assert plain.size().toTuple() == (64, 64) and bytes(plain.constBits()) == whole
    assert len(channels.planes.tiles) == channels.channel.count() == 4
    channels.channel.setCurrentIndex(2)
    channels.nudge.slider.setFocus()
    QTest.keyClick(channels.nudge.slider, Qt.Key.Key_End)
    until(lambda: channels.loss)
    assert channels.nudged.image != plain and not channels.difference.image.isNull()
    table = channels.table("")
    assert table is not None and "+3.00 standard deviations of channel 3" in table.scale

    decoding = seen(view, Decoding)
    until(lambda: decoding.loss)
    assert decoding.decoded.image == plain and decoding.rough.image != plain
    assert number(decoding, "Numbers of the picture for each latent number") == "48"
    lines = decoding.bars.accessibleDescription().splitlines()
    assert len(lines) == 6 and lines[0].startswith("Waves below 4 pixels: ")

    assert decoding.saver is not None and decoding.saver.isEnabled()
    name = tmp_path / "decoder.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(name), ""))
    QTest.mouseClick(decoding.saver, Qt.MouseButton.LeftButton)
    until(name.with_suffix(".csv").exists)
    numbers = name.with_suffix(".csv").read_text()
    assert "a (red:1.2) house" in numbers and "waves below, pixels" in numbers

    back = seen(view, RoundTrip)
    until(lambda: back.loss)
    assert back.after.image.size() == plain.size() and back.own.isHidden()
    photograph = tmp_path / "photograph.png"
    Image.effect_noise((70, 50), 60).convert("RGB").save(photograph)
    back.send(photograph)
    until(lambda: back.loss)
    assert back.after.image.size().toTuple() == (64, 48) and back.own.isVisible()
    assert back.loss is not None and back.loss.bands[0].lost > 0.5, "noise is not kept"
    table = back.table("a recipe")
    assert table is not None and len(table.rows) == 6 and table.recipe == ""
    too_small = tmp_path / "small.png"
    Image.new("RGB", (8, 8)).save(too_small)
    back.send(too_small)

    def says_why() -> bool:
        said = application.window.notice.top()
        return said is not None and "smaller than 16 pixels" in said.text

    until(says_why)
