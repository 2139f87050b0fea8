"""What tests of single parts share: tasks that run when the test says so, and small real stores."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from core.engine.contract.protocol import EngineSpec
from core.metadata.writing import encode_png
from core.service.stores import Stores
from core.store.files import put
from core.store.picture_rows import PicturePaths, insert_row
from core.store.thumbnails import Thumbnails
from core.system.errors import KnownError
from core.system.settings import Settings
from core.values.picture import Picture, Pixels, Recipe
from core.values.request import Request
from desktop.shell.prompt_commands import prompt_moves
from desktop.state.draft import Draft
from desktop.state.job_service import JobService
from desktop.state.library import LibraryState
from desktop.state.services import Services
from desktop.state.session import Session
from desktop.state.tasks import SerialTasks, Then
from desktop.widgets import theme


class HeldTasks(SerialTasks):
    """Holds what is submitted until `run_all` or `run_next`; then work and answer run in the test's
    own thread, in order. So a test says what is late."""

    def __init__(self) -> None:
        self.faults: list[KnownError] = []
        super().__init__(self.faults.append)
        self.held: deque[tuple[Callable[[], Any], Then | None, Callable[[KnownError], None]]] = (
            deque()
        )

    def submit(
        self,
        work: Callable[[], Any],
        then: Then | None = None,
        failed: Callable[[KnownError], None] | None = None,
        *,
        saves: bool = False,
    ) -> None:
        self.held.append((work, then, failed or self.faults.append))

    def run_next(self) -> None:
        """The work that was submitted first, and its answer."""
        work, then, failed = self.held.popleft()
        try:
            result = work()
        except KnownError as error:
            failed(error)
            return
        if then is not None:
            then(result)

    def run_all(self) -> int:
        """Everything, also what the answers submit; how many that were."""
        done = 0
        while self.held:
            self.run_next()
            done += 1
        return done


def starter_library(stores: Stores, faults: list[KnownError]) -> LibraryState:
    """As a window begins: the starter is known and in the form, nothing is read. It has ended once
    `end` was called."""
    known = stores.library.start_entries("")
    draft = Draft(known[0].family_row)
    library = LibraryState(stores, known, draft, Settings(), failed=faults.append)
    draft.setParent(library)
    return library


def put_picture(
    stores: Stores, prompt: str = "", seed: int = 1, document: str = "", **values: Any
) -> Picture:
    """A picture of 12 x 8 pixels in the gallery, whose file is there."""
    folder = stores.places.pictures / "2026-01-02"
    folder.mkdir(parents=True, exist_ok=True)
    pixels = Pixels(12, 8, bytes((seed % 256, 90, 200)) * (12 * 8))
    request = Request(prompt=prompt, seed=seed, width=64, height=64, document=document)
    recipe = Recipe(request, model_name="Starter", **values)
    path = put(folder, f"{len(list(folder.iterdir())):04}", encode_png(pixels, recipe))
    return stores.gallery.record(path, recipe, 12, 8)


def put_rows(stores: Stores, count: int) -> None:
    """So many rows of pictures without files, in one transaction."""
    places = stores.places
    paths = PicturePaths(places.pictures, places.trash)
    with stores.database.transaction() as db:
        for number in range(count):
            recipe = Recipe(Request(prompt=f"picture {number}", seed=number))
            insert_row(db, paths, places.pictures / f"{number}.png", recipe, (64, 64))


def services_over(library: LibraryState, stores: Stores, tasks: SerialTasks) -> Services:
    """What a form is built from, over the library's own draft; all disks by `tasks`."""
    draft = library.findChild(Draft)
    assert isinstance(draft, Draft)
    return Services(
        stores=stores,
        settings=Settings(),
        session=Session(),
        service=JobService(stores, EngineSpec(kind="fake"), tasks),
        draft=draft,
        library=library,
        database_tasks=tasks,
        gallery_tasks=tasks,
        image_tasks=tasks,
        thumbnails=Thumbnails(stores.places.thumbnails),
        tokens=theme.DARK,
    )


def give_prompt_keys(editors: Iterable[QWidget], *, mac: bool = False) -> None:
    """The keys that move words, as a window gives them to its editors of prompts."""
    for editor in editors:
        for row in prompt_moves(mac=mac):
            action = QAction(row.label, editor)
            action.setObjectName(row.id)
            action.setShortcut(row.key)
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            editor.addAction(action)
