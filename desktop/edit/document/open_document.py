"""A document that is open: its present state, the steps that undo leads back by, how it looks, and
what is shown of a change that is still being made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QRect, QSize, QTimer, Signal
from PySide6.QtGui import QImage

from core.service.editing.flattening import flattened_rows
from core.system.errors import KnownError
from core.values.editing.choosing import told_apart
from core.values.editing.document import MAX_STEPS, Box, Document
from core.values.editing.kept_document import Step
from desktop.edit.document.differences import (
    common,
    is_restructured,
    mask_difference,
    only_moved,
    picture_difference,
    united,
)
from desktop.edit.document.looks import Looks
from desktop.edit.document.thumbnail import thumbnail
from desktop.edit.document.tile_cache import TileCache
from desktop.edit.pixels.images import image_of, straight
from desktop.edit.pixels.pyramid import Pixels
from desktop.widgets.i18n import tr

Change = tuple[Document, dict[str, bytes]]  # a state and its new tiles
Background = Callable[[Callable[[], object], Callable[[object], None]], None]


def at_once(work: Callable[[], object], then: Callable[[object], None]) -> None:
    """The way to run long work where nobody gave another: here and now."""
    then(work())


class OpenDocument(QObject):
    """`painted`: these pixels of the document look otherwise now, or their mask does; before that,
    `masked`: of the mask these.
    `restructured`: layers, masks, the frame, sizes, what is active. `stepped`: the words of what
    was done or undone. `failed`: a sentence about what could not be. `interrupted`: undo or redo
    was asked for while something is being made, which has to end now. `idle`: what took long has
    come to its end.

    `save` is given each step: the index it was come to from, its words, its state and its new
    tiles, which stay in memory until `saved` names them. `moved` is given the index that undo or
    redo came to. `background` runs what takes long, in the order given.
    """

    painted = Signal(QRect)
    masked = Signal(QRect)
    restructured = Signal()
    stepped = Signal(str)
    failed = Signal(str)
    interrupted = Signal()
    idle = Signal()

    def __init__(
        self,
        steps: Sequence[Step],
        position: int,
        *,
        load_tile: Callable[[str], bytes],
        save: Callable[[int, str, Document, Mapping[str, bytes]], None],
        moved: Callable[[int], None],
        tiles: Mapping[str, bytes] | None = None,
        background: Background = at_once,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.tiles = TileCache(load_tile)
        self.tiles.keep(tiles or {})
        self._steps = list(steps)
        self._position = position
        self._looks = Looks(self.document, self.tiles, self.failed.emit)
        self._save = save
        self._moved = moved
        self._background = background
        self._held_back: list[Callable[[], None]] = []
        self._at_work = 0
        self._moves_at = 0
        self._preparing = QTimer(self, interval=0)
        self._preparing.timeout.connect(self._prepare)

    # --- its steps ---

    @property
    def document(self) -> Document:
        """The present state."""
        return self._steps[self._position].document

    @property
    def position(self) -> int:
        """The index of the present state."""
        return self._position

    @property
    def steps(self) -> tuple[Step, ...]:
        """All states, from the oldest; those behind `position` can be redone to."""
        return tuple(self._steps)

    @property
    def size(self) -> QSize:
        """In pixels, of what is shown now."""
        return QSize(self.shown.width, self.shown.height)

    def step(
        self,
        text: str,
        document: Document,
        tiles: Mapping[str, bytes] | None = None,
        *,
        shown: bool = False,
    ) -> None:
        """Come to another state, which `text` names; `tiles` are those that it has anew. `shown`:
        its pixels are those that are shown already."""
        if document == self.document:
            self.show_present()
            return
        moved = self._looks.is_moving
        if moved:
            self._looks.shown = self.document
        document = told_apart(self.document, document)
        new = dict(tiles or {})
        self.tiles.keep(new)
        came_from = self._position
        del self._steps[came_from + 1 :]
        self._steps.append(Step(text, document))
        if len(self._steps) > MAX_STEPS + 1:
            del self._steps[0]
        self._position = len(self._steps) - 1
        try:
            self._see(document, shown=shown, moved=moved)
        finally:  # what cannot be shown is kept all the same
            self._save(came_from, text, document, new)
        self.stepped.emit(text)
        self._go_on()

    def _see(self, document: Document, *, shown: bool, moved: bool) -> None:
        if not shown:
            self._look(document, moved=moved)
            return
        self._looks.shown = document
        self.tiles.show({})
        self._looks.is_live = False
        if is_restructured(self._steps[self._position - 1].document, document):
            self.restructured.emit()

    def apply(
        self,
        text: str,
        work: Callable[[Document], Change],
        *,
        step: Callable[[str, Document, dict[str, bytes]], None] | None = None,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        """A step that may take long to reckon: done in the background from the present state, and
        again where that has changed meanwhile. `work` may raise KnownError. `step` is called in
        the place of this one's; `ended` where it came to a step, or to none."""
        self._at_work += 1

        def done() -> None:
            self._at_work -= 1
            ended()
            if not self._at_work:
                self.idle.emit()

        self._reckon(text, work, step or self.step, done)

    def is_at_work(self) -> bool:
        """Whether a step is on its way that takes long."""
        return self._at_work > 0

    def _reckon(
        self,
        text: str,
        work: Callable[[Document], Change],
        step: Callable[[str, Document, dict[str, bytes]], None],
        done: Callable[[], None],
    ) -> None:
        begun = self.document

        def reckon() -> object:
            try:
                return work(begun)
            except KnownError as error:
                return error

        def take(result: object) -> None:
            if self.is_changing():
                self._held_back.append(lambda: take(result))
            elif isinstance(result, KnownError):
                self.failed.emit(str(result))
                done()
            elif self.document is not begun:
                self._reckon(text, work, step, done)
            else:
                assert isinstance(result, tuple)
                step(text, *result)
                done()

        self._background(reckon, take)

    def saved(self, names: Iterable[str]) -> None:
        """These tiles are on the disk: they need not stay in memory."""
        self.tiles.saved(names)

    def undo(self) -> str:
        """Back to the state before; the words for it, "" where there is none."""
        if self.is_changing() and not self._settled():
            return tr("What was begun is given up.")
        if self._position == 0:
            return ""
        words = tr("Undone: {what}", what=self._steps[self._position].text)
        return self._move_to(self._position - 1, words)

    def redo(self) -> str:
        """On to the state that was undone last; the words for it, "" where there is none."""
        if self.is_changing() and not self._settled():
            return tr("What was begun is given up.")
        if self._position + 1 >= len(self._steps):
            return ""
        words = tr("Redone: {what}", what=self._steps[self._position + 1].text)
        return self._move_to(self._position + 1, words)

    def _settled(self) -> bool:
        """Whether what was being made has become a step."""
        before = self.document
        self.interrupted.emit()
        return self.document is not before

    def choose_layer(self, layer_id: int) -> None:
        """Make another layer the active one: no step, so that what was undone can still be redone.
        It is kept with the next step."""
        if self.is_changing():
            self._settled()
        step = self._steps[self._position]
        if step.document.layer(layer_id) is not None:
            document = replace(step.document, active_layer=layer_id)
            self._steps[self._position] = replace(step, document=document)
            self._look(document)

    def undo_words(self) -> str:
        """What undo would take back, "" for nothing."""
        return self._steps[self._position].text if self._position else ""

    def redo_words(self) -> str:
        """What redo would do again, "" for nothing."""
        following = self._steps[self._position + 1 :]
        return following[0].text if following else ""

    def _move_to(self, position: int, words: str) -> str:
        self._position = position
        self._look(self.document)
        self._moved(position)
        self.stepped.emit(words)
        return words

    # --- what is shown ---

    @property
    def shown(self) -> Document:
        """The present state with what is still being made of it."""
        return self._looks.shown

    def show(self, document: Document, live: Mapping[str, bytes], box: Box | None) -> None:
        """Show another state for now, whose tiles of `live` change while they are looked at: they
        did within `box`, given in the document; None for whatever differs."""
        self._set_down()
        self.tiles.show(live)
        self._looks.is_live = bool(live)
        if box is None:
            self._look(document)
        else:
            masks = document.masks is not self.shown.masks
            self._looks.shown = document
            self._changed(box, masks=masks)

    def show_moved(self, document: Document) -> None:
        """Show for now a state in which the active layer lies elsewhere, and nothing else differs:
        what lies below and above it is not flattened anew. The step that follows does that."""
        area = picture_difference(self.shown, document)
        self._looks.move_to(document)
        self._paint(area)

    def prepare_move(self, level: int) -> None:
        """The active layer may be moved soon, where all is looked at at this level: what that needs
        is made while nothing else is to do."""
        self._moves_at = level
        self._preparing.start()

    def _prepare(self) -> None:
        if self.is_changing() or self._looks.prepare_move(self._moves_at):
            self._preparing.stop()

    def _set_down(self) -> None:
        """What was moved lies where it was."""
        if self._looks.is_moving:
            area = picture_difference(self.shown, self.document)
            self._looks.put_back(self.document)
            self._paint(area)

    def show_present(self) -> None:
        """What was shown for now is given up."""
        self.show(self.document, {}, None)
        self._go_on()

    def is_changing(self) -> bool:
        """Whether something is shown that is no step yet."""
        return self.shown is not self.document

    def _go_on(self) -> None:
        """With what was ready while something else was being made."""
        waiting, self._held_back = self._held_back, []
        for take in waiting:
            take()

    def _look(self, document: Document, *, moved: bool = False) -> None:
        before = self.shown
        picture = picture_difference(before, document)
        mask = mask_difference(before, document)
        moved = moved or (only_moved(before, document) and self._looks.can_land(document))
        if moved and mask is None:
            self._looks.land(document, picture)
        else:
            self._set_down()
            self._looks.turn_to(document, picture, mask)
        if mask is not None:
            self.masked.emit(QRect(*mask))
        self._paint(united(box for box in (picture, mask) if box is not None))
        if is_restructured(before, document):
            self.restructured.emit()

    def _paint(self, area: Box | None) -> None:
        """Say that it looks otherwise there."""
        if area is not None:
            self.painted.emit(QRect(*area))

    def _changed(self, box: Box, *, masks: bool) -> None:
        seen = common(box, (0, 0, self.shown.width, self.shown.height))
        if seen is not None:
            if masks:
                self._looks.mask_changed(seen)
                self.masked.emit(QRect(*seen))
            else:
                self._looks.picture_changed(seen)
            self.painted.emit(QRect(*seen))

    def seen(self, level: int, box: Box) -> Pixels:
        """Pixels (h, w, 4) of a box at a level, premultiplied as Qt keeps them: see Pyramid."""
        return self._looks.seen(level, box)

    def hurry(self) -> None:
        """Little time is left for `seen_soon` from now on."""
        self._looks.hurry()

    def seen_soon(self, level: int, box: Box) -> Pixels:
        """What `seen` gives, as far as that can be made soon."""
        return self._looks.seen_soon(level, box)

    def unfinished(self) -> QRect:
        """Where `seen_soon` could not make all since `hurry`, in the document."""
        box = self._looks.unfinished
        return QRect() if box is None else QRect(*box)

    def region(self, level: int, box: Box) -> Pixels:
        """What `seen` gives in straight RGBA."""
        return straight(self.seen(level, box))

    def mask_region(self, level: int, box: Box) -> Pixels:
        """The active mask likewise, (h, w)."""
        return self._looks.mask_seen(level, box)

    def rest(self) -> None:
        """It is not looked at for now: what could be made again is given back."""
        self._preparing.stop()
        self._looks.rest()
        self.tiles.clear()

    def bytes_used(self) -> tuple[int, int, int]:
        """Bytes in memory that could be made again: tiles, pixels, masks."""
        return self.tiles.bytes_used(), *self._looks.bytes_used()

    # --- as pictures ---

    def image(self, rect: QRect | None = None) -> QImage:
        """What is shown, flattened, in straight RGBA (Format_RGBA8888)."""
        area = rect or QRect(0, 0, self.shown.width, self.shown.height)
        box = (area.x(), area.y(), area.width(), area.height())
        return image_of(flattened_rows(self.shown, self._looks.readable, box))

    def thumbnail(self, size: QSize) -> QImage:
        """What is shown, small, within `size`; as far as it can be made soon (`unfinished`)."""
        self.hurry()
        return thumbnail(self.seen_soon, self.shown.width, self.shown.height, size)
