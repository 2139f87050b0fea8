"""The picture the form starts from, from a file to the draft: it is kept in the data folder first,
beside everything else, and looked at there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.service.stores import Stores
from core.system.errors import InvalidRequest, KnownError
from core.system.recent import Recent
from core.values.declared.limits import SIZE_STEP
from core.values.request_parts.start_picture import StartPicture
from desktop.state.draft import Draft
from desktop.state.tasks import NetworkTasks
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.service.starting.files import StartSource
    from desktop.state.starting import StartSight

MOST = 50  # looks and names that are remembered, for undo and redo
TOPIC = "start"
Act = Callable[[], object]
Size = tuple[int, int]  # width and height in pixels


class StartChoice(QObject):
    """`changed`: there is something else to say of the picture. `keeping` is the name of the one
    that is being kept, "" where none is; `problem` says in short why the one in the form cannot be
    seen, `trouble` in full."""

    changed = Signal()

    def __init__(self, stores: Stores, draft: Draft, notice: NoticeBar, parent: QObject) -> None:
        super().__init__(parent)
        self.keeping = ""
        self.problem = ""
        self.trouble = ""
        self._stores = stores
        self._draft = draft
        self._notice = notice
        self._errands = NetworkTasks(self._refused, self)
        self._turn = 0  # counts pictures that were asked for: the latest counts
        self._waiting: Act | None = None  # what is done once it is kept
        self._begun = False
        self._shown = self.address  # what `problem` is about
        self._asked = ""  # what is being looked at, or was
        self._names: Recent[str, str] = Recent(MOST)  # of files, by addresses
        self._sights: Recent[str, StartSight] = Recent(MOST)
        draft.changed.connect(self._follow)

    def begin(self) -> None:
        """The window has been painted: files may be read."""
        self._begun = True
        self._look()

    def end(self) -> None:
        """The window closes."""
        self._errands.close()

    # --- what there is ---

    @property
    def address(self) -> str:
        """Of the picture in the form; "" for none."""
        return self._draft.stored().start.source

    def sight(self) -> StartSight | None:
        """How the picture in the form looks; None until it was read."""
        return self._sights.get(self.address)

    def name(self) -> str:
        """What the picture in the form was called; "" where nobody knows any more."""
        return self._names.get(self.address) or ""

    def remember(self, name: str) -> None:
        """What the picture in the form is called, from the last session."""
        if self.address and name:
            self._names.keep(self.address, name)
            self.changed.emit()

    # --- what a person does ---

    def use(self, path: Path) -> None:
        """Start from this file, once it is kept."""
        from desktop.state import starting

        self._turn += 1
        self.keeping = path.name
        self._notice.clear(TOPIC)
        self.changed.emit()
        turn = self._turn

        def kept(there: StartSource) -> None:
            if turn == self._turn:  # else another one was asked for, or none
                self._take(there, path.name)

        def refused(error: KnownError) -> None:
            if turn == self._turn:
                self._refused(error)

        self._errands.submit(partial(starting.keep, self._stores, path), kept, refused)

    def take_away(self) -> None:
        """Start from no picture."""
        self.give_up()
        if self.address:
            self._draft.set_as(tr("Take start picture away"), None, start=StartPicture(), parent="")

    def give_up(self) -> None:
        """What is being kept is not wanted any more."""
        self._turn += 1
        self._waiting = None
        if self.keeping:
            self.keeping = ""
            self.changed.emit()

    def when_kept(self, act: Act) -> None:
        """Do it now, or once the picture that is being kept is in the form; never, where that
        fails."""
        if self.keeping:
            self._waiting = act
        else:
            act()

    def _refused(self, error: KnownError) -> None:
        self.give_up()
        self._notice.say(str(error), problem=True, topic=TOPIC)

    def _take(self, there: StartSource, name: str) -> None:
        """Strength and fit stay where another picture was there before."""
        before = self._draft.stored().start
        start = StartPicture(source=there.address)
        if not before.source:
            start = replace(start, strength=self._draft.usual_strength(start))
        else:
            start = replace(
                start,
                strength=before.strength,
                exact_steps=before.exact_steps,
                fit=before.fit,
            )
        self._names.keep(there.address, name)
        self.keeping = ""
        step = self._draft.history.top()
        self._put(start, (there.width, there.height), there.parent)
        self._look_again()
        if self._draft.history.top() is not step:
            self._tell(name, there.notes)
        act, self._waiting = self._waiting, None
        if act is not None:
            act()

    def _put(self, start: StartPicture, size: Size, parent: str) -> None:
        """Into the form, with the size that goes with it, as one step."""
        if start.fit == "source" and self._cannot_be_own(start, size):
            start = replace(start, fit="crop")
        request = self._draft.stored()
        width, height = request.width, request.height
        if start.fit == "source":
            width, height = self._own_size(start, size)
        self._draft.set_as(
            tr("Start picture"), None, start=start, parent=parent, width=width, height=height
        )

    def _tell(self, name: str, notes: tuple[str, ...]) -> None:
        words = tr("{name} is the start picture now.", name=name)
        self._notice.say(
            " ".join((words, *notes)),
            label=tr("Undo"),
            action=self._draft.undoer(),
            topic="form",
        )

    # --- what the draft says ---

    def _follow(self, names: frozenset[str]) -> None:
        if "start" in names and self.address != self._shown:
            self._show()
        if names & {"start", "width", "height"}:
            self._keep_size()

    def why_not_own_size(self) -> str:
        """A sentence where the picture in the form cannot be made in its own size; "" where it
        can, or nothing is known of it yet."""
        sight = self.sight()
        if sight is None:
            return ""
        return self._cannot_be_own(self._draft.stored().start, (sight.width, sight.height))

    def _cannot_be_own(self, start: StartPicture, size: Size) -> str:
        try:
            self._own_size(start, size)
        except InvalidRequest as error:
            return str(error)
        return ""

    def _own_size(self, start: StartPicture, size: Size) -> Size:
        """The size in which a picture of this size is made, where its own is wanted. Raises
        InvalidRequest where it is beyond all limits."""
        from core.service.remarks.canvas import own_canvas

        name = self.name() or tr("The start picture")
        return own_canvas(start, size, self._draft.family, name)

    def _keep_size(self) -> None:
        """A size that follows the picture is there with it, and comes back where a model brought
        one of its own."""
        sight = self.sight()
        request = self._draft.stored()
        follows = request.start.fit == "source" and request.start.area == "whole"
        if sight is None or not follows or self.why_not_own_size():
            return
        width, height = self._own_size(request.start, (sight.width, sight.height))
        if (width, height) != (request.width, request.height):
            with self._draft.one_step(tr("Size"), follows=True):
                self._draft.set(width=width, height=height)

    def _show(self) -> None:
        """Another picture is in the form, or none."""
        self._shown = self.address
        self._asked = ""
        self.problem = ""
        if self.keeping:  # a recipe or an undo brought it meanwhile
            self.give_up()
        self._look()
        self.changed.emit()

    def _look_again(self) -> None:
        """It is kept now, whatever was missing before."""
        if self.problem:
            self.problem = ""
            self._asked = ""
            self._look()
        self.changed.emit()

    def _look(self) -> None:
        address = self.address
        if address and self._begun and address not in self._sights and address != self._asked:
            from desktop.state import starting

            self._asked = address
            self._errands.submit(
                partial(starting.look, self._stores, address),
                partial(self._seen, address),
                partial(self._missed, address),
            )

    def _seen(self, address: str, sight: StartSight) -> None:
        self._sights.keep(address, sight)
        if address == self.address:
            self._keep_size()
            self.changed.emit()

    def _missed(self, address: str, error: KnownError) -> None:
        if address == self.address:
            self.problem = tr("It is not kept any more: choose its file again, or take it away.")
            self.trouble = str(error)
            self.changed.emit()


def is_of_shape(picture: Size, size: Size) -> bool:
    """Whether a picture fills a size with no more cut off than rounding its sides to the nearest
    multiples of 8 takes."""
    scale = max(size[0] / picture[0], size[1] / picture[1])
    cut = (side * scale - wanted for side, wanted in zip(picture, size, strict=True))
    return max(cut) <= SIZE_STEP / 2
