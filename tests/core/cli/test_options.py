"""Every declared option of a picture is on the command line, says what it is, and what is typed
there is in the request."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import get_args

import pytest

from core.cli import generate as generating
from core.cli import main
from core.cli.generate import request_of
from core.cli.options import GenerateOptions, PictureOption, picture_options
from core.models.library.library import Library
from core.system.errors import InvalidRequest
from core.values.lora import Lora
from core.values.parameter import DeclaredField, in_full, with_values
from core.values.request import Request

OPTIONS = [pytest.param(option, id=option.name) for option in picture_options()]
# how options are spelt that are not numbers with colons between
SPELT: dict[str, Callable[..., str]] = {
    "size": lambda width, height: f"{width}x{height}",
    "lora": lambda loras: f"{loras[0].id}:{loras[0].weight}",
}


def spelt(option: PictureOption) -> str:
    return f"--{option.name.replace('_', '-')}"


def unusual(field: DeclaredField) -> object:
    """An allowed value that is not the default."""
    declared = field.declaration
    if field.kind == tuple[Lora, ...]:
        return (Lora("glow", 0.5),)
    if parts := get_args(field.kind):
        return tuple(0.5 for _ in parts)
    if declared.choices:
        return next(choice for choice in declared.choices if choice != field.default)
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
    monkeypatch.setattr(main, "OpenedStores", nullcontext)
    monkeypatch.setattr(
        generating, "generate_pictures", lambda stores, options, *_: asked.append(options)
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
    words = (
        [text] if option.option.positional else ["x", f"--{option.name.replace('_', '-')}", text]
    )
    assert main.run(["generate", *words]) == 0
    request = with_values(Request(), asked[0].values()).check()
    for field in option.fields:
        assert field.of(request) == wanted[field.path] != field.default


def test_every_option_stands_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["generate", "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for option in picture_options():
        says = option.option.help or option.fields[0].declaration.help
        name = "prompt <" if option.option.positional else f"{spelt(option)} <"
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
