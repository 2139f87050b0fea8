"""Which watched folders are away: on a drive that is not there, or a network that is down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from core.store.imported.folders import away_beginnings, bounds


@dataclass(frozen=True, slots=True)
class Presence:
    """`away` are what the paths of all files begin with that lie in folders that are away; asked
    for each picture that is drawn, so it touches no disk."""

    away: tuple[str, ...] = ()

    def is_away(self, path: str) -> bool:
        """Whether a file lies where nothing can be read just now."""
        return bool(self.away) and path.startswith(self.away)


def look(folders: Iterable[Path]) -> Presence:
    """Look for each folder, which may take long on a network: not for the GUI thread. One that is
    empty counts as away, as the place is where a drive is mounted."""
    return Presence(away_beginnings(folders))


def folder_away(path: str, folders: Iterable[Path]) -> Path | None:
    """The one of the folders in which a file lies, where that is away; None where it is there, or
    the file lies in none of them. May take long on a network, as `look`."""
    over = [folder for folder in folders if path.startswith(bounds(folder)[0])]
    return next((folder for folder in over if look([folder]).away), None)
