"""Downloads against a server that misbehaves: each ends right or in one sentence,
and no wrong file gets its final name."""

from __future__ import annotations

import errno
import hashlib
import os
import random
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from core.models.fetch import download
from core.models.fetch.answers import AccessDenied
from core.models.fetch.download import Progress, RemoteFile, fetch, partial_path
from core.models.fetch.http import Web
from core.models.fetch.received import git_id
from core.system.errors import Cancelled, WorldError
from tests.core.models.fetch.hub_server import Fault, Hub, serving

DATA = random.Random(1).randbytes(300_000)
DIGEST = hashlib.sha256(DATA).hexdigest()

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def hub() -> Generator[Hub]:
    with serving() as found:
        found.repos["calo/big"] = {"weights.bin": DATA, "config.json": b'{"a": 1}'}
        yield found


@pytest.fixture
def web() -> Generator[Web]:
    client = Web(silent_seconds=0.5)
    yield client
    client.close()


def remote(hub: Hub, **values: Any) -> RemoteFile:
    return RemoteFile(
        **(
            {
                "url": f"{hub.url}/calo/big/resolve/main/weights.bin",
                "size": len(DATA),
                "sha256": DIGEST,
            }
            | values
        )
    )


def is_whole(path: Path) -> bool:
    return (
        path.read_bytes() == DATA
        and not partial_path(path).exists()
        and not path.with_name(path.name + ".part.json").exists()
    )


def test_a_file_arrives(hub: Hub, web: Web, tmp_path: Path) -> None:
    heard: list[Progress] = []
    assert fetch(web, remote(hub), tmp_path / "w", heard.append) == DIGEST
    assert is_whole(tmp_path / "w") and heard[-1] == Progress(len(DATA), len(DATA))
    small = RemoteFile(
        f"{hub.url}/calo/big/resolve/main/config.json",
        8,
        "",
        git_id(_written(tmp_path / "c", b'{"a": 1}')),
    )
    fetch(web, small, tmp_path / "config.json")
    assert (tmp_path / "config.json").read_bytes() == b'{"a": 1}'
    with pytest.raises(WorldError, match="other content"):
        fetch(web, RemoteFile(small.url, 8, "", "0" * 40), tmp_path / "again.json")


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_two_hundred_cuts_at_random_bytes(hub: Hub, web: Web, tmp_path: Path) -> None:
    rng = random.Random(7)
    for number in range(200):
        hub.faults, hub.sent = [Fault(cut=rng.randrange(len(DATA)))], 0
        target = tmp_path / f"{number}"
        assert fetch(web, remote(hub), target) == DIGEST
        assert is_whole(target)
        assert hub.sent <= len(DATA) + 2**20, "the resume asks for the rest only"
        target.unlink()


def test_a_cut_download_goes_on_in_another_process(hub: Hub, tmp_path: Path) -> None:
    """Each attempt with a client of its own, as after a restart."""
    hub.faults = [Fault(cut=100_000)] + [Fault(code=503, after="0")] * 20
    first = Web(silent_seconds=0.5)
    with pytest.raises(WorldError, match="again and again"):
        fetch(first, remote(hub), tmp_path / "w")
    first.close()
    came = partial_path(tmp_path / "w").stat().st_size
    assert 0 < came <= 100_000 and not (tmp_path / "w").exists()
    hub.faults, hub.sent = [], 0
    second = Web(silent_seconds=0.5)
    fetch(second, remote(hub), tmp_path / "w")
    second.close()
    assert is_whole(tmp_path / "w") and hub.sent == len(DATA) - came


@pytest.mark.parametrize(
    "fault",
    [
        Fault(stall=1.2),
        Fault(code=429, after="0"),
        Fault(code=503, after="1"),
        Fault(code=500),
        Fault(cut=0),
        Fault(cut=10, etag="other"),
        Fault(code=429, after="Wed, 21 Oct 2015 07:28:00 GMT"),
    ],
    ids=str,
)
def test_passing_trouble_ends_well(fault: Fault, hub: Hub, web: Web, tmp_path: Path) -> None:
    hub.faults = [fault]
    assert fetch(web, remote(hub), tmp_path / "w") == DIGEST
    assert is_whole(tmp_path / "w")


def test_wrong_bytes_of_the_right_size_never_get_the_name(
    hub: Hub, web: Web, tmp_path: Path
) -> None:
    for number in range(20):
        hub.faults = [Fault(flip=True)]
        with pytest.raises(WorldError, match="other content than 127") as caught:
            fetch(web, remote(hub), tmp_path / "w")
        assert "download it again" in caught.value.hint
        assert not (tmp_path / "w").exists() and not partial_path(tmp_path / "w").exists()
        assert len(list((tmp_path / download.QUARANTINE).iterdir())) == number + 1
    fetch(web, remote(hub), tmp_path / "w")
    assert is_whole(tmp_path / "w")


