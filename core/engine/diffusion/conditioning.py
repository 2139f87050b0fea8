"""Text to conditioning: CLIP over chunks of 75 tokens, weights as AUTOMATIC1111 applies them, clip skip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from core.prompt import CHUNK, Chunk, chunks, parse


@dataclass(frozen=True, slots=True)
class TextTower:
    """A tokenizer and its text encoder. `pad` is the id that fills a chunk."""

    tokenizer: Any
    encoder: Any
    pad: int

    def split(self, prompt: str) -> tuple[Chunk, ...]:
        """The prompt's chunks of weighted token ids."""
        comma = self.ids(",")
        return chunks(parse(prompt), self.ids, comma[0] if len(comma) == 1 else None)

    def ids(self, text: str) -> list[int]:
        """Token ids without start and end."""
        return self.tokenizer(text, add_special_tokens=False, truncation=False, verbose=False).input_ids


@torch.no_grad()
def encode(tower: TextTower, prompt: str, clip_skip: int, device: torch.device) -> torch.Tensor:
    """(1, 77 * chunks, width) float32."""
    parts = [_encode_chunk(tower, chunk, clip_skip, device) for chunk in tower.split(prompt)]
    return torch.cat(parts, 1)


def _encode_chunk(tower: TextTower, chunk: Chunk, clip_skip: int, device: torch.device) -> torch.Tensor:
    """(1, 77, width). Hidden states are scaled by the weights, then brought back to their mean (A1111's "original")."""
    start, end = tower.tokenizer.bos_token_id, tower.tokenizer.eos_token_id
    ids = [start, *(token for token, _ in chunk), end]
    weights = [1.0, *(weight for _, weight in chunk), 1.0]
    ids += [tower.pad] * (CHUNK + 2 - len(ids))
    weights += [1.0] * (CHUNK + 2 - len(weights))
    output = tower.encoder(torch.tensor([ids], device=device), output_hidden_states=clip_skip > 1)
    hidden = output.last_hidden_state
    if clip_skip > 1:
        layers = output.hidden_states
        hidden = _final_norm(tower.encoder)(layers[max(-clip_skip, -len(layers) + 1)])
    hidden = hidden.float()
    if any(weight != 1.0 for weight in weights):
        before = hidden.mean()
        hidden = hidden * torch.tensor(weights, device=device).view(1, -1, 1)
        after = hidden.mean()
        if after.abs() > 1e-4 * hidden.std():  # an encoder whose states average to nothing has no mean to restore
            hidden = hidden * (before / after)
    return hidden


def _final_norm(encoder: Any) -> Any:
    return encoder.final_layer_norm if hasattr(encoder, "final_layer_norm") else encoder.text_model.final_layer_norm


def level(first: torch.Tensor, second: torch.Tensor, blank: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Both conditionings at the same number of chunks, the shorter one filled with the empty chunk."""
    longest = max(first.shape[1], second.shape[1])

    def filled(part: torch.Tensor) -> torch.Tensor:
        missing = (longest - part.shape[1]) // blank.shape[1]
        return torch.cat([part, *[blank] * missing], 1)

    return filled(first), filled(second)
