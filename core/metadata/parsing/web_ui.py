"""Reading the web UI's text: what each of its pairs, and those of programs that write it too, mean
here.

What a text does not say stays unknown, with two exceptions that its program's own rules give. The
noise of a web UI is the graphics card's unless `RNG` says otherwise. A schedule that is not named
is the model's own in texts of versions 1.0 to 1.8, where it was part of the sampler's name, and
"Automatic" in later ones; a text without any version may come from anywhere, so there it is only
likely.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from core.metadata.infotext import civitai, read_start
from core.metadata.infotext.aliases import ALIASES
from core.metadata.infotext.pairs import NOTHING, Pair, pairs_of, split_text
from core.metadata.infotext.read_fresh_noise import read_fresh_noise
from core.metadata.infotext.read_hires import read_hires
from core.metadata.infotext.read_levels import read_levels
from core.metadata.infotext.sampler_names import read_names, sampler_named, unsaid
from core.metadata.infotext.tiling import read_tiling
from core.metadata.infotext.told import Told, Understood
from core.metadata.infotext.upscaling import read_upscale
from core.metadata.parsing.allowed_values import allowed_values
from core.metadata.parsing.emphasis_names import emphasis_named
from core.metadata.parsing.json_texts import is_json, json_or_none
from core.metadata.parsing.named_models import MOST_MODELS, NamedModel, named_in_text
from core.metadata.parsing.parsed_recipe import ParsedRecipe
from core.metadata.parsing.shown import as_shown
from core.prompt.loras import lora_argument, lora_tags, tag_remarks
from core.system.json import Malformed, from_plain
from core.system.json_files import table_or_empty
from core.values.declared.parameter import declared_fields
from core.values.noise import Noise
from core.values.program import Program
from core.values.request import Request

_HASH = re.compile(r"(?:0x)?([0-9a-f]{8,64})", re.IGNORECASE)
_NAMED_WITH_HASH = re.compile(r"(.{1,300}?)\s{0,8}\[([0-9a-f]{8,64})\]", re.IGNORECASE)
_WEB_UI = re.compile(r"v?\s?\d|f\d|neo|classic|(?:re)?forge", re.IGNORECASE)
# versions whose schedule had no key yet, also in forks' "f0.0.17v1.8.0"
_EARLY = re.compile(r"(?:^|v)\s?1\.[0-8](?!\d)", re.IGNORECASE)
_LONGEST_NOTE = 2000  # characters
_MOST_NOTES = 200
# as VAE or refiner: none but the model's own
_NOT_CHOSEN = NOTHING | {"automatic", "default", "default (model)", "baked"}
_SOURCES = {"cpu": "cpu", "nv": "philox", "gpu": "philox", "cuda": "philox"}  # of noise, by `RNG`
# of texts that name no version: SD.Next's, Draw Things' and qDiffusion's
_OTHERS_KEYS = frozenset({"app", "operations", "seed mode", "unet"})
# parameters whose pairs have a rule of their own below
_BY_RULE = frozenset(
    {"sampler", "schedule type", "size", "model", "vae", "refiner", "seed resize from", "emphasis"}
)


def _plain(part: tuple[str, ...]) -> dict[str, tuple[str, object]]:
    """Fields of a request, or of a part of it, whose pairs are read as they stand: by the name of
    the pair the field and its type."""
    return {
        name: (field.path[-1], field.kind)
        for field in declared_fields(Request)
        if field.path[:-1] == part
        and (name := Pair(field.declaration.a1111, "").name)
        and name not in _BY_RULE
    }


_PLAIN: dict[str, tuple[str, object]] = {
    **_plain(()),
    "denoising strength": ("denoising_strength", float),  # whichever pass it is of
    "width": ("width", int),  # of programs that give the sides one by one
    "height": ("height", int),
}
_PLAIN_OF_NOISE = _plain(("noise",))
# pairs that are read with the commas in them
_TEXTS = frozenset({"sampler", "schedule type", "model", "vae", "refiner", "version", "app"})
_BEHIND = ("postprocessing", "extras")  # what was done with the finished picture
_READ_TOGETHER = frozenset(
    {"version", "app", "rng", "hashes", "civitai resources", "civitai metadata"}
)


def parse(texts: Mapping[str, str]) -> ParsedRecipe | None:
    """For the FORMATS table: the first text that is the web UI's, `parameters` before those of
    other places.
    """
    places = sorted(texts, key=lambda key: not key.lower().startswith("parameters"))
    behind = next((texts[key] for key in _BEHIND if texts.get(key)), "")
    done = () if is_json(behind) else pairs_of(behind)
    readings = (_parsed(texts[key], done) for key in places if key not in ("calotype", *_BEHIND))
    found = next((parsed for parsed in readings if parsed is not None), None)
    if found is not None:
        return found
    text = texts.get("parameters", "")
    return _only_enlarged(done or (() if is_json(text) else pairs_of(text)))


def _only_enlarged(pairs: Sequence[Pair]) -> ParsedRecipe | None:
    """Of a picture of which nothing else is said; None where it was not enlarged either."""
    understood = read_upscale(Told({pair.name: pair for pair in pairs}, {}))
    if not understood.values:
        return None
    return ParsedRecipe(
        format="a1111",
        request=as_shown(understood.values),
        approximated=tuple(understood.notes),
        ignored=tuple(pair.shown for pair in pairs if pair.name not in understood.taken),
        fields=understood.values,
    )


def _parsed(text: str, behind: Sequence[Pair] = ()) -> ParsedRecipe | None:
    """`behind` are pairs about what was done with the finished picture."""
    parts = None if is_json(text) else split_text(text)
    if parts is None:
        return None
    pairs: dict[str, Pair] = {}
    for pair in (*behind, *parts.pairs):
        pairs[ALIASES.get(pair.name, pair.name)] = pair  # the later one counts, as it does there
    return _Reading(parts.prompt, parts.negative, pairs, parts.rest).parsed()


class _Reading:
    """One text being read: what is known of its request, and what becomes of each pair."""

    def __init__(
        self, prompt: str, negative: str, pairs: dict[str, Pair], rest: tuple[str, ...]
    ) -> None:
        self._pairs = pairs
        self._rest = rest
        self._request: dict[str, object] = {"prompt": prompt, "negative_prompt": negative}
        self._said: dict[str, str] = {}  # how the text puts a field
        self._approximated: list[str] = []
        # keys that are not yet understood, in the order of the text
        self._left = dict.fromkeys(name for name in pairs if name not in _READ_TOGETHER)
        self._likely: dict[str, object] = {}

    def parsed(self) -> ParsedRecipe:
        """The whole of it."""
        self._plain_pairs()
        self._size()
        self._sampling()
        self._model()
        self._parts()
        self._noise()
        self._starting()
        prompt = str(self._request["prompt"])
        loras = [lora for _, _, lora in lora_tags(prompt, MOST_MODELS)]
        checked = allowed_values(self._request, self._said)
        request = as_shown(checked.values)
        if loras:
            request["loras"] = [lora_argument(lora) for lora in loras]
        remarks = (sentence for _, sentence in islice(tag_remarks(prompt), MOST_MODELS))
        ignored = [
            *(self._pairs[name].shown for name in self._left),
            *self._tails(),
            *checked.ignored,
            *civitai.remarks(self._text("civitai resources")),
            *self._rest,
        ]
        return ParsedRecipe(
            format="a1111",
            request=request,
            approximated=(*self._approximated, *checked.approximated, *remarks),
            ignored=tuple(note[:_LONGEST_NOTE] for note in ignored[:_MOST_NOTES]),
            likely=self._likely,
            fields=checked.values,
            models=self._models(checked.values),
            version=self._by(),
        )

    def _tails(self) -> Iterator[str]:
        """What stands behind values that are understood, and belongs to none of them."""
        for name, pair in self._pairs.items():
            whole = name in _TEXTS or name in self._left or pair.tail.isdigit()
            if pair.tail and not (whole and pair.is_plain):
                yield pair.tail

    def _by(self) -> str:
        """The program with its version: the web UI and Forge give the number alone."""
        version = self._text("version")
        if app := self._text("app"):
            return f"{app} {version}".strip()
        if re.match(r"v?\s?\d", version):
            return f"AUTOMATIC1111 {version}"
        return f"Forge {version}" if re.match(r"f\d", version) else version

    def _text(self, name: str) -> str:
        pair = self._pairs.get(name)
        return "" if pair is None else pair.text

    def _take(self, name: str, field: str, value: object) -> None:
        self._request[field] = value
        self._said[field] = self._pairs[name].shown
        self._left.pop(name, None)

    def _plain_pairs(self) -> None:
        for name, (field, kind) in _PLAIN.items():
            value = self._pairs[name].as_kind(kind) if name in self._pairs else None
            if value is None or (field == "denoising_strength" and not 0 <= float(value) <= 1):
                continue
            if field == "clip_skip":  # some count from 0, some backwards from -1
                value = max(abs(int(value)), 1)
            self._take(name, field, value)
        if emphasis := emphasis_named(self._text("emphasis")):
            self._take("emphasis", "emphasis", emphasis)
        # of models that take their guidance as an input: the scale is 1 then
        for name, scale in (("distilled cfg scale", 1.0), ("guidance", None)):
            number = self._pairs[name].number(float) if name in self._pairs else None
            if number is not None and self._request.get("guidance") in (scale, None):
                self._take(name, "guidance", number)

    def _size(self) -> None:
        size = self._pairs["size"].size() if "size" in self._pairs else None
        if size is not None:
            self._take("size", "width", size[0])
            self._take("size", "height", size[1])

    def _sampling(self) -> None:
        """Sampler and schedule. Where the schedule is not named see the top of this file."""
        name = self._text("sampler")
        schedule = self._text("schedule type")
        if not name and sampler_named(schedule):  # a program that calls its samplers schedulers
            name = schedule
            schedule = ""
            self._left.pop("schedule type", None)
        named = read_names(name, schedule)
        if named.sampler:
            self._request["sampler"] = self._variant_of(named.sampler, name)
            self._left.pop("sampler", None)
        if named.schedule:
            self._request["schedule"] = named.schedule
        if named.schedule or not named.stated:
            self._left.pop("schedule type", None)
        if not named.stated and named.sampler and self._is_web_uis():
            self._unsaid_schedule(named.sampler)

    def _unsaid_schedule(self, sampler: str) -> None:
        """The schedule of a web UI's text that names none."""
        then, now = unsaid(sampler)
        version = self._text("version")
        if version:
            self._request["schedule"] = then if _EARLY.search(version) else now
        else:
            self._likely["schedule"] = then
            newer = "" if then == now else f", in pictures of 2024 and later {now}"
            self._approximated.append(
                f"schedule: the text names none, which mostly means {then}{newer}"
            )

    def _variant_of(self, sampler: str, name: str) -> str:
        """UniPC's step function: as "UniPC variant" says; else h ("bh1") where the text is of a
        program whose default it is, as the web UI's and ComfyUI's.
        """
        said = self._text("unipc variant").lower()
        if sampler not in ("unipc", "unipc_bh1") or "bh" in name.lower():
            return sampler
        if said in ("bh1", "bh2"):
            self._left.pop("unipc variant", None)
            return "unipc_bh1" if said == "bh1" else "unipc"
        comfyui = self._text("version").lower().startswith("comfyui")
        return "unipc_bh1" if comfyui or self._is_web_uis() else sampler

    def _is_web_uis(self) -> bool:
        """Whether the text is the web UI's or its forks': by its version, or where no other program
        says that it is its own.
        """
        version = self._text("version")
        if not _OTHERS_KEYS.isdisjoint(self._pairs):
            return False
        return not version or _WEB_UI.match(version) is not None

    def _model(self) -> None:
        for name, field in (("model hash", "model_hash"), ("model", "model")):
            text = self._text(name)
            if text.lower() in NOTHING:
                self._left.pop(name, None)
            elif field == "model":
                named = _NAMED_WITH_HASH.fullmatch(text)
                self._take(name, field, named[1] if named else text)
                if named:
                    self._request.setdefault("model_hash", named[2].lower())
            elif match := _HASH.fullmatch(text):
                self._take(name, field, match[1].lower())
        if "model" not in self._request and (text := self._text("unet")).lower() not in NOTHING:
            self._take("unet", "model", text)  # of models that are loaded in parts
        hashes = table_or_empty(json_or_none(self._text("hashes")))
        if isinstance(digest := hashes.get("model"), str) and (match := _HASH.fullmatch(digest)):
            self._request.setdefault("model_hash", match[1].lower())
        if title := civitai.model_named(self._text("civitai resources")):
            self._request.setdefault("model", title)

    def _parts(self) -> None:
        """The autoencoder and the refiner, which are called by the names of their files."""
        for name in ("vae", "refiner"):
            text = self._text(name)
            if text.lower() in _NOT_CHOSEN:
                self._left.pop(name, None)
            else:
                named = _NAMED_WITH_HASH.fullmatch(text)
                self._take(name, name, named[1] if named else text)

    def _noise(self) -> None:
        """Where that program drew its noise, with a variation and a shifted step seed; and its way
        of rendering.
        """
        noise: dict[str, object] = {}
        rng = self._text("rng").lower()
        for name, (field, kind) in _PLAIN_OF_NOISE.items():
            value = self._pairs[name].as_kind(kind) if name in self._pairs else None
            if value is not None and _is_noise({field: value}):
                noise[field] = value
                self._left.pop(name)
        resized = self._pairs.get("seed resize from")
        if resized is not None and (size := resized.size()) is not None:
            sides = list(size)
            if min(sides) <= 0:
                self._left.pop("seed resize from")  # so the web UI says that there is none
            elif _is_noise({"resized_from": sides}):
                noise["resized_from"] = sides
                self._left.pop("seed resize from")
        if rng and rng not in _SOURCES:
            self._left["rng"] = None
        elif rng:
            noise["source"] = _SOURCES[rng]
        self._program(noise, self._text("version").lower())
        if noise:
            self._request["noise"] = from_plain(Noise, noise, "noise")

    def _program(self, noise: dict[str, object], version: str) -> None:
        """Whose way of rendering it is, and where that program usually draws its noise."""
        if self._is_web_uis():
            noise.setdefault("source", "philox")
            self._request["compatibility"] = Program.A1111
            if "rng" not in self._pairs:
                self._approximated.append(
                    "seed: its noise came from a GPU; "
                    "it is drawn here as an NVIDIA card draws it, other cards differ"
                )
        elif version.startswith("comfyui"):
            noise.setdefault("source", "philox")  # of the steps; the first one is the processor's
            self._request["compatibility"] = Program.COMFYUI

    def _starting(self) -> None:
        """The picture it was made from, hires fix, seamless edges and the spacing of noise levels,
        which know all that was read before.
        """
        told = Told(
            self._pairs,
            self._request,
            web_ui=self._is_web_uis(),
            ours=self._text("version").lower().startswith("calotype"),
        )
        hires = read_hires(told)
        start = read_start.read_start(told, hires)
        self._take_all(start)
        self._take_all(hires)
        for read in (read_tiling, read_levels, read_fresh_noise, read_upscale):
            self._take_all(read(told))

    def _take_all(self, understood: Understood) -> None:
        self._request |= understood.values
        self._said |= understood.said
        self._approximated += understood.notes
        for name in understood.taken:
            self._left.pop(name, None)

    def _models(self, values: Mapping[str, object]) -> tuple[NamedModel, ...]:
        """What the text calls the model, the LoRAs and the embeddings, with their hashes."""
        hashes = table_or_empty(json_or_none(self._text("hashes")))
        return named_in_text(values, self._text("lora hashes"), self._text("ti hashes"), hashes)


def _is_noise(values: dict[str, object]) -> bool:
    try:
        noise = from_plain(Noise, values, "noise")
    except Malformed:
        return False
    return not allowed_values({"noise": noise}).ignored
