"""Which models are here: the starter inside the program, and folders and files in the models
folder or named by path."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from time import monotonic

from core.models.files.diffusers_folder import MAX_FILES, config_of
from core.models.files.families import FAMILIES, Defaults, Family, for_distilled
from core.models.files.inspection import Inspection
from core.models.library import registry
from core.models.library.external_folders import Candidate, candidates, linked, recognise
from core.models.library.inspection_cache import Index, stamp
from core.models.library.naming import alike
from core.sampling.schedules import (
    AnyTable,
    NoiseTable,
    flow_table,
    training_alphas_cumprod,
    zero_terminal_snr,
)
from core.system.atomic_files import is_partial, open_regular, resolved, walk_files
from core.system.errors import InvalidRequest, ModelMissing
from core.system.paths import RESOURCES
from core.values.job import ModelRef

STARTER_ID = "starter"
TINY_OF = {
    "sd15": "sd15",
    "sd21": "sd15",
    "sdxl": "sdxl",
    "sdxl-refiner": "sdxl",
    "sd3": "sd3",
    "flux": "flux",
}
NOT_YET = {
    "controlnet": "it is looked after, but this version does not work with ControlNets yet.",
    "upscaler": "it is looked after, but this version does not work with upscalers yet.",
}
_ODD_NAME = "its name is not written in UTF-8; rename its file or folder."
REMEMBERED = 3.0  # seconds for which a look at linked folders counts
# as CLIP's tokenizer parts words: some ways find a name inside others
_LETTERS_OR_DIGIT = re.compile(r"[^\W\d_]+|\d")
_BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "num_train_timesteps": 1000}


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model as `models list` shows it; `state` is "ready" or a sentence
    that says what is missing.

    `prediction` is what it is taken to predict, `chosen` where a person said so; `undecided` where
    nobody and nothing did. A `pickle` can be converted. `words` is what the file says of itself
    (title, author, trigger_words ...).
    """

    id: str
    name: str
    family: str
    kind: str
    source: str
    path: str
    bytes: int
    state: str
    license: str
    distilled: str = ""
    zero_snr: bool = False
    prediction: str = ""
    chosen: str = ""
    undecided: bool = False
    pickle: bool = False
    defaults: Defaults | None = None
    words: Mapping[str, str] = field(default_factory=dict[str, str])

    def ref(self) -> ModelRef:
        """What a job carries; ModelMissing where the model is not ready."""
        if self.state != "ready":
            raise ModelMissing(
                f'The model "{self.name}" cannot be used: {self.state}',
                "Choose another model, or complete its folder.",
            )
        try:
            return ModelRef(
                self.id, self.name, self.family, self.path, content_hash(self.path), self.chosen
            )
        except OSError as fault:
            raise ModelMissing(
                f"{self.path} cannot be read: {fault.strerror or fault}.", "Choose another model."
            ) from fault

    def noise(self, width: int, height: int) -> AnyTable:
        """The training noise as its scheduler configuration gives it; its
        family's where it says nothing."""
        config = config_of(Path(self.path) / "scheduler", "scheduler_config.json")
        if FAMILIES[self.family].flow:
            return flow_table(config, width, height)
        start, end, steps = (config.get(key, default) for key, default in _BETAS.items())
        if (
            isinstance(start, float)
            and isinstance(end, float)
            and isinstance(steps, int)
            and 0 < start < end < 1
            and 1 < steps <= 10_000
        ):
            alphas = training_alphas_cumprod(start, end, steps)
        else:
            alphas = training_alphas_cumprod()
        return NoiseTable(zero_terminal_snr(alphas) if self.zero_snr else alphas)

    @property
    def tokenizer(self) -> Path:
        """The folder of its tokenizer; single files use CLIP's."""
        path = Path(self.path)
        return path / "tokenizer" if path.is_dir() else RESOURCES / "families" / "clip-tokenizer"

    @property
    def family_row(self) -> Family:
        """The row of its family, with the defaults of its distilled kind,
        or those a person gave it."""
        row = for_distilled(FAMILIES[self.family], self.distilled, self.name)
        return row if self.defaults is None else self.defaults.of(row)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a model beside its file: its licence, the defaults a person gave it, the hash
    of a file that was installed."""

    license: str = ""
    defaults: Defaults | None = None
    sha256: str = ""


def _unreadable_name(path: str) -> bool:
    """A file's name that is no UTF-8 fits in no database, recipe or prompt."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return True
    return False


