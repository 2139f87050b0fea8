"""File hosts that answer nonsense, pack what nobody asked to be packed, or send too slowly: one
sentence each, and nothing wrong is kept."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Generator
from pathlib import Path

import pytest

from core.models.fetch import received
from core.models.fetch.download import Progress, RemoteFile, fetch, partial_path
from core.models.fetch.http import Web
from core.system.errors import Cancelled, WorldError
from tests.core.models.fetch.odd_server import (
    Answer,
    Odd,
    drip,
    endless,
    redirect,
    reply,
)
from tests.core.models.fetch.test_download import DATA, DIGEST
from tests.core.models.files.test_content import MODEL, zipped

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def web() -> Generator[Web]:
    client = Web(silent_seconds=0.3)
    yield client
    client.close()


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n", "LFS pointer"),
        (b"<html>log in</html>", "web page"),
        (zipped(model_safetensors=MODEL), "zip archive"),
        (zipped(archive__data_pkl=b"x"), "pickle"),
        (gzip.compress(MODEL, mtime=0), "gzip archive"),
        (b"", "empty"),
        (bytes(10_000), "zeros"),
        (b"%PDF-1.7\n" + bytes(9), "PDF"),
        (b"GGUF" + bytes(90), "GGUF"),
        (b'{"error": "login"}', "JSON"),
        (MODEL[:20], "cut off"),
    ],
)
def test_what_comes_instead_of_a_model_is_named_and_not_kept(
    content: bytes, said: str, odd: Odd, web: Web, tmp_path: Path
) -> None:
    for length in ({"Content_Length": str(len(content))}, {}):
        odd.answers["/m"] = reply(content, **length)
        with pytest.raises(WorldError, match=said) as caught:
            fetch(web, RemoteFile(f"{odd.url}/m"), tmp_path / "m.safetensors")
        assert caught.value.hint and left(tmp_path) == []


@pytest.mark.parametrize("packing", ["gzip", "deflate"])
def test_a_server_that_packs_all_the_same(packing: str, odd: Odd, web: Web, tmp_path: Path) -> None:
    """Size and hash are those of the content; what broke is begun anew,
    for no part of it can be asked for."""
    body = gzip.compress(DATA) if packing == "gzip" else zlib.compress(DATA)
    good = reply(body, Content_Encoding=packing, Content_Length=str(len(body)))
    cut = reply(
        body[:100_000], Content_Encoding=packing, Content_Length=str(len(body)), Connection="close"
    )
    for size in (len(DATA), None):
        answers = [cut, cut, good]
        odd.answers["/m"] = lambda handler, answers=answers: answers.pop(0)(handler)
        assert fetch(web, RemoteFile(f"{odd.url}/m", size, DIGEST), tmp_path / "w") == DIGEST
        assert (tmp_path / "w").read_bytes() == DATA and left(tmp_path) == ["w"]
        (tmp_path / "w").unlink()
    odd.answers["/m"] = reply(body, Content_Encoding="br", Content_Length=str(len(body)))
    with pytest.raises(WorldError, match="nobody asked for"):
        fetch(web, RemoteFile(f"{odd.url}/m"), tmp_path / "w")


def test_bombs_and_endless_bodies(
    odd: Odd, web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(received, "LARGEST_TEXT", 4 * 2**20)
    bomb = gzip.compress(MODEL[:8] + b"{" + b" " * 2**26)
    odd.answers |= {
        "/bomb": reply(bomb, Content_Encoding="gzip", Content_Length=str(len(bomb))),
        "/endless": endless(),
        "/model": endless(MODEL),
    }
    for path, name, said in (
        ("/bomb", "m.safetensors", "damaged"),
        ("/endless", "m.safetensors", "Instead of a model"),
        ("/model", "m.safetensors", "longer than its header"),
        ("/endless", "config.json", "more .* than makes sense"),
    ):
        with pytest.raises(WorldError, match=said):
            fetch(web, RemoteFile(odd.url + path), tmp_path / name)
        assert left(tmp_path) == []


def test_drips(odd: Odd, web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd.answers["/m"] = drip(0.02)

    def stop(progress: Progress) -> None:
        if progress.done > 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        fetch(web, RemoteFile(f"{odd.url}/m"), tmp_path / "w", stop)
    monkeypatch.setattr(received, "DRIP_SECONDS", 0.3)
    with pytest.raises(WorldError, match="less than 1 kB a second"):
        fetch(web, RemoteFile(f"{odd.url}/m"), tmp_path / "w")
    assert partial_path(tmp_path / "w").exists(), "what came is kept"

    def fast_then_slow(handler: object) -> None:
        odd.asked.clear()
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 100_000)  # type: ignore[attr-defined]
        drip(0.02)(handler)  # type: ignore[arg-type]

    odd.answers["/m"] = fast_then_slow
    monkeypatch.setattr(received, "DRIP_SECONDS", 0.05)
    monkeypatch.setattr(received, "SLOW_SECONDS", 0.1)
    with pytest.raises(WorldError, match=r"again and again|less than"):
        fetch(web, RemoteFile(f"{odd.url}/m"), tmp_path / "v")


ODD_HEADS: list[tuple[str, Answer]] = [
    ("part", reply(MODEL, 206, Content_Range="bytes 77-99/100", Content_Length=str(len(MODEL)))),
    ("416", reply(b"", 416, Content_Range="bytes */0", Content_Length="0")),
    ("length", reply(MODEL, Content_Length="-1")),
    ("both", reply(MODEL, Content_Length="5", Transfer_Encoding="chunked")),
    ("head", reply(MODEL, X_A="a" * 2**20)),
    ("500", reply(b"", 500, Retry_After="0", Content_Length="0")),
    ("later", reply(b"", 429, Retry_After="1000000000", Content_Length="0")),
    ("nowhere", redirect("http://[::1")),
    ("204", reply(b"", 204)),
    ("sup", reply(MODEL, Content_Length="²".encode().decode("latin-1"))),
    (
        "digits",
        reply(MODEL, 206, Content_Range=f"bytes 0-0/{'9' * 5000}", Content_Length=str(len(MODEL))),
    ),
    ("silent", lambda handler: None),
    ("garbage", lambda handler: handler.wfile.write(b"\0\1\2 nonsense\r\n\r\n") and None),
]


@pytest.mark.parametrize(
    "answer", [answer for _, answer in ODD_HEADS], ids=[name for name, _ in ODD_HEADS]
)
def test_heads_that_make_no_sense(answer: Answer, odd: Odd, web: Web, tmp_path: Path) -> None:
    odd.answers["/m"] = answer
    with pytest.raises(WorldError) as caught:
        fetch(web, RemoteFile(f"{odd.url}/m"), tmp_path / "m.safetensors")
    assert caught.value.hint and not (tmp_path / "m.safetensors").exists()
    partial_path(tmp_path / "m.safetensors").write_bytes(MODEL[:50])
    (tmp_path / "m.safetensors.part.json").write_text(
        json.dumps({"url": f"{odd.url}/m", "etag": "", "total": None, "sha256": ""})
    )
    with pytest.raises(WorldError):
        fetch(web, RemoteFile(f"{odd.url}/m"), tmp_path / "m.safetensors")
    assert not (tmp_path / "m.safetensors").exists()


@pytest.mark.parametrize("what", ["pipe", "link", "note"])
def test_what_lies_in_the_place_of_a_part(what: str, odd: Odd, web: Web, tmp_path: Path) -> None:
    odd.answers["/m"] = reply(MODEL, Content_Length=str(len(MODEL)))
    part, note, precious = (
        partial_path(tmp_path / "w"),
        tmp_path / "w.part.json",
        tmp_path / "precious",
    )
    precious.write_bytes(b"keep me")
    note.write_text(json.dumps({"url": f"{odd.url}/m", "etag": "", "total": None, "sha256": ""}))
    if what == "pipe":
        os.mkfifo(part)
    elif what == "link":
        part.symlink_to(precious)
    else:
        note.unlink()
        os.mkfifo(note)
    fetch(web, RemoteFile(f"{odd.url}/m"), tmp_path / "w")
    assert (
        (tmp_path / "w").read_bytes() == MODEL
        and precious.read_bytes() == b"keep me"
        and left(tmp_path) == ["precious", "w"]
    )
