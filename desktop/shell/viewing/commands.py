"""The commands that show pictures in windows of their own."""

from __future__ import annotations

import sys

from desktop.state.commands import PICTURE, PICTURES, VIEW, Command

_MAC = sys.platform == "darwin"

OF_VIEWING: tuple[Command, ...] = (
    Command(
        "full-screen",
        "Full screen",
        VIEW,
        key="Ctrl+Meta+F" if _MAC else "F11",
        why="There is no picture yet.",
        other_words="fullscreen loupe lightbox large maximise",
        begins=True,
    ),
    Command(
        "second-window",
        "Picture in a second window",
        VIEW,
        key="Ctrl+F11",
        why="There is no picture yet.",
        other_words="second screen monitor display detach",
    ),
    Command(
        "slide-show",
        "Slide show",
        VIEW,
        key="F5",
        why="There is no picture yet.",
        other_words="slideshow presentation play autoplay",
    ),
)
SORT_OUT = Command(
    "sort-out",
    "Sort out...",
    PICTURE,
    key="O",
    scope=PICTURES,
    needs_picture=True,
    why="There is no picture yet.",
    other_words="cull culling pick reject rate triage review",
)
# of the commands for pictures: what is about a list of them
EXCEPT = frozenset({"restore", "view", "fold-stack", "rewind", "album-take"})
# what is done while the window for pictures stays in front
BESIDE = frozenset({"copy", "copy-recipe"})
