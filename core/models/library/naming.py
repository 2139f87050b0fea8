"""Files called by names that were written elsewhere: in another case, with a folder or an
extension, with blanks at an end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from core.system.paths import is_path
from core.values.job import ModelRef

_EXTENSION = re.compile(r"\.(safetensors|ckpt|pt|bin)$", re.IGNORECASE)


def alike(name: str, known: Sequence[ModelRef]) -> ModelRef | None:
    """The one of the known that a name means though it is written otherwise;
    None where none or several could be meant.

    "folder/name" is a file of that name in such a folder. Nothing is looked up on the disk, and a
    path means nothing here.
    """
    if is_path(name):
        return None
    wanted = _parts(name)
    for same in (_same, _alike):
        matches = {
            ref.path: ref
            for ref in known
            if same(wanted, (*PurePath(ref.path).parts[:-1], ref.name)) or same(wanted, (ref.id,))
        }
        if len(matches) == 1:
            return next(iter(matches.values()))
    return None


def _parts(name: str) -> tuple[str, ...]:
    return tuple(re.split(r"[/\\]", _EXTENSION.sub("", name.strip())))


def _same(wanted: tuple[str, ...], there: tuple[str, ...]) -> bool:
    return bool(wanted) and tuple(part.strip() for part in there[-len(wanted) :]) == wanted


def _alike(wanted: tuple[str, ...], there: tuple[str, ...]) -> bool:
    return _same(
        tuple(part.casefold() for part in wanted), tuple(part.casefold() for part in there)
    )
