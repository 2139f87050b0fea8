"""The row of one model: what its file says, what a person chose for it, whether it can be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.models.files.families import FAMILIES, Defaults, Family, for_distilled
from core.models.files.inspection_record import Inspection
from core.models.library.vocabulary import Vocabulary, known_words
from core.system.errors import ModelMissing
from core.system.paths import RESOURCES
from core.values.job import ModelRef
from core.values.model import ModelKind, ModelState, Problem, Reason

if TYPE_CHECKING:
    from core.sampling.schedules import AnyTable

STARTER_ID = "starter"
INSTRUCT = "instruct"  # as a variant
NOT_YET = {
    ModelKind.CONTROLNET: (
        "it is looked after, but this version does not work with ControlNets yet."
    ),
}
ODD_NAME = Problem(Reason.ODD_NAME, "its name is not written in UTF-8; rename its file or folder.")
_FLOW_FILE = (
    "models of this family are used from a diffusers folder, which brings their text encoders and "
    "tokenizers."
)
_BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "num_train_timesteps": 1000}


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model as `models list` shows it; `problems` say why it cannot be used.

    `prediction` is what it is taken to predict, `chosen` where a person said so; `undecided` where
    nobody and nothing did. A `pickle` can be converted. `words` is what the file says of itself
    (title, author, trigger_words ...), `vocabulary` what a small model was trained on. `variant`
    names what else its network is shown: "inpainting" a mask, "instruct" a picture.
    """

    id: str
    name: str
    family: str
    kind: ModelKind
    source: str
    path: str
    bytes: int
    license: str
    distilled: str = ""
    zero_snr: bool = False
    prediction: str = ""
    chosen: str = ""
    undecided: bool = False
    pickle: bool = False
    defaults: Defaults | None = None
    variant: str = ""
    words: Mapping[str, str] = field(default_factory=dict[str, str])
    vocabulary: Vocabulary = field(default_factory=dict[str, list[str]])
    problems: tuple[Problem, ...] = ()

    @property
    def state(self) -> ModelState:
        """Whether it can be used."""
        if not self.problems:
            return ModelState.READY
        later = all(problem.reason is Reason.LATER for problem in self.problems)
        return ModelState.WAITING if later else ModelState.UNUSABLE

    @property
    def ready(self) -> bool:
        """Whether it can be used."""
        return self.state is ModelState.READY

    @property
    def sentence(self) -> str:
        """ "ready", or what is wrong with it, for a person."""
        return " ".join(problem.sentence for problem in self.problems) or self.state

    def ref(self) -> ModelRef:
        """What a job carries. Raises ModelMissing where the model is not ready, or cannot be
        read."""
        from core.models.library.fingerprint import content_hash

        if not self.ready:
            raise ModelMissing(
                f'The model "{self.name}" cannot be used: {self.sentence}',
                "Choose another model, or complete its folder.",
            )
        try:
            return ModelRef(
                id=self.id,
                name=self.name,
                family=self.family,
                path=self.path,
                hash=content_hash(self.path),
                prediction=self.chosen,
            )
        except OSError as fault:
            raise ModelMissing(
                f"{self.path} cannot be read: {fault.strerror or fault}.", "Choose another model."
            ) from fault

    def noise(self, width: int, height: int, shift: float | None = None) -> AnyTable:
        """The training noise as its scheduler configuration gives it, with the `shift` that is
        asked for; its family's where it says nothing."""
        from core.models.files.diffusers_folder import config_of
        from core.sampling.levels.training_noise import training_alphas_cumprod, zero_terminal_snr
        from core.sampling.schedules import NoiseTable, flow_table

        config = config_of(Path(self.path) / "scheduler", "scheduler_config.json")
        if FAMILIES[self.family].flow:
            return flow_table(config, width, height, shift)
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
        row = replace(row, instructs=True) if self.variant == INSTRUCT else row
        return row if self.defaults is None else self.defaults.of(row)


@dataclass(frozen=True, slots=True)
class UserMetadata:
    """What is kept of a model beside its file: its licence, the defaults a person gave it, the hash
    of a file that was installed."""

    license: str = ""
    defaults: Defaults | None = None
    sha256: str = ""


