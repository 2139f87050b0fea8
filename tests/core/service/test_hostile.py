"""What comes from outside: texts, names, pictures and settings made to harm;
and disks that refuse each write in turn."""

from __future__ import annotations

import builtins
import errno
import io
import os
import random
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.metadata.reading import decode_rgb, open_image
from core.metadata.recipes import fields_of, read_file
from core.metadata.writing import encode
from core.service.stores import open_stores
from core.store import files
from core.store.files import put_in_gallery
from core.system import atomic_files
from core.system import settings as settings_file
from core.system.errors import KnownError, WorldError
from core.system.paths import Places, safe_join
from core.system.settings import Settings
from core.values.job import JobState
from core.values.picture import Pixels, Recipe
from core.values.request import Request

PIXELS = Pixels(8, 8, bytes(range(192)))
KINDS = ("png", "webp", "jpeg", "avif")
CLOSE = {"png": 0, "webp": 0, "jpeg": 24, "avif": 24}
_TEXTS = st.one_of(
    st.text(max_size=300),
    st.sampled_from(
        [
            "{}",
            "[]",
            "null",
            "{" * 3000,
            '{"prompt": 1e999}',
            "a\nSteps: 1e400, Seed: -1, Size: 99999999x1, CFG scale: nan",
            "\0\u202e<b>x</b>",
            "x\nSteps: 99999999999999999999, Sampler: " + "A" * 500,
            '{"sui_image_params": {"prompt": [1, {"a": []}]}}',
            "\ud800",
        ]
    ),
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_carries_the_recipe(tmp_path: Path, kind: str) -> None:
    smooth = Pixels(
        64, 48, bytes(x + y + c * 30 for y in range(48) for x in range(64) for c in range(3))
    )
    recipe = Recipe(
        Request("a red house Ünïcode 家 \0", "blue", seed=2**64 - 1, steps=33),
        "job",
        0,
        "Starter",
        created=1.5,
        pixels_sha256=smooth.sha256,
    )
    data, suffix = encode(smooth, recipe, kind)
    path = tmp_path / f"x{suffix}"
    path.write_bytes(data)
    found = read_file(path)
    assert found.format == "calotype" and found.recipe == recipe
    with open_image(path) as image:
        width, height, rgb = decode_rgb(image, "x")
        texts = image.info
    assert (width, height) == (64, 48) and max(
        abs(a - b) for a, b in zip(rgb, smooth.rgb, strict=True)
    ) <= CLOSE[kind]
    assert kind == "png" or b"trainedAlgorithmicMedia" in (texts.get("xmp") or b"")
    with Image.open(io.BytesIO(encode(smooth, None, kind)[0])) as plain:
        assert not plain.getexif() and not plain.info.get("xmp")
    long = Recipe(Request("x" * 60_000, seed=1))
    data, suffix = encode(smooth, long, kind)
    assert suffix == (".png" if kind == "jpeg" else suffix)
    (tmp_path / f"long{suffix}").write_bytes(data)
    assert read_file(tmp_path / f"long{suffix}").recipe == long


@settings(
    max_examples=int(os.environ.get("HOSTILE_TEXTS", "200")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    text=_TEXTS,
    key=st.sampled_from(
        ["parameters", "calotype", "prompt", "workflow", "Comment", "fooocus_scheme"]
    ),
)
def test_hostile_texts_raise_nothing_but_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, text: str, key: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "hostile.png"
    info = PngInfo()
    info.add_itxt(key, text.encode("utf-8", "replace").decode())
    Image.new("RGB", (4, 4)).save(path, pnginfo=info)
    try:
        values = fields_of(read_file(path))
        Request(**values).check()  # type: ignore[arg-type]
    except KnownError:
        pass


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(prompt=_TEXTS, kind=st.sampled_from(KINDS))
def test_hostile_prompts_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, prompt: str, kind: str
) -> None:
    recipe = Recipe(Request(prompt, prompt[:50], seed=1))
    data, suffix = encode(PIXELS, recipe, kind)
    path = tmp_path_factory.getbasetemp() / f"back{suffix}"
    path.write_bytes(data)
    assert read_file(path).recipe == recipe


@settings(
    max_examples=int(os.environ.get("HOSTILE_NAMES", "300")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    name=st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from(
                ["..", ".", "a", "/", "\\", "con", "C:", "\0", "~", "nul.txt", "é", " "]
            ),
            max_size=9,
        ).map("".join),
    )
)
def test_no_name_leaves_the_root(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    root = tmp_path_factory.getbasetemp() / "root"
    root.mkdir(exist_ok=True)
    outside = tmp_path_factory.getbasetemp() / "outside"
    outside.mkdir(exist_ok=True)
    if not (root / "link").exists():
        (root / "link").symlink_to(outside)
    for text in (name, f"../{name}", f"/{name}", f"a/../../{name}", f"link/{name}"):
        try:
            target = safe_join(root, text)
        except WorldError:
            continue
        assert target.is_relative_to(root.resolve()) and target != root.resolve()


def _png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + b"".join(chunk(*one) for one in chunks)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


def bombs() -> dict[str, Callable[[], bytes]]:
    """Ten pictures made to fill memory, by name; each is built when it is called for."""

    def packed() -> bytes:
        return zlib.compress(bytes(50_000_000))

    return {
        "huge.png": lambda: _png(60_000, 60_000),
        "wide.png": lambda: _png(2**31 - 1, 1),
        "large.png": lambda: _png(12_000, 12_000),
        "text.png": lambda: _png(8, 8, (b"tEXt", b"parameters\0" + b"x" * 50_000_000)),
        "ztext.png": lambda: _png(8, 8, (b"zTXt", b"a\0\0" + packed())),
        "itext.png": lambda: _png(8, 8, (b"iTXt", b"a\0\1\0\0\0" + packed())),
        "many.png": lambda: _png(
            8, 8, *[(b"tEXt", b"k%d\0" % k + b"y" * 900_000) for k in range(100)]
        ),
        "eps.png": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n" + b"a" * 1000,
        "file.png": lambda: b"\0" * 140 * 2**20,
        "profile.png": lambda: _png(8, 8, (b"iCCP", b"a\0\0" + packed())),
    }


@pytest.mark.parametrize(
    "name",
    [
        "huge.png",
        "wide.png",
        "large.png",
        "text.png",
        "ztext.png",
        "itext.png",
        "many.png",
        "eps.png",
        "file.png",
        "profile.png",
    ],
)
def test_bombs_are_refused_and_take_no_memory(tmp_path: Path, name: str) -> None:
    """How long it takes is measured in tests/soak."""
    path = tmp_path / name
    path.write_bytes(bombs()[name]())
    before = psutil.Process().memory_info().rss
    with pytest.raises(WorldError, match=r"\."):
        read_file(path)
    assert psutil.Process().memory_info().rss - before < 100e6


def test_300_mutated_settings_files_are_300_starts(tmp_path: Path) -> None:
    chance, path = random.Random(4), tmp_path / "settings.json"
    settings_file.save(path, Settings(theme="light"))
    whole = path.read_bytes()
    for number in range(300):
        for old in tmp_path.iterdir():
            old.unlink()
        raw = bytearray(whole)
        for _ in range(chance.randint(1, 12)):
            how, at = chance.randrange(5), chance.randrange(len(raw) or 1)
            if how == 0 and raw:
                raw[at] = chance.randrange(256)
            elif how == 1:
                del raw[at : at + chance.randint(1, 40)]
            elif how == 2:
                raw[at:at] = chance.randbytes(chance.randint(1, 20))
            elif how == 3:
                raw[at:at] = chance.choice(
                    [b'{"a":', b"[" * 5000, b"null", b"1e999", b'"\\ud800"', b"NaN"]
                )
            else:
                raw[at : at + 10] = raw[:10]
        path.write_bytes(raw)
        found, notice = settings_file.load(path)
        assert isinstance(found, Settings), number
        assert path.exists() or notice
        settings_file.save(path, found)
        assert settings_file.load(path) == (found, "")


def _failing(monkeypatch: pytest.MonkeyPatch, at: int, code: int) -> list[int]:
    """The `at`-th call that changes the disk fails with `code`; the list counts all such calls."""
    count = [0]

    def wrap(call: Callable[..., object]) -> Callable[..., object]:
        def refuse(*args: object, **kwargs: object) -> object:
            count[0] += 1
            if count[0] == at:
                raise OSError(code, os.strerror(code))
            return call(*args, **kwargs)

        return refuse

    plain = builtins.open

    class Out(io.FileIO):
        def write(self, data: object) -> int:
            return int(wrap(super().write)(data))  # type: ignore[call-overload]

    def opened(file: object, mode: str = "r", *args: object, **kwargs: object) -> object:
        if "b" in mode and any(letter in mode for letter in "wx"):
            return wrap(Out)(file, mode.replace("b", ""))
        return plain(file, mode, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(atomic_files, "open", opened, raising=False)
    monkeypatch.setattr(files, "name_new", wrap(files.name_new))
    for name in ("fsync", "link", "replace", "mkdir", "unlink"):
        monkeypatch.setattr(os, name, wrap(getattr(os, name)))
    return count


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_every_refused_write_on_the_way_of_a_picture_leaves_the_old_and_says_so(
    where: Places, code: int
) -> None:
    """One after another, each call that changes the disk between pixels and row fails once."""
    recipe = Recipe(Request("a red house", seed=1), "", model_name="Starter")
    data, suffix = encode(PIXELS, recipe)
    stores = open_stores(where)
    old = put_in_gallery(where.pictures, 1, data, suffix)
    before, at, refused = old.read_bytes(), 0, 0
    while True:
        at += 1
        with pytest.MonkeyPatch.context() as patch:
            count = _failing(patch, at, code)
            try:
                path = put_in_gallery(where.pictures, 1, data, suffix)
                assert path.read_bytes() == data
            except WorldError as error:
                refused += 1
                assert os.strerror(code) in error.message and error.hint
        assert old.read_bytes() == before
        for found in files.pictures_in(where.pictures):
            assert found.read_bytes() == data, "no half picture has a final name"
        if count[0] < at:
            break
    assert at > 5 and refused >= 4
    stores.close()


@pytest.mark.parametrize("moment", ["add", "finish", "record", "favourite"])
def test_a_full_disk_under_the_database_keeps_what_was_there(where: Places, moment: str) -> None:
    stores = open_stores(where)
    kept = stores.jobs.add([Request("kept", seed=1)])[0]
    recipe = Recipe(Request("a red house", seed=1), kept.id)
    path = put_in_gallery(where.pictures, 1, *encode(PIXELS, recipe))
    db = stores.database.connection()
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(WorldError, match="full"):
        for number in range(500):
            if moment == "add":
                stores.jobs.add([Request(f"more {number}" * 50)])
            elif moment == "finish":
                stores.jobs.finish(kept.id, JobState.FAILED, "x" * 2000 * (number + 1))
            elif moment == "record":
                stores.gallery.record(path.with_name(f"{number}.png"), recipe, 8, 8)
            else:
                stores.cards.note_use(f"/{number}" * 200)
    stores.close()
    again = open_stores(where)
    assert again.database.connection().execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert again.jobs.get(kept.id) is not None
    again.close()


def test_a_frozen_clock_gives_every_picture_its_own_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "strftime", lambda form, *rest: "1970-01-01")
    assert len({put_in_gallery(tmp_path, 1, b"x") for _ in range(200)}) == 200
