"""Files and options made to harm, given to start a picture from: one sentence each, the right code,
nothing made and nothing kept."""

from __future__ import annotations

import errno
import io
import os
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from typer.main import get_command

from core.cli import main
from core.cli.shared import rendering
from core.store.sources import kept_files, source_store
from core.system import regular_files
from core.system.paths import Places, places
from tests.core.metadata.picture_bombs import png, refused, saved

BOMBS = refused()
COMMAND = get_command(main.app)  # made once, as in a process


def file_of(image: Image.Image, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def plain(width: int, height: int, mode: str = "RGB") -> bytes:
    return file_of(Image.new(mode, (width, height)))


@dataclass(frozen=True, slots=True)
class Trial:
    """`words` behind "generate a house", where FILE and MASK are files of these contents; a `word`
    of the sentence."""

    file: bytes | Callable[[], bytes]
    words: str = "--init FILE"
    code: int = 1
    word: str = "FILE"
    mask: bytes = b""


GOOD = plain(64, 48)
HALF = saved("PNG")[: len(saved("PNG")) // 2]
WITH_MASK = "--init FILE --mask MASK"
TRIALS = {
    # what is no picture
    "empty": Trial(b"", word="not a PNG"),
    "one byte": Trial(b"\x89", word="not a PNG"),
    "signature": Trial(GOOD[:8]),
    "head alone": Trial(GOOD[:33]),
    "half a PNG": Trial(HALF),
    "half a JPEG": Trial(saved("JPEG")[:400]),
    "half a WebP": Trial(saved("WEBP")[:100]),
    "half an AVIF": Trial(saved("AVIF")[:200]),
    "text": Trial(b"I am a picture, says the name.\n" * 9, word="not a PNG"),
    "zeros": Trial(bytes(9999), word="not a PNG"),
    "GIF": Trial(file_of(Image.new("L", (8, 8)), "GIF"), word="not a PNG"),
    "TIFF": Trial(file_of(Image.new("L", (8, 8)), "TIFF"), word="not a PNG"),
    "SVG": Trial(b"<svg xmlns='http://www.w3.org/2000/svg'/>", word="not a PNG"),
    "PostScript": Trial(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", word="not a PNG"),
    "a model": Trial(struct.pack("<Q", 2) + b"{}", word="not a PNG"),
    "no pixels": Trial(png(width=0)),
    "flipped bits": Trial(GOOD[:45] + bytes(255 - byte for byte in GOOD[45:60]) + GOOD[60:]),
    # bombs
    "3.6 billion pixels": Trial(
        lambda: png().replace(struct.pack(">II", 8, 8), struct.pack(">II", 60_000, 60_000))
    ),
    "a very long line": Trial(
        lambda: png().replace(struct.pack(">II", 8, 8), struct.pack(">II", 2**31 - 1, 1))
    ),
    **{
        f"bomb {name}": Trial(BOMBS[name])
        for name in ("private.png", "frames.png", "canvas.webp", "nested.avif")
    },
    # sizes and shapes
    "too long for its own size": Trial(plain(5000, 64), "--init FILE --fit source", 2, "4096"),
    "too small for its own size": Trial(plain(8, 8), "--init FILE --fit source", 2, "64"),
    "extended too far": Trial(plain(4000, 64), "--init FILE --extend 100,0,0,0", 2, "4100"),
    "opaque as a mask": Trial(GOOD, "--init FILE --background mask", 2, "transparent"),
    "frame beyond": Trial(
        GOOD,
        "--init FILE --inpaint-area frame --inpaint-frame 0,0,64,64",
        2,
        "beyond",
    ),
    "mask of another shape": Trial(GOOD, WITH_MASK, 2, "another shape", plain(48, 64)),
    "mask of one pixel": Trial(GOOD, WITH_MASK, 2, "another shape", plain(1, 1)),
    "mask of nothing": Trial(GOOD, WITH_MASK, 1, "MASK", b""),
    "mask of text": Trial(GOOD, WITH_MASK, 1, "MASK", b"white"),
    "half a mask": Trial(GOOD, WITH_MASK, 1, "MASK", HALF),
    "mask is gone": Trial(GOOD, "--init FILE --mask /nowhere/m.png", 1, "no file"),
    "mask alone": Trial(GOOD, "--mask FILE", 2, "--init"),
    "mask is a folder": Trial(GOOD, "--init FILE --mask /tmp", 1, "tmp"),
    # options
    **{
        f"strength {value}": Trial(GOOD, f"--init FILE --strength={value}", 2, "strength")
        for value in ("nan", "inf", "-inf", "-0.1", "1.01", "1e999", "much", "")
    },
    "fit": Trial(GOOD, "--init FILE --fit squeeze", 2, "squeeze"),
    "background": Trial(GOOD, "--init FILE --background red", 2, "red"),
    "blur": Trial(GOOD, "--init FILE --mask-blur nan", 2, "blur"),
    "grow": Trial(GOOD, "--init FILE --mask-grow 9999999", 2, "grow"),
    "content": Trial(GOOD, "--init FILE --mask-content gold", 2, "gold"),
    "area": Trial(GOOD, "--init FILE --inpaint-area moon", 2, "moon"),
    "padding": Trial(GOOD, "--init FILE --inpaint-padding -1", 2, "padding"),
    "frame not given": Trial(GOOD, "--init FILE --inpaint-area frame", 2, "frame"),
    "frame of words": Trial(GOOD, "--init FILE --inpaint-frame a,b,c,d", 2, "four whole numbers"),
    "three sides": Trial(GOOD, "--init FILE --extend 1,2,3", 2, "four whole numbers"),
    "sides below nothing": Trial(GOOD, "--init FILE --extend -1,0,0,0", 2, "four whole numbers"),
    "sides of a mile": Trial(GOOD, "--init FILE --extend 999999,0,0,0", 2, "extend"),
    "extend without a picture": Trial(GOOD, "--extend 8,0,0,0", 2, "needs a picture"),
    "hires": Trial(GOOD, "--init FILE --hires maybe", 2, "maybe"),
    "hires nan": Trial(GOOD, "--init FILE --hires nan", 2, "nan"),
    "hires scale": Trial(GOOD, "--init FILE --hires 99", 2, "99"),
    "tiling": Trial(GOOD, "--init FILE --tiling z", 2, "z"),
    "image guidance": Trial(GOOD, "--init FILE --image-guidance nan", 2, "guidance"),
    "count": Trial(GOOD, "--init FILE --count 10001", 2, "Count"),
    "no model": Trial(GOOD, "--init FILE --model nope", 1, "nope"),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Places:
    """One folder for all trials: they leave nothing in it."""
    return places(tmp_path_factory.mktemp("hostile") / "data")


@pytest.fixture
def ask(
    data: Places, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., tuple[int, str]]]:
    """Runs a command: its code and what it said. No engine is opened, no result printed, and
    nothing is left behind."""

    def none(*_: object) -> None:
        raise AssertionError("an engine was opened")

    monkeypatch.setattr(rendering, "open_engine", none)
    monkeypatch.setattr(main, "app", COMMAND)
    monkeypatch.setenv("CALOTYPE_DATA", str(data.root))

    def run(*arguments: str) -> tuple[int, str]:
        code = main.run(list(arguments))
        out, said = capfd.readouterr()
        assert out == ""
        return code, said

    yield run
    assert not any(data.pictures.rglob("*.png"))


def is_one_sentence(said: str) -> bool:
    return (
        said.startswith("calotype: ")
        and len(said.splitlines()) == 1
        and said.rstrip().endswith(".")
        and "Traceback" not in said
    )


def test_there_are_forty_and_more() -> None:
    assert len(TRIALS) >= 60


@pytest.mark.parametrize("name", TRIALS)
def test_one_sentence_each(ask: Callable[..., tuple[int, str]], tmp_path: Path, name: str) -> None:
    trial = TRIALS[name]
    content = trial.file if isinstance(trial.file, bytes) else trial.file()
    (tmp_path / "FILE.png").write_bytes(content)
    (tmp_path / "MASK.png").write_bytes(trial.mask)
    words = [
        str(tmp_path / f"{word}.png") if word in ("FILE", "MASK") else word
        for word in trial.words.split(" ")
    ]
    code, said = ask("generate", "a house", *words)
    assert is_one_sentence(said) and (code, trial.word.lower() in said.lower()) == (
        trial.code,
        True,
    ), said


@pytest.mark.skipif(os.name == "nt", reason="pipes and sockets are no files of this system")
@pytest.mark.parametrize("command", ["generate", "vary"])
def test_what_is_no_file(ask: Callable[..., tuple[int, str]], tmp_path: Path, command: str) -> None:
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    (tmp_path / "gone.png").symlink_to("nowhere.png")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket.png"))
        names = ["empty", "pipe.png", "loop.png", "zero.png", "gone.png", "socket.png", "none.png"]
        for name in (*names, "n" * 300 + ".png", "not-utf-8-\udcff.png"):
            path = str(tmp_path / name)
            words = ("a house", "--init", path) if command == "generate" else (path,)
            code, said = ask(command, *words)
            assert code == 1 and is_one_sentence(said), said


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "Permission denied"),
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
        (OSError(errno.ESTALE, "Stale file handle"), "Stale file handle"),
    ],
)
def test_a_file_that_may_not_be_read(
    ask: Callable[..., tuple[int, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: OSError,
    word: str,
) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(GOOD)
    as_before = regular_files.os.open

    def refusing(name: object, *more: object) -> int:
        if name == path:
            raise fault
        return as_before(name, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(regular_files.os, "open", refusing)
    code, said = ask("generate", "a house", "--init", str(path))
    assert code == 1 and is_one_sentence(said) and word in said


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left"),
        (OSError(errno.EROFS, "Read-only file system"), "Read-only"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "quota"),
        (PermissionError(errno.EACCES, "Permission denied"), "Permission denied"),
    ],
)
def test_a_data_folder_that_takes_no_picture(
    ask: Callable[..., tuple[int, str]],
    data: Places,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: OSError,
    word: str,
) -> None:
    (tmp_path / "x.png").write_bytes(plain(32, 32))

    def full(*_: object) -> None:
        raise fault

    monkeypatch.setattr(source_store, "replace_file", full)
    code, said = ask("generate", "a house", "--init", str(tmp_path / "x.png"))
    assert code == 1 and is_one_sentence(said) and word in said
    assert not any(data.sources.rglob("*.png"))


def test_no_memory_for_a_picture(
    ask: Callable[..., tuple[int, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.png").write_bytes(GOOD)

    def none(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Image.Image, "tobytes", none)
    code, said = ask("generate", "a house", "--init", str(tmp_path / "x.png"))
    assert code == 1 and is_one_sentence(said) and "more memory than there is" in said
    assert kept_files.Image is Image


@pytest.mark.parametrize(
    ("words", "code", "word"),
    [
        ((), 2, "FILES"),
        (("FILE", "--strength", "nan"), 2, "strength"),
        (("FILE", "--strength", "2"), 2, "strength"),
        (("FILE", "--count", "0"), 2, "Count"),
        (("FILE", "--seed", "-1"), 2, "Seed"),
        (("FILE", "--weights", "none"), 2, "weights"),
        (("FILE", "--model", "nope"), 1, "nope"),
        (("FILE", "--out", "/nowhere/x.png"), 1, "no folder"),
        (("/nowhere.png",), 1, "no file"),
    ],
)
def test_vary(
    ask: Callable[..., tuple[int, str]],
    tmp_path: Path,
    words: tuple[str, ...],
    code: int,
    word: str,
) -> None:
    (tmp_path / "x.png").write_bytes(GOOD)
    found, said = ask(
        "vary", *(str(tmp_path / "x.png") if each == "FILE" else each for each in words)
    )
    assert found == code and is_one_sentence(said) and word.lower() in said.lower()
