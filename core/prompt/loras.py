"""LoRAs in words: tags such as `<lora:NAME:WEIGHT>` in a prompt, ID:WEIGHT on the command line.

As in AUTOMATIC1111 (from 1.5 on <lyco:...> is <lora:...>): two numbers are the text encoder's
weight and the denoiser's, also as `te=` and `unet=`. As in its extension for the weights of
blocks, `start=` and `stop=` are the steps after which it comes and goes, or `step=` both
(`step=5-10`); with a point they are shares of the steps. What is clearly meant as a tag is never
read as words: what is understood of it counts, the rest is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import PurePath

from core.system.errors import InvalidRequest
from core.system.paths import is_path, last_part
from core.values.declared.limits import MAX_STEPS
from core.values.declared.parameter import in_full
from core.values.lora import MAX_LORA, Lora

_COLON = "[:：]"
_KINDS = "lora|lyco|lycoris|locon|loha|lokr|dora"
_OTHERS = "hypernet|hypernetwork"  # taken out and said: this program has none of them
# No part can give back what the next one then takes, and none passes a "<":
# each sign is looked at once.
_TAG = re.compile(rf"<\s{{0,8}}({_KINDS}|{_OTHERS})\s{{0,8}}{_COLON}([^<>]*+)>", re.IGNORECASE)
_OPEN = re.compile(
    rf"<\s{{0,8}}(?:{_KINDS}|{_OTHERS})\s{{0,8}}{_COLON}[^<>]{{0,60}}+(?!>)", re.IGNORECASE
)
_NUMBER = re.compile(r"[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,3})?", re.ASCII)
_COMMA = re.compile(r"[+-]?\d{0,30},\d{1,30}", re.ASCII)
_PERCENT = re.compile(r"([+-]?\d{1,6}(?:[.,]\d{1,6})?)\s?%", re.ASCII)
_STEPS = re.compile(r"(\d{1,4})|(\d?\.\d{1,6}|\d\.)", re.ASCII)  # a number of them, or a share
_LAST_STEPS = re.compile(r":(st(?:art|op|ep)=[\d.-]{1,20})$", re.ASCII)
LOOKED_AT = 500  # tags of a prompt that are spoken of
SHOWN = 40  # characters of a tag or text that a sentence repeats


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag at [start, end) with what it asks for, None for one that asks for nothing known;
    `remarks` are whole sentences."""

    start: int
    end: int
    lora: Lora | None
    remarks: tuple[str, ...] = ()


def tags(prompt: str) -> Iterator[Tag]:
    """Every tag that a text holds, in order."""
    return (_tag_of(match) for match in _TAG.finditer(prompt)) if "<" in prompt else iter(())


