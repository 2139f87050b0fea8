"""The library of the window alone: what is here, in one list, whatever comes and goes meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from core.models.library import registry
from core.models.library.external_folders import linked_folders
from core.models.library.intake import Intake, IntakeKind
from core.service import library_overview
from core.service.library_overview import LibraryItem
from core.service.stores import Stores
from core.store.model_cards import Card
from core.system.errors import KnownError
from core.system.settings import Settings
from core.values.device import GPU_SHARE, Device, Fits
from core.values.model import ModelKind
from desktop.state.draft import Draft
from desktop.state.library import LibraryState
from desktop.widgets import folder_watch
from desktop.widgets.folder_watch import FolderWatch
from tests.core.models.files import layouts
from tests.desktop.driving import pump, until

PICKLE = b"\x80\x02cos\nsystem\n."
SIGN = 50  # milliseconds in which a signal would have come


@dataclass
class Here:
    """A library, the form whose model it follows, and what it told."""

    state: LibraryState
    draft: Draft
    faults: list[KnownError]
    told: list[str]

    def ids(self) -> set[str]:
        return {entry.id for entry in self.state.models}

    def use(self, model: str) -> None:
        """The form's model."""
        entry = self.state.entry(model)
        assert entry is not None
        self.draft.use_family(entry.id, entry.family_row)

    def reload(self) -> None:
        """Read, and wait until that is shown."""
        read: list[bool] = []
        self.state.reload(lambda: read.append(True))
        until(lambda: read)

    def open(self, path: Path) -> Intake:
        """Take in, and wait for what came of it."""
        opened: list[Intake] = []
        self.state.opened.connect(opened.append)
        self.state.open(path)
        until(lambda: opened)
        self.state.opened.disconnect(opened.append)
        return opened[0]


Begin = Callable[..., Here]


@pytest.fixture
def begin(qapp: QApplication, stores: Stores) -> Iterator[Begin]:
    """Makes the library that a window with this model in its form begins with; it is read, unless
    told otherwise."""
    made: list[Here] = []

    def make(model: str = "", *, read: bool = True) -> Here:
        known = stores.library.start_entries(model)
        draft = Draft(known[-1].family_row)
        faults: list[KnownError] = []
        told: list[str] = []
        state = LibraryState(stores, known, draft, Settings(), failed=faults.append)
        state.changed.connect(lambda: told.append("changed"))
        state.noted.connect(lambda path: told.append(Path(path).name))
        state.opened.connect(lambda intake: told.append(intake.kind.value))
        draft.setParent(state)
        here = Here(state, draft, faults, told)
        here.use(known[-1].id)
        made.append(here)
        if read:
            state.start()
            until(lambda: state.items)
        return here

    stores.places.models.mkdir(parents=True, exist_ok=True)
    yield make
    for here in made:
        here.state.end()
        here.state.deleteLater()  # here, and not by a collection in another test's thread
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


