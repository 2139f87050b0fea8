"""The room Edit of a window, and what is opened there."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from desktop.edit.desk import EditDesk
from desktop.edit.room import EditRoom
from desktop.shell.main_window import MainWindow


def photo(folder: Path, name: str = "photo.png", size: tuple[int, int] = (96, 64)) -> Path:
    """A file of this many pixels, without a recipe."""
    path = folder / name
    Image.effect_noise(size, 80).convert("RGB").save(path)
    return path


def desk_of(window: MainWindow) -> EditDesk:
    """What holds the work of Edit."""
    room = window.rooms["edit"]
    assert isinstance(room, EditRoom)
    return room.desk
