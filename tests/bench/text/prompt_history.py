"""How long the prompts of before take to be found among those of 100,000 pictures, page by page and
by words, in a process of its own.

    python tests/bench/text/prompt_history.py [--rows N]

Every third picture has a LoRA, every fifth words that were drawn from choices; half of them are
made in rows of forty with one text. Processor time of one page, at most 30 ms each; wall time is
told beside it.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

BAR_MS = 30.0
ROUNDS = 15
WORDS = ("", "mountain", "red house", "se", "m", "portrait night", "nowhere")


def write(data: Path, rows: int) -> None:
    from core.service.stores import open_stores
    from core.store.picture_rows import columns_of
    from core.system.paths import places
    from core.values.lora import Lora
    from core.values.picture import Recipe
    from core.values.request import Request
    from tests.bench.window.many_pictures import vocabulary

    chance = random.Random(5)
    words = vocabulary(4000, chance)
    weights = [1 / (rank + 8) for rank in range(len(words))]
    stores = open_stores(places(str(data)))
    text = ""
    with stores.database.transaction() as db:
        for number in range(rows):
            if number % 80 < 40 or not text or number % 80 == 40:
                text = ", ".join(chance.choices(words, weights, k=chance.randint(5, 12)))
            request = Request(
                prompt=text,
                negative_prompt="blurry, low quality",
                seed=number,
                loras=(Lora("ink", 0.5),) if number % 3 == 0 else (),
                template=f"{{a|b}} {text}" if number % 5 == 0 else "",
            )
            row = columns_of(f"{number}.png", Recipe(request, model_name="Starter"), (64, 64))
            marks = ", ".join("?" * len(row))
            db.execute(
                f"INSERT INTO pictures ({', '.join(row)}) VALUES ({marks})", tuple(row.values())
            )
    stores.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), rows)
        from core.service.stores import open_stores
        from core.store.prompts.prompt_history import PromptHistory
        from core.system.paths import places

        stores = open_stores(places(folder))
        stores.gallery.index.fill_all()
        history = PromptHistory(stores.gallery.index)
        for words in WORDS:
            wall, busy, found = [], [], 0
            for _ in range(ROUNDS):
                began, used = time.perf_counter(), time.process_time()
                page = history.page(words)
                busy.append((time.process_time() - used) * 1000)
                wall.append((time.perf_counter() - began) * 1000)
                found = len(page.pairs)
            worst = statistics.quantiles(busy, n=20)[-1]
            missed += worst > BAR_MS
            print(
                f"{words or '(newest)':16} {found:4} pairs, processor median "
                f"{statistics.median(busy):5.1f} ms, p95 {worst:5.1f} ms; "
                f"wall median {statistics.median(wall):5.1f} ms",
                flush=True,
            )
        began, pages, below = time.process_time(), 0, None
        while pages == 0 or below is not None:
            below, pages = history.page("", below).below, pages + 1
        took = (time.process_time() - began) * 1000
        print(f"all {pages} pages: {took / pages:.1f} ms each")
        stores.close()
    print(f"{missed} of {len(WORDS)} over {BAR_MS:.0f} ms")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