class Gate:
    """Readings stop here once they have seen the disk, before they are shown."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen = 0
        self._open = threading.Event()
        self._open.set()
        self._read = library_overview.library_items
        monkeypatch.setattr(library_overview, "library_items", self._items)

    def _items(
        self, stores: Stores, kind: str, memory: int, weights: str
    ) -> tuple[LibraryItem, ...]:
        items = self._read(stores, kind, memory, weights)
        self.seen += 1
        self._open.wait(30)
        return items

    def hold(self, here: Here) -> None:
        """A reading is begun, and stays under way."""
        self._open.clear()
        before = self.seen
        here.state.reload()
        until(lambda: self.seen > before)

    def release(self) -> None:
        self._open.set()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(monkeypatch)


def test_what_is_known_at_the_start_is_there_at_once_and_the_rest_after_the_first_reading(
    begin: Begin, stores: Stores
) -> None:
    models = stores.places.models
    (models / "loras").mkdir(parents=True)
    dream = layouts.write(models / "dream.safetensors", layouts.SD1)
    layouts.write(models / "night.safetensors", layouts.SD1)
    lora = layouts.write(
        models / "loras" / "ink.safetensors", layouts.kohya(layouts.ATTENTION, 768)
    )
    here = begin("dream.safetensors", read=False)
    assert [entry.id for entry in here.state.models] == ["starter", "dream.safetensors"]
    assert here.state.items == () and here.told == []
    here.state.start()
    until(lambda: here.told)
    assert here.told == ["changed"]
    assert here.ids() == {"starter", "dream.safetensors", "night.safetensors"}
    ink = here.state.item(str(lora))
    assert ink is not None and ink.entry.kind is ModelKind.LORA and here.state.named("ink") is ink
    assert here.state.entry("ink") is None  # no picture is made with it alone
    night = here.state.named("night.safetensors")
    assert night is not None and night.entry is here.state.entry("night.safetensors")
    assert here.state.named(str(dream)) is here.state.item(str(dream)) is not None
    assert here.state.name_of("dream.safetensors") == "dream"
    assert here.state.name_of("gone/other.safetensors") == "other"  # where it is not here


def test_a_file_that_is_opened_is_registered_and_listed_before_that_is_told(
    begin: Begin, stores: Stores, tmp_path: Path
) -> None:
    path = layouts.write(tmp_path / "dream.safetensors", layouts.SD1)
    here = begin()
    listed: list[bool] = []
    here.state.opened.connect(lambda intake: listed.append(intake.path in _paths(here)))
    here.told.clear()
    intake = here.open(path)
    assert here.told == ["changed", "model"] and listed == [True]
    assert intake == Intake(IntakeKind.MODEL, str(path), new=True)
    assert [row.path for row in registry.read(stores.places.models)] == [str(path)]
    assert here.state.entry("dream.safetensors") is not None
    here.state.give_back(intake)
    until(lambda: str(path) not in _paths(here))
    assert here.ids() == {"starter"} and path.exists()


def _paths(here: Here) -> set[str]:
    return {item.entry.path for item in here.state.items}


def test_a_folder_of_many_is_linked_and_an_empty_one_is_a_fault(
    begin: Begin, stores: Stores, tmp_path: Path
) -> None:
    folder = tmp_path / "collection"
    folder.mkdir()
    (tmp_path / "nothing").mkdir()
    for name in ("dream", "night"):
        layouts.write(folder / f"{name}.safetensors", layouts.SD1)
    here = begin()
    assert here.open(folder).kind is IntakeKind.FOLDER
    assert folder in linked_folders(stores.places.models)
    assert here.ids() == {"starter", "dream.safetensors", "night.safetensors"}
    here.told.clear()
    here.state.open(tmp_path / "nothing")
    until(lambda: here.faults)
    assert here.told == [] and "holds no models" in str(here.faults[0])


def test_a_pickle_that_is_opened_while_an_older_reading_is_under_way_is_not_lost(
    begin: Begin, gate: Gate, tmp_path: Path
) -> None:
    path = tmp_path / "old.ckpt"
    path.write_bytes(PICKLE)
    here = begin()
    gate.hold(here)
    here.state.open(path)
    gate.release()
    until(lambda: "pickle" in here.told)
    pickle = here.state.entry(str(path))
    assert pickle is not None and pickle.pickle and not pickle.ready
    here.reload()
    assert str(path) not in _paths(here) and here.state.entry(str(path)) == pickle


def test_a_recipes_model_stays_over_an_older_reading_and_then_the_library_says_when_it_is_gone(
    begin: Begin, stores: Stores, gate: Gate
) -> None:
    here = begin()
    gate.hold(here)  # has not seen it
    path = layouts.write(stores.places.models / "dream.safetensors", layouts.SD1)
    here.state.keep(stores.library.find("dream.safetensors"))
    assert here.ids() == {"starter", "dream.safetensors"}
    here.told.clear()
    gate.release()
    until(lambda: here.told)
    assert str(path) not in _paths(here)
    assert here.ids() == {"starter", "dream.safetensors"}
    here.reload()
    assert str(path) in _paths(here) and len(here.state.models) == 2
    path.unlink()
    here.reload()
    assert here.ids() == {"starter"}


def test_a_removed_model_stays_only_while_the_form_uses_it(begin: Begin, stores: Stores) -> None:
    path = layouts.write(stores.places.models / "dream.safetensors", layouts.SD1)
    here = begin("dream.safetensors")
    path.rename(path.with_name("night.safetensors"))
    here.reload()
    assert here.ids() == {"starter", "dream.safetensors", "night.safetensors"}
    assert str(path) not in _paths(here)
    here.use("night.safetensors")
    here.reload()
    assert here.ids() == {"starter", "night.safetensors"}
    path.with_name("night.safetensors").rename(path)
    here.reload()
    assert here.ids() == {"starter", "dream.safetensors", "night.safetensors"}


def test_what_a_file_has_become_is_listed_once(begin: Begin, stores: Stores) -> None:
    """A form's model that was incomplete, and came whole under the same name."""
    path = stores.places.models / "dream.safetensors"
    path.write_bytes(b"\x10" + b"\0" * 7 + b'{"a":1}' + b"\0" * 50)
    here = begin()
    here.use("dream.safetensors")
    layouts.write(path, layouts.SD1)
    here.reload()
    assert [entry.ready for entry in here.state.models if entry.path == str(path)] == [True]


