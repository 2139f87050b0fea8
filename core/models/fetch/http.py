"""The only door to the network: one client with our rules about hosts, redirects, tokens and time.

Nothing here runs unless a person asked for it (an install, a search, a catalogue
entry). A token goes to the host it is for, where that host was asked itself: never
after a redirect to another host, port or scheme, and never without encryption (this
very machine excepted, which is spoken to without a proxy). No cookies are kept.
Every answer's head has a deadline; so has the whole of a small one.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Self

from core.models.fetch.answers import (
    Answer,
    ConnectionBroken,
    HostBusy,
    TimedOut,
    in_our_words,
    refusal,
)
from core.models.fetch.web_address import (
    host_name,
    host_of,
    is_this_machine,
    parse_url,
    redirect_target,
)
from core.system.errors import WorldError

if TYPE_CHECKING:
    import httpx2

CONNECT_SECONDS = 15.0
SILENT_SECONDS = 30.0  # between two bytes
HEAD_SECONDS = 40.0  # until the head of an answer is here, behind all redirects
ANSWER_SECONDS = 20.0  # for the whole of a small answer
SLOWEST = 4096  # bytes a second that a small answer is waited for
LONGEST = 6.0  # times the time for a small answer, however much of it comes
LARGEST_ANSWER = 32 * 2**20  # bytes
REDIRECTS = 8
_AGENT = "calotype"
_TOKEN = re.compile(r"[!-~]{1,1000}")
_ELSEWHERE = (301, 302, 303, 307, 308)
_CONTENT = (200, 206, 416)


def no_token(host: str) -> str:
    """Nobody is logged in anywhere."""
    return ""


class _Watch:
    """Cuts a request's connection off when its time is over. (A time limit on reads begins anew
    with every byte that comes.)"""

    def __init__(self, seconds: float) -> None:
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._late = False
        self._left = False
        self._until = time.monotonic() + seconds
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def extend(self, until: float) -> None:
        """The time is over at `until` (of the monotonic clock), not before."""
        self._until = max(self._until, until)

    @property
    def late(self) -> bool:
        """Whether the connection was cut off."""
        return self._late

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._left = True
            self._timer.cancel()

    def stop(self) -> None:
        """The time no longer counts. Raises TimedOut where it was over before."""
        self._timer.cancel()
        with self._lock:
            if self._late:
                raise TimedOut("the answer did not come in time")
            self._sockets.clear()

    def hear(self, event: str, facts: dict[str, Any]) -> None:
        """What the client tells of its doings (its extension "trace"): the
        connections that it opens."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            with self._lock:
                self._sockets = [facts["return_value"].get_extra_info("socket")]
            if self._late:
                self._cut()

    def _cut(self) -> None:
        with self._lock:
            left = self._until - time.monotonic()
            if self._left:
                return
            if left > 0.001:
                self._timer = threading.Timer(left, self._cut)
                self._timer.daemon = True
                self._timer.start()
                return
            self._late = True
            for connection in self._sockets:
                with contextlib.suppress(OSError):
                    # whoever reads from it is told that it ended
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _no_reuse() -> httpx2.Limits:
    import httpx2

    return httpx2.Limits(max_keepalive_connections=0)


