"""Words of a job's texts that the text encoders are told nothing of, in their places."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.engine import DiffusionEngine
from core.engine.diffusion.families import sd
from core.engine.diffusion.parts import conditioning
from core.engine.diffusion.parts.device import choose_device
from core.engine.diffusion.parts.embeddings import with_blank, with_embeddings
from core.prompt.tokens.blanks import hidden
from core.system.errors import InvalidRequest
from core.system.paths import RESOURCES
from core.values.job import Job, ModelRef
from core.values.request import Request
from core.values.resolved_request import resolve
from core.values.text_span import TextSpan

CPU = torch.device("cpu")


def test_a_blank_is_read_as_the_mean_word_at_its_place(tmp_path: Path) -> None:
    """As a person would put it there: an embedding of as many vectors, each the mean of all."""
    (tower,) = sd.load(str(RESOURCES / "starter"), choose_device("cpu"), lambda: None).towers
    (blank,) = with_blank((tower,))
    table = tower.encoder.text_model.embeddings.token_embedding.weight.detach()
    text = "a (red:1.2) umbrella, on snow BREAK blorf"
    for word, instead in (
        ("umbrella", "a (red:1.2) nothing, on snow BREAK blorf"),
        ("red", "a (nothing:1.2) umbrella, on snow BREAK blorf"),
        ("blorf", "a (red:1.2) umbrella, on snow BREAK nothing"),
    ):
        count = len(tower.ids(word))
        vectors = table.mean(0, keepdim=True).expand(count, -1).contiguous()
        save_file({"emb_params": vectors}, tmp_path / "nothing.safetensors")
        ref = ModelRef("nothing", "nothing", "", str(tmp_path / "nothing.safetensors"))
        (knowing,) = with_embeddings((tower,), (ref,))
        place = TextSpan(text.index(word), text.index(word) + len(word))
        marked = hidden(text, (place,), is_negative=False)
        found = conditioning.encode(blank, marked, 1, CPU)
        assert torch.allclose(found, conditioning.encode(knowing, instead, 1, CPU), atol=1e-5)
        assert not torch.allclose(found, conditioning.encode(tower, text, 1, CPU), atol=1e-2)
    assert torch.equal(
        conditioning.encode(blank, text, 1, CPU), conditioning.encode(tower, text, 1, CPU)
    )


def _request(prompt: str, negative: str = "") -> Request:
    return Request(prompt, negative, width=64, height=64, steps=2, seed=1, guidance=5.0)


def test_both_encoders_of_a_pair_are_told_nothing() -> None:
    (first,) = sd.load(str(RESOURCES / "starter"), choose_device("cpu"), lambda: None).towers
    pair = (replace(first, paired=True), replace(first, pad=2, paired=True, pooled=True))
    marked = hidden("a red house", (TextSpan(2, 5),), is_negative=False)
    before = conditioning.encode_all(pair, "a red house", 1, CPU)
    after = conditioning.encode_all(with_blank(pair), marked, 1, CPU)
    width = before.states.shape[-1] // 2
    for half in (slice(0, width), slice(width, None)):
        moved = (before.states - after.states)[0, :, half].abs().amax(1) > 1e-3
        assert not moved[:2].any() and moved[2:5].all(), "each sees only what stands before it"
    assert before.pooled is not None and after.pooled is not None
    assert not torch.equal(before.pooled, after.pooled)


def test_pictures_are_made_without_a_word(smallest: ModelRef) -> None:
    ref = smallest
    asked = resolve(_request("a [red:blue:1] house AND grass", "fog"))
    texts = {False: asked.prompt, True: asked.negative_prompt}

    def at(word: str, *, is_negative: bool = False) -> TextSpan:
        place = texts[is_negative].index(word)
        return TextSpan(place, place + len(word), is_negative)

    with DiffusionEngine(EngineSpec(device="cpu", previews=False)) as engine:

        def sha(*blanks: TextSpan) -> str:
            result = engine.run(Job(asked, ref, blanks=blanks), lambda _: None)
            return result.pixels.sha256

        whole = sha()
        others = [
            sha(at("red")),
            sha(at("blue")),
            sha(at("grass")),
            sha(at("fog", is_negative=True)),
            sha(at("red"), at("blue")),
        ]
        assert len({whole, *others}) == 6
        assert sha() == whole, "nothing of it stays"
        flow = replace(ref, family="flux")
        with pytest.raises(InvalidRequest, match="cannot be blanked"):
            engine.run(Job(asked, flow, blanks=(at("red"),)), lambda _: None)
