"""What the program of today reads in a data folder of an earlier version, as plain values under
their stored names."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Generator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import typer.main

from core.cli.main import app, run
from core.metadata.recipes import read_file
from core.models.fetch.install import Installer
from core.models.library import external_folders, registry
from core.models.library.chosen_folders import with_chosen_folders
from core.service.finish_moves import settled
from core.service.incidents import saved_incidents as kept_incidents
from core.service.stores import Stores, open_stores
from core.store.checkpoints import CheckpointStore
from core.store.jobs import QueuedJob
from core.store.model_cards import Card
from core.system import settings
from core.system.json import dumps
from core.system.paths import Places, places
from core.values.gallery.question import Order, PictureQuestion
from core.values.picture import Picture
from tests.data.folder import names, neutral
from tests.data.imported import refused
from tests.data.swept import cells

COMMANDS = (("gallery", "check"), ("gallery", "path"), ("models", "list"), ("metadata",))
SEARCHES = ("red house", "gree", "fog", "dream", "nothing")


@contextmanager
def opened(into: Path) -> Generator[Stores]:
    """The stores as every start opens them: a move of models is settled, damage looked for, orphans
    end."""
    where = places(into / "data")
    settled(where)
    stores = open_stores(with_chosen_folders(where, settings.load(where.settings)[0]))
    try:
        stores.recover()
        yield stores
    finally:
        stores.close()


def said(into: Path, *words: str) -> list[Any]:
    """What a command prints about the folder, line by line; how large models are is left out, since
    the starter's size may change."""
    files = (
        sorted(str(path) for path in (into / "drive" / "pictures").rglob("*.*"))
        if words[0] == "metadata"
        else []
    )
    out = io.StringIO()
    with redirect_stdout(out):
        code = run(["--data", str(into / "data"), *words, *files, "--json"])
    assert code == 0, (words, code)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    return [{key: value for key, value in line.items() if key != "bytes"} for line in lines]


def plain(value: Any) -> Any:
    """A value as it is stored."""
    return json.loads(dumps(value))


def expected(into: Path) -> dict[str, Any]:
    """Everything that the tests compare: the names first, since opening may change the files."""
    found: dict[str, Any] = {
        "names": names(into),
        "session": json.loads((into / "data" / "session.json").read_text()),
    }
    found["options"] = options()
    with opened(into) as stores:
        found["values"] = values(stores)
    found["said"] = {" ".join(words): said(into, *words) for words in COMMANDS}
    return neutral(found, into)


def values(stores: Stores) -> dict[str, Any]:
    """What a person would find again."""
    where, gallery = stores.places, stores.gallery
    cards, albums = stores.cards.all(), gallery.albums()
    return {
        "settings": plain(settings.load(where.settings)[0]),
        "pictures": [_picture(where, one) for one in gallery.page(gallery.ids())],
        "trash": [_picture(where, one) for one in gallery.page(gallery.ids(trashed=True))],
        "searches": {words: list(gallery.ids(words)) for words in SEARCHES},
        "favourites": list(gallery.ids("is:favourite")),
        "albums": [[one.name, one.query, gallery.ids(f'album:"{one.name}"')] for one in albums],
        "hidden": list(gallery.ids("is:hidden")),
        "stacked": list(gallery.find(PictureQuestion(stacked=True)) or ()),
        "orders": _orders(stores),
        "watched": [[str(one.path), one.state.whole, one.count] for one in gallery.watched.all()],
        "refused": refused(stores),
        "sweeps": cells(stores),
        "queue": [_job(job) for job in stores.jobs.recent()],
        "done beside": [job.id for job in stores.jobs.done_beside(stores.jobs.recent())],
        "cards": {path: _card(card) for path, card in sorted(cards.items())},
        "runs": plain(stores.memory_history.runs("cpu"))
        + plain(stores.memory_history.runs("cuda")),
        "needed": [
            [one.device, one.mode, one.pixels]
            for path in sorted(cards)
            for one in stores.memory_history.outcomes_needed(path)
        ],
        "registered": plain(registry.read(where.models)),
        "linked": [str(path) for path in external_folders.linked_folders(where.models)],
        "downloads": [
            [one.id, one.done, plain(one.plan)] for one in Installer(where.models).pending()
        ],
        "kept": _kept(stores),
        "documents": [_document(stores, one.id) for one in stores.documents.opened()],
        "closed documents": [one.title for one in stores.documents.closed()],
        "incidents": [dict(one.facts) for one in kept_incidents(where.incidents)],
    }


