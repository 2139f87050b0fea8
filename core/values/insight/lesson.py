"""A lesson: stops in their order, of each a question, an experiment, what it shows, and a try of
one's own. The guided tour is one."""

from __future__ import annotations

from dataclasses import dataclass

from core.values.request import Request

NO_REFERENCE = -1
NO_ANSWER = -1  # `Stop.happens` where nothing is said to happen
# nothing; the noise and the guess of each step; where each word was looked at; the noise alone
FILMS = ("", STEPS := "steps", WORDS := "words", NOISE := "noise")
# what a try of one's own may change, by the names of the request's fields
TRIED = (
    "prompt",
    "negative_prompt",
    "seed",
    "steps",
    "guidance",
    "schedule",
    "width",
    "height",
)


@dataclass(frozen=True, slots=True)
class TwoTexts:
    """The same told twice: plainly, and exactly; "" exactly where there is nothing to add."""

    simple: str = ""
    exact: str = ""

    def told(self, *, exactly: bool) -> str:
        """The text for one of the two."""
        return (self.exact or self.simple) if exactly else self.simple


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the craft, explained."""

    word: str
    meaning: TwoTexts


@dataclass(frozen=True, slots=True)
class Frame:
    """One look at how a picture came to be: the `picture` by its name, the words below it, and what
    the look itself is called ("": nothing)."""

    picture: str
    words: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture of an experiment: what it is called, what makes it, and by which name a lesson's
    file has it ("": not). `film`: what is shown besides, see FILMS; `frames` are what a file has of
    that, in their order."""

    name: str
    request: Request
    picture: str = ""
    film: str = ""
    frames: tuple[Frame, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnTry:
    """What a person is invited to: `fields`, of TRIED, can be changed of the request."""

    words: str
    request: Request
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One stop. `happens` is the place of the choice that comes true, or NO_ANSWER. `terms` are
    words of the lesson's that are used here, `help` is a page of help that says more ("": none).
    `levels`: the noise levels of each picture are told with it. `reference` is the place of the
    picture that the others are compared with, or NO_REFERENCE. `summary` is what it shows in one
    sentence, for the end of the lesson ("": none)."""

    id: str
    title: str
    intro: TwoTexts
    question: str
    choices: tuple[str, ...]
    happens: int = NO_ANSWER
    shots: tuple[Shot, ...] = ()
    seen: TwoTexts = TwoTexts()
    own_try: OwnTry | None = None
    terms: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    help: str = ""
    levels: bool = False
    reference: int = NO_REFERENCE
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Lesson:
    """All of it. `id` tells lessons apart whose progress is kept."""

    id: str
    title: str
    about: str
    terms: tuple[Term, ...]
    stops: tuple[Stop, ...]

    def term(self, word: str) -> Term | None:
        """The explanation of a word; None for none."""
        return next((term for term in self.terms if term.word == word), None)
