"""A folder of 20,000 strange files brought in, in place and as copies: every kind of picture and of
damage, the field's recipes, bombs, names of any language and of none, pipes, loops of links.

    .venv/bin/python tests/soak/damage/strange_folder.py [FILES] [SEED]

Whatever lies there, the import goes on to its end, says of every file with the ending of a picture
what became of it, has one row for each that it says to have taken, and changes no byte. Looked
through again it reads nothing twice. Some 3 minutes of a processor.
"""

from __future__ import annotations

import hashlib
import io
import os
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from PIL import Image, PngImagePlugin  # noqa: E402

from core.service.importing.copying import copy_folder  # noqa: E402
from core.service.importing.in_place import look_through  # noqa: E402
from core.service.importing.pixels import look_at_pixels  # noqa: E402
from core.service.importing.places import opened  # noqa: E402
from core.service.importing.told import FileTold, HowFar, State  # noqa: E402
from core.service.stores import Stores, open_stores  # noqa: E402
from core.store.files import ENDINGS  # noqa: E402
from core.system.paths import places  # noqa: E402
from tests.soak.judging import TOLD, Limits, at_least, at_most, judge  # noqa: E402

LIMITS: Limits = {
    "files": at_least(1000),
    "added": at_least(100),
    "refused": at_least(100),
    "not spoken of": at_most(0),
    "spoken of twice": at_most(0),
    "rows beside those told": at_most(0),
    "refused without a sentence": at_most(0),
    "files changed": at_most(0),
    "read again": at_most(0),
    "copies beside those told": at_most(0),
    "damaged pixels": TOLD,
    "seconds": TOLD,
    "seconds again": TOLD,
    "peak MB": at_most(1500),
}
WORDS = (
    *("cat", "кошка", "猫", "قطة", "חתול", "🐈‍⬛", "e\u0301", "\u202egnp.tac", "a b", " lead"),
    *(
        "new\nline",
        "tab\there",
        "quo'te\"s",
        "-rf",
        "100%",
        "a&b;c",
        "$HOME",
        "dots...",
        "ﬀ",
        "...",
    ),
)
FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF")


