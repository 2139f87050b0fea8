"""What a request begins with where nobody has chosen anything."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.models.files.families import Family
from core.service.starting.usual_strength import usual_strength
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture

# what a picture is of and what makes it: no model has defaults for these, and a reset leaves them
CONTENT = (
    "prompt",
    "negative_prompt",
    "template",
    "negative_template",
    "styles",
    "model",
    "seed",
    "loras",
    "start",
    "parent",
    "document",
    "sweep",
    "branch",
    "upscale",
)
# what follows from the document that is edited, and is not chosen
OF_DOCUMENT = frozenset({"width", "height"})


@dataclass(frozen=True, slots=True)
class Usual:
    """For a family of models, over `blank`. `masked`: what is edited has places, or new sides, that
    are made anew."""

    blank: Request
    family: Family
    masked: bool = False

    def request(self, request: Request) -> Request:
        """All that a form begins with which starts from what `request` does."""
        usual = with_defaults(self.blank, self.family)
        return replace(usual, start=replace(usual.start, strength=self.strength(request)))

    def strength(self, request: Request) -> float:
        """How much is made anew of what `request` starts from."""
        masked = self.masked or bool(request.start.mask)
        return usual_strength(request, self.family, masked=masked)

    def followed(self, request: Request, before: Request, was: Usual) -> StartPicture:
        """What `request` starts from; where neither it nor the one `before` has another strength
        than what `was` usual then, with the one that is usual now."""
        start = request.start
        if not before.start.strength == start.strength == was.strength(before):
            return start
        return replace(start, strength=self.strength(request))


def with_defaults(request: Request, family: Family) -> Request:
    """`request` with what the family has a default for."""
    return replace(request, **family.defaults())
