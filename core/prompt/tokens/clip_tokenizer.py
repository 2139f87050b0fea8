"""CLIP's tokenizer from a model's folder: vocab.json and merges.txt, or tokenizer.json, and what
tokenizer_config.json and its kin say of special tokens. Gives the ids that transformers gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, cast

from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

from core.prompt.tokens.pieces import without_surrogates
from core.system.errors import ModelMissing
from core.system.json_files import as_list, as_table, list_or_empty, read_table, table_or_empty
from core.system.regular_files import read_limited

MAX_FILE = 2**24  # bytes of a vocabulary or its merges; CLIP's has a million
MAX_ADDED = 10_000  # tokens beside the vocabulary
LARGEST_ID = 2**30  # from there on ids stand for embeddings
_START = "<|startoftext|>"
_END = "<|endoftext|>"
_END_OF_WORD = "</w>"
_WORDS = (
    r"<\|startoftext\|>|<\|endoftext\|>|"
    r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
)
_DEFAULTS = {"bos_token": _START, "eos_token": _END, "unk_token": _END, "pad_token": _END}
# in the order in which those that the vocabulary lacks get their ids
_NAMES = tuple(f"{name}_token" for name in ("bos", "eos", "unk", "sep", "pad", "cls", "mask"))
Table = Mapping[str, Any]
Tokens = dict[str, AddedToken]


@dataclass(frozen=True, slots=True)
class ClipTokenizer:
    """Splits text as CLIP does. `bos_token_id` and `eos_token_id` stand around a text; with
    `pad_token_id` it is filled up, None where the model names no such token."""

    splitter: Tokenizer
    bos_token_id: int
    eos_token_id: int
    pad_token_id: int | None

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The tokenizer that lies in a folder. Raises OSError where a file is missing or cannot be
        read, ValueError where one says what no tokenizer is made of."""
        config = _if_there(folder / "tokenizer_config.json")
        in_one_file = (folder / "tokenizer.json").exists()
        whole = _if_there(folder / "tokenizer.json")
        if "added_tokens_decoder" in config:
            added = _described(config["added_tokens_decoder"])
        else:  # as older folders have it
            config |= _if_there(folder / "special_tokens_map.json")
            added = _of_file(folder / "added_tokens.json", config) | _in_whole(whole)
        named = _named(config, added)
        vocabulary, merges = _in_model(whole) if in_one_file else _in_two_files(folder)
        unknown = named.get("unk_token")
        splitter = _splitter(vocabulary, merges, unknown.content if unknown else None)
        _add(splitter, [*added.values(), *named.values(), *_further(config)])
        splitter.encode_special_tokens = config.get("split_special_tokens") is True
        start, end, pad = (
            splitter.token_to_id(named[name].content) if name in named else None
            for name in ("bos_token", "eos_token", "pad_token")
        )
        if start is None or end is None:
            raise ValueError("no token stands for the start or the end of a text")
        return cls(splitter, start, end, pad)

    def ids(self, text: str) -> list[int]:
        """The ids of a text, without start and end; special tokens that stand in it have theirs."""
        return self.splitter.encode(without_surrogates(text), add_special_tokens=False).ids

    def known_places(self, text: str) -> list[tuple[int, int]]:
        """[start, end) of what tokens stand for, in order; blanks, and what no token stands for,
        are between. `text` has no surrogates."""
        found = self.splitter.encode(text, add_special_tokens=False)
        unknown: str | None = getattr(self.splitter.model, "unk_token", None)
        return [
            place
            for token, place in zip(found.tokens, found.offsets, strict=True)
            if token != unknown
        ]


def load_tokenizer(folder: Path, model: str) -> ClipTokenizer:
    """The tokenizer in a folder of `model`, which the sentence names. Raises ModelMissing where it
    is missing or damaged."""
    try:
        return ClipTokenizer.read(folder)
    except (OSError, ValueError) as fault:
        raise ModelMissing(
            f"The tokenizer of {model} cannot be loaded.", "Get a complete copy of the model."
        ) from fault


def _if_there(path: Path) -> dict[str, Any]:
    return read_table(path, MAX_FILE) if path.exists() else {}


def _in_two_files(folder: Path) -> tuple[Table, list[Any]]:
    """Vocabulary and merges as CLIP's authors have them."""
    lines = read_limited(folder / "merges.txt", MAX_FILE).decode("utf-8").split("\n")
    merges = [line.rstrip("\r") for line in lines]
    return (
        read_table(folder / "vocab.json", MAX_FILE),
        [line for line in merges if line and not line.startswith("#version")],
    )


def _in_model(whole: Table) -> tuple[Table, list[Any]]:
    """Vocabulary and merges of a tokenizer.json."""
    model = as_table(whole.get("model"))
    return as_table(model.get("vocab")), as_list(model.get("merges"))


