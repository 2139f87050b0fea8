"""Where a model's parts come from: a diffusers folder, or a single file in the original layout
with our own configurations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from core.engine.diffusion.families.original_names import (
    Tensors,
    as_matrices,
    autoencoder_tensors,
    open_clip_tensors,
    unet_tensors,
)
from core.models.files.diffusers_folder import MAX_CONFIG, config_of, weight_files
from core.models.files.header import read_header
from core.models.files.header_inspection import Inspection
from core.models.files.inspection import inspect
from core.system.errors import ModelMissing
from core.system.json_files import read_json
from core.system.paths import RESOURCES
from core.values.model import ModelKind

FAMILY_FILES = RESOURCES / "families"
_COMPLETE = "Get a complete copy of the model."


class ModelSource(Protocol):
    """A model's parts by name: unet, vae, text_encoder, text_encoder_2;
    the scheduler has a configuration only."""

    name: str

    def has(self, part: str) -> bool:
        """Whether the model has this part."""
        ...

    def config(self, part: str) -> dict[str, Any]:
        """A part's configuration. Raises ModelMissing where it cannot be read."""
        ...

    def weights(self, part: str) -> Tensors:
        """A part's tensors in diffusers' and transformers' names and shapes. Raises ModelMissing
        where a file is missing or damaged."""
        ...

    def tokenizer(self, part: str) -> Path:
        """The folder of the tokenizer that goes with a text encoder.
        Raises ModelMissing where it is not set up."""
        ...


def _json(path: Path) -> dict[str, Any]:
    try:
        config = read_json(path, MAX_CONFIG)
    except (OSError, ValueError) as fault:
        raise ModelMissing(f"{path} cannot be read: {fault}.", _COMPLETE) from fault
    if not isinstance(config, dict):
        raise ModelMissing(f"{path} is not a configuration.", _COMPLETE)
    return {key: value for key, value in config.items() if not key.startswith("_")}


def _tensors_of(files: list[Path], where: str, remedy: str) -> Tensors:
    """Of several safetensors files. Raises ModelMissing, which says `where`, for a damaged one."""
    tensors: Tensors = {}
    for file in files:
        try:
            tensors |= load_file(file)
        except (OSError, SafetensorError) as fault:
            raise ModelMissing(f"{file.name}{where} is damaged: {fault}.", remedy) from fault
    return tensors


def weight_bytes(model: Path) -> int:
    """How large the weights of a file or a diffusers folder are on disk."""
    files = [model] if model.is_file() else model.rglob("*.safetensors")
    return sum(file.stat().st_size for file in files)


