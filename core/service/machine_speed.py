"""How fast this machine is, part by part, in the words that command line and window share: asks an
engine, and times by itself what no engine does, the saving of a picture."""

from __future__ import annotations

import contextlib
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from core.engine.contract.protocol import Engine, OnEvent
from core.models.library.model_entry import ModelEntry
from core.prompt.expand import expand
from core.store.files import put
from core.system.errors import WorldError
from core.system.paths import RESOURCES
from core.values.events import Event, PartMeasured, Tick
from core.values.job import Job
from core.values.measurement import Limit, Measurement, Part
from core.values.picture import Pixels, Recipe
from core.values.request import Request

Hear = Callable[[Measurement], None]

PROMPT = "a red fox in the snow, with mountains"
PARTS = {
    Part.START: "Start of the engine",
    Part.TEXT: "Reading the prompts",
    Part.STEP: "One step with guidance",
    Part.DECODE: "Decoding",
    Part.PREVIEW: "A preview",
    Part.PICTURE: "Whole picture, {steps} steps",
    Part.SAVE: "Saving the picture",
}
LIMITS = {
    Limit.IMPORTS: "loading modules: {share} %",
    Limit.LOADING: "building networks and reading weights: {share} %",
    Limit.ARITHMETIC: "arithmetic: {share} % ({work} GFLOP at {rate} GFLOP/s)",
    Limit.MEMORY: "memory: {share} % ({work} GB of weights at {rate} GB/s)",
    Limit.PYTHON: "small operations: {share} % ({work} thousand)",
    Limit.COMPRESSION: "compressing the file: {share} %",
    Limit.DISK: "waiting for the disk: {share} %",
}
_SCALES = {Limit.ARITHMETIC: 1e9, Limit.MEMORY: 1e9, Limit.PYTHON: 1e3}
FOOT = (
    "Plain: the same networks, each layer as torch has it; of saving, a PNG as Pillow writes it "
    "by itself. Ratio: plain by ours, above 1 Calotype is faster. Limit: what takes most, and the "
    "share of our time that it alone would take at the best that this machine showed just now."
)
_SAVES = 5


def job_of(entry: ModelEntry) -> Job:
    """A usual picture of the model, as its family begins. Raises ModelMissing where the model
    cannot be used."""
    usual = replace(Request(prompt=PROMPT, seed=1), **entry.family_row.defaults())
    (request,) = expand(usual.check())
    return Job(request, entry.ref())


def measure_machine(engine: Engine, job: Job, folder: Path, hear: Hear, on_event: OnEvent) -> None:
    """All parts with the model of `job`; each is told to `hear` as it comes. Files are written to
    `folder` and go again.

    `on_event` hears at all times and may raise to end it. Raises KnownError as `Engine.run` does,
    WorldError where the disk refuses.
    """

    def listen(event: Event) -> None:
        if isinstance(event, PartMeasured):
            hear(event.measurement)
        on_event(event)

    engine.measure(job, listen)
    hear(_saving(job, folder, on_event))


def _saving(job: Job, folder: Path, on_event: OnEvent) -> Measurement:
    """Encoding a picture of the job's size and writing it, beside what Pillow does by itself."""
    from PIL import Image

    from core.metadata.writing import encode

    pixels = _example(job.request.width, job.request.height)
    image = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.rgb)
    encoding, writing, plain = list[float](), list[float](), list[float]()
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix="speed-") as temporary:
            for number in range(_SAVES):
                on_event(Tick())
                began = time.perf_counter()
                data, suffix = encode(pixels, Recipe(job.request))
                encoded = time.perf_counter()
                put(Path(temporary), str(number), data, suffix)
                written = time.perf_counter()
                image.save(Path(temporary) / f"plain-{number}.png")
                plain.append(time.perf_counter() - written)
                encoding.append(encoded - began)
                writing.append(written - encoded)
    except OSError as fault:
        raise WorldError(
            f"No picture could be written to {folder}: {fault.strerror}.",
            "Free some space, or check the folder's permissions.",
        ) from fault
    return _saved(statistics.median(encoding), statistics.median(writing), statistics.median(plain))


def _saved(encoding: float, writing: float, plain: float) -> Measurement:
    longer = max(encoding, writing)
    return Measurement(
        part=Part.SAVE,
        ours=encoding + writing,
        plain=plain,
        limit=Limit.COMPRESSION if longer == encoding else Limit.DISK,
        share=longer / (encoding + writing),
    )


def _example(width: int, height: int) -> Pixels:
    """A picture the starter made, at this size; grey where it is not here."""
    from PIL import Image

    picture = Image.new("RGB", (width, height), "grey")
    with contextlib.suppress(OSError), Image.open(RESOURCES / "starter" / "preview.webp") as shown:
        picture = shown.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
    return Pixels(width, height, picture.tobytes())


def label_of(found: Measurement) -> tuple[str, dict[str, object]]:
    """The part's name, and what is filled in."""
    return PARTS[found.part], {"steps": found.steps}


def limit_of(found: Measurement) -> tuple[str, dict[str, object]]:
    """What bounds the part, and what is filled in."""
    scale = _SCALES.get(found.limit, 1.0)
    values: dict[str, object] = {
        "share": round(100 * found.share),
        "work": f"{found.work / scale:.3g}",
        "rate": f"{found.rate / scale:.3g}",
    }
    return LIMITS[found.limit], values


def seconds_text(seconds: float | None) -> str:
    """Three digits with their unit."""
    if seconds is None:
        return "-"
    return f"{seconds:.3g} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"


def ratio_text(found: Measurement) -> str:
    """How many times as fast as plain."""
    return "-" if found.ratio is None else f"{found.ratio:.2f}x"


def values_of(found: Measurement) -> dict[str, object]:
    """As `bench --json` promises it; seconds, the rest beside it."""
    template, values = limit_of(found)
    return {
        "part": str(found.part),
        "ours": round(found.ours, 6),
        "plain": None if found.plain is None else round(found.plain, 6),
        "ratio": None if found.ratio is None else round(found.ratio, 4),
        "limit": template.format(**values),
        "bound": str(found.limit),
        "share": round(found.share, 4),
        "work": found.work,
        "rate": found.rate,
        "steps": found.steps or None,
    }
