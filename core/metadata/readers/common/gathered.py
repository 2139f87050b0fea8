"""What a reader of another program's recipe gathers, on its way to a ParsedRecipe: typed fields,
what is only approximated, what is left out, and the models it names.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from core.metadata.infotext.absent import MASK_ABSENT, SOURCE_ABSENT
from core.metadata.infotext.sampler_names import read_names, sampler_named
from core.metadata.parsing.allowed_values import allowed_values
from core.metadata.parsing.named_models import MOST_MODELS, NamedModel, file_stem
from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.parsing.shown import as_shown
from core.prompt.loras import lora_tag, lora_tags, split_loras
from core.system.json_files import parse_json
from core.values.declared.parameter import in_full
from core.values.lora import Lora
from core.values.noise import Noise
from core.values.program import Program
from core.values.request_parts.hires import Hires
from core.values.request_parts.start_picture import StartPicture

_LARGEST = 2**80
_MOST_NOTES = 200
_LONGEST_NOTE = 2000  # characters
_LONGEST_VALUE = 300  # of a value that a note repeats
_LONGEST_NAME = 300
_NUMBER = re.compile(r"\s*[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:e[+-]?\d{1,3})?\s*", re.I)
_SIZE = re.compile(r"\s*[(\[]?\s*(\d{2,5})\s*[,x×]\s*(\d{2,5})\s*[)\]]?\s*")
_NOTHING = frozenset({"", "none", "null", "n/a", "unknown", "automatic", "auto", "default"})


# keys of a table whose values are read as they stand: the field and its type
Numbers = Mapping[str, tuple[str, type[int] | type[float]]]


def number_of(value: object) -> float | None:
    """A finite number, also one that is written as text; None where it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, int) and abs(value) > _LARGEST:
        return None
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def whole_of(value: object) -> int | None:
    """A whole number, with every digit; None where it is none, has a fraction or is beyond all that
    anything is counted with."""
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?\d{1,40}\s*", value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) <= _LARGEST else None
    number = number_of(value)
    return int(number) if number is not None and number == int(number) else None


def text_of(value: object) -> str:
    """A text without blanks around it; "" for anything else."""
    return value.strip() if isinstance(value, str) else ""


def name_of(value: object) -> str:
    """A name of a model; "" for a text that means none of one's own."""
    text = text_of(value)
    return "" if text.lower() in _NOTHING else text


def in_short(value: object) -> str:
    """A value as a note repeats it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = str(value)
    else:
        text = in_full(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."


def tables_in(text: str) -> dict[str, Any]:
    """The JSON object that a text is; {} where it is none."""
    if not text.lstrip().startswith("{"):
        return {}
    try:
        value = parse_json(text)
    except ValueError:
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def tables_marked(texts: Mapping[str, str], *marks: str) -> Iterator[dict[str, Any]]:
    """The JSON objects among a picture's texts in which all of these words stand."""
    for text in texts.values():
        if all(mark in text for mark in marks) and (table := tables_in(text)):
            yield table


class Told:
    """The pairs of a table, and which of them nobody has asked for yet."""

    def __init__(self, pairs: Mapping[str, Any]) -> None:
        self._pairs = pairs
        self._left = dict.fromkeys(pairs)

    def __contains__(self, key: str) -> bool:
        return key in self._pairs

    def take(self, *keys: str) -> Any:
        """The first of these that is there, as it is; None for none. All of them are taken."""
        for key in keys:
            self._left.pop(key, None)
        return next((self._pairs[key] for key in keys if key in self._pairs), None)

    def give_back(self, key: str) -> None:
        """It is not understood after all."""
        if key in self._pairs:
            self._left[key] = None

    def left(self) -> Iterator[str]:
        """What is not understood, as a note has it; without what says nothing."""
        for key in self._left:
            value = self._pairs[key]
            if value not in (None, "", [], {}, False):
                yield f"{key}: {in_short(value)}"


