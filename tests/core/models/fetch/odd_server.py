"""A server on loopback that answers as a test says, with raw bytes if need be,
and writes down who asked for what.

`answers` maps a path ("*": any other) to what is done with the connection: see `reply`,
`redirect`, `drip` and `endless`.
"""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Odd:
    """`asked` are the Host, path and Authorization of every request; a proxy is
    asked for whole addresses."""

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def tokens(self) -> list[str]:
        """What was sent for a login, in order; "" where nothing was."""
        return [token for _, _, token in self.asked]


def reply(body: bytes, code: int = 200, **headers: str) -> Answer:
    """Headers are written with "_" for "-"; without Content-Length the answer
    ends with the connection."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, text in headers.items():
            handler.send_header(name.replace("_", "-"), text)
        if "Content_Length" not in headers:
            handler.close_connection = True
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def redirect(to: str, code: int = 302) -> Answer:
    return reply(b"", code, Location=to, Content_Length="0")


def drip(seconds: float, *, head: bool = False) -> Answer:
    """One byte each `seconds`: of the body, or already of the answer's head."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(
            b"HTTP/1.1 200 OK\r\n" + (b"X-A: " if head else b"Content-Length: 100000\r\n\r\n")
        )
        for _ in range(100_000):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(seconds)

    return answer


def endless(start: bytes = b"") -> Answer:
    """No length, and no end for some gigabytes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(start)
        for _ in range(4000):
            handler.wfile.write(b" " * 2**20)

    return answer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    odd: Odd

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.odd.asked.append(
            (self.headers.get("Host", ""), self.path, self.headers.get("Authorization", ""))
        )
        answers = self.odd.answers
        try:
            answers.get(
                self.path.partition("?")[0], answers.get("*", reply(b"", 404, Content_Length="0"))
            )(self)
        except OSError:
            self.close_connection = True

    do_HEAD = do_CONNECT = do_POST = do_GET


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what is tested."""


@contextlib.contextmanager
def odd_server(encryption: ssl.SSLContext | None = None, **answers: Answer) -> Generator[Odd]:
    """A server on a free port of loopback."""
    odd = Odd(answers=dict(answers))
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"odd": odd}))
    if encryption is not None:
        server.socket = encryption.wrap_socket(server.socket, server_side=True)
    odd.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield odd
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
