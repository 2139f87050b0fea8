"""The pictures of a stop as they are shown: in Qt's own form, with what is said below each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from core.values.insight.lesson import Shot, Stop
from desktop.insight.tour.pictures import OWN, LessonPictures
from desktop.insight.tour.shots import ShotSight
from desktop.pictures.comparing.compared import image_of
from desktop.widgets.i18n import tr

if TYPE_CHECKING:
    from core.service.lessons.authoring import MadePicture

Film = tuple[tuple[str, QImage], ...]


class Sights:
    """Each picture is brought into Qt's form once."""

    def __init__(self, pictures: LessonPictures) -> None:
        self._pictures = pictures
        self._images: dict[tuple[str, int], tuple[MadePicture, QImage, Film]] = {}

    def forget_others(self) -> None:
        """Pictures of a lesson that was left need no room any more."""
        kept = {*self._pictures.made.values(), *self._pictures.own.values()}
        self._images = {place: one for place, one in self._images.items() if one[0] in kept}

    def of(self, stop: Stop) -> list[ShotSight]:
        """All pictures of a stop's experiment, in their order."""
        return [self._sight(stop, place, shot) for place, shot in enumerate(stop.shots)]

    def own(self, stop: Stop) -> QImage:
        """A person's own picture; null where there is none."""
        made = self._pictures.own.get(stop.id)
        return QImage() if made is None else self._image((stop.id, OWN), made)[0]

    def _sight(self, stop: Stop, place: int, shot: Shot) -> ShotSight:
        request = shot.request
        made = self._pictures.made.get((stop.id, place))
        levels = (_levels(shot),) if stop.levels else ()
        if made is None:
            return ShotSight(shot.name, request.width / request.height, QImage(), levels)
        image, film = self._image((stop.id, place), made)
        notes = (*self._compared(stop, place, made), *levels)
        return ShotSight(shot.name, image.width() / image.height(), image, notes, film)

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
        return (tr("{n} % of its pixels look unlike {name}", n=share, name=name),)

    def _image(self, place: tuple[str, int], made: MadePicture) -> tuple[QImage, Film]:
        known = self._images.get(place)
        if known is None or known[0] is not made:
            film = tuple((look.words, image_of(look.pixels)) for look in made.film)
            known = self._images[place] = (made, image_of(made.pixels), film)
        return known[1], known[2]


def _levels(shot: Shot) -> str:
    """The noise levels of a picture, by the table that the starter shares with Stable Diffusion."""
    from core.sampling.schedules import sigmas

    levels = sigmas(shot.request.schedule, shot.request.steps)
    return tr("sigma {levels}", levels=" → ".join(f"{level:.3g}" for level in levels))
