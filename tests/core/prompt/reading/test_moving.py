"""Weights and phrases that keys move: of what, and that nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.prompt.a1111 import change_weight
from core.prompt.loras import change_lora_weight
from core.prompt.reading.phrases import move_phrase


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a r^ed house", "a (red:1.1) house"),
        ("(red ho^use:1.2), b", "(red house:1.3), b"),
        ("(red house:1.^2)", "(red house:1.3)"),
        ("((a ^b) c:1.4)", "((a b:1.2) c:1.4)"),
        ("((a b) ^c:1.4)", "((a b) c:1.5)"),
        ("(a:0.9^)", "a"),
        ("(a b) c^", "(a b) (c:1.1)"),
        ("(a ^b", "(a (b:1.1)"),
        ("\\(a b^\\)", "\\(a (b:1.1)\\)"),
        ("a , ^ , b", "a ,  , b"),
        ("😀 (ש^ b:1.1)", "😀 (ש b:1.2)"),
    ],
)
def test_the_bracket_around_goes_before_the_word(text: str, expected: str) -> None:
    at = text.index("^")
    assert change_weight(text.replace("^", ""), at, at, 0.1)[0] == expected


def test_what_is_chosen_is_weighed_and_stays_chosen() -> None:
    text, start, end = change_weight("a red house, b", 2, 11, 0.1)
    assert (text, text[start:end]) == ("a (red house:1.1), b", "red house")
    text, start, end = change_weight(text, start, end, 0.1)
    assert (text, text[start:end]) == ("a (red house:1.2), b", "red house")
    inner, start, end = change_weight(text, 3, 6, 0.1)
    assert (inner, inner[start:end]) == ("a ((red:1.1) house:1.2), b", "red")
    assert change_weight("(a b)", 1, 4, -0.1)[0] == "a b"


def test_a_tag_has_its_own_weight() -> None:
    for text, at, expected in (
        ("a <lora:glow:0.8>", 5, "a <lora:glow:0.9>"),
        ("<lora:glow>", 3, "<lora:glow:1.1>"),
        ("<lora:g:te=0.5:unet=1>", 3, "<lora:g:0.6:1.1>"),
        ("<lora:g:20>", 3, "<lora:g:20>"),
    ):
        found = change_lora_weight(text, at, 0.1)
        assert found is not None and found[0] == expected
        assert found[0][found[1] : found[2]].startswith("<lora:")
    assert change_lora_weight("<lora:a:1> b", 11, 0.1) is None
    assert change_lora_weight("<lora:/x/y:1> b", 3, 0.1) is None


@pytest.mark.parametrize(
    ("text", "backwards", "forwards"),
    [
        ("a, b^b, c", "bb^, a, c", "a, c, bb"),
        ("^a, b", None, "b, a"),
        ("(x, y^ z:1.2), b", "(y z, x:1.2), b", None),
        ("(x, y:1.^2), b, c", None, "b, (x, y:1.2), c"),
        ("c, (red ho^use:1.2), b", "(red house:1.2), c, b", "c, b, (red house:1.2)"),
        ("[a:b^:0.5], {c|d}", None, "{c|d}, [a:b:0.5]"),
        ("[a, b^:c, d:0.5], e", "[b, a:c, d:0.5], e", None),
        ("{a, b|c^, d}", None, "{a, b|d, c}"),
        ("a, <lora:x,y:1>^, b", "<lora:x,y:1>, a, b", "a, b, <lora:x,y:1>"),
        ("a\n\nb^, # no, c\nd", "b\n\na, # no, c\nd", "a\n\nd, # no, c\nb"),
        ("a AND b^ BREAK c", "b AND a BREAK c", "a AND c BREAK b"),
        ("a, ( b^, c", "( b, a, c", "a, c, ( b"),
        ("a,,  😀^ ,b", "😀,,  a ,b", "a,,  b ,😀"),
        ("^", None, None),
        (" , ^, ", None, None),
    ],
)
def test_a_phrase_changes_places_with_its_neighbour(
    text: str, backwards: str | None, forwards: str | None
) -> None:
    at = text.index("^")
    bare = text.replace("^", "")
    for expected, way in ((backwards, False), (forwards, True)):
        wanted = bare if expected is None else expected.replace("^", "")
        assert move_phrase(bare, at, at, forwards=way)[0] == wanted


@settings(max_examples=80)
@given(
    st.text(alphabet="ab,:|()[]{}\n\\<# ", max_size=24),
    st.integers(0, 24),
    st.integers(0, 24),
    st.booleans(),
)
def test_nothing_is_lost_and_the_way_back_is_the_other_key(
    text: str, start: int, end: int, forwards: bool
) -> None:
    start, end = sorted((min(start, len(text)), min(end, len(text))))
    moved, new_start, new_end = move_phrase(text, start, end, forwards=forwards)
    assert sorted(moved) == sorted(text)
    chosen = text[start:end]  # blanks between phrases belong to none
    assert 0 <= new_start <= new_end <= len(text)
    is_one = not (set(chosen) & {",", "\n", "#"}) and not chosen.isspace()
    assert moved[new_start:new_end].strip() == chosen.strip() or moved == text or not is_one