def unreadable_name(path: str) -> bool:
    """A file's name that is no UTF-8 fits in no database, recipe or prompt."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return True
    return False


def _problems(inspection: Inspection) -> tuple[Problem, ...]:
    """Why pictures cannot be made with a model; nothing where they can."""
    is_file = Path(inspection.path).is_file()
    if unreadable_name(inspection.path):
        return (ODD_NAME,)
    if inspection.kind != ModelKind.CHECKPOINT:
        return inspection.problems or _one(
            Reason.WRONG_KIND, f"it is no model but {inspection.kind}."
        )
    if inspection.family not in FAMILIES:
        family = inspection.family or "it is of"
        words = f"models of the family {family} are not supported yet."
        return inspection.problems or _one(Reason.UNSUPPORTED, words)
    if inspection.variant in ("depth", "upscale"):
        words = f"{inspection.variant} models need a picture, which is not supported yet."
        return _one(Reason.UNSUPPORTED, words)
    if FAMILIES[inspection.family].flow and is_file:
        return _one(Reason.INCOMPLETE, _FLOW_FILE)
    if inspection.layout == "diffusers" and is_file:
        words = "it holds the denoiser only; use the complete model's folder."
        return _one(Reason.INCOMPLETE, words)
    if inspection.layout == "ldm" and inspection.family == "sd-unknown":
        return _one(Reason.FOREIGN, "it follows no architecture that Calotype knows.")
    if "prediction" not in inspection.choices:
        return inspection.problems
    return tuple(
        problem for problem in inspection.problems if problem.reason is not Reason.PREDICTION
    )


def _extra_problems(ref: ModelRef, kind: ModelKind, inspection: Inspection) -> tuple[Problem, ...]:
    """Why a LoRA, VAE, embedding, ... cannot be used; nothing where it can."""
    if unreadable_name(ref.path):
        return (ODD_NAME,)
    if inspection.problems:
        return inspection.problems
    if inspection.kind != kind:
        return _one(Reason.WRONG_KIND, f"it is no {kind} but {inspection.kind}.")
    if kind == ModelKind.UPSCALER:
        from core.models.files.key_layouts.upscalers import OTHERS, OWN, runs_others

        if inspection.variant not in OWN and not runs_others():
            words = f"upscalers of the kind {inspection.variant} need the package {OTHERS}."
            return _one(Reason.UNSUPPORTED, words)
    return _one(Reason.LATER, NOT_YET[kind]) if kind in NOT_YET else ()


def _one(reason: Reason, sentence: str) -> tuple[Problem, ...]:
    return (Problem(reason, sentence),)


def entry_of(
    inspection: Inspection,
    model_id: str,
    name: str,
    source: str,
    family: str = "",
    licence: str = "",
) -> ModelEntry:
    """The row of what was found at a path; `source` says where that is."""
    if not family and inspection.family in FAMILIES:
        family = inspection.family
    elif not family:
        family = "generic" if inspection.kind == ModelKind.CHECKPOINT else "sd-unknown"
    return ModelEntry(
        id=model_id,
        name=name,
        family=family,
        kind=ModelKind.CHECKPOINT,
        source=source,
        path=inspection.path,
        bytes=inspection.bytes,
        problems=_problems(inspection),
        license=licence or inspection.words.get("licence", ""),
        distilled=inspection.distilled,
        zero_snr=inspection.zero_snr,
        prediction=inspection.prediction or ("v" if inspection.choices else ""),
        undecided="prediction" in inspection.choices,
        pickle=inspection.variant == "pickle",
        variant=inspection.variant,
        words=inspection.words,
        vocabulary=known_words(Path(inspection.path)) if inspection.layout == "diffusers" else {},
    )


def decided(entry: ModelEntry, chosen: dict[str, str]) -> ModelEntry:
    """The entry with what a person chose for its file."""
    said = chosen.get(entry.path, "")
    return replace(entry, prediction=said, chosen=said, undecided=False) if said else entry


def with_user_metadata(entry: ModelEntry, metadata: Mapping[str, UserMetadata]) -> ModelEntry:
    """The entry with what is kept of its file."""
    known = metadata.get(entry.path)
    if known is None:
        return entry
    return replace(entry, license=known.license or entry.license, defaults=known.defaults)


def gone_entry(path: Path, name: str) -> ModelEntry:
    """The row of a registered model whose file is not there."""
    return ModelEntry(
        id=name,
        name=path.stem if path.suffix else path.name,
        family="sd-unknown",
        kind=ModelKind.CHECKPOINT,
        source="in place",
        path=str(path),
        bytes=0,
        license="",
        problems=_one(
            Reason.GONE, f"its file {path} is gone; put it back, or remove the model from the list."
        ),
    )


def extra_entry(ref: ModelRef, kind: ModelKind, inspection: Inspection, source: str) -> ModelEntry:
    """The row of a LoRA, VAE, embedding, ControlNet or upscaler."""
    return ModelEntry(
        id=ref.id,
        name=ref.name,
        family=inspection.family or ref.family,
        kind=kind,
        source="built in" if ref.family == STARTER_ID else source,
        path=ref.path,
        bytes=inspection.bytes,
        problems=_extra_problems(ref, kind, inspection),
        license=inspection.words.get("licence", ""),
        distilled=inspection.distilled,
        words=inspection.words,
    )
