"""The command line's commands, and what a fault in them becomes: one sentence and an exit code.

A command's docstring is its help, for people; every command lets a KnownError through to `run`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from typer import exceptions as typer_errors

from core.cli.explaining.command import explain
from core.cli.gallery.commands import gallery_app
from core.cli.models import models_app
from core.cli.shared.options import (
    GenerateOptions,
    IntoFile,
    OnDevice,
    ProgramOptions,
    WithWeights,
    taking_more_options,
    taking_options,
    with_option_for_each_file,
)
from core.cli.shared.output import (
    AsJson,
    OpenedStores,
    chosen_places,
    chosen_settings,
    print_error,
    print_result,
)
from core.cli.sweeping.options import SweepOptions
from core.cli.upscale import upscale
from core.system.arguments import take_data
from core.system.errors import InvalidRequest, KnownError
from core.system.version import program_version
from core.values.request_parts.levels import Levels, sigmas_of

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    help=(
        "Calotype: a desktop darkroom for Stable Diffusion. Without a command it opens the window."
    ),
)
app.add_typer(models_app, name="models")
app.add_typer(gallery_app, name="gallery")
app.command()(upscale)
app.command()(explain)

# not built yet
_LATER = ("train",)


def run(arguments: list[str]) -> int:
    """Run one command; returns the exit code of CLI.md. Bad input never gets a traceback."""
    try:
        rest = take_data(arguments)
        if rest == ["--version"]:
            print(f"calotype {program_version()}")
            return 0
        _refuse_later_commands(rest)
        if rest[:1] in (["generate"], ["sweep"]):
            rest = with_option_for_each_file(rest)
        result = app(args=rest, prog_name="calotype", standalone_mode=False)
        return _ended(result if isinstance(result, int) else 0)
    except KnownError as error:
        return print_error(str(error), error.exit_code)
    except typer_errors.TyperException as error:
        return print_error(" ".join(error.format_message().split()) + " See calotype --help.", 2)
    except typer_errors.Exit as ended:
        return _ended(ended.exit_code)
    except (KeyboardInterrupt, typer_errors.Abort):
        return print_error("Interrupted.", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _ended(code: int) -> int:
    return print_error("Interrupted.", code) if code == 130 else code


def _refuse_later_commands(arguments: list[str]) -> None:
    words = [argument for argument in arguments if not argument.startswith("-")]
    if words[:1] and words[0] in _LATER:
        raise InvalidRequest(
            "command", f'"{words[0]}" is not built yet.', "See calotype --help for what is."
        )


@app.command()
@taking_options
def generate(chosen: GenerateOptions) -> int:
    """Make pictures from words, or from pictures: without words each with its own recipe."""
    from core.cli.generate import generate_pictures

    with OpenedStores() as stores:
        return generate_pictures(
            stores,
            chosen,
            lambda values, text: print_result(chosen.program.as_json, values, text),
            chosen_settings().picture_format,
        )


@app.command()
@taking_more_options(SweepOptions)
def sweep(chosen: GenerateOptions, further: SweepOptions) -> int:
    """Make one recipe with up to three parameters varied: a picture for each cell, and a grid."""
    from core.cli.sweep import make_sweep

    with OpenedStores() as stores:
        return make_sweep(
            stores,
            chosen,
            further,
            lambda values, text: print_result(chosen.program.as_json, values, text),
            chosen_settings().picture_format,
        )


@app.command()
def vary(
    files: Annotated[list[Path], typer.Argument(help="Pictures, or folders of them.")],
    *,
    strength: Annotated[
        float, typer.Option(help="How much is changed: 0 nothing, 1 everything.")
    ] = 0.2,
    count: Annotated[int, typer.Option(help="How many variations of each picture.")] = 4,
    seed: Annotated[
        int | None, typer.Option(help="Of the first variation; random when left out.")
    ] = None,
    model: Annotated[
        str, typer.Option(help="A model's id, or a folder, instead of the recipe's.")
    ] = "",
    device: OnDevice = "auto",
    weights: WithWeights = "full",
    out: IntoFile = None,
    as_json: AsJson = False,
) -> int:
    """Make variations of pictures: by their recipes, or of any picture from the picture itself."""
    from core.cli.vary import VaryOptions, vary_pictures

    with OpenedStores() as stores:
        return vary_pictures(
            stores,
            files,
            VaryOptions(strength=strength, count=count, seed=seed, model=model),
            ProgramOptions(device=device, weights=weights, out=out, as_json=as_json),
            lambda values, text: print_result(as_json, values, text),
            chosen_settings().picture_format,
        )


@app.command()
def metadata(
    files: Annotated[list[Path], typer.Argument(help="Pictures of any program.")],
    as_json: AsJson = False,
) -> int:
    """Read the recipe in pictures of any program: what is understood, approximated and ignored."""
    from core.metadata.recipes import read_file
    from core.system.json import to_plain

    code = 0
    for file in files:
        try:
            read = read_file(file)
        except KnownError as error:
            code = print_error(str(error), error.exit_code)
            continue
        values = {
            "path": str(file),
            "format": read.format,
            "request": dict(read.request),
            "approximated": list(read.approximated),
            "ignored": list(read.ignored),
            "program": read.version,
            "models": [to_plain(model) for model in read.models],
        }
        lines = [
            f"{file}: {read.format}",
            *(f"  {key}: {value}" for key, value in read.request.items()),
            *(f"  approximated: {note}" for note in read.approximated),
            *(f"  ignored: {note}" for note in read.ignored),
        ]
        print_result(as_json, values, "\n".join(lines))
    return code


@app.command()
def recreate(
    files: Annotated[list[Path], typer.Argument(help="Pictures with a recipe.")],
    *,
    device: OnDevice = "auto",
    weights: Annotated[
        str, typer.Option(help="full, 8bit or bf16; those it was made with when left out.")
    ] = "",
    as_json: AsJson = False,
) -> int:
    """Make pictures again from their recipes: identical, or how far off and why."""
    from core.cli.recreate import recreate_pictures

    with OpenedStores() as stores:
        return recreate_pictures(
            stores,
            files,
            ProgramOptions(device=device, weights=weights, as_json=as_json),
            lambda values, text: print_result(as_json, values, text),
        )


@app.command()
def prompt(
    text: Annotated[str, typer.Argument(help="A prompt.")],
    *,
    model: Annotated[str, typer.Option(help="A model's id, or a folder.")] = "starter",
    steps: Annotated[
        int | None, typer.Option(help="Denoising steps; the model's usual number when left out.")
    ] = None,
    seed: Annotated[int, typer.Option(help="By which choices and wildcards are drawn.")] = 0,
    compatibility: Annotated[
        str, typer.Option(help="Whose rules: calotype, a1111 or comfyui.")
    ] = "calotype",
    draws: Annotated[
        int, typer.Option(help="Show what so many seeds, from --seed on, make of its choices.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """What becomes of a prompt: which words are read in which steps, and in which tokens."""
    from core.cli.prompt import PromptOptions, in_words, reading_of

    options = PromptOptions(
        model=model, steps=steps, seed=seed, compatibility=compatibility, draws=draws
    )
    with OpenedStores() as stores:
        reading = reading_of(stores, text, options)
    print_result(as_json, reading.plain(), in_words(reading))


@app.command()
def styles(
    *,
    take: Annotated[
        list[Path] | None,
        typer.Option("--import", help="Take the styles of a file over first; or of several."),
    ] = None,
    export: Annotated[
        Path | None, typer.Option(help="Write your own styles into a file, .json or .csv.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The styles that `generate --style NAME` knows: our own, then those of the folder "styles"."""
    from core.cli.styles import list_styles

    list_styles(chosen_places(), take or [], export, as_json=as_json)


