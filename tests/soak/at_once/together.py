"""Several processes at once on one data folder: nothing that one of them said was done
is lost, and none fails.

    .venv/bin/python tests/soak/at_once/together.py [CASE ...] [--rounds N]

Cases: register, first start, repair, same second, owner, folders, settings. Each forks its
processes so that they begin at the same instant. `--rounds` is how often repair (8) and first start
(10) are tried. About 1 minute on 2 idle cores.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from core.models.library import external_folders, registry  # noqa: E402
from core.service.stores import Stores, open_stores  # noqa: E402
from core.store.files import pictures_in  # noqa: E402
from core.system import settings  # noqa: E402
from core.system.paths import Places, places  # noqa: E402
from core.values.request import Request  # noqa: E402
from tests.core.models.files import layouts  # noqa: E402
from tests.soak.disk import library  # noqa: E402
from tests.soak.judging import Limits, at_least, at_most, judge  # noqa: E402

PROCESSES, EACH, PICTURES, MARKED, REPAIRERS = 8, 20, 60, 30, 6
Figures = dict[str, object]
LIMITS: dict[str, Limits] = {
    "register": {
        "failed": at_most(0),
        "kept of 8": at_least(8),
        "hashes kept of 8": at_least(8),
        "left behind": at_most(0),
    },
    "first start": {"failed": at_most(0)},
    "repair": {
        "failed": at_most(0),
        "favourites of 30, the worst round": at_least(MARKED),
        "new favourites lost": at_most(0),
        "pictures lost": at_most(0),
        "waiting jobs lost": at_most(0),
        "rounds without the damaged file kept": at_most(0),
    },
    "same second": {
        "failed": at_most(0),
        "files missing of 160": at_most(0),
        "rows missing of 160": at_most(0),
        "damaged": at_most(0),
    },
    "owner": {
        "live job ended by a start": at_most(0),
        "live job offered again": at_most(0),
        "dead job still runs after a start": at_most(0),
        "dead job still runs after a command": at_most(0),
    },
    "folders": {
        "failed": at_most(0),
        "links lost": at_most(0),
        "links not taken away": at_most(0),
        "left behind": at_most(0),
    },
    "settings": {
        "failed": at_most(0),
        "not one of those saved": at_most(0),
        "moved aside": at_most(0),
        "left behind": at_most(0),
    },
}


def together(count: int, work: Callable[[int], object]) -> list[str]:
    """Fork `count` processes that begin at the same instant; those that
    failed: what they raised."""
    begin, pids = time.time() + 0.2, []
    for number in range(count):
        mine, theirs = os.pipe()
        pid = os.fork()
        if not pid:
            time.sleep(max(0.0, begin - time.time()))
            said = ""
            try:
                work(number)
            except BaseException as fault:  # noqa: BLE001 - it is counted and told
                said = f"{type(fault).__name__}: {fault}"
            os.write(theirs, said.encode("utf-8", "replace")[:4000])
            os._exit(0)
        os.close(theirs)
        pids.append((pid, mine))
    failed: list[str] = []
    for pid, mine in pids:
        os.waitpid(pid, 0)
        with os.fdopen(mine, "rb") as heard:
            if text := heard.read().decode():
                failed.append(text)
    for sentence in sorted(set(failed)):
        print(f"  {failed.count(sentence)} times: {sentence[:200]}", flush=True)
    return failed


def _lora(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return layouts.write(path, layouts.kohya(("attn1_to_q",), 768))


def _left(folder: Path) -> int:
    """Half files that stay in a folder, not below it."""
    return sum(one.name.endswith((".part", ".partial", ".tmp")) for one in folder.iterdir())


def register(folder: Path, rounds: int) -> Figures:
    """8 processes each register a model and remember the hash of another."""
    where = places(folder).create()
    beside = [_lora(folder / "beside" / f"m{number}.safetensors") for number in range(PROCESSES)]
    inside = [
        _lora(where.models / "loras" / f"i{number}.safetensors") for number in range(PROCESSES)
    ]

    def work(number: int) -> None:
        registry.add(where.models, beside[number])
        registry.verify(where.models, inside[number], "lora")

    failed = together(PROCESSES, work)
    rows = registry.read(where.models)
    return {
        "failed": len(failed),
        "kept of 8": sum(row.in_place for row in rows),
        "hashes kept of 8": sum(bool(row.sha256) for row in rows),
        "left behind": _left(where.models),
    }


def first_start(folder: Path, rounds: int) -> Figures:
    """8 first starts on a new folder at the same instant, each of which asks for a picture."""
    failed = 0

    def start(where: Places) -> None:
        stores = open_stores(where)
        stores.jobs.add([Request("first", seed=1)])
        stores.close()

    for number in range(rounds or 10):
        where = places(folder / str(number))
        failed += len(together(PROCESSES, lambda _, where=where: start(where)))
    return {"failed": failed}


def repair(folder: Path, rounds: int) -> Figures:
    """6 processes open a damaged database at once, each makes a picture and marks it."""
    worst, failed, new, lost, jobs, evidence = MARKED, 0, 0, 0, 0, 0
    whole = folder / "whole"
    _prepare_repair(whole)
    for number in range(rounds or 8):
        root = folder / "now"
        shutil.copytree(whole, root)
        where = places(root)
        raw = bytearray(where.database.read_bytes())
        at = random.Random(number).randrange(4096, len(raw) - 4096) // 4096 * 4096
        raw[at : at + 4096] = random.Random(number).randbytes(4096)
        where.database.write_bytes(raw)

        def work(one: int, where: object = where) -> None:
            stores = open_stores(where)  # type: ignore[arg-type]
            stores.gallery.set_favourite([library.save(stores, 1000 + one, side=8).id], True)
            stores.close()

        failed += len(together(REPAIRERS, work))
        stores = library.begin(root)
        marked = {
            one.request.seed for one in stores.gallery.page(stores.gallery.ids("is:favourite"))
        }
        seeds = {one.request.seed for one in stores.gallery.page(stores.gallery.ids())}
        waiting = sum(job.request.prompt.startswith("waiting") for job in stores.jobs.recent(1000))
        stores.close()
        here = sum(seed < MARKED for seed in marked)
        worst, new, lost = (
            min(worst, here),
            new + 6 - sum(seed >= 1000 for seed in marked),
            lost + PICTURES - sum(s < 1000 for s in seeds),
        )
        jobs += library.WAITING - waiting
        kept = list(root.glob("*.bad-*"))
        evidence += not kept and here < MARKED
        print(
            (
                f"  round {number}: {here} of {MARKED} favourites, "
                f"{sum(s >= 1000 for s in marked)} of 6 new ones, {waiting} waiting jobs, "
                f"{len(kept)} files set aside"
            ),
            flush=True,
        )
        shutil.rmtree(root)
    return {
        "failed": failed,
        "favourites of 30, the worst round": worst,
        "new favourites lost": new,
        "pictures lost": lost,
        "waiting jobs lost": jobs,
        "rounds without the damaged file kept": evidence,
    }


def _prepare_repair(root: Path) -> None:
    stores = open_stores(places(root))
    made = [library.save(stores, seed, side=8).id for seed in range(PICTURES)]
    stores.gallery.set_favourite(made[:MARKED], True)
    stores.jobs.add(
        [Request(f"waiting {number}", seed=number) for number in range(library.WAITING)]
    )
    stores.database.daily_copy()
    stores.close()


def same_second(folder: Path, rounds: int) -> Figures:
    """8 processes make 20 pictures each of one seed, as fast as they can."""
    where = places(folder)
    open_stores(where).close()

    def work(number: int) -> None:
        stores = open_stores(where)
        for one in range(EACH):
            library.save(stores, 7, f"job{number}-{one}", side=8)
        stores.close()

    failed = together(PROCESSES, work)
    stores = open_stores(where)
    files = list(pictures_in(where.pictures))
    rows = {one.job_id for one in stores.gallery.page(stores.gallery.ids())}
    stores.close()
    damaged = sum(bool(library.damage_of(path)) for path in files)
    return {
        "failed": len(failed),
        "files missing of 160": PROCESSES * EACH - len(files),
        "rows missing of 160": PROCESSES * EACH - len(rows),
        "damaged": damaged,
    }


def _state(stores: Stores, job: str) -> str:
    found = stores.jobs.get(job)
    return "gone" if found is None else str(found.state.value)


def owner(folder: Path, rounds: int) -> Figures:
    """A command makes a picture while a window starts; then it is killed,
    and a window starts, or another command."""
    figures: Figures = {}
    for then in ("start", "command"):
        where = places(folder / then)
        open_stores(where).close()
        mine, theirs = os.pipe()
        pid = os.fork()
        if not pid:
            os.write(
                theirs,
                open_stores(where)
                .jobs.add([Request("by a command", seed=1)], running=True)[0]
                .id.encode(),
            )
            time.sleep(600)
            os._exit(0)
        job = os.read(mine, 200).decode()
        stores = open_stores(where)
        offered = stores.recover()[1]
        figures["live job ended by a start"] = int(_state(stores, job) != "running")
        figures["live job offered again"] = len(offered)
        stores.close()
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(mine)
        os.close(theirs)
        if then == "start":
            library.begin(where.root).close()
        else:  # a command that opens the stores, and no window
            subprocess.run(
                [sys.executable, "-m", "core", "--data", str(where.root), "gallery", "check"],
                cwd=ROOT,
                check=False,
                stdout=subprocess.DEVNULL,
            )
        figures[f"dead job still runs after a {then}"] = int(_ask(where.database, job) == "running")
    return figures


def _ask(database: Path, job: str) -> str:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(database)) as db:
        row = db.execute("SELECT state FROM jobs WHERE id = ?", (job,)).fetchone()
    return row[0] if row else "gone"


def folders(folder: Path, rounds: int) -> Figures:
    """4 processes link a folder each while 4 others take one away each."""
    where = places(folder).create()
    linked = [
        _lora(folder / f"folder{number}" / "m.safetensors").parent for number in range(PROCESSES)
    ]
    half = PROCESSES // 2
    for one in linked[:half]:
        external_folders.link_folder(where.models, one)

    def work(number: int) -> None:
        (external_folders.unlink_folder if number < half else external_folders.link_folder)(
            where.models, linked[number]
        )

    failed = together(PROCESSES, work)
    now = set(external_folders.linked_folders(where.models))
    return {
        "failed": len(failed),
        "links lost": sum(one not in now for one in linked[half:]),
        "links not taken away": sum(one in now for one in linked[:half]),
        "left behind": _left(where.models),
    }


def save_settings(folder: Path, rounds: int) -> Figures:
    """8 processes save other settings 20 times each; any of them may win, whole."""
    where = places(folder).create()

    def work(number: int) -> None:
        for _ in range(EACH):
            settings.save(
                where.settings, settings.Settings(mirror=f"https://{number}.example/" + "x" * 5000)
            )

    failed = together(PROCESSES, work)
    found, notice = settings.load(where.settings)
    right = {f"https://{number}.example/" + "x" * 5000 for number in range(PROCESSES)}
    return {
        "failed": len(failed),
        "not one of those saved": int(found.mirror not in right or bool(notice)),
        "moved aside": len(list(where.root.glob("*.bad-*"))),
        "left behind": _left(where.root),
    }


CASES: dict[str, Callable[[Path, int], Figures]] = {
    "register": register,
    "first start": first_start,
    "repair": repair,
    "same second": same_second,
    "owner": owner,
    "folders": folders,
    "settings": save_settings,
}


def main() -> int:
    """Exit code 0 where nothing was lost and nobody failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--rounds", type=int, default=0)
    asked = parser.parse_args()
    if unknown := [name for name in asked.cases if name not in CASES]:
        parser.error(f"there is no case {unknown[0]!r}")
    code = 0
    for name in asked.cases or CASES:
        with tempfile.TemporaryDirectory(prefix="calotype-together-") as folder:
            try:
                figures = CASES[name](Path(folder).resolve(), asked.rounds)
            except Exception as fault:  # noqa: BLE001 - a start that fails is what is looked for
                print(
                    json.dumps(
                        {"of": name, "the judging start failed": f"{type(fault).__name__}: {fault}"}
                    ),
                    flush=True,
                )
                code = 1
                continue
            code |= judge(figures, LIMITS[name], name)
    return code


if __name__ == "__main__":
    sys.exit(main())
