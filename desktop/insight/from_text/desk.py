"""What happens in From text to picture: its stations hear of the picture and of its answers."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from core.system.errors import KnownError
from desktop.insight.from_text.answers import Answers
from desktop.insight.from_text.channels import Channels
from desktop.insight.from_text.decoding import Decoding
from desktop.insight.from_text.meaning import Meaning
from desktop.insight.from_text.noise import StartNoise
from desktop.insight.from_text.page import StationsPage
from desktop.insight.from_text.round_trip import RoundTrip
from desktop.insight.from_text.station import Station
from desktop.insight.from_text.steps import Steps
from desktop.insight.from_text.words import Tokens, Words
from desktop.insight.opened.figure_saving import FigureSaving, drawn
from desktop.insight.opened.opening import Opening, State
from desktop.insight.opened.view import BuiltView
from desktop.shared.context import RoomContext
from desktop.widgets import theme
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.from_text.latents import FinishedLatents
    from core.service.insight.recorded import RecordedPicture
    from core.values.insight.questions import PartsAnswer

TOPIC = "insight"


class FromText(BuiltView):
    """The stations, and who of them hears what."""

    def __init__(self, context: RoomContext, opening: Opening) -> None:
        super().__init__(context.window)
        services = context.services
        self._context = context
        self.opening = opening
        self._shown: RecordedPicture | None = None  # of which the stations know
        self._parts: PartsAnswer | None = None
        self._latents: FinishedLatents | None = None
        self.answers = Answers(services.service, services.image_tasks, self)
        self._saving = FigureSaving(services.image_tasks, context.notice, context.window)
        library = services.library
        steps = Steps(self.answers)
        steps.step_asked.connect(opening.step_asked)
        self.stations: dict[str, Station] = {
            "words": Words(),
            "tokens": Tokens(self.answers, library, services.tokens),
            "meaning": Meaning(self.answers, services.tokens),
            "noise": StartNoise(self.answers, services.service),
            "steps": steps,
            "channels": Channels(self.answers),
            "decoding": Decoding(self.answers, services.tokens),
            "round-trip": RoundTrip(self.answers, services.tokens),
        }
        self.page = self.sheet = StationsPage(tuple(self.stations.values()))
        self.first_focus = self.sheet.area
        self.answers.failed.connect(self._complain)
        self.sheet.came.connect(self._follow)
        self.sheet.seen.connect(self._begin)
        opening.changed.connect(self._follow)
        for station in self.stations.values():
            station.save_asked.connect(partial(self._save, station))
        self._follow()

    def _follow(self) -> None:
        """Another picture, or another state of it. Nothing is asked while nobody looks."""
        state = self.opening.state
        if state is not State.RECORDED:
            self._put(None)
            empty = tr("Choose a picture in the Gallery or in History and press I.")
            recorded = tr("What is drawn here comes from the recording of a picture's steps.")
            self.sheet.say(empty if state is State.NOTHING else recorded)
        elif self.sheet.isVisible() and self._shown is not self.opening.picture:
            self._put(self.opening.picture)
            self.sheet.show_stations()

    def _put(self, picture: RecordedPicture | None) -> None:
        if picture is self._shown and picture is None:
            return
        self._shown = picture
        self._parts = None
        self._latents = None
        self.answers.open(picture)
        for station in self.stations.values():
            station.open(picture)
        if picture is not None:
            self._ask(picture)

    def _ask(self, picture: RecordedPicture) -> None:
        """What all stations share."""
        from core.values.insight.questions import PartsQuestion

        self.answers.work(partial(_latents, picture.recording), self._take_latents)
        self.answers.ask(PartsQuestion(), "parts", self._take_parts)

    def _take_parts(self, parts: PartsAnswer) -> None:
        self._parts = parts
        self._know()

    def _take_latents(self, latents: FinishedLatents) -> None:
        self._latents = latents
        self._know()

    def _know(self) -> None:
        for station in self.stations.values():
            station.know(self._parts, self._latents)

    def _begin(self, station: Station) -> None:
        if self._shown is not None and not station.was_seen:
            station.was_seen = True
            station.wait(station.saver is not None)
            station.begin()

    def _save(self, station: Station) -> None:
        from core.metadata.a1111 import write as recipe_text
        from core.values.picture import Recipe

        if self._shown is None:
            return
        job = self._shown.job
        table = station.table(recipe_text(Recipe(job.request, model_name=job.model.name)))
        if table is not None:
            self._saving.ask(table, drawn(station.figure))

    def _complain(self, fault: KnownError) -> None:
        for station in self.stations.values():
            station.wait(False)
        self._context.notice.say(str(fault), problem=True, topic=TOPIC)

    # --- what the room asks ---

    def use_tokens(self, tokens: theme.Tokens) -> None:
        for station in self.stations.values():
            station.use_tokens(tokens)

    def help_texts(self) -> Iterable[tuple[QWidget, str]]:
        return (
            (
                self.sheet.area,
                "Shows the way from the words to the picture, station by station: Tab goes from "
                "one to the next, the arrow keys scroll.",
            ),
        )


def _latents(recording: Path) -> FinishedLatents:
    from core.service.insight.from_text.latents import finished_latents  # numpy

    return finished_latents(recording)
