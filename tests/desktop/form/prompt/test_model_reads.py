"""What the model reads: tokens, chunks, what is lost, the text of a step; it follows the form."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QColor
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QTextEdit, QWidget

from core.prompt.grammar.plan import plan_prompts
from core.prompt.words_read import ReadChunk, ReadEmbedding, ReadText
from core.service.remarks.model_reading import ModelReading
from core.service.stores import Stores
from core.system.errors import KnownError
from core.values.declared.limits import MAX_PROMPT
from core.values.program import Program
from core.values.request_parts.chosen_style import ChosenStyle
from desktop.form.prompt.language.colours import Look, format_of
from desktop.form.prompt.language.model_reads import NEGATIVE, PROMPT, ModelReads
from desktop.form.prompt.language.token_text import GAP, LEAST_STRENGTH, Kind, show_reading
from desktop.form.prompt.panel import PromptPanel
from desktop.state.draft import Draft
from desktop.state.tasks import NetworkTasks
from desktop.widgets import theme
from tests.desktop.driving import until
from tests.desktop.form.prompt.test_highlighter import contrast
from tests.desktop.parts import starter_library


class Opened:
    """The window over a draft, with the real starter's tokenizer."""

    def __init__(self, stores: Stores) -> None:
        self.faults: list[KnownError] = []
        self.library = starter_library(stores, self.faults)
        draft = self.library.parent() or self.library.findChild(Draft)
        assert isinstance(draft, Draft)
        self.draft = draft
        self.parent = QWidget()
        self.tasks = NetworkTasks(self.faults.append)
        self.dialog = ModelReads(
            draft,
            self.library,
            stores.places.wildcards,
            self.tasks,
            theme.DARK,
            self.parent,
        )
        self.read = QSignalSpy(self.dialog.read)

    def text(self, field: str = PROMPT) -> str:
        """What it shows once it has read."""
        before = self.read.count()
        self.dialog.open_for(field)
        until(lambda: self.read.count() > before)
        return self.shown()

    def shown(self) -> str:
        """What it shows now, its words whole."""
        return self.dialog.body.toPlainText().replace(GAP, "")


@pytest.fixture
def opened(qapp: QApplication, stores: Stores) -> Iterator[Opened]:
    made = Opened(stores)
    yield made
    made.dialog.close()
    made.tasks.close()
    made.library.end()


def test_each_step_has_its_text_and_the_form_is_followed(opened: Opened) -> None:
    dialog, draft = opened.dialog, opened.draft
    draft.set(steps=10)
    draft.set(prompt="a [cat:dog:0.5] AND snow :0.5", negative_prompt="a AND b")
    shown = opened.text()
    assert not dialog.steps.isHidden() and "changes at step 6" in dialog.of_steps.text()
    assert shown.count("Chunk 1") == 2 and "Text 2 of 2, weight 0.5" in shown
    assert "cat" in shown and "dog" not in shown
    dialog.step.setValue(6)
    assert "dog" in opened.shown() and "cat" not in opened.shown()
    assert opened.text(NEGATIVE).count("Chunk 1: 3 of 75 tokens") == 1, "AND is a word there"
    assert dialog.steps.isHidden()
    draft.set(negative_prompt="snow BREAK " + "red " * 80)
    until(lambda: "Chunk 3: 5 of 75 tokens" in opened.shown())
    assert "Chunk 1: 1 of 75" in opened.shown()
    draft.set(prompt="(" * 9 + "a" + ":99)" * 9 + "(" * 200, negative_prompt="")
    dialog.set_colours(theme.LIGHT)
    assert opened.text()


def test_the_words_of_styles_are_read_too(opened: Opened) -> None:
    opened.draft.set(prompt="a house # mine", styles=(ChosenStyle("S", "red {prompt}, snow", "b"),))
    assert "red a house , snow" in opened.text().replace("  ", " ")
    assert "Chunk 1: 1 of 75 tokens" in opened.text(NEGATIVE)
    opened.draft.set(prompt="a " * (MAX_PROMPT // 2))
    assert 'With the style "S" the text is longer' in opened.text()


def test_the_number_of_tokens_is_that_of_what_is_sent(opened: Opened) -> None:
    panel = PromptPanel(opened.draft, theme.DARK)
    entry = opened.library.entry(opened.draft.request.model)
    assert entry is not None
    panel.use_model(entry)

    def shown() -> tuple[str, ...]:
        return tuple(label.text() for label in panel.counts.values())

    opened.draft.set(prompt="a house", negative_prompt="snow")
    until(lambda: shown() == ("2/75", "1/75"))
    opened.draft.set(styles=(ChosenStyle("S", "red {prompt}", "a"),))
    until(lambda: shown() == ("3/75", "3/75"))
    opened.draft.set(styles=())
    until(lambda: shown() == ("2/75", "1/75"))
    panel.end()


def test_a_fault_is_a_sentence(opened: Opened) -> None:
    opened.draft.set(prompt="<lora:/x/y:1>")
    assert "names a path" in opened.text()
    opened.draft.set(prompt="a house")
    assert "Chunk 1: 2 of 75" in opened.text()
    assert opened.faults == []


def test_what_is_lost_and_what_is_an_embedding_can_be_seen(qapp: QApplication) -> None:
    used = ReadChunk(
        "text_encoder",
        ("pho", "to</w>", "emb", "emb", "a</w>"),
        (1, 2, 3, 3, 4),
        (1.0, 1.0, 1.2, 1.2, 0.0),
        (ReadEmbedding("emb", 2, 2),),
        words=("pho", "to ", "emb ", "emb ", "a "),
    )
    lost = ReadChunk("text_encoder", ("b</w>",), (5,), (1.0,), is_used=False, words=("b ",))
    branches = plan_prompts("x", "", Program.CALOTYPE, 4).positive
    texts = (ReadText("text_encoder", "x", (used, lost), ("dog",)),)
    view = QTextEdit()
    show_reading(view, ModelReading(branches, texts, 4, 7, is_drawn=True), 1, theme.DARK)
    assert view.toPlainText().split("\n") == [
        "Choices are drawn by seed 7.",
        "Chunk 1: 5 of 75 tokens",
        f"pho{GAP}to emb (2 tokens) a",
        "Chunk 2: 1 of 75 tokens, lost: they reach no picture",
        "b",
        "Lost, as the model has no tokens for it: dog",
    ]


@pytest.mark.parametrize("tokens", [theme.DARK, theme.LIGHT])
def test_boxes_are_legible(tokens: theme.Tokens) -> None:
    looks = [Look(Kind.WORDS, strength) for strength in (-4, *range(LEAST_STRENGTH, 5))]
    for look in (*looks, Look(Kind.EMBEDDING)):
        for ground in (tokens.raised, tokens.window):
            found = contrast(format_of(look, tokens).foreground().color(), QColor(ground))
            assert found >= 4.5, (look, ground, found)
