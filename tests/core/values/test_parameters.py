"""What is declared of a picture's parameters is whole: whoever adds one hears here what is missing.

And it is enough: a copy of the program with two more parameters, of which nothing but the
declaration is written, checks, spells, writes and reads them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

import core
from core.models.files.families import FAMILIES
from core.values.declared.parameter import DeclaredField, declared_fields, parameters, with_values
from core.values.noise import Noise
from core.values.request import Request

DECLARED = [pytest.param(field, id=".".join(field.path)) for field in declared_fields(Request)]


@pytest.mark.parametrize("kind", [Request, Noise])
def test_every_field_is_declared_and_its_default_allowed(kind: Any) -> None:
    assert list(parameters(kind)) == [field.name for field in fields(kind)]
    kind().check()


@pytest.mark.parametrize("field", DECLARED)
def test_a_declaration_says_what_a_person_reads(field: DeclaredField) -> None:
    declared = field.declaration
    assert declared.label
    if declared.shown or declared.option:
        option_help = declared.option.help if declared.option else ""
        for sentence in {declared.help or option_help, option_help or declared.help}:
            assert sentence.endswith(".") and len(sentence) > 5
    if field.kind in (int, float):
        assert declared.low < declared.high and declared.remedy
    if declared.usual:
        assert declared.low <= declared.usual[0] < declared.usual[1] <= declared.high
    assert (field.default in declared.choices) if declared.choices else True


def test_a_family_has_a_default_for_each_parameter_that_is_declared_so() -> None:
    declared = {name for name, each in parameters(Request).items() if each.of_family}
    for family in FAMILIES.values():
        assert family.defaults().keys() == declared
        replace(Request(), **family.defaults()).check()


def test_values_are_put_where_their_paths_lead() -> None:
    request = with_values(Request(steps=3), {("noise", "seed_delta"): 4, ("seed",): 5})
    assert request == Request(steps=3, seed=5, noise=Noise(seed_delta=4))
    by_path = {field.path: field for field in declared_fields(Request)}
    assert by_path["noise", "seed_delta"].of(request) == 4
    assert by_path["seed",].kind is int and ("noise",) not in by_path


FIELDS = """
    sharpness: float = parameter(
        0.0,
        Parameter(label="Sharpness", help="How sharp edges are.", low=0, high=2, a1111="Sharpness"),
    )
    paper: str = parameter(
        "white",
        Parameter(
            label="Paper",
            help="What it is printed on.",
            choices={"white": "White", "warm": "Warm"},
            advanced=True,
            a1111="Paper",
        ),
    )
"""
PROOF = """
import json
from dataclasses import replace
from core.cli import generate, main
from core.metadata import a1111, native
from core.metadata.recipes import fields_of
from core.system.errors import InvalidRequest
from core.values.declared.parameter import with_values
from core.values.picture import Recipe
from core.values.request import Request

for wrong in ({"sharpness": 3.0}, {"paper": "black"}):
    try:
        Request(**wrong).check()
    except InvalidRequest as fault:
        assert fault.field in wrong
    else:
        raise AssertionError(f"{wrong} is allowed")

asked = []
generate.generate_pictures = lambda stores, options, report, form: asked.append(options) or 0
assert main.run(["generate", "a house", "--sharpness", "1.5", "--paper", "warm"]) == 0
request = with_values(Request(), asked[0].values())
assert (request.sharpness, request.paper) == (1.5, "warm")

recipe = Recipe(replace(request, seed=1), version="1")
text = a1111.write(recipe)
assert text.endswith("RNG: CPU, Sharpness: 1.5, Paper: warm, Version: Calotype 1"), text
for found in (a1111.parse({"parameters": text}), native.parse({"calotype": native.write(recipe)})):
    values = fields_of(found)
    assert (values["sharpness"], values["paper"]) == (1.5, "warm"), found

older = json.loads(native.write(Recipe(Request(seed=1))))
del older["request"]["sharpness"], older["request"]["paper"]
assert native.parse({"calotype": json.dumps(older)}).recipe.request == Request(seed=1)
print("proved")
"""


@pytest.mark.usefixtures("where")
def test_a_new_parameter_is_its_declaration(tmp_path: Path) -> None:
    root = Path(core.__file__).parents[1]
    no_caches = shutil.ignore_patterns("__pycache__")
    shutil.copytree(root / "core", tmp_path / "core", ignore=no_caches)
    (tmp_path / "resources").symlink_to(root / "resources")
    request = tmp_path / "core" / "values" / "request.py"
    code = request.read_text("utf-8")
    end = code.index("\n    def check(")
    request.write_text(code[:end] + FIELDS + code[end:], "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PROOF],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.stdout.strip() == "proved", done.stderr
