"""Models handed over are registered where they lie, and can be given back;
and what a small model answers."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from core.models.library import registry
from core.models.library.external_folders import linked_folders
from core.models.library.intake import take_in, take_out
from core.models.library.vocabulary import answer, known_words
from core.service.stores import Stores
from core.system.errors import WorldError
from core.system.paths import RESOURCES
from core.values.request import Request
from tests.core.models.files import layouts


def test_a_file_a_folder_of_one_and_a_folder_of_many(stores: Stores, tmp_path: Path) -> None:
    models = stores.places.models
    one = layouts.write(tmp_path / "dream.safetensors", layouts.SD1)
    found = take_in(models, one)
    assert (found.kind, found.path, found.new) == ("model", str(one), True)
    assert [row.path for row in registry.read(models)] == [str(one)]
    assert not take_in(models, one).new, "known already"
    take_out(models, found)
    assert registry.read(models) == () or not [
        row for row in registry.read(models) if row.path == str(one)
    ]
    (tmp_path / "single").mkdir()
    inner = layouts.write(
        tmp_path / "single" / "ink.safetensors", layouts.kohya(layouts.ATTENTION, 768)
    )
    assert take_in(models, tmp_path / "single").path == str(inner)
    many = tmp_path / "many"
    many.mkdir()
    for name in ("a", "b"):
        layouts.write(many / f"{name}.safetensors", layouts.SD1)
    found = take_in(models, many)
    assert (found.kind, found.path, found.new) == (
        "folder",
        str(many),
        True,
    ) and many in linked_folders(models)
    take_out(models, found)
    assert many not in linked_folders(models) and (many / "a.safetensors").exists()
    whole = take_in(models, RESOURCES / "starter")
    assert whole.kind == "model" and whole.path == str(RESOURCES / "starter")


def test_what_is_no_model_is_one_sentence(stores: Stores, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.safetensors").write_text("hello")
    for path in (tmp_path / "empty", tmp_path / "notes.safetensors", tmp_path / "none"):
        with pytest.raises(WorldError):
            take_in(stores.places.models, path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.safetensors")
        with pytest.raises(WorldError):
            take_in(stores.places.models, tmp_path / "pipe.safetensors")


def test_jobs_of_one_count_know_their_place(stores: Stores) -> None:
    jobs = stores.jobs.add([Request("a", seed=seed) for seed in (5, 6, 7)])
    assert (
        [(job.nth, job.of) for job in jobs]
        == [(1, 3), (2, 3), (3, 3)]
        == [(job.nth, job.of) for job in stores.jobs.recent()]
    )
    first = stores.jobs.claim_next()
    assert first is not None and (first.nth, first.of) == (1, 3)
    stores.jobs.finish(first.id, first.state.DONE)
    recent = stores.jobs.recent()
    assert len(recent) == 2 and [job.id for job in stores.jobs.done_beside(recent)] == [first.id]
    stores.jobs.stop_waiting()
    assert stores.jobs.done_beside(stores.jobs.recent()) == (), (
        "nothing of that Count is under way any more"
    )
    with stores.database.transaction() as db:
        db.execute("UPDATE jobs SET share = '9/3 x'")
    assert {(job.nth, job.of) for job in stores.jobs.recent()} == {(1, 1)}, (
        "what makes no sense is left out"
    )


def test_an_entry_knows_the_words_of_its_model(stores: Stores) -> None:
    """Whoever has one asks the disk no more, as the window must not."""
    (starter,) = stores.library.start_entries("")
    assert starter.vocabulary == known_words(RESOURCES / "starter") and starter.vocabulary
    shutil.copytree(RESOURCES / "starter", stores.places.models / "silent")
    (stores.places.models / "silent" / "world.json").unlink()
    assert stores.library.find("silent").vocabulary == {}


def test_a_small_model_answers_in_one_short_sentence() -> None:
    groups = known_words(RESOURCES / "starter")
    said = answer(groups, "Starter", "a portrait of the queen, masterpiece <lora:foo:1>")
    assert (
        "knows only 24 subjects" in said
        and '"portrait", "queen" and "masterpiece"' in said
        and "foo" not in said
    )
    assert len(said) < 320 and said.count('"') == 12, "three unknown words, three examples"
    assert (
        answer(groups, "Starter", "two red houses")
        == ""
        == answer(groups, "Starter", " ")
        == answer({}, "X", "queen")
    )
    assert answer(groups, "Starter", "in the red") and "among" not in answer(
        groups, "Starter", "in the red"
    ), "no unknown word"
    assert len(answer(groups, "Starter", "x" * 5000)) < 350
