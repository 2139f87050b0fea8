"""Which version of the program this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def program_version() -> str:
    """The installed version, or the source tree's."""
    try:
        return version("calotype")
    except PackageNotFoundError:
        return "0.1.0"
