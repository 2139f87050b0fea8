"""What the room and the command line say of the maps of words."""

from __future__ import annotations

ABOUT_WORDS = (
    "A word was looked at here; that does not say that it made anything. What a word does, only "
    "the picture without it shows."
)
