"""The ids of our tokenizer are those of transformers' CLIPTokenizer, whatever a folder and a text
look like; what is damaged gives one sentence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers.models.clip.tokenization_clip import CLIPTokenizer

from core.prompt.token_count import count_tokens
from core.prompt.tokens import clip_tokenizer
from core.prompt.tokens.clip_tokenizer import ClipTokenizer, load_tokenizer
from core.prompt.tokens.pieces import without_surrogates
from core.system.errors import ModelMissing

RESOURCES = Path(__file__).parents[3] / "resources"
STARTER = RESOURCES / "starter" / "tokenizer"
CLIP = RESOURCES / "families" / "clip-tokenizer"  # which packaging/clip_tokenizer.py sets up
START, END = "<|startoftext|>", "<|endoftext|>"
PIECES = [
    "a cat on grass",
    END,
    START,
    "<|ENDOFTEXT|>",
    "<|",
    "!",
    "?!!",
    " ",
    "\t\n",
    "\r\n",
    "don't I'LL 'S",
    "1234",
    "é",
    "e\u0301",
    "\u1e9b\u0323",
    "猫",
    "مرحبا",
    "👩‍👩‍👧🏳️‍🌈",
    "\ud83d",
    "\udc00",
    "\0",
    "\x07",
    "\u200d",
    "\u00a0\u3000\ufeff",
    "İstanbul ǅ ſ Σς ß",
    "<cat>",
    "<image>",
    "<foo>",
    "wolf",
    "sks",
    "QueenElsa",
    "queenelsa",
    "(x:1.2), [y]",
    "x" * 300,
    "½²٣－",
    "#version",
    "",
]


def described(content: str, **flags: bool) -> dict[str, Any]:
    """A special token as transformers writes it to a map or a configuration."""
    plain = {"lstrip": False, "normalized": True, "rstrip": False, "single_word": False}
    return {"content": content, **plain, **flags}


def typed(content: str) -> dict[str, Any]:
    """The same in a configuration of before `added_tokens_decoder`."""
    return {"__type": "AddedToken", **described(content)}


OF_SD15 = {
    "bos_token": typed(START),
    "eos_token": typed(END),
    "unk_token": typed(END),
    "pad_token": END,
}
MAP = {name: described(START if name == "bos_token" else END) for name in OF_SD15}
FOLDERS: dict[str, dict[str, Any]] = {
    "nothing but words": {},
    "Stable Diffusion 1.5": {"tokenizer_config": OF_SD15, "special_tokens_map": MAP},
    "2.1": {"tokenizer_config": OF_SD15, "special_tokens_map": {**MAP, "pad_token": "!"}},
    "3": {
        "tokenizer_config": {
            "added_tokens_decoder": {
                "0": described("!", normalized=False, special=True),
                "49406": described(START, special=True),
                "49407": described(END, special=True),
            },
            "bos_token": START,
            "eos_token": END,
            "pad_token": "!",
        },
        "special_tokens_map": {"pad_token": "not read"},
    },
    "no padding": {"tokenizer_config": {"pad_token": None}},
    "further tokens": {
        "tokenizer_config": {
            "additional_special_tokens": ["<cat>", "<dog>"],
            "image_token": "<image>",
            "mask_token": "<mask>",
        },
        "added_tokens": {"<foo>": 5001, "wolf": 5000},
    },
    "learnt words": {
        "tokenizer_config": {
            "added_tokens_decoder": {
                "5000": described("QueenElsa", special=False),
                "5001": described("sks", special=False, normalized=False, lstrip=True, rstrip=True),
            }
        }
    },
    "split": {"tokenizer_config": {"split_special_tokens": True}},
}


def written(folder: Path, files: dict[str, Any]) -> Path:
    """The starter's vocabulary with these JSON files beside it."""
    folder.mkdir(exist_ok=True)
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(STARTER / name, folder / name)
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Any, ClipTokenizer]]:
    """transformers' tokenizer and ours of every kind of folder."""
    base = tmp_path_factory.mktemp("tokenizers")
    folders = {name: written(base / name, files) for name, files in FOLDERS.items()}
    folders["the starter's"] = STARTER
    whole = base / "in one file"
    CLIPTokenizer.from_pretrained(folders["2.1"]).save_pretrained(whole)
    folders["in one file"] = whole
    if (CLIP / "vocab.json").is_file():
        folders["CLIP's"] = CLIP
    return [
        (name, CLIPTokenizer.from_pretrained(folder), ClipTokenizer.read(folder))
        for name, folder in folders.items()
    ]


Pairs = list[tuple[str, Any, ClipTokenizer]]


def check(pairs: Pairs, text: str) -> None:
    """The same ids of a text from all of them."""
    for name, theirs, ours in pairs:
        given_text = without_surrogates(text)
        expected = theirs(given_text, add_special_tokens=False, verbose=False).input_ids
        assert ours.ids(text) == expected, name


