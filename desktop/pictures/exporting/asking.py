"""Export, asked for where pictures are chosen: for these, or for all that stand there; and the seed
of a picture for the clipboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from core.service.stores import Stores
from core.values.picture import Picture
from desktop.pictures.current import CurrentPicture
from desktop.pictures.exporting.exportings import Exportings
from desktop.pictures.grid import PictureGrid
from desktop.state.session import ExportKept
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar


class PictureExport(QObject):
    """`exportings` writes them. `front` is the grid whose selection commands work on in the room
    that is shown, or None; `chosen` are the pictures they work on, `only` the one that they are
    about whatever is chosen, or None. `kept` is how it was done at the last start."""

    def __init__(
        self,
        stores: Stores,
        current: CurrentPicture,
        notice: NoticeBar,
        *,
        front: Callable[[], PictureGrid | None],
        chosen: Callable[[], list[Picture]],
        only: Callable[[], Picture | None],
        kept: ExportKept | None,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._current = current
        self._notice = notice
        self._front = front
        self._chosen = chosen
        self._only = only
        self.exportings = Exportings(stores, notice, parent, kept)

    def end(self) -> None:
        """The window closes."""
        self.exportings.end()

    def any(self) -> bool:
        """Whether there is a picture to be exported, chosen or not."""
        if self._only() is not None:
            return True
        grid = self._front()
        if grid is None:
            return self._current.is_chosen() or bool(self._current.outside)
        model = grid.pictures()
        return model is not None and model.rowCount() > 0

    def ask(self) -> None:
        """The dialog, about what is chosen."""
        if (only := self._only()) is not None:
            self.exportings.ask((only.id,))
            return
        front = self._front()
        grid = front or self._current.grid_of_chosen()
        if grid is None:
            self.exportings.ask(self._shown())
        else:
            self.exportings.ask(_chosen_ids(grid), _all_ids(front))

    def _shown(self) -> tuple[int | Path, ...]:
        if self._current.picture is not None and self._current.is_chosen():
            return (self._current.picture.id,)
        return (Path(self._current.outside),) if self._current.outside else ()

    def copy_seed(self) -> None:
        """Of several the first's."""
        pictures = self._chosen()
        seed = pictures[0].request.seed if pictures else None
        if seed is None:
            self._notice.say(tr("This picture has no seed."))
            return
        QGuiApplication.clipboard().setText(str(seed))
        self._notice.say(tr("The seed {seed} was copied.", seed=seed))


def _all_ids(grid: PictureGrid | None) -> tuple[int, ...]:
    model = None if grid is None else grid.pictures()
    return () if model is None else tuple(model.ids())


def _chosen_ids(grid: PictureGrid) -> tuple[int, ...]:
    model = grid.pictures()
    if model is None:
        return ()
    ids = model.ids()
    return tuple(ids[row] for part in grid.chosen_rows() for row in part)
