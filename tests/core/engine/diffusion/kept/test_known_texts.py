"""Texts are encoded once for pictures that differ in seed, start picture or document, else anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.engine import DiffusionEngine
from core.engine.diffusion.families.sd import StableDiffusion
from core.engine.diffusion.loaded.known_texts import KnownTexts
from core.engine.diffusion.parts.conditioning import Conditioning
from core.values.declared.parameter import with_values
from core.values.job import Job, ModelRef
from core.values.lora import Lora
from core.values.request import Request
from core.values.request_parts.start_picture import StartPicture
from core.values.resolved_request import resolve

MODEL = ModelRef("m", "m", "sd15", "/m")


class Encoder:
    """Counts how often it is asked, and answers something new each time."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> tuple[Conditioning, Conditioning]:
        self.asked += 1
        one = Conditioning(torch.full((1, 1, 1), float(self.asked)))
        return one, one


def job(
    request: Request | None = None,
    loras: tuple[ModelRef, ...] = (),
    embeddings: tuple[ModelRef, ...] = (),
) -> Job:
    asked = resolve(request or Request("x", seed=1))
    return Job(asked, MODEL, loras=loras, embeddings=embeddings)


def test_only_seed_start_picture_and_document_may_differ() -> None:
    texts, encoder = KnownTexts(), Encoder()
    first = texts.of(job(), MODEL, encoder)
    assert texts.of(job(Request("x", seed=2)), MODEL, encoder) is first and encoder.asked == 1
    usual = job().request
    painted = replace(usual, start=StartPicture(source="a" * 64, strength=0.5), parent="b" * 64)
    assert texts.of(replace(job(), request=painted), MODEL, encoder) is first
    of_document = replace(usual, document="d" * 32)
    assert texts.of(replace(job(), request=of_document), MODEL, encoder) is first
    others = {
        "prompt": "y",
        "negative_prompt": "y",
        "clip_skip": 2,
        "compatibility": "a1111",
        "width": 256,
        "guidance": 3.0,
        "loras": (Lora("l", 0.5),),
    }
    assert others.keys() <= {field.name for field in fields(Request)}
    for name, value in others.items():
        changed = replace(job(), request=with_values(usual, {(name,): value}))
        before = encoder.asked
        assert texts.of(changed, MODEL, encoder) is not first and encoder.asked == before + 1, name
        assert texts.of(changed, MODEL, encoder) and encoder.asked == before + 1, name


def test_files_count_by_their_content_and_not_by_their_names(tmp_path: Path) -> None:
    file = tmp_path / "word.safetensors"
    file.write_bytes(b"12")
    ref = ModelRef("word", "word", "", str(file))
    for asked in (job(loras=(ref,)), job(embeddings=(ref,))):
        texts, encoder = KnownTexts(), Encoder()
        for _ in range(2):
            texts.of(asked, MODEL, encoder)
        assert encoder.asked == 1
        file.write_bytes(file.read_bytes() + b"3")
        texts.of(asked, MODEL, encoder)
        assert encoder.asked == 2
        texts.of(job(), MODEL, encoder)
        assert encoder.asked == 3
        gone = ModelRef("gone", "gone", "", str(tmp_path / "gone"))
        for _ in range(2):
            texts.of(job(embeddings=(gone,)), MODEL, encoder)
        assert encoder.asked == 5, "of a file that nobody can look at nothing is known"


def test_a_model_as_its_own_refiner_is_told_anew_and_forgotten_models_are() -> None:
    texts, encoder = KnownTexts(), Encoder()
    asked = job()
    texts.of(asked, asked.model, encoder)
    texts.of(asked, replace(MODEL), encoder)
    assert encoder.asked == 2, "the refiner gets no adapters"
    texts.forget(MODEL.path)
    texts.of(asked, replace(MODEL), encoder)
    texts.clear()
    texts.of(asked, replace(MODEL), encoder)
    assert encoder.asked == 4


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The prompts that a text encoder was asked for."""
    asked: list[str] = []
    plain = StableDiffusion.encode_texts

    def counted(self: StableDiffusion, job: Job, *texts: Any) -> object:
        asked.append(job.request.prompt)
        return plain(self, job, *texts)

    monkeypatch.setattr(StableDiffusion, "encode_texts", counted)
    yield asked


def test_the_engine_makes_the_same_pictures(
    smallest: ModelRef, encoded: list[str], tmp_path: Path
) -> None:
    vector = tmp_path / "word.safetensors"
    table = {"emb_params": torch.ones(1, 32)}
    save_file(table, vector)
    word = ModelRef("word", "word", "", str(vector))

    def asked(text: str, seed: int) -> Job:
        request = resolve(Request(text, seed=seed, steps=2, width=64, height=64))
        return Job(request, smallest, embeddings=(word,))

    def fresh(text: str, seed: int) -> bytes:
        with DiffusionEngine(EngineSpec(device="cpu", previews=False)) as engine:
            return engine.run(asked(text, seed), lambda event: None).pixels.rgb

    with DiffusionEngine(EngineSpec(device="cpu", previews=False)) as engine:
        made = [engine.run(asked("a word", seed), lambda event: None) for seed in (1, 2, 3)]
        assert encoded == ["a word"]
        save_file({"emb_params": torch.full((2, 32), -3.0)}, vector)
        changed = engine.run(asked("a word", 3), lambda event: None)
        assert len(encoded) == 2
        engine.unload()
        engine.run(asked("a word", 3), lambda event: None)
        assert len(encoded) == 3, "what was forgotten with its model is made anew"
    assert changed.pixels.rgb == fresh("a word", 3) != made[2].pixels.rgb
    save_file(table, vector)
    assert [result.pixels.rgb for result in made[1:]] == [fresh("a word", 2), fresh("a word", 3)]
