"""The options of `calotype generate`: how each is spelt, what it says in the help, and its default.

An option is a field here; the command line's parser and the request are made from the fields.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from core.cli.output import AsJson

Options = TypeVar("Options")


def taking(options: type[Options]) -> Callable[[Callable[[Options], None]], Callable[..., None]]:
    """Decorates a command whose one parameter is a dataclass: typer sees a parameter for each field
    of it, with the field's annotation and default.
    """

    def decorate(command: Callable[[Options], None]) -> Callable[..., None]:
        def called(**given: object) -> None:
            command(options(**given))

        called.__name__ = command.__name__
        called.__doc__ = command.__doc__
        # typer reads this, and strings in it mean nothing outside of this module
        setattr(called, "__signature__", inspect.signature(options, eval_str=True))  # noqa: B010
        return called

    return decorate


@dataclass(frozen=True, slots=True)
class GenerateOptions:
    """What was typed behind `generate`; the order of the fields is the order of the help."""

    prompt: Annotated[str, typer.Argument(help="What to draw.")]
    negative: Annotated[str, typer.Option(help="What to keep out.")] = ""
    model: Annotated[str, typer.Option(help="A model's id, or a folder.")] = "starter"
    steps: Annotated[int | None, typer.Option(help="Denoising steps.")] = None
    guidance: Annotated[float | None, typer.Option(help="How strongly the prompt pulls.")] = None
    sampler: Annotated[str | None, typer.Option(help="Sampler id.")] = None
    schedule: Annotated[str | None, typer.Option(help="Noise schedule id.")] = None
    seed: Annotated[int | None, typer.Option(help="Start noise; random when left out.")] = None
    size: Annotated[str | None, typer.Option(help="WIDTHxHEIGHT in pixels.")] = None
    count: Annotated[int, typer.Option(help="How many pictures, with seeds counting up.")] = 1
    clip_skip: Annotated[int, typer.Option(help="1 uses the whole text encoder.")] = 1
    device: Annotated[str, typer.Option(help="auto, cpu, mps, xpu, cuda or cuda:N.")] = "auto"
    weights: Annotated[
        str,
        typer.Option(
            help="full, or 8bit: half a graphics card's memory, a quarter on a processor."
        ),
    ] = "full"
    out: Annotated[
        Path | None, typer.Option(help="A file or folder instead of the gallery; never overwrites.")
    ] = None
    as_json: AsJson = False
    # of a later version: known so that they are refused by name, and hidden from the help
    init: Annotated[str | None, typer.Option(hidden=True)] = None
    strength: Annotated[str | None, typer.Option(hidden=True)] = None
    mask: Annotated[str | None, typer.Option(hidden=True)] = None
    lora: Annotated[
        list[str] | None, typer.Option(help="ID:WEIGHT of a LoRA; may be given several times.")
    ] = None
    vae: Annotated[
        str, typer.Option(help="Another VAE than the model's own: its name, or a file.")
    ] = ""
    refiner: Annotated[
        str, typer.Option(help="A model that makes the last steps: its id, or a path.")
    ] = ""
    refiner_at: Annotated[
        float, typer.Option(help="The share of the steps after which it takes over.")
    ] = 0.8
    compatibility: Annotated[
        str, typer.Option(help="Render as calotype, a1111 or comfyui does.")
    ] = "calotype"
    noise: Annotated[
        str | None,
        typer.Option(
            help="cpu, or philox for what an NVIDIA GPU draws, as A1111 and ComfyUI mostly "
            "did: their ways' default."
        ),
    ] = None
    variation: Annotated[
        str | None, typer.Option(help="SEED:STRENGTH of a variation mixed into the noise.")
    ] = None
    ensd: Annotated[
        int, typer.Option(help="Added to the seed of the step noise (AUTOMATIC1111).")
    ] = 0
    eta: Annotated[
        float | None,
        typer.Option(help="Share of fresh noise a step; the sampler's own when left out."),
    ] = None
    guidance_rescale: Annotated[float, typer.Option(help="0 to 1; 0.7 suits v prediction.")] = 0.0
    guidance_interval: Annotated[
        str | None, typer.Option(help="FROM:UNTIL, the share of the schedule with guidance.")
    ] = None
    freeu: Annotated[
        str | None, typer.Option(help="B1:B2:S1:S2, gains of FreeU; 1.3:1.4:0.9:0.2 suits 1.x.")
    ] = None
