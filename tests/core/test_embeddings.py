"""Textual-inversion embeddings: words that stand for learnt vectors."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from core.engine.diffusion import conditioning
from core.engine.diffusion.conditioning import TextTower
from core.engine.diffusion.device import choose
from core.engine.diffusion.embeddings import with_embeddings
from core.engine.diffusion.families import sd
from core.errors import ModelMissing
from core.job import ModelRef
from core.models.library import Library
from core.paths import RESOURCES

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def tower() -> TextTower:
    return sd.load(str(RESOURCES / "starter"), choose("cpu"), lambda: None).towers[0]


def _table(tower: TextTower) -> torch.Tensor:
    return tower.encoder.get_input_embeddings().weight


def _file(path: Path, **tensors: torch.Tensor) -> ModelRef:
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)
    return ModelRef(path.stem, path.stem, "", str(path))


@pytest.mark.parametrize("key", ["emb_params", "<my-token>", "clip_l"])
def test_a_word_made_of_known_vectors_says_the_same(key: str, tmp_path: Path, tower: TextTower) -> None:
    """An embedding whose vectors are those of "red house" must give the very states of "red house"."""
    ids = tower.ids("red house")
    ref = _file(tmp_path / "my-word.safetensors", **{key: _table(tower)[ids].clone()})
    (knowing,) = with_embeddings((tower,), (ref,))
    expected = conditioning.encode(tower, "a red house on snow", 1, CPU)
    for text in ("a my-word on snow", "a My-Word on snow", "a embedding:my-word on snow"):
        assert torch.equal(conditioning.encode(knowing, text, 1, CPU), expected)
    assert torch.equal(conditioning.encode(knowing, "a my-words on snow", 1, CPU), conditioning.encode(tower, "a my-words on snow", 1, CPU))
    weighted = conditioning.encode(knowing, "a (my-word:1.4) on snow", 1, CPU, "comfyui")
    assert torch.equal(weighted, conditioning.encode(tower, "a (red house:1.4) on snow", 1, CPU, "comfyui"))
    assert torch.equal(conditioning.encode(tower, "a red house on snow", 1, CPU), expected), "nothing stays behind"


def test_a_single_vector_and_a_foreign_width(tmp_path: Path, tower: TextTower) -> None:
    red = tower.ids("red")
    ref = _file(tmp_path / "rot.safetensors", vector=_table(tower)[red[0]].clone())
    (knowing,) = with_embeddings((tower,), (ref,))
    assert torch.equal(conditioning.encode(knowing, "a rot boat", 1, CPU), conditioning.encode(tower, "a red boat", 1, CPU))
    with pytest.raises(ModelMissing, match="another family"):
        with_embeddings((tower,), (_file(tmp_path / "wide.safetensors", emb_params=torch.zeros(2, 999)),))
    (tmp_path / "broken.safetensors").write_bytes(b"no tensors")
    with pytest.raises(ModelMissing, match="cannot be read"):
        with_embeddings((tower,), (ModelRef("broken", "broken", "", str(tmp_path / "broken.safetensors")),))


def test_the_library_finds_the_words_of_a_prompt(tmp_path: Path) -> None:
    folder = tmp_path / "embeddings"
    folder.mkdir()
    for name in ("bad-hands", "glow", "my style"):
        save_file({"emb_params": torch.zeros(1, 4)}, folder / f"{name}.safetensors")
    library = Library(tmp_path)
    assert [ref.name for ref in library.embeddings_in("a house, (Glow:1.2)", "bad-hands, my")] == ["bad-hands", "glow"]
    assert [ref.name for ref in library.embeddings_in("in my style", "")] == ["my style"]
    assert library.embeddings_in("glowing hands") == () and Library(tmp_path / "none").embeddings_in("glow") == ()
