"""What happens where one recipe is made on several models."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from desktop.insight.opened.figure_saving import FigureSaving, drawn
from desktop.insight.side_by_side.model_run import ModelRun
from desktop.insight.side_by_side.model_table import ModelRow, heads
from desktop.insight.side_by_side.models_page import ModelsPage
from desktop.shared.context import RoomContext
from desktop.widgets.figures import size_words, span_words
from desktop.widgets.i18n import tr, tr_data

if TYPE_CHECKING:
    from core.service.sweeps.over_models import ModelWay
    from core.service.sweeps.progress import CellNow

ALONE = (
    "Only the starter is here: it can stand beside itself with the LoRA that needs four steps. "
    "Others make the comparison people know: Stable Diffusion 1.5, 2.1, XL, fine-tuned and "
    "distilled ones."
)
FEWEST = 2  # models that make a comparison
LONGEST = 160  # letters of the words that are shown of a recipe


class ModelsDesk(QObject):
    """`beside` carries files that are to stand side by side, `said_changed` that `said` is another
    thing now."""

    beside = Signal(tuple)
    said_changed = Signal()

    def __init__(self, context: RoomContext) -> None:
        super().__init__(context.window)
        services = context.services
        self.page = ModelsPage()
        self.run = ModelRun(services, self)
        self._saving = FigureSaving(services.image_tasks, context.notice, context.window)
        self._service = services.service
        self._is_stale = False  # models came or went since they were listed
        page = self.page
        page.choice.changed.connect(self._choose)
        page.choice.models_asked.connect(lambda: context.signals.get_models.emit(""))
        page.make.clicked.connect(self._make)
        page.save.clicked.connect(self._save)
        page.table.opened.connect(self._open_row)
        self.run.opened.connect(self._show_all)
        self.run.changed.connect(self._show)
        services.library.changed.connect(self._look_again)
        services.service.queue_changed.connect(lambda _: self._show_waiting())

    def open(self, path: Path | None) -> None:
        """The recipe of this picture, on the models that are here now; nothing where it is open
        already."""
        if path != self.run.path or self.run.fault is not None:
            self._is_stale = False
            self.run.open(path)
        elif self._is_stale:
            self._look_again()

    def said(self) -> str:
        """How far it is."""
        run = self.run
        if run.path is None:
            return tr("Open a picture: its recipe is made on other models here.")
        if run.fault is not None:
            return str(run.fault)
        if run.recipe is None:
            return tr("{name}: reading its recipe.", name=run.path.name)
        return tr(
            "The recipe of {name} on {count} models: {made} made.",
            name=run.path.name,
            count=len(run.chosen),
            made=len(run.made()),
        )

    def action(self) -> str | None:
        """The words of the button above; None for no button."""
        return tr("Set them side by side") if len(self.run.made()) > 1 else None

    def act(self) -> None:
        """All that are made, side by side."""
        self.beside.emit(self.run.made())

    def help_texts(self) -> Iterable[tuple[QWidget, str]]:
        """Each control that has no words of its own, and its sentence."""
        yield self.page.make, "Makes what is missing of the chosen models, or stops that."

    # --- what is chosen ---

    def _look_again(self) -> None:
        """Models came or went: they are listed anew once somebody looks, and not while pictures are
        being made."""
        self._is_stale = self.run.sweep.is_running or not self.page.isVisible()
        if not self._is_stale:
            self.run.list_again()

    def _choose(self) -> None:
        choice = self.page.choice
        self.run.choose(choice.ways(), own=choice.own())

    def _make(self) -> None:
        if self.run.sweep.is_running:
            self.run.sweep.stop()
        else:
            self.run.sweep.begin()

    def _open_row(self, place: int) -> None:
        """The picture of a model beside the one whose recipe it is."""
        now = self.run.cell(self.run.chosen[place])
        if now is not None and now.picture is not None and self.run.path is not None:
            self.beside.emit((self.run.path, Path(now.picture.path)))

    # --- what is shown ---

    def _show_all(self) -> None:
        run, page = self.run, self.page
        is_open = run.recipe is not None
        page.side.setVisible(is_open)
        page.save.setVisible(is_open)
        if is_open:
            from core.models.library.model_entry import STARTER_ID  # what reading it brought along
            from core.service.sweeps.over_models import MOST

            page.choice.show_ways(run.ways, run.chosen, MOST)
            alone = all(way.entry.id == STARTER_ID for way in run.ways)
            page.choice.say(tr_data(ALONE) if alone else "")
        self._show()

    def _show(self) -> None:
        run, page = self.run, self.page
        page.recipe.setText(self._recipe_words())
        page.table.show_rows(tuple(self._row(way) for way in run.chosen))
        missing, running = run.missing(), run.sweep.is_running
        words = tr("Make 1 picture") if missing == 1 else tr("Make {n} pictures", n=missing)
        if len(run.chosen) < FEWEST:
            words = tr("Choose two to six models")
        elif not missing:
            words = tr("All are made")
        page.make.setText(tr("Stop") if running else words)
        page.make.setAccessibleName(page.make.text())
        page.make.setEnabled(running or (missing > 0 and len(run.chosen) >= FEWEST))
        page.note.setText(self._scale())
        self.said_changed.emit()

    def _show_waiting(self) -> None:
        """The queue may have been paused, or goes on."""
        if self.run.sweep.is_running:
            self._show()

    def _recipe_words(self) -> str:
        if self.run.recipe is None:
            return ""
        request = self.run.recipe.request
        prompt = " ".join(request.prompt.split())[:LONGEST]
        return tr("“{prompt}”, seed {seed}", prompt=prompt or tr("no words"), seed=request.seed)

    def _scale(self) -> str:
        """What the figures are, and how each picture was made."""
        if self.run.recipe is None:
            return ""
        how = tr("Each model has the size, steps, guidance and sampler that suit it.")
        if not self.run.own:
            how = tr("Each model has the recipe's own size, steps, guidance and sampler.")
        figures = tr(
            "Times are without loading the model; figures with a ~ are expected, not measured."
        )
        return f"{how} {figures}"

    def _row(self, way: ModelWay) -> ModelRow:
        run = self.run
        now = run.cell(way)
        request = now.cell.request if now is not None else None
        place = run.chosen.index(way)
        size = steps = ""
        if request is not None:
            size, steps = f"{request.width} × {request.height}", str(request.steps)
        return ModelRow(
            model=way.name,
            state=self._state(now),
            time=self._time(way),
            memory=self._memory(way),
            steps=steps,
            size=size,
            trained=f"{way.trained[0]} × {way.trained[1]}",
            licence=way.entry.license or tr("not stated"),
            why=now.said if now is not None else "",
            image=run.sweep.pictures.get(place, QImage()),
        )

    def _state(self, now: CellNow | None) -> str:
        from core.service.sweeps.progress import CellState

        if now is None:
            return ""
        step, steps = self.run.sweep.step
        making = tr("step {step} of {steps}", step=step, steps=steps) if steps else tr("begins")
        return {
            CellState.WAITING: tr("queue is paused") if self._service.paused else tr("waits"),
            CellState.MAKING: making,
            CellState.FAILED: tr("failed"),
            CellState.STOPPED: tr("stopped"),
            CellState.REFUSED: tr("not possible"),
        }.get(now.state, "")

    def _time(self, way: ModelWay) -> str:
        """Measured, else expected."""
        figures = self.run.figures.get(way.name)
        if figures is not None:
            words = tr("{n:.1f} s", n=figures.seconds)
            return tr("{time} with loading", time=words) if figures.with_loading else words
        fit = self.run.fits.get(way.name)
        if fit is None or fit.seconds_span is None or not fit.fits:
            return ""
        return f"~ {span_words(*fit.seconds_span)}"

    def _memory(self, way: ModelWay) -> str:
        """Likewise."""
        figures = self.run.figures.get(way.name)
        if figures is not None and figures.peak:
            return size_words(figures.peak)
        fit = self.run.fits.get(way.name)
        if fit is None:
            return ""
        words = f"~ {size_words(fit.peak_bytes)}"
        return words if fit.fits else tr("{memory}: does not fit", memory=words)

    # --- saving ---

    def _save(self) -> None:
        from core.metadata.a1111 import write as recipe_text
        from core.service.insight.figure_table import FigureTable
        from core.values.picture import Recipe

        recipe = self.run.recipe
        if recipe is None:
            return
        table = FigureTable(
            name="models",
            caption=tr("One recipe on several models"),
            scale=self._scale(),
            recipe=recipe_text(Recipe(recipe.request)),
            columns=tuple(name for name, _ in heads()),
            rows=tuple(row.texts() for row in self.page.table.rows()),
        )
        self._saving.ask(table, drawn(self.page.table))
