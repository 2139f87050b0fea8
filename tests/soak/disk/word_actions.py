"""The deed on what a person keeps of words: styles, presets and wildcards written, moved, laid
aside and put back."""

from __future__ import annotations

import json
from pathlib import Path

from core.prompt.styles import own
from core.prompt.styles.files import MINE
from core.prompt.styles.style import Style
from core.prompt.wildcards import editing
from core.store.forms.presets import Preset, PresetStore
from core.values.request import Request
from core.values.request_parts.levels import Levels
from tests.soak.disk import library
from tests.soak.disk.action import Action, Faults

OLD, NEW = "red\n" * 200, "blue\n" * 300
OLD_LEVELS, NEW_LEVELS = Levels(sigmas=(9.0, 2.0, 0.0)), Levels(sigmas=(9.0, 1.0, 0.0))


def _prepare(root: Path) -> None:
    library.fill(root)
    where = library.chosen(root)
    own.save_style(where.styles, Style("Ink", "in ink"))
    presets = PresetStore(where.presets)
    for name in ("One", "Two"):
        presets.save(Preset(name, Request(name)))
    PresetStore(where.schedules).save(Preset("Mine", Request(steps=2, levels=OLD_LEVELS)))
    for name in ("colour.txt", "animal.txt"):
        editing.write_text(where.wildcards, name, OLD)


def _act(root: Path) -> None:
    where = library.chosen(root)
    own.save_style(where.styles, Style("Oil", "oil of {prompt}"))
    own.put_back(where.styles, own.delete_styles(where.styles, ["Oil"]))
    presets = PresetStore(where.presets)
    presets.move("Two", 0)
    presets.save(Preset("Three", Request("three")))
    schedules = PresetStore(where.schedules, "Your noise levels", "list of levels")
    schedules.put(Preset("Mine", Request(steps=2, levels=NEW_LEVELS)))
    editing.write_text(where.wildcards, "colour.txt", NEW)
    mark = editing.delete_file(where.wildcards, "animal.txt")
    editing.put_back(where.wildcards, "animal.txt", mark)
    editing.rename_file(where.wildcards, "animal.txt", "beast.txt")
    editing.write_text(where.wildcards, "animal.txt", NEW)
    editing.delete_file(where.wildcards, "animal.txt")


def _look(root: Path, done: bool) -> Faults:
    """Every file is old or new; nothing that was there before is gone."""
    stores = library.begin(root)
    where = stores.places
    stores.close()
    editing.sweep_deleted(where.wildcards)
    faults: Faults = []
    names = [row["name"] for row in json.loads((where.styles / MINE).read_text())]
    if names not in (["Ink"], ["Ink", "Oil"]) or (done and len(names) < 2):
        faults.append(f"the styles are {names}")
    found = PresetStore(where.presets).all()
    kept = [preset.name for preset in found.presets]
    if not {"One", "Two"} <= set(kept) or found.unread or (done and kept[-1] != "Three"):
        faults.append(f"the presets are {kept}")
    levels = [preset.request.levels for preset in PresetStore(where.schedules).all().presets]
    if levels not in ([OLD_LEVELS], [NEW_LEVELS]) or (done and levels != [NEW_LEVELS]):
        faults.append(f"the noise levels are {levels}")
    text = editing.read_text(where.wildcards, "colour.txt")
    if text not in (OLD, NEW) or (done and text != NEW):
        faults.append(f"a wildcard has {len(text)} characters")
    beasts = [
        path
        for path in where.wildcards.rglob("*.txt")
        if path.name in ("animal.txt", "beast.txt") and path.read_text() == OLD
    ]
    if not beasts:
        faults.append("a wildcard that was moved is gone")
    return faults


def actions() -> tuple[Action, ...]:
    """In the order of their names."""
    return (Action("words", _prepare, _act, _look),)
