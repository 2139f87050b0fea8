"""The recipe sheet alone: what it says, what its ticks and its keys do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.recipes import read_texts
from core.models.files.families import FAMILIES
from core.service.stores import Stores
from core.service.usable_recipe import UsableRecipe, usable_recipe
from desktop.form.panel import SidePanel
from desktop.form.recipe.groups import IDS
from desktop.form.recipe.sheet import RecipeSheet
from desktop.shell.help_texts import is_sentence
from desktop.state.draft import Draft

TEXT = (
    "a boat <lora:glow:0.5>\nNegative prompt: fog\n"
    "Steps: 7, Sampler: Euler, CFG scale: 3.5, Seed: 99, Size: 256x320, Model: dreamshaper_8, "
    "Version: v1.10.1"
)


@pytest.fixture
def sheet(qapp: QApplication) -> Iterator[RecipeSheet]:
    made = RecipeSheet()
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def read(stores: Stores) -> tuple[ParsedRecipe, UsableRecipe]:
    parsed = read_texts({"parameters": TEXT})
    assert parsed is not None
    return parsed, usable_recipe(parsed, stores.library)


def taken(sheet: RecipeSheet) -> list[UsableRecipe]:
    heard: list[UsableRecipe] = []
    sheet.taken.connect(heard.append)
    QTest.keyClick(sheet.take, Qt.Key.Key_Return)
    return heard


def test_return_takes_all_and_says_where_it_comes_from(
    sheet: RecipeSheet, read: tuple[ParsedRecipe, UsableRecipe]
) -> None:
    sheet.show_recipe("theirs.png", *read)
    assert "1.10.1" in sheet.origin.toolTip()
    assert sheet.says["prompt"].text() == "a boat\nWithout: fog"
    assert sheet.says["size"].text() == "256 × 320"
    assert sheet.says["program"].text() == "AUTOMATIC1111, Forge"
    assert sheet.says["rest"].text() == (
        "Steps 7\nGuidance 3.5\nSampler Euler\nSchedule Discrete (the model's own)"
    )
    assert any('LoRA "glow" is not here' in label.text() for label in sheet.findChildren(QLabel))
    (recipe,) = taken(sheet)
    assert recipe.values == read[1].values and recipe.missing == "dreamshaper_8"
    assert not sheet.isVisible()


def test_ticks_are_remembered_and_leave_their_group_out(
    sheet: RecipeSheet, read: tuple[ParsedRecipe, UsableRecipe]
) -> None:
    sheet.restore("seed,nonsense")
    sheet.show_recipe("theirs.png", *read)
    assert not sheet.ticks["seed"].isChecked()
    for group in ("model", "loras", "program", "rest"):
        sheet.ticks[group].click()
    (recipe,) = taken(sheet)
    assert recipe.values == {
        "prompt": "a boat",
        "negative_prompt": "fog",
        "width": 256,
        "height": 320,
    }
    assert recipe.model is None and recipe.missing == ""
    assert sheet.unticked() == "model,loras,seed,program,rest"


def test_loras_come_without_their_prompt(
    sheet: RecipeSheet, read: tuple[ParsedRecipe, UsableRecipe]
) -> None:
    sheet.restore("prompt,model,size,seed,program,rest")
    sheet.show_recipe("theirs.png", *read)
    (recipe,) = taken(sheet)
    assert [(lora.id, lora.weight) for lora in recipe.values["loras"]] == [("glow", 0.5)]  # type: ignore[attr-defined]
    assert set(recipe.values) == {"loras"}


def test_escape_leaves_it_and_what_is_missing_can_be_looked_for(
    sheet: RecipeSheet, read: tuple[ParsedRecipe, UsableRecipe]
) -> None:
    asked: list[str] = []
    heard: list[object] = []
    sheet.find_asked.connect(asked.append)
    sheet.taken.connect(heard.append)
    sheet.show_recipe("theirs.png", *read)
    for button in sheet.finds:
        button.click()
    assert asked == ["dreamshaper_8", "glow"]
    QTest.keyClick(sheet.ticks["seed"], Qt.Key.Key_Escape)
    assert not sheet.isVisible() and not heard


def test_all_of_a_recipe_but_the_way_of_its_program(
    sheet: RecipeSheet, read: tuple[ParsedRecipe, UsableRecipe]
) -> None:
    sheet.show_recipe("theirs.png", *read)
    sheet.ticks["program"].click()
    (recipe,) = taken(sheet)
    assert read[1].values["compatibility"] == "a1111"
    assert recipe.values == {k: v for k, v in read[1].values.items() if k != "compatibility"}


def test_only_one_button_is_the_first_thing_to_do(qapp: QApplication) -> None:
    panel = SidePanel(Draft(FAMILIES["starter"]))
    sheet = RecipeSheet()
    panel.lay_over(sheet)
    panel.show()
    for is_open in (True, False):
        sheet.setVisible(is_open)
        buttons = filter(QPushButton.isVisible, panel.findChildren(QPushButton))
        first = [button for button in buttons if button.objectName() == "primary"]
        assert first == [sheet.take if is_open else panel.generate]
    panel.close()
    panel.deleteLater()


def test_with_no_tick_there_is_nothing_to_take(
    sheet: RecipeSheet, read: tuple[ParsedRecipe, UsableRecipe]
) -> None:
    sheet.restore(",".join(IDS))
    sheet.show_recipe("theirs.png", *read)
    assert not sheet.take.isEnabled() and not taken(sheet)
    assert all(is_sentence(words) for _, words in sheet.help_texts())
