"""The deeds on what a person keeps of words: styles, presets and wildcards written, moved, laid
aside and put back; sweeps kept, given further values and dropped."""

from __future__ import annotations

import json
from pathlib import Path

from core.prompt.styles import own
from core.prompt.styles.files import MINE
from core.prompt.styles.style import Style
from core.prompt.wildcards import editing
from core.store.forms.presets import Preset, PresetStore
from core.store.sweeps.sweep_store import SweepStore
from core.values.request import Request
from core.values.request_parts.levels import Levels
from core.values.sweeping.sweep import Axis, Sweep
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


KEPT, GONE, ADDED = "0a" * 16, "0b" * 16, "0c" * 16
VALUES, FURTHER = ("1", "2"), ("1", "2", "3")


def _sweep(sweep_id: str, values: tuple[str, ...] = VALUES) -> Sweep:
    return Sweep(sweep_id, Request("a house", seed=1), (Axis("steps", values),), created=1.0)


def _prepare_sweeps(root: Path) -> None:
    library.fill(root)
    store = SweepStore(library.chosen(root).sweeps)
    for sweep_id in (KEPT, GONE):
        store.keep(_sweep(sweep_id))


def _act_on_sweeps(root: Path) -> None:
    store = SweepStore(library.chosen(root).sweeps)
    store.keep(_sweep(ADDED))
    store.change(KEPT, lambda sweep: sweep.with_axis(Axis("steps", FURTHER)))
    for moment in (1e9, 2e9):  # when nothing names it, and long after
        store.drop_unnamed({KEPT, ADDED}, moment)


def _look_at_sweeps(root: Path, done: bool) -> Faults:
    """Every sweep is as it was before or as it is after; none that was to stay is gone."""
    stores = library.begin(root)
    kept = {sweep.id: sweep for sweep in stores.sweeps.all()}
    stores.close()
    faults: Faults = []
    values = kept[KEPT].axes[0].values if KEPT in kept else ()
    if values not in (VALUES, FURTHER) or (done and values != FURTHER):
        faults.append(f"the sweep that was changed has the values {values}")
    if done and kept.keys() != {KEPT, ADDED}:
        faults.append(f"the sweeps are {sorted(kept)}")
    return faults


def actions() -> tuple[Action, ...]:
    """In the order of their names."""
    return (
        Action("sweeps", _prepare_sweeps, _act_on_sweeps, _look_at_sweeps),
        Action("words", _prepare, _act, _look),
    )
