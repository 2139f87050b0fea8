"""What lies at a path: one file, one part of a model or a whole folder; weights are never read.

`inspect(path)` names the kind (checkpoint, lora, vae, embedding, controlnet, upscaler, unknown)
and all else that headers and configurations tell.
"""

from __future__ import annotations

import re
import stat
from dataclasses import replace
from pathlib import Path

from core.models.files.content import SAFETENSORS, UNKNOWN, announced_size, content_of
from core.models.files.diffusers_folder import inspect_folder
from core.models.files.header import read_header
from core.models.files.header_inspection import of_header
from core.models.files.inspection_record import Inspection
from core.system.errors import ModelMissing
from core.system.regular_files import open_regular
from core.values.model import ModelKind, Problem, Reason

MAX_NOTE = 2**16
_PICKLE = (
    "It is a pickle (.ckpt, .pt, .bin): such files can run any program hidden in them, so they are "
    "never opened directly. Convert it to safetensors first: calotype models convert FILE."
)


def inspect(path: Path) -> Inspection:
    """What lies at `path`; never fails for a foreign, broken or hostile file:
    its `problems` say what is wrong."""
    try:
        if path.is_dir():
            return inspect_folder(path)
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
            sentence = f"{path.name} is no regular file; put the model's file there."
            return _unknown(path, Reason.NO_MODEL, sentence)
        size = status.st_size
        content = content_of(path)
    except (OSError, ValueError) as fault:  # ValueError: a zero byte in the name
        why = getattr(fault, "strerror", None) or fault
        return _unknown(path, Reason.UNREADABLE, f"{path.name} cannot be read: {why}.")
    if content.id == "pickle":
        return _unknown(path, Reason.PICKLE, _PICKLE, size, variant="pickle")
    if content is UNKNOWN and path.suffix.lower() != ".safetensors":
        return _unknown(path, Reason.NO_MODEL, f"{path.name} is no model file.", size)
    if content not in (SAFETENSORS, UNKNOWN):
        sentence = f"{path.name} is no model file but {content.words}. {content.remedy}"
        variant = content.id if content.id == "gguf" else ""
        return _unknown(path, Reason.NO_MODEL, sentence, size, variant=variant)
    try:
        header = read_header(path)
    except ModelMissing as fault:
        return _unknown(path, Reason.DAMAGED, _cut_off(path, size) or str(fault), size)
    return _with_note_beside(of_header(str(path), header), path)


def _unknown(
    path: Path, reason: Reason, sentence: str, size: int = 0, *, variant: str = ""
) -> Inspection:
    """A file of `size` bytes that is no model that can be used."""
    return Inspection(
        path=str(path),
        kind=ModelKind.UNKNOWN,
        variant=variant,
        bytes=size,
        problems=(Problem(reason, sentence),),
    )


def _cut_off(path: Path, size: int) -> str:
    """One sentence where the file is shorter than its own header says."""
    try:
        whole = announced_size(path)
    except OSError:
        return ""
    if whole is None or whole <= size:
        return ""
    return (
        f"{path.name} is cut off: {size:,} of its {whole:,} bytes are here. "
        "Get a new copy of the file."
    )


def _with_note_beside(inspection: Inspection, path: Path) -> Inspection:
    """AUTOMATIC1111 keeps what a file does not tell in a .yaml of the same name:
    "parameterization" v or eps."""
    beside = path.with_suffix(".yaml")
    if inspection.kind != ModelKind.CHECKPOINT or inspection.prediction == "flow":
        return inspection
    try:
        with open_regular(beside) as note:
            text = note.read(MAX_NOTE).decode("utf-8", "replace")
    except OSError:
        return inspection
    said = re.search(r"^[ \t]*parameterization[ \t]*:[ \t]*[\"']?(v|eps)\b", text, re.MULTILINE)
    if said is None and not re.search(r"^[ \t]*linear_start[ \t]*:", text, re.MULTILINE):
        return inspection
    # a training configuration without the word means epsilon
    prediction = "v" if said and said[1] == "v" else "epsilon"
    problems = tuple(
        problem for problem in inspection.problems if problem.reason is not Reason.PREDICTION
    )
    return replace(
        inspection,
        prediction=prediction,
        evidence=(f"{beside.name[:60]} beside it says so",),
        choices={},
        problems=problems,
    )
