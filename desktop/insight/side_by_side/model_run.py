"""One recipe on several models: which there are, what making it on some of them will take, and how
far that is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.system.errors import KnownError
from desktop.pictures.strips.running import SweepRun
from desktop.state.services import Services

if TYPE_CHECKING:
    from core.models.files.fit import Fit
    from core.service.sweeps.over_models import ComparedRecipe, ModelFigures, ModelWay
    from core.service.sweeps.progress import CellNow
    from core.values.request import Request

FIRST = 2  # models that are chosen before anybody chose


class ModelRun(QObject):
    """`opened` when recipe and models are here, or `fault`; `changed` after every change of what is
    chosen, foreseen, made or measured."""

    opened = Signal()
    changed = Signal()

    def __init__(self, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._turn = 0  # answers for an earlier picture or choice are dropped
        self._told = 0  # likewise of what is foreseen
        self.path: Path | None = None
        self.recipe: ComparedRecipe | None = None
        self.fault: KnownError | None = None
        self.ways: tuple[ModelWay, ...] = ()
        self.chosen: tuple[ModelWay, ...] = ()
        self.own = True  # each model has what suits it
        self.fits: dict[str, Fit | None] = {}  # by the way's name; None: nothing is known
        self.figures: dict[str, ModelFigures] = {}
        self.sweep = SweepRun(
            services.stores,
            services.service,
            records=services.gallery_tasks,
            images=services.image_tasks,
            parent=self,
        )
        self.sweep.changed.connect(self._follow)
        self.sweep.measured.connect(lambda _: self.changed.emit())
        services.library.machine_changed.connect(self._foresee)

    def open(self, path: Path | None) -> None:
        """This picture's recipe from now on, on the models that are here now."""
        self._turn += 1
        self.path = path
        self.recipe = None
        self.fault = None
        self.chosen = ()
        self._empty()
        if path is None:
            self.opened.emit()
            return
        turn, stores = self._turn, self._services.stores

        def read() -> tuple[ComparedRecipe, tuple[ModelWay, ...]]:
            from core.service.sweeps.over_models import recipe_for_models, ways_of

            return recipe_for_models(stores, path), ways_of(stores.library)

        def there(found: tuple[ComparedRecipe, tuple[ModelWay, ...]]) -> None:
            if turn == self._turn:
                self.recipe, self.ways = found
                self.choose(self._first_ways())

        def failed(fault: KnownError) -> None:
            if turn == self._turn:
                self.fault = fault
                self.opened.emit()

        self._services.image_tasks.submit(read, there, failed)

    def list_again(self) -> None:
        """The models that are here now; those that are chosen stay so."""
        turn, stores = self._turn, self._services.stores

        def read() -> tuple[ModelWay, ...]:
            from core.service.sweeps.over_models import ways_of

            return ways_of(stores.library)

        def there(ways: tuple[ModelWay, ...]) -> None:
            if turn == self._turn and self.recipe is not None and ways != self.ways:
                names = {way.name for way in self.chosen}
                self.ways = ways
                self.choose([way for way in ways if way.name in names])

        if self.recipe is not None:
            self._services.image_tasks.submit(read, there)

    def choose(self, ways: Sequence[ModelWay], *, own: bool | None = None) -> None:
        """These models, in the list's order; `own` None as before."""
        self.chosen = tuple(way for way in self.ways if way in ways)
        self.own = self.own if own is None else own
        self._empty()
        recipe = self.recipe
        if recipe is not None and self.chosen:
            from core.service.sweeps.over_models import variation_on

            variations = [variation_on(recipe, way, own=self.own) for way in self.chosen]
            self.sweep.open(recipe.request, variations, parent=recipe.parent, reference=recipe.path)
        self.opened.emit()

    def cell(self, way: ModelWay) -> CellNow | None:
        """How far the picture of a chosen model is; None before that is known."""
        return next((one for one in self.sweep.cells if one.cell.name == way.name), None)

    def missing(self) -> int:
        """How many of the chosen ones have no picture and wait for none."""
        if not self.sweep.cells:
            return 0
        from core.service.sweeps.progress import CellState  # which came with them

        wanted = (CellState.WANTED, CellState.FAILED, CellState.STOPPED)
        return sum(one.state in wanted for one in self.sweep.cells)

    def made(self) -> tuple[Path, ...]:
        """The files of the pictures that are there."""
        return tuple(Path(one.picture.path) for one in self.sweep.cells if one.picture is not None)

    def _first_ways(self) -> tuple[ModelWay, ...]:
        """The recipe's own model, and the next ones."""
        recipe = self.recipe
        assert recipe is not None
        own = [way for way in self.ways if way.entry.id == recipe.request.model]
        others = [way for way in self.ways if way not in own]
        return tuple([*own[:1], *others, *own[1:]][:FIRST])

    def _empty(self) -> None:
        self.fits.clear()
        self.figures.clear()
        self._told += 1
        self.sweep.close()

    # --- what it takes ---

    def _follow(self) -> None:
        """Its cells are there, or one of them is further."""
        if self.sweep.cells and not self.fits:
            self._foresee()
        for way in self.chosen:
            now = self.cell(way)
            if now is not None and now.picture is not None and way.name not in self.figures:
                self._read_figures(way, now)
        self.changed.emit()

    def _read_figures(self, way: ModelWay, now: CellNow) -> None:
        from core.service.sweeps.over_models import ModelFigures, figures_of_picture

        picture, told = now.picture, self._told
        assert picture is not None
        self.figures[way.name] = ModelFigures(picture.seconds, with_loading=True, peak=0)

        def there(figures: ModelFigures) -> None:
            if told == self._told:
                self.figures[way.name] = figures
                self.changed.emit()

        work = partial(figures_of_picture, self._services.stores, way, picture)
        self._services.gallery_tasks.submit(work, there)

    def _foresee(self) -> None:
        """Time and memory of each that is still to be made."""
        library = self._services.library
        kind, there = library.machine
        if there == 0:  # nothing is known of the machine yet
            return
        for way in self.chosen:
            now = self.cell(way)
            request = now.cell.request if now is not None else None
            self.fits.setdefault(way.name, None)
            if request is not None:
                self._ask_fit(way, request, kind, there)

    def _ask_fit(self, way: ModelWay, request: Request, kind: str, there: int) -> None:
        told, stores, weights = self._told, self._services.stores, self._services.library.weights

        def predict() -> Fit:
            from core.service.fit_prediction import free_memory
            from core.service.sweeps.over_models import foreseen

            available = free_memory() if there < 0 else there
            return foreseen(stores, way, request, kind, available, weights)

        def known(fit: Fit | None) -> None:
            if told == self._told:
                self.fits[way.name] = fit
                self.changed.emit()

        self._services.gallery_tasks.submit(predict, known, lambda _: known(None))
