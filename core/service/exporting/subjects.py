"""A picture that is exported, with all that its name and caption can be made of: one of the
gallery, or a file from anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.values.picture import Picture
from core.values.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """`picture_id` is 0 for a file of no gallery; `rating` 0 to 5, -1 for rejected. `width` and
    `height` in pixels. `known`: what its recipe says itself, by a Request's names; None for all
    of the request."""

    path: Path
    request: Request
    width: int
    height: int
    created: float
    picture_id: int = 0
    model: str = ""
    rating: int = 0
    tags: tuple[str, ...] = ()
    album: str = ""
    known: frozenset[str] | None = None

    @property
    def name(self) -> str:
        """Its file's, without the ending."""
        return self.path.stem

    @property
    def prompt(self) -> str:
        """Its words, as they were meant for the model."""
        return self.request.prompt


def subject_of(picture: Picture, album: str = "") -> Subject:
    """A picture of the gallery, exported from the album of this name or none."""
    return Subject(
        path=Path(picture.path),
        request=picture.request,
        width=picture.width,
        height=picture.height,
        created=picture.created,
        picture_id=picture.id,
        model=picture.model_name,
        rating=picture.rating,
        tags=picture.tags,
        album=album,
        known=None if picture.origin is None else frozenset(picture.origin.known),
    )


def subject_of_file(path: Path) -> Subject:
    """A picture file of any program, with what its recipe says. Raises WorldError where it is no
    readable picture."""
    from core.metadata.reading import open_image
    from core.metadata.recipes import fields_of, read_file
    from core.values.declared.parameter import with_values

    parsed = read_file(path)
    with open_image(path) as image:
        width, height = image.size
    recipe = parsed.recipe
    values = fields_of(parsed)
    request = Request() if recipe is None else recipe.request
    if recipe is None:
        request = with_values(request, {(key,): value for key, value in values.items()})
    own = recipe.created if recipe is not None else 0.0
    return Subject(
        path=path,
        request=request,
        width=width,
        height=height,
        created=own or _changed(path),
        model=str((recipe.model_name if recipe else "") or parsed.request.get("model") or ""),
        known=frozenset(values) if recipe is None else None,
    )


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # it went just now
        return 0.0
