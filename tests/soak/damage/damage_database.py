"""Random damages to the database file: how many starts succeed and how much comes
back, each against its limit.

    .venv/bin/python tests/soak/damage/damage_database.py [DAMAGES] [SEED] [PICTURES]

Each time a fresh copy of a library of 500 pictures (some favourites, some in the trash), waiting
jobs and model cards is damaged in one of seven ways, with and without a journal left behind, opened
as the program opens it, and compared with what it was. The daily copy was taken before a third of
the marks, half of the jobs and cards and all of the trash: what came later can only come from the
damaged file itself. About 1 s a damage.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from tests.soak.judging import TOLD, Limits, at_least, at_most, judge  # noqa: E402

FAVOURITES, TRASHED, JOBS, CARDS = 60, 10, 40, 40
WAYS = ("bytes", "page", "block", "truncated", "header", "grown", "gone")
LIMITS: Limits = {
    "damages": at_least(1),
    "failed starts": at_most(0),
    "rebuilt": TOLD,
    "slowest start s": TOLD,
    "seconds": TOLD,
    "least: pictures": at_least(0.99),
    "least: in the trash": at_least(0.9),
    "least: found by words": at_least(1.0),
    # where nothing of the file can be read, what the copy held remains
    "least: favourites": at_least(0.65),
    "least: jobs": at_least(0.5),
    "least: cards": at_least(0.5),
    "mean: pictures": at_least(0.99),
    "mean: in the trash": at_least(0.99),
    "mean: found by words": at_least(1.0),
    "mean: favourites": at_least(0.82),
    "mean: jobs": at_least(0.7),
    "mean: cards": at_least(0.75),
}


def build(root: Path, pictures: int) -> dict[str, set[object]]:
    """The library; what it holds. The daily copy is taken half way."""
    from core.metadata.writing import encode_png
    from core.service.stores import open_stores
    from core.store.files import put_in_gallery
    from core.system.paths import places
    from core.values.picture import Pixels, Recipe
    from core.values.request import Request

    stores = open_stores(places(root))
    pixels = Pixels(8, 8, bytes(192))
    ids: list[int] = []
    for number in range(pictures):
        recipe = Recipe(
            Request(f"picture {number} of a red house on snow", seed=number),
            f"job{number}",
            model_name="Starter",
            pixels_sha256=pixels.sha256,
            created=1.7e9 + number,
        )
        path = put_in_gallery(stores.places.pictures, number, encode_png(pixels, recipe))
        ids.append(stores.gallery.record(path, recipe, 8, 8).id)
    stores.gallery.set_favourite(ids[: FAVOURITES * 2 // 3], True)
    _work(stores, range(JOBS // 2), range(CARDS // 2))
    stores.database.daily_copy()
    stores.gallery.set_favourite(ids[:FAVOURITES], True)
    stores.gallery.trash(ids[-TRASHED:])
    _work(stores, range(JOBS // 2, JOBS), range(CARDS // 2, CARDS))
    held = holds(stores)
    stores.close()
    return held


def _work(stores: object, jobs: range, cards: range) -> None:
    from core.service.stores import Stores
    from core.store.model_cards import Card
    from core.values.request import Request

    assert isinstance(stores, Stores)
    stores.jobs.add([Request(f"waiting {number}", seed=number) for number in jobs])
    for number in cards:
        stores.cards.put(
            Card(f"/models/{number}.safetensors", notes=f"note {number}", rating=number % 6)
        )


def holds(stores: object) -> dict[str, set[object]]:
    """All that is there, comparable."""
    from core.service.stores import Stores

    assert isinstance(stores, Stores)
    shown = (
        stores.gallery.page(stores.gallery.ids()),
        stores.gallery.page(stores.gallery.ids(trashed=True)),
    )
    return {
        "pictures": {
            (Path(one.path).name, one.request.prompt, one.request.seed, one.job_id, one.created)
            for one in (*shown[0], *shown[1])
        },
        "in the trash": {Path(one.path).name for one in shown[1]},
        "favourites": {one.request.seed for one in shown[0] if one.favourite},
        "found by words": {
            one
            for one in stores.gallery.page(stores.gallery.ids("red hou"))
            if one.request.seed == 77
        },
        "jobs": {job.request.prompt for job in stores.jobs.recent(1000)},
        "cards": {(card.path, card.notes, card.rating) for card in stores.cards.all().values()},
    }


def damage(file: Path, how: str, chance: random.Random) -> None:
    """In one of the seven ways."""
    raw = bytearray(file.read_bytes())
    at = chance.randrange(len(raw))
    if how == "bytes":
        for _ in range(chance.randint(1, 64)):
            raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    elif how == "page":
        raw[at // 4096 * 4096 : at // 4096 * 4096 + 4096] = bytes(4096)
    elif how == "block":
        size = chance.randint(1, 20_000)
        raw[at : at + size] = chance.randbytes(len(raw[at : at + size]))
    elif how == "truncated":
        del raw[at:]
    elif how == "header":
        raw[:100] = chance.randbytes(100)
    elif how == "grown":
        raw += chance.randbytes(5000)
    else:
        file.unlink()
        return
    file.write_bytes(raw)


def main(damages: int, seed: int, pictures: int) -> int:
    """Exit code 0 where all started and as much came back as the table says."""
    from core.service.stores import open_stores
    from core.system.paths import Places

    chance, began = random.Random(seed), time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="calotype-damage-"))
    held = build(folder / "whole", pictures)
    whole = {name: len(values) for name, values in held.items()}
    worst, total, starts, rebuilt, slowest = (
        dict.fromkeys(held, 1.0),
        dict.fromkeys(held, 0.0),
        0,
        0,
        0.0,
    )
    for number in range(damages):
        root = folder / "now"
        shutil.copytree(folder / "whole", root, ignore=shutil.ignore_patterns("pictures"))
        how = WAYS[number % len(WAYS)]
        damage(root / "calotype.db", how, chance)
        if chance.random() < 0.3:
            (root / "calotype.db-wal").write_bytes(chance.randbytes(chance.randint(0, 9000)))
        at = time.monotonic()
        try:
            stores = open_stores(Places(root, folder / "whole" / "pictures", root / "models"))
            stores.recover()
            found = holds(stores)
            rebuilt += bool(stores.database.notice)
            stores.close()
            starts += 1
        except Exception as fault:  # noqa: BLE001 - what it is matters here
            print(f"damage {number} ({how}): {type(fault).__name__}: {fault}", flush=True)
            found = {name: set[object]() for name in held}
        slowest = max(slowest, time.monotonic() - at)
        for name, values in held.items():
            share = len(values & found[name]) / whole[name]
            worst[name], total[name] = min(worst[name], share), total[name] + share
            limit = LIMITS[f"least: {name}"]
            if limit is not None and not limit.holds(share):
                print(f"damage {number} ({how}): {share:.3f} of {name}", flush=True)
        shutil.rmtree(root)
    figures: dict[str, object] = {
        "damages": damages,
        "failed starts": damages - starts,
        "rebuilt": rebuilt,
        "slowest start s": round(slowest, 2),
        "seconds": round(time.monotonic() - began),
    }
    figures |= {f"least: {name}": round(value, 4) for name, value in worst.items()}
    figures |= {f"mean: {name}": round(value / damages, 4) for name, value in total.items()}
    shutil.rmtree(folder)
    return judge(figures, LIMITS)


if __name__ == "__main__":
    asked = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*asked, *(200, 5, 500)[len(asked) :]))
