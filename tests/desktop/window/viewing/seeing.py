"""What tests of the windows for pictures share."""

from __future__ import annotations

from desktop.app.app import Application
from desktop.pictures.viewing.window import ViewingWindow
from tests.desktop.driving import gallery_of, until


def in_gallery(application: Application, row: int) -> None:
    """The Gallery is in front, and a picture of it is chosen."""
    window = application.window
    window.go("gallery")
    grid = gallery_of(window).grid
    until(lambda: grid.model().rowCount() == 4)
    grid.setCurrentIndex(grid.model().index(row, 0))
    window.command_states.refresh()


def see(view: ViewingWindow, prompt: str) -> None:
    """Until this one is seen."""

    def seen() -> bool:
        picture = view.walk.picture()
        return picture is not None and picture.request.prompt == prompt and view.viewer.has_image()

    until(seen, 20)
