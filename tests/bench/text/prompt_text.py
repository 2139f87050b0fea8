"""Processor time of reading prompts of a hundred thousand characters and of remarking on them, each
at most 50 ms; and of twice as much beside once.

    python tests/bench/text/prompt_text.py
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))
LIMIT_MS, ROUNDS, LONGEST = 50.0, 7, 100_000
TEXTS: dict[str, Callable[[int], str]] = {
    "opened": lambda n: "(a" * (n // 2),
    "nested": lambda n: "(a" * (n // 3) + ")" * (n // 3),
    "square": lambda n: "[" * n,
    "deep factors": lambda n: "(" * (n // 7) + "a" + ":1.1)" * (n // 7),
    "colons": lambda n: ":" * n,
    "closed": lambda n: ("a:1.2)" * n)[:n],
    "escapes": lambda n: "\\" * n,
    "tags": lambda n: ("<lora:" * n)[:n],
    "breaks": lambda n: ("BREAK " * n)[:n],
    "words": lambda n: ("word " * n)[:n],
    "blanks": lambda n: " " * n,
    "digits": lambda n: "(a:" + "1" * (n - 3),
    "lines": lambda n: "a\n" * (n // 2),
    "braces": lambda n: "{" * n,
    "choices": lambda n: ("{a|b}" * n)[:n],
    "emphases": lambda n: ("{a}" * n)[:n],
    "open choices": lambda n: ("{a|" * n)[:n],
    "pairs": lambda n: ("[1:2]" * n)[:n],
    "underscores": lambda n: "_" * n,
    "wildcards": lambda n: ("__a " * n)[:n],
    "joins": lambda n: (" AND " * n)[:n],
    "whole tags": lambda n: ("<lora:x:1>" * n)[:n],
    "odd tags": lambda n: ("<lora:x:1:q>" * n)[:n],
}


def milliseconds(work: Callable[[str], object], text: str) -> float:
    """The best of a few rounds: what else runs on the machine only ever adds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        work(text)
        best = min(best, (time.process_time() - began) * 1000)
    return best


def main() -> int:
    from core.models.files.families import FAMILIES
    from core.prompt.a1111 import change_weight, parse
    from core.prompt.comfyui import parse_comfyui
    from core.prompt.loras import split_loras
    from core.service.remarks.texts import remarks
    from core.values.request import Request

    readers: dict[str, Callable[[str], object]] = {
        "parse": parse,
        "comfyui": parse_comfyui,
        "loras": split_loras,
        "weigh": lambda text: change_weight(text, 2, 2, 0.1),
        "remarks": lambda text: remarks(Request(text, compatibility="comfyui"), FAMILIES["sd15"]),
    }
    worst = 0.0
    for name, text in TEXTS.items():
        found = {reader: milliseconds(work, text(LONGEST)) for reader, work in readers.items()}
        ratio = found["parse"] / max(milliseconds(parse, text(LONGEST // 2)), 0.01)
        print(
            f"{name:13}",
            *(f"{reader} {value:6.1f} ms" for reader, value in found.items()),
            f"twice the text {ratio:.1f} times parse",
        )
        worst = max(worst, found["parse"], found["remarks"])
    print(f"slowest parse or remarks {worst:.1f} ms, limit {LIMIT_MS:.0f} ms")
    return int(worst > LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
