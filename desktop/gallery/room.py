"""The room Gallery as a row of the window's rooms."""

from __future__ import annotations

from desktop.shared.room import Room

GALLERY = Room(
    id="gallery",
    number=1,
    name="Gallery",
    icon="gallery",
    key="Ctrl+2",
    help="Goes to the Gallery, where all your pictures are.",
    other_words="images outputs",
)
