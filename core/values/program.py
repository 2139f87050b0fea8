"""The programs whose rules a picture can follow."""

from __future__ import annotations

from enum import StrEnum


class Program(StrEnum):
    """Whose picture a recipe makes; kept in recipes and on the command line by these ids."""

    CALOTYPE = "calotype"
    A1111 = "a1111"
    COMFYUI = "comfyui"
