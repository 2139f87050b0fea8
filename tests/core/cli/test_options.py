"""Every declared option of a picture is on the command line, says what it is, and what is typed
there is in the request."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import get_args

import pytest
from typer.main import get_command

from core.cli import generate as generating
from core.cli import main
from core.cli.generate import request_of
from core.cli.shared.options import (
    GenerateOptions,
    PictureOption,
    picture_options,
    with_option_for_each_file,
)
from core.models.library.library import Library
from core.system.errors import InvalidRequest
from core.values.declared.parameter import DeclaredField, in_full, with_values
from core.values.lora import Lora
from core.values.request import Request
from core.values.request_parts.hires import BY_HAND

COMMAND = get_command(main.app)  # made once, as in a process
OPTIONS = [pytest.param(option, id=option.name) for option in picture_options()]
# how options are spelt that are not numbers with colons between
SPELT: dict[str, Callable[..., str]] = {
    "size": lambda width, height: f"{width}x{height}",
    "lora": lambda loras: f"{loras[0].id}:{loras[0].weight}",
    "extend": lambda sides: ",".join(str(side) for side in sides),
    "inpaint_frame": lambda sides: ",".join(str(side) for side in sides),
    "hires": lambda mode, scale: in_full(scale),
    "sigmas": lambda sigmas: ",".join(map(in_full, sigmas)),
}


# texts that are checked for more than their length
UNUSUAL_TEXTS = {("start", "background"): "#102030", ("hires", "sampler"): "ddim"}


def spelt(option: PictureOption) -> str:
    return f"--{option.name.replace('_', '-')}"


def unusual(field: DeclaredField) -> object:
    """An allowed value that is not the default."""
    declared = field.declaration
    if field.kind == tuple[Lora, ...]:
        return (Lora("glow", 0.5),)
    if field.path == ("levels", "sigmas"):
        return (9.5, 2.0, 0.0)
    if parts := get_args(field.kind):
        return tuple(16 if kind is int else 0.5 for kind in parts)
    if field.path == ("hires", "mode"):
        return BY_HAND  # which a factor is
    if field.path in UNUSUAL_TEXTS:
        return UNUSUAL_TEXTS[field.path]
    if declared.choices:
        return next(choice for choice in declared.choices if choice != field.default)
    if field.kind is bool:
        return not field.default
    if field.kind is str:
        return "some words"
    if field.kind is int:
        return int(max(declared.low, 0)) + 3 * (declared.multiple_of or 1)
    return declared.low + 0.5


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.usefixtures("where")
def test_what_is_typed_is_in_the_request(
    monkeypatch: pytest.MonkeyPatch, option: PictureOption
) -> None:
    asked: list[GenerateOptions] = []
    monkeypatch.setattr(main, "app", COMMAND)
    monkeypatch.setattr(main, "OpenedStores", nullcontext)
    monkeypatch.setattr(
        generating, "generate_pictures", lambda stores, options, *_: asked.append(options) or 0
    )
    wanted = {field.path: unusual(field) for field in option.fields}
    values = list(wanted.values())
    if option.name in SPELT:
        text = SPELT[option.name](*values)
    elif len(values) == 1 and isinstance(values[0], str):
        text = values[0]
    else:
        numbers = values[0] if isinstance(values[0], tuple) else values
        text = ":".join(in_full(number) for number in numbers)
    words = [text]
    if not option.option.positional:
        is_switch = isinstance(values[0], bool)
        words = ["x", "--init", "x.png", spelt(option), *([] if is_switch else words)]
    assert main.run(["generate", *words]) == 0
    request = with_values(Request(), asked[0].values()).check()
    for field in option.fields:
        assert field.of(request) == wanted[field.path] != field.default


def test_every_option_stands_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["generate", "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for option in picture_options():
        says = option.option.help or option.fields[0].declaration.help
        is_switch = option.fields[0].kind is bool
        name = "prompt" if option.option.positional else spelt(option)
        name += " " if is_switch else " <"
        assert name in shown and says.endswith(".") and says in shown, option.name


@pytest.mark.parametrize("option", OPTIONS)
def test_fields_of_one_option_say_the_same_of_it(option: PictureOption) -> None:
    assert {field.declaration.option for field in option.fields} == {option.option}
    if len(option.parts()) > 1 and option.name not in SPELT:
        assert len(option.option.form.split(":")) == len(option.parts())
        assert len(option.read(option.option.example)) == len(option.fields)
        with pytest.raises(InvalidRequest, match=option.option.example):
            option.read("1:2:3:4:5:6")


@pytest.mark.parametrize(
    ("typed", "source"),
    [
        ({}, "cpu"),
        ({"compatibility": "a1111"}, "philox"),
        ({"compatibility": "a1111", "noise": ""}, "philox"),
        ({"compatibility": "a1111", "noise": "cpu", "ensd": 4}, "cpu"),
        ({"noise": "philox"}, "philox"),
    ],
)
def test_noise_is_drawn_as_the_program_did_unless_said(
    tmp_path: Path, typed: dict[str, object], source: str
) -> None:
    request = request_of(GenerateOptions.of(prompt="a house", **typed), Library(tmp_path))
    assert request.noise.source == source and request.noise.seed_delta == typed.get("ensd", 0)


@pytest.mark.parametrize(
    ("words", "spread"),
    [
        ("generate x --init a.png", "generate x --init a.png"),
        (
            "generate x --init a.png b.JPG c.webp --steps 3",
            "generate x --init a.png --init b.JPG --init c.webp --steps 3",
        ),
        ("generate --init a.png x b.png", "generate --init a.png x b.png"),
        ("generate --init photos x", "generate --init photos x"),
        (
            "generate --init a.png --init b.png d.avif",
            "generate --init a.png --init b.png --init d.avif",
        ),
        ("generate --init --steps 3 c.png", "generate --init --steps 3 c.png"),
        ("generate c.png --init=a.png b.png", "generate c.png --init=a.png b.png"),
        ("generate", "generate"),
    ],
)
def test_a_shell_may_write_several_files_behind_one_option(words: str, spread: str) -> None:
    assert with_option_for_each_file(words.split()) == spread.split()


def test_what_was_typed_is_known_from_what_was_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[GenerateOptions] = []
    monkeypatch.setattr(main, "OpenedStores", nullcontext)
    monkeypatch.setattr(
        generating, "generate_pictures", lambda stores, options, *_: asked.append(options) or 0
    )
    assert main.run(["generate", "--init", "a.png", "--clip-skip", "1", "--size", "64x64"]) == 0
    options = asked[0]
    assert options.program.init == [Path("a.png")] and not options.has_prompt
    assert options.typed == {"init", "clip_skip", "size"}
    assert options.values(only_typed=True) == {
        ("start", "source"): "0" * 64,
        ("clip_skip",): 1,
        ("width",): 64,
        ("height",): 64,
    }