class Web:
    """Opens addresses.

    `token_for` gives the token of a host ("": none); `plain_hosts` may be spoken to without
    encryption (and without a token); `local` says which hosts are this machine; `silent_seconds`
    may pass between two bytes. Raises ValueError for a proxy that is none.
    """

    def __init__(
        self,
        token_for: Callable[[str], str] = no_token,
        *,
        plain_hosts: tuple[str, ...] = (),
        proxy: str = "",
        silent_seconds: float = SILENT_SECONDS,
        local: Callable[[str], bool] = is_this_machine,
    ) -> None:
        import httpx2

        self._silent = silent_seconds
        try:
            self._far = self._client(proxy=proxy or None)
        except (httpx2.InvalidURL, ImportError) as fault:
            # a SOCKS proxy needs a package that is not here
            raise ValueError(str(fault)) from fault
        self._near: httpx2.Client | None = None
        self._token_for = token_for
        self._plain = plain_hosts
        self._local = local

    def _client(self, **options: Any) -> httpx2.Client:
        from http.cookiejar import CookieJar, DefaultCookiePolicy

        import httpx2

        timeout = httpx2.Timeout(CONNECT_SECONDS, read=self._silent)
        # each request on a connection of its own, so that `_Watch` hears of every one
        return httpx2.Client(
            timeout=timeout,
            follow_redirects=False,
            headers={"User-Agent": _AGENT},
            limits=_no_reuse(),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            **options,
        )

    def close(self) -> None:
        """End all connections."""
        for client in (self._far, self._near):
            if client is not None:
                client.close()

    @contextlib.contextmanager
    def open(
        self, url: str, headers: dict[str, str] | None = None, *, seconds: float | None = None
    ) -> Generator[Answer]:
        """The answer to GET, its body unread; redirects are followed.

        `seconds` is the time for all of it; without, only its head has a deadline, and the
        body may come as slowly as it likes. Raises AccessDenied for a login or a licence,
        NotFound, HostBusy for a wait, ConnectionBroken for a connection that broke,
        WorldError for all else that is no answer.
        """
        watch = _Watch(seconds or HEAD_SECONDS)
        with in_our_words(), contextlib.ExitStack() as held, watch:
            answer = self._follow(url, headers, watch, held, seconds is not None)
            if seconds is None:
                watch.stop()
            yield answer

    def read(
        self, url: str, *, limit: int = LARGEST_ANSWER, seconds: float = ANSWER_SECONDS
    ) -> bytearray:
        """A small answer as a whole; it may come packed.

        Raises as `open` does; WorldError too where it is larger than `limit` bytes (unpacked ones
        too) or not here after `seconds` and what a slow line needs for what came (`SLOWEST` bytes a
        second), at most `LONGEST` times `seconds`.
        """
        host = host_of(url)
        body = bytearray()
        start = time.monotonic()
        until = start + seconds

        def late() -> WorldError:
            return WorldError(
                f"{host} did not give its answer within {until - start:.0f} seconds.",
                "Try again later; check the connection, or the mirror's address in Settings.",
            )

        watch = _Watch(seconds)
        try:
            with in_our_words(), contextlib.ExitStack() as held, watch:
                answer = self._follow(url, {"Accept-Encoding": "gzip"}, watch, held, True)
                if answer.code != 200:
                    raise WorldError(
                        f"{host} gave an answer that makes no sense.", "Try again later."
                    )
                for block in answer.blocks():
                    body += block
                    if len(body) > limit:
                        raise WorldError(
                            (
                                f"The answer of {host} is larger than {limit / 2**20:.0f} MiB, "
                                "more than makes sense."
                            ),
                            "Try again later, or use another address.",
                        )
                    until = start + min(seconds + answer.came / SLOWEST, LONGEST * seconds)
                    watch.extend(until)
                    if time.monotonic() > until:
                        raise late()
        except ConnectionBroken as fault:
            # cut off while the last byte gave more time
            if watch.late or time.monotonic() >= until:
                raise late() from fault
            raise
        if time.monotonic() > until:  # an answer without a length ends where it is cut off
            raise late()
        return body

    def _follow(
        self,
        url: str,
        headers: dict[str, str] | None,
        watch: _Watch,
        held: contextlib.ExitStack,
        small: bool,
    ) -> Answer:
        """The answer behind all redirects; `held` ends it."""
        import httpx2

        at = parse_url(url)
        first = host_name(at)
        home = at.scheme, first  # where the token may go
        with_token = True
        seen: set[str] = set()
        while True:
            self._check(str(at), first)
            client = self._client_for(host_name(at))
            try:
                response = held.enter_context(
                    client.stream(
                        "GET",
                        at,
                        headers=self._headers(at, headers, with_token),
                        extensions={"trace": watch.hear},
                    )
                )
            except (httpx2.InvalidURL, UnicodeError, OverflowError) as fault:
                # a name that no name server could be asked for
                raise WorldError(
                    f'"{str(at)[:200]}" is no web address.', "Check the address."
                ) from fault
            if response.status_code not in _ELSEWHERE:
                answer = Answer(response)
                self._refuse(answer, first, small)
                return answer
            seen.add(str(at))
            before = at
            at = redirect_target(at, response.headers.get("location", ""))
            held.pop_all().close()
            if before.scheme == "https" and at.scheme != "https":
                to = host_name(at) or "an address"
                raise WorldError(
                    f"{host_name(before)} sends to {to} without encryption.",
                    "Use another address.",
                )
            with_token = with_token and (at.scheme, host_name(at)) == home
            if str(at) in seen or len(seen) > REDIRECTS:
                raise WorldError(
                    f"{host_name(at)} sends in circles.", "Try again later, or use another address."
                )

    def _check(self, url: str, first: str) -> None:
        """Encrypted, or a host that may be spoken to without: this machine (if it was asked itself,
        not by a redirect) or a mirror."""
        at = parse_url(url)
        host = host_name(at)
        if not host or at.scheme not in ("http", "https"):
            raise WorldError(f'"{url[:200]}" is no web address.', "Check the address.")
        own = self._local(host) and self._local(first)
        if at.scheme != "https" and not own and host not in self._plain:
            raise WorldError(
                f"{host} would be asked without encryption.",
                "Use an address that begins with https.",
            )

    def _client_for(self, host: str) -> httpx2.Client:
        """Never through a proxy to this machine: without encryption the proxy
        would read what is sent."""
        import httpx2

        if not self._local(host):
            return self._far
        if self._near is None:
            self._near = self._client(transport=httpx2.HTTPTransport(limits=_no_reuse()))
        return self._near

    def _headers(
        self, at: httpx2.URL, headers: dict[str, str] | None, with_token: bool
    ) -> dict[str, str]:
        sent = {"Accept-Encoding": "identity", **(headers or {})}
        host = host_name(at)
        if (
            with_token
            and (at.scheme == "https" or self._local(host))
            and (token := self._token_for(host))
        ):
            if not _TOKEN.fullmatch(token):
                raise WorldError(
                    f"The access token for {host} is damaged.",
                    "Copy it again from the page where it was made.",
                )
            sent["Authorization"] = f"Bearer {token}"
        return sent

    def _refuse(self, answer: Answer, asked: str, small: bool) -> None:
        """Turn an answer that is no content into what it means; a store that `asked` sent
        us to refuses when its link is too old; only where files lie are there such links,
        not for a `small` answer."""
        code = answer.code
        host = answer.host
        if code in _CONTENT:
            # RFC 9112 6.1: an error
            if answer.says_length_twice:
                raise WorldError(
                    f"{host} says in two ways how long its answer is, which makes no sense.",
                    "Use another address.",
                )
            return
        if code in (401, 403) and host != asked and not small:
            raise HostBusy(1.0)
        if code in (401, 403) and not answer.encrypted and not self._local(host):
            raise WorldError(
                (
                    f"{host} asks for a login, and no access token is sent to it, because its "
                    "address has no encryption."
                ),
                "Use an address of it that begins with https.",
            )
        reason = answer.header("x-error-code")[:40]
        raise refusal(code, host, answer.path, reason, answer.header("retry-after"))
