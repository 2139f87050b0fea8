"""The deeds on pictures, database, settings, session and kept latents: what lies there before, the
deed, what must hold after a death."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from core.engine import open_engine
from core.engine.contract.protocol import EngineSpec
from core.metadata.recipes import read_file
from core.metadata.writing import encode_png
from core.service.making.queue_run import QueueRun
from core.service.making.runner import Outcome, Runner
from core.service.stores import Stores, open_stores
from core.store.checkpoints import CheckpointStore
from core.store.files import pictures_in, put_in_gallery
from core.store.sqlite.migrations import MIGRATIONS
from core.system import settings
from core.system.json import dumps
from core.system.paths import places
from core.values.job import LatentCheckpoint, ModelRef
from core.values.picture import Recipe
from core.values.request import Request
from desktop.state import session
from tests.soak.disk import library
from tests.soak.disk.action import Action, Faults


def _store(deed: Callable[[Stores], object]) -> Callable[[Path], None]:
    def act(root: Path) -> None:
        deed(open_stores(library.chosen(root)))

    return act


def _pictures(may: tuple[int, ...] = (), first: int = 0) -> Callable[[Path, bool], Faults]:
    """The pictures of the seeds from `first` on are there with their
    marks, those of `may` perhaps."""

    def look(root: Path, done: bool) -> Faults:
        stores = library.begin(root)
        faults = library.picture_faults(
            stores, range(first, library.PICTURES), may
        ) + library.job_faults(stores)
        stores.close()
        return faults

    return look


def _prepare_make(root: Path, pictures: int = library.PICTURES) -> None:
    library.fill(root, pictures=pictures)
    stores = open_stores(library.chosen(root))
    stores.jobs.add([Request("picture 99", seed=99, steps=2, width=64, height=64)])
    stores.jobs.make_next(next(job.id for job in stores.jobs.recent() if job.request.seed == 99))
    stores.close()


def _make(root: Path) -> None:
    """As the queue does it: claimed, rendered, written, recorded, the job done."""
    stores = open_stores(library.chosen(root))
    with (
        library.noisy_pictures(512),
        open_engine(EngineSpec(kind="fake", runs_in="here", previews=False)) as engine,
    ):
        outcome = Runner(stores, engine).run_one(lambda event: None)
    assert outcome is not None and outcome.picture is not None, outcome


_PAIR = (98, 99)


def _prepare_pair(root: Path) -> None:
    library.fill(root)
    stores = open_stores(library.chosen(root))
    for seed in reversed(_PAIR):
        stores.jobs.add([Request(f"picture {seed}", seed=seed, steps=2, width=64, height=64)])
        of_seed = next(job.id for job in stores.jobs.recent() if job.request.seed == seed)
        stores.jobs.make_next(of_seed)
    stores.close()


def _make_pair(root: Path) -> None:
    """The first picture is saved while the second is claimed and made."""
    stores = open_stores(library.chosen(root))
    outcomes: list[Outcome] = []
    with (
        library.noisy_pictures(512),
        open_engine(EngineSpec(kind="fake", runs_in="here", previews=False)) as engine,
        QueueRun(
            Runner(stores, engine), on_event=lambda event: None, on_ended=outcomes.append
        ) as run,
    ):
        assert run.make_next() and run.make_next()
    assert all(outcome.picture is not None for outcome in outcomes), outcomes


def _look_pair(root: Path, done: bool) -> Faults:
    """Each job is done where its picture is there, else open to be run again, and never the second
    before the first."""
    stores = library.begin(root)
    made = {one.request.seed for one in stores.gallery.page(stores.gallery.ids())}
    with sqlite3.connect(stores.places.database) as db:
        states = dict(db.execute("SELECT json_extract(request, '$.seed'), state FROM jobs"))
    faults = library.picture_faults(
        stores, [*range(library.PICTURES), *(_PAIR if done else ())], _PAIR, favourites=False
    )
    for seed in _PAIR:
        right = ("done",) if seed in made else ("failed", "waiting")
        if states[seed] not in right:
            faults.append(f"picture {seed} is there: {seed in made}, and its job {states[seed]}")
    if _PAIR[1] in made and _PAIR[0] not in made:
        faults.append("the second picture is there without the first")
    waits = library.WAITING + sum(states[seed] == "waiting" for seed in _PAIR)
    faults += library.job_faults(stores, waits)
    stores.close()
    return faults


def _look_made(root: Path, done: bool, pictures: int = library.PICTURES) -> Faults:
    """The job is done where the picture is there, and open to be run again where it is not;
    never both, never neither."""
    stores = library.begin(root)
    made = [one for one in stores.gallery.page(stores.gallery.ids()) if one.request.seed == 99]
    with sqlite3.connect(stores.places.database) as db:
        state = dict(db.execute("SELECT json_extract(request, '$.seed'), state FROM jobs"))[99]
    faults = library.picture_faults(
        stores, [*range(pictures), *([99] if done else [])], [99], favourites=False
    )
    if made and state != "done":
        faults.append(f"the picture is there and its job is {state}")
    if not made and state not in ("failed", "waiting"):
        faults.append(f"there is no picture and its job is {state}")
    waits = library.WAITING + (state == "waiting")
    faults += library.job_faults(stores, waits)
    stores.close()
    return faults


def _taken(root: Path) -> None:
    """A picture in the trash, and at its former place one that somebody put there:
    of ours, but no row knows it."""
    library.fill(root, trashed=1)
    stores = open_stores(library.chosen(root))
    with contextlib.closing(sqlite3.connect(stores.places.database)) as db:
        home = (
            stores.places.pictures
            / db.execute("SELECT path FROM pictures WHERE trashed IS NOT NULL").fetchone()[0]
        )
    pixels = library.noise(64, 50)
    recipe = Recipe(
        Request("picture 50", seed=50),
        "job50",
        model_name="Starter",
        pixels_sha256=pixels.sha256,
        created=time.time(),
    )
    home.write_bytes(encode_png(pixels, recipe))
    stores.close()


def _look_taken(root: Path, done: bool) -> Faults:
    """Both pictures are there; the one that was put there may have got its row, or not."""
    stores = library.begin(root)
    faults = library.picture_faults(
        stores, range(library.PICTURES), [50], favourites=False
    ) + library.job_faults(stores)
    faults = [fault for fault in faults if not fault.startswith("a file that no row knows")]
    files = [*pictures_in(stores.places.pictures), *pictures_in(stores.places.trash)]
    seeds = sorted(
        recipe.request.seed or 0 for path in files if (recipe := read_file(path).recipe) is not None
    )
    stores.close()
    right = [*range(library.PICTURES), 50]
    return faults + ([] if seeds == right else [f"the files hold the pictures {seeds}"])


def _undone_favourites(root: Path) -> None:
    library.fill(root, favourites=False)


def _look_favourites(root: Path, done: bool) -> Faults:
    stores = library.begin(root)
    faults = library.picture_faults(
        stores, range(library.PICTURES), favourites=done
    ) + library.job_faults(stores)
    marked = len(stores.gallery.ids("is:favourite"))
    stores.close()
    return faults + (
        [f"{marked} of {library.PICTURES} marked: half a deed"]
        if marked not in (0, library.PICTURES)
        else []
    )


def _look_copy(root: Path, done: bool) -> Faults:
    faults = _pictures()(root, done)
    for copy in (root / "backups").glob("*.db"):
        with contextlib.closing(sqlite3.connect(copy)) as db:
            whole = (
                db.execute("PRAGMA integrity_check").fetchone()[0],
                db.execute("SELECT count(*) FROM pictures").fetchone()[0],
            )
        if whole != ("ok", library.PICTURES):
            faults.append(f"the daily copy is not whole: {whole}")
    return faults


def _without_copy(root: Path) -> None:
    library.fill(root)
    for copy in (root / "backups").iterdir():
        copy.unlink()


def _old(root: Path) -> None:
    """A database of the third version of its tables, with pictures that lie in their folder."""
    where = places(root).create()
    with contextlib.closing(sqlite3.connect(where.database)) as db:
        db.executescript("".join(MIGRATIONS[:3]) + "PRAGMA user_version = 3;")
        for seed in range(library.PICTURES):
            pixels = library.noise(16, seed)
            recipe = Recipe(
                Request(f"picture {seed}", seed=seed),
                f"job{seed}",
                model_name="Starter",
                pixels_sha256=pixels.sha256,
                created=time.time(),
            )
            path = put_in_gallery(where.pictures, seed, encode_png(pixels, recipe)).relative_to(
                where.pictures
            )
            db.execute(
                (
                    "INSERT INTO pictures (path, created, width, height, request, job_id, prompt, "
                    "negative, model_name, seconds, sha256, favourite) "
                    "VALUES (?, ?, 16, 16, ?, ?, ?, '', 'Starter', 1, ?, 1)"
                ),
                (
                    path.as_posix(),
                    recipe.created,
                    dumps(recipe.request),
                    recipe.job_id,
                    recipe.request.prompt,
                    pixels.sha256,
                ),
            )
        for number in range(library.WAITING):
            db.execute(
                (
                    "INSERT INTO jobs (id, place, state, request, created) "
                    "VALUES (?, ?, 'waiting', ?, 1)"
                ),
                (f"w{number}", number, dumps(Request(f"waiting {number}"))),
            )
        db.commit()


def _damaged(root: Path) -> None:
    """The page of the pictures' rows is overwritten; all of it stands in the daily copy."""
    library.fill(root)
    where = places(root)
    with contextlib.closing(sqlite3.connect(where.database)) as db:
        page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'pictures'").fetchone()[
            0
        ]
        size = db.execute("PRAGMA page_size").fetchone()[0]
    with open(where.database, "r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)


def _repair(root: Path) -> None:
    open_stores(library.chosen(root)).recover()


def _settings(root: Path) -> None:
    path = places(root).settings
    settings.save(path, replace(settings.load(path)[0], theme="dark"))


def _prepare_settings(root: Path) -> None:
    library.fill(root, pictures=1)
    for _ in range(2):
        settings.save(places(root).settings, settings.Settings(theme="light"))
        session.save(places(root).session, session.Session(Request("before"), fresh=False))


def _look_settings(root: Path, done: bool) -> Faults:
    found, notice = settings.load(places(root).settings)
    faults = [f"the settings fell back: {notice}"] if notice else []
    if found.theme not in (("dark",) if done else ("light", "dark")):
        faults.append(f"the theme is {found.theme}")
    library.begin(root).close()
    return faults


def _session(root: Path) -> None:
    session.save(places(root).session, session.Session(Request("after"), fresh=False))


def _look_session(root: Path, done: bool) -> Faults:
    found = session.load(places(root).session)
    library.begin(root).close()
    right = ("after",) if done else ("before", "after")
    return [] if found.request.prompt in right else [f"the form holds {found.request.prompt!r}"]


_MODEL = ModelRef("m", "M", "sd15", "/m.safetensors")
_ASKED = Request("kept", seed=1)


def _latents(step: int) -> LatentCheckpoint:
    return LatentCheckpoint(step, step, (1, 4, 32, 32), bytes([step]) * 4 * 4 * 32 * 32)


def _prepare_latents(root: Path) -> None:
    library.fill(root, pictures=1)
    CheckpointStore(places(root).checkpoints).save("job0", _ASKED, _MODEL, _latents(1))


def _keep_latents(root: Path) -> None:
    CheckpointStore(places(root).checkpoints).save("job0", _ASKED, _MODEL, _latents(2))


def _look_latents(root: Path, done: bool) -> Faults:
    library.begin(root).close()
    found = CheckpointStore(places(root).checkpoints).load("job0", _ASKED, _MODEL)
    right = (_latents(2),) if done else (_latents(1), _latents(2))
    return [] if found in right else [f"kept latents: step {found.step if found else None}"]


def actions() -> tuple[Action, ...]:
    """All of them."""
    return (
        Action("make", _prepare_make, _make, _look_made),
        Action(
            "make the first",
            lambda root: _prepare_make(root, 0),
            _make,
            lambda root, done: _look_made(root, done, 0),
        ),
        Action("make two at once", _prepare_pair, _make_pair, _look_pair, threads=True),
        Action(
            "trash",
            library.fill,
            _store(lambda s: s.gallery.trash(sorted(s.gallery.ids())[:2])),
            _pictures(),
        ),
        Action(
            "restore",
            lambda root: library.fill(root, trashed=2),
            _store(lambda s: s.gallery.restore(s.gallery.ids(trashed=True))),
            _pictures(),
        ),
        Action(
            "restore (name taken)",
            _taken,
            _store(lambda s: s.gallery.restore(s.gallery.ids(trashed=True))),
            _look_taken,
        ),
        Action(
            "empty trash",
            lambda root: library.fill(root, trashed=2),
            _store(lambda s: s.gallery.empty_trash(older_than_days=-1)),
            _pictures(may=(0, 1), first=2),
        ),
        Action(
            "favourite",
            _undone_favourites,
            _store(lambda s: s.gallery.set_favourite(s.gallery.ids(), True)),
            _look_favourites,
        ),
        Action("daily copy", _without_copy, _store(lambda s: s.database.daily_copy()), _look_copy),
        Action(
            "migrate", _old, lambda root: open_stores(library.chosen(root)).close(), _pictures()
        ),
        Action("repair", _damaged, _repair, _pictures()),
        Action("settings", _prepare_settings, _settings, _look_settings),
        Action("session", _prepare_settings, _session, _look_session),
        Action("latents", _prepare_latents, _keep_latents, _look_latents),
    )