class Gathered:
    """Fields of a request as they come, each checked alone and all together at the end."""

    def __init__(self, kind: str, version: str = "") -> None:
        self.kind = kind
        self.version = version
        self.values: dict[str, object] = {}
        self.said: dict[str, str] = {}
        self.approximated: list[str] = []
        self.ignored: list[str] = []
        self.likely: dict[str, object] = {}
        self.models: list[NamedModel] = []
        self._loras: list[Lora] = []

    def put(self, field: str, value: object, said: str = "") -> None:
        """A field that is known; None is none. `said` is how the picture puts it."""
        if value is not None:
            self.values[field] = value
            if said:
                self.said[field] = said

    def prompts(self, prompt: object, negative: object = None) -> None:
        """What was asked for and what was to be kept out; others than texts are none, and said."""
        for field, text in (("prompt", prompt), ("negative_prompt", negative)):
            if isinstance(text, str):
                self.values[field] = text
            elif text is not None:
                self.ignored.append(f"{field}: {in_short(text)}")

    def numbers(self, told: Told, names: Numbers) -> None:
        """Fields that are read as they stand."""
        for key, (field, kind) in names.items():
            if key not in told:
                continue
            raw = told.take(key)
            value = whole_of(raw) if kind is int else number_of(raw)
            if value is None:
                told.give_back(key)
            elif field == "seed" and value < 0:
                self.ignored.append(f"{key}: {in_short(raw)}")
            else:
                self.put(field, value, f"{key}: {in_short(raw)}")

    def size(self, width: object, height: object, said: str = "") -> None:
        """Both sides in pixels; nothing where one is no whole number, which is said."""
        sides = whole_of(width), whole_of(height)
        if sides[0] is not None and sides[1] is not None:
            self.put("width", sides[0], said)
            self.put("height", sides[1], said)
        elif width is not None or height is not None:
            self.ignored.append(f"size: {in_short(width)} x {in_short(height)}")

    def size_in(self, value: object) -> bool:
        """Both sides out of a list of two, or a text as "832x1216"; whether it is one of these."""
        sides = cast("list[object]", value) if isinstance(value, list) else []
        if len(sides) == 2:
            self.size(sides[0], sides[1])
            return True
        match = _SIZE.fullmatch(value) if isinstance(value, str) else None
        if match is not None:
            self.size(int(match[1]), int(match[2]))
        return match is not None

    def sampling(self, sampler: object, schedule: object = "", *, bh1: bool = False) -> None:
        """Sampler and schedule by the names of any program; a name that is not known is left out
        and said. `bh1`: its "UniPC" is the one of that variant."""
        name, spacing = text_of(sampler), text_of(schedule)
        named = read_names(name, spacing)
        ours = named.sampler
        if ours == "unipc" and bh1 and "bh" not in name.lower():
            ours = "unipc_bh1"
        if ours:
            self.put("sampler", ours)
        elif name:
            self.ignored.append(f"sampler: {in_short(name)}")
        if named.schedule:
            self.put("schedule", named.schedule)
        elif spacing and named.stated:
            self.ignored.append(f"schedule: {in_short(spacing)}")

    def model(self, name: object, digest: object = "", *, whole_file: bool = True) -> None:
        """The whole model that was used; `whole_file`: the hash is that of its file."""
        called, hashed = name_of(name), text_of(digest)
        if called:
            self.put("model", file_stem(called)[:_LONGEST_NAME])
        plain = hashed.lower().removeprefix("0x")
        if whole_file and re.fullmatch(r"[0-9a-f]{8,64}", plain):
            self.put("model_hash", plain)
        if called or hashed:
            self.models.insert(0, NamedModel("model", called[:_LONGEST_NAME], hashed[:80]))

    def part(self, kind: str, name: object, digest: object = "") -> None:
        """A VAE or a refiner that was chosen."""
        if called := name_of(name):
            self.put(kind, file_stem(called)[:_LONGEST_NAME])
            self.models.append(NamedModel(kind, called[:_LONGEST_NAME], text_of(digest)[:80]))

    def lora(
        self, name: object, weight: object = 1.0, text_weight: object = None, digest: object = ""
    ) -> None:
        """An adapter; one whose weight is no number is left out and said."""
        called, number = name_of(name), number_of(weight)
        other = number_of(text_weight)
        if not called or len(self._loras) >= MOST_MODELS:
            return
        if number is None:
            self.ignored.append(f"LoRA {in_short(called)}: weight {in_short(weight)}")
            return
        own = None if other is None or other == number else other
        self._loras.append(Lora(file_stem(called)[:_LONGEST_NAME], number, own))
        self.models.append(NamedModel("lora", called[:_LONGEST_NAME], text_of(digest)[:80], number))

    def start(self, strength: object, *, masked: bool = False, **parts: object) -> None:
        """It was made from a picture, which the file does not carry."""
        number = number_of(strength)
        values: dict[str, Any] = {name: part for name, part in parts.items() if part is not None}
        if number is not None and 0 <= number <= 1:
            values["strength"] = number
        else:
            usual = StartPicture().strength
            self.approximated.append(
                f"strength: {'none' if strength is None else in_short(strength)} is said; "
                f"here {usual:g}"
            )
        self.put("start", StartPicture(**values))
        self.approximated.append(SOURCE_ABSENT)
        if masked:
            self.approximated.append(MASK_ABSENT)

    def noise_unsaid(self, source: str) -> None:
        """Nothing says where the noise was drawn; it is drawn here where it mostly was."""
        self.put("noise", Noise(source=source))
        where = "an NVIDIA card" if source == "philox" else "the processor"
        self.approximated.append(f"seed: where its noise was drawn is not said; here as by {where}")

    def way(self, program: Program) -> None:
        """Whose way of rendering comes nearest."""
        self.put("compatibility", program)

    def parsed(self) -> ParsedRecipe:
        """The whole of it."""
        if self._loras:
            self._take_loras()
        checked = allowed_values(self.values, self.said)
        shown = as_shown(checked.values)
        if (strength := _strength(checked.values)) is not None:
            shown["denoising_strength"] = strength
        ignored = dict.fromkeys((*self.ignored, *checked.ignored))
        approximated = dict.fromkeys((*self.approximated, *checked.approximated))
        return ParsedRecipe(
            format=self.kind,
            request=shown,
            approximated=tuple(_bounded(approximated)),
            ignored=tuple(_bounded(ignored)),
            likely=self.likely,
            fields=checked.values,
            models=tuple(self.models[:MOST_MODELS]),
            version=self.version[:_LONGEST_NAME],
        )

    def plain_tags(self) -> None:
        """To its program the prompt's tags are words like others, and LoRAs to nobody but us."""
        prompt = str(self.values.get("prompt", ""))
        bare, loras = split_loras(prompt)
        if loras:
            self.values["prompt"] = bare
            tags = "".join(lora_tag(lora) for lora in loras[:MOST_MODELS])
            self.approximated.append(f"{in_short(tags)}: plain words there, left out here")

    def _take_loras(self) -> None:
        """LoRAs of a list go into the prompt where its own tags ask for others: it is read in one
        of the two places."""
        prompt = str(self.values.get("prompt", ""))
        named = {file_stem(lora.id) for _, _, lora in lora_tags(prompt, MOST_MODELS)}
        others = [lora for lora in self._loras if lora.id not in named]
        if named:
            self.values["prompt"] = prompt + "".join(lora_tag(lora) for lora in others)
        elif others:
            self.values["loras"] = tuple(others)


def _strength(values: Mapping[str, object]) -> float | None:
    start, hires = values.get("start"), values.get("hires")
    if isinstance(start, StartPicture):
        return start.strength
    return hires.strength if isinstance(hires, Hires) else None


def _bounded(notes: Mapping[str, None]) -> Iterator[str]:
    for note in list(notes)[:_MOST_NOTES]:
        yield note[:_LONGEST_NOTE]


def known_sampler(name: object) -> str:
    """Our id for a sampler of another program; "" for none."""
    return sampler_named(text_of(name))
