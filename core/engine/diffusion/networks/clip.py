"""CLIP's text encoder (Radford et al. 2021), also OpenCLIP's, in transformers' names with
"text_model." before them, as files of the field have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import torch
import torch.nn.functional as F
from torch import nn

from core.engine.diffusion.networks.attention import attend
from core.engine.diffusion.networks.configuration import Configuration
from core.engine.diffusion.networks.layers import Linear

# what transformers takes where a config.json leaves it out
_DEFAULTS = {
    "vocab_size": 49408,
    "hidden_size": 512,
    "intermediate_size": 2048,
    "projection_dim": 512,
    "num_hidden_layers": 12,
    "num_attention_heads": 8,
    "max_position_embeddings": 77,
    "hidden_act": "quick_gelu",
    "layer_norm_eps": 1e-5,
    "pad_token_id": 1,
    "bos_token_id": 49406,
    "eos_token_id": 49407,
}
# the end of text in configurations that were written before transformers read it there: wrong, and
# the end is the highest id instead
_END_UNKNOWN = 2


@dataclass(frozen=True, slots=True)
class TextStates:
    """What a text encoder says of ids (n, tokens).

    `last_hidden_state` (n, tokens, width) is normalised; `hidden_states`, where asked for, are
    those after the embeddings and after each layer, unnormalised. `pooled` (n, width) is the last
    state at the end of text; `projected` (n, projection) what its projection makes of that, None
    without one.
    """

    last_hidden_state: torch.Tensor
    hidden_states: tuple[torch.Tensor, ...] | None
    pooled: torch.Tensor
    projected: torch.Tensor | None


def quick_gelu(x: torch.Tensor) -> torch.Tensor:
    """x sigmoid(1.702 x), of the same shape: GELU as OpenAI's CLIP has it."""
    return torch.sigmoid(1.702 * x).mul_(x)


_ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "quick_gelu": quick_gelu,
    "gelu": F.gelu,
}


class Embedding(nn.Embedding):
    """Vectors by number. Without memory for them (the meta device) none are drawn at random, for
    which torch would import its compiler: two seconds."""

    def reset_parameters(self) -> None:
        """Random values, as torch draws them."""
        if not self.weight.is_meta:
            super().reset_parameters()


class Embeddings(nn.Module):
    """Ids to vectors, with their places added."""

    def __init__(self, config: Configuration) -> None:
        super().__init__()
        width = config.hidden_size
        self.token_embedding = Embedding(config.vocab_size, width)
        self.position_embedding = Embedding(config.max_position_embeddings, width)

    def forward(self, ids: torch.Tensor, vectors: Mapping[int, torch.Tensor]) -> torch.Tensor:
        """(n, tokens) to (n, tokens, width); `vectors` (width,) stand at their places."""
        words = self.token_embedding(ids)
        for place, vector in vectors.items():
            words[:, place] = vector.to(words)
        return words + self.position_embedding(torch.arange(ids.shape[1], device=ids.device))


class SelfAttention(nn.Module):
    """Each token looks at those before it and itself."""

    def __init__(self, config: Configuration) -> None:
        super().__init__()
        width = config.hidden_size
        self.heads: int = config.num_attention_heads
        self.q_proj = Linear(width, width)
        self.k_proj = Linear(width, width)
        self.v_proj = Linear(width, width)
        self.out_proj = Linear(width, width)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(n, tokens, width), and the mask (tokens, tokens), to (n, tokens, width)."""
        query, key, value = self.q_proj(x), self.k_proj(x), self.v_proj(x)
        return self.out_proj(attend(query, key, value, self.heads, mask))


class FeedForward(nn.Module):
    """Two matrices with the configuration's activation between them."""

    def __init__(self, config: Configuration) -> None:
        super().__init__()
        self.fc1 = Linear(config.hidden_size, config.intermediate_size)
        self.fc2 = Linear(config.intermediate_size, config.hidden_size)
        self._activation = _ACTIVATIONS[config.hidden_act]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, tokens, width) to the same shape."""
        return self.fc2(self._activation(self.fc1(x)))


class EncoderLayer(nn.Module):
    """Attention, then two matrices, each normalised before and added after."""

    def __init__(self, config: Configuration) -> None:
        super().__init__()
        width, eps = config.hidden_size, config.layer_norm_eps
        self.self_attn = SelfAttention(config)
        self.layer_norm1 = nn.LayerNorm(width, eps)
        self.mlp = FeedForward(config)
        self.layer_norm2 = nn.LayerNorm(width, eps)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(n, tokens, width), and the mask (tokens, tokens), to (n, tokens, width)."""
        x = x + self.self_attn(self.layer_norm1(x), mask)
        return x + self.mlp(self.layer_norm2(x))


