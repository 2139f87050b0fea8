"""The room Insight: the steps by which noise became a picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from desktop.shared.context import RoomContext
from desktop.shared.room import BuiltRoom, Room
from desktop.widgets import theme

if TYPE_CHECKING:
    from desktop.insight.desk import InsightDesk


class InsightRoom(BuiltRoom):
    """What the window asks of it; the work is done at its desk."""

    desk: InsightDesk

    def __init__(self, context: RoomContext) -> None:
        from desktop.insight.page import InsightPage

        super().__init__(context.window)
        self._context = context
        self.page = self._page = InsightPage()
        self.first_focus = self._page.tabs

    def slices(self) -> Iterator[None]:
        from desktop.insight.desk import InsightDesk

        self.desk = InsightDesk(self._context, self._page)
        self.first_focus = self.desk.view().first_focus
        yield

    def use_tokens(self, tokens: theme.Tokens) -> None:
        self.desk.use_tokens(tokens)

    def help_texts(self) -> Iterable[tuple[QWidget, str]]:
        return self.desk.help_texts()


INSIGHT = Room(
    id="insight",
    number=5,
    name="Insight",
    icon="insight",
    key="Ctrl+3",
    help="Goes to Insight, where you see step by step how a picture came to be.",
    other_words="steps timeline rewind denoising latents explain recording what went wrong",
    build=InsightRoom,
    modules=(
        "desktop.insight.desk",
        "desktop.insight.page",
        "desktop.insight.rewind.desk",
        "desktop.insight.from_text.desk",
        "desktop.insight.guidance.desk",
        "desktop.insight.words.desk",
        "desktop.insight.wrong.desk",
    ),
    hears=lambda signals: (
        signals.insight_file,
        signals.compare_files,
        signals.tour_asked,
        signals.lesson_file,
        signals.wrong_file,
    ),
)
