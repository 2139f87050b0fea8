"""The text encoder gives what transformers' CLIP gives with the same weights, in every form that
Stable Diffusion has; it takes both spellings of its names, and vectors in the place of words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers.models.clip.configuration_clip import CLIPTextConfig
from transformers.models.clip.modeling_clip import CLIPTextModel, CLIPTextModelWithProjection

from core.engine.diffusion.networks.clip import ClipTextEncoder, TextStates
from core.engine.diffusion.parts.conditioning import TextTower, encode
from core.prompt.tokens.clip_tokenizer import load_tokenizer
from core.system.errors import ModelMissing
from core.system.paths import RESOURCES

SMALL: dict[str, Any] = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "vocab_size": 50,
    "max_position_embeddings": 20,
    "projection_dim": 12,
    "bos_token_id": 48,
    "eos_token_id": 49,
    "pad_token_id": 0,
}
OPEN = SMALL | {"hidden_act": "gelu", "layer_norm_eps": 1e-6}
OLD = SMALL | {"eos_token_id": 2}
CONFIGS = sorted(
    path.relative_to(RESOURCES) for path in RESOURCES.glob("**/text_encoder*/config.json")
)
TOLERANCE = 1e-5  # of the largest value


def judge(config: dict[str, Any], *, projected: bool) -> torch.nn.Module:
    """transformers' network with random weights large enough to be seen in what it gives."""
    kind = CLIPTextModelWithProjection if projected else CLIPTextModel
    network = kind(CLIPTextConfig(**config)).eval()
    torch.manual_seed(7)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return network.requires_grad_(False)


def same_weights(network: torch.nn.Module, config: dict[str, Any], projected: bool) -> Any:
    """Ours with the weights of transformers'."""
    with torch.device("meta"):
        ours = ClipTextEncoder.from_config(config, projected=projected)
    theirs = network.state_dict()  # whose names lack the prefix where there is no projection
    named = {
        name if name in ours.state_dict() else f"text_model.{name}": tensor
        for name, tensor in theirs.items()
    }
    ours.load_state_dict(named, assign=True, strict=True)
    return ours.requires_grad_(False)


def texts(ends: int) -> torch.Tensor:
    """(2, 13) ids, one of them with its end before its last place."""
    ids = torch.randint(0, 48, (2, 13), generator=torch.Generator().manual_seed(1))
    ids[0, 12] = ids[1, 5] = ends
    return ids


def near(ours: torch.Tensor | None, theirs: torch.Tensor) -> None:
    """The same, to `TOLERANCE`."""
    assert ours is not None and ours.shape == theirs.shape
    assert (ours - theirs).abs().max() <= TOLERANCE * theirs.abs().max()


@pytest.mark.parametrize("projected", [False, True])
@pytest.mark.parametrize("config", [SMALL, OPEN, OLD], ids=["OpenAI", "OpenCLIP", "old end"])
def test_it_says_what_transformers_says(config: dict[str, Any], projected: bool) -> None:
    """All layers, the pooled text and its projection, of two texts at once."""
    network = judge(config, projected=projected)
    ours = same_weights(network, config, projected)
    ids = texts(49)
    theirs = network(ids, output_hidden_states=True)
    said: TextStates = ours(ids, every_layer=True)
    assert said.hidden_states is not None
    near(said.last_hidden_state, theirs.last_hidden_state)
    for own, their in zip(said.hidden_states, theirs.hidden_states, strict=True):
        near(own, their)
    if projected:
        near(said.projected, theirs.text_embeds)
    else:
        near(said.pooled, theirs.pooler_output)
        assert said.projected is None
    norm = network.text_model.final_layer_norm if projected else network.final_layer_norm
    near(ours.normalised(said.hidden_states[1]), norm(theirs.hidden_states[1]))
    assert ours(ids).hidden_states is None


