"""A real HTTP server on loopback that speaks the hub's protocol, and misbehaves when told to.

Whatever is asked that no test of ours ordered (another path, another question, a method, a cookie)
is kept in `unexpected`, and `serving()` fails at its end where there was any: nothing is to be
asked of a hub that nobody asked for.

Metadata (`/api/models/...`, with blobs), `resolve` with a redirect of large files to a store, etag,
Range and If-Range, gated repositories. `faults` is a list of misbehaviours, one taken for each
answer of content: see `Fault`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

LARGE = 4096  # bytes from which a file lies in the store


@dataclass
class Fault:
    """`cut`: end the connection after so many bytes; `stall`: say nothing for so many seconds in
    the middle; `code` (with `after` as Retry-After): answer so; `flip`: change one byte; `claim`:
    add to Content-Length; `whole`: ignore Range;
    `etag`: the content's mark; `chunked`: no length; `loop`: redirect to itself."""

    cut: int | None = None
    stall: float = 0.0
    code: int = 0
    after: str = ""
    flip: bool = False
    claim: int = 0
    whole: bool = False
    etag: str = ""
    chunked: bool = False
    loop: bool = False


@dataclass
class Hub:
    """What the server holds and what it saw."""

    repos: dict[str, dict[str, bytes]] = field(default_factory=dict)
    cards: dict[str, dict[str, Any]] = field(default_factory=dict)
    # repo -> the token that opens it; others with a token get 403
    gated: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    api_faults: list[Fault] = field(default_factory=list)
    sent: int = 0
    asked: list[tuple[str, str, str]] = field(default_factory=list)  # path, Range, Authorization
    # other addresses: content, Content-Disposition
    plain: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    url: str = ""
    pace: float = 0.0  # seconds a block of 64 kB
    # addresses that a test asks for though they are not there
    absent: set[str] = field(default_factory=set)
    unexpected: list[str] = field(default_factory=list)

    def store(self, digest: str) -> bytes | None:
        return next(
            (
                data
                for files in self.repos.values()
                for data in files.values()
                if hashlib.sha256(data).hexdigest() == digest
            ),
            None,
        )


