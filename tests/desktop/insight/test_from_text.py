"""From text to picture: each station shows what the starter makes of this very picture."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.engine.contract.protocol import EngineSpec
from core.system.paths import Places
from core.values.picture import Picture
from core.values.request import Request
from desktop.app.app import Application
from desktop.insight.from_text.desk import FromText
from desktop.insight.from_text.station import Station
from desktop.insight.from_text.words import Tokens, Words
from desktop.insight.opened.opening import State
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


def number(station: Station, words: str) -> str:
    return dict(station.numbers.rows())[words]


def test_each_station_tells_of_this_picture(open_app: Open) -> None:
    application = open_app()
    room = application.window.rooms["insight"]
    assert isinstance(room, InsightRoom)
    desk = room.desk
    desk.go("from-text")
    view = desk.view()
    assert isinstance(view, FromText)
    picture = made(application)
    application.window.current.show(picture)
    application.window.actions_by_id["insight-picture"].trigger()
    until(lambda: desk.opening.state is State.RECORDED)
    stations = view.stations
    words, tokens = stations["words"], stations["tokens"]
    assert isinstance(words, Words) and isinstance(tokens, Tokens)

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
