"""Pictures read from their files in the sizes at which they are drawn, those beside the one that is
seen ahead; what is kept of them has a bound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, QTimer, Signal
from PySide6.QtGui import QImage

from core.store.gallery import Gallery
from core.store.thumbnails import Thumbnails
from core.system.errors import KnownError
from core.system.memory.freed import close_holes
from core.system.regular_files import display_name
from core.values.picture import Picture
from desktop.pictures.actions import why_unread
from desktop.state.tasks import SerialTasks
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from PIL.Image import Image

LARGE = 4096  # pixels of the longer side: what is larger is kept in all its pixels only on demand
SMALLEST = 1400  # pixels of the longer side: nothing smaller is made of a picture
HANGS_MS = 20_000  # after which a file that is read is given up
PATIENCE = 1.0  # seconds that the end of the program waits for what is read just now
AT_ONCE = 4 * 2**20  # bytes that are taken out of an image in one go
MOST = 128 * 2**20  # bytes of all that are kept beside the one that is looked at


@dataclass(frozen=True, slots=True)
class Decoded:
    """`size` is the picture's in its own pixels; `levels` are copies of it, the smallest first, of
    which the last is all of it where `is_whole`. `held` are bytes that an image lies over: images
    of `levels` are drawn, and never kept apart from this value."""

    size: QSize
    levels: tuple[QImage, ...]
    held: bytes | bytearray = b""

    @property
    def is_whole(self) -> bool:
        """Whether every pixel of the picture is there."""
        return self.levels[-1].size() == self.size

    @property
    def taken(self) -> int:
        """Bytes."""
        return sum(image.sizeInBytes() for image in self.levels)

    def level(self, width: float) -> QImage:
        """The smallest that is drawn in so many device pixels without loss, else the largest."""
        fine = (image for image in self.levels if image.width() >= width)
        return next(fine, self.levels[-1])

    def lighter(self) -> Decoded:
        """Of a large picture without the pixels that only a close look needs."""
        if max(self.size.width(), self.size.height()) <= LARGE or len(self.levels) == 1:
            return self
        return Decoded(self.size, self.levels[:-1])


@dataclass(frozen=True, slots=True)
class Unread:
    """In the place of a picture that cannot be read: a sentence, and a small copy where one was
    kept."""

    words: str
    small: Decoded | None = None


def stand_in(size: QSize, image: QImage) -> Decoded:
    """A small copy that is seen until the picture is read."""
    return Decoded(size, (image,))


class UnreadPictures:
    """What is shown of each that cannot be read: why, over its thumbnail. Not for the window's
    thread."""

    def __init__(self, gallery: Gallery, thumbnails: Thumbnails) -> None:
        self._gallery = gallery
        self._thumbnails = thumbnails

    def __call__(self, picture: Picture) -> Unread:
        """Raises WorldError where the database cannot be read."""
        words = why_unread(self._gallery, picture.path)
        small = QImage.fromData(self._thumbnails.get(picture))
        if small.isNull():
            return Unread(words)
        return Unread(words, stand_in(QSize(picture.width, picture.height), small))


def read_decoded(path: Path, *, whole: bool) -> Decoded | None:
    """A picture's file; in all its pixels where it is not large, or `whole`. None where it is no
    readable picture. Not for the GUI thread."""
    decoded = _read(path, whole=whole)
    if decoded is not None and _times_too_large(decoded.size.toTuple()) > 1:  # type: ignore[arg-type]
        close_holes()
    return decoded


def _read(path: Path, *, whole: bool) -> Decoded | None:
    from core.metadata.reading import decoding, in_rgb, open_image

    try:
        with open_image(path) as file, decoding(display_name(path)):
            size = QSize(file.width, file.height)
            seen = file if whole else _no_larger(file)
            file.load()  # an image in RGB is not copied: it may take 256 MB
            if seen.mode != "RGB" or "transparency" in seen.info:
                seen = in_rgb(seen)
            mode = seen.mode
            held = _bytes_of(seen)
            wide, high = seen.width, seen.height
            smaller: list[QImage] = []
            while max(seen.width, seen.height) > 2 * SMALLEST:
                seen = seen.reduce(2)
                smaller.append(_image(seen.tobytes(), seen.width, seen.height, mode).copy())
    except (KnownError, MemoryError):
        return None
    return Decoded(size, (*reversed(smaller), _image(held, wide, high, mode)), held)


def _no_larger(file: Image) -> Image:
    """At most LARGE: before anything else is done to it, as far as its kind allows that; a JPEG is
    decoded smaller at once. Within `decoding`."""
    from core.metadata.reading import in_rgb

    times = _times_too_large(file.size)
    if times == 1:
        return file
    file.draft(file.mode, (file.width // times, file.height // times))
    file.load()
    is_plain = file.mode in ("RGB", "L") and "transparency" not in file.info
    seen = file if is_plain else in_rgb(file)
    times = _times_too_large(seen.size)  # what is left of it
    return seen.reduce(times) if times > 1 else seen


def _times_too_large(size: tuple[int, int]) -> int:
    return max(1, -(-max(size) // LARGE))  # rounded up


def _bytes_of(image: Image) -> bytes | bytearray:
    """As `tobytes`, which takes twice as much meanwhile."""
    line = image.width * len(image.getbands())
    if line * image.height < AT_ONCE:
        return image.tobytes()
    held = bytearray(line * image.height)
    rows = max(1, AT_ONCE // line)
    for top in range(0, image.height, rows):
        bottom = min(top + rows, image.height)
        part = image.crop((0, top, image.width, bottom)).tobytes()
        held[top * line : bottom * line] = part
    return held


def _image(data: bytes | bytearray, width: int, height: int, mode: str) -> QImage:
    """Over these bytes, which Qt does not keep alive."""
    clear = mode == "RGBA"
    kind = QImage.Format.Format_RGBA8888 if clear else QImage.Format.Format_RGB888
    return QImage(data, width, height, width * (4 if clear else 3), kind)


class ReadAhead(QObject):
    """`came` carries the id of a picture that was read, or that cannot be since its file is missing
    or damaged: then `explain` says so, beside the window. Reads in a thread of its own, from
    `start` until `end`, or by `tasks`. A file that does not answer, as on a network that is down,
    is given up, so that it keeps no other one waiting."""

    came = Signal(int)

    def __init__(
        self,
        parent: QObject,
        explain: Callable[[Picture], Unread],
        *,
        most: int = MOST,
        tasks: SerialTasks | None = None,
    ) -> None:
        super().__init__(parent)
        self._explain = explain
        self._most = most
        self._tasks = tasks or self._new_tasks()
        self._owns = tasks is None
        self._kept: dict[int, Decoded | Unread] = {}  # those wanted longest ago first
        self._wanted: tuple[Picture, ...] = ()
        self._whole = False
        self._reading: Picture | None = None
        self._hangs = QTimer(self, interval=HANGS_MS, singleShot=True)
        self._hangs.timeout.connect(self._give_up)

    def _new_tasks(self) -> SerialTasks:
        return SerialTasks(lambda fault: self._refused(fault), self)

    def start(self) -> None:
        """Once it is needed."""
        if self._owns and not self._tasks.is_running():
            self._tasks.start()

    def rest(self) -> None:
        """Read nothing more for now, and keep nothing."""
        self._wanted = ()
        if self._kept:
            self._kept.clear()
            self._tasks.submit(close_holes)

    def end(self) -> None:
        """The program ends."""
        self.rest()
        if self._owns and self._tasks.is_running():
            self._tasks.finish(PATIENCE)

    def has(self, picture_id: int) -> bool:
        """Whether it was read, or cannot be."""
        return picture_id in self._kept

    def get(self, picture_id: int) -> Decoded | None:
        """What was read of it; None where it was not, or cannot be."""
        kept = self._kept.get(picture_id)
        return kept if isinstance(kept, Decoded) else None

    def unread(self, picture_id: int) -> Unread | None:
        """What is shown in its place; None where it was read, or not asked for yet."""
        kept = self._kept.get(picture_id)
        return kept if isinstance(kept, Unread) else None

    def forget(self, picture_id: int) -> None:
        """Its file is another one now."""
        self._kept.pop(picture_id, None)

    def try_again(self) -> None:
        """Files that could not be read may be there now."""
        for picture_id in [one for one, kept in self._kept.items() if isinstance(kept, Unread)]:
            self.forget(picture_id)

    def want(self, pictures: Sequence[Picture], *, whole: bool = False) -> None:
        """The first of these is looked at, `whole` where all its pixels are; the others may come
        next, the likeliest first."""
        self._wanted = tuple(pictures)
        self._whole = whole
        for picture in reversed(self._wanted):  # so that the first is the last to go
            if picture.id in self._kept:
                self._kept[picture.id] = self._kept.pop(picture.id)
        first = self._wanted[0].id if self._wanted else 0
        for picture_id, kept in self._kept.items():
            if isinstance(kept, Decoded) and kept.is_whole and picture_id != first:
                self._kept[picture_id] = kept.lighter()
        self._drop_what_is_too_much()
        self._go_on()

    def _go_on(self) -> None:
        if self._reading is not None:
            return
        picture = self._next()
        if picture is not None:
            self._reading = picture
            whole = self._whole and picture is self._wanted[0]
            self._tasks.submit(partial(self._read, picture, whole), partial(self._there, picture))
            if self._owns:
                self._hangs.start()

    def _read(self, picture: Picture, whole: bool) -> Decoded | Unread:
        decoded = read_decoded(Path(picture.path), whole=whole)
        return self._explain(picture) if decoded is None else decoded

    def _refused(self, fault: KnownError) -> None:
        """By a database that cannot say why a file is not there."""
        if self._reading is not None:
            self._there(self._reading, Unread(str(fault)))

    def _give_up(self) -> None:
        """Its thread is left alone, and another one goes on."""
        picture = self._reading
        if picture is not None:
            self._tasks.finish(0)
            self._tasks = self._new_tasks()
            self._tasks.start()
            words = tr("The drive of this picture does not answer: {path}", path=picture.path)
            self._there(picture, Unread(words))

    def _next(self) -> Picture | None:
        """What is read now: the one that is looked at, then those beside it while they have
        room."""
        taken = 0
        for place, picture in enumerate(self._wanted):
            if place == 0:
                if not self.has(picture.id) or (self._whole and self._lacks_pixels(picture.id)):
                    return picture
                continue
            kept = self.get(picture.id)
            taken += kept.taken if kept is not None else _foreseen(picture)
            if taken > self._most:
                return None
            if not self.has(picture.id):
                return picture
        return None

    def _lacks_pixels(self, picture_id: int) -> bool:
        kept = self.get(picture_id)
        return kept is not None and not kept.is_whole

    def _there(self, picture: Picture, read: Decoded | Unread) -> None:
        self._reading = None
        self._hangs.stop()
        if self._wanted:  # else it was ended meanwhile
            if isinstance(read, Unread) and self.get(picture.id) is not None:
                self._whole = False  # no memory for all its pixels: the smaller copy stays
            else:
                self._kept[picture.id] = read
                self._drop_what_is_too_much()
            self.came.emit(picture.id)
            self._go_on()

    def _drop_what_is_too_much(self) -> None:
        first = self._wanted[0].id if self._wanted else 0
        others = [one for one in self._kept if one != first]
        taken = sum(kept.taken for one in others if (kept := self.get(one)) is not None)
        for picture_id in others:
            if taken <= self._most:
                return
            gone = self._kept.pop(picture_id)
            taken -= gone.taken if isinstance(gone, Decoded) else 0


def _foreseen(picture: Picture) -> int:
    """Bytes that a picture will take, at most about."""
    times = _times_too_large((picture.width, picture.height))
    return 4 * picture.width * picture.height // times**2
