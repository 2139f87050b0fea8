"""What a query says, and what of it is not understood."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from core.service.stores import Stores
from core.store.finding.language import FIELDS, MOST_TERMS, parse
from core.store.finding.terms import Being, Between, Made, Named, Size, Words
from core.values.picture import Recipe
from core.values.request import Request


def meanings(text: str) -> list[object]:
    query = parse(text)
    assert not query.problems, query.problems
    return [("not", one.meaning) if one.negated else one.meaning for one in query.terms]


def test_each_kind_of_term_is_read() -> None:
    assert meanings('red "blue boat" -dog hou') == [
        Words(("red",)),
        Words(("blue", "boat"), phrase=True),
        ("not", Words(("dog",), phrase=True)),
        Words(("hou",), begins=True),
    ]
    assert meanings('Model:"Dream 8" -lora:ink tag:sky') == [
        Named("model", "Dream 8", whole=True),
        ("not", Named("lora", "ink")),
        Named("tag", "sky"),
    ]
    assert meanings("steps:>20 cfg:5..7.5 seed:18446744073709551615 rating:<=-1 width:30..10") == [
        Between("steps", 20, None, open=True),
        Between("guidance", 5, 7.5),
        Between("seed", 2**64 - 1, 2**64 - 1),
        Between("rating", None, -1),
        Between("width", 10, 30),
    ]
    assert meanings("size:512x768 size:>1024 is:favorite -has:lora sunn* x") == [
        Size(512, 768),
        Between("size", 1024, None, open=True),
        Being("favourite"),
        ("not", Being("has lora")),
        Words(("sunn",), begins=True),
        Words(("x",), begins=True),
    ]
    year, month, days = meanings("date:2024 date:2024-02 date:2024-02-28..2024-03")
    assert isinstance(year, Made) and isinstance(month, Made) and isinstance(days, Made)
    assert year.low is not None and year.high is not None
    assert round((year.high - year.low) / 86_400) == 366, "a leap year"
    assert month.low is not None and month.high is not None and days.low is not None
    assert round((month.high - month.low) / 86_400) == 29
    assert days.low - month.low == 27 * 86_400


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("colour:red house", "colour:red"),
        ("red steps:many house", "steps:many"),
        ("steps:", None),
        ("steps: red", "steps:"),
        ("red is:lovely", "is:lovely"),
        ("-has:everything red", "-has:everything"),
        ("size:512by768 red", "size:512by768"),
        ("date:2026-13 red", "date:2026-13"),
        ("date:.. red", "date:.."),
        ("seed:.. red", "seed:.."),
        ("date:99999 red", "date:99999"),
    ],
)
def test_what_is_not_understood_is_named_where_it_stands(text: str, wrong: str | None) -> None:
    query = parse(text)
    assert [text[one.start : one.end] for one in query.problems] == ([wrong] if wrong else [])
    for problem in query.problems:
        assert problem.message.endswith(".") and len(problem.message) < 250
    found = [word for one in query.terms for word in getattr(one.meaning, "words", ())]
    assert found == [word for word in text.split() if word in ("red", "house")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        '"',
        '-"',
        "a" * 5000,
        "-w " * 2000,
        '"w" ' * 2000,
        "(red:1.3), [blue|green] <lora:ink:0.5> {a} \\",
        "http://host/path?x=1 12:30 C:\\pictures",
        'model:"',
        "tag:%_\\ lora:' name:)",
        "steps:99999999999999999999999999 seed:-99999999999999999999",
        f"steps:>{'9' * 400} -seed:{'9' * 400}",
        "-folder:\udcff",
        "w model:\udcff",
        "\ud800 tag:\ud800 \0 date:0001 date:9999",
        " ".join(f'{field}:"' for field in FIELDS),
    ],
)
def test_any_text_is_a_question(stores: Stores, text: str) -> None:
    stores.gallery.record(Path("1.png"), Recipe(Request("w a", seed=2**64 - 1)), 8, 8)
    assert len(parse(text).terms) <= MOST_TERMS
    try:
        assert stores.gallery.ids(text) in ((), (1,))
        stores.gallery.suggestions(text, len(text))
    except sqlite3.Error as fault:
        raise AssertionError(text) from fault


def test_names_and_numbers_at_their_ends_are_found(stores: Stores) -> None:
    gallery = stores.gallery
    for number, seed in enumerate((0, 2**63, 2**64 - 1), 1):
        gallery.record(
            Path(f"{number}.png"), Recipe(Request("x", seed=seed), model_name="Ölbild 100%_a"), 8, 8
        )
    gallery.set_tags([2], ["Äpfel*"])
    assert gallery.ids(f"seed:{2**64 - 1}") == (3,) and gallery.ids("seed:0") == (1,)
    assert gallery.ids(f"seed:>{2**63}") == (3,) and gallery.ids(f"seed:<{2**63}") == (1,)
    assert gallery.ids("tag:äpfel") == gallery.ids('tag:"ÄPFEL*"') == gallery.ids("tag:ä*l") == (2,)
    assert (
        gallery.ids("model:ölb")
        == (3, 2, 1)
        == gallery.ids("model:100%_")
        == gallery.ids("model:*a")
    )
    assert gallery.ids("model:100__") == () == gallery.ids('tag:"Äpfel"')
