"""Until which step a change of the prompt still changes the open picture: other words from eight
steps on, each a picture of its own in the gallery, made one after the other by the queue."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from core.system.errors import InvalidRequest, KnownError
from desktop.insight.opened.figure_saving import save_button
from desktop.insight.opened.opening import Opening, State
from desktop.pictures.strips.running import SweepRun
from desktop.pictures.strips.strip import Strip, StripCell
from desktop.state.services import Services
from desktop.widgets import theme
from desktop.widgets.controls import row
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.figure_table import FigureTable
    from core.service.insight.recorded import RecordedPicture
    from core.service.insight.steps.prompt_changes import PartsChanged
    from core.service.sweeps.progress import CellNow
    from core.values.picture import Picture

LONGEST = 100_000  # characters of a prompt


class ChangesPanel(QWidget):
    """`asked` carries the words that come in the place of the picture's, `stopped` that no more of
    them are wanted."""

    asked = Signal(str)
    stopped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._own = ""  # the picture's words
        heading = QLabel(tr("Until when other words still change it"))
        heading.setObjectName("heading")
        self.save = save_button(tr("until when other words still change it"))
        self.about = QLabel(
            tr(
                "The same picture up to a step and other words from there on, with the same noise: "
                "eight pictures, which also come into the gallery."
            )
        )
        self.about.setObjectName("dim")
        self.about.setWordWrap(True)
        self.prompt = QLineEdit()
        self.prompt.setMaxLength(LONGEST)
        self.prompt.setAccessibleName(tr("Other words"))
        self.prompt.setToolTip(tr("What the prompt is from each of the steps on."))
        self.make = QPushButton()
        self.make.setToolTip(tr("Asks the queue for a picture from each of the steps on."))
        self.strip = Strip(
            tr("Pictures with other words from a step on"),
            tr("Return shows one large."),
            notes=3,
        )
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.said.setAccessibleName(tr("Until when other words still change it"))
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.SPACE_2)
        lines.addWidget(row(heading, None, self.save))
        lines.addWidget(self.about)
        lines.addWidget(row(self.prompt, self.make, wide=self.prompt))
        lines.addWidget(self.strip)
        lines.addWidget(self.said)
        self.prompt.textChanged.connect(lambda _: self.show_running(self._is_running))
        self.prompt.returnPressed.connect(self._ask)
        self.make.clicked.connect(self._press)
        self._is_running = False
        self.show_running(False)

    def open(self, prompt: str) -> None:
        """For a picture of these words."""
        self._own = prompt
        self.prompt.setText(prompt)
        self.show_cells(())
        self.say("")

    def show_running(self, running: bool) -> None:
        """Whether any of the pictures is on its way."""
        self._is_running = running
        text = self.prompt.text().strip()
        self.make.setText(tr("Stop") if running else tr("Change the words"))
        self.make.setEnabled(running or (bool(text) and text != self._own.strip()))

    def show_cells(self, cells: tuple[StripCell, ...]) -> None:
        """The pictures as far as they are there; the strip is away where there are none."""
        self.strip.show_cells(cells)
        self.strip.setVisible(bool(cells))

    def say(self, words: str) -> None:
        """What comes of them."""
        self.said.setText(words)
        self.said.setVisible(bool(words))
        self.save.setVisible(bool(words))

    def _press(self) -> None:
        if self._is_running:
            self.stopped.emit()
        else:
            self._ask()

    def _ask(self) -> None:
        if self.make.isEnabled() and not self._is_running:
            self.asked.emit(self.prompt.text().strip())


class PromptChanges(QObject):
    """Follows the picture that is open. `opened` carries a Picture to be seen large, `failed` a
    KnownError."""

    opened = Signal(object)
    failed = Signal(KnownError)

    def __init__(
        self, services: Services, opening: Opening, panel: ChangesPanel, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._opening = opening
        self._panel = panel
        self._picture: RecordedPicture | None = None
        self._wanted = False  # pictures are to be asked for once it is known which are there
        self._turn = 0  # measurements for what was asked for before are dropped
        self._asked: set[int] = set()  # places whose pictures are measured, or were
        self._changed: dict[int, PartsChanged] = {}  # by the step
        self.run = SweepRun(
            services.stores,
            services.service,
            records=services.gallery_tasks,
            images=services.image_tasks,
            parent=self,
        )
        panel.asked.connect(self.ask)
        panel.stopped.connect(self.run.stop)
        panel.strip.opened.connect(self._open)
        self.run.changed.connect(self._follow_run)
        self.run.measured.connect(lambda _: self._show())
        opening.changed.connect(self.follow)

    def follow(self) -> None:
        """Another picture, or another state of it."""
        picture = self._opening.picture if self._opening.state is State.RECORDED else None
        self._panel.setVisible(picture is not None)
        if picture is self._picture:
            return
        self._picture = picture
        self._forget()
        self.run.close()
        if picture is not None:
            self._panel.open(picture.job.request.prompt)

    def _forget(self) -> None:
        self._turn += 1
        self._wanted = False
        self._asked.clear()
        self._changed.clear()

    def ask(self, prompt: str) -> None:
        """Pictures with these words from each of the steps on; what the gallery has of them is
        taken from there."""
        from core.service.insight.steps.prompt_changes import prompt_variations

        picture = self._picture
        if picture is None:
            return
        origin = picture.job.request
        try:
            variations = prompt_variations(origin, prompt, len(picture.steps))
        except InvalidRequest as fault:
            self.failed.emit(fault)
            return
        self._forget()
        self._panel.say("")
        self.run.open(origin, variations, parent=picture.pixels, reference=picture.path)
        self._wanted = True

    # --- while they are made ---

    def _follow_run(self) -> None:
        if self._wanted and self.run.cells:
            self._wanted = False
            refused = next((one.said for one in self.run.cells if one.cell.request is None), "")
            if refused:
                self.failed.emit(KnownError(refused))
            else:
                self.run.begin()
            return
        self._measure()
        self._show()

    def _measure(self) -> None:
        """Those that are made, beside the picture itself."""
        picture = self._picture
        for place, one in enumerate(self.run.cells):
            if picture is not None and one.picture is not None and place not in self._asked:
                self._asked.add(place)
                self._services.image_tasks.submit(
                    partial(_measured, one.picture.path, picture.path),
                    partial(self._there, self._turn, int(one.cell.name)),
                    self.failed.emit,
                )

    def _there(self, turn: int, step: int, changed: PartsChanged | None) -> None:
        if turn == self._turn and changed is not None:
            self._changed[step] = changed
            self._show()

    def _show(self) -> None:
        from core.service.insight.steps.prompt_changes import shares_of

        shares = shares_of(self._changed)
        cells = tuple(
            self._cell(place, one, shares.get(int(one.cell.name)))
            for place, one in enumerate(self.run.cells)
        )
        self._panel.show_cells(cells)
        self._panel.show_running(self.run.is_running)
        if cells and len(shares) == len(cells):
            self._panel.say(self.words())

    def _cell(
        self, place: int, one: CellNow, shares: tuple[float, float, float] | None
    ) -> StripCell:
        value = tr("from step {step}", step=int(one.cell.name) + 1)
        notes: tuple[str, ...]
        if shares is None:
            notes = (self._state(one),)
        else:
            notes = tuple(
                tr("{n} % {part}", n=round(100 * share), part=part)
                for part, share in zip(_parts(), shares, strict=True)
            )
        words = f"{value}: {', '.join(notes)}"
        image = self.run.pictures.get(place)
        if image is None:
            return StripCell(value, words, notes)
        return StripCell(value, words, notes, image)

    def _state(self, one: CellNow) -> str:
        from core.service.sweeps.progress import CellState

        if one.state is CellState.MAKING:
            step, steps = self.run.step
            return tr("Step {step} of {steps}", step=step, steps=steps) if steps else tr("begins")
        words = {
            CellState.WANTED: "",
            CellState.WAITING: tr("waits"),
            CellState.MADE: tr("is measured"),
            CellState.STOPPED: tr("stopped"),
        }
        return words.get(one.state, one.said)

    def _open(self, place: int) -> None:
        cells = self.run.cells
        picture: Picture | None = cells[place].picture if place < len(cells) else None
        if picture is not None:
            self.opened.emit(picture)

    # --- what comes of them ---

    def words(self) -> str:
        """The sentence, with its threshold."""
        from core.service.insight.steps.prompt_changes import STILL, shares_of, still_changes

        still = still_changes(shares_of(self._changed))
        told = [
            tr("{part} from step {step}", part=part, step=step + 1)
            for part, step in zip(
                _parts(), (still.composition, still.colour, still.detail), strict=True
            )
            if step is not None
        ]
        if not told:
            return tr("These words change nothing that could be measured.")
        return tr(
            "Latest steps from which these words still changed at least {n} % of what they change "
            "from the first step on: {parts}. Below a picture stands what share of that was "
            "changed. Another change, noise or model may have others.",
            n=round(100 * STILL),
            parts=", ".join(told),
        )

    def table(self) -> FigureTable | None:
        """The numbers, to be saved with the strip."""
        from core.metadata.a1111 import write
        from core.service.insight.figure_table import FigureTable
        from core.service.insight.steps.prompt_changes import shares_of
        from core.values.picture import Recipe

        picture = self._picture
        if picture is None or not self._changed:
            return None
        shares = shares_of(self._changed)
        return FigureTable(
            name="other-words",
            caption=self.words(),
            scale=tr("Root mean square of 255, and its share of the change from the first step."),
            recipe=write(Recipe(picture.job.request, model_name=picture.job.model.name)),
            columns=(
                "from_step",
                *(f"{part}_rms" for part in ("composition", "colour", "detail")),
                *(f"{part}_share" for part in ("composition", "colour", "detail")),
            ),
            rows=tuple(
                (step + 1, one.composition, one.colour, one.detail, *shares[step])
                for step, one in sorted(self._changed.items())
                if step in shares
            ),
        )


def _parts() -> tuple[str, str, str]:
    return tr("composition"), tr("colour"), tr("detail")


def _measured(path: str, reference: Path) -> PartsChanged | None:
    """Raises KnownError where a file cannot be read."""
    from core.service.insight.steps.prompt_changes import parts_changed
    from core.service.sweeps.figures import pixels_of

    return parts_changed(pixels_of(Path(path)), pixels_of(reference))
