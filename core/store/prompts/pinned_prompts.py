"""Prompts that a person pinned: a small file, which stays where pictures and database go."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from core.store.prompts.prompt_history import PromptPair
from core.system.atomic_files import locked, replace_file
from core.system.errors import WorldError, disk_refusals
from core.system.json_files import as_list, read_table
from core.values.declared.limits import MAX_PROMPT

MAX_FILE = 2**24  # bytes
MOST = 1_000
_LOCK = ".pinned-prompts.lock"

Pairs = tuple[PromptPair, ...]


class PinnedPrompts:
    """Those in the file `path`, the newest first. Every method raises WorldError where it cannot be
    read or written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> Pairs:
        """All of them; a file that says something else is put aside by the next change."""
        try:
            return _read(self._path)
        except OSError as fault:
            raise WorldError(
                f"The pinned prompts in {self._path.name} cannot be read: {fault.strerror}.",
                "Check the file's permissions.",
            ) from fault
        except ValueError as fault:
            raise WorldError(
                f"The pinned prompts in {self._path.name} are damaged ({fault}).",
                "Mend the file; the next pin puts it aside and begins a new one.",
            ) from fault

    def pin(self, pair: PromptPair) -> Pairs:
        """Pin a pair, in front of the others; all that are pinned then. Raises WorldError also
        where there are MOST already, or the texts are too long."""
        if max(len(pair.prompt), len(pair.negative_prompt)) > MAX_PROMPT:
            raise WorldError("The prompt is too long to be pinned.", "Shorten it.")
        return self._change(lambda pairs: (pair, *(one for one in pairs if one != pair)))

    def unpin(self, pair: PromptPair) -> Pairs:
        """Take a pin away; all that are pinned then."""
        return self._change(lambda pairs: tuple(one for one in pairs if one != pair))

    def _change(self, change: Callable[[Pairs], Pairs]) -> Pairs:
        where = locked(self._path.with_name(_LOCK), "The list of pinned prompts")
        refused = f"{self._path.name} cannot be written"
        with where, disk_refusals(refused, "Free some space, or look at the file and its folder."):
            try:
                before = _read(self._path)
            except ValueError:
                os.replace(self._path, self._path.with_name(_aside(self._path)))
                before = ()
            pairs = change(before)
            data = _text(pairs)
            if len(pairs) > MOST or len(data) > MAX_FILE:
                raise WorldError(
                    f"There are {MOST:,} pinned prompts, or they take more than "
                    f"{MAX_FILE >> 20} MiB.",
                    "Take some pins away.",
                )
            if pairs != before:
                replace_file(self._path, data)
        return pairs


def _aside(path: Path) -> str:
    return f"{path.name}.bad-{time.time_ns()}"


def _read(path: Path) -> Pairs:
    """Raises OSError where it cannot be read, ValueError where it holds something else."""
    try:
        rows = as_list(read_table(path, MAX_FILE).get("pinned"))
    except FileNotFoundError:
        return ()
    return tuple(pair for row in rows[:MOST] if (pair := _pair(row)))


def _pair(row: object) -> PromptPair | None:
    """None for a row that is no pair of texts."""
    if not isinstance(row, dict):
        return None
    table = cast("dict[str, object]", row)
    texts = [table.get(name, "") for name in ("prompt", "negative_prompt")]
    if not all(isinstance(text, str) and len(text) <= MAX_PROMPT for text in texts):
        return None
    return PromptPair(str(texts[0]), str(texts[1]))


def _text(pairs: Sequence[PromptPair]) -> bytes:
    rows = [{"prompt": one.prompt, "negative_prompt": one.negative_prompt} for one in pairs]
    return (json.dumps({"pinned": rows}, indent=1) + "\n").encode()
