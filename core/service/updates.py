"""Whether a newer Calotype is there: one request to the releases feed, where a person switched that
on; nothing is ever installed."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from core.models.fetch.answers import ConnectionBroken, HostBusy
from core.models.fetch.http import Web
from core.models.fetch.web_address import host_of
from core.system.errors import WorldError
from core.system.json import Malformed, loads
from core.system.paths import RESOURCES

LARGEST = 2**20  # bytes of a feed
LONGEST_VERSION = 40  # characters
LONGEST_NOTES = 4000  # characters


@dataclass(frozen=True, slots=True)
class Release:
    """An entry of the feed: a JSON object {"version", "notes", "page"}."""

    version: str
    notes: str = ""
    page: str = ""


def feed_address(file: Path = RESOURCES / "release.toml") -> str:
    """Where this build looks; "" where it was built without a feed."""
    try:
        address = tomllib.loads(file.read_text("utf-8")).get("feed", "")
    except (OSError, ValueError):
        return ""
    return address if isinstance(address, str) else ""


def newer_release(web: Web, feed: str, mine: str) -> Release | None:
    """The feed's release where it is newer than `mine`, else None. Raises WorldError where the
    feed does not answer or makes no sense."""
    try:
        release = loads(Release, web.read(feed, limit=LARGEST).decode())
    except (HostBusy, ConnectionBroken) as fault:
        raise WorldError(f"{host_of(feed)} did not answer.", "Try again later.") from fault
    except (Malformed, UnicodeDecodeError) as fault:
        raise WorldError(
            f"The answer of {host_of(feed)} makes no sense.", "Try again later."
        ) from fault
    version = release.version[:LONGEST_VERSION]
    try:
        if Version(version) <= Version(mine):
            return None
    except InvalidVersion:
        return None  # not to be told apart
    return Release(
        version=version,
        notes=release.notes[:LONGEST_NOTES],
        page=release.page if _is_page(release.page, feed) else "",
    )


def _is_page(page: str, feed: str) -> bool:
    """A page that may be opened in a browser: an encrypted one, or one of the feed's own host."""
    try:
        host = host_of(page)
        return bool(host) and (page.startswith("https://") or host == host_of(feed))
    except WorldError:
        return False
