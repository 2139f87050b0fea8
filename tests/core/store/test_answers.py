"""Which pictures a question finds, in which order and in which pieces."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from core.service.stores import Stores
from core.values.gallery.question import PictureQuestion
from core.values.picture import Recipe
from core.values.request import Request

PROMPTS = ("a red house", "redwood, a boat", "Crème brûlée", "house boat", "a red boat")


@pytest.fixture
def many(stores: Stores) -> Stores:
    """Forty pictures; each third is a favourite, each fifth lies in the trash."""
    for number in range(40):
        path = Path(stores.places.pictures / "2026-01-02" / f"{number:04}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
        recipe = Recipe(Request(PROMPTS[number % 5], seed=number), model_name="Starter")
        stores.gallery.record(path, recipe, 8, 8)
    stores.gallery.set_favourite(range(1, 41, 3), True)
    stores.gallery.trash(range(1, 41, 7))
    return stores


def _answers(question: PictureQuestion) -> list[int]:
    """By hand: whose words begin as is asked, which are marked, which were thrown away."""

    def matches(number: int) -> bool:
        said = f"{PROMPTS[(number - 1) % 5]} Starter".lower().replace(",", "")
        spoken = said.replace("è", "e").replace("û", "u").replace("é", "e").split()
        words = question.text.removeprefix("is:favourite ")
        *whole, beginning = words.lower().split() or [""]
        fits = set(whole) <= set(spoken) and any(word.startswith(beginning) for word in spoken)
        marked = words == question.text or number % 3 == 1
        return fits and marked and (number % 7 == 1) == question.trashed

    return [number for number in range(40, 0, -1) if matches(number)]


@pytest.mark.parametrize("words", ["", "r", "red", "red bo", "creme", "star", "nothing"])
def test_what_is_found_is_what_stands_there_newest_first(many: Stores, words: str) -> None:
    for marked, trashed in itertools.product(("", "is:favourite "), (False, True)):
        question = PictureQuestion(marked + words, trashed)
        found = many.gallery.find(question)
        assert found is not None and list(found) == _answers(question), question
        assert list(many.gallery.ids(marked + words, trashed=trashed)) == list(found)


@pytest.mark.parametrize("words", ["", "r"])
def test_pieces_make_the_whole(many: Stores, words: str) -> None:
    for marked, trashed in itertools.product(("", "is:favourite "), (False, True)):
        question = PictureQuestion(marked + words, trashed)
        first = many.gallery.find(question, limit=2)
        assert first is not None and len(first) <= 2
        rest = many.gallery.find(question, after=first[-1]) if first else first
        assert rest is not None and [*first, *rest] == _answers(question)
        newer = many.gallery.find(question, above=20)
        assert newer is not None
        assert list(newer) == [number for number in _answers(question) if number > 20]


def test_an_answer_that_nobody_wants_any_more_is_given_up(
    many: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.store.finding.answers.LOOKS_EVERY", 10)
    looks = iter([True, True, False])
    asked: list[int] = []

    def wanted() -> bool:
        asked.append(1)
        return next(looks, False)

    assert many.gallery.find(PictureQuestion(), wanted=wanted) is None
    assert len(asked) >= 3, "on the way"
    found = many.gallery.find(PictureQuestion())
    assert found is not None and len(found) == 34, "and the next question is answered"


def test_which_question_every_picture_answers() -> None:
    assert PictureQuestion().is_plain() and PictureQuestion(" __ ").is_plain()
    for question in (
        PictureQuestion("a"),
        PictureQuestion("is:favourite"),
        PictureQuestion(album=1),
        PictureQuestion(trashed=True),
    ):
        assert not question.is_plain(), question
