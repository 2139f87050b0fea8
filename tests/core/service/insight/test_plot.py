"""Curves as SVG and CSV."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET

import pytest

from core.service.insight.plot import HEIGHT, WIDTH, Curve, Plot, csv_of, svg_of

SVG = "{http://www.w3.org/2000/svg}"


def plot(*curves: Curve, logarithmic: bool = False) -> Plot:
    return Plot("A <b>", "Step & more", "Sigma", curves, is_logarithmic=logarithmic)


@pytest.mark.parametrize("logarithmic", [False, True])
@pytest.mark.parametrize(
    "values", [(14.6, 2.0, 0.03), (1.0,), (5.0, 5.0), (1e-7, 1e7), tuple(range(1, 151))]
)
def test_all_that_is_drawn_lies_in_the_drawing(
    values: tuple[float, ...], logarithmic: bool
) -> None:
    points = tuple((float(x), float(y)) for x, y in enumerate(values))
    root = ET.fromstring(svg_of(plot(Curve("a & b", points), logarithmic=logarithmic)))
    assert root.findtext(f"{SVG}title") == "A <b>"
    dots = [
        (float(dot.get("cx", "")), float(dot.get("cy", ""))) for dot in root.iter(f"{SVG}circle")
    ]
    assert len(dots) == len(points)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in dots)
    assert dots == sorted(dots)
    higher = [a[1] > b[1] for a, b in zip(points, points[1:], strict=False) if a[1] != b[1]]
    above = [a[1] < b[1] for a, b in zip(dots, dots[1:], strict=False) if a[1] != b[1]]
    assert higher == above
    assert 4 <= len(list(root.iter(f"{SVG}line"))) <= 40


def test_several_curves_have_names() -> None:
    curves = tuple(Curve(f"curve {n}", ((0.0, float(n)), (1.0, 2.0))) for n in range(3))
    text = svg_of(plot(*curves))
    assert all(f">curve {n}</text>" in text for n in range(3))
    assert "nan" not in text.lower()


def test_the_same_numbers_as_csv() -> None:
    drawn = plot(Curve('a, "b"', ((0.0, 0.1), (1.0, 1 / 3))))
    rows = list(csv.reader(io.StringIO(csv_of(drawn))))
    assert rows == [
        ["curve", "Step & more", "Sigma"],
        ['a, "b"', "0.0", "0.1"],
        ['a, "b"', "1.0", repr(1 / 3)],
    ]
