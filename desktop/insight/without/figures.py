"""The words that were tried as a figure: a sheet of their pictures with both bars, and its
numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QImage, QPainter, QPalette

from desktop.insight.opened.figure_saving import RATIO
from desktop.insight.without.captions import about_words, scale_words, way_name
from desktop.insight.without.effects import draw_effect, row_height
from desktop.insight.without.run import WordTrials
from desktop.widgets import theme
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.insight.figure_table import FigureTable
    from core.service.insight.without.judging import JudgedWord
    from core.service.insight.without.trials import Trial

CELL = 84  # pixels of a picture on the sheet
NAME = 240  # of the words with their bars
_COLUMNS = (
    "word",
    "place",
    "rank",
    "verdict",
    "change",
    "seed",
    "seen to differ (share of pixels)",
    "difference (RMS of 255)",
    "forms (0 to 1)",
    "limit (share of pixels)",
    "limit of difference (RMS of 255)",
    "limit of forms (0 to 1)",
)


def trials_table(trials: WordTrials, recipe: str) -> FigureTable:
    """A row for each picture that was made without words or with a change that means nothing."""
    from core.service.insight.figure_table import FigureTable

    rows = [
        (
            one.word.name,
            one.word.places[0].start,
            rank,
            one.verdict.value,
            change.value,
            seed,
            apart.visible,
            apart.difference,
            apart.forms,
            one.limit,
            one.limit_of_difference,
            one.limit_of_forms,
        )
        for rank, one in enumerate(trials.ranking(), 1)
        for change, effect in (*one.ways, *one.baseline)
        for seed, apart in zip(one.seeds, effect.at_seeds, strict=True)
    ]
    caption = about_words(meaningless_texts(trials))
    return FigureTable("without-words", caption, scale_words(), recipe, _COLUMNS, tuple(rows))


def meaningless_texts(trials: WordTrials) -> tuple[str, ...]:
    """What the prompt became in the changes that mean nothing, and the negative prompt where one of
    its words was tried."""
    from core.service.insight.without.trials import NOTHING_MEANT, meaningless

    picture = trials.picture
    if picture is None:
        return ()
    texts = dict.fromkeys(one.word.is_negative for one in trials.ranking())
    return tuple(
        meaningless(picture.prompts, change, is_negative=is_negative)
        for is_negative in texts
        for change in NOTHING_MEANT
    )


def trials_sheet(trials: WordTrials, palette: QPalette, font: QFont) -> QImage:
    """The pictures as they are in the first row, then a row a word: blanked at each seed, left out
    at each."""
    from core.service.insight.without.trials import Trial

    picture, ranking = trials.picture, trials.ranking()
    assert picture is not None
    seeds = picture.seeds
    ways = max((len(one.ways) for one in ranking), default=1)
    gap = theme.SPACE_1
    wide = NAME + ways * len(seeds) * (CELL + gap) + theme.SPACE_4
    size = (wide, (len(ranking) + 1) * (CELL + gap) + 2 * theme.SPACE_4)
    image = QImage(round(size[0] * RATIO), round(size[1] * RATIO), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(RATIO)
    image.fill(palette.color(QPalette.ColorRole.Window))
    painter = QPainter(image)
    painter.setFont(font)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    _draw_row(painter, trials, [Trial(seed) for seed in seeds], 0)
    painter.setPen(palette.color(QPalette.ColorRole.WindowText))
    words = tr("{way}, at seeds {seeds}", way=_as_it_is(), seeds=", ".join(map(str, seeds)))
    middle = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(QRectF(0, 0, NAME - theme.SPACE_3, CELL), middle, words)
    painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
    top = CELL + gap
    for number, (way, _) in enumerate(ranking[0].ways if ranking else ()):
        at = NAME + number * len(seeds) * (CELL + gap)
        painter.drawText(QRectF(at, top, 3 * CELL, 2 * theme.SPACE_4), middle, way_name(way))
    for number, one in enumerate(ranking):
        top = (number + 1) * (CELL + gap) + 2 * theme.SPACE_4
        _draw_word(painter, one, top, palette)
        row = [
            Trial(seed, way, one.word.is_negative, one.word)
            for way, _ in one.ways
            for seed in seeds
        ]
        _draw_row(painter, trials, row, top)
    painter.end()
    return image


def _as_it_is() -> str:
    from core.service.insight.without.trials import Change

    return way_name(Change.NONE)


def _draw_word(painter: QPainter, one: JudgedWord, top: float, palette: QPalette) -> None:
    height = row_height(painter.fontMetrics().lineSpacing())
    room = QRectF(0, top + (CELL - height) / 2, NAME - theme.SPACE_3, height)
    draw_effect(painter, room, one, palette)


def _draw_row(painter: QPainter, trials: WordTrials, row: list[Trial], top: float) -> None:
    for column, trial in enumerate(row):
        image = trials.image(trial)
        if image is None:
            continue
        most = max(image.width(), image.height())
        wide, high = CELL * image.width() / most, CELL * image.height() / most
        left = NAME + column * (CELL + theme.SPACE_1)
        place = QRectF(left + (CELL - wide) / 2, top + (CELL - high) / 2, wide, high)
        painter.drawImage(place, image)
