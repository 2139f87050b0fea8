"""Presets are kept whole, in their order; a damaged one costs itself, a damaged file nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.store.forms.presets import Preset, PresetStore, write_presets
from core.system.errors import InvalidRequest, KnownError, WorldError
from core.values.lora import Lora
from core.values.request import Request
from core.values.request_parts.chosen_style import ChosenStyle
from core.values.request_parts.start_picture import StartPicture

INK = ChosenStyle("Ink", "{prompt}, in ink")
WHOLE = Preset("Whole", Request("a cat", "fog", model="dream", steps=9, seed=4, styles=(INK,)))
BARE = Preset("Bare", Request(steps=7, loras=(Lora("ink", 0.5),)), with_prompt=False)


def test_they_come_back_in_their_order(tmp_path: Path) -> None:
    store = PresetStore(tmp_path / "presets.json")
    assert store.all().presets == ()
    picture = replace(WHOLE.request, start=StartPicture(source="a" * 64), document="b" * 32)
    store.save(replace(WHOLE, request=picture))
    store.save(BARE)
    assert PresetStore(tmp_path / "presets.json").all().presets == (WHOLE, BARE)
    store.move("bare", 0)
    store.rename("Whole", "All of it")
    assert [one.name for one in store.all().presets] == ["Bare", "All of it"]
    slower = replace(BARE, name="bare", request=replace(BARE.request, steps=30))
    assert store.put(slower) == BARE and store.all().presets[0] == slower
    assert store.put(BARE) == slower
    removed = store.delete(["bare"])
    assert [one.name for one in store.all().presets] == ["All of it"]
    store.put_back(removed)
    assert store.all().presets == (BARE, replace(WHOLE, name="All of it"))
    for name in ("", " ", "x" * 300, "bare"):
        with pytest.raises(InvalidRequest):
            store.save(replace(WHOLE, name=name))


def test_one_without_words_keeps_none(tmp_path: Path) -> None:
    path = tmp_path / "presets.json"
    words = replace(BARE, request=replace(BARE.request, prompt="secret", styles=(INK,)))
    PresetStore(path).save(words)
    assert "secret" not in path.read_text() and "in ink" not in path.read_text()


def test_rows_of_other_versions(tmp_path: Path) -> None:
    """An older one lacks fields, a later one has more; what is not understood stays in the file."""
    path = tmp_path / "presets.json"
    rows = [
        {"name": "Old", "request": {"prompt": "a cat", "steps": 5}},
        {"name": "Later", "request": {"steps": 5, "wings": 2}, "colour": "red"},
        {"name": "Broken", "request": {"steps": -5}},
        {"name": "Odd", "request": 7},
    ]
    path.write_text(json.dumps(rows))
    store = PresetStore(path)
    found = store.all()
    assert [one.name for one in found.presets] == ["Old", "Later"]
    assert found.presets[0].request == Request("a cat", steps=5)
    assert found.unread == ("Broken", "Odd")
    store.save(WHOLE)
    assert json.loads(path.read_text())[:4] == rows
    store.move("Whole", 0)
    store.move("Whole", 1)  # as the list shows it, which lacks two of them
    store.move("Old", 2)
    assert [one.name for one in store.all().presets] == ["Whole", "Later", "Old"]
    assert [row["name"] for row in json.loads(path.read_text()) if row in rows[2:]] == [
        "Broken",
        "Odd",
    ]


def test_a_file_that_cannot_be_read_is_left(tmp_path: Path) -> None:
    path = tmp_path / "presets.json"
    path.write_text("{")
    for act in (lambda: PresetStore(path).all(), lambda: PresetStore(path).save(WHOLE)):
        with pytest.raises(WorldError, match="Your presets in "):
            act()
    assert path.read_text() == "{"


def test_they_go_from_one_machine_to_another(tmp_path: Path) -> None:
    write_presets(tmp_path / "out.json", [WHOLE, BARE])
    store = PresetStore(tmp_path / "presets.json")
    store.save(replace(WHOLE, random_seed=False))
    assert store.take_file(tmp_path / "out.json") == ("Whole 2", "Bare")
    assert store.take_file(tmp_path / "out.json") == ("Whole 3",)
    for text in ("", "[", "{}", "[]", '[{"name": "x"}]'):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(KnownError, match=r"bad\.json"):
            store.take_file(tmp_path / "bad.json")
