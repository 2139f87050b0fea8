"""Which watched folders are away: on a drive that is not there, or a network that is down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from core.store.imported.folders import away_beginnings


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
