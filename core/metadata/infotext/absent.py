"""What no recipe carries: the picture that another one was made from, and its mask. A recipe of
ours names where they are kept; a text of the web UI's does not even do that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from core.values.request_parts.start_picture import StartPicture

SOURCE_ABSENT = (
    "start picture: the file does not carry it; choose it again, and the strength applies"
)
MASK_ABSENT = "mask: the file does not carry it; paint or choose it again"


def absence_notes(start: StartPicture) -> tuple[str, ...]:
    """A sentence for each picture that a recipe names by its address."""
    notes: list[str] = []
    if start.source:
        notes.append(SOURCE_ABSENT)
    if start.mask:
        notes.append(MASK_ABSENT)
    return tuple(notes)


def without_absent(
    values: Mapping[str, object], is_kept: Callable[[str], bool]
) -> dict[str, object]:
    """Fields of a request without the pictures that are not kept here (`is_kept` by address).

    Without its start picture it is text to image, with the strength and all else kept aside; nor is
    it made from a parent then. Without its mask all of the picture is made anew.
    """
    start = values.get("start")
    if not isinstance(start, StartPicture):
        return dict(values)
    if start.source and not is_kept(start.source):
        alone = replace(start, source="", mask="", extend=StartPicture().extend)
        return {**values, "start": alone, "parent": ""}
    if start.mask and not is_kept(start.mask):
        return {**values, "start": replace(start, mask="")}
    return dict(values)