def _splitter(vocabulary: Table, merges: list[Any], unknown: str | None) -> Tokenizer:
    """Byte pair encoding of lower-case words (Sennrich et al. 2016; Radford et al. 2021). What no
    token stands for is `unknown`, or left out where the vocabulary lacks that too. Raises
    ValueError for ids that are no numbers, tokens that are no text, and merges of what is no
    token."""
    for number in vocabulary.values():
        if type(number) is not int or not 0 <= number < LARGEST_ID:
            raise ValueError(f"{str(number)[:50]} is no id of a token")
    "".join(vocabulary).encode()  # half a surrogate pair is no text
    tokenizer = Tokenizer(
        models.BPE(
            cast("dict[str, int]", vocabulary),
            _pairs(merges, vocabulary),
            unk_token=unknown if unknown in vocabulary else None,
            end_of_word_suffix=_END_OF_WORD,
            continuing_subword_prefix="",
        )
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORDS), "removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    return tokenizer


def _pairs(merges: list[Any], vocabulary: Table) -> list[tuple[str, str]]:
    """The merges, each written as "a b" or as a list of two tokens."""
    pairs = [
        tuple(merge.split(" ") if isinstance(merge, str) else list_or_empty(merge))
        for merge in merges
    ]
    if not all(map(_is_pair, pairs)):
        raise ValueError("a merge is not of two tokens")
    # as sets: CLIP has 49,000 of them, and a model waits for its tokenizer
    named = {token for pair in pairs for token in pair}.union(map("".join, pairs))
    if unknown := named - vocabulary.keys():
        raise ValueError(f"a merge is of {unknown.pop()[:50]!r}, which is no token")
    return cast("list[tuple[str, str]]", pairs)


def _is_pair(tokens: tuple[Any, ...]) -> bool:
    return len(tokens) == 2 and isinstance(tokens[0], str) and isinstance(tokens[1], str)


def _token(value: Any, *, special: bool = False) -> AddedToken | None:
    """A special token as it is written: its text, or a table of that and of how it is found in a
    text. None where nothing is written."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return AddedToken(value, special=True)
    table = as_table(value)
    content = table.get("content")
    if not isinstance(content, str):
        raise ValueError("a special token has no content")
    flags = ("single_word", "lstrip", "rstrip", "normalized", "special")
    given = {name: table[name] for name in flags if isinstance(table.get(name), bool)}
    token = AddedToken(content, **given)
    token.special = token.special or special
    return token


def _described(value: Any) -> Tokens:
    """The tokens of `added_tokens_decoder`, in the order of their ids, which the vocabulary knows
    better."""
    table = as_table(value)
    if not all(key.isdecimal() and len(key) < 10 for key in table):
        raise ValueError("added_tokens_decoder has a key that is no id")
    return _by_content(table[key] for key in sorted(table, key=int))


def _of_file(path: Path, config: Table) -> Tokens:
    """The tokens of an added_tokens.json; those the configuration names are special."""
    table = _if_there(path)
    special = {token.content for token in _named(config, {}).values()}
    for number in table.values():
        if type(number) is not int:
            raise ValueError(f"{str(number)[:50]} is no id of a token")
    return _by_content(
        {"content": name, "special": name in special, "normalized": name not in special}
        for name in sorted(table, key=lambda name: table[name])
    )


def _in_whole(whole: Table) -> Tokens:
    """The added tokens of a tokenizer.json."""
    tokens = [table_or_empty(value) for value in list_or_empty(whole.get("added_tokens"))]
    if not all(type(token.get("id")) is int for token in tokens):
        raise ValueError("an added token of tokenizer.json has no id")
    return _by_content(sorted(tokens, key=lambda token: token["id"]))


def _by_content(values: Iterator[Any] | list[Any]) -> Tokens:
    tokens = [_token(value) for value in values]
    return {token.content: token for token in tokens if token is not None}


def _named(config: Table, added: Tokens) -> Tokens:
    """The special tokens that have a name; one that is described elsewhere is as described."""
    named: Tokens = {}
    for name in _NAMES:
        token = _token(config.get(name, _DEFAULTS.get(name)), special=True)
        if token is not None:
            named[name] = added.get(token.content, token)
            named[name].special = True
    return named


def _further(config: Table) -> Iterator[AddedToken]:
    """Special tokens with names of their own, then those without."""
    others = [
        value for name, value in config.items() if name.endswith("_token") and name not in _NAMES
    ]
    extra: Any = config.get("extra_special_tokens") or config.get("additional_special_tokens")
    for value in [*others, *table_or_empty(extra).values(), *list_or_empty(extra)]:
        if isinstance(value, str | dict) and (token := _token(value, special=True)) is not None:
            yield token


def _add(tokenizer: Tokenizer, tokens: list[AddedToken]) -> None:
    """Tokens that are found in a text before it is split; the first of those alike counts."""
    if len(tokens) > MAX_ADDED:
        raise ValueError(f"{len(tokens)} tokens beside the vocabulary are too many")
    # whose annotation does not say a list of what
    tokenizer.add_tokens(tokens)  # pyright: ignore[reportUnknownMemberType]
