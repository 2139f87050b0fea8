"""How many days pictures lie in the trash: as set when the program starts, and as its words say."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from core.engine.contract.protocol import EngineSpec
from core.metadata.writing import encode_png
from core.service.stores import open_stores
from core.store.files import put_in_gallery
from core.system import settings
from core.system.paths import Places
from core.system.settings import Settings
from core.values.picture import Pixels, Recipe
from core.values.request import Request
from desktop.app.app import Application
from tests.desktop.driving import Open, gallery_of, in_front, opening, settings_of, take_down, until

FAKE = EngineSpec(kind="fake", runs_in="here")
DAY = 86_400


@pytest.fixture
def open_app(qapp: QApplication, where: Places) -> Iterator[Open]:
    yield from opening(qapp, where, FAKE, in_front)


@pytest.fixture
def trashed(where: Places) -> dict[int, int]:
    """Ids of pictures that have lain in the trash for 1, 3 and 40 days."""
    ids: dict[int, int] = {}
    stores = open_stores(where)
    for days in (1, 3, 40):
        pixels = Pixels(8, 8, bytes([days] * 192))
        recipe = Recipe(Request(seed=days), f"job {days}", pixels_sha256=pixels.sha256)
        path = put_in_gallery(where.pictures, days, encode_png(pixels, recipe))
        ids[days] = stores.gallery.record(path, recipe, 8, 8).id
    stores.gallery.trash(list(ids.values()))
    for days, number in ids.items():
        with stores.database.transaction() as db:
            put_in = time.time() - days * DAY - 60
            db.execute("UPDATE pictures SET trashed = ? WHERE id = ?", (put_in, number))
    stores.close()
    return ids


@pytest.mark.parametrize("safe", [False, True])
def test_what_has_lain_there_for_longer_goes_when_the_program_starts(
    qapp: QApplication,
    where: Places,
    trashed: dict[int, int],
    monkeypatch: pytest.MonkeyPatch,
    safe: bool,
) -> None:
    gone: list[str] = []
    monkeypatch.setattr("desktop.app.app.to_system", lambda file: gone.append(file) or _away(file))
    settings.save(where.settings, Settings(trash_days=2))
    application = Application(qapp, where, FAKE, safe=safe)
    application.start()
    gallery = application.stores.gallery
    until(lambda: len(gone) == 2, 20)
    until(lambda: gallery.ids(trashed=True) == (trashed[1],), 20)
    take_down(application)


def _away(file: Path) -> bool:
    file.unlink()
    return True


def test_only_as_many_are_deleted_for_good_as_were_counted(
    open_app: Open, where: Places, trashed: dict[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.app.app.to_system", lambda file: False)
    settings.save(where.settings, Settings(trash_days=30))
    application = open_app()
    window, gallery = application.window, application.stores.gallery
    until(lambda: window.notice.button.text() == "Delete it for good", 20)
    settings_of(window).take("trash_days", 1)
    assert window.notice.text.text() == "This takes effect at the next start."
    window.notice.clear("settings")
    assert window.notice.button.text() == "Delete it for good"
    window.notice.button.click()
    until(lambda: trashed[40] not in gallery.ids(trashed=True), 20)
    assert set(gallery.ids(trashed=True)) == {trashed[1], trashed[3]}


def test_the_gallery_says_the_number_that_is_set(open_app: Open, where: Places) -> None:
    settings.save(where.create().settings, Settings(trash_days=7))
    application = open_app()
    gallery = gallery_of(application.window)
    gallery.trash.setChecked(True)
    gallery._counted(0)
    for days, words in ((7, "7 days"), (1, "1 day"), (30, "30 days")):
        settings_of(application.window).take("trash_days", days)
        assert gallery.trash.toolTip() == (
            f"Trash: show deleted pictures; they are kept for {words}"
        )
        assert gallery.trash.whatsThis() == (
            f"Shows deleted pictures, which are kept for {words} and can be restored."
        )
        assert gallery.nothing.text() == (
            f"The trash is empty. Deleted pictures wait here for {words}."
        )