def test_a_short_text_and_one_that_does_not_end() -> None:
    """One row of three tokens, pooled at its first where the end is missing, as transformers does;
    one of too many tokens is refused."""
    network = judge(SMALL, projected=True)
    ours = same_weights(network, SMALL, projected=True)
    ids = torch.tensor([[48, 7, 3]])
    near(ours(ids).projected, network(ids).text_embeds)
    with pytest.raises(ValueError, match="21 tokens do not fit"):
        ours(torch.zeros(1, 21, dtype=torch.long))


def test_vectors_stand_in_for_words() -> None:
    """Where the vectors are those of other words, the text is read as if these stood there."""
    ours = same_weights(judge(SMALL, projected=True), SMALL, projected=True)
    table = ours.text_model.embeddings.token_embedding.weight
    before = table.clone()
    ids, others = torch.tensor([[48, 0, 5, 0, 49]]), torch.tensor([[48, 11, 5, 12, 49]])
    said = ours(ids, {1: table[11], 3: table[12]})
    assert torch.equal(said.last_hidden_state, ours(others).last_hidden_state)
    assert torch.equal(table, before)


@pytest.mark.parametrize("path", CONFIGS, ids=str)
@pytest.mark.parametrize("projected", [False, True])
def test_full_sizes_have_the_same_names_and_shapes(path: Path, projected: bool) -> None:
    """Every configuration that is delivered, without memory for its weights."""
    config = json.loads((RESOURCES / path).read_text())
    with torch.device("meta"):
        ours = ClipTextEncoder.from_config(config, projected=projected)
        kind = CLIPTextModelWithProjection if projected else CLIPTextModel
        theirs = kind(CLIPTextConfig(**config))
    shapes = {name: tensor.shape for name, tensor in ours.state_dict().items()}
    prefix = "" if projected else "text_model."
    assert shapes == {prefix + name: tensor.shape for name, tensor in theirs.state_dict().items()}


def test_the_starters_encoder_says_what_transformers_says() -> None:
    """With its own weights, 77 tokens."""
    folder = RESOURCES / "starter" / "text_encoder"
    theirs = CLIPTextModel.from_pretrained(folder, dtype=torch.float32).eval()
    ours = same_weights(theirs, json.loads((folder / "config.json").read_text()), projected=False)
    ids = torch.tensor([[0, 17, 400, 903, *[1] * 73]])
    with torch.no_grad():
        near(ours(ids).last_hidden_state, theirs(ids).last_hidden_state)


def test_a_configuration_of_both_encoders_is_read_for_text() -> None:
    """As the folders of CLIP itself have it."""
    ours = ClipTextEncoder.from_config({"model_type": "clip", "text_config": SMALL})
    assert ours.config.hidden_size == 16 and ours.dtype == torch.float32


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden_act", "relu"),
        ("num_attention_heads", 3),
        ("num_hidden_layers", "many"),
        ("vocab_size", -1),
        ("eos_token_id", [1, 2]),
    ],
)
def test_what_is_not_known_is_said(name: str, value: Any) -> None:
    """Configurations come from outside."""
    with pytest.raises(ValueError, match=name if name != "num_attention_heads" else "heads"):
        ClipTextEncoder.from_config(SMALL | {name: value})


def test_a_word_that_only_the_tokenizer_knows_gives_a_sentence() -> None:
    """Before a device looks it up: graphics cards do not recover from that."""
    tokenizer = load_tokenizer(RESOURCES / "starter" / "tokenizer", "Fir")
    config = SMALL | {"max_position_embeddings": 77}
    known = max(tokenizer.bos_token_id, tokenizer.eos_token_id, *tokenizer.ids("a cat")) + 1
    for count in (known, known - 1):
        encoder = ClipTextEncoder.from_config(config | {"vocab_size": count})
        tower = TextTower(tokenizer, encoder, pad=tokenizer.eos_token_id)
        if count == known:
            assert encode(tower, "a cat", 1, torch.device("cpu")).shape == (1, 77, 16)
            continue
        with pytest.raises(ModelMissing, match="tokenizer knows and its text encoder does not"):
            encode(tower, "a cat", 1, torch.device("cpu"))
