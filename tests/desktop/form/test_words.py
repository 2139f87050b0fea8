"""What surrounds the words of a form, joined: commands, files that are dropped, pictures whose
words were drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from core.models.library.model_entry import STARTER_ID
from core.prompt.expand import expand
from core.service.making.runner import Outcome
from core.service.stores import Stores
from core.store.forms.presets import Preset, PresetStore, write_presets
from core.values.picture import Picture
from core.values.request import Request
from core.values.request_parts.chosen_style import ChosenStyle
from desktop.form.loras import LorasPanel
from desktop.form.prompt.panel import PromptPanel
from desktop.form.words import FormWords
from desktop.widgets import theme
from desktop.widgets.notices import NoticeBar
from tests.desktop.parts import HeldTasks, put_picture, services_over, starter_library

INK = ChosenStyle("Ink", "{prompt}, in ink")


class Bench:
    """The words of a form in a window of their own."""

    def __init__(self, stores: Stores, qtbot: QtBot) -> None:
        self.stores = stores
        self.tasks = HeldTasks()
        self.library = starter_library(stores, self.tasks.faults)
        self.services = services_over(self.library, stores, self.tasks)
        self.draft = self.services.draft
        self.window, self.notice = QWidget(), NoticeBar()
        for widget in (self.window, self.notice):
            qtbot.addWidget(widget)
        self.prompt = PromptPanel(self.draft, theme.DARK)
        self.words = FormWords(
            self.services,
            self.prompt,
            self.notice,
            self.window,
            take_model=lambda entry: None,
            find=lambda name: None,
            without=frozenset(),
            loras=LorasPanel(self.services.draft),
        )
        column = QVBoxLayout(self.window)
        column.addWidget(self.prompt)
        column.addWidget(self.words.panel)
        self.window.show()

    def picture(self, request: Request) -> Picture:
        (made,) = expand(request.check())
        return replace(put_picture(self.stores), request=made)


@pytest.fixture
def bench(stores: Stores, qtbot: QtBot) -> Iterator[Bench]:
    made = Bench(stores, qtbot)
    yield made
    made.words.end()
    made.prompt.end()
    made.library.end()
    made.services.thumbnails.close()


def test_draws_are_offered_where_there_are_choices(bench: Bench) -> None:
    link = bench.words.panel.draws
    for text, offered in (
        ("a cat", False),
        ("a {red|blue} cat", True),
        ("a {very} cat", False),
        ("a __colour__ cat", True),
        ("", False),
    ):
        bench.prompt.prompt.replace_text(text)
        assert link.isVisible() is offered and bench.words.possible() == {"draws": offered}
    bench.words.panel.chips.add(ChosenStyle("Any", "{prompt}, {oil|ink}"))
    assert link.isVisible()


def test_a_picture_made_with_one_style_shows_it(bench: Bench) -> None:
    woodcut = bench.words.styles.collection
    woodcut.read()
    bench.tasks.run_all()
    style = woodcut.style("Woodcut")
    assert style is not None
    chosen = style.chosen()
    (job,) = bench.stores.jobs.add([Request("a boat", seed=1)])

    def made(request: Request, model: str = "other", colour: str = "red") -> str:
        picture = bench.picture(request)
        picture = replace(picture, request=replace(picture.request, model=model))
        Image.new("RGB", (64, 64), colour).save(picture.path)
        bench.services.service.finished.emit(Outcome(job, picture))
        bench.tasks.run_all()
        return woodcut.style("Woodcut").preview  # type: ignore[union-attr]

    asked = Request("a boat", seed=1, styles=(chosen,))
    assert not made(asked), "of several forms only Create's hears it, which says so"
    bench.services.service.finished.connect(bench.words.offer_preview)
    assert not made(asked, STARTER_ID), "it draws few styles"
    assert not made(Request("a boat", seed=1))
    assert not made(replace(asked, styles=(chosen, INK)))
    assert not made(replace(asked, styles=(replace(chosen, prompt="{prompt}, another"),)))
    preview = made(asked)
    assert preview
    before = Path(preview).read_bytes()
    assert made(asked, colour="blue") == preview and Path(preview).read_bytes() == before


def test_dropped_files_are_styles_or_presets(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name,prompt\nDusk,at dusk\n")
    write_presets(tmp_path / "b.json", [Preset("Mine", Request(steps=7))])
    (tmp_path / "c.json").write_text("{")
    for name in ("a.csv", "b.json", "c.json"):
        bench.words.take_file(tmp_path / name)
        bench.tasks.run_all()
    assert bench.words.styles.collection.style("dusk") is not None
    assert PresetStore(bench.stores.places.presets).all().presets[0].name == "Mine"
    (fault,) = bench.tasks.faults
    assert "The styles of c.json cannot be used" in str(fault)


def test_the_words_of_a_picture_are_shown_and_taken(bench: Bench) -> None:
    made = bench.picture(Request("a {red|blue} cat", "fog", seed=3, styles=(INK,)))
    bench.words.show_words(made)
    dialog = bench.words.words_dialog
    assert dialog is not None and dialog.again.isEnabled()
    shown = [text.toPlainText() for text in dialog.texts]
    assert shown == ["a {red|blue} cat", "fog", "Ink", made.request.prompt, "fog"]
    dialog.take.click()
    form = bench.draft.stored()
    assert (form.prompt, form.negative_prompt, form.styles) == ("a {red|blue} cat", "fog", (INK,))
    assert bench.words.words_dialog is None
    bench.notice.button.click()
    assert bench.draft.stored().prompt == ""


@pytest.mark.parametrize(
    ("prompt", "negative"), [("a cat <lora:ink:0.5>", "{fog|rain}"), ("a {red|blue} cat", "fog")]
)
def test_what_was_typed_without_choices_is_taken_as_it_is(
    bench: Bench, prompt: str, negative: str
) -> None:
    bench.words.show_words(bench.picture(Request(prompt, negative, seed=3)))
    bench.words.words_dialog.take.click()  # type: ignore[union-attr]
    form = bench.draft.stored()
    assert (form.prompt, form.negative_prompt, form.loras) == (prompt, negative, ())


def test_words_are_drawn_again_with_the_same_seed(bench: Bench) -> None:
    made = bench.picture(Request("a {1|2|3|4|5|6|7|8|9} cat", seed=3))
    bench.words.draw_again(made)
    bench.tasks.run_all()
    (job,) = bench.stores.jobs.recent()
    assert job.request.seed == 3 and job.request.template == made.request.template
    bench.words.draw_again(bench.picture(Request("a cat", seed=3)))
    bench.tasks.run_all()
    assert "drawn by chance" in str(bench.tasks.faults[0])


def test_where_only_styles_stand_around_the_words_nothing_is_drawn_again(bench: Bench) -> None:
    bench.words.show_words(bench.picture(Request("a cat", seed=3, styles=(INK,))))
    dialog = bench.words.words_dialog
    assert dialog is not None and dialog.take.isEnabled() and not dialog.again.isEnabled()
    assert "drawn by chance" in dialog.again.toolTip()
    dialog.reject()


def test_a_style_comes_of_a_picture(bench: Bench) -> None:
    bench.words.style_from(bench.picture(Request("a cat in snow", "fog", seed=3, steps=9)))
    dialog = bench.words.styles.dialog
    assert dialog is not None and dialog.prompt.toPlainText() == "{prompt}, a cat in snow"
    assert any(box.text() == "Steps 9" for box, _ in dialog.ticks)
    dialog.reject()