@app.command()
def schedule(
    *,
    sampler: Annotated[str, typer.Option(help="Sampler id.")] = "dpmpp_2m",
    schedule: Annotated[str, typer.Option(help="Noise schedule id.")] = "karras",
    steps: Annotated[int | None, typer.Option(help="Denoising steps; 20 when left out.")] = None,
    model: Annotated[str, typer.Option(help="A model's id, or a folder.")] = "starter",
    rho: Annotated[float | None, typer.Option(help="How strongly the schedule bends.")] = None,
    shift: Annotated[float | None, typer.Option(help="Of flow models, towards noise.")] = None,
    sigma_min: Annotated[float | None, typer.Option(help="Noise of the last step.")] = None,
    sigma_max: Annotated[float | None, typer.Option(help="Noise of the first step.")] = None,
    sigmas: Annotated[str, typer.Option(help="All noise levels, with commas between.")] = "",
    plot: Annotated[Path | None, typer.Option(help="An SVG file for a drawing of it.")] = None,
    as_json: AsJson = False,
) -> None:
    """The noise schedule as data."""
    from core.cli.schedule import asked_of, print_schedule

    levels = Levels(rho, shift, sigma_min, sigma_max, sigmas_of(sigmas))
    asked = asked_of(sampler, schedule, steps, levels)
    with OpenedStores() as stores:
        entry = stores.library.find(model)
    print_schedule(entry, asked, plot, as_json=as_json)


@app.command()
def bench(
    model: Annotated[str, typer.Option(help="A model's id, or a folder.")] = "starter",
    device: Annotated[str, typer.Option(help="auto, cpu, mps, xpu, cuda or cuda:N.")] = "auto",
    as_json: AsJson = False,
) -> None:
    """How fast this machine is: each part beside the plain way, and what bounds it."""
    from core.cli.bench import print_machine_speed

    with OpenedStores() as stores:
        print_machine_speed(stores, model, device, as_json=as_json)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Devices, versions, memory, disk, database; and for each problem a remedy."""
    from core.service.doctor import collect_facts
    from core.service.incidents import saved_incidents
    from core.service.report import compose_report

    where = chosen_places()
    report = collect_facts(where)
    print_result(as_json, report, compose_report(report, saved_incidents(where.incidents)))