def _orders(stores: Stores) -> dict[str, list[int]]:
    """The pictures in each order that is not by chance, as it is and turned round."""
    found: dict[str, list[int]] = {}
    for order in Order:
        for rising in (False, True) if order is not Order.RANDOM else ():
            question = PictureQuestion(order=order, rising=rising)
            found[f"{order}{' rising' * rising}"] = list(stores.gallery.find(question) or ())
    return found


# Of values that are no JSON anywhere the names are those of the columns or, where there is none,
# ours: what the program calls them may change, and then they are read here by their new names.


def _picture(where: Places, one: Picture) -> dict[str, Any]:
    folder = where.trash if one.trashed else where.pictures
    return {
        "id": one.id,
        "path": os.path.relpath(one.path, folder),
        "created": one.created,
        "width": one.width,
        "height": one.height,
        "request": plain(one.request),
        "job_id": one.job_id,
        "model_name": one.model_name,
        "seconds": one.seconds,
        "sha256": one.sha256,
        "favourite": one.favourite,
        "rating": one.rating,
        "tags": one.tags,
        "note": one.note,
        "origin": plain(one.origin),
        "trashed": one.trashed is not None,
        "recipe": plain(read_file(Path(one.path)).recipe),
    }


def _job(one: QueuedJob) -> dict[str, Any]:
    return {
        "id": one.id,
        "state": one.state.value,
        "request": plain(one.request),
        "share": f"{one.nth}/{one.of}",
        "message": one.message,
        "hint": one.hint,
        "started": one.started is not None,
    }


def _card(one: Card) -> dict[str, Any]:
    return {
        "source": one.source,
        "license": one.license,
        "page": one.page,
        "plan": plain(one.plan),
        "notes": one.notes,
        "tags": list(one.tags),
        "rating": one.rating,
        "used": one.used,
        "defaults": plain(one.defaults),
        "fingerprint": one.fingerprint,
        "picture": one.picture,
    }


def _document(stores: Stores, document_id: str) -> dict[str, Any]:
    stored = stores.documents.load(document_id)
    tiles = sorted(stored.document.tile_names())
    pixels = b"".join(stores.documents.tile(document_id, name) for name in tiles)
    return {
        "title": stored.record.title,
        "form": plain(stored.record.request),
        "candidates": plain(stored.record.candidates),
        "asked": plain(stored.record.asked),
        "steps": [step.text for step in stored.steps],
        "position": stored.position,
        "document": plain(stored.document),
        "tiles": hashlib.sha256(pixels).hexdigest(),
        "pictures": [one.id for one in stores.gallery.pictures_of_document(document_id)],
    }


def _kept(stores: Stores) -> dict[str, Any]:
    """Latents of jobs that can go on; their values as a sum."""
    store, found = CheckpointStore(stores.places.checkpoints), dict[str, Any]()
    for job in stores.jobs.recent():
        latents = store.load(job.id, job.request, stores.library.find(job.request.model).ref())
        if latents is not None:
            found[job.id] = {
                "step": latents.step,
                "draws": latents.draws,
                "shape": list(latents.shape),
                "fingerprint": plain(latents.fingerprint),
                "data": hashlib.sha256(latents.data).hexdigest(),
            }
    return found


def options() -> dict[str, list[str]]:
    """How each command of the command line and its options are spelt, the hidden ones too."""
    found: dict[str, list[str]] = {}

    def walk(command: Any, path: str) -> None:
        spelt = [one for option in command.params for one in (*option.opts, *option.secondary_opts)]
        found[path] = sorted(one for one in spelt if one.startswith("-"))
        for name, inner in getattr(command, "commands", {}).items():
            walk(inner, f"{path} {name}")

    walk(typer.main.get_command(app), "calotype")
    return found