def test_readings_are_shown_in_the_order_in_which_they_were_asked_for(
    begin: Begin, stores: Stores, gate: Gate
) -> None:
    layouts.write(stores.places.models / "dream.safetensors", layouts.SD1)
    here = begin()
    shown: list[Fits] = []

    def note() -> None:
        item = here.state.named("dream.safetensors")
        assert item is not None
        shown.append(item.fits)

    here.state.changed.connect(note)
    gate.hold(here)
    small = 900_000_000  # bytes: too few for the model as it is
    here.state.use_devices([Device("cuda:0", "Large card", 2**40, 2**40)])
    here.state.use_devices([Device("cuda:0", "Small card", small, small)])
    here.state.use_devices([])  # nobody knows: as before
    gate.release()
    until(lambda: len(shown) == 3)
    assert shown[:2] == [Fits.UNKNOWN, Fits.YES] and shown[2] not in (Fits.UNKNOWN, Fits.YES)
    assert here.state.machine == ("cuda", int(small * GPU_SHARE))
    here.state.use_settings(Settings())  # as they are
    pump(SIGN)
    assert len(shown) == 3
    counted: list[str] = []  # at once, before anything is read
    here.state.machine_changed.connect(lambda: counted.append(here.state.weights))
    here.state.use_settings(Settings(weights="8bit"))
    assert counted == ["8bit"]
    until(lambda: len(shown) == 4)


def test_a_reading_that_ends_after_the_window_is_told_nobody_and_the_next_is_not_begun(
    begin: Begin, stores: Stores, gate: Gate, tmp_path: Path
) -> None:
    path = layouts.write(tmp_path / "dream.safetensors", layouts.SD1)
    here = begin()
    gate.hold(here)
    here.told.clear()
    here.state.open(path)
    here.state.note(Card(here.state.items[0].entry.path, notes="of the last second"))
    seen = gate.seen
    threading.Timer(0.05, gate.release).start()
    here.state.end()
    pump(SIGN)
    assert here.told == ["starter"] and gate.seen == seen
    assert [row.path for row in registry.read(stores.places.models)] == [str(path)]
    assert stores.cards.get(here.state.items[0].entry.path).notes == "of the last second"


def test_what_a_person_notes_is_shown_at_once_and_outlives_an_older_reading(
    begin: Begin, stores: Stores, gate: Gate
) -> None:
    here = begin()
    starter = here.state.items[0].entry.path
    gate.hold(here)
    here.told.clear()
    here.state.note(Card(starter, tags=("red", "house"), rating=4))
    item = here.state.item(starter)
    assert item is not None and item.card.rating == 4 and "house" in item.words
    assert here.told == ["starter"]  # one row, not the whole list
    gate.release()
    until(lambda: "changed" in here.told)
    item = here.state.item(starter)
    assert item is not None and item.card.tags == ("red", "house")
    here.reload()
    assert stores.cards.get(starter).rating == 4
    stores.cards.put(Card(starter, notes="by another window"))
    here.reload()
    item = here.state.item(starter)
    assert item is not None and (item.card.notes, item.card.rating) == ("by another window", 0)


