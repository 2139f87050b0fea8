"""The child that a command starts before it knows what is to be made."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.engine import ahead, open_engine
from core.engine.ahead import started_ahead, take_ahead
from core.system.arguments import makes_pictures, wants_window


def test_a_child_that_nobody_took_ends_with_the_command() -> None:
    with started_ahead(open_engine):
        (child, _), *others = ahead._waiting
        assert child.is_alive() and not others
    assert not child.is_alive() and take_ahead() is None


def test_it_ends_too_where_the_command_is_refused() -> None:
    with pytest.raises(SystemExit), started_ahead(open_engine):
        ((child, _),) = ahead._waiting
        raise SystemExit(2)
    assert not child.is_alive()


def test_one_that_was_taken_ends_when_its_pipe_closes() -> None:
    with started_ahead(open_engine):
        taken = take_ahead()
        assert taken is not None and take_ahead() is None
    child, pipe = taken
    assert child.is_alive(), "it belongs to the engine"
    pipe.close()
    child.join(60)
    assert child.exitcode == 0


def test_one_that_died_is_not_taken() -> None:
    with started_ahead(open_engine):
        ((child, _),) = ahead._waiting
        child.kill()
        child.join()
        assert take_ahead() is None


@pytest.mark.parametrize(
    ("words", "makes"),
    [
        ("generate x", True),
        ("--data d generate x --steps 3", True),
        ("--data=d generate x", True),
        ("generate", False),
        ("generate --help", False),
        ("generate x --help", False),
        ("gallery path", False),
        ("--data", False),
        ("", False),
    ],
)
def test_which_command_lines_most_likely_end_in_a_picture(words: str, makes: bool) -> None:
    assert makes_pictures(words.split()) is makes


def test_a_command_is_one_though_a_file_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("bench", "doctor", "picture.png"):
        (tmp_path / name).touch()
    assert not wants_window(["bench"]) and not wants_window(["doctor"])
    assert wants_window(["picture.png"])