def drawn(chance: random.Random) -> bytes:
    """A small picture of some format and mode, with some program's recipe or none."""
    from tests.core.metadata.readers.samples import SAMPLES

    mode = chance.choice(("RGB", "RGBA", "L", "P", "1", "LA"))
    size = (chance.choice((1, 7, 64, 300)), chance.choice((1, 9, 64)))
    image = Image.new("RGB", size, tuple(chance.randrange(256) for _ in range(3))).convert(mode)
    out = io.BytesIO()
    kind = chance.choice(FORMATS) if chance.random() < 0.6 else "PNG"
    if kind == "PNG":
        info = PngImagePlugin.PngInfo()
        if chance.random() < 0.8:
            for key, text in chance.choice(list(SAMPLES.values())).texts.items():
                info.add_itxt(key[:79].encode("latin-1", "replace").decode("latin-1"), text)
        image.save(out, "PNG", pnginfo=info)
    else:
        image.convert("RGB").save(out, kind)
    return out.getvalue()


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Cut, or with some bytes changed."""
    if chance.random() < 0.5:
        return data[: chance.randrange(len(data) + 1)]
    raw = bytearray(data)
    for _ in range(chance.randint(1, 9)):
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    return bytes(raw)


def fill(folder: Path, count: int, chance: random.Random) -> None:
    """So many files, in folders up to 70 deep."""
    from tests.core.metadata import picture_bombs

    bombs = [build() for build in picture_bombs.refused().values()]
    deep = folder
    for depth in range(70):
        deep = deep / f"d{depth}"
    deep.mkdir(parents=True)
    homes = [folder, *deep.parents[:-5], *(folder / word.strip("./") for word in WORDS[:10])]
    homes = [home for home in homes if home.is_relative_to(folder)]
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "away").symlink_to("/nonexistent/place")
    for number in range(count):
        home = chance.choice(homes)
        home.mkdir(parents=True, exist_ok=True)
        ending = chance.choice((*ENDINGS, ".PNG", ".Jpg", ".txt", ".png.txt", "", ".mp4"))
        name = f"{chance.choice(WORDS)}{number}{ending}".encode()
        if chance.random() < 0.02:
            name = b"\xff\xfe" + name
        if chance.random() < 0.02:
            name = b"n" * (250 - len(ending)) + ending.encode()
        path = os.fsencode(home) + b"/" + name.replace(b"/", b"_")
        _put(path, number, chance, bombs)


def _put(path: bytes, number: int, chance: random.Random, bombs: list[bytes]) -> None:
    kind = chance.random()
    if kind < 0.01:
        os.mkfifo(path)
        return
    if kind < 0.02:
        os.symlink(b"/dev/zero" if kind < 0.015 else b"nowhere", path)
        return
    data = drawn(chance)
    if kind < 0.3:
        data = damaged(data, chance)
    elif kind < 0.35:
        data = chance.randbytes(chance.choice((0, 1, 40, 5000)))
    elif kind < 0.36:
        data = chance.choice(bombs)
    with open(path, "wb") as file:
        file.write(data)
    if chance.random() < 0.3:
        when = chance.choice((0, 1, -5e8, 1e9 + number, 4e9, 2e11))
        os.utime(path, (when, when))


def state_of(folder: Path) -> str:
    """All bytes and times below a folder, in one hash."""
    digest = hashlib.sha256()
    for place, folders, files in os.walk(os.fsencode(folder)):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(place, name)
            status = os.lstat(path)
            digest.update(path + f"{status.st_size} {status.st_mtime_ns}".encode())
    return digest.hexdigest()


def pictures_below(folder: Path) -> int:
    """Files with the ending of a picture that an import speaks of one by one."""
    count = 0
    for place, _, files in os.walk(folder):
        deep = len(Path(place).relative_to(folder).parts) >= 64
        named = (name for name in files if not name.startswith("."))
        count += 0 if deep else sum(name.lower().endswith(ENDINGS) for name in named)
    return count


def heard(work: Callable[[Callable[[FileTold | HowFar], None]], object]) -> list[FileTold]:
    """What was said of files."""
    told: list[FileTold] = []
    work(lambda said: told.append(said) if isinstance(said, FileTold) else None)
    return told


def run(stores: Stores, folder: Path, count: int) -> dict[str, object]:
    """The figures."""
    importing = opened(stores.database, stores.places, stores.thumbnails)
    before = state_of(folder)
    began = time.process_time()
    told = heard(lambda hear: look_through(importing, folder, hear, patience=0))
    middle = time.process_time()
    again = heard(lambda hear: look_through(importing, folder, hear, patience=0))
    ended = time.process_time()
    looked = look_at_pixels(importing)
    states = Counter(said.state for said in told)
    of_files = Counter(said.path for said in told if "folder" not in said.reason)
    rows = importing.rows.below(folder)
    copied = heard(lambda hear: copy_folder(importing, folder, hear))
    copies = Counter(said.state for said in copied)[State.COPIED]
    there = sum(1 for path in stores.places.pictures.rglob("*") if path.is_file())
    return {
        "files": count,
        "added": states[State.ADDED],
        "refused": states[State.REFUSED],
        "not spoken of": max(0, pictures_below(folder) - sum(of_files.values())),
        "spoken of twice": sum(n - 1 for p, n in of_files.items() if n > 1 and "?" not in p),
        "rows beside those told": abs(len(rows) - states[State.ADDED]),
        "refused without a sentence": sum(
            not said.reason.endswith((".", "!")) for said in told if said.state is State.REFUSED
        ),
        "files changed": int(state_of(folder) != before),
        "read again": sum(said.state is State.ADDED for said in again),
        "copies beside those told": abs(there - copies),
        "damaged pixels": states[State.ADDED] - looked,
        "seconds": round(middle - began, 1),
        "seconds again": round(ended - middle, 1),
        "peak MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> int:
    """Exit code 0 where all figures are within their limits."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory(prefix="calotype-strange-") as name:
        folder = Path(name).resolve() / "strange"
        folder.mkdir()
        fill(folder, count, random.Random(seed))
        stores = open_stores(places(str(Path(name) / "data")))
        try:
            figures = run(stores, folder, count)
        finally:
            stores.close()
    return judge(figures, LIMITS, "strange folder")


if __name__ == "__main__":
    sys.exit(main())
