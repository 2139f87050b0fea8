"""Which version of the program this is."""

from __future__ import annotations


def program_version() -> str:
    """The installed version, or the source tree's."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("calotype")
    except PackageNotFoundError:
        return "0.1.0"