def as_snippet(text: str) -> str:
    """A snippet as a sentence repeats it: on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"


def _tag_of(match: re.Match[str]) -> Tag:
    start, end = match.span()
    if match[1].lower() in _OTHERS.split("|"):
        remark = f'"{as_snippet(match[0])}" is left out: Calotype has no hypernetworks.'
        return Tag(start, end, None, (remark,))
    name, *parts = re.split(_COLON, match[2])
    if parts and re.fullmatch(r"\s*[A-Za-z]", name) and parts[0][:1] in ("\\", "/"):
        name = f"{name}:{parts.pop(0)}"  # a drive's letter
    name = name.strip()
    if not name:
        remark = f'"{as_snippet(match[0])}" names no LoRA and is left out.'
        return Tag(start, end, None, (remark,))
    if len(parts) == 1 and _NUMBER.fullmatch(parts[0]):  # as nearly all are
        return Tag(start, end, Lora(name, float(parts[0])))
    reading = _Reading()
    for part in parts:
        reading.read_part(part.strip())
    return Tag(start, end, reading.lora(name), reading.remarks(match[0]))


class _Reading:
    """The parts of a tag behind its name."""

    def __init__(self) -> None:
        self._plain: list[float] = []
        self._named: dict[str, float] = {}
        self._strange: list[str] = []
        self._respelt: list[str] = []
        self._empty = False
        self._steps: dict[str, float] = {}  # "start" and "stop"
        self._by_steps: bool | None = None

    def read_part(self, part: str) -> None:
        """One part."""
        if not part:
            self._empty = True
        elif not (self._take_named(part) if "=" in part else self._take_plain(part)):
            self._strange.append(part)

    def _take_named(self, part: str) -> bool:
        key, _, value = (word.strip() for word in part.partition("="))
        key = key.lower()
        if key in ("start", "stop"):
            return self._take_steps({key: value})
        if key == "step":
            start, dash, stop = value.partition("-")
            return bool(dash) and self._take_steps({"start": start, "stop": stop})
        if key not in ("te", "unet") or (number := self._number(value)) is None:
            return False
        self._named[key] = number
        return True

    def _take_steps(self, typed: dict[str, str]) -> bool:
        """Ends of the steps, all as numbers or all as shares; none of them where one is neither, or
        the end would not come after the start."""
        found = dict(self._steps)
        by_steps = self._by_steps
        for key, text in typed.items():
            match = _STEPS.fullmatch(text.strip())
            counted = match is not None and match[1] is not None
            if match is None or (by_steps is not None and counted != by_steps):
                return False
            if float(match[0]):  # 0 is the same in both ways
                by_steps = counted
            found[key] = float(match[0])
        lora = _with_steps(Lora(""), found, by_steps=bool(by_steps))
        if lora is None:
            return False
        self._steps, self._by_steps = found, by_steps
        return True

    def _take_plain(self, part: str) -> bool:
        if len(self._plain) >= 2 or (number := self._number(part)) is None:
            return False
        self._plain.append(number)
        return True

    def _number(self, text: str) -> float | None:
        if _NUMBER.fullmatch(text):
            return float(text)
        if _COMMA.fullmatch(text):
            number = float(text.replace(",", "."))
        elif match := _PERCENT.fullmatch(text):
            number = float(match[1].replace(",", ".")) / 100
        else:
            return None
        self._respelt.append(f'"{as_snippet(text)}" is read as {in_full(number)}')
        return number

    def lora(self, name: str) -> Lora:
        """What the tag asks for."""
        text = self._named.get("te", self._plain[0] if self._plain else 1.0)
        unet = self._named.get("unet", self._plain[1] if len(self._plain) > 1 else text)
        return self.in_steps(Lora(name, unet, None if text == unet else text))

    def in_steps(self, lora: Lora) -> Lora:
        """A LoRA in the steps that were read."""
        return _with_steps(lora, self._steps, by_steps=bool(self._by_steps)) or lora

    def read_steps(self, part: str) -> bool:
        """Ends of the steps, as in a tag; whether that is what this part is."""
        return self._take_named(part)

    def remarks(self, tag: str) -> tuple[str, ...]:
        """What a person should know of how the tag was read."""
        said = list(self._respelt)
        if self._strange:
            parts = ", ".join(f'"{as_snippet(part)}"' for part in self._strange[:3])
            said.append(f"{parts} is not understood and left out")
        if not self._plain and not self._named and (self._strange or self._empty):
            said.append("the weight is 1")
        return (f'In "{as_snippet(tag)}" {"; ".join(said)}.',) if said else ()


def _with_steps(lora: Lora, ends: dict[str, float], *, by_steps: bool) -> Lora | None:
    """The LoRA in the steps between two ends; None where that is no part of them."""
    if not ends:
        return lora
    whole = float(MAX_STEPS) if by_steps else 1.0
    found = replace(
        lora, start=ends.get("start", 0.0), stop=ends.get("stop", whole), by_steps=by_steps
    )
    if not 0.0 <= found.start < found.stop <= whole:
        return None
    return lora if found.always else found


def split_loras(prompt: str) -> tuple[str, tuple[Lora, ...]]:
    """The prompt without its LoRA tags, and what they ask for."""
    return _without(prompt, [tag for tag in tags(prompt) if tag.lora])


def named_loras(prompt: str) -> tuple[str, tuple[Lora, ...]]:
    """As `split_loras`, and without the tags that ask for nothing known.

    Raises InvalidRequest for one with a path in the place of a name: a prompt may come from
    anywhere.
    """
    rest, loras = _without(prompt, list(tags(prompt)))
    for lora in loras:
        if is_path(lora.id):
            raise InvalidRequest(
                "prompt",
                f"The tag <lora:{lora.id[:80]}> names a path, and tags take names only.",
                "Give a file's path with --lora, or put the file into the models "
                "folder and write its name.",
            )
    return rest, loras


def _without(prompt: str, known: list[Tag]) -> tuple[str, tuple[Lora, ...]]:
    loras = tuple(tag.lora for tag in known if tag.lora)
    if not known:
        return prompt, loras
    parts: list[str] = []
    at = 0
    for tag in known:
        before = prompt[at : tag.start]
        behind = prompt[tag.end : tag.end + 1]
        parts.append(before.rstrip())
        if before[-1:].isspace() and behind.isalnum():
            parts.append(" ")  # or two words would become one
        at = tag.end
    parts.append(prompt[at:])
    return "".join(parts).strip(), loras


def lora_tags(prompt: str, most: int | None = None) -> tuple[tuple[int, int, Lora], ...]:
    """Where the LoRA tags stand, [start, end), and what each asks for;
    of the first `most`, or of all."""
    places = ((tag.start, tag.end, tag.lora) for tag in tags(prompt) if tag.lora)
    return tuple(islice(places, most))


def tag_remarks(prompt: str) -> Iterator[tuple[int, str]]:
    """Where, and one sentence each: what of the tags is not understood,
    and tags that are not closed."""
    for tag in islice(tags(prompt), LOOKED_AT):
        yield from ((tag.start, remark) for remark in tag.remarks)
    for match in islice(_OPEN.finditer(prompt), LOOKED_AT) if "<" in prompt else ():
        if _TAG.match(prompt, match.start()) is None:
            yield (
                match.start(),
                f'"{as_snippet(match[0])}" is not closed with ">" and is drawn as plain words.',
            )


def with_lora(prompt: str, index: int, lora: Lora | None) -> str:
    """The prompt with its index-th tag rewritten, or left out for None.

    Raises IndexError where it has no such tag.
    """
    start, end, _ = lora_tags(prompt)[index]
    if lora is None:
        head, rest = prompt[:start], prompt[end:]
        # or two words would become one
        between = " " if head[-1:].isspace() and rest[:1].isalnum() else ""
        return (head.rstrip() + between + rest).strip()
    return prompt[:start] + lora_tag(lora) + prompt[end:]


def change_lora_weight(prompt: str, at: int, step: float) -> tuple[str, int, int] | None:
    """The prompt with both weights of the tag around a place moved by `step`, and where that tag
    stands now; None where there is none, or its name is a path."""
    for start, end, lora in lora_tags(prompt):
        if not start < at < end:
            continue
        if is_path(lora.id):
            return None
        text = lora.text_weight
        moved = replace(
            lora,
            weight=_moved(lora.weight, step),
            text_weight=None if text is None else _moved(text, step),
        )
        tag = lora_tag(moved)
        return prompt[:start] + tag + prompt[end:], start, start + len(tag)
    return None


def _moved(weight: float, step: float) -> float:
    return round(min(max(weight + step, -MAX_LORA), MAX_LORA), 3)


def lora_tag(lora: Lora) -> str:
    """The tag that `split_loras` understands; a path is named by its stem."""
    weights = (lora.weight,) if lora.text_weight is None else (lora.text_weight, lora.weight)
    name = PurePath(last_part(lora.id)).stem if is_path(lora.id) else lora.id
    return f"<lora:{':'.join((name, *map(in_full, weights), *steps_in_words(lora)))}>"


def steps_in_words(lora: Lora) -> tuple[str, ...]:
    """As they stand in a tag; none where it is on in all steps."""
    if lora.always:
        return ()
    whole = float(MAX_STEPS) if lora.by_steps else 1.0
    start = (f"start={in_full(lora.start)}",) if lora.start > 0 else ()
    return (*start, f"stop={in_full(lora.stop)}") if lora.stop < whole else start


def parse_lora(text: str) -> Lora:
    """ID, ID:WEIGHT or ID:WEIGHT:TEXT_WEIGHT, as on the command line, with the steps of a tag
    behind; a Windows path may hold a colon itself."""
    reading = _Reading()
    while match := _LAST_STEPS.search(text):
        if not reading.read_steps(match[1]):
            break
        text = text[: match.start()]
    parts = text.rsplit(":", 2)
    numbers: list[float] = []
    while len(parts) > 1:
        try:
            numbers.insert(0, float(parts[-1]))
        except ValueError:
            break
        parts.pop()
    weight = numbers[0] if numbers else 1.0
    text_weight = numbers[1] if len(numbers) > 1 else None
    return reading.in_steps(Lora(":".join(parts), weight, text_weight))


def lora_argument(lora: Lora) -> str:
    """What `parse_lora` understands."""
    weights = (lora.weight,) if lora.text_weight is None else (lora.weight, lora.text_weight)
    return ":".join((lora.id, *map(in_full, weights), *steps_in_words(lora)))
