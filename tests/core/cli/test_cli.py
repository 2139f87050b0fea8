"""The command line as a person or script meets it: exit codes, keys,
one sentence for every fault."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.main import get_command

from core import __main__ as program
from core.cli import main
from core.service.stores import open_stores
from core.system.paths import Places

ROOT = Path(__file__).parents[3]
COMMAND = get_command(main.app)  # made once, as in a process
KEYS = {
    "path",
    "seed",
    "model",
    "family",
    "steps",
    "sampler",
    "schedule",
    "guidance",
    "width",
    "height",
    "seconds",
    "device",
    "sha256",
}


def calotype(
    *arguments: str, cwd: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "core", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
        timeout=120,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
    )


Answered = subprocess.CompletedProcess[str]


@pytest.fixture
def answered(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Answered]:
    """The same entry in this process: a new process for each command spends a second on loading.
    That the system gets code and words from a real one is asked in other tests."""

    def ask(*arguments: str) -> Answered:
        capfd.readouterr()
        with monkeypatch.context() as patch:
            patch.setattr(main, "app", COMMAND)
            patch.setattr(sys, "argv", ["calotype", *arguments])
            patch.setenv("CALOTYPE_DATA", os.environ["CALOTYPE_DATA"])  # --data writes it
            patch.chdir(ROOT)
            code = program.main()
        out, err = capfd.readouterr()
        return subprocess.CompletedProcess(list(arguments), code, out, err)

    return ask


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.usefixtures("engine_here")
def test_generate_into_the_gallery_and_read_it_back(
    answered: Callable[..., Answered], where: Places
) -> None:
    made = lines(
        calotype(
            "generate",
            "a red house on snow at night",
            "--seed",
            "8",
            "--count",
            "2",
            "--steps",
            "2",
            "--size",
            "128x128",
            "--json",
        )
    )
    assert [line["seed"] for line in made] == [8, 9] and all(line.keys() >= KEYS for line in made)
    assert (
        Path(made[0]["path"]).is_relative_to(where.pictures)
        and made[0]["sha256"] != made[1]["sha256"]
    )
    with Image.open(made[0]["path"]) as image:
        import hashlib

        assert hashlib.sha256(image.convert("RGB").tobytes()).hexdigest() == made[0]["sha256"]
    read = lines(answered("metadata", made[0]["path"], "--json"))[0]
    assert (
        read["format"] == "calotype"
        and read["request"]["seed"] == 8
        and read["request"]["prompt"] == "a red house on snow at night"
    )
    again = lines(answered("recreate", made[0]["path"], "--json"))[0]
    assert (again["identical"], again["max_abs_diff"], again["reasons"]) == (True, 0, [])
    checked = lines(answered("gallery", "check", "--json"))[0]
    assert (checked["pictures"], checked["missing"], checked["orphans"], checked["corrupt"]) == (
        2,
        0,
        0,
        0,
    )
    assert calotype("gallery", "path").stdout.strip() == str(where.pictures)


@pytest.mark.usefixtures("where", "engine_here")
def test_out_never_overwrites_and_repeats_exactly(
    answered: Callable[..., Answered], tmp_path: Path
) -> None:
    out = tmp_path / "x.png"
    made = [
        lines(
            answered(
                "generate",
                "a blue boat",
                "--seed",
                "1",
                "--steps",
                "2",
                "--size",
                "128x128",
                "--out",
                str(out),
                "--json",
            )
        )[0]
        for _ in range(2)
    ]
    assert [Path(line["path"]).name for line in made] == ["x.png", "x-2.png"] and made[0][
        "sha256"
    ] == made[1]["sha256"]


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["generate", "x", "--model", "nope"], 1, "nope"),
        (["generate", "x", "--size", "100x100"], 2, "multiple of 8"),
        (["generate", "x", "--size", "big"], 2, "WIDTHxHEIGHT"),
        (["generate", "x", "--steps", "0"], 2, "Steps"),
        (["generate", "x", "--steps", "many"], 2, "steps"),
        (["generate", "x", "--guidance", "nan"], 2, "Guidance"),
        (["generate", "x", "--sampler", "nope"], 2, "sampler"),
        (["generate", "x", "--schedule", "nope"], 2, "schedule"),
        (["generate", "x", "--count", "0"], 2, "Count"),
        (["generate", "x", "--seed", "-1"], 2, "Seed"),
        (["generate", "a house", "--device", "abacus"], 2, "device"),
        (["generate", "x", "--lora", "a:1"], 1, "no LoRA"),
        (["generate", "x", "--lora", "a:99"], 2, "weight"),
        (["generate", "x", "--lora", ":1"], 2, "LoRA"),
        (["generate", "x", "--out", "/nowhere/x.png"], 1, "folder"),
        (["generate"], 2, "PROMPT"),
        (["nonsense"], 2, "nonsense"),
        (["train", "lora"], 2, "not built yet"),
        (["recreate", "/nowhere.png"], 1, "no file"),
        (["recreate", str(ROOT / "README.md")], 1, "not a PNG"),
        (["models", "inspect", "/nowhere/x"], 1, "There is no"),
        (["models", "install", "a b"], 2, "neither a hub id"),
        (["models", "fit", "x"], 1, "There is no model"),
        (["metadata", "/nowhere.png"], 1, "no file"),
        (["metadata", str(ROOT / "README.md")], 1, "not a PNG"),
        (["schedule", "--steps", "0"], 2, "Steps"),
        (["--data"], 2, "--data"),
        (["gallery", "path", "--data", "/proc/nope"], 0, ""),
        (["gallery", "check", "--data", "/proc/nope"], 1, "--data DIR"),
    ],
)
@pytest.mark.usefixtures("where")
def test_faults_are_one_sentence_with_the_right_code(
    answered: Callable[..., Answered], arguments: list[str], code: int, word: str
) -> None:
    done = answered(*arguments)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr and word.lower() in done.stderr.lower()
    assert len(done.stderr.strip().splitlines()) <= 1


@pytest.mark.usefixtures("where")
@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["generate", "x", "--model", "nope"], 1, "nope"),
        (["generate", "x", "--size", "100x100"], 2, "multiple of 8"),
        (["nonsense"], 2, "nonsense"),
    ],
)
def test_a_process_ends_with_the_code_and_its_sentence(
    arguments: list[str], code: int, word: str
) -> None:
    done = calotype(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert word in done.stderr and len(done.stderr.strip().splitlines()) == 1


@pytest.mark.usefixtures("where")
def test_help_hides_what_is_not_built(answered: Callable[..., Answered]) -> None:
    text = answered("generate", "--help").stdout
    assert "--steps" in text and "--lora" in text and "--init" in text
    assert "train" not in answered("--help").stdout and "recreate" in answered("--help").stdout


@pytest.mark.usefixtures("where")
def test_schedule_as_data(answered: Callable[..., Answered]) -> None:
    data = lines(answered("schedule", "--schedule", "karras", "--steps", "5", "--json"))[0]
    assert (
        len(data["sigmas"]) == 6
        and len(data["timesteps"]) == len(data["log_snr"]) == 5
        and data["sigmas"][-1] == 0
    )
    listed = lines(answered("schedule", "--sigmas", "14,3,0.5,0", "--json"))[0]
    assert listed["sigmas"] == [14, 3, 0.5, 0] and len(listed["timesteps"]) == 3
    bent = lines(answered("schedule", "--rho", "3", "--sigma-max", "9", "--steps", "5", "--json"))
    assert bent[0]["sigmas"][0] == pytest.approx(9) and bent[0]["sigmas"] != data["sigmas"]


@pytest.mark.usefixtures("where")
def test_models_and_doctor(answered: Callable[..., Answered]) -> None:
    model = lines(answered("models", "list", "--json"))[0]
    assert model["id"] == "starter" and model["state"] == "ready" and model["bytes"] < 60e6
    assert {
        "id",
        "name",
        "family",
        "kind",
        "source",
        "path",
        "bytes",
        "state",
        "license",
    } <= model.keys()
    report = lines(calotype("doctor", "--json"))[0]
    assert report["devices"] and report["versions"]["torch"].startswith("2.13.0")


def test_going_back_from_newer_data(answered: Callable[..., Answered], where: Places) -> None:
    stores = open_stores(where)
    stores.database.copy("before-version-99")
    stores.database.connection().execute("PRAGMA user_version = 99")
    stores.close()
    refused = answered("models", "list")
    assert (
        refused.returncode == 1
        and "newer Calotype" in refused.stderr
        and "gallery go-back" in refused.stderr
    )
    found = lines(answered("gallery", "go-back", "--json"))[0]
    assert Path(found["kept"]).exists() and found["found"] == 0
    assert answered("models", "list").returncode == 0
    again = answered("gallery", "go-back")
    assert again.returncode == 1 and "nothing to go back from" in again.stderr


@pytest.mark.usefixtures("where", "engine_here")
def test_a_prompt_outside_the_world_is_answered_on_stderr(
    answered: Callable[..., Answered], tmp_path: Path
) -> None:
    done = answered("generate", "a portrait of the queen", "--steps", "1", "--out", str(tmp_path))
    assert done.returncode == 0 and "knows only" in done.stderr and "house" in done.stderr


def test_the_command_line_never_imports_qt() -> None:
    code = (
        "import sys; sys.argv = ['calotype', 'gallery', 'path']; from core.__main__ import main; "
        "main(); print([m for m in sys.modules if 'PySide6' in m])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.skipif(os.name == "nt", reason="sends a POSIX signal")
@pytest.mark.parametrize("seconds", [0.0, 1.0])  # the engine's child begins, loads
def test_interrupting_ends_with_130_and_a_stopped_job(where: Places, seconds: float) -> None:
    generate = ("generate", "a red house", "--steps", "1000", "--size", "128x128")
    command = [sys.executable, "-m", "core", *generate]
    with subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as child:
        deadline = time.monotonic() + 60
        while not running_jobs(where) and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(seconds)
        os.killpg(child.pid, signal.SIGINT)
        _, said = child.communicate(timeout=30)
    assert child.returncode == 130 and said.strip() == "calotype: Interrupted."
    assert running_jobs(where) == 0


def running_jobs(where: Places) -> int:
    if not where.database.exists():
        return 0
    with (
        contextlib.closing(sqlite3.connect(where.database)) as db,
        contextlib.suppress(sqlite3.OperationalError),
    ):
        return int(db.execute("SELECT count(*) FROM jobs WHERE state = 'running'").fetchone()[0])
    return 0


def test_without_a_display_it_names_generate(where: Places) -> None:
    done = calotype(QT_QPA_PLATFORM="", DISPLAY="", WAYLAND_DISPLAY="")
    assert done.returncode == 1 and "generate" in done.stderr
