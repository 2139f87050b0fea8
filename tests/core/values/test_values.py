"""Requests, the codec and settings: what is valid passes, what is not is named, nothing crashes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cli.shared.options import GenerateOptions
from core.sampling.samplers import SAMPLERS
from core.system import settings
from core.system.errors import InvalidRequest, KnownError, WorldError
from core.system.json import Malformed, dumps, loads
from core.values.declared.parameter import with_values
from core.values.lora import Lora
from core.values.program import Program
from core.values.request import Request

FAULTS = {
    "width": [0, 100, -8, 8192],
    "height": [7],
    "steps": [0, -1, 5000],
    "guidance": [float("nan"), float("inf"), -1.0, 500.0],
    "count": [0],
    "seed": [-1, 2**64],
    "sampler": ["nope", ""],
    "schedule": ["nope"],
    "clip_skip": [0, 13],
}


@pytest.mark.parametrize(
    ("field", "value"), [(f, v) for f, values in FAULTS.items() for v in values]
)
def test_faulty_requests_name_their_field_and_a_remedy(field: str, value: object) -> None:
    with pytest.raises(InvalidRequest) as caught:
        replace(Request(), **{field: value}).check()
    assert caught.value.field == field and caught.value.message.endswith(".") and caught.value.hint


requests = st.builds(
    Request,
    prompt=st.text(max_size=300),
    negative_prompt=st.text(max_size=50),
    steps=st.integers(1, 100),
    guidance=st.floats(0, 30),
    sampler=st.sampled_from(sorted(SAMPLERS)),
    seed=st.none() | st.integers(0, 2**64 - 1),
)


@pytest.mark.parametrize("program", list(Program))
def test_a_request_is_kept_with_its_program_by_id(program: Program) -> None:
    request = replace(Request(), compatibility=program)
    assert json.loads(dumps(request))["compatibility"] == program.value
    assert loads(Request, dumps(request)).check().program is program


def test_a_program_of_a_later_version_is_read_and_refused_in_a_sentence() -> None:
    request = loads(Request, '{"compatibility":"of tomorrow"}')
    with pytest.raises(InvalidRequest, match='does not render as "of tomorrow"'):
        request.check()


@given(requests)
def test_codec_round_trip(request: Request) -> None:
    assert loads(Request, dumps(request)) == request


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '{"steps": "20"}',
        '{"steps": true}',
        '{"steps": 20.0}',
        '{"guidance": 1e999}',
        '{"guidance": -Infinity}',
        '{"guidance": 1%s}' % ("0" * 400),
        '{"noise": {"variation_strength": NaN}}',
        '{"freeu": [1, 1, 1]}',
        '{"freeu": [1, 1, 1, NaN]}',
        '{"loras": [{"weight": 1}]}',
        '{"\\ud800": 1}',
        "[" * 5000,
    ],
)
def test_codec_refuses_what_it_is_not(text: str) -> None:
    with pytest.raises(Malformed):
        loads(Request, text)


def test_codec_is_silent_about_what_it_does_not_know_and_names_the_place_of_a_fault() -> None:
    text = '{"guidance": 4, "of tomorrow": [NaN], "prompt": "\\ud800", "noise": {"new": 1}}'
    request = loads(Request, text)
    assert request == Request(prompt="\ud800") and type(request.guidance) is float
    for faulty, place in (
        ('{"loras": [{"id": "a"}, {"id": 1}]}', "Request.loras[1].id: "),
        ('{"noise": {"variation_strength": NaN}}', "Request.noise.variation_strength: "),
    ):
        with pytest.raises(Malformed) as told:
            loads(Request, faulty)
        assert str(told.value).startswith(place)


def test_settings_survive_and_keep_a_generation(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    for theme in ("light", "dark", "light"):
        settings.save(path, settings.Settings().with_value("theme", theme))
    assert settings.load(path) == (settings.Settings(theme="light"), "")
    path.write_text("{broken")
    assert settings.load(path)[0].theme == "dark"
    assert list(tmp_path.glob("settings.json.bad-*"))


@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda s: json.dumps({"theme": s, "shortcuts": s}).encode())
)
def test_settings_never_fail_to_load(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("s") / "settings.json"
    path.write_bytes(data)
    assert isinstance(settings.load(path)[0], settings.Settings)


def test_settings_that_cannot_be_written_say_so(tmp_path: Path) -> None:
    with pytest.raises(KnownError):
        settings.save(tmp_path / "missing" / "settings.json", settings.Settings())


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"seed": 2**64}, "from 0 to 18446744073709551615, not 18446744073709551616"),
        ({"count": 10**9}, "from 1 to 10000, not 1000000000"),
        ({"steps": 10**5000}, "from 1 to 1000, not a number of 5001 digits"),
        ({"width": 8 * 10**30}, "from 64 to 4096, not 8000000000000000000000000000000"),
        ({"height": 10**400 + 1}, "Use 4096."),
        ({"width": 1}, "Use 64."),
        ({"guidance": 100.0000001}, "from 0 to 100, not 100.0000001"),
        ({"guidance": float("inf")}, "must be a number, not inf"),
        ({"refiner_at": float("nan")}, "must be a number, not nan"),
        ({"loras": (Lora("a", 20.0000001),)}, "from -20 to 20, not 20.0000001"),
    ],
)
def test_numbers_are_told_in_full(values: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidRequest) as told:
        Request(**values).check()  # type: ignore[arg-type]
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("text", "seed"),
    [
        ("18446744073709551615:0.2", 2**64 - 1),
        ("9007199254740993:0.5", 2**53 + 1),
        ("7e2:0.1", 700),
    ],
)
def test_a_variation_keeps_every_digit_of_its_seed(text: str, seed: int) -> None:
    options = GenerateOptions.of(prompt="a house", variation=text)
    assert with_values(Request(), options.values()).check().noise.variation_seed == seed


def test_a_save_that_the_disk_refuses_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.json"
    settings.save(path, settings.Settings(offline=True))

    def full(*given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(settings, "replace_file", full)
    with pytest.raises(WorldError, match="No space"):
        settings.save(path, settings.Settings())
    assert path.exists() and settings.load(path) == (settings.Settings(offline=True), "")
    monkeypatch.undo()
    settings.change(path, theme="light")
    assert settings.load(path)[0] == settings.Settings(offline=True, theme="light")
    assert settings.load(path.with_name("settings.json.old"))[0] == settings.Settings(offline=True)
