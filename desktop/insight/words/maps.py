"""The maps of the picture that is open, read from its recording in a thread for disks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.system.errors import KnownError, WorldError
from desktop.state.tasks import SerialTasks

if TYPE_CHECKING:
    from core.service.insight.recorded import RecordedPicture
    from core.values.insight.attention import AttentionLook, AttentionMaps, WordsTable


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenWord:
    """A word of a text: the numbers of its tokens, what they say, [start, end) of the prompt as
    written (-1 where it does not stand there), the weight of its brackets, its share of all looks
    at the text, and how that lies over the nine fields, 1 together."""

    group: tuple[int, ...]
    tokens: tuple[str, ...]
    start: int
    end: int
    weight: float
    share: float
    fields: tuple[float, ...]

    @property
    def name(self) -> str:
        """The word as one."""
        return "".join(self.tokens).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenText:
    """A text's maps and its words; `most` is what any word has anywhere."""

    maps: AttentionMaps
    words: tuple[SeenWord, ...]
    most: float


class WordMaps(QObject):
    """`opened` when `table` says what was recorded (None: no words were), `came` when `texts` are
    those that were asked for last, one for each row of the table and None where it was not told.
    `failed` carries a KnownError."""

    opened = Signal()
    came = Signal()
    failed = Signal(KnownError)

    def __init__(self, tasks: SerialTasks, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._turn = 0  # counts pictures: answers for an earlier one are dropped
        self._asked: AttentionLook | None = None  # the newest, not begun yet
        self._reads = False
        self.picture: RecordedPicture | None = None
        self.table: WordsTable | None = None
        self.texts: tuple[SeenText | None, ...] = ()

    def open(self, picture: RecordedPicture | None) -> None:
        """From now on of this picture; None for none."""
        if picture is self.picture:
            return
        self._turn += 1
        self.picture = picture
        self.table = None
        self.texts = ()
        self._asked = None
        self._reads = False
        if picture is not None:
            turn = self._turn
            self._tasks.submit(
                partial(_table, picture.recording),
                partial(self._opened, turn),
                partial(self._fail, turn),
            )

    def look(self, look: AttentionLook) -> None:
        """At this step and depth of all texts, in place of another that was not begun yet."""
        self._asked = look
        if not self._reads:
            self._read()

    @property
    def most(self) -> float:
        """What any word of any text has anywhere."""
        return max((text.most for text in self.texts if text is not None), default=0.0)

    def _opened(self, turn: int, table: WordsTable | None) -> None:
        if turn == self._turn:
            self.table = table
            self.opened.emit()

    def _read(self) -> None:
        look, table, picture = self._asked, self.table, self.picture
        self._asked = None
        if look is None or table is None or picture is None:
            return
        self._reads = True
        turn = self._turn
        self._tasks.submit(
            partial(_texts, picture.recording, table, look),
            partial(self._take, turn),
            partial(self._fail, turn),
        )

    def _take(self, turn: int, texts: tuple[SeenText | None, ...]) -> None:
        if turn != self._turn:
            return
        self._reads = False
        if self._asked is not None:  # somebody went on meanwhile
            self._read()
            return
        self.texts = texts
        self.came.emit()

    def _fail(self, turn: int, fault: KnownError) -> None:
        if turn != self._turn:
            return
        self._reads = False
        if self._asked is not None:  # somebody went on meanwhile
            self._read()
            return
        self.failed.emit(fault)


def _table(recording: Path) -> WordsTable | None:
    from core.service.insight.words.reading import words_table  # numpy

    return words_table(recording)


def _texts(recording: Path, table: WordsTable, look: AttentionLook) -> tuple[SeenText | None, ...]:
    """All rows of the table, as `look` has it. Raises WorldError where none can be read."""
    found: list[SeenText | None] = []
    fault: WorldError | None = None
    for row in table.rows:
        try:
            found.append(_text(recording, look, row.branch, row.part))
        except WorldError as error:  # this text was not told in that step
            found.append(None)
            fault = error
    if fault is not None and not any(found):
        raise fault
    return tuple(found)


def _text(recording: Path, look: AttentionLook, branch: str, part: int) -> SeenText:
    from dataclasses import replace

    from core.service.insight.words.maps import common_scale, words_of
    from core.service.insight.words.reading import attention_maps

    maps = attention_maps(recording, replace(look, branch=branch, part=part))
    words = tuple(_word(maps, group) for group in words_of(maps))
    return SeenText(maps=maps, words=words, most=common_scale(maps))


def _word(maps: AttentionMaps, group: tuple[int, ...]) -> SeenWord:
    from core.service.insight.words.maps import field_shares, share_of, texts_of

    tokens = [maps.tokens[number] for number in group]
    return SeenWord(
        group=group,
        tokens=texts_of(maps, group),
        start=min(token.start for token in tokens),
        end=max(token.end for token in tokens),
        weight=tokens[0].weight,
        share=share_of(maps, group),
        fields=field_shares(maps, group),
    )