def test_what_a_person_notes_leaves_the_rest_of_a_newer_card_alone(
    begin: Begin, stores: Stores
) -> None:
    here = begin()
    item = here.state.items[0]
    stores.cards.note_use(item.entry.path, "abc")  # a picture was made after the last reading
    here.state.note(Card(item.entry.path, rating=4))
    until(lambda: stores.cards.get(item.entry.path).rating == 4)
    kept = stores.cards.get(item.entry.path)
    assert kept.used > 0
    assert kept.fingerprint == "abc"


def test_files_and_registrations_of_others_are_seen_unasked(
    begin: Begin, stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_watch, "SETTLED_MS", 20)
    models, program = stores.places.models, tmp_path / "program"
    (program / "nested").mkdir(parents=True)
    for name in ("dream", "night"):
        layouts.write(program / f"{name}.safetensors", layouts.SD1)
    here = begin()
    own = layouts.write(models / "own.safetensors", layouts.SD1)
    until(lambda: "own.safetensors" in here.ids())
    own.rename(models / "renamed.safetensors")
    until(lambda: "renamed.safetensors" in here.ids())
    assert "own.safetensors" not in here.ids()
    # as the command line does it
    registry.add(models, layouts.write(tmp_path / "placed.safetensors", layouts.SD1))
    until(lambda: "placed.safetensors" in here.ids())
    registry.remove(models, tmp_path / "placed.safetensors")
    until(lambda: "placed.safetensors" not in here.ids())
    intake = here.open(program)
    (program / "night.safetensors").unlink()
    until(lambda: "night.safetensors" not in here.ids())
    here.state.give_back(intake)
    until(lambda: "dream.safetensors" not in here.ids())


def test_only_the_folders_named_last_are_watched(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_watch, "SETTLED_MS", 20)
    old, new = tmp_path / "old", tmp_path / "new"
    watch = FolderWatch()
    settled: list[bool] = []
    watch.settled.connect(lambda: settled.append(True))
    for folder in (old, new):
        folder.mkdir()
        watch.watch([str(folder)])
    (old / "file").touch()
    pump(SIGN)
    assert settled == []
    (new / "file").touch()
    until(lambda: settled)
    watch.end()
    (new / "other").touch()
    pump(SIGN)
    assert settled == [True]


def test_a_chosen_prediction_is_kept_and_shown_everywhere(
    begin: Begin, stores: Stores, tmp_path: Path
) -> None:
    path = layouts.write(tmp_path / "two.safetensors", layouts.SD2)
    here = begin()
    here.open(path)
    decided: list[str] = []
    here.state.choose_prediction(
        "two.safetensors", "epsilon", lambda entry: decided.append(entry.prediction)
    )
    until(lambda: decided)
    entry = here.state.entry("two.safetensors")
    item = here.state.item(str(path))
    assert decided == ["epsilon"] and entry is not None and item is not None
    assert entry.chosen == item.entry.chosen == "epsilon"
    here.state.choose_prediction("starter", "v", lambda entry: decided.append(entry.prediction))
    until(lambda: here.faults)
    assert decided == ["epsilon"]


def test_a_model_that_no_library_lists_is_told_what_it_predicts(
    begin: Begin, stores: Stores, tmp_path: Path
) -> None:
    """The form of the last session names a path that is registered nowhere."""
    path = layouts.write(tmp_path / "two.safetensors", layouts.SD2)
    here = begin()
    here.state.keep(stores.library.find(str(path)))
    here.use(str(path))
    decided: list[str] = []
    here.state.choose_prediction(
        str(path), "epsilon", lambda entry: decided.append(entry.prediction)
    )
    until(lambda: decided)
    entry = here.state.entry(str(path))
    assert entry is not None and entry.prediction == "epsilon"
