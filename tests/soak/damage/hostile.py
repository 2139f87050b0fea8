"""Hostile texts, names, pictures and recipes in numbers: 2,000 texts and 10,000 names through the
tests' own properties, every image bomb and every damaged recipe timed.

    .venv/bin/python tests/soak/damage/hostile.py [TEXTS] [NAMES] [MUTATED] [RECIPES]

A bomb is opened as the gallery does, in a process of its own: seconds of the processor, the growth
of the largest memory, and whether it was refused in one sentence, each against its limit. Then
2,000 pictures with a few bytes changed, a quarter in each format: whatever the decoders raise must
come as a sentence; and 20,000 recipes of other programs with something in them changed, each read
within a second of the processor's. About 2 minutes on 2 idle cores.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))


from tests.soak.judging import TOLD, Limits, at_least, at_most, judge  # noqa: E402

LIMITS: Limits = {
    "properties that failed": at_most(0),
    "bombs": at_least(10),
    "not refused": at_most(0),
    "broken by one": at_most(0),
    "most CPU s a bomb": at_most(0.5),
    "most MB a bomb": at_most(100),
    "which took longest": TOLD,
    "mutated pictures": at_least(4),
    "that raised no sentence": at_most(0),
    "that took over 10 s": at_most(0),
    "damaged recipes": at_least(1),
    "recipes that raised": at_most(0),
    "most CPU s a recipe": at_most(1),
}


def peak() -> float:
    """The largest memory this process has held, in MB (Linux)."""
    line = next(
        line
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM")
    )
    return int(line.split()[1]) / 1024


def one(path: Path) -> None:
    """Open one bomb as the gallery does; prints JSON: what was said ("" where it was read), CPU
    seconds, growth of the peak in MB."""
    from core.metadata.reading import decode_rgb, open_image
    from core.metadata.recipes import read_file
    from core.system.errors import WorldError

    with open("/proc/self/clear_refs", "w") as reset:
        reset.write("5")  # the peak begins anew
    before, began = peak(), time.process_time()
    try:
        read_file(path)
        with open_image(path) as image:
            decode_rgb(image, path.name)
        said = ""
    except WorldError as error:
        said = str(error)
    print(json.dumps([said, time.process_time() - began, peak() - before]))


class TooLong(BaseException):
    """Past the time; no decoder's boundary may take it for a damaged picture."""


def mutated(count: int) -> tuple[int, int]:
    """Pictures of our own with a few bytes changed, read as the gallery does: how many raised no
    sentence, and how many took over 10 s."""
    from core.metadata.reading import decode_rgb, open_image
    from core.metadata.recipes import read_file
    from core.metadata.writing import encode
    from core.system.errors import WorldError
    from core.values.picture import Recipe
    from core.values.request import Request
    from tests.soak.disk.library import noise

    def late(number: int, frame: object) -> None:
        raise TooLong

    signal.signal(signal.SIGALRM, late)
    raised = slow = 0
    pixels = noise(48, 1)
    whole = [
        encode(
            pixels,
            Recipe(
                Request("a red house", seed=1), "j", model_name="S", pixels_sha256=pixels.sha256
            ),
            kind,
        )
        for kind in ("png", "jpeg", "webp", "avif")
    ]
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            data, suffix = whole[number % 4]
            chance, raw = random.Random(number), bytearray(data)
            for _ in range(chance.randint(1, 8)):
                raw[chance.randrange(len(raw) if chance.random() < 0.5 else min(400, len(raw)))] = (
                    chance.randrange(256)
                )
            path = Path(folder) / f"m{suffix}"
            path.write_bytes(raw)
            signal.alarm(10)
            try:
                read_file(path)
                with open_image(path) as image:
                    decode_rgb(image, path.name)
            except WorldError:
                continue
            except TooLong:
                slow += 1
            except Exception as fault:  # noqa: BLE001 - what it is is counted
                raised += 1
                print(f"mutated {number} ({suffix}): {type(fault).__name__}: {str(fault)[:100]}")
            finally:
                signal.alarm(0)
    return raised, slow


def damaged_recipes(count: int) -> tuple[int, float]:
    """How many of so many damaged recipes raised anything, and the most CPU seconds one took."""
    from core.metadata.recipes import fields_of, read_texts
    from core.values.request import Request
    from tests.core.metadata.readers.mutations import mutated as damaged
    from tests.core.metadata.readers.test_readers import EVERY

    raised = 0
    most = 0.0
    for number in range(count):
        texts = damaged(EVERY[number % len(EVERY)], number)
        began = time.process_time()
        try:
            if (found := read_texts(texts)) is not None:
                Request(**fields_of(found)).check()  # type: ignore[arg-type]
        except Exception as fault:  # noqa: BLE001 - what it is is counted
            raised += 1
            print(f"recipe {number}: {type(fault).__name__}: {str(fault)[:100]}")
        most = max(most, time.process_time() - began)
    return raised, most


def main(texts: int, names: int, pictures: int, recipes: int) -> int:
    """Exit code 0 where the properties held and no bomb took more than the table allows."""
    from tests.core.service.test_hostile import bombs

    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "tests/core/service/test_hostile.py",
            "-k",
            "hostile or root",
        ],
        cwd=ROOT,
        check=False,
        env=os.environ
        | {
            "HOSTILE_TEXTS": str(texts),
            "HOSTILE_NAMES": str(names),
            "QT_QPA_PLATFORM": "offscreen",
        },
    )
    found: dict[str, tuple[str, float, float]] = {}
    broken = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, build in bombs().items():
            path = Path(folder) / name
            path.write_bytes(build())
            try:
                ran = subprocess.run(
                    [sys.executable, __file__, str(path)],
                    stdout=subprocess.PIPE,
                    timeout=180,
                    check=True,
                )
                found[name] = tuple(json.loads(ran.stdout))
            except (subprocess.SubprocessError, ValueError) as fault:
                broken += 1
                print(f"{name}: {fault}")
            else:
                print(
                    f"{name:12} {found[name][1]:6.3f} s {found[name][2]:7.1f} MB  "
                    f"{found[name][0][:100] or 'READ'}"
                )
            path.unlink()
    raised, slow = mutated(pictures)
    recipes_raised, most = damaged_recipes(recipes)
    slowest = max(found, key=lambda name: found[name][1], default="")
    return judge(
        {
            "properties that failed": int(done.returncode != 0),
            "bombs": len(found) + broken,
            "broken by one": broken,
            "not refused": sum(not said for said, _, _ in found.values()),
            "which took longest": slowest,
            "most CPU s a bomb": round(max((row[1] for row in found.values()), default=0.0), 3),
            "most MB a bomb": round(max((row[2] for row in found.values()), default=0.0), 1),
            "mutated pictures": pictures,
            "that raised no sentence": raised,
            "that took over 10 s": slow,
            "damaged recipes": recipes,
            "recipes that raised": recipes_raised,
            "most CPU s a recipe": round(most, 3),
        },
        LIMITS,
    )


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].isdigit():
        one(Path(sys.argv[1]))
    else:
        asked = [int(word) for word in sys.argv[1:]]
        sys.exit(main(*asked, *(2000, 10_000, 2000, 20_000)[len(asked) :]))
