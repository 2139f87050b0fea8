"""The room Create as a row of the window's rooms."""

from __future__ import annotations

from desktop.shared.room import Room

CREATE = Room(
    id="create",
    number=0,
    name="Create",
    icon="create",
    key="Ctrl+1",
    help="Goes to Create, where pictures are described and made.",
)
