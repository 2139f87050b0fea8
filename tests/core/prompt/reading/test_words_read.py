"""What text encoders read: embeddings as themselves, what is left out, what reaches no picture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from core.prompt.token_count import count_most_tokens, count_request
from core.prompt.words_read import ReadEmbedding, read_long_text, read_text, spelled
from core.system.errors import ModelMissing
from core.system.paths import RESOURCES
from core.values.program import Program
from core.values.request import Request
from core.values.request_parts.chosen_style import ChosenStyle

CLIP = RESOURCES / "families" / "clip-tokenizer"
STARTER = RESOURCES / "starter" / "tokenizer"


@pytest.mark.parametrize("program", Program)
def test_an_embedding_is_itself_with_its_length(program: Program) -> None:
    text = "a red house, (embedding:my-emb:1.5), snow"
    found = read_text("text_encoder", STARTER, text, program, {"my-emb": 3})
    (chunk,) = found.chunks
    (own,) = chunk.embeddings
    assert (own.name, own.length) == ("my-emb", 3)
    assert chunk.tokens[own.start : own.start + 3] == ("my-emb",) * 3
    assert set(chunk.weights[own.start : own.start + 3]) == {1.5}
    assert "".join(chunk.words).startswith("a red house , my-emb my-emb my-emb , snow")
    assert found.left_out == ()


def test_an_embedding_is_not_torn_and_one_longer_than_a_chunk_is() -> None:
    text = "a " * 70 + "emb"
    first, second = read_text("t", STARTER, text, Program.CALOTYPE, {"emb": 8}).chunks
    assert (len(first.tokens), second.embeddings) == (70, (ReadEmbedding("emb", 0, 8),))
    parts = read_text("t", STARTER, "emb", Program.CALOTYPE, {"emb": 80}).chunks
    assert [part.embeddings for part in parts] == [
        (ReadEmbedding("emb", 0, 75),),
        (ReadEmbedding("emb", 0, 5),),
    ]


def test_what_an_encoder_does_not_use_says_so() -> None:
    found = read_text("t", STARTER, "a " * 100, Program.CALOTYPE, most=1)
    assert [chunk.is_used for chunk in found.chunks] == [True, False]


def test_letters_of_several_tokens_stand_with_the_last() -> None:
    found = read_text("t", CLIP, "ünïcode 😀 日本, zebra", Program.CALOTYPE)
    assert "".join(found.chunks[0].words) == "ünïcode 😀 日本 , zebra "
    assert spelled(("Ã", "¼</w>", "Ã")) == ("", "ü ", "")


def test_long_texts_of_t5_are_cut(tmp_path: Path) -> None:
    words = {"▁a": 0, "▁b": 1, ",": 2, "</s>": 3}
    made = Tokenizer(models.WordLevel(words, unk_token="</s>"))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.enable_truncation(2)
    made.save(str(tmp_path / "tokenizer.json"))
    found = read_long_text("t5", tmp_path, "a (b:1.5) e b a", Program.CALOTYPE, {"e": 2}, 6)
    kept, lost = found.chunks
    assert (kept.words, kept.weights) == ((" a", " b", "e ", "e ", " b"), (1, 1.5, 1, 1, 1))
    assert (lost.words, lost.is_used, kept.is_used) == ((" a",), False, True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "tokenizer.json").write_text("{")
    with pytest.raises(ModelMissing):
        read_long_text("t5", tmp_path / "other", "a", Program.CALOTYPE, {}, 6)


def test_words_without_tokens_are_named(tmp_path: Path) -> None:
    letters = {"<|startoftext|>": 0, "<|endoftext|>": 1, "a</w>": 2, "c": 3, "t</w>": 4}
    (tmp_path / "vocab.json").write_text(json.dumps(letters))
    (tmp_path / "merges.txt").write_text("")
    found = read_text("t", tmp_path, "a cat (dog:2)\n a", Program.CALOTYPE)
    assert found.left_out == ("a", "dog"), "of cat only its middle"


def test_what_is_counted_is_what_is_read_at_a_time() -> None:
    def count(text: str, *, is_negative: bool = False) -> int:
        program = Program.CALOTYPE
        return count_most_tokens(STARTER, text, program, 20, is_negative=is_negative)[0]

    assert count("a [red:red red:0.5] {a|a} <lora:x:1>\n# note") == 4
    assert count("a AND red a red") == 3
    assert count("a AND red", is_negative=True) == 3
    assert count("") == 0
    styles = (ChosenStyle("S", "red {prompt}, red", "red"),)
    request = Request("a [red:red red:0.5] # note", negative_prompt="a", styles=styles)
    assert count_request(STARTER, request) == ((6, 75), (3, 75))
    assert count_request(STARTER, Request(request.prompt)) == ((3, 75), (0, 75))
