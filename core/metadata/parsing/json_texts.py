"""Texts of recipes that are JSON, or may be."""

from __future__ import annotations

import json

from core.system.json_files import parse_json


def is_json(text: str) -> bool:
    """Whether it is one value of JSON, which other programs write under the same key; a prompt may
    begin with a bracket too.
    """
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def json_or_none(text: str) -> object:
    """What a text of JSON holds; None where it is none."""
    try:
        return parse_json(text)
    except ValueError:
        return None
