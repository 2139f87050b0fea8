"""What lies where a model should be is named for what it is: on disk,
and as it comes out of the network."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.models.files.content import ENOUGH, announced_size, content_of, content_of_start
from core.models.files.inspection import inspect

HEADER = json.dumps({"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}).encode()
MODEL = len(HEADER).to_bytes(8, "little") + HEADER + bytes(16)


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), data)
    return out.getvalue()


def tarred(name: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    return out.getvalue()


def picture(form: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (9, 9)).save(out, form)
    return out.getvalue()


CASES = [
    (MODEL, "safetensors"),
    (b"", "empty"),
    (bytes(5000), "zeros"),
    (MODEL[:20], "cut"),
    (bytes(range(255, 100, -1)), "unknown"),
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 5\n", "lfs"),
    (b"\xef\xbb\xbf \n<!DOCTYPE html><html>", "html"),
    (b"<HTML><head>", "html"),
    (b"<!-- login --><html>", "html"),
    (b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">', "html"),
    (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "xml"),
    (b'{"error": "no"}', "json"),
    (b"[1]", "json"),
    (b"Not Found", "text"),
    ("Zugriff verweigert für immer und ewig".encode(), "text"),
    (zipped(model_safetensors=b"x" * 50), "zip"),
    (zipped(), "zip"),
    (zipped(archive__data_pkl=b"x"), "pickle"),
    (zipped(x__version=b"3", x__data_pkl=b"x"), "pickle"),
    (b"\x80\x02cos\nsystem\n.", "pickle"),
    (tarred("storages"), "pickle"),
    (tarred("model.safetensors"), "tar"),
    (gzip.compress(MODEL), "gzip"),
    (gzip.compress(tarred("a")), "gzip"),
    (b"7z\xbc\xaf\x27\x1c\0\4" + bytes(40), "7z"),
    (b"Rar!\x1a\x07\x01\0", "rar"),
    (b"\xfd7zXZ\0\0", "archive"),
    (b"%PDF-1.7\n", "pdf"),
    (b"GGUF\3\0\0\0" + bytes(50), "gguf"),
    (b"\x08\x08\x12\x07pytorch\x1a\x052.1.0", "onnx"),
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"\x7fELF\2\1\1", "program"),
    (b"SQLite format 3\0", "sqlite"),
    *((picture(form), "image") for form in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF")),
]


@pytest.mark.parametrize(
    ("data", "kind"), CASES, ids=[f"{kind}-{number}" for number, (_, kind) in enumerate(CASES)]
)
def test_content_is_named_for_what_it_is(data: bytes, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(data)
    found = content_of(path)
    assert found.id == kind and found.words and found.remedy.endswith(".")
    seen = inspect(path)
    if kind == "pickle":
        assert seen.variant == "pickle" and "convert" in seen.problems[0].sentence
    elif kind not in ("safetensors", "unknown"):
        assert (
            found.words in seen.problems[0].sentence and found.remedy in seen.problems[0].sentence
        )


def test_a_model_that_is_cut_off_says_by_how_much(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(MODEL[:-4])
    assert announced_size(path) == len(MODEL)
    assert f"{len(MODEL) - 4} of its {len(MODEL)} bytes" in inspect(path).problems[0].sentence
    for damaged in (
        b"\2" + bytes(7) + b"[]",
        (2**40).to_bytes(8, "little") + b"{",
        b"\5" + bytes(7) + b"{nope",
        b"",
    ):
        path.write_bytes(damaged)
        assert announced_size(path) is None


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.safetensors")
    with pytest.raises(OSError, match="no regular file"):
        content_of(tmp_path / "pipe.safetensors")
    assert "no regular file" in inspect(tmp_path / "pipe.safetensors").problems[0].sentence


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=ENOUGH), st.sampled_from([data[:40] for data, _ in CASES]))
def test_any_start_is_something(tail: bytes, start: bytes) -> None:
    assert content_of_start(tail).id and content_of_start(start + tail).id
