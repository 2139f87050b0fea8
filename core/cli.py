"""The command line over the same Runner as the window: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from typer import exceptions as typer_errors

from core.arguments import take_data
from core.errors import InvalidRequest, KnownError
from core.paths import places
from core.runner import Stores, open_stores, program_version

app = typer.Typer(add_completion=False, rich_markup_mode=None,
                  help="Calotype: a desktop darkroom for Stable Diffusion. Without a command it opens the window.")
models_app = typer.Typer(help="The models on this machine.")
gallery_app = typer.Typer(help="The pictures made so far.")
app.add_typer(models_app, name="models")
app.add_typer(gallery_app, name="gallery")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per result line.")]
_LATER = {"": ("recreate", "train", "bench"), "models": ("install",),
          "gallery": ("import", "search", "export")}


def run(arguments: list[str]) -> int:
    """Run one command; returns the exit code of CLI.md. Bad input never gets a traceback."""
    try:
        rest = take_data(arguments)
        if rest == ["--version"]:
            print(f"calotype {program_version()}")
            return 0
        _refuse_later_commands(rest)
        result = app(args=rest, prog_name="calotype", standalone_mode=False)
        return _ended(result if isinstance(result, int) else 0)
    except KnownError as error:
        return _complain(str(error), error.exit_code)
    except typer_errors.TyperException as error:
        return _complain(" ".join(error.format_message().split()) + " See calotype --help.", 2)
    except typer_errors.Exit as ended:
        return _ended(ended.exit_code)
    except (KeyboardInterrupt, typer_errors.Abort):
        return _complain("Interrupted.", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _ended(code: int) -> int:
    return _complain("Interrupted.", code) if code == 130 else code


def _complain(sentence: str, code: int) -> int:
    print(f"calotype: {sentence}".encode("utf-8", "replace").decode(), file=sys.stderr)
    return code


def _refuse_later_commands(arguments: list[str]) -> None:
    words = [a for a in arguments if not a.startswith("-")][:2]
    for group, names in _LATER.items():
        asked = words[1:2] if group and words[:1] == [group] else words[:1] if not group else []
        if asked and asked[0] in names:
            raise InvalidRequest("command", f'"{" ".join([*([group] if group else []), asked[0]])}" is not built yet.',
                                 "See calotype --help for what is.")


def emit(as_json: bool, values: dict[str, Any], text: str) -> None:
    """One result line."""
    line = json.dumps(values, ensure_ascii=True) if as_json else text.encode("utf-8", "replace").decode()
    print(line, flush=True)


@dataclass(slots=True)
class _Opened:
    stores: Stores | None = None

    def __enter__(self) -> Stores:
        self.stores = open_stores(_places())
        return self.stores

    def __exit__(self, *_: object) -> None:
        if self.stores:
            self.stores.close()


def _places() -> Any:
    from dataclasses import replace

    from core import settings

    where = places()
    folder = settings.load(where.settings)[0].pictures_folder if where.settings.exists() else ""
    return replace(where, pictures=Path(folder)) if folder else where


@app.command()
def generate(
    prompt: Annotated[str, typer.Argument(help="What to draw.")],
    negative: Annotated[str, typer.Option(help="What to keep out.")] = "",
    model: Annotated[str, typer.Option(help="A model's id, or a folder.")] = "starter",
    steps: Annotated[int | None, typer.Option(help="Denoising steps.")] = None,
    guidance: Annotated[float | None, typer.Option(help="How strongly the prompt pulls.")] = None,
    sampler: Annotated[str | None, typer.Option(help="Sampler id.")] = None,
    schedule: Annotated[str | None, typer.Option(help="Noise schedule id.")] = None,
    seed: Annotated[int | None, typer.Option(help="Start noise; random when left out.")] = None,
    size: Annotated[str | None, typer.Option(help="WIDTHxHEIGHT in pixels.")] = None,
    count: Annotated[int, typer.Option(help="How many pictures, with seeds counting up.")] = 1,
    clip_skip: Annotated[int, typer.Option(help="1 uses the whole text encoder.")] = 1,
    device: Annotated[str, typer.Option(help="auto, cpu, mps, xpu, cuda or cuda:N.")] = "auto",
    out: Annotated[Path | None, typer.Option(help="A file or folder instead of the gallery; never overwrites.")] = None,
    as_json: AsJson = False,
    init: Annotated[str | None, typer.Option(hidden=True)] = None,
    strength: Annotated[str | None, typer.Option(hidden=True)] = None,
    mask: Annotated[str | None, typer.Option(hidden=True)] = None,
    lora: Annotated[list[str] | None, typer.Option(help="ID:WEIGHT of a LoRA; may be given several times.")] = None,
    vae: Annotated[str, typer.Option(help="Another VAE than the model's own: its name, or a file.")] = "",
    refiner: Annotated[str, typer.Option(help="A model that makes the last steps: its id, or a path.")] = "",
    refiner_at: Annotated[float, typer.Option(help="The share of the steps after which it takes over.")] = 0.8,
    compatibility: Annotated[str, typer.Option(help="Render as calotype, a1111 or comfyui does.")] = "calotype",
    noise: Annotated[str, typer.Option(help="cpu, or philox for what an NVIDIA GPU draws.")] = "cpu",
    variation: Annotated[str | None, typer.Option(help="SEED:STRENGTH of a variation mixed into the noise.")] = None,
    ensd: Annotated[int, typer.Option(help="Added to the seed of the step noise (AUTOMATIC1111).")] = 0,
    eta: Annotated[float | None, typer.Option(help="Share of fresh noise a step; the sampler's own when left out.")] = None,
    guidance_rescale: Annotated[float, typer.Option(help="0 to 1; 0.7 suits v prediction.")] = 0.0,
    guidance_interval: Annotated[str | None, typer.Option(help="FROM:UNTIL, the share of the schedule with guidance.")] = None,
    freeu: Annotated[str | None, typer.Option(help="B1:B2:S1:S2, gains of FreeU; 1.3:1.4:0.9:0.2 suits 1.x.")] = None,
) -> None:
    """Make pictures from text."""
    for name, value in (("--init", init), ("--strength", strength), ("--mask", mask)):
        if value:
            raise InvalidRequest(name, f"{name} is not built yet.", "Leave it out.")
    from core.generate import Ways, Wish, generate_pictures

    wish = Wish(prompt, negative, model, steps, guidance, sampler, schedule, seed, size, count, clip_skip, tuple(lora or ()),
                vae, refiner, refiner_at,
                Ways(compatibility, noise, variation, ensd, eta, guidance_rescale, guidance_interval, freeu))
    with _Opened() as stores:
        generate_pictures(stores, wish, device, out, lambda values, text: emit(as_json, values, text))


@app.command()
def metadata(files: Annotated[list[Path], typer.Argument(help="Pictures of any program.")], as_json: AsJson = False) -> int:
    """Read the recipe in pictures."""
    from core.metadata import read_file

    code = 0
    for file in files:
        try:
            found = read_file(file)
        except KnownError as error:
            code = _complain(str(error), error.exit_code)
            continue
        values = {"path": str(file), "format": found.format, "request": dict(found.request),
                  "approximated": list(found.approximated), "ignored": list(found.ignored)}
        lines = [f"{file}: {found.format}", *(f"  {key}: {value}" for key, value in found.request.items())]
        emit(as_json, values, "\n".join(lines))
    return code


@models_app.command("list")
def models_list(as_json: AsJson = False) -> None:
    """The models that are here."""
    with _Opened() as stores:
        for entry in (*stores.library.entries(), *stores.library.extras()):
            emit(as_json, asdict(entry), f"{entry.id}\t{entry.family}\t{entry.bytes / 1e6:.0f} MB\t{entry.state}")


@models_app.command("add")
def models_add(
    path: Annotated[Path, typer.Argument(help="A model, LoRA, VAE or embedding: a file, or a model's folder.")],
    copy: Annotated[bool, typer.Option("--copy", help="Copy it into the models folder instead of using it in place.")] = False,
    as_json: AsJson = False,
) -> None:
    """Use a model from where it lies."""
    from core.models import registry

    with _Opened() as stores:
        where = registry.add(stores.places.models, path, copy=copy)
        entry = stores.library.any(str(where))
    emit(as_json, asdict(entry), f"{entry.id}\t{entry.kind}\t{entry.state}")


@models_app.command("remove")
def models_remove(model: Annotated[str, typer.Argument(help="A model's id, or a path.")], as_json: AsJson = False) -> None:
    """Forget a model used in place, or move one of the models folder into its trash."""
    from core.models import registry

    with _Opened() as stores:
        entry = stores.library.any(model)
        state = registry.remove(stores.places.models, Path(entry.path))
    emit(as_json, {"id": entry.id, "path": entry.path, "state": state}, f"{entry.id}: {state}")


@models_app.command("set")
def models_set(
    model: Annotated[str, typer.Argument(help="A model's id, or a path.")],
    prediction: Annotated[str, typer.Option(help="What its network predicts: v, epsilon, or auto for what the file says.")],
    as_json: AsJson = False,
) -> None:
    """Say what a model's file does not tell, or tells wrongly; it is remembered."""
    with _Opened() as stores:
        entry = stores.library.choose_prediction(model, "" if prediction == "auto" else prediction)
    emit(as_json, asdict(entry), f"{entry.id}: predicts {entry.prediction or 'what its family does'}")


