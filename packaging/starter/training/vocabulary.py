"""Trains the starter's CLIP-style BPE tokenizer on the captions,
and words captions with filler the pictures ignore.

    python -m starter.training.vocabulary DATA OUT

Writes OUT/tokenizer in the layout CLIPTokenizer reads (vocab.json, merges.txt,
special tokens, length 77).
"""

from __future__ import annotations

import argparse
import json
import random
import string
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

START = "<|startoftext|>"
END = "<|endoftext|>"
LENGTH = 77
FILLERS = (
    "beautiful",
    "pretty",
    "cute",
    "cosy",
    "lovely",
    "detailed",
    "quiet",
    "old",
    "nice",
    "simple",
    "charming",
    "lonely",
    "very",
    "wonderful",
    "masterpiece",
    "best quality",
    "in the style of a picture book",
)


def with_filler(caption: str, rng: random.Random) -> str:
    """The caption with a word that means nothing to the picture, so that unknown words do
    not disturb the known ones."""
    if rng.random() < 0.6:
        word = rng.choice(FILLERS)
    else:
        word = "".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 9)))
    words = caption.split(" ")
    if rng.random() < 0.5:
        return f"{caption}, {word}"
    return " ".join([*words[:1], word, *words[1:]])


def learnt(captions: list[str]) -> tuple[dict[str, int], list[str]]:
    """The vocabulary and the merges ("a b</w>") of captions, in CLIP's way: lower case, words ended
    by "</w>", every byte at hand."""
    tokenizer = Tokenizer(
        models.BPE(unk_token=END, end_of_word_suffix="</w>", continuing_subword_prefix="")
    )
    tokenizer.normalizer = normalizers.Lowercase()
    words = Regex(r"[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(words, "removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=1024,
        special_tokens=[START, END],
        end_of_word_suffix="</w>",
        initial_alphabet=alphabet,
        show_progress=False,
    )
    closed = " ".join(letter for letter in string.printable if not letter.isspace())
    tokenizer.train_from_iterator([*captions, *[closed] * 10, *FILLERS * 50], trainer)
    model = json.loads(tokenizer.to_str())["model"]
    vocabulary = dict(model["vocab"])
    for letter in alphabet:
        vocabulary.setdefault(letter + "</w>", len(vocabulary))
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in model["merges"]]
    return vocabulary, merges


def train(captions: list[str], folder: Path) -> None:
    """Learn merges on `captions` and write the tokenizer folder."""
    vocabulary, merges = learnt(captions)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
    tokens = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END}
    config = {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": LENGTH,
        **tokens,
        "add_prefix_space": False,
        "do_lower_case": True,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n")
    (folder / "special_tokens_map.json").write_text(json.dumps(tokens, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    captions = [
        wording
        for wordings in json.loads((options.data / "captions.json").read_text())
        for wording in wordings
    ]
    train(captions[:20000], options.out / "tokenizer")


if __name__ == "__main__":
    main()