def test_the_ids_around_a_text_are_those_of_transformers(pairs: Pairs) -> None:
    """Start, end and padding, also where there is none."""
    for name, theirs, ours in pairs:
        expected = (theirs.bos_token_id, theirs.eos_token_id, theirs.pad_token_id)
        assert (ours.bos_token_id, ours.eos_token_id, ours.pad_token_id) == expected, name


@pytest.mark.parametrize("text", PIECES, ids=range(len(PIECES)))
def test_the_ids_of_a_text_are_those_of_transformers(pairs: Pairs, text: str) -> None:
    """Each kind of text by itself."""
    check(pairs, text)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.sampled_from(PIECES) | st.text(max_size=12), max_size=6),
    st.sampled_from(["", " ", ", "]),
)
def test_the_ids_of_any_text_are_those_of_transformers(
    pairs: Pairs, parts: list[str], between: str
) -> None:
    """What is next to each other, too."""
    check(pairs, between.join(parts))


def test_what_is_counted_is_what_the_engine_is_given() -> None:
    """One tokenizer for the window and for the engine."""
    text = f"a cat, {END} é 1234"
    ids = ClipTokenizer.read(STARTER).ids(text)
    assert count_tokens(STARTER, text) == (len(ids), 75)


def _unknown_merge(folder: Path) -> None:
    with (folder / "merges.txt").open("a") as file:
        file.write("nosuch token</w>\n")


def _lonely_merge(folder: Path) -> None:
    (folder / "merges.txt").write_text("#version: 0.2\nlonely\n")


def _binary_merges(folder: Path) -> None:
    (folder / "merges.txt").write_bytes(b"\xff\xfe\x00")


def _vocabulary(content: str) -> Callable[[Path], None]:
    return lambda folder: (folder / "vocab.json").write_text(content) and None


def _config(content: Any) -> Callable[[Path], None]:
    path = "tokenizer_config.json"
    return lambda folder: (folder / path).write_text(json.dumps(content)) and None


def _whole(content: Any) -> Callable[[Path], None]:
    path = "tokenizer.json"
    return lambda folder: (folder / path).write_text(json.dumps(content)) and None


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "vocab.json").unlink(),
        lambda folder: (folder / "merges.txt").unlink(),
        _unknown_merge,
        _lonely_merge,
        _binary_merges,
        _vocabulary("{"),
        _vocabulary("[1, 2]"),
        _vocabulary("[" * 100_000),
        _vocabulary('{"a": "b"}'),
        _vocabulary('{"a": -1}'),
        _vocabulary('{"a": 1e400}'),
        _vocabulary('{"a": 99999999999999999999}'),
        _vocabulary('{"a": true}'),
        _vocabulary(f'{{"a": {2**30}}}'),
        _vocabulary(r'{"\ud800": 1}'),
        _config([]),
        _config({"bos_token": 7}),
        _config({"bos_token": None}),
        _config({"eos_token": {"lstrip": True}}),
        _config({"added_tokens_decoder": []}),
        _config({"added_tokens_decoder": {"x": described("a")}}),
        _config({"added_tokens_decoder": {"1": 7}}),
        _whole({}),
        _whole({"model": {"vocab": [["a", 0]], "merges": []}}),
        _whole({"model": {"vocab": {"a": 0}, "merges": [["a", 1]]}}),
        _whole({"model": {"vocab": {"a": 0}, "merges": [3]}}),
        _whole({"model": {"vocab": {"a": 0}, "merges": []}, "added_tokens": [{"id": "x"}]}),
    ],
)
def test_a_damaged_tokenizer_gives_one_sentence(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    """Files come from outside: whatever they hold."""
    damage(written(tmp_path, {}))
    with pytest.raises(ModelMissing, match="The tokenizer of Fir cannot be loaded"):
        load_tokenizer(tmp_path, "Fir")


def test_what_no_token_stands_for_is_left_out_where_no_token_says_that_it_is_unknown(
    tmp_path: Path,
) -> None:
    """Such a text is no fault of the picture."""
    written(tmp_path, {})
    (tmp_path / "vocab.json").write_text(json.dumps({"a</w>": 0}))
    (tmp_path / "merges.txt").write_text("")
    assert load_tokenizer(tmp_path, "Fir").ids("a cat") == [0]


def test_a_vocabulary_that_is_too_large_gives_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not read to its end."""
    monkeypatch.setattr(clip_tokenizer, "MAX_FILE", 1000)
    written(tmp_path, {})
    with pytest.raises(ModelMissing):
        load_tokenizer(tmp_path, "Fir")


def test_too_many_tokens_beside_the_vocabulary_give_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them is looked for in every text."""
    monkeypatch.setattr(clip_tokenizer, "MAX_ADDED", 10)
    written(tmp_path, {"added_tokens": {f"<{n}>": 2000 + n for n in range(11)}})
    with pytest.raises(ModelMissing):
        load_tokenizer(tmp_path, "Fir")
