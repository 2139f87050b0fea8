"""Odd recipes of all programs: nothing wrong is said as understood, and what is not is said."""

from __future__ import annotations

from typing import Any

import pytest

from core.metadata.recipes import fields_of, read_texts
from core.values.request import Request
from tests.core.metadata.readers import graphs
from tests.core.metadata.readers.odd_graphs import GRAPHS, sdxl
from tests.core.metadata.readers.odd_texts import TEXTS

ALL = {f"graph: {name}": each for name, each in GRAPHS.items()} | TEXTS


@pytest.mark.parametrize("name", ALL)
def test_what_is_odd_is_read_or_said(name: str) -> None:
    texts, fields, absent, word = ALL[name]
    found = read_texts(texts)
    assert found is not None
    values: dict[str, Any] = fields_of(found)
    Request(**values).check()
    assert {key: found.fields.get(key) for key in fields} == fields
    assert not set(absent) & found.fields.keys()
    assert not set(absent) & found.request.keys()
    notes = (*found.approximated, *found.ignored)
    assert any(word in note for note in notes) or not word, notes


def test_what_is_as_usual_needs_no_word() -> None:
    found = read_texts(graphs.text(sdxl()))
    assert found is not None and not (*found.approximated, *found.ignored)
