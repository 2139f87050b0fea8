"""A LoRA that is on in some steps only: its line says which, and what is changed there leaves them
as they are."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from core.models.files.families import FAMILIES
from desktop.form.loras import LorasPanel
from desktop.state.draft import Draft


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ("", ""),
        (":start=0.2:stop=0.8", "20 to 80 %"),
        (":start=5:stop=9", "steps 6 to 9"),
        (":start=5", "from step 6"),
    ],
)
def test_the_steps_are_shown_and_kept(qapp: QApplication, steps: str, words: str) -> None:
    draft = Draft(FAMILIES["starter"])
    panel = LorasPanel(draft)
    draft.set(prompt=f"a house <lora:ink:0.7{steps}>")
    (line,) = panel.lines
    assert line.steps.text() == words and line.steps.isHidden() == (not words)
    line.weight.edited.emit(0.4)
    assert draft.request.prompt == f"a house <lora:ink:0.4{steps}>"
    line.on.click()
    assert draft.request.prompt == f"a house <lora:ink:0{steps}>"
    line.on.click()
    assert draft.request.prompt == f"a house <lora:ink:0.4{steps}>"
    panel.deleteLater()
