"""Lines of the program whose picture is made, of where its noise is drawn, and of how words are
weighed."""

from __future__ import annotations

from dataclasses import replace

from core.values.declared.parameter import parameters
from core.values.noise import USUAL_NOISE, Noise
from desktop.form.parameters.lines import ChoiceLine
from desktop.state.draft import Draft


class ProgramLine(ChoiceLine):
    """Another program's ways, and its noise with them."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "compatibility")

    def fill(self) -> None:
        for program, name in (self.declared.choices or {}).items():
            self.combo.addItem(name, program)  # names of programs are in no language

    def chosen(self) -> None:
        program = str(self.combo.currentData())
        noise = replace(self.draft.request.noise, source=USUAL_NOISE[program])
        self.draft.set(compatibility=program, noise=noise)


class EmphasisLine(ChoiceLine):
    """There where a prompt's weights are ours to apply."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "emphasis", follows=("model",))

    def offered(self) -> bool:
        return not self.draft.family.pipeline


class NoiseLine(ChoiceLine):
    """Of all that is known of the noise, only its source is chosen here."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, "noise", declared=parameters(Noise)["source"])

    def chosen(self) -> None:
        source = self.combo.currentData()
        self.draft.set(noise=replace(self.draft.request.noise, source=source))

    def refresh(self) -> None:
        self.combo.setCurrentIndex(self.combo.findData(self.draft.stored().noise.source))
