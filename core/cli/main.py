"""The command line over the same Runner as the window: results on stdout,
everything else on stderr."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from typer import exceptions as typer_errors

from core.cli.models import models_app
from core.cli.output import AsJson, Opened, chosen_places, chosen_settings, complain, emit
from core.system.arguments import take_data
from core.system.errors import InvalidRequest, KnownError
from core.system.version import program_version

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    help=(
        "Calotype: a desktop darkroom for Stable Diffusion. Without a command it opens the window."
    ),
)
gallery_app = typer.Typer(help="The pictures made so far.")
app.add_typer(models_app, name="models")
app.add_typer(gallery_app, name="gallery")

_LATER = {"": ("recreate", "train", "bench"), "gallery": ("import", "search", "export")}


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
        return complain(str(error), error.exit_code)
    except typer_errors.TyperException as error:
        return complain(" ".join(error.format_message().split()) + " See calotype --help.", 2)
    except typer_errors.Exit as ended:
        return _ended(ended.exit_code)
    except (KeyboardInterrupt, typer_errors.Abort):
        return complain("Interrupted.", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _ended(code: int) -> int:
    return complain("Interrupted.", code) if code == 130 else code


def _refuse_later_commands(arguments: list[str]) -> None:
    words = [a for a in arguments if not a.startswith("-")][:2]
    for group, names in _LATER.items():
        asked = words[1:2] if group and words[:1] == [group] else words[:1] if not group else []
        if asked and asked[0] in names:
            raise InvalidRequest(
                "command",
                f'"{" ".join([*([group] if group else []), asked[0]])}" is not built yet.',
                "See calotype --help for what is.",
            )


@app.command()
def generate(  # noqa: PLR0917 - each is an option of the command line
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
    weights: Annotated[
        str,
        typer.Option(
            help="full, or 8bit: half a graphics card's memory, a quarter on a processor."
        ),
    ] = "full",
    out: Annotated[
        Path | None, typer.Option(help="A file or folder instead of the gallery; never overwrites.")
    ] = None,
    as_json: AsJson = False,
    init: Annotated[str | None, typer.Option(hidden=True)] = None,
    strength: Annotated[str | None, typer.Option(hidden=True)] = None,
    mask: Annotated[str | None, typer.Option(hidden=True)] = None,
    lora: Annotated[
        list[str] | None, typer.Option(help="ID:WEIGHT of a LoRA; may be given several times.")
    ] = None,
    vae: Annotated[
        str, typer.Option(help="Another VAE than the model's own: its name, or a file.")
    ] = "",
    refiner: Annotated[
        str, typer.Option(help="A model that makes the last steps: its id, or a path.")
    ] = "",
    refiner_at: Annotated[
        float, typer.Option(help="The share of the steps after which it takes over.")
    ] = 0.8,
    compatibility: Annotated[
        str, typer.Option(help="Render as calotype, a1111 or comfyui does.")
    ] = "calotype",
    noise: Annotated[
        str | None,
        typer.Option(
            help="cpu, or philox for what an NVIDIA GPU draws, as A1111 and ComfyUI mostly "
            "did: their ways' default."
        ),
    ] = None,
    variation: Annotated[
        str | None, typer.Option(help="SEED:STRENGTH of a variation mixed into the noise.")
    ] = None,
    ensd: Annotated[
        int, typer.Option(help="Added to the seed of the step noise (AUTOMATIC1111).")
    ] = 0,
    eta: Annotated[
        float | None,
        typer.Option(help="Share of fresh noise a step; the sampler's own when left out."),
    ] = None,
    guidance_rescale: Annotated[float, typer.Option(help="0 to 1; 0.7 suits v prediction.")] = 0.0,
    guidance_interval: Annotated[
        str | None, typer.Option(help="FROM:UNTIL, the share of the schedule with guidance.")
    ] = None,
    freeu: Annotated[
        str | None, typer.Option(help="B1:B2:S1:S2, gains of FreeU; 1.3:1.4:0.9:0.2 suits 1.x.")
    ] = None,
) -> None:
    """Make pictures from text."""
    for name, value in (("--init", init), ("--strength", strength), ("--mask", mask)):
        if value:
            raise InvalidRequest(name, f"{name} is not built yet.", "Leave it out.")
    from core.cli.generate import Ways, Wish, generate_pictures

    wish = Wish(
        prompt,
        negative,
        model,
        steps,
        guidance,
        sampler,
        schedule,
        seed,
        size,
        count,
        clip_skip,
        tuple(lora or ()),
        vae,
        refiner,
        refiner_at,
        Ways(
            compatibility, noise, variation, ensd, eta, guidance_rescale, guidance_interval, freeu
        ),
    )
    with Opened() as stores:
        generate_pictures(
            stores,
            wish,
            (device, weights),
            out,
            lambda values, text: emit(as_json, values, text),
            chosen_settings().picture_format,
        )


@app.command()
def metadata(
    files: Annotated[list[Path], typer.Argument(help="Pictures of any program.")],
    as_json: AsJson = False,
) -> int:
    """Read the recipe in pictures."""
    from core.metadata import read_file

    code = 0
    for file in files:
        try:
            found = read_file(file)
        except KnownError as error:
            code = complain(str(error), error.exit_code)
            continue
        values = {
            "path": str(file),
            "format": found.format,
            "request": dict(found.request),
            "approximated": list(found.approximated),
            "ignored": list(found.ignored),
        }
        lines = [
            f"{file}: {found.format}",
            *(f"  {key}: {value}" for key, value in found.request.items()),
        ]
        emit(as_json, values, "\n".join(lines))
    return code


@gallery_app.command("path")
def gallery_path(as_json: AsJson = False) -> None:
    """Where the pictures are."""
    path = str(chosen_places().pictures)
    emit(as_json, {"path": path}, path)


@gallery_app.command("check")
def gallery_check(as_json: AsJson = False) -> None:
    """Compare files and database, and decode every picture."""
    with Opened() as stores:
        health = stores.gallery.check()
    values = {
        "pictures": health.pictures,
        "missing": len(health.missing),
        "orphans": len(health.orphans),
        "corrupt": len(health.corrupt),
        "missing_paths": health.missing,
        "orphan_paths": health.orphans,
        "corrupt_paths": health.corrupt,
    }
    emit(
        as_json,
        values,
        (
            f"{health.pictures} pictures, {len(health.missing)} missing, {len(health.orphans)} not "
            f"in the database, {len(health.corrupt)} damaged"
        ),
    )


@gallery_app.command("go-back")
def gallery_go_back(as_json: AsJson = False) -> None:
    """After a newer Calotype was used: take the copy of the database from before its update; newer
    pictures come back from their files."""
    from core.store.sqlite.update_copies import go_back

    where = chosen_places()
    kept = go_back(where.database, where.backups)
    with Opened() as stores:
        found, _ = stores.recover()
    emit(
        as_json,
        {"kept": str(kept), "found": found},
        f"The newer database is kept as {kept.name}; {found} newer pictures came back.",
    )


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

    from core.sampling.schedules import FlowTable, sigmas
    from core.values.request import Request

    Request(sampler=sampler, schedule=schedule, steps=steps).check()
    with Opened() as stores:
        entry = stores.library.find(model)
    table = entry.noise(*entry.family_row.sizes[0])
    levels = sigmas(schedule, steps, table=table, family=entry.family)
    flow = isinstance(table, FlowTable)  # there the signal shrinks as the noise grows
    values = {
        "timesteps": [table.timestep(s) for s in levels[:-1]],
        "sigmas": list(levels),
        "log_snr": [
            2 * math.log((1 - s) / s) if flow and s < 1 else -2 * math.log(s) if not flow else None
            for s in levels[:-1]
        ],
    }
    rows = [
        f"{i:4d} {t:9.3f} {s:12.6f}"
        for i, (t, s) in enumerate(zip(values["timesteps"], levels[:-1], strict=True))
    ]
    emit(as_json, values, "\n".join(rows))


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Devices, versions, memory, disk, database; and for each problem a remedy."""
    from core.service.doctor import examine
    from core.service.incidents import kept
    from core.service.report import compose

    where = chosen_places()
    report = examine(where)
    emit(as_json, report, compose(report, kept(where.incidents)))
