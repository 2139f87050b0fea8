"""Textual-inversion embeddings: words that stand for learnt vectors."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from core.engine.diffusion.families import sd
from core.engine.diffusion.parts import conditioning
from core.engine.diffusion.parts.conditioning import TextTower
from core.engine.diffusion.parts.device import choose_device
from core.engine.diffusion.parts.embeddings import notes, with_embeddings
from core.models.library.library import Library
from core.prompt.embeddings import FIRST_ID
from core.system.paths import RESOURCES
from core.values.job import Job, ModelRef
from core.values.request import Request

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def tower() -> TextTower:
    return sd.load(str(RESOURCES / "starter"), choose_device("cpu"), lambda: None).towers[0]


def _table(tower: TextTower) -> torch.Tensor:
    return tower.encoder.text_model.embeddings.token_embedding.weight


def _file(path: Path, **tensors: torch.Tensor) -> ModelRef:
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)
    return ModelRef(path.stem, path.stem, "", str(path))


@pytest.mark.parametrize("key", ["emb_params", "<my-token>", "clip_l"])
def test_a_word_made_of_known_vectors_says_the_same(
    key: str, tmp_path: Path, tower: TextTower
) -> None:
    """An embedding whose vectors are those of "red house" must give the
    very states of "red house"."""
    ids = tower.ids("red house")
    ref = _file(tmp_path / "my-word.safetensors", **{key: _table(tower)[ids].clone()})
    (knowing,) = with_embeddings((tower,), (ref,))
    expected = conditioning.encode(tower, "a red house on snow", 1, CPU)
    for text in ("a my-word on snow", "a My-Word on snow", "a embedding:my-word on snow"):
        assert torch.equal(conditioning.encode(knowing, text, 1, CPU), expected)
    assert torch.equal(
        conditioning.encode(knowing, "a my-words on snow", 1, CPU),
        conditioning.encode(tower, "a my-words on snow", 1, CPU),
    )
    weighted = conditioning.encode(knowing, "a (embedding:my-word:1.4) on snow", 1, CPU, "comfyui")
    assert torch.equal(
        weighted, conditioning.encode(tower, "a (red house:1.4) on snow", 1, CPU, "comfyui")
    )
    assert torch.equal(conditioning.encode(tower, "a red house on snow", 1, CPU), expected), (
        "nothing stays behind"
    )


def _job(refs: tuple[ModelRef, ...], text: str, ways: str = "calotype", negative: str = "") -> Job:
    return Job(
        Request(text, negative, compatibility=ways),
        ModelRef("m", "m", "sd15", "nowhere"),
        embeddings=refs,
    )


def test_a_single_vector(tmp_path: Path, tower: TextTower) -> None:
    red = tower.ids("red")
    ref = _file(tmp_path / "rot.safetensors", vector=_table(tower)[red[0]].clone())
    (knowing,) = with_embeddings((tower,), (ref,))
    assert torch.equal(
        conditioning.encode(knowing, "a rot boat", 1, CPU),
        conditioning.encode(tower, "a red boat", 1, CPU),
    )
    assert notes(_job((ref,), "a rot boat"), (tower,)) == ()


def _unfit(folder: Path, width: int) -> dict[str, tuple[ModelRef, str]]:
    """Files that are no embedding for an encoder so wide, and what a person is told of each."""
    (folder / "broken.safetensors").write_bytes(b"no tensors")
    cut = _file(folder / "cut.safetensors", emb_params=torch.zeros(4, width))
    Path(cut.path).write_bytes(Path(cut.path).read_bytes()[:-8])
    return {
        "house": (
            _file(
                folder / "house.safetensors",
                clip_l=torch.zeros(4, 768),
                clip_g=torch.zeros(4, 1280),
            ),
            "made for Stable Diffusion XL (its vectors are 768 and 1280 wide",
        ),
        "old": (
            _file(folder / "old.safetensors", emb_params=torch.zeros(2, 768)),
            "made for Stable Diffusion 1.x",
        ),
        "two": (
            _file(folder / "two.safetensors", emb_params=torch.zeros(2, 1024)),
            "made for Stable Diffusion 2.x",
        ),
        "odd": (
            _file(folder / "odd.safetensors", emb_params=torch.zeros(2, 999)),
            "made for another family",
        ),
        "broken": (
            ModelRef("broken", "broken", "", str(folder / "broken.safetensors")),
            "cannot be read",
        ),
        "cut": (cut, "cannot be read"),
        "gone": (ModelRef("gone", "gone", "", str(folder / "gone.safetensors")), "cannot be read"),
        "empty": (
            _file(folder / "empty.safetensors", emb_params=torch.zeros(0, width)),
            "holds no vectors",
        ),
        "cube": (
            _file(folder / "cube.safetensors", emb_params=torch.zeros(1, 2, width)),
            "holds no vectors",
        ),
        "whole": (
            _file(
                folder / "whole.safetensors", emb_params=torch.zeros(2, width, dtype=torch.int64)
            ),
            "holds no vectors",
        ),
        "table": (
            _file(folder / "table.safetensors", emb_params=torch.zeros(5000, width)),
            "holds no vectors",
        ),
        "nan": (
            _file(folder / "nan.safetensors", emb_params=torch.full((2, width), float("nan"))),
            "values that are not numbers",
        ),
    }


def test_what_does_not_fit_is_a_plain_word_and_said(tmp_path: Path, tower: TextTower) -> None:
    for name, (ref, why) in _unfit(tmp_path, tower.encoder.config.hidden_size).items():
        (knowing,) = with_embeddings((tower,), (ref,))
        assert torch.equal(
            conditioning.encode(knowing, f"a {name} boat", 1, CPU),
            conditioning.encode(tower, f"a {name} boat", 1, CPU),
        )
        (said,) = notes(_job((ref,), f"a {name} boat"), (tower,))
        assert f'"{name}"' in said and why in said and said.endswith("it is read as a plain word.")
        assert notes(_job((ref,), "", negative=f"({name}:1.2)"), (tower,)) == (said,)
        assert notes(_job((ref,), "a boat"), (tower,)) == (), (
            "what the texts do not name is not spoken of"
        )


class _Sized:
    """A stand-in that is only asked how wide it is."""

    def __init__(self, width: int) -> None:
        self.encoder = SimpleNamespace(config=SimpleNamespace(hidden_size=width))


@pytest.mark.parametrize(
    ("widths", "long", "file", "fits"),
    [
        ((768,), 0, (768,), True),
        ((768,), 0, (768, 1280), False),
        ((768, 1280), 0, (768, 1280), True),
        ((768, 1280), 0, (768,), False),
        ((768, 1280), 0, (1280,), False),
        ((1280,), 0, (768, 1280), True),
        ((1024,), 0, (1024,), True),
        ((768, 1280), 4096, (768, 1280, 4096), True),
        ((768, 1280), 0, (768, 1280, 4096), True),
        ((768,), 4096, (768, 4096), True),
        ((768,), 0, (768, 4096), False),
        ((768,), 0, (1024,), False),
    ],
)
def test_an_embedding_is_for_the_encoders_it_has_vectors_for(
    widths: tuple[int, ...], long: int, file: tuple[int, ...], fits: bool, tmp_path: Path
) -> None:
    """As AUTOMATIC1111, whose `expected_shape` for XL is both widths together;
    ComfyUI gives each encoder what fits it."""
    ref = _file(
        tmp_path / "x.safetensors", **{f"w{width}": torch.zeros(1, width) for width in file}
    )
    towers: Any = tuple(_Sized(width) for width in widths)
    assert (notes(_job((ref,), "an x"), towers, long) == ()) == fits
    comfy = notes(_job((ref,), "an embedding:x", "comfyui"), towers, long)
    assert (comfy == ()) == (set(widths) <= set(file))
    assert all(
        "only a part of this model" in said or "left out, as ComfyUI does" in said for said in comfy
    )


def _ids(tower: TextTower, text: str, ways: str) -> list[int]:
    return [token for chunk in tower.split(text, ways) for token, _ in chunk]


# text, and what stands for it: {} is the embedding "rot";
# tokenize_with_weights in ComfyUI's sd1_clip.py
COMFYUI = {
    "a embedding:rot boat": "a {} boat",
    "a rot boat": "a rot boat",
    "a embedding:rot, boat": "a {} , boat",
    "a embedding:rot.safetensors boat": "a {} boat",
    "embedding:rot": "{}",
    "a embedding:gone boat": "a boat",
    "a embedding:gone, boat": "a , boat",
    "a (embedding:rot:1.2) boat": "a {} boat",
    "a,embedding:rot boat": "a,embedding:rot boat",
    "a embedding:sub/rot boat": "a {} boat",
    "a\nembedding:rot\nboat": "a {} boat",
    "a embedding:rot[x] boat": "a {} [x] boat",
    "a embedding:ROT": "a {}",
    "a Embedding:rot": "a Embedding:rot",
    "an embedding: thing": "an",
    "embedding: rot": "{}",
    "embedding:rot embedding:rot": "{} {}",
    "embedding:rot,embedding:rot": "",
    "(embedding:rot)(red)": "{} red",
}


@pytest.mark.parametrize("text", COMFYUI)
def test_names_by_comfyuis_rules(text: str, tmp_path: Path, tower: TextTower) -> None:
    ref = _file(
        tmp_path / "rot.safetensors", emb_params=_table(tower)[tower.ids("red house")].clone()
    )
    (knowing,) = with_embeddings((tower,), (ref,), "comfyui")
    parts = COMFYUI[text].split("{}")
    expected = tower.ids(parts[0])
    for part in parts[1:]:
        expected += [FIRST_ID, FIRST_ID + 1, *tower.ids(part)]
    assert _ids(knowing, text, "comfyui") == expected


def test_names_by_tokens_as_in_a1111(tmp_path: Path, tower: TextTower) -> None:
    """`find_embedding_at_position`: the longest name whose token ids stand there; case and blanks
    do not count, parts of words do not."""
    refs = tuple(
        _file(
            tmp_path / f"{name}.safetensors",
            emb_params=_table(tower)[tower.ids("red " * long)].clone(),
        )
        for name, long in (("bad-hands", 2), ("hands", 1))
    )
    (knowing,) = with_embeddings((tower,), refs, "a1111")
    bad, hands = [FIRST_ID, FIRST_ID + 1], [FIRST_ID + 2]
    for text, expected in {
        "a Bad - Hands": [*tower.ids("a"), *bad],
        "very-hands": [*tower.ids("very-"), *hands],
        "handsome": tower.ids("handsome"),
        "(bad-hands:1.2), hands": [*bad, *tower.ids(","), *hands],
        "embedding:hands": hands,
    }.items():
        assert _ids(knowing, text, "a1111") == expected, text


def test_a_name_that_is_not_there_is_said(tmp_path: Path, tower: TextTower) -> None:
    ref = _file(tmp_path / "my style.safetensors", emb_params=_table(tower)[:2].clone())
    assert notes(_job((ref,), "a embedding:my style boat, an embedding: a thing"), (tower,)) == ()
    (said,) = notes(
        _job((ref,), "a boat, embedding:gone", negative="(embedding:gone:1.1)"), (tower,)
    )
    assert said == 'There is no embedding "gone": it is read as plain words.'
    (said,) = notes(_job((), "a embedding: gone, boat", "comfyui"), (tower,))
    assert said == 'There is no embedding "gone": it is left out, as ComfyUI does.'
    for text in ("embedding:sub/my style.safetensors", "embedding:my style", "My Style"):
        (knowing,) = with_embeddings((tower,), (ref,))
        assert _ids(knowing, text, "calotype") == [FIRST_ID, FIRST_ID + 1], text


def test_two_of_one_name_are_told_apart_by_their_folders(tmp_path: Path, tower: TextTower) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    refs = tuple(
        _file(tmp_path / folder / "glow.safetensors", emb_params=_table(tower)[at : at + 1].clone())
        for at, folder in ((5, "a"), (9, "b"))
    )
    (knowing,) = with_embeddings((tower,), refs)
    assert _ids(knowing, "embedding:b/glow embedding:a/glow glow", "calotype") == [
        FIRST_ID + 1,
        FIRST_ID,
        FIRST_ID,
    ]


def test_the_library_finds_the_words_of_a_prompt(tmp_path: Path) -> None:
    folder = tmp_path / "embeddings"
    folder.mkdir()
    for name in ("bad-hands", "glow", "my style"):
        save_file({"emb_params": torch.zeros(1, 4)}, folder / f"{name}.safetensors")
    library = Library(tmp_path)
    assert [ref.name for ref in library.embeddings_in("a house, (Glow:1.2)", "bad-hands, my")] == [
        "bad-hands",
        "glow",
    ]
    assert [ref.name for ref in library.embeddings_in("in my style", "")] == ["my style"]
    assert (
        library.embeddings_in("glowing hands") == ()
        and Library(tmp_path / "none").embeddings_in("glow") == ()
    )