class FolderSource:
    """A diffusers folder; each part lies in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name

    def has(self, part: str) -> bool:
        """Whether its folder is there."""
        return (self.folder / part).is_dir()

    def config(self, part: str) -> dict[str, Any]:
        """What lies beside its weights; {} for a scheduler that has none. Raises ModelMissing where
        it cannot be read."""
        if part != "scheduler":
            return _json(self.folder / part / "config.json")
        path = self.folder / part / "scheduler_config.json"
        return _json(path) if path.is_file() else {}

    def name_of(self, part: str) -> str:
        """The class its configuration names."""
        return str(config_of(self.folder / part).get("_class_name", ""))

    def weights(self, part: str) -> Tensors:
        """All safetensors files of its folder; of a text encoder only what transformers saves under
        one name, where other programs' files lie beside it. Raises ModelMissing where one is
        damaged."""
        files = weight_files(self.folder / part)
        whole = self.folder / part / "model.safetensors"
        if part.startswith("text_encoder") and whole in files:
            files = [whole]
        tensors = _tensors_of(files, f" in {part}", "Get a new copy of the model.")
        return _renamed(tensors) if part == "vae" else tensors

    def tokenizer(self, part: str) -> Path:
        """The folder beside, which may be missing."""
        return self.folder / part.replace("text_encoder", "tokenizer")


def _renamed(weights: Tensors) -> Tensors:
    """Early diffusers folders name the autoencoder's attention differently, and keep it as 1 x 1
    convolutions; the numbers are the same."""
    old = {".query.": ".to_q.", ".key.": ".to_k.", ".value.": ".to_v.", ".proj_attn.": ".to_out.0."}

    def new(name: str) -> str:
        """The name as it is now."""
        if "mid_block.attentions" in name:
            for before, after in old.items():
                name = name.replace(before, after)
        return name

    return as_matrices({new(name): tensor for name, tensor in weights.items()})


_VAE = "first_stage_model."
_PREFIXES = {
    "unet": ("model.diffusion_model.",),
    "vae": (_VAE,),
    "text_encoder": ("cond_stage_model.", "conditioner.embedders.0."),
    "text_encoder_2": ("conditioner.embedders.1.",),
}


class SingleFileSource:
    """One safetensors file in the original layout: UNet, autoencoder and text
    encoders under their prefixes.

    `families` holds a folder of configurations a family, and CLIP's tokenizer. What the header
    cannot tell comes from `inspection` (the prediction) or the shapes (input channels). Raises
    ModelMissing for a family that has no such folder.
    """

    def __init__(self, path: Path, inspection: Inspection, families: Path = FAMILY_FILES) -> None:
        self.path = path
        self.name = path.name
        self.inspection = inspection
        self._families = families
        self._configs = families / inspection.family
        if not self._configs.is_dir():
            raise ModelMissing(
                (
                    f"{path.name} is of the family {inspection.family or 'unknown'}, which cannot "
                    "be loaded from a single file."
                ),
                "Use the model as a diffusers folder.",
            )
        self._shapes = read_header(path).shapes
        self._refiner = inspection.family == "sdxl-refiner"

    def _prefixes(self, part: str) -> tuple[str, ...]:
        if self._refiner and part == "text_encoder_2":
            return ("conditioner.embedders.0.",)
        return _PREFIXES[part]

    def has(self, part: str) -> bool:
        """Whether models of its family have it."""
        return (self._configs / part).is_dir()

    def config(self, part: str) -> dict[str, Any]:
        """Its family's, with what the file itself tells. Raises ModelMissing where it cannot be
        read."""
        name = "scheduler_config.json" if part == "scheduler" else "config.json"
        config = _json(self._configs / part / name)
        if part == "unet":
            config["in_channels"] = self._shapes["model.diffusion_model.input_blocks.0.0.weight"][1]
        if part == "scheduler":
            told = self.inspection.prediction
            if told:
                config["prediction_type"] = "v_prediction" if told == "v" else told
            config["rescale_betas_zero_snr"] = self.inspection.zero_snr
        return config

    def _tensors(self, part: str) -> Tensors:
        try:
            with safe_open(self.path, framework="pt") as file:
                tensors = {
                    name: file.get_tensor(name)
                    for name in self._shapes
                    if name.startswith(self._prefixes(part))
                }
        except (OSError, SafetensorError) as fault:
            raise ModelMissing(
                f"{self.name} is damaged: {fault}.", "Get a new copy of the model."
            ) from fault
        if not tensors:
            words = {"unet": "denoiser", "vae": "VAE"}.get(part, "text encoder")
            raise ModelMissing(f"{self.name} holds no {words}.", "Use the complete model.")
        return tensors

    def weights(self, part: str) -> Tensors:
        """Its tensors of the file, renamed as diffusers and transformers have them. Raises
        ModelMissing where the file is damaged or lacks them."""
        tensors = self._tensors(part)
        if part == "unet":
            return unet_tensors(_without("model.diffusion_model.", tensors), self.config(part))
        if part == "vae":
            return autoencoder_tensors(_without(_VAE, tensors), self.config(part))
        first, *others = self._prefixes(part)
        paired = any(name.startswith("conditioner.") for name in tensors)
        prefix = others[-1] if paired and others else first
        if any(".resblocks." in name for name in tensors):
            own = _without(prefix + "model.", tensors)
            projected = part == "text_encoder_2"
            return open_clip_tensors(own, self.config(part), projected=projected)
        return _without(prefix + "transformer.", tensors)

    def tokenizer(self, part: str) -> Path:
        """CLIP's, for all parts. Raises ModelMissing where it is not set up."""
        folder = self._families / "clip-tokenizer"
        if not (folder / "vocab.json").is_file():
            raise ModelMissing(
                "CLIP's tokenizer, which single model files need, is not set up.",
                "Run: python packaging/clip_tokenizer.py",
            )
        return folder


def _without(prefix: str, tensors: Tensors) -> Tensors:
    """Those that have the prefix, without it."""
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def source_of(path: str, families: Path = FAMILY_FILES) -> ModelSource:
    """The parts of the model at `path`, a folder or a file. Raises ModelMissing for a file that is
    no complete model."""
    where = Path(path)
    if where.is_dir():
        return FolderSource(where)
    inspection = inspect(where)
    if inspection.kind != ModelKind.CHECKPOINT:
        raise ModelMissing(
            f"{where.name} is no complete model but {inspection.kind}.",
            inspection.sentences or "Choose another file.",
        )
    return SingleFileSource(where, inspection, families)


def vae_tensors(path: Path, config: Mapping[str, Any]) -> Tensors:
    """The weights of an autoencoder's own file or folder, in the original or diffusers' layout, in
    diffusers' names and shapes; `config` is the autoencoder's. Raises ModelMissing where a file is
    damaged."""
    files = [path] if path.is_file() else weight_files(path)
    tensors = _tensors_of(files, "", "Get a new copy of the VAE.")
    if any(name.startswith(_VAE) for name in tensors):
        return autoencoder_tensors(_without(_VAE, tensors), config)
    if any(".down.0." in name for name in tensors):
        return autoencoder_tensors(tensors, config)
    return _renamed(tensors)
