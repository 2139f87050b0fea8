"""A gallery of a few pictures, and the model over it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtWidgets import QApplication

from core.service.stores import Stores
from core.store.thumbnails import Thumbnails
from desktop.pictures.picture_model import PictureModel
from tests.desktop.parts import HeldTasks


@dataclass
class Shelf:
    """A picture model whose records and thumbnails come when the test says so."""

    stores: Stores
    records: HeldTasks
    images: HeldTasks
    thumbnails: Thumbnails

    def model(self) -> PictureModel:
        """A model of its own that has asked for all pictures and heard nothing yet."""
        model = PictureModel(self.stores.gallery, self.thumbnails, self.records, self.images)
        model.search()
        return model

    def come(self) -> None:
        """Everything that was asked for arrives."""
        while self.records.run_all() + self.images.run_all():
            pass


@pytest.fixture
def shelf(qapp: QApplication, stores: Stores) -> Iterator[Shelf]:
    thumbnails = Thumbnails(stores.places.thumbnails)
    made = Shelf(stores, HeldTasks(), HeldTasks(), thumbnails)
    yield made
    thumbnails.close()
    assert not made.records.faults and not made.images.faults
