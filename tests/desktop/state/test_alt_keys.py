"""Menus open by Alt and a letter, in any language."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from desktop.state.commands import MENUS, with_alt_keys

TITLES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="&"), max_size=12))


def letter(title: str) -> str:
    return title.partition("&")[2][:1].lower()


def test_english_menus_have_their_first_letters_where_they_can() -> None:
    assert [letter(title) for title in with_alt_keys(MENUS)] == list("feplsvh")


def test_a_title_that_begins_like_another_gets_its_next_letter() -> None:
    assert with_alt_keys(["Ansicht", "Auswahl", "Au"]) == ["&Ansicht", "A&uswahl", "Au"]


def test_a_sign_for_and_stays_one() -> None:
    assert with_alt_keys(["& Co", "A & B"]) == ["&& &Co", "&A && B"]


@given(TITLES)
def test_no_letter_opens_two_menus_and_no_title_changes(titles: list[str]) -> None:
    marked = with_alt_keys(titles)
    assert [title.replace("&", "") for title in marked] == titles
    letters = [letter(title) for title in marked if "&" in title]
    assert len(set(letters)) == len(letters)
    for title, shown in zip(titles, marked, strict=True):
        free = [sign for sign in title if sign.isalnum() and sign.lower() not in letters]
        assert "&" in shown or not free
