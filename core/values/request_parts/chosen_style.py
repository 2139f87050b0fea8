"""A style as a request holds it: its words, whatever becomes of the file that they came from."""

from __future__ import annotations

from dataclasses import dataclass

from core.system.errors import InvalidRequest

MOST_STYLES = 32  # in one request
LONGEST = 20_000  # characters of one of its texts
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class ChosenStyle:
    """Words that are put around both texts; with `on` off they wait. `applied`: the request's texts
    hold them already, and the name only says where they came from."""

    name: str
    prompt: str = ""
    negative: str = ""
    on: bool = True
    applied: bool = False

    @property
    def counts(self) -> bool:
        """Whether its words are still to be put around the texts."""
        return self.on and not self.applied

    def check(self) -> None:
        """Raises InvalidRequest for texts beyond the limits."""
        longest = max(len(self.prompt), len(self.negative))
        if longest > LONGEST or len(self.name) > LONGEST_NAME:
            raise InvalidRequest(
                "styles",
                f'The style "{self.name[:60]}" is longer than {LONGEST:,} characters.',
                "Shorten it, or take it out.",
            )


def with_style(styles: tuple[ChosenStyle, ...], style: ChosenStyle) -> tuple[ChosenStyle, ...]:
    """One more, behind the others; one of this name, in whatever case, is replaced where it
    stands."""
    same = [old.name.casefold() == style.name.casefold() for old in styles]
    if not any(same):
        return (*styles, style)
    return tuple(style if it else old for it, old in zip(same, styles, strict=True))


def check_styles(styles: tuple[ChosenStyle, ...]) -> None:
    """Raises InvalidRequest for too many, and as `ChosenStyle.check` does."""
    if len(styles) > MOST_STYLES:
        raise InvalidRequest(
            "styles",
            f"{len(styles)} styles are chosen.",
            f"Choose at most {MOST_STYLES}.",
        )
    for style in styles:
        style.check()
