"""All models that are here: the starter, the models folder's, those in place, in linked folders."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from core.models.files.families import FAMILIES, Family, for_distilled
from core.models.files.inspection_record import Inspection
from core.models.files.own_folder import UPSCALERS, models_in
from core.models.library import registry
from core.models.library.inspection_cache import InspectionCache
from core.models.library.model_entry import (
    NOT_YET,
    ODD_NAME,
    STARTER_ID,
    ModelEntry,
    UserMetadata,
    decided,
    entry_of,
    extra_entry,
    gone_entry,
    unreadable_name,
    with_user_metadata,
)
from core.models.library.naming import alike
from core.system.errors import InvalidRequest, ModelMissing
from core.system.paths import RESOURCES
from core.system.regular_files import is_partial, resolved
from core.values.job import ModelRef
from core.values.model import ModelKind

if TYPE_CHECKING:
    from core.models.library.external_folders import Candidate

TINY_OF = {
    "sd15": "sd15",
    "sd21": "sd15",
    "sdxl": "sdxl",
    "sdxl-refiner": "sdxl",
    "sd3": "sd3",
    "flux": "flux",
}
REMEMBERED_SECONDS = 3.0  # seconds for which a look at linked folders counts
# as CLIP's tokenizer parts words: some ways find a name inside others
_LETTERS_OR_DIGIT = re.compile(r"[^\W\d_]+|\d")


def _is(seen: Inspection, kind: ModelKind) -> bool:
    """Pickles count as checkpoints that cannot be used."""
    return (seen.kind if seen.variant != "pickle" else ModelKind.CHECKPOINT) == kind


class Library:
    """Looks at the disk each time it is asked: a folder put in place is there at once."""

    def __init__(
        self,
        models: Path,
        starter: Path = RESOURCES / "starter",
        user_metadata: Callable[[], Mapping[str, UserMetadata]] = dict,
        index: InspectionCache | None = None,
    ) -> None:
        """`user_metadata` gives by path what is kept of models; `index` keeps what was found."""
        self._models = models
        self._starter = starter
        self._user_metadata = user_metadata
        self._index = index or InspectionCache()
        self._scan: tuple[float, list[tuple[Candidate, str, Inspection]]] | None = None
        self._typed: frozenset[str] = frozenset()

    def entries(self) -> tuple[ModelEntry, ...]:
        """The starter first, then the models folder by name, models used in place,
        and those of linked folders."""
        look = self._index.inspection_of
        entries = [self._starter_entry()]
        for path in models_in(self._models):
            if path.is_dir():
                model_id = path.name if path.name != STARTER_ID else str(path)
                entries.append(entry_of(look(path), model_id, path.name, "models folder"))
            else:
                entries.append(entry_of(look(path), path.name, path.stem, "models folder"))
        taken = {entry.id for entry in entries}
        elsewhere = [
            (path, path.stem if path.suffix else path.name, "in place")
            for path in self._in_place(ModelKind.CHECKPOINT)
        ]
        for path, title, source in [*elsewhere, *self._linked(ModelKind.CHECKPOINT)]:
            # a hub's model is called by its owner and name
            name = title if "/" in title else path.name
            name = name if name not in taken else str(path)
            if str(path) not in taken:
                taken |= {name, str(path)}
                if os.path.exists(path):
                    entries.append(entry_of(look(path), name, title, source))
                else:
                    entries.append(gone_entry(path, name))
        self._index.save()
        chosen = self._chosen()
        kept = self._user_metadata()
        return tuple(with_user_metadata(decided(entry, chosen), kept) for entry in entries)

    def _starter_entry(self) -> ModelEntry:
        return entry_of(
            self._index.inspection_of(self._starter),
            STARTER_ID,
            "Starter",
            "built in",
            family="starter",
            licence="Apache-2.0",
        )

    def start_entries(self, model: str) -> tuple[ModelEntry, ...]:
        """The starter and the one model that the form names, without looking at all the others."""
        kept = self._user_metadata()
        starter = with_user_metadata(self._starter_entry(), kept)
        if not model or model == STARTER_ID:
            return (starter,)
        for path in (*self._at(model), *self._index.named(model)):
            if (
                os.path.exists(path)
                and (inspection := self._index.inspection_of(path)).kind == ModelKind.CHECKPOINT
            ):
                name = path.stem if path.is_file() else path.name
                source = "models folder" if path.parent == self._models else "path"
                return starter, with_user_metadata(
                    decided(entry_of(inspection, model, name, source), self._chosen()), kept
                )
        return (starter,)

    def _at(self, model: str) -> tuple[Path, ...]:
        """The model of this file or folder name in the models folder,
        where one is there; a path is no name."""
        path = self._models / Path(model).name
        if path.name == model and not is_partial(model) and os.path.exists(path):
            return (path,)
        return ()

    def _linked(self, kind: ModelKind) -> list[tuple[Path, str, str]]:
        """Path, name and program of the models of this kind in linked folders; pickles count as
        models that cannot be used."""
        from core.models.library.external_folders import candidates, detect, linked_folders

        now = monotonic()
        scan = self._scan  # another thread may ask for a fresh look meanwhile
        if scan is None or now - scan[0] > REMEMBERED_SECONDS:
            roots = [detect(path) for path in linked_folders(self._models)]
            linked = [
                (
                    candidate,
                    folder.program or folder.path.name,
                    self._index.inspection_of(candidate.path),
                )
                for folder in roots
                for candidate in candidates(folder)
            ]
            self._scan = scan = now, linked
            self._index.save()
        return [
            (candidate.path, candidate.name, program)
            for candidate, program, seen in scan[1]
            if _is(seen, kind)
        ]

    def refresh(self) -> None:
        """Look at the linked folders anew at the next question."""
        self._scan = None

    def known_hashes(self) -> dict[str, str]:
        """The sha256 of whole files by path, as far as installing or
        `models verify` has left them."""
        known = {row.path: row.sha256 for row in registry.read(self._models) if row.sha256}
        return known | {
            path: metadata.sha256
            for path, metadata in self._user_metadata().items()
            if metadata.sha256
        }

    def _chosen(self) -> dict[str, str]:
        return {row.path: row.prediction for row in registry.read(self._models) if row.prediction}

    def _in_place(self, kind: ModelKind) -> list[Path]:
        """The registered models of this kind that lie elsewhere."""
        return [
            Path(row.path)
            for row in registry.read(self._models)
            if row.kind == kind and row.in_place
        ]

    def _extra(self, kind: ModelKind) -> tuple[ModelRef, ...]:
        """LoRAs, VAEs or embeddings of the models folder, then those used in place."""
        from core.models.library.fingerprint import weights_in

        paths = weights_in(self._models / registry.FOLDERS[kind]) if registry.FOLDERS[kind] else []
        own = [(path, path.stem) for path in [*paths, *self._in_place(kind)]]
        refs: dict[str, ModelRef] = {}
        for path, name in [*own, *((path, name) for path, name, _ in self._linked(kind))]:
            refs.setdefault(str(path), ModelRef(name, name, "", str(path)))
        return tuple(refs.values())

    def extras(self) -> tuple[ModelEntry, ...]:
        """Every LoRA, VAE, embedding, ControlNet and upscaler as `models list` shows it."""
        by_kind = {
            ModelKind.LORA: self.loras(),
            ModelKind.VAE: self.vaes(),
            ModelKind.EMBEDDING: self.embeddings(),
        }
        by_kind |= {ModelKind.UPSCALER: self.upscalers()}
        by_kind |= {kind: self._extra(kind) for kind in NOT_YET}
        kept = self._user_metadata()
        programs = {
            str(path): program for kind in by_kind for path, _, program in self._linked(kind)
        }
        entries: list[ModelEntry] = []
        for kind, ref in ((kind, ref) for kind, refs in by_kind.items() for ref in refs):
            path = Path(ref.path)
            own = "models folder" if path.is_relative_to(self._models) else "in place"
            source = programs.get(ref.path, own)
            if os.path.exists(path):
                entry = extra_entry(ref, kind, self._index.inspection_of(path), source)
            else:
                entry = replace(gone_entry(path, ref.id), kind=kind, family="")
            entries.append(with_user_metadata(entry, kept))
        self._index.save()
        return tuple(entries)

    def find_any(self, model: str) -> ModelEntry:
        """A model or one of the extras by id or path. Raises ModelMissing where there is none."""
        for entry in (*self.entries(), *self.extras()):
            if model in (entry.id, entry.path):
                return entry
        return self.find(model)

    def find(self, model: str) -> ModelEntry:
        """The model of this id or path. Raises ModelMissing where there is none."""
        # without looking at all others
        near = self.start_entries(model) if model == STARTER_ID or self._at(model) else ()
        if match := next((entry for entry in near if entry.id == model), None):
            return match
        entries = self.entries()
        if match := next((entry for entry in entries if entry.id == model), None):
            return match
        path = Path(os.path.expanduser(model))
        # a plain word is no folder, whatever lies where the program was started
        is_path = "/" in model or "\\" in model or path.is_absolute()
        if os.path.isfile(path) or (is_path and os.path.isdir(path)):
            there = resolved(path)
            name = path.stem if path.is_file() else path.name
            entry = entry_of(self._index.inspection_of(there), str(there), name, "path")
            return with_user_metadata(decided(entry, self._chosen()), self._user_metadata())
        raise ModelMissing(
            f'There is no model "{model}".',
            f"Choose one of: {', '.join(e.id for e in entries)}; or give a folder's path.",
        )

    def choose_prediction(self, model: str, prediction: str) -> ModelEntry:
        """Remember what a person says a model predicts ("" leaves it to the file). Raises
        InvalidRequest for what this model cannot predict, ModelMissing where there is none,
        WorldError where that cannot be written."""
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
        from core.models.library.fingerprint import weights_in

        loras = [
            ModelRef(path.stem, path.stem, "starter", str(path))
            for path in weights_in(self._starter / "loras")
        ]
        return (*loras, *self._extra(ModelKind.LORA))

    def inspection_of(self, ref: ModelRef) -> Inspection:
        """What the file of an adapter is, as its header says."""
        return self._index.inspection_of(Path(ref.path))

    def family_row_for(self, entry: ModelEntry, loras: tuple[str, ...]) -> Family:
        """The model's family row; an adapter distilled to few steps (LCM, Lightning, Hyper ...)
        brings its own defaults. Raises ModelMissing for an adapter that is not here."""
        row = entry.family_row
        for lora in loras:
            ref = self.find_lora(lora)
            row = for_distilled(row, self._index.inspection_of(Path(ref.path)).distilled, ref.name)
        return row

    def vaes(self) -> tuple[ModelRef, ...]:
        """The autoencoders in the models folder's "vae", and those used in place."""
        return self._extra(ModelKind.VAE)

    def upscalers(self) -> tuple[ModelRef, ...]:
        """The upscaler that comes with Calotype, those in the models folder's "upscale_models",
        and those used in place."""
        from core.models.library.fingerprint import weights_in

        built_in = [
            ModelRef(path.stem, path.stem, STARTER_ID, str(path)) for path in weights_in(UPSCALERS)
        ]
        return (*built_in, *self._extra(ModelKind.UPSCALER))

    def tiny_for(self, family: str) -> ModelRef | None:
        """The tiny autoencoder at hand for latents of this family, which makes finer previews."""
        wanted = TINY_OF.get(family)
        for ref in self.vaes() if wanted else ():
            inspection = self._index.inspection_of(Path(ref.path))
            if (inspection.variant, inspection.family, inspection.problems) == ("tiny", wanted, ()):
                return ref
        return None

    def find_vae(self, vae: str) -> ModelRef:
        """The autoencoder of this name or path. Raises ModelMissing where there is none or the file
        holds none."""
        return self._found(ModelKind.VAE, "VAE", vae, self.vaes())

    def find_upscaler(self, upscaler: str) -> ModelRef:
        """The upscaler of this name or path. Raises ModelMissing where there is none or the file
        holds none."""
        return self._found(ModelKind.UPSCALER, "upscaler", upscaler, self.upscalers())

    def find_lora(self, lora: str) -> ModelRef:
        """The adapter of this name or path. Raises ModelMissing where there is none or the file is
        no LoRA."""
        return self._found(ModelKind.LORA, "LoRA", lora, self.loras())

    def typed_names(self, *paths: str) -> None:
        """Names of LoRAs and VAEs that a person gave outside a prompt: they may be paths, also
        relative ones and of other machines."""
        self._typed |= frozenset(paths)

    def _found(
        self, kind: ModelKind, word: str, name: str, known: tuple[ModelRef, ...]
    ) -> ModelRef:
        """One that is listed, else one at a full path: what is only a name is
        never looked up on the disk."""
        ref = next((ref for ref in known if name in (ref.id, ref.path)), None) or alike(name, known)
        path = Path(os.path.expanduser(name))
        # "//" and "\\\\" are names of other machines, which would be asked over the network
        here = path.is_absolute() and not name.startswith(("//", "\\\\"))
        if ref is None and (name in self._typed or here) and os.path.exists(path):
            ref = ModelRef(name, path.stem, "", str(resolved(path)))
        if ref is None:
            names = ", ".join(entry.id for entry in known)
            put = f"Put the file into the models folder, under {registry.FOLDERS[kind]}."
            raise ModelMissing(
                f'There is no {word} "{name}".', f"Known: {names}." if names else put
            )
        if unreadable_name(ref.path):
            raise ModelMissing(
                f"The {word} {ref.name} cannot be used: {ODD_NAME.sentence}",
                "Then use it by its new name.",
            )
        inspection = self._index.inspection_of(Path(ref.path))
        if inspection.kind != kind or (kind == ModelKind.LORA and Path(ref.path).is_dir()):
            raise ModelMissing(
                f"{Path(ref.path).name} is no {word} but {inspection.kind}.",
                inspection.sentences or "Choose another file.",
            )
        return ref

    def embeddings(self) -> tuple[ModelRef, ...]:
        """The textual-inversion embeddings in the models folder's "embeddings" and in place, each
        by the name that calls it."""
        return self._extra(ModelKind.EMBEDDING)

    def embeddings_in(self, *texts: str) -> tuple[ModelRef, ...]:
        """Those whose words the texts hold: all that they can name, whatever the rules of a way."""
        words = {word.lower() for text in texts for word in _LETTERS_OR_DIGIT.findall(text)}
        return tuple(
            ref
            for ref in self.embeddings()
            if set(_LETTERS_OR_DIGIT.findall(ref.name.lower())) <= words
            and not unreadable_name(ref.path)
        )