@models_app.command("verify")
def models_verify(model: Annotated[str, typer.Argument(help="A model's id, or a path.")], as_json: AsJson = False) -> None:
    """Hash a model's weights and compare with the last time."""
    from core.models import registry

    with _Opened() as stores:
        entry = stores.library.any(model)
        state, digest = registry.verify(stores.places.models, Path(entry.path), entry.kind)
    emit(as_json, {"id": entry.id, "path": entry.path, "state": state, "sha256": digest}, f"{entry.id}: {state} {digest}")


@models_app.command("inspect")
def models_inspect(paths: Annotated[list[Path], typer.Argument(help="Model files or folders.")], as_json: AsJson = False) -> int:
    """What model files are, from their headers alone."""
    from core.models.inspect import inspect

    code = 0
    for path in paths:
        if not path.exists():
            code = _complain(f"There is no {path}. Check the path.", 1)
            continue
        found = inspect(path)
        words = [found.kind, found.family, found.variant, found.prediction, found.distilled, found.dtype, f"{found.parameters / 1e6:.0f} M"]
        lines = [f"{path}: {', '.join(word for word in words if word)}", *(f"  {problem}" for problem in found.problems)]
        emit(as_json, asdict(found), "\n".join(lines))
    return code


@models_app.command("convert")
def models_convert(
    path: Annotated[Path, typer.Argument(help="A .ckpt, .pt or .bin file.")],
    out: Annotated[Path | None, typer.Option(help="The safetensors file; beside the source when left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Turn a pickle checkpoint into safetensors; no code in it is run."""
    from core.models.convert import convert

    target = out or path.with_suffix(".safetensors")
    count = convert(path, target)
    emit(as_json, {"path": str(target), "tensors": count}, f"{target}: {count} tensors")


@models_app.command("fit")
def models_fit(
    model: Annotated[str, typer.Argument(help="A model's id, or a path.")],
    size: Annotated[str | None, typer.Option(help="WIDTHxHEIGHT in pixels; the model's own when left out.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, mps, xpu, cuda or cuda:N.")] = "auto",
    as_json: AsJson = False,
) -> None:
    """Whether a picture fits into memory, in which mode, and how long it takes."""
    from core.fitting import fit_on

    with _Opened() as stores:
        found, width, height = fit_on(stores, model, size, device)
    words = f"fits ({found.mode})" if found.fits else "does not fit"
    emit(as_json, asdict(found), f"{model} at {width} x {height} {words}: about {found.peak_bytes / 1e9:.1f} GB of "
                                 f"{found.available_bytes / 1e9:.1f} GB" + (
                                     "" if found.seconds_estimate is None else f", {found.seconds_estimate:g} s a picture"))


@gallery_app.command("path")
def gallery_path(as_json: AsJson = False) -> None:
    """Where the pictures are."""
    path = str(_places().pictures)
    emit(as_json, {"path": path}, path)


@gallery_app.command("check")
def gallery_check(as_json: AsJson = False) -> None:
    """Compare files and database, and decode every picture."""
    with _Opened() as stores:
        health = stores.gallery.check()
    values = {"pictures": health.pictures, "missing": len(health.missing), "orphans": len(health.orphans), "corrupt": len(health.corrupt),
              "missing_paths": health.missing, "orphan_paths": health.orphans, "corrupt_paths": health.corrupt}
    emit(as_json, values, f"{health.pictures} pictures, {len(health.missing)} missing, {len(health.orphans)} not in the database, "
                          f"{len(health.corrupt)} damaged")


@app.command()
def schedule(
    sampler: Annotated[str, typer.Option(help="Sampler id.")] = "dpmpp_2m",
    schedule: Annotated[str, typer.Option(help="Noise schedule id.")] = "karras",
    steps: Annotated[int, typer.Option(help="Denoising steps.")] = 20,
    model: Annotated[str, typer.Option(help="A model's id, or a folder.")] = "starter",
    as_json: AsJson = False,
) -> None:
    """The noise schedule as data."""
    import math

    from core.engine.schedules import FlowTable, sigmas
    from core.request import Request

    Request(sampler=sampler, schedule=schedule, steps=steps).check()
    with _Opened() as stores:
        entry = stores.library.find(model)
    table = entry.noise(*entry.family_row.sizes[0])
    levels = sigmas(schedule, steps, table=table, family=entry.family)
    flow = isinstance(table, FlowTable)  # there the signal shrinks as the noise grows
    values = {"timesteps": [table.timestep(s) for s in levels[:-1]], "sigmas": list(levels),
              "log_snr": [2 * math.log((1 - s) / s) if flow and s < 1 else -2 * math.log(s) if not flow else None for s in levels[:-1]]}
    rows = [f"{i:4d} {t:9.3f} {s:12.6f}" for i, (t, s) in enumerate(zip(values["timesteps"], levels[:-1], strict=True))]
    emit(as_json, values, "\n".join(rows))


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Devices, versions, memory, disk, database; and for each problem a remedy."""
    from core.doctor import examine

    report = examine(_places())
    lines = [f"{key}: {value}" for key, value in report.items() if key != "problems"]
    problems = [f"problem: {p['problem']} {p['remedy']}" for p in report["problems"]] or ["no problems found"]
    emit(as_json, report, "\n".join([*lines, *problems]))
