"""The files that a picture says were used: what it calls each, and the hash it gives for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import cast

from core.prompt.loras import lora_tags
from core.system.paths import last_part
from core.values.lora import Lora

MOST_MODELS = 256  # of one picture
_LONGEST_NAME = 300  # characters
_ENDING = re.compile(r"\.(?:safetensors|tdict|sft|ckpt|pth?|bin|gguf)$", re.IGNORECASE)
_HASHED = re.compile(r"\s*([^,:]{1,300}?)\s*:\s*([0-9a-fA-F]{6,64})\s*(?:,|$)")


@dataclass(frozen=True, slots=True)
class NamedModel:
    """`kind` is "model", "refiner", "vae", "lora", "embedding", "controlnet" or "upscaler". `name`
    as the picture has it, "" where it gives a hash alone; `hash` hex digits, of which kind its
    program knows (A1111 shortens the sha256 of the file, or of a LoRA's tensors; InvokeAI writes
    "blake3:" before them); "" for none. `weight` of an adapter, None where it has none.
    """

    kind: str
    name: str
    hash: str = ""
    weight: float | None = None


def file_stem(name: str) -> str:
    """The name of a model's file without its folders and its ending."""
    return _ENDING.sub("", re.split(r"[/\\]", name.rstrip("/\\"))[-1]).strip() or last_part(name)


def named_in_text(
    values: Mapping[str, object],
    lora_hashes: str = "",
    embedding_hashes: str = "",
    hashes: Mapping[str, object] | None = None,
) -> tuple[NamedModel, ...]:
    """Of fields that were read, the prompt's LoRA tags with them, and of the texts in which the web
    UI lists hashes ("name: digits, name: digits", or a table of "lora:name")."""
    digests = {f"lora:{name}": digest for name, digest in _pairs(lora_hashes)}
    digests |= {f"embed:{name}": digest for name, digest in _pairs(embedding_hashes)}
    for key, digest in islice((hashes or {}).items(), MOST_MODELS):
        if isinstance(digest, str):  # some savers write "LORA:name"
            kind, mark, name = key.partition(":")
            digests.setdefault(f"{kind.lower()}{mark}{name}", digest)
    named = [_whole(values, kind) for kind in ("model", "refiner", "vae")]
    own = cast("tuple[Lora, ...]", values.get("loras") or ())
    tagged = (lora for _, _, lora in lora_tags(str(values.get("prompt", "")), MOST_MODELS))
    loras = {lora.id: lora.weight for lora in (*own, *tagged)}
    named += [
        NamedModel("lora", name[:_LONGEST_NAME], _digest(digests, name), weight)
        for name, weight in loras.items()
    ]
    named += [
        NamedModel("embedding", key.removeprefix("embed:")[:_LONGEST_NAME], digest[:64])
        for key, digest in digests.items()
        if key.startswith("embed:")
    ]
    return tuple(islice((each for each in named if each is not None), MOST_MODELS))


def _whole(values: Mapping[str, object], kind: str) -> NamedModel | None:
    name = str(values.get(kind) or "")[:_LONGEST_NAME]
    digest = str(values.get("model_hash") or "") if kind == "model" else ""
    return NamedModel(kind, name, digest) if name or digest else None


def _digest(digests: Mapping[str, str], name: str) -> str:
    """The web UI leaves out of a name the signs that part its pairs."""
    plain = name.replace(":", "").replace(",", "")
    return (digests.get(f"lora:{name}") or digests.get(f"lora:{plain}") or "")[:64]


def _pairs(text: str) -> list[tuple[str, str]]:
    matches = islice(_HASHED.finditer(text), MOST_MODELS)
    return [(match[1], match[2].lower()) for match in matches]
