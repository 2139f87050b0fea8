"""The first look at the command line: window or command, and where the data lies. Light, since
every start passes here."""

from __future__ import annotations

import os
from pathlib import Path

from core.system.errors import InvalidRequest

COMMANDS = ("generate", "metadata", "models", "gallery", "schedule", "bench", "doctor")


def wants_window(arguments: list[str]) -> bool:
    """No arguments, only --data, or a file to open: the window. Everything else is a command."""
    try:
        rest = take_data(list(arguments))
    except InvalidRequest:
        return False
    if not rest:
        return True
    first = rest[0]
    return first not in COMMANDS and not first.startswith("-") and Path(first).exists()


def take_data(arguments: list[str]) -> list[str]:
    """The arguments without --data DIR (anywhere before "--"), which goes into the environment.

    Raises InvalidRequest where the folder is missing.
    """
    rest: list[str] = []
    items = iter(arguments)
    for item in items:
        if item == "--":
            return [*rest, item, *items]
        if item == "--data":
            value = next(items, None)
            if value is None:
                raise InvalidRequest("data", "--data needs a folder.", "Write --data DIR.")
            os.environ["CALOTYPE_DATA"] = value
        elif item.startswith("--data="):
            os.environ["CALOTYPE_DATA"] = item.removeprefix("--data=")
        else:
            rest.append(item)
    return rest


def makes_pictures(arguments: list[str]) -> bool:
    """Whether this command line most likely ends in a picture, so that its engine may begin."""
    words = [word for word in arguments if not word.startswith("--data=")]
    if "--data" in words:
        at = words.index("--data")
        del words[at : at + 2]
    return words[:1] == ["generate"] and len(words) > 1 and "--help" not in words