def files_in(folder: Path) -> dict[str, bytes]:
    """What a repository with a folder's files holds, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _git_id(data: bytes) -> str:
    return hashlib.sha1(f"blob {len(data)}\0".encode() + data, usedforsecurity=False).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        hub, parts = self.hub, urlsplit(self.path)
        path = unquote(parts.path)
        hub.asked.append(
            (path, self.headers.get("Range", ""), self.headers.get("Authorization", ""))
        )
        if not self._is_ordered(path, parse_qs(parts.query)):
            hub.unexpected.append(f"{self.command} {self.path}")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if path.startswith("/api/models"):
                self._api(path.removeprefix("/api/models").strip("/"), parse_qs(parts.query))
            elif path.startswith("/store/"):
                self._content(hub.store(path.removeprefix("/store/")))
            elif path in hub.plain:
                self._content(*hub.plain[path])
            else:
                self._resolve([piece for piece in path.split("/") if piece])

    def _is_ordered(self, path: str, query: dict[str, list[str]]) -> bool:
        """The two questions of the hub's API, the files of a repository, the store that we sent to,
        and the test's own addresses."""
        if (
            self.command != "GET"
            or "Cookie" in self.headers
            or self.headers.get("User-Agent") != "calotype"
        ):
            return False
        if path.startswith("/store/") or path in self.hub.plain or path in self.hub.absent:
            return True
        if path == "/api/models":
            return query.keys() <= {"search", "filter", "pipeline_tag", "sort", "limit"}
        if path.startswith("/api/"):
            return bool(
                re.fullmatch(r"/api/models/[\w.-]+/[\w.-]+(/revision/.+)?", path)
            ) and query == {"blobs": ["true"]}
        return bool(re.fullmatch(r"/[\w.-]+/[\w.-]+/resolve/.+", path)) and not query

    def do_HEAD(self) -> None:
        self.do_GET()

    do_POST = do_PUT = do_HEAD

    def _json(self, value: Any, code: int = 200, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(value).encode()
        self.send_response(code)
        for name, text in {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def _denied(self, repo: str) -> bool:
        wanted = self.hub.gated.get(repo)
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if wanted is None or given == wanted:
            return False
        self._json({"error": "gated"}, 403 if given else 401, {"X-Error-Code": "GatedRepo"})
        return True

    def _api(self, name: str, query: dict[str, list[str]]) -> None:
        hub = self.hub
        if hub.api_faults:
            fault = hub.api_faults.pop(0)
            if fault.code:
                return self._json(
                    {}, fault.code, {"Retry-After": fault.after} if fault.after else None
                )
        if not name:
            words = query.get("search", [""])[0]
            limit = int(query.get("limit", ["1000"])[0])
            return self._json([self._listed(repo) for repo in hub.repos if words in repo][:limit])
        repo = name.split("/revision/")[0]
        if repo not in hub.repos:
            return self._json({"error": "no"}, 404, {"X-Error-Code": "RepoNotFound"})
        return self._json(self._info(repo))

    def _info(self, repo: str) -> dict[str, Any]:
        siblings = []
        for path, data in self.hub.repos[repo].items():
            one: dict[str, Any] = {"rfilename": path, "size": len(data), "blobId": _git_id(data)}
            if len(data) >= LARGE:
                one["lfs"] = {
                    "sha256": hashlib.sha256(data).hexdigest(),
                    "size": len(data),
                    "pointerSize": 134,
                }
            siblings.append(one)
        return {
            "id": repo,
            "modelId": repo,
            "sha": "c0ffee" * 6 + "c0ff",
            "siblings": siblings,
            "tags": ["license:openrail"],
            "downloads": 5,
            "gated": "manual" if repo in self.hub.gated else False,
            "private": False,
            "cardData": self.hub.cards.get(repo, {"license": "openrail"}),
        }

    def _listed(self, repo: str) -> dict[str, Any]:
        """A row of a search: without files and without the card."""
        return {
            key: value
            for key, value in self._info(repo).items()
            if key not in ("siblings", "cardData", "sha")
        }

    def _resolve(self, pieces: list[str]) -> None:
        repo, path = "/".join(pieces[:2]), "/".join(pieces[4:])
        files = self.hub.repos.get(repo)
        if files is None or path not in files or pieces[2:3] != ["resolve"]:
            return self._json({}, 404, {"X-Error-Code": "EntryNotFound"})
        if self._denied(repo):
            return None
        data = files[path]
        if len(data) < LARGE:
            return self._content(data)
        fault = self.hub.faults[0] if self.hub.faults else Fault()
        if fault.code or fault.loop:
            self.hub.faults.pop(0)
        if fault.code:
            return self._json({}, fault.code, {"Retry-After": fault.after} if fault.after else None)
        self.send_response(302)
        self.send_header(
            "Location",
            self.path
            if fault.loop
            else f"/store/{hashlib.sha256(data).hexdigest()}?signature=secret",
        )
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def _content(self, data: bytes | None, disposition: str = "") -> None:
        if data is None:
            return self._json({}, 404)
        fault = self.hub.faults.pop(0) if self.hub.faults else Fault()
        if fault.code:
            return self._json({}, fault.code, {"Retry-After": fault.after} if fault.after else None)
        etag = f'"{fault.etag or hashlib.sha256(data).hexdigest()[:16]}"'
        begin = self._begin(data, etag, fault)
        if begin is None:
            return None
        body = bytearray(data[begin:])
        if fault.flip and body:
            body[len(body) // 2] ^= 1
        self.send_response(206 if begin or (self.headers.get("Range") and not fault.whole) else 200)
        if self.headers.get("Range") and not fault.whole:
            end = 0 if self.headers["Range"] == "bytes=0-0" else len(data) - 1
            body = body[: end - begin + 1]
            self.send_header("Content-Range", f"bytes {begin}-{end}/{len(data)}")
        self.send_header("ETag", etag)
        if disposition:
            self.send_header("Content-Disposition", disposition)
        if fault.chunked:
            self.send_header("Connection", "close")
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(len(body) + fault.claim))
        self.end_headers()
        return self._send(bytes(body), fault)

    def _begin(self, data: bytes, etag: str, fault: Fault) -> int | None:
        """Where the answer begins; None where it was 416."""
        asked = self.headers.get("Range", "")
        if not asked or fault.whole or self.headers.get("If-Range", etag) != etag:
            return 0
        begin = int(asked.removeprefix("bytes=").split("-")[0])
        if begin < len(data):
            return begin
        self.send_response(416)
        self.send_header("Content-Range", f"bytes */{len(data)}")
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def _send(self, body: bytes, fault: Fault) -> None:
        if self.command == "HEAD":
            return
        stop = len(body) if fault.cut is None else min(fault.cut, len(body))
        for at in range(0, stop, 2**16):
            block = body[at : min(at + 2**16, stop)]
            self.wfile.write(block)
            self.hub.sent += len(block)
            time.sleep(self.hub.pace)
            if fault.stall and at == 0:
                self.wfile.flush()
                time.sleep(fault.stall)
        if fault.cut is not None or fault.claim:
            self.close_connection = True


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no fault of the server's."""


@contextlib.contextmanager
def serving() -> Generator[Hub]:
    """A hub on a free port of loopback."""
    hub = Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = _Server(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert not hub.unexpected, f"asked though nobody ordered it: {hub.unexpected}"
