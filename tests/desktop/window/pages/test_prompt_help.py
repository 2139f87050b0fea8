"""The page on prompts: every example of it is understood, and it opens in its window."""

from __future__ import annotations

import re

from core.prompt.prompt_problems import problems_of
from core.prompt.reading.kinds import Kind, Rules
from core.prompt.reading.spans import spans_of
from core.prompt.wildcards.drawing import choice_places
from core.values.program import Program
from desktop.shell.pages.help_page import FOLDER, page_text
from tests.desktop.driving import Open, until


def test_its_examples_are_all_of_the_language_and_understood() -> None:
    text = page_text(FOLDER / "prompt.md")
    blocks = re.findall(r"(?:^    .*\n?)+", text, re.MULTILINE)
    examples = [re.sub("^    ", "", block, flags=re.MULTILINE) for block in blocks]
    kinds = set[Kind]()
    for example in examples:
        kinds |= {span.kind for span in spans_of(example, Rules())}
        hidden = choice_places(example)
        assert problems_of(example, Program.CALOTYPE, 20, hidden) == (), example
    assert kinds == set(Kind) - {Kind.EMBEDDING}, "which is a word like others"


def test_it_opens_beside_the_form(open_app: Open) -> None:
    window = open_app().window
    window.actions_by_id["help.prompt"].trigger()
    page = window.help.pages["prompt"]
    assert page.isVisible() and not page.isModal()
    until(lambda: "alternation" in page.text.toPlainText())
    assert page_text(FOLDER / "none.md").startswith("This page of help is missing")
    page.close()