def _state(found: Inspection) -> str:
    """ "ready", or a sentence that says why the model cannot be used."""
    if _unreadable_name(found.path):
        return _ODD_NAME
    if found.kind != "checkpoint":
        return " ".join(found.problems) or f"it is no model but {found.kind}."
    if found.family not in FAMILIES:
        return (
            " ".join(found.problems)
            or f"models of the family {found.family or 'it is of'} are not supported yet."
        )
    if found.variant in ("depth", "upscale"):
        return f"{found.variant} models need a picture, which is not supported yet."
    if FAMILIES[found.family].flow and Path(found.path).is_file():
        return (
            "models of this family are used from a diffusers folder, which brings their text "
            "encoders and tokenizers."
        )
    if found.layout == "diffusers" and Path(found.path).is_file():
        return "it holds the denoiser only; use the complete model's folder."
    faults = [
        problem
        for problem in found.problems
        if "prediction" not in found.choices or "cannot tell" not in problem
    ]
    if found.layout == "ldm" and found.family == "sd-unknown":
        return "it follows no architecture that Calotype knows."
    return " ".join(faults) or "ready"


def _entry(
    found: Inspection, model_id: str, name: str, source: str, family: str = "", license: str = ""
) -> ModelEntry:
    family = family or (
        found.family
        if found.family in FAMILIES
        else "generic"
        if found.kind == "checkpoint"
        else "sd-unknown"
    )
    return ModelEntry(
        model_id,
        name,
        family,
        "checkpoint",
        source,
        found.path,
        found.bytes,
        _state(found),
        license or found.words.get("licence", ""),
        found.distilled,
        found.zero_snr,
        found.prediction or ("v" if found.choices else ""),
        undecided="prediction" in found.choices,
        pickle=found.variant == "pickle",
        words=found.words,
    )


def _decided(entry: ModelEntry, chosen: dict[str, str]) -> ModelEntry:
    """The entry with what a person chose for its file."""
    said = chosen.get(entry.path, "")
    return replace(entry, prediction=said, chosen=said, undecided=False) if said else entry


def _with_kept(entry: ModelEntry, kept: Mapping[str, Kept]) -> ModelEntry:
    known = kept.get(entry.path)
    return (
        entry
        if known is None
        else replace(entry, license=known.license or entry.license, defaults=known.defaults)
    )


def _gone(path: Path, name: str) -> ModelEntry:
    return ModelEntry(
        name,
        path.stem if path.suffix else path.name,
        "sd-unknown",
        "checkpoint",
        "in place",
        str(path),
        0,
        f"its file {path} is gone; put it back, or remove the model from the list.",
        "",
    )


def _extra_entry(ref: ModelRef, kind: str, found: Inspection, source: str) -> ModelEntry:
    state = (
        _ODD_NAME
        if _unreadable_name(ref.path)
        else " ".join(found.problems) or NOT_YET.get(kind, "ready")
        if found.kind == kind
        else " ".join(found.problems) or f"it is no {kind} but {found.kind}."
    )
    return ModelEntry(
        ref.id,
        ref.name,
        found.family or ref.family,
        kind,
        "built in" if ref.family == STARTER_ID else source,
        ref.path,
        found.bytes,
        state,
        found.words.get("licence", ""),
        found.distilled,
        words=found.words,
    )


def content_hash(folder: str) -> str:
    """The fingerprint of a model's weights as they are now."""
    return _fingerprint(folder, *stamp(Path(folder)))


@lru_cache(maxsize=1024)
def _fingerprint(folder: str, size: int, time: int) -> str:
    """sha256 over the weight files' names, sizes and headers: cheap,
    and different for different weights of one shape."""
    digest = hashlib.sha256()
    root = Path(folder)
    for path in _weights_in(root) if root.is_dir() else [root]:
        with open_regular(path) as weights:
            data, whole = weights.read(2**16), os.fstat(weights.fileno()).st_size
            weights.seek(max(0, whole - 2**16))
            digest.update(
                os.fsencode(path.relative_to(root).as_posix() if root.is_dir() else "")
                + data
                + weights.read(2**16)
            )
        digest.update(str(whole).encode())
    return digest.hexdigest()


