"""When composition, colour and detail of the open picture became visible in the model's guess."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from core.system.errors import KnownError
from desktop.insight.opened.figure import Figure, Mark, Series
from desktop.insight.opened.figure_saving import save_button
from desktop.insight.opened.opening import Opening, State
from desktop.insight.opened.plot import PlotView
from desktop.state.tasks import SerialTasks
from desktop.widgets import theme
from desktop.widgets.controls import row
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.emergence import Emergence
    from core.service.insight.figure_table import FigureTable
    from core.service.insight.recorded import RecordedPicture


class BecamePanel(QWidget):
    """The curves of what is there after each step, and a sentence on them."""

    def __init__(self, tokens: theme.Tokens) -> None:
        super().__init__()
        heading = QLabel(tr("When it became visible"))
        heading.setObjectName("heading")
        self.save = save_button(tr("when it became visible"))
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.said.setAccessibleName(tr("When it became visible"))
        self.plot = PlotView(
            tokens,
            tr("What of the picture is there after each step"),
            tr("Left and Right go from step to step."),
            movable=False,
        )
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.SPACE_2)
        lines.addWidget(row(heading, None, self.save))
        lines.addWidget(self.said)
        lines.addWidget(self.plot)
        self.show_emergence(None)

    def show_emergence(self, found: Emergence | None) -> None:
        """Of the open picture; None where no steps of it are known."""
        self.plot.setVisible(found is not None)
        self.save.setVisible(found is not None)
        if found is None:
            self.said.setText(
                tr(
                    "Open a picture and record its steps, to see when its composition, colour and "
                    "detail became visible."
                )
            )
            return
        self.said.setText(became_words(found))
        self.plot.show_figure(_figure(found))


class Becoming(QObject):
    """Follows the picture that is open, and reads its recording for the panel."""

    def __init__(
        self, opening: Opening, tasks: SerialTasks, panel: BecamePanel, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._opening = opening
        self._tasks = tasks
        self._panel = panel
        self._picture: RecordedPicture | None = None
        self.found: Emergence | None = None
        panel.plot.picked.connect(self._speak)
        opening.changed.connect(self.follow)

    def follow(self) -> None:
        """Another picture, or another state of it."""
        picture = self._opening.picture if self._opening.state is State.RECORDED else None
        if picture is self._picture:
            return
        self._picture = picture
        self.found = None
        self._panel.show_emergence(None)
        if picture is None:
            return
        from core.service.insight.emergence import emergence_at

        def there(found: Emergence | None) -> None:
            if picture is self._picture:
                self.found = found
                self._panel.show_emergence(found)

        def failed(fault: KnownError) -> None:
            if picture is self._picture:
                self._panel.said.setText(str(fault))

        self._tasks.submit(partial(emergence_at, picture.recording), there, failed)

    def _speak(self, point: int) -> None:
        if self.found is not None:
            self._panel.plot.speak(_table(self.found).splitlines()[point])

    def table(self) -> FigureTable | None:
        """The numbers of the figure, to be saved with it."""
        from core.metadata.a1111 import write
        from core.service.insight.figure_table import FigureTable
        from core.values.picture import Recipe

        if self.found is None or self._picture is None:
            return None
        request = self._picture.job.request
        return FigureTable(
            name="became-visible",
            caption=became_words(self.found),
            scale=tr("Upwards what of each is there, 0 to 100 %, across the steps."),
            recipe=write(Recipe(request, model_name=self._picture.job.model.name)),
            columns=("step", "composition", "colour", "detail"),
            rows=tuple(
                (one.step, one.composition, one.colour, one.detail) for one in self.found.steps
            ),
        )


def became_words(found: Emergence) -> str:
    """The sentence, with its threshold and what it does not say."""
    from core.service.insight.emergence import MISSING

    became = found.became
    return tr(
        "In the model's guess composition became visible in step {composition}, colour in step "
        "{colour} and detail in step {detail} of {steps}: from there on never more than {missing} "
        "% of it is missing. Composition and detail are waves of more and of less than 64 pixels, "
        "colour is the mean of the whole picture. That says when it could be seen, not what caused "
        "it.",
        composition=became.composition,
        colour=became.colour,
        detail=became.detail,
        steps=len(found.steps),
        missing=round(100 * MISSING),
    )


def _figure(found: Emergence) -> Figure:
    became = found.became
    percent = 100.0
    curves = (
        (tr("composition"), [one.composition for one in found.steps]),
        (tr("colour"), [one.colour for one in found.steps]),
        (tr("detail"), [one.detail for one in found.steps]),
    )
    return Figure(
        across=tr("Step"),
        up=tr("There, %"),
        series=tuple(
            Series(
                name,
                tuple((float(step), percent * share) for step, share in enumerate(shares, 1)),
            )
            for name, shares in curves
        ),
        span=(0.0, percent),
        counts_across=True,
        marks=(
            Mark(became.composition, tr("composition")),
            Mark(became.colour, tr("colour")),
            Mark(became.detail, tr("detail")),
        ),
        table=_table(found),
    )


def _table(found: Emergence) -> str:
    return "\n".join(
        tr(
            "Step {step}: composition {composition} %, colour {colour} %, detail {detail} %.",
            step=one.step,
            composition=round(100 * one.composition),
            colour=round(100 * one.colour),
            detail=round(100 * one.detail),
        )
        for one in found.steps
    )
