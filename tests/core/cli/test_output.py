"""Where results and the bar go."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.cli.shared.output import print_error, print_result

ROOT = Path(__file__).parents[3]
# prints a result while a bar is shown
PRINTS = """
from rich.progress import TextColumn
from core.cli.shared.output import print_result, progress_on_stderr
with progress_on_stderr(TextColumn("bar")) as progress:
    progress.add_task("bar", total=2)
    print_result(True, {"part": "text"}, "")
"""


@pytest.mark.skipif(os.name == "nt", reason="a terminal of POSIX")
def test_results_go_to_stdout_though_a_bar_is_shown_in_the_terminal() -> None:
    terminal, its_end = os.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-c", PRINTS],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=its_end,
            env=os.environ | {"TERM": "xterm"},
            check=True,
            timeout=60,
        )
        bar = os.read(terminal, 10_000).decode()
    finally:
        os.close(terminal)
        os.close(its_end)
    assert done.stdout.decode() == '{"part": "text"}\n'
    assert "bar" in bar and "text" not in bar


def test_words_of_strangers_steer_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_result(False, {}, "a\x1b]0;b\x07\u00a0\u00e9\r\x9b2J\n\tc\ud800")
    assert capsys.readouterr().out == "a\ufffd]0;b\ufffd\u00a0\u00e9\ufffd\ufffd2J\n\tc?\n"
    print_error("\x1b[2J", 2)
    assert capsys.readouterr().err == "calotype: \ufffd[2J\n"
