"""The Gallery's panel over a gallery of a few pictures, all of it in the test's own thread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pytest
from PySide6.QtWidgets import QApplication

from core.service.stores import Stores
from core.store.thumbnails import Thumbnails
from core.values.picture import Picture
from desktop.gallery.albums.watch import AlbumWatch
from desktop.gallery.panel import GalleryPanel
from desktop.pictures.marking.names import file_name_in, names_in
from desktop.pictures.picture_model import PICTURE_ROLE, PictureModel
from tests.desktop.parts import HeldTasks, put_picture


@dataclass
class Room:
    """The panel, and what it shows."""

    stores: Stores
    records: HeldTasks
    images: HeldTasks
    panel: GalleryPanel
    model: PictureModel
    watch: AlbumWatch
    pictures: list[Picture]

    def come(self) -> None:
        """Everything that was asked for arrives."""
        while self.records.run_all() + self.images.run_all():
            pass
        QApplication.processEvents()

    def prompts(self) -> list[str]:
        """Of the pictures that are shown, in order."""
        self.come()
        rows = range(self.model.rowCount())
        for row in rows:
            self.model.index(row).data(PICTURE_ROLE)
        self.come()
        return [self.model.index(row).data(PICTURE_ROLE).request.prompt for row in rows]


@pytest.fixture
def room(qapp: QApplication, stores: Stores) -> Iterator[Room]:
    records, images = HeldTasks(), HeldTasks()
    thumbnails = Thumbnails(stores.places.thumbnails)
    prompts = ("a red fox", "a blue boat", "a red house")
    pictures = [put_picture(stores, prompt, seed) for seed, prompt in enumerate(prompts)]
    model = PictureModel(stores.gallery, thumbnails, records, images)
    panel = GalleryPanel(
        model,
        30,
        suggest=stores.gallery.suggestions,
        names=partial(names_in, stores.gallery),
        name_of=partial(file_name_in, stores.gallery),
        tasks=records,
    )
    panel.resize(1300, 800)
    panel.show()
    watch = AlbumWatch(stores.gallery, records, panel.side)
    made = Room(stores, records, images, panel, model, watch, pictures)
    panel.ask()
    watch.look()
    made.come()
    yield made
    thumbnails.close()
    panel.hide()
    panel.deleteLater()
    assert not records.faults and not images.faults
