"""The page on what models cannot do well: what it names is there, and what it says is so."""

from __future__ import annotations

import json

from core.service.lessons.tour import guided_tour
from core.system.paths import RESOURCES
from desktop.edit.tools.table import ToolId, row_of
from desktop.insight.views import TOUR, VIEWS
from desktop.shell.pages.help_page import FOLDER, page_text
from desktop.shell.rooms import COMMANDS


def test_what_it_names_is_there() -> None:
    text = page_text(FOLDER / "limits.md")
    assert f"# {COMMANDS['help.limits'].label}" in text
    assert f"**{COMMANDS['help.tour'].label}** (Help menu)" in text
    assert f"the frame ({row_of(ToolId.FRAME).key})" in text
    for room in ("edit", "models"):
        assert f"**{COMMANDS[room].label}**" in text
    assert f"**{COMMANDS['help.prompt'].label}**" in text
    for heading in ("Hands", "Text", "Counting", "Bias inherited from training pictures"):
        assert f"\n## {heading}\n" in text
    last = guided_tour(str).stops[-1]
    assert "The last stop" in text and last.help == "limits"


def test_what_it_says_of_the_starter_is_so() -> None:
    text = page_text(FOLDER / "limits.md")
    world = json.loads((RESOURCES / "starter" / "world.json").read_text())
    assert f"knows {len(world['subjects'])} things" in text
    for thing in ("house", "tree", "boat", "car", "cat", "castle"):
        assert thing in world["subjects"] and thing in text
    assert len(world["colours"]) == 10 and "ten colours" in text


def test_the_page_on_insight_tells_of_the_tour() -> None:
    text = page_text(FOLDER / "insight.md")
    (view,) = (view for view in VIEWS if view.id == TOUR)
    assert f"**{view.name}**" in text
    titles = [stop.title.lower().removeprefix("the ") for stop in guided_tour(str).stops[:-1]]
    assert all(title in text for title in titles)
