"""Figures in words."""

from __future__ import annotations

from desktop.widgets.figures import span_words, time_words


def test_durations_are_well_rounded() -> None:
    assert [time_words(one) for one in (0.2, 5, 89, 100, 3600, 12_000)] == [
        "1 s",
        "5 s",
        "89 s",
        "1.7 min",
        "60 min",
        "3.3 h",
    ]
    assert (
        span_words(2.13, 2.13) == "2.1 s"
        and span_words(0.02, 0.12) == "0.1 s"
        and span_words(0.0, 0.0) == span_words(0.01, 0.03) == "0.1 s"
        and span_words(240, 420) == "4 to 7 min"
        and span_words(50, 110) == "0.8 to 1.8 min"
        and span_words(174, 360) == "3 to 6 min"
    )
    assert (
        span_words(10, 300) == "10 s to 5 min"
        and span_words(3000, 7000) == "0.8 to 1.9 h"
        and span_words(20, 22) == "21 s"
    )