def _weights_in(folder: Path) -> list[Path]:
    """The regular safetensors files below a folder, by path."""
    return sorted(
        file for file in islice(walk_files(folder), MAX_FILES) if file.suffix == ".safetensors"
    )


class Library:
    """Looks at the disk each time it is asked: a folder put in place is there at once."""

    def __init__(
        self,
        models: Path,
        starter: Path = RESOURCES / "starter",
        kept: Callable[[], Mapping[str, Kept]] = dict,
        index: Index | None = None,
    ) -> None:
        """`kept` gives by path what is kept of models; `index` keeps what was found."""
        self._models, self._starter, self._kept, self._index = (
            models,
            starter,
            kept,
            index or Index(),
        )
        self._scan: tuple[float, list[tuple[Candidate, str, Inspection]]] | None = None
        self._typed: frozenset[str] = frozenset()

    def entries(self) -> tuple[ModelEntry, ...]:
        """The starter first, then the models folder by name, models used in place,
        and those of linked folders."""
        look = self._index.look
        found = [
            _entry(look(self._starter), STARTER_ID, "Starter", "built in", "starter", "Apache-2.0")
        ]
        for path in self._own():
            if path.is_dir():
                found.append(
                    _entry(
                        look(path),
                        path.name if path.name != STARTER_ID else str(path),
                        path.name,
                        "models folder",
                    )
                )
            else:
                found.append(_entry(look(path), path.name, path.stem, "models folder"))
        taken = {entry.id for entry in found}
        elsewhere = [
            (path, path.stem if path.suffix else path.name, "in place")
            for path in self._in_place("checkpoint")
        ]
        for path, title, source in [*elsewhere, *self._linked("checkpoint")]:
            # a hub's model is called by its owner and name
            name = title if "/" in title else path.name
            name = name if name not in taken else str(path)
            if str(path) not in taken:
                taken |= {name, str(path)}
                found.append(
                    _entry(look(path), name, title, source)
                    if os.path.exists(path)
                    else _gone(path, name)
                )
        self._index.keep()
        chosen, kept = self._chosen(), self._kept()
        return tuple(_with_kept(_decided(entry, chosen), kept) for entry in found)

    def _own(self) -> list[Path]:
        """What may be a model in the models folder itself: folders of one,
        and regular files by suffix."""
        found: list[Path] = []
        with contextlib.suppress(OSError), os.scandir(self._models) as items:
            for item in items:
                path = Path(item.path)
                with contextlib.suppress(OSError):
                    if item.is_dir():
                        if not is_partial(item.name) and (
                            os.path.isfile(path / "model_index.json")
                            or os.path.isdir(path / "unet")
                            or os.path.isdir(path / "transformer")
                        ):
                            found.append(path)
                    elif path.suffix.lower() in (".safetensors", ".ckpt") and item.is_file():
                        found.append(path)
        return sorted(found)

    def start_entries(self, model: str) -> tuple[ModelEntry, ...]:
        """The starter and the one model that the form names, without looking at all the others."""
        starter = _entry(
            self._index.look(self._starter),
            STARTER_ID,
            "Starter",
            "built in",
            "starter",
            "Apache-2.0",
        )
        kept = self._kept()
        starter = _with_kept(starter, kept)
        if not model or model == STARTER_ID:
            return (starter,)
        for path in (*self._at(model), *self._index.named(model)):
            if os.path.exists(path) and (found := self._index.look(path)).kind == "checkpoint":
                name = path.stem if path.is_file() else path.name
                source = "models folder" if path.parent == self._models else "path"
                return starter, _with_kept(
                    _decided(_entry(found, model, name, source), self._chosen()), kept
                )
        return (starter,)

    def _at(self, model: str) -> tuple[Path, ...]:
        """The model of this file or folder name in the models folder,
        where one is there; a path is no name."""
        path = self._models / Path(model).name
        return (
            (path,) if path.name == model and not is_partial(model) and os.path.exists(path) else ()
        )

    def _linked(self, kind: str) -> list[tuple[Path, str, str]]:
        """Path, name and program of the models of this kind in linked folders; pickles count as
        models that cannot be used."""
        now, scan = monotonic(), self._scan  # another thread may ask for a fresh look meanwhile
        if scan is None or now - scan[0] > REMEMBERED:
            roots = [recognise(path) for path in linked(self._models)]
            found = [
                (one, root.program or root.path.name, self._index.look(one.path))
                for root in roots
                for one in candidates(root)
            ]
            self._scan = scan = now, found
            self._index.keep()
        return [
            (one.path, one.name, program)
            for one, program, seen in scan[1]
            if (seen.kind if seen.variant != "pickle" else "checkpoint") == kind
        ]

    def refresh(self) -> None:
        """Look at the linked folders anew at the next question."""
        self._scan = None

    def known_hashes(self) -> dict[str, str]:
        """The sha256 of whole files by path, as far as installing or
        `models verify` has left them."""
        rows = [
            *registry.read(self._models),
            *(
                registry.Registered(path, "", sha256=one.sha256)
                for path, one in self._kept().items()
            ),
        ]
        return {row.path: row.sha256 for row in rows if row.sha256}

    def _chosen(self) -> dict[str, str]:
        return {row.path: row.prediction for row in registry.read(self._models) if row.prediction}

    def _in_place(self, kind: str) -> list[Path]:
        """The registered models of this kind that lie elsewhere."""
        return [
            Path(row.path)
            for row in registry.read(self._models)
            if row.kind == kind and row.in_place
        ]

    def _extra(self, kind: str) -> tuple[ModelRef, ...]:
        """LoRAs, VAEs or embeddings of the models folder, then those used in place."""
        paths = _weights_in(self._models / registry.FOLDERS[kind]) if registry.FOLDERS[kind] else []
        own = [(path, path.stem) for path in [*paths, *self._in_place(kind)]]
        found: dict[str, ModelRef] = {}
        for path, name in [*own, *((path, name) for path, name, _ in self._linked(kind))]:
            found.setdefault(str(path), ModelRef(name, name, "", str(path)))
        return tuple(found.values())

    def extras(self) -> tuple[ModelEntry, ...]:
        """Every LoRA, VAE, embedding, ControlNet and upscaler as `models list` shows it."""
        by_kind = {"lora": self.loras(), "vae": self.vaes(), "embedding": self.embeddings()}
        by_kind |= {kind: self._extra(kind) for kind in NOT_YET}
        kept = self._kept()
        programs = {
            str(path): program for kind in by_kind for path, _, program in self._linked(kind)
        }
        found: list[ModelEntry] = []
        for kind, ref in ((kind, ref) for kind, refs in by_kind.items() for ref in refs):
            path = Path(ref.path)
            source = programs.get(
                ref.path, "models folder" if path.is_relative_to(self._models) else "in place"
            )
            entry = (
                _extra_entry(ref, kind, self._index.look(path), source)
                if os.path.exists(path)
                else replace(_gone(path, ref.id), kind=kind, family="")
            )
            found.append(_with_kept(entry, kept))
        self._index.keep()
        return tuple(found)

    def any(self, model: str) -> ModelEntry:
        """A model or one of the extras by id or path; ModelMissing otherwise."""
        found = next(
            (
                entry
                for entry in (*self.entries(), *self.extras())
                if model in (entry.id, entry.path)
            ),
            None,
        )
        return found or self.find(model)

    def find(self, model: str) -> ModelEntry:
        """The model of this id or path; ModelMissing otherwise."""
        # without looking at all others
        near = self.start_entries(model) if model == STARTER_ID or self._at(model) else ()
        if found := next((entry for entry in near if entry.id == model), None):
            return found
        entries = self.entries()
        if found := next((entry for entry in entries if entry.id == model), None):
            return found
        path = Path(os.path.expanduser(model))
        if os.path.isfile(path) or (
            ("/" in model or "\\" in model or path.is_absolute()) and os.path.isdir(path)
        ):
            there = resolved(path)
            entry = _entry(
                self._index.look(there),
                str(there),
                path.stem if path.is_file() else path.name,
                "path",
            )
            return _with_kept(_decided(entry, self._chosen()), self._kept())
        raise ModelMissing(
            f'There is no model "{model}".',
            f"Choose one of: {', '.join(e.id for e in entries)}; or give a folder's path.",
        )

    def choose_prediction(self, model: str, prediction: str) -> ModelEntry:
        """Remember what a person says a model predicts ("" leaves it to the file); InvalidRequest
        or ModelMissing otherwise."""
        entry = self.find(model)
        if prediction and (
            FAMILIES[entry.family].flow
            or entry.family == STARTER_ID
            or prediction not in registry.PREDICTIONS
        ):
            raise InvalidRequest(
                "prediction",
                f"{entry.name} cannot predict {prediction}.",
                "v and epsilon suit Stable Diffusion 1, 2 and XL.",
            )
        registry.choose_prediction(self._models, Path(entry.path), entry.kind, prediction)
        return self.find(model)

    def loras(self) -> tuple[ModelRef, ...]:
        """The adapters at hand: those that come with the starter, those in the models folder's
        "loras", those used in place."""
        found = [
            ModelRef(path.stem, path.stem, "starter", str(path))
            for path in _weights_in(self._starter / "loras")
        ]
        return (*found, *self._extra("lora"))

    def row_for(self, entry: ModelEntry, loras: tuple[str, ...]) -> Family:
        """The model's family row; an adapter distilled to few steps (LCM, Lightning, Hyper ...)
        brings its own defaults."""
        row = entry.family_row
        for lora in loras:
            ref = self.find_lora(lora)
            row = for_distilled(row, self._index.look(Path(ref.path)).distilled, ref.name)
        return row

    def vaes(self) -> tuple[ModelRef, ...]:
        """The autoencoders in the models folder's "vae", and those used in place."""
        return self._extra("vae")

    def tiny_for(self, family: str) -> ModelRef | None:
        """The tiny autoencoder at hand for latents of this family, which makes finer previews."""
        wanted = TINY_OF.get(family)
        for ref in self.vaes() if wanted else ():
            found = self._index.look(Path(ref.path))
            if (found.variant, found.family, found.problems) == ("tiny", wanted, ()):
                return ref
        return None

    def find_vae(self, vae: str) -> ModelRef:
        """The autoencoder of this name or path; ModelMissing where there is
        none or the file holds none."""
        return self._found("vae", "VAE", vae, self.vaes())

    def find_lora(self, lora: str) -> ModelRef:
        """The adapter of this name or path; ModelMissing where there is
        none or the file is no LoRA."""
        return self._found("lora", "LoRA", lora, self.loras())

    def typed(self, *paths: str) -> None:
        """Names of LoRAs and VAEs that a person gave outside a prompt: they may be paths, also
        relative ones and of other machines."""
        self._typed |= frozenset(paths)

    def _found(self, kind: str, word: str, name: str, known: tuple[ModelRef, ...]) -> ModelRef:
        """One that is listed, else one at a full path: what is only a name is
        never looked up on the disk."""
        ref = next((ref for ref in known if name in (ref.id, ref.path)), None) or alike(name, known)
        path = Path(os.path.expanduser(name))
        if (
            ref is None
            and (
                name in self._typed or (path.is_absolute() and not name.startswith(("//", "\\\\")))
            )
            and os.path.exists(path)
        ):
            ref = ModelRef(name, path.stem, "", str(resolved(path)))
        if ref is None:
            names = ", ".join(one.id for one in known)
            raise ModelMissing(
                f'There is no {word} "{name}".',
                f"Known: {names}."
                if names
                else f"Put the file into the models folder, under {registry.FOLDERS[kind]}.",
            )
        if _unreadable_name(ref.path):
            raise ModelMissing(
                f"The {word} {ref.name} cannot be used: {_ODD_NAME}", "Then use it by its new name."
            )
        found = self._index.look(Path(ref.path))
        if found.kind != kind or (kind == "lora" and Path(ref.path).is_dir()):
            raise ModelMissing(
                f"{Path(ref.path).name} is no {word} but {found.kind}.",
                " ".join(found.problems) or "Choose another file.",
            )
        return ref

    def embeddings(self) -> tuple[ModelRef, ...]:
        """The textual-inversion embeddings in the models folder's "embeddings" and in place, each
        by the name that calls it."""
        return self._extra("embedding")

    def embeddings_in(self, *texts: str) -> tuple[ModelRef, ...]:
        """Those whose words the texts hold: all that they can name, whatever the rules of a way."""
        words = {word.lower() for text in texts for word in _LETTERS_OR_DIGIT.findall(text)}
        return tuple(
            ref
            for ref in self.embeddings()
            if set(_LETTERS_OR_DIGIT.findall(ref.name.lower())) <= words
            and not _unreadable_name(ref.path)
        )
