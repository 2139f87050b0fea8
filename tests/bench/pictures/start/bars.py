"""Figures beside their bars, and the options that all proofs of this folder have."""

from __future__ import annotations

import argparse
from pathlib import Path


def kept(
    what: str, figure: float, *, at_least: float | None = None, at_most: float | None = None
) -> bool:
    """Prints the figure beside its bar and says whether that is kept."""
    if at_least is not None:
        bar = f"at least {at_least:g}"
        good = figure >= at_least
    else:
        assert at_most is not None
        bar = f"at most {at_most:g}"
        good = figure <= at_most
    print(f"{what}: {figure:.4g} (bar {bar}): {'kept' if good else 'MISSED'}", flush=True)
    return good


def exit_status(*kept_bars: bool) -> int:
    """0 where all bars were kept, else 1."""
    return 0 if all(kept_bars) else 1


def options(about: str | None) -> argparse.ArgumentParser:
    """The options of every proof; a command adds its own."""
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", type=Path, help="folder of judges and pictures; kept between runs")
    parser.add_argument(
        "--rehearse",
        action="store_true",
        help="judge stand-ins that the renderer draws, right and wrong ones, and render nothing",
    )
    return parser
