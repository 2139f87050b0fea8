"""The T5 text encoder of newer models: one long row of tokens, weights as ComfyUI applies them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from safetensors import SafetensorError

from core.engine.diffusion.families.source import FolderSource
from core.engine.diffusion.parts import eight_bit
from core.engine.diffusion.parts.conditioning import weighed
from core.engine.diffusion.parts.device import ComputeDevice, ready
from core.engine.diffusion.parts.embeddings import vectors_in_table
from core.prompt.embeddings import ids_with
from core.prompt.tokens.pieces import without_surrogates
from core.prompt.weighing import weighted_pieces
from core.system.errors import ModelMissing
from core.values.program import Program
from core.values.request_parts.emphasis import Emphasis


@dataclass(frozen=True, slots=True)
class T5Tower:
    """A tokenizer and its encoder; `length` tokens are always given,
    the rest of a longer prompt is left out."""

    tokenizer: Any
    encoder: Any
    length: int
    vectors: Mapping[str, torch.Tensor] = field(default_factory=dict[str, torch.Tensor])
    program: Program = Program.CALOTYPE
    emphasis: Emphasis = Emphasis.AUTO

    @torch.no_grad()
    def encode(self, prompt: str, device: torch.device) -> torch.Tensor:
        """(1, length, width) float32; a weight moves its tokens' states away from the empty
        prompt's, unless another emphasis is asked for. Raises InvalidRequest where brackets weigh
        too much to be reckoned."""
        ids, weights = self._tokens(prompt)
        states = self._states(ids, device)
        if all(weight == 1.0 for weight in weights):
            return states
        padded = weights + [1.0] * (self.length - len(weights))
        factors = torch.tensor(padded, device=device).view(1, -1, 1)
        if self.emphasis in (Emphasis.ORIGINAL, Emphasis.NO_NORM):
            return weighed(states, factors, restored=self.emphasis is Emphasis.ORIGINAL)
        empty = self._states(self._tokens("")[0], device)
        return (states - empty) * factors + empty

    def _tokens(self, prompt: str) -> tuple[list[int], list[float]]:
        """Ids with the end, at most `length`, and each one's weight."""
        ids: list[int] = []
        weights: list[float] = []
        for piece in weighted_pieces(prompt, self.program, self.emphasis, self.vectors, long=True):
            if len(ids) >= self.length:
                break
            if self.vectors:
                piece_ids = ids_with(piece.text, self.vectors, self._beside, self.program)
            else:
                piece_ids = self._plain(piece.text)
            ids += piece_ids
            weights += [piece.weight] * len(piece_ids)
        most = self.length - 1  # and the end
        return [*ids[:most], self.tokenizer.eos_token_id], [*weights[:most], 1.0]

    def _plain(self, text: str) -> list[int]:
        return (
            self.tokenizer(without_surrogates(text), add_special_tokens=False).input_ids
            if text
            else []
        )

    def _beside(self, text: str) -> list[int]:
        """What stands beside an embedding, without the blanks between."""
        return self._plain(text.strip())

    def _states(self, ids: list[int], device: torch.device) -> torch.Tensor:
        padded = ids + [self.tokenizer.pad_token_id] * (self.length - len(ids))
        with vectors_in_table(self.encoder, padded, self.vectors) as plain:
            return self.encoder(torch.tensor([plain], device=device))[0].float()


def t5_tower(
    source: FolderSource, part: str, compute: ComputeDevice, dtype: torch.dtype, length: int
) -> T5Tower:
    """The encoder and tokenizer of a folder's part, which takes `length` tokens.
    Raises ModelMissing where one is missing or damaged."""
    from transformers import AutoTokenizer, T5EncoderModel
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(source.tokenizer(part), local_files_only=True)
    except (OSError, ValueError, ImportError) as fault:
        raise ModelMissing(
            f"The tokenizer of {source.name} ({source.tokenizer(part).name}) cannot be loaded.",
            "Get a complete copy of the model, with tokenizer.json.",
        ) from fault
    try:
        if compute.eight_bit:
            encoder = _light(source, part, dtype)
        else:
            encoder = T5EncoderModel.from_pretrained(
                source.folder / part, local_files_only=True, use_safetensors=True, dtype=dtype
            )
    except (OSError, ValueError, TypeError, RuntimeError, SafetensorError) as fault:
        raise ModelMissing(
            f"The text encoder of {source.name} ({part}) cannot be loaded.",
            "Get a complete copy of the model.",
        ) from fault
    return T5Tower(tokenizer, ready(encoder, compute.device), length)


def _light(source: FolderSource, part: str, dtype: torch.dtype) -> Any:
    """The encoder in eight bits, rounded tensor by tensor: it is never in memory at full size.
    Raises RuntimeError where weights are missing."""
    from transformers import T5Config, T5EncoderModel

    with torch.device("meta"):
        encoder = T5EncoderModel(T5Config(**source.config(part)))
    layers = eight_bit.prepare(encoder)
    state = eight_bit.with_factors(source.weights(part), layers, dtype)
    state.setdefault("encoder.embed_tokens.weight", state.get("shared.weight", torch.empty(0)))
    state.setdefault("shared.weight", state["encoder.embed_tokens.weight"])
    encoder.load_state_dict(state, assign=True, strict=True)
    encoder.tie_weights()
    return encoder
