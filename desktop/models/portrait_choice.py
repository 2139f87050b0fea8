"""The picture that a model is shown by: a person's choice, kept with the model's card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from core.service.library_overview import LibraryItem
from desktop.models.panel import ModelsPanel
from desktop.state.library import LibraryState
from desktop.state.portraits import Portraits
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar


class PortraitChoice(QObject):
    """`folder` is where Calotype's pictures lie."""

    def __init__(
        self,
        panel: ModelsPanel,
        library: LibraryState,
        portraits: Portraits,
        *,
        notice: NoticeBar,
        folder: Path,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._panel = panel
        self._library = library
        self._portraits = portraits
        self._notice = notice
        self._folder = folder
        self._window = window
        portraits.arrived.connect(self.show)

    def show(self, path: str) -> None:
        """On the card, where the model at `path` is shown and its picture was read."""
        item = self._panel.card.item
        if item is None or item.entry.path != path:
            return
        picture = self._portraits.of_model(item)
        if picture is not None:
            self._panel.card.show_picture(picture)

    def ask(self, item: LibraryItem) -> None:
        """A picture from a file; the one it has is given up."""
        if item.card.picture:
            self.take(item, "")
            return
        kinds = tr("Pictures") + " (*.png *.jpg *.jpeg *.webp *.avif)"
        name, _ = QFileDialog.getOpenFileName(
            self._window, tr("The model's picture"), str(self._folder), kinds
        )
        if name:
            self.take(item, name)

    def take(self, item: LibraryItem, name: str) -> None:
        """The picture file of this name, "" for none of a person's choice; with Undo."""
        where = item.entry.path
        before = item.card.picture
        current = self._library.item(where) or item
        self._library.note(replace(current.card, picture=self._as_kept(name)))
        card = self._panel.card
        if card.item is not None and card.item.entry.path == where:
            self._panel.select(where)
            card.show_item(self._library.item(where))
            self.show(where)
        if name:
            words = tr("This is the picture of {name} now.", name=item.entry.name)
        else:
            words = tr("{name} has no picture of your choice any more.", name=item.entry.name)
        self._notice.say(
            words,
            label=tr("Undo"),
            action=lambda: self.take(item, before),
            topic="model:picture",
            expires=True,
        )

    def _as_kept(self, name: str) -> str:
        """Below Calotype's own folder, which may move, the name counts from there."""
        path = Path(name)
        if name and path.is_relative_to(self._folder):
            return path.relative_to(self._folder).as_posix()
        return name
