"""What every command of the command line shares: one result line, one complaint,
the stores of the chosen folder."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.models.library.chosen_folders import check_folders
from core.service.finish_moves import settled, tidy_models
from core.service.stores import Stores, open_stores
from core.system import settings
from core.system.paths import Places, places

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per result line.")]

LONGEST = 2_000  # characters of a sentence
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all controls but tabs and line ends


def print_error(sentence: str, code: int) -> int:
    """A sentence on stderr; the code goes through. What it quotes may be of any length,
    so its middle is left out."""
    if len(sentence) > LONGEST:
        sentence = f"{sentence[: LONGEST // 2]} [...] {sentence[-LONGEST // 2 :]}"
    print(f"calotype: {_harmless(sentence)}", file=sys.stderr)
    return code


def progress_on_stderr(*columns: ProgressColumn) -> Progress:
    """A bar of these columns and the time that remains; nothing where stderr is no terminal."""
    from rich.console import Console  # costs every command's start some milliseconds
    from rich.progress import Progress, TimeRemainingColumn

    return Progress(
        *columns,
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
        redirect_stdout=sys.stdout.isatty(),  # else results would go to stderr with the bar
    )


def print_result(as_json: bool, values: dict[str, Any], text: str) -> None:
    """One result line."""
    print(json.dumps(values, ensure_ascii=True) if as_json else _harmless(text), flush=True)


def _harmless(text: str) -> str:
    """Without what would steer a terminal: words of a stranger's picture are among what is said."""
    return _STEERING.sub("\ufffd", text).encode("utf-8", "replace").decode()


@dataclass(slots=True)
class OpenedStores:
    """`with OpenedStores() as stores`."""

    stores: Stores | None = None

    def __enter__(self) -> Stores:
        settled(places())
        self.stores = open_stores(chosen_places())
        tidy_models(self.stores.places, self.stores.cards)
        self.stores.fail_orphans()
        return self.stores

    def __exit__(self, *_: object) -> None:
        if self.stores:
            self.stores.close()


def chosen_settings() -> settings.Settings:
    """As the person left them; the defaults at the first start."""
    where = places()
    return settings.load(where.settings)[0]


def chosen_places() -> Places:
    """Where the data is, with the folders of the settings; what of these cannot
    be used is said on stderr."""
    where, troubles = check_folders(places(), chosen_settings())
    for trouble in troubles:
        print_error(trouble.words, 0)
    return where
