"""The other ways to generate: sweeps, prompts from a file, pictures until somebody stops."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu

from core.values.request_parts.sweep_place import SweepPlace
from desktop.create.stage import StagePanel
from desktop.form.form import Form
from desktop.form.until_stopped import UntilStopped
from desktop.shared.context import RoomContext
from desktop.state.commands import FILE, Command
from desktop.state.session import AxesKept
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from desktop.create.sweeps import CreateSweeps

HELP = "Opens the other ways: a sweep, prompts from a file, pictures until you stop."
COMMANDS = (
    Command(
        "sweep",
        "Sweep (X/Y/Z plot)",
        FILE,
        key="Ctrl+Shift+G",
        other_words="xyz plot script grid matrix compare parameters vary",
    ),
    Command(
        "prompts-file",
        "Prompts from a file...",
        FILE,
        other_words="textbox script batch lines",
    ),
    Command(
        "until-stopped",
        "Generate until stopped",
        FILE,
        other_words="forever endless loop",
    ),
)


class WaysToGenerate(QObject):
    """`go` brings Create to the front."""

    def __init__(
        self, context: RoomContext, form: Form, stage: StagePanel, go: Callable[[], object]
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._form = form
        self._stage = stage
        self._go = go
        services = context.services
        self.sweeps: CreateSweeps | None = None  # once somebody wants one
        self._axes = AxesKept()  # of the last start, before that
        self.until_stopped = UntilStopped(
            services.service, services.draft, context.notice, form.generate, self
        )
        self.until_stopped.changed.connect(context.signals.possible_changed)
        context.signals.open_sweep.connect(self.open_sweep)
        stage.sweep_asked.connect(self.open_sweep)
        context.current.changed.connect(self._show_cell)
        context.current.following.connect(lambda _: stage.show_sweep(False))

    def offer(self) -> None:
        """The arrow beside Generate, and a menu on the names of parameters."""
        side = self._form.side
        menu = QMenu(side.ways)
        menu.setAccessibleName(side.ways.accessibleName())
        menu.addAction(tr("Generate"), self._form.generate)
        menu.addAction(tr("Sweep (X/Y/Z plot)"), self.sweep)
        menu.addAction(tr("Prompts from a file..."), self.prompts_file)
        until = menu.addAction(tr("Until stopped"), self.switch_until_stopped)
        until.setCheckable(True)
        menu.aboutToShow.connect(lambda: until.setChecked(self.until_stopped.is_on))
        side.offer_ways(menu)
        self._form.parameters.offer_sweeps(self.sweep)
        self._form.prompt.offer_sweeps(self.sweep)

    def axes(self) -> AxesKept:
        """The axes below the prompt, for the next start."""
        return self.sweeps.asking.kept() if self.sweeps is not None else self._axes

    def restore(self, axes: AxesKept) -> None:
        """The axes as they were left; seen at once where they were."""
        self._axes = axes
        if axes.shown:
            self._with_sweeps(lambda _: None)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By id, what commands do."""
        return {
            "sweep": self.sweep,
            "prompts-file": self.prompts_file,
            "until-stopped": self.switch_until_stopped,
        }

    def _with_sweeps(self, act: Callable[[CreateSweeps], object]) -> None:
        """Do something with them once their modules are read and they are built."""

        def build(_: object) -> None:
            if self.sweeps is None:
                from desktop.create.sweeps import CreateSweeps

                self.sweeps = CreateSweeps(self._context, self._form, self._stage)
                self.sweeps.wanted.connect(self._go)
                self.sweeps.asking.restore(self._axes)
            act(self.sweeps)

        if self.sweeps is not None:
            act(self.sweeps)
            return
        read = partial(import_module, "desktop.create.sweeps")
        self._context.services.gallery_tasks.submit(read, build)

    def _show_cell(self) -> None:
        picture = self._context.current.picture
        self._stage.show_cell(picture.request.sweep if picture else SweepPlace())

    def open_sweep(self, sweep_id: str) -> None:
        """Show the sweep of an id on the stage."""
        self._with_sweeps(lambda sweeps: sweeps.open(sweep_id))

    def sweep(self, axis: str = "") -> None:
        """Open the axes, one of them of this name."""
        self._go()
        self._with_sweeps(lambda sweeps: sweeps.asking.open(axis))

    def prompts_file(self) -> None:
        """Ask for a file of prompts, whose lines are an axis."""
        self._go()
        self._with_sweeps(lambda sweeps: sweeps.asking.choose_file())

    def switch_until_stopped(self) -> None:
        """Make pictures until somebody stops, or no more."""
        self._go()
        self.until_stopped.switch()
