"""What happens in Words: the picture's words are recorded where they were not, their maps are read
and shown, and saved as figures."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.system.errors import KnownError
from desktop.insight.opened.figure_saving import RATIO, FigureSaving
from desktop.insight.opened.opening import Opening, State
from desktop.insight.opened.view import BuiltView
from desktop.insight.words.captions import about_words
from desktop.insight.words.figures import map_image, map_table, scaled_image
from desktop.insight.words.maps import WordMaps
from desktop.insight.words.page import WordsPage
from desktop.insight.words.showing import ChosenWords, Showing
from desktop.shared.context import RoomContext
from desktop.widgets import theme
from desktop.widgets.i18n import tr

TOPIC = "insight"


class Words(BuiltView):
    """The parts of the view, and who of them hears whom. For the panel in its column: `chosen` are
    the words that are kept, `chosen_changed` when they are others."""

    chosen_changed = Signal()

    def __init__(self, context: RoomContext, opening: Opening) -> None:
        super().__init__(context.window)
        services = context.services
        self._context = context
        self.opening = opening
        self.page = self.sheet = page = WordsPage()
        self.first_focus = page.record
        self.maps = WordMaps(services.image_tasks, self)
        self.showing = Showing(page, self.maps, services.tokens, self)
        self._saving = FigureSaving(services.image_tasks, context.notice, context.window)
        page.about.setText(about_words())
        self._connect()
        self._see()
        self._follow()

    def _connect(self) -> None:
        page = self.sheet
        self.opening.changed.connect(self._follow)
        self.opening.seen.connect(self._see)
        self.opening.failed.connect(self._fail)
        page.seen.connect(lambda _: self._follow())
        page.record.clicked.connect(self._record)
        page.controls.looked.connect(self._look)
        page.controls.passes.activated.connect(lambda _: self._open_pass())
        page.save.clicked.connect(self._save)
        self.maps.opened.connect(self._open_table)
        self.maps.came.connect(self._show_maps)
        self.maps.failed.connect(self._fail)
        self.showing.chosen_changed.connect(self.chosen_changed)

    @property
    def chosen(self) -> ChosenWords | None:
        """The words that are kept; None where none are, or none were recorded."""
        return self.showing.chosen

    # --- the picture that is open ---

    def _follow(self) -> None:
        """Another picture, or another state of it. Nothing is read while nobody looks."""
        page, opening = self.sheet, self.opening
        if self.maps.picture is not opening.picture or opening.state is not State.RECORDED:
            self.first_focus = page.record
        if opening.state is not State.RECORDED:
            if self.maps.picture is not None:
                self.maps.open(None)
                self.chosen_changed.emit()
            is_there = opening.state not in (State.NOTHING, State.LOOKING)
            page.say(
                _empty_words(opening.state),
                may_record=opening.state is State.UNRECORDED,
                with_panel=is_there,
            )
        elif page.isVisible() and self.maps.picture is not opening.picture:
            page.say("", with_panel=True)
            self.maps.open(opening.picture)

    def _see(self) -> None:
        if not self.opening.image.isNull():
            self.showing.see(self.opening.image)

    def _record(self) -> None:
        self.opening.record(words=True)

    def _open_table(self) -> None:
        """It is known whether words were recorded."""
        page, table = self.sheet, self.maps.table
        if table is None:
            why_not = self._why_no_words()
            page.say(_lacking_words(why_not), may_record=not why_not, with_panel=True)
            return
        self.showing.open_table()
        names = [
            (tr("Pass {n}", n=number + 1), number)
            for number, steps in enumerate(table.steps)
            if steps
        ]
        page.controls.offer(page.controls.passes, names, 0)
        self._open_pass()

    def _why_no_words(self) -> str:
        """Why the words of this picture cannot be recorded; "" where they can."""
        from core.service.insight.words.possible import why_no_words

        picture = self.maps.picture
        if self.opening.with_words:  # they were asked for, and there are none
            return tr("The network of this model does not tell where it looks at words.")
        return "" if picture is None else why_no_words(picture.job.model.family)

    def _open_pass(self) -> None:
        """The steps and the layers of the pass that is chosen, from all steps on."""
        from core.service.insight.words.default_depth import depth_that_suits, finest_first

        controls, table = self.sheet.controls, self.maps.table
        if table is None:
            return
        number = self._number()
        depths = finest_first(table.layers[number])
        suits = depth_that_suits(depths)
        rows = [
            (depth_name(depth) + (tr(", usual") if depth == suits else ""), depth)
            for depth in depths
        ]
        controls.offer(controls.layers, rows, suits)
        controls.open_steps(len(table.steps[number]))
        self._look()

    def _number(self) -> int:
        return int(self.sheet.controls.passes.currentData() or 0)

    def _look(self) -> None:
        """Maps of the step and the layers that are chosen."""
        from core.values.insight.attention import AttentionLook

        controls, table = self.sheet.controls, self.maps.table
        if table is None:
            return
        number, place = self._number(), controls.chosen_step()
        steps = table.steps[number]
        step = steps[place - 1] if place else 0
        if place:
            controls.tell_steps(tr("step {n} of {steps}", n=place, steps=len(steps)))
        else:
            controls.tell_steps(tr("all {steps} steps", steps=len(steps)))
        depth = controls.layers.currentData() or ""
        self.maps.look(AttentionLook(step=step, number=number, depth=depth))

    def _show_maps(self) -> None:
        page = self.sheet
        had_keys = page.record.hasFocus()
        page.show_maps()
        self.first_focus = page.parts[0].words
        if had_keys:
            self.first_focus.setFocus()

    def _fail(self, fault: KnownError) -> None:
        self._context.notice.say(str(fault), problem=True, topic=TOPIC)
        if not self.sheet.has_maps:
            self.sheet.say(str(fault), may_record=True, with_panel=True)

    # --- figures ---

    def _save(self) -> None:
        page, picture, showing = self.sheet, self.maps.picture, self.showing
        if picture is None:
            return
        is_sheet = page.all_words.isChecked()
        text = showing.text()
        found = (text, text.words) if is_sheet and text is not None else showing.shown()
        if found is None:
            return
        drawing = (
            page.sheet.drawn(RATIO)
            if is_sheet
            else map_image(showing.picture, page.viewer.map, showing.opacity)
        )
        table = map_table(
            picture,
            *found,
            caption=page.caption.text(),
            scale=page.scale_said.text(),
            together=not is_sheet,
        )
        self._saving.ask(table, scaled_image(drawing, page.scale))

    # --- what the room asks ---

    def action(self) -> str | None:
        """The page's own button stands for the room's where nothing is recorded."""
        return None if self.opening.state is State.UNRECORDED else ""

    def use_tokens(self, tokens: theme.Tokens) -> None:
        self.showing.use_tokens(tokens)

    def help_texts(self) -> Iterable[tuple[QWidget, str]]:
        page = self.sheet
        return (
            (page.viewer, "Shows where a word was looked at; arrow keys move the cross."),
            (page.sheet, "Shows a small map of each word; Return shows one large."),
        )


def depth_name(depth: str) -> str:
    """How many cells layers have, as people write it."""
    return tr("{w} x {h} cells", w=depth.split("x")[0], h=depth.split("x")[-1])


def _lacking_words(why_not: str) -> str:
    """What stands in the place of maps that were not recorded."""
    return why_not or tr(
        "Where each word was looked at was not recorded with this picture. It can be made again "
        "with its words: the identical picture, in somewhat more time."
    )


def _empty_words(state: State) -> str:
    """What stands in the place of the maps."""
    return {
        State.NOTHING: tr("Choose a picture in the Gallery or in History and press I."),
        State.UNRECORDED: tr(
            "Where each word was looked at is not known of this picture. It can be made again with "
            "its words recorded: the identical picture, in somewhat more time."
        ),
        State.WAITING: tr("The words are shown once the picture is recorded."),
        State.RECORDING: tr("The words are shown once the picture is recorded."),
        State.REFUSED: tr("What is shown here comes from the recording of a picture's steps."),
    }.get(state, "")