class Encoder(nn.Module):
    """The layers, one after the other."""

    def __init__(self, config: Configuration) -> None:
        super().__init__()
        layers = (EncoderLayer(config) for _ in range(config.num_hidden_layers))
        self.layers = nn.ModuleList(layers)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> list[torch.Tensor]:
        """(n, tokens, width) as it comes, and as it is after each layer."""
        states = [x]
        for layer in self.layers:
            states.append(layer(states[-1], mask))
        return states


class TextModel(nn.Module):
    """All but the projection; what it holds is used by the network around it."""

    def __init__(self, config: Configuration) -> None:
        super().__init__()
        self.embeddings = Embeddings(config)
        self.encoder = Encoder(config)
        self.final_layer_norm = nn.LayerNorm(config.hidden_size, config.layer_norm_eps)


class ClipTextEncoder(nn.Module):
    """CLIP's text encoder; `projected` with a projection of the pooled text behind it."""

    def __init__(self, config: Configuration, *, projected: bool = False) -> None:
        super().__init__()
        self.config = config
        self.text_model = TextModel(config)
        self.text_projection = (
            Linear(config.hidden_size, config.projection_dim, bias=False) if projected else None
        )

    @classmethod
    def from_config(cls, config: Mapping[str, Any], *, projected: bool = False) -> Self:
        """The network of a config.json, its weights not set. Raises ValueError for one that is not
        of a text encoder known here."""
        if config.get("model_type") == "clip":  # of both encoders, of text and of pictures
            config = config["text_config"]
        known = Configuration(config, _DEFAULTS)
        known.require("hidden_act", *_ACTIVATIONS)
        _check(known)
        return cls(known, projected=projected)

    @property
    def dtype(self) -> torch.dtype:
        """Of its weights."""
        return self.text_model.final_layer_norm.weight.dtype

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return self.text_model.final_layer_norm.weight.device

    def forward(
        self,
        ids: torch.Tensor,
        vectors: Mapping[int, torch.Tensor] | None = None,
        *,
        every_layer: bool = False,
    ) -> TextStates:
        """The states of ids (n, tokens). `vectors` (width,) stand in for the words at their places
        of each row; `every_layer`: with `hidden_states`.

        Raises ValueError where there are more tokens than the network has places.
        """
        most = self.config.max_position_embeddings
        if ids.shape[1] > most:
            raise ValueError(f"{ids.shape[1]} tokens do not fit a text encoder of {most} places")
        x = self.text_model.embeddings(ids, vectors or {})
        states = self.text_model.encoder(x, _causal_mask(x))
        last = self.normalised(states[-1])
        pooled = last[torch.arange(len(ids), device=ids.device), self._ends(ids)]
        return TextStates(
            last_hidden_state=last,
            hidden_states=tuple(states) if every_layer else None,
            pooled=pooled,
            projected=None if self.text_projection is None else self.text_projection(pooled),
        )

    def normalised(self, states: torch.Tensor) -> torch.Tensor:
        """A layer's states (n, tokens, width) as they would be if it were the last."""
        return self.text_model.final_layer_norm(states)

    def _ends(self, ids: torch.Tensor) -> torch.Tensor:
        """The place of the first end of text in each row, (n,); 0 where there is none."""
        end = self.config.eos_token_id
        if end == _END_UNKNOWN:
            return ids.argmax(-1)
        return (ids == end).int().argmax(-1)


def _causal_mask(x: torch.Tensor) -> torch.Tensor:
    """(tokens, tokens), for x (n, tokens, width): nothing is seen of what comes later."""
    tokens = x.shape[1]
    return torch.full((tokens, tokens), -torch.inf, dtype=x.dtype, device=x.device).triu(1)


def _check(config: Configuration) -> None:
    """Raises ValueError for sizes that make no network."""
    sizes = ("vocab_size", "hidden_size", "intermediate_size", "num_attention_heads")
    for name in (*sizes, "num_hidden_layers", "max_position_embeddings"):
        config.integers(name, 1)
    if config.hidden_size % config.num_attention_heads:
        raise ValueError(
            f"{config.num_attention_heads} heads do not divide a width of {config.hidden_size}"
        )
    if not isinstance(config.eos_token_id, int | None):
        raise ValueError(f"eos_token_id is {config.eos_token_id!r}, which is not a number")
