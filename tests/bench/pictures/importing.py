"""How many pictures of 512 x 512 pixels a processor-second brings in, and what each part takes.

    .venv/bin/python tests/bench/pictures/importing.py [--pictures N]

Files as other programs write them: noisy PNGs of some 450 kB with the web UI's text. In place a
picture has its row, recipe and size at once (at least 150 a processor-second) and its pixels' hash
and thumbnail behind that, from one decode; that part is told beside what the decoder alone takes.
Copies are decoded first, to be told from what is there. Processor time of all threads.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from PIL import Image, ImageFilter, PngImagePlugin  # noqa: E402

from core.service.importing.copying import copy_folder  # noqa: E402
from core.service.importing.in_place import look_through  # noqa: E402
from core.service.importing.pixels import look_at_pixels  # noqa: E402
from core.service.importing.places import opened  # noqa: E402
from core.service.stores import open_stores  # noqa: E402
from core.system.paths import places  # noqa: E402
from tests.bench.pairs import print_versions, show  # noqa: E402

SIDE = 512
BAR = 150  # pictures a processor-second


def write_pictures(folder: Path, count: int) -> None:
    """As a web UI leaves them: soft forms under the noise of a photograph, no two alike."""
    chance = random.Random(5)
    rough = Image.frombytes("RGB", (16, 16), chance.randbytes(16 * 16 * 3))
    soft = rough.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    noise = Image.effect_noise((SIDE, SIDE), 12).filter(ImageFilter.GaussianBlur(0.4))
    for number in range(count):
        info = PngImagePlugin.PngInfo()
        info.add_text(
            "parameters",
            f"a red house by the sea, detailed, number {number}\nNegative prompt: lowres, blurry\n"
            f"Steps: 28, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: {number}, Size: 512x512, "
            "Model hash: 0123456789, Model: dreamy_v8, Version: v1.10.1",
        )
        turned = noise.rotate(90 * (number % 4)).convert("RGB")
        picture = Image.blend(soft, turned, 0.2 + number % 7 / 100)
        picture.save(folder / f"{number:05}-{number}.png", pnginfo=info)


def seconds(work: Callable[[], object]) -> float:
    """Of the processor."""
    began = time.process_time()
    work()
    return time.process_time() - began


def decode_all(folder: Path) -> None:
    """What no import of pixels can do without."""
    for path in folder.iterdir():
        with Image.open(path) as image:
            image.load()


def main() -> int:
    """Exit code 1 where the bar is missed."""
    parser = argparse.ArgumentParser(description="Pictures a processor-second brings in.")
    parser.add_argument("--pictures", type=int, default=400)
    count: int = parser.parse_args().pictures
    print_versions("pillow")
    with tempfile.TemporaryDirectory(prefix="calotype-import-") as name:
        folder = Path(name).resolve() / "art"
        folder.mkdir()
        write_pictures(folder, count)
        size = sum(path.stat().st_size for path in folder.iterdir()) / count / 1000
        stores = open_stores(places(str(Path(name) / "data")))
        try:
            importing = opened(stores.database, stores.places, stores.thumbnails)

            def look() -> None:
                look_through(importing, folder, lambda said: None)

            rows = seconds(look)
            again = seconds(look)
            pixels = seconds(lambda: look_at_pixels(importing))
            copies = seconds(lambda: copy_folder(importing, folder, lambda said: None))
            decoder = seconds(lambda: decode_all(folder))
        finally:
            stores.close()
    show(f"{count} PNGs of {size:.0f} kB on average")
    for words, took in (
        ("row, recipe, size", rows),
        ("looked through again", again),
        ("pixels' hash and thumbnail", pixels),
        ("all of it", rows + pixels),
        ("as copies", copies),
        ("the decoder alone", decoder),
    ):
        show(f"{words:28} {1000 * took / count:7.2f} ms each {count / took:8.0f} a second")
    show(f"bar: {BAR} a processor-second with row, recipe and size")
    return int(count / rows < BAR)


if __name__ == "__main__":
    sys.exit(main())
