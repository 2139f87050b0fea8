"""The pictures of a stop as they are shown: in Qt's own form, with what is said below each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from core.values.insight.lesson import NOISE, WORDS, Shot, Stop
from desktop.insight.tour.pictures import LessonPictures
from desktop.insight.tour.sheet.own_fields import said_of
from desktop.insight.tour.sheet.shot_parts import Look, ShotSight
from desktop.pictures.comparing.compared import image_of
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.lessons.authoring import MadePicture

Film = tuple[Look, ...]


class Sights:
    """Each picture is brought into Qt's form once."""

    def __init__(self, pictures: LessonPictures) -> None:
        self._pictures = pictures
        self._images: dict[int, tuple[MadePicture, QImage, Film]] = {}  # by the pictures' id()

    def forget_others(self) -> None:
        """Pictures that are not shown any more need no room."""
        tries = (made for each in self._pictures.tries.values() for made in each)
        kept = {*self._pictures.made.values(), *tries}
        self._images = {place: one for place, one in self._images.items() if one[0] in kept}

    def of(self, stop: Stop, *, exactly: bool) -> list[ShotSight]:
        """All pictures of a stop's experiment, in their order."""
        return [
            self._sight(stop, place, shot, exactly=exactly) for place, shot in enumerate(stop.shots)
        ]

    def own(self, stop: Stop) -> list[ShotSight]:
        """A person's last own pictures, the newest first, with what was chosen for each."""
        tries = self._pictures.tries.get(stop.id, ())
        if stop.own_try is None:
            return []
        sights: list[ShotSight] = []
        for number, made in enumerate(tries):
            image = self._image(made)[0]
            is_newest = number == len(tries) - 1
            name = tr("Your picture") if is_newest else tr("Before")
            shape, notes = image.width() / image.height(), said_of(stop.own_try, made.request)
            sights.append(ShotSight(name, shape, image, notes))
        return sights[::-1]

    def _sight(self, stop: Stop, place: int, shot: Shot, *, exactly: bool) -> ShotSight:
        request = shot.request
        made = self._pictures.made.get((stop.id, place))
        levels = _levels(shot) if stop.levels else ()
        told = (_told(levels, exactly=exactly),) if levels else ()
        if made is None:
            shape = request.width / request.height
            return ShotSight(shot.name, shape, QImage(), told, levels=levels)
        image, film = self._image(made)
        notes = (*self._compared(stop, place, made), *told)
        shape = image.width() / image.height()
        if shot.film == NOISE:
            begins = film[0].image if film else QImage()
            return ShotSight(shot.name, shape, image, notes, levels=levels, begins=begins)
        by_word = shot.film == WORDS and all(look.name for look in film)
        return ShotSight(shot.name, shape, image, notes, film, by_word, levels)

    def _compared(self, stop: Stop, place: int, made: MadePicture) -> tuple[str, ...]:
        from core.service.sweeps.noticeable import LEAST_SHARE

        figures = self._pictures.figures.get((stop.id, place))
        reference = self._pictures.reference(stop.id)
        if reference is None or figures is None or figures.visible is None:
            return ()
        name = stop.shots[stop.reference].name
        if made.pixels == reference.pixels:
            return (tr("the same as {name}, pixel by pixel", name=name),)
        if figures.visible <= LEAST_SHARE:
            return (tr("looks like {name}", name=name),)
        share = max(1, round(100 * figures.visible))
        return (
            tr(
                "{much} of it looks unlike {name} ({n} % of its pixels)",
                much=_much(share),
                n=share,
                name=name,
            ),
        )

    def _image(self, made: MadePicture) -> tuple[QImage, Film]:
        known = self._images.get(id(made))
        if known is None or known[0] is not made:
            film = tuple(Look(look.name, look.words, image_of(look.pixels)) for look in made.film)
            known = self._images[id(made)] = (made, image_of(made.pixels), film)
        return known[1], known[2]


def _much(percent: int) -> str:
    """A share in words."""
    words = {
        10: tr("A little"),
        35: tr("A part"),
        65: tr("About half"),
        90: tr("Most"),
    }
    return next((said for most, said in words.items() if percent <= most), tr("Nearly all"))


def _levels(shot: Shot) -> tuple[float, ...]:
    """The noise levels of a picture, by the table that the starter shares with Stable Diffusion."""
    from core.sampling.schedules import sigmas

    return tuple(sigmas(shot.request.schedule, shot.request.steps))


def _told(levels: tuple[float, ...], *, exactly: bool) -> str:
    if not exactly:
        return tr("bars: the noise at the start and after each step")
    return tr("sigma {levels}", levels=" → ".join(f"{level:.3g}" for level in levels))
