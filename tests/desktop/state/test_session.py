"""What the window looked like, over a restart."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.values.lora import Lora
from core.values.request import Request
from core.values.request_parts.chosen_style import MOST_STYLES, ChosenStyle
from core.values.request_parts.start_picture import StartPicture
from desktop.state import session


def test_a_session_that_no_window_can_take_is_put_right(tmp_path: Path) -> None:
    for geometry in ("zz", "\ud800", "0" * 50_000, " 00"):
        (tmp_path / "s.json").write_text(
            json.dumps(
                {
                    "geometry": geometry,
                    "splitter": "00",
                    "room": 77,
                    "random_seed": False,
                    "picture": 10**30,
                    "viewing": {"geometry": geometry, "seconds": 7},
                    "gallery": {"zoom": 10**12},
                }
            )
        )
        found = session.load(tmp_path / "s.json")
        assert (found.geometry, found.splitter, found.random_seed, found.picture) == (
            "",
            "00",
            False,
            0,
        )
        assert (found.viewing.geometry, found.viewing.seconds) == ("", 7)
        assert 0 < found.gallery.zoom < 2**31, "Qt takes no larger one"
    (tmp_path / "s.json").write_text('{"viewing": {"seconds": -99999999999}}')
    assert session.load(tmp_path / "s.json").viewing.seconds == 0


def test_a_session_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    kept = session.Session(
        request=Request(prompt="a \ud800 house", seed=5, loras=(Lora("glow", 0.5),)),
        random_seed=False,
        geometry="00ff",
        splitter="0a",
        room=2,
        history=False,
        more=True,
        fresh=False,
        examples="folded",
        picture=7,
        viewing=session.ViewingKept(geometry="01", film=False, recipe=True, shuffled=True),
    )
    session.save(tmp_path / "s.json", kept)
    assert session.load(tmp_path / "s.json") == kept


def test_the_one_before_stands_in_for_one_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    assert session.load(path) == session.Session(), "the very first start"
    session.save(path, session.Session(room=1))
    session.save(path, session.Session(room=2))
    endless = json.dumps({"request": {"width": 10**400 + 1}})
    for damage in ("", "{", '{"room": "two"}', '{"request": {"steps": -4}}', endless):
        path.write_text(damage)
        assert session.load(path).room == 1, damage
    path.with_name("s.json.old").write_text("nonsense")
    assert session.load(path) == session.Session()


def test_a_form_that_cannot_be_made_keeps_its_words(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    words = Request("a house", "fog", model="dream", steps=7)
    changes: tuple[dict[str, Any], ...] = (
        {"guidance_from": 0.8, "guidance_until": 0.2},
        {"styles": (ChosenStyle("Ink", "in ink"),) * (MOST_STYLES + 1)},
        {"start": StartPicture(strength=7.0)},
    )
    for change in changes:
        faulty = replace(words, **change)
        for _ in range(2):  # the generation before is no better
            session.save(path, session.Session(request=faulty, room=2))
        found = session.load(path)
        assert found.room == 2 and found.request.check() == found.request
        kept = found.request
        assert (kept.prompt, kept.negative_prompt, kept.model) == ("a house", "fog", "dream")
