"""Lines of "Prompts from file or textbox" of AUTOMATIC1111's web UI: a prompt, or options such as
`--prompt "a house" --steps 30 --cfg_scale 6 --sampler_name "Euler a" --seed 5`."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from core.metadata.infotext.sampler_names import read_names
from core.prompt.styles.files import chosen_styles
from core.service.sweeps.axes.kind import Known
from core.service.sweeps.axes.ranges import once
from core.system.errors import InvalidRequest
from core.values.declared.limits import MAX_SEED
from core.values.declared.parameter import with_values
from core.values.request import Request
from core.values.request_parts.chosen_style import with_style
from core.values.resolved_request import random_seed
from core.values.sweeping.sweep import MAX_VALUES

_NUMBERS: Mapping[str, tuple[tuple[str, ...], type[int] | type[float]]] = {
    "seed": (("seed",), int),
    "subseed": (("noise", "variation_seed"), int),
    "subseed_strength": (("noise", "variation_strength"), float),
    "steps": (("steps",), int),
    "cfg_scale": (("guidance",), float),
    "width": (("width",), int),
    "height": (("height",), int),
}
_TEXTS = {"prompt": ("prompt",), "negative_prompt": ("negative_prompt",)}
_COUNTS = frozenset({"batch_size", "n_iter"})
_NAMES = frozenset({"sampler_name", "sampler", "sd_model", "styles", "tiling"})
# which say where files go, or what this program has not got
_WITHOUT_EFFECT = frozenset(
    {
        "outpath_samples",
        "outpath_grids",
        "prompt_for_display",
        "do_not_save_samples",
        "do_not_save_grid",
        "restore_faces",
        "seed_resize_from_h",
        "seed_resize_from_w",
        "sampler_index",
    }
)
_SWITCHES = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def lines_of(text: str, known: Known) -> tuple[str, ...]:
    """The lines that are not empty. One that asks for several pictures becomes as many, with seeds
    counting up; a seed of -1 is a random one. Raises InvalidRequest for the first that makes no
    sense, with its number."""
    found: dict[str, None] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.strip() in found:
            continue
        try:
            pictures = tuple(_pictures(line.strip(), known))
            asked_by(pictures[-1], known.base, known)
        except InvalidRequest as fault:
            raise InvalidRequest("axis", f"Line {number}: {fault.message}", fault.hint) from fault
        found |= dict.fromkeys(pictures)
        if len(found) > MAX_VALUES:
            break
    if not found:
        raise InvalidRequest("axis", "There are no prompts in it.", "Write one on each line.")
    return once(found)


def _pictures(line: str, known: Known) -> Iterator[str]:
    said = _options(line)
    count = 1
    for name in _COUNTS & said.keys():
        count *= _number(said[name], int)
    if not 1 <= count <= MAX_VALUES:
        raise InvalidRequest("axis", f"It asks for {count} pictures.", "Ask for fewer.")
    seed = _number(said["seed"], int) if "seed" in said else None
    if _number(said.get("subseed", "0"), int) == -1:  # a random one
        line = f"{line} --subseed {random_seed()}"
    if count == 1 and seed != -1:
        yield line
        return
    if seed == -1:
        seed = random_seed()
    first = (known.base.seed or 0) if seed is None else seed
    Request(seed=first).check()
    start = line if line.startswith("--") else f"--prompt {shlex.quote(line)}"
    for number in range(count):
        yield f"{start} --n_iter 1 --batch_size 1 --seed {(first + number) % (MAX_SEED + 1)}"


def _options(line: str) -> dict[str, str]:
    """What a line says, by names; a plain one is a prompt. Of one said twice the last counts.
    Texts go on to the next name where no quotes are around them."""
    if not line.startswith("--"):
        return {"prompt": line}
    try:
        words = shlex.split(line)
    except ValueError as fault:
        raise InvalidRequest("axis", f"It cannot be read: {fault}.", "Close each quote.") from fault
    said: dict[str, str] = {}
    known = {*_NUMBERS, *_TEXTS, *_COUNTS, *_NAMES, *_WITHOUT_EFFECT}
    at = 0
    while at < len(words):
        name = words[at].removeprefix("--").replace("-", "_")
        if not words[at].startswith("--") or name not in known:
            raise InvalidRequest(
                "axis", f'"{words[at][:80]}" is not understood.', "Known: " + _spelt(known)
            )
        end = at + 2
        while name in _TEXTS and end < len(words) and not words[end].startswith("--"):
            end += 1
        value = words[at + 1 : end]
        if not value or (value[0].startswith("--") and value[0][2:] in known):
            raise InvalidRequest("axis", f"{words[at]} says nothing.", "Write a value behind it.")
        said[name] = " ".join(value)
        at = end
    return said


def _spelt(names: set[str]) -> str:
    return ", ".join(f"--{name}" for name in sorted(names - _WITHOUT_EFFECT)) + "."


def _number(text: str, kind: type[Any]) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise InvalidRequest("axis", f'"{text[:80]}" is no number.', "Write one.") from None


def asked_by(line: str, request: Request, known: Known) -> Request:
    """The request with what a line says. Raises KnownError for what there is not."""
    said = _options(line)
    values: dict[tuple[str, ...], object] = {}
    for name, path in _TEXTS.items():
        if name in said:
            values[path] = said[name]
    for name, (path, kind) in _NUMBERS.items():
        if name in said:
            values[path] = _number(said[name], kind)
    changed = with_values(request, values)
    for name, put in _NAMED.items():
        if name in said:
            changed = put(said[name], changed, known)
    return changed


def _sampler(name: str, request: Request, known: Known) -> Request:
    named = read_names(name, "")
    if not named.sampler:
        raise InvalidRequest("axis", f'There is no sampler "{name[:80]}".', "Choose another.")
    schedule = {"schedule": named.schedule} if named.schedule else {}
    return replace(request, sampler=named.sampler, **schedule)


def _model(name: str, request: Request, known: Known) -> Request:
    return replace(request, model=known.model(name).id)


def _styles(names: str, request: Request, known: Known) -> Request:
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    styles = request.styles
    for style in chosen_styles(known.styles, wanted):
        styles = with_style(styles, style.chosen())
    return replace(request, styles=styles)


def _tiling(text: str, request: Request, known: Known) -> Request:
    if text.lower() not in _SWITCHES:
        raise InvalidRequest("axis", f'Tiling cannot be "{text[:80]}".', "Write true or false.")
    return replace(request, tiling="xy" if _SWITCHES[text.lower()] else "none")


_NAMED: Mapping[str, Callable[[str, Request, Known], Request]] = {
    "sampler_name": _sampler,
    "sampler": _sampler,
    "sd_model": _model,
    "styles": _styles,
    "tiling": _tiling,
}


def line_words(line: str) -> str:
    """A line for people: its prompt, else all of it."""
    try:
        said = _options(line)
    except InvalidRequest:
        return line
    left_out = {"prompt", *_COUNTS, *_WITHOUT_EFFECT}
    shown = (f"{name} {text}" for name, text in said.items() if name not in left_out)
    return ", ".join((*filter(None, (said.get("prompt", ""),)), *shown))