def test_sizes_that_do_not_agree(hub: Hub, web: Web, tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="offers 300,000 bytes, but w has 299,999"):
        fetch(web, remote(hub, size=len(DATA) - 1), tmp_path / "w")
    hub.faults = [Fault(claim=5000)]
    with pytest.raises(WorldError, match="offers 305,000"):
        fetch(web, remote(hub), tmp_path / "w")
    hub.faults = [Fault(claim=5000)]
    assert fetch(web, remote(hub, size=None), tmp_path / "w") == DIGEST
    assert is_whole(tmp_path / "w")
    hub.faults = [Fault(chunked=True)]
    assert fetch(web, remote(hub, size=None), tmp_path / "v") == DIGEST


def test_a_server_that_ignores_ranges_or_changes_its_content(
    hub: Hub, web: Web, tmp_path: Path
) -> None:
    hub.faults = [Fault(cut=50_000), Fault(whole=True)]
    assert fetch(web, remote(hub), tmp_path / "w") == DIGEST
    partial_path(tmp_path / "x").write_bytes(b"x" * 400_000)
    assert fetch(web, remote(hub), tmp_path / "x") == DIGEST
    hub.faults = [Fault(cut=70_000, etag="before")]
    assert fetch(web, remote(hub, sha256=""), tmp_path / "y") == DIGEST
    assert is_whole(tmp_path / "w") and is_whole(tmp_path / "x") and is_whole(tmp_path / "y")


def test_redirects_that_lead_nowhere(hub: Hub, web: Web, tmp_path: Path) -> None:
    hub.faults = [Fault(loop=True)] * 3
    with pytest.raises(WorldError, match="in circles"):
        fetch(web, remote(hub), tmp_path / "w")
    with pytest.raises(WorldError, match="without encryption"):
        fetch(web, RemoteFile("http://models.example/x.safetensors"), tmp_path / "w")
    for here in ("127.0.0.1:80", "localhost", "[::1]:8080"):
        web._check(f"{hub.url}/x", here)
    with pytest.raises(WorldError, match="without encryption"):
        web._check(f"{hub.url}/x", "models.example")  # sent here by another host
    for url in ("file:///etc/passwd", "ftp://models.example/x", "https://", "http://[::bad", "x"):
        with pytest.raises(WorldError):
            fetch(web, RemoteFile(url), tmp_path / "w")
    assert list(tmp_path.glob("w*")) == []


def test_a_login_is_asked_for_and_its_token_stays_with_its_host(hub: Hub, tmp_path: Path) -> None:
    hub.gated["calo/big"] = "hf_right_token"
    for token, code in (("", 401), ("hf_other_token", 403)):
        client = Web(lambda host, token=token: token)
        with pytest.raises(AccessDenied) as caught:
            fetch(client, remote(hub), tmp_path / "w")
        assert caught.value.code == code
        client.close()
    port = hub.url.rpartition(":")[2]
    client = Web(lambda host: "hf_right_token" if host == f"127.0.0.1:{port}" else "")
    fetch(client, remote(hub), tmp_path / "w")
    client.close()
    assert is_whole(tmp_path / "w")
    hub.plain["/elsewhere"] = (DATA, "")
    other = Web(lambda host: "hf_right_token" if host == "localhost:1" else "")
    hub.asked.clear()
    fetch(other, RemoteFile(f"{hub.url}/elsewhere", len(DATA)), tmp_path / "e")
    other.close()
    assert all(not authorization for _, _, authorization in hub.asked)


def test_pause_and_resume(hub: Hub, web: Web, tmp_path: Path) -> None:
    def stop(progress: Progress) -> None:
        if progress.done > 90_000:
            raise Cancelled

    with pytest.raises(Cancelled):
        fetch(web, remote(hub), tmp_path / "w", stop)
    came = partial_path(tmp_path / "w").stat().st_size
    hub.sent = 0
    fetch(web, remote(hub), tmp_path / "w")
    assert is_whole(tmp_path / "w") and came > 90_000 and hub.sent == len(DATA) - came


def test_no_room_on_the_disk(
    hub: Hub, web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(download, "SPARE", 2**60)
        with pytest.raises(WorldError, match="are free in") as caught:
            fetch(web, remote(hub), tmp_path / "w")
        assert "Free some space" in caught.value.hint

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(WorldError, match="disk is full"):
            fetch(web, remote(hub), tmp_path / "w")
    assert not (tmp_path / "w").exists()
    fetch(web, remote(hub), tmp_path / "w")
    assert is_whole(tmp_path / "w")


@pytest.mark.parametrize(
    ("start", "said"),
    [(b"<!DOCTYPE html>", "web page"), (b"PK\x03\x04", "pickle"), (b"\x80\x02}q", "pickle")],
)
def test_what_is_no_model_is_refused_at_its_first_bytes(
    start: bytes, said: str, hub: Hub, web: Web, tmp_path: Path
) -> None:
    hub.plain["/x"] = (start + bytes(200_000), "")
    with pytest.raises(WorldError, match=said):
        fetch(web, RemoteFile(f"{hub.url}/x"), tmp_path / "x.safetensors")
    assert not (tmp_path / "x.safetensors").exists()
