"""What became of an adapter's layers: whether it may be used at all,
and one sentence on what is left out."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.models.files.key_layouts.adapter_forms import AdapterLayers, counted_forms
from core.system.errors import ModelMissing
from core.values.model import Reason

_FAMILY = "Choose a LoRA of the model's family."
_DAMAGED = "Get a new copy of the LoRA."
# of a denoiser's layers: how many without a counterpart make another family likely, and sure
DOUBTFUL = 1 / 3
FOREIGN = 2 / 3

# what is left out, in the order in which it is told: one of them, several of them
_CAUSES = (
    ("layer that this model does not have", "layers that this model does not have"),
    (
        "layer of a text encoder that this model does not have",
        "layers of text encoders that this model does not have",
    ),
    ("layer of another size than the model's", "layers of other sizes than the model's"),
    ("layer whose values are not numbers", "layers whose values are not numbers"),
    ("layer whose parts do not go together", "layers whose parts do not go together"),
    ("bias that this model does not have", "biases that this model does not have"),
    ("layer that is incomplete", "layers that are incomplete"),
    ("tensor of which nothing is known", "tensors of which nothing is known"),
)


@dataclass(slots=True)
class LayerTally:
    """Counts while an adapter is put on. `unmatched` and `denoiser` count the denoiser's layers,
    `text_unmatched` those of encoders."""

    name: str
    layers: AdapterLayers
    applied: int = 0
    denoiser: int = 0
    unmatched: int = 0
    text_unmatched: int = 0
    odd_sizes: list[str] = field(default_factory=list[str])
    no_numbers: int = 0
    damaged: int = 0
    no_bias: int = 0
    incomplete: int = 0

    def check(self) -> None:
        """Raises ModelMissing, with the true cause, where nothing can be applied or the whole would
        not be what it was made to be."""
        whole = f'The LoRA "{self.name}"'
        if self.no_numbers > self.applied:
            raise ModelMissing(
                (
                    f"{whole} holds values that are not numbers (NaN or infinite) in "
                    f"{self._of_all(self.no_numbers)}: its file is damaged."
                ),
                _DAMAGED,
            )
        if self.damaged > self.applied:
            raise ModelMissing(
                (
                    f"{whole} holds parts that do not go together in "
                    f"{self._of_all(self.damaged)}: its file is damaged."
                ),
                _DAMAGED,
            )
        if self.odd_sizes and self._foreign_sizes():
            raise ModelMissing(
                (
                    f"{whole} does not fit this model, of other sizes is what changes "
                    f"{self._of_all(len(self.odd_sizes))} ({self.odd_sizes[0][:200]}): "
                    "it was made for another family."
                ),
                _FAMILY,
            )
        if self.denoiser and self.unmatched > FOREIGN * self.denoiser:
            none = "no layer"
            if self.applied:
                none = f"only {self.denoiser - self.unmatched} of its {self.denoiser} layers"
            raise ModelMissing(
                f"{whole} changes {none} of this model: it was made for another family.", _FAMILY
            )
        if not self.applied:
            raise self._nothing(whole)

    def _of_all(self, count: int) -> str:
        """ "3 of its 12 layers"."""
        every = len(self.layers.parts)
        if count < every:
            return f"{count} of its {every} layers"
        return f"all of its {every} layers" if every > 1 else "its only layer"

    def _nothing(self, whole: str) -> ModelMissing:
        cause = self.layers.why_nothing()
        if cause is not None:
            lacking = cause.reason is Reason.INCOMPLETE
            hint = _DAMAGED if lacking else "Choose a LoRA of another form."
            why = cause.sentence[0].lower() + cause.sentence[1:]
            return ModelMissing(f"{whole} cannot be used: {why}", hint)
        if self.text_unmatched or self.unmatched:
            return ModelMissing(
                f"{whole} changes no layer of this model: it was made for another family.", _FAMILY
            )
        return ModelMissing(
            f"{whole} changes nothing of this model: its layers have no bias to change.",
            "Leave it out.",
        )

    def _foreign_sizes(self) -> bool:
        """Whether other sizes mean another family: what reads the text is of another width,
        or it is more than a tenth."""
        count = len(self.odd_sizes)
        return (
            not self.applied
            or count * 10 > self.applied
            or any("attn2_to_k" in layer or "attn2_to_v" in layer for layer in self.odd_sizes)
        )

    def notes(self) -> tuple[str, ...]:
        """A sentence on what is left out, and one where the adapter seems
        to be another family's."""
        sentences: list[str] = []
        if left := self._left_out():
            words = " and ".join([", ".join(left[:-1]), left[-1]] if len(left) > 1 else left)
            sentences.append(f'The LoRA "{self.name}" also holds {words}; the rest is applied.')
        if self.denoiser and self.unmatched > DOUBTFUL * self.denoiser:
            sentences.append(
                f'The LoRA "{self.name}" seems to be made for another family: {self.unmatched} of '
                f"its {self.denoiser} layers are not in this model."
            )
        return tuple(sentences)

    def _left_out(self) -> list[str]:
        """ "3 layers that are incomplete", for each cause that there is."""
        left: list[str] = []
        if self.layers.foreign:
            left.append(f"{counted_forms(self.layers.foreign)}, which Calotype does not apply")
        counts = (
            self.unmatched,
            self.text_unmatched,
            len(self.odd_sizes),
            self.no_numbers,
            self.damaged,
            self.no_bias,
            self.incomplete,
            self.layers.strange,
        )
        for count, (single, several) in zip(counts, _CAUSES, strict=True):
            if count:
                left.append(f"{count} {single if count == 1 else several}")
        return left
