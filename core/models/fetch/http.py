"""The only door to the network: one HTTP client with our rules about hosts, redirects, tokens, time
and what an answer means.

Nothing here runs unless a person asked for it (an install, a search, a catalogue
entry). A token goes to the host it is for, where that host was asked itself: never
after a redirect to another host, port or scheme, and never without encryption (this
very machine excepted, which is spoken to without a proxy). No cookies are kept.
Every answer's head has a deadline; so has the whole of a small one.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
import threading
import time
from collections.abc import Callable, Generator
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import httpx2

from core.system.errors import InvalidRequest, WorldError

CONNECT_SECONDS, SILENT_SECONDS, HEAD_SECONDS, ANSWER_SECONDS = 15.0, 30.0, 40.0, 20.0
SLOWEST, LONGEST = 4096, 6.0
LARGEST_ANSWER, LONGEST_ADDRESS, REDIRECTS = 32 * 2**20, 8192, 8
UNPACKED = ("gzip", "deflate")  # what an answer may be packed with though nobody asked for it
_AGENT = "calotype"
_NO_REUSE = httpx2.Limits(max_keepalive_connections=0)
_TOKEN = re.compile(r"[!-~]{1,1000}")
_ASK_AGAIN, _NEVER_AGAIN = 2.0, 1e9  # seconds
_PORTS = {"https": 443, "http": 80}
_ELSEWHERE = (301, 302, 303, 307, 308)


class AccessDenied(WorldError):
    """The host wants a login (`code` 401) or a consent to its licence (403);
    `page` is where a person does that.

    `reason` is the hub's word for it (its header X-Error-Code), "" without.
    """

    def __init__(
        self, code: int, message: str, hint: str, page: str = "", reason: str = ""
    ) -> None:
        super().__init__(message, hint)
        self.args = (code, message, hint, page, reason)
        self.code, self.page, self.reason = code, page, reason


class NotThere(WorldError):
    """The host has nothing at this address; `reason` as with AccessDenied."""

    def __init__(self, message: str, hint: str, reason: str = "") -> None:
        super().__init__(message, hint)
        self.args = (message, hint, reason)
        self.reason = reason


class Busy(Exception):
    """The host asks to come back after `seconds` (429, 503), or has trouble of its own (5xx)."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


# what a cut, silent or garbled connection raises
Broken = (httpx2.TransportError, httpx2.StreamError, httpx2.DecodingError)


def parsed(url: str) -> httpx2.URL:
    """The address as the client itself reads it; WorldError for what is none,
    or carries a user name and a password."""
    try:
        found = httpx2.URL(url) if len(url) <= LONGEST_ADDRESS else None
        urlsplit(url)  # what one of the two refuses is none
    except (httpx2.InvalidURL, ValueError):
        found = None
    if found is None or not _has_host(found):
        raise WorldError(f'"{url[:200]}" is no web address.', "Check the address.")
    if found.userinfo:
        raise WorldError(
            (
                f"The address of {found.host} carries a user name or a password, "
                "which would be written down with it."
            ),
            "Take it out, and enter an access token for the host.",
        )
    return found


def _has_host(url: httpx2.URL) -> bool:
    """Whether host and port can be some, or there is none at all."""
    name = url.raw_host.decode("ascii")
    if ":" in name:
        try:
            ipaddress.IPv6Address(name)
        except ValueError:
            return False
    elif not re.fullmatch(r"[A-Za-z0-9._-]*", name):
        return False
    return url.port is None or 0 < url.port < 2**16


def host_of(url: str) -> str:
    """The host and, where it is not the usual one, the port; WorldError for what is no address."""
    return _host(parsed(url))


def _host(url: httpx2.URL) -> str:
    name = url.raw_host.decode("ascii").lower()
    port = "" if url.port in (None, _PORTS.get(url.scheme)) else f":{url.port}"
    return (f"[{name}]" if ":" in name else name) + port


def without_query(url: str) -> str:
    """The address without its query, where signed links keep their secrets."""
    host, parts = host_of(url), urlsplit(url)
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def no_token(host: str) -> str:
    """Nobody is logged in anywhere."""
    return ""


def is_this_machine(host: str) -> bool:
    """Whether what is sent to `host` (a name or number, perhaps with a
    port) stays on this machine."""
    found = re.fullmatch(r"\[(.*)\](?::\d+)?|([^:]*)(?::\d+)?", host)
    name = (found[1] or found[2] or "") if found else host
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class _Watch:
    """Cuts a request's connection off when its time is over. (A time limit on reads begins anew
    with every byte that comes.)"""

    def __init__(self, seconds: float) -> None:
        self._lock, self._sockets, self._late = threading.Lock(), list[socket.socket](), False
        self._left = False
        self._timer, self._until = threading.Timer(seconds, self._cut), time.monotonic() + seconds
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
        """The time no longer counts; httpx2.ReadTimeout where it was over before."""
        self._timer.cancel()
        with self._lock:
            if self._late:
                raise httpx2.ReadTimeout("the answer did not come in time")
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
            for one in self._sockets:
                with contextlib.suppress(OSError):
                    # whoever reads from it is told that it ended
                    socket.socket.shutdown(one, socket.SHUT_RDWR)


class Web:
    """Opens addresses. `token_for` gives the token of a host ("": none); `plain_hosts` may be
    spoken to without encryption (and without a token); `local` says which hosts are this machine.
    ValueError for a proxy that is none."""

    def __init__(
        self,
        token_for: Callable[[str], str] = no_token,
        *,
        plain_hosts: tuple[str, ...] = (),
        proxy: str = "",
        silent_seconds: float = SILENT_SECONDS,
        local: Callable[[str], bool] = is_this_machine,
    ) -> None:
        self._silent = silent_seconds
        try:
            self._far = self._client(proxy=proxy or None)
        except (httpx2.InvalidURL, ImportError) as fault:
            # a SOCKS proxy needs a package that is not here
            raise ValueError(str(fault)) from fault
        self._near: httpx2.Client | None = None
        self._token_for, self._plain, self._local = token_for, plain_hosts, local

    def _client(self, **options: Any) -> httpx2.Client:
        timeout = httpx2.Timeout(CONNECT_SECONDS, read=self._silent)
        # each request on a connection of its own, so that `_Watch` hears of every one
        return httpx2.Client(
            timeout=timeout,
            follow_redirects=False,
            headers={"User-Agent": _AGENT},
            limits=_NO_REUSE,
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
    ) -> Generator[httpx2.Response]:
        """The answer to GET, its body unread; redirects are followed. WorldError, AccessDenied,
        NotThere, Busy or one of `Broken`.

        `seconds` is the time for all of it; without, only its head has a deadline, and the body may
        come as slowly as it likes.
        """
        with contextlib.ExitStack() as held, _Watch(seconds or HEAD_SECONDS) as watch:
            response = self._follow(url, headers, watch, held, seconds is not None)
            if seconds is None:
                watch.stop()
            yield response

    def read(
        self, url: str, *, limit: int = LARGEST_ANSWER, seconds: float = ANSWER_SECONDS
    ) -> bytearray:
        """A small answer as a whole. Errors as with `open`; WorldError where it is larger
        than `limit` bytes (unpacked ones too) or not here after `seconds` and what a slow
        line needs for what came (`SLOWEST` bytes a second), at most `LONGEST` times
        `seconds`. It may come packed."""
        start, host, body = time.monotonic(), host_of(url), bytearray()
        until = start + seconds

        def late() -> WorldError:
            return WorldError(
                f"{host} did not give its answer within {until - start:.0f} seconds.",
                "Try again later; check the connection, or the mirror's address in Settings.",
            )

        watch = _Watch(seconds)
        try:
            with contextlib.ExitStack() as held, watch:
                response = self._follow(url, {"Accept-Encoding": "gzip"}, watch, held, True)
                if response.status_code != 200:
                    raise WorldError(
                        f"{host} gave an answer that makes no sense.", "Try again later."
                    )
                for block in blocks_of(response):
                    body += block
                    if len(body) > limit:
                        raise WorldError(
                            (
                                f"The answer of {host} is larger than {limit / 2**20:.0f} MiB, "
                                "more than makes sense."
                            ),
                            "Try again later, or use another address.",
                        )
                    until = start + min(
                        seconds + response.num_bytes_downloaded / SLOWEST, LONGEST * seconds
                    )
                    watch.extend(until)
                    if time.monotonic() > until:
                        raise late()
        except Broken as fault:
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
    ) -> httpx2.Response:
        """The answer behind all redirects; `held` ends it."""
        at, seen, with_token = parsed(url), set[str](), True
        first, home = _host(at), (at.scheme, _host(at))
        while True:
            self._check(str(at), first)
            client = self._client_for(_host(at))
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
                self._refuse(response, first, small)
                return response
            seen.add(str(at))
            before, at = at, _next(at, response.headers.get("location", ""))
            held.pop_all().close()
            if before.scheme == "https" and at.scheme != "https":
                raise WorldError(
                    f"{_host(before)} sends to {_host(at) or 'an address'} without encryption.",
                    "Use another address.",
                )
            with_token = with_token and (at.scheme, _host(at)) == home
            if str(at) in seen or len(seen) > REDIRECTS:
                raise WorldError(
                    f"{_host(at)} sends in circles.", "Try again later, or use another address."
                )

    def _check(self, url: str, first: str) -> None:
        """Encrypted, or a host that may be spoken to without: this machine (if it was asked itself,
        not by a redirect) or a mirror."""
        at = parsed(url)
        host = _host(at)
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
        if not self._local(host):
            return self._far
        if self._near is None:
            self._near = self._client(transport=httpx2.HTTPTransport(limits=_NO_REUSE))
        return self._near

    def _headers(
        self, at: httpx2.URL, headers: dict[str, str] | None, with_token: bool
    ) -> dict[str, str]:
        found, host = {"Accept-Encoding": "identity", **(headers or {})}, _host(at)
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
            found["Authorization"] = f"Bearer {token}"
        return found

    def _refuse(self, response: httpx2.Response, asked: str, small: bool) -> None:
        """Turn an answer that is no content into what it means; a store that `asked` sent
        us to refuses when its link is too old; only where files lie are there such links,
        not for a `small` answer."""
        code, at = response.status_code, response.url
        host, reason = _host(at), response.headers.get("x-error-code", "")[:40]
        if code in (200, 206, 416):
            # RFC 9112 6.1: an error
            if "transfer-encoding" in response.headers and "content-length" in response.headers:
                raise WorldError(
                    f"{host} says in two ways how long its answer is, which makes no sense.",
                    "Use another address.",
                )
            return
        if code in (401, 403) and host != asked and not small:
            raise Busy(1.0)
        if code in (401, 403) and at.scheme != "https" and not self._local(host):
            raise WorldError(
                (
                    f"{host} asks for a login, and no access token is sent to it, because its "
                    "address has no encryption."
                ),
                "Use an address of it that begins with https.",
            )
        if code == 401:
            raise AccessDenied(
                401,
                f"{host} asks for a login.",
                "Enter an access token for it, then try again.",
                f"https://{host}",
                reason,
            )
        if code == 403:
            raise AccessDenied(
                403,
                f"{host} does not give this file to you yet.",
                "Accept the model's licence on its page, then try again.",
                f"https://{host}",
                reason,
            )
        if code in (404, 410):
            raise NotThere(
                f"There is no {at.path[-200:]} on {host}.",
                "Check the address; it may have been moved.",
                reason,
            )
        if code in (408, 425, 429) or code >= 500:
            raise Busy(_retry_after(response))
        raise WorldError(
            f"{host} answered with code {code}.", "Try again later, or use another address."
        )


def checked_address(field: str, url: str) -> str:
    """A web address that a person wrote into `field`, without "/" at its end;
    InvalidRequest for what is none."""
    try:
        at = parsed(url)
    except WorldError as fault:
        raise InvalidRequest(field, fault.message, fault.hint) from fault
    if at.scheme not in ("http", "https") or not at.host or at.query or at.fragment:
        raise InvalidRequest(field, f'"{url[:200]}" is no web address.', "Begin it with https://.")
    return url.rstrip("/")


def _next(at: httpx2.URL, location: str) -> httpx2.URL:
    """Where a redirect leads; WorldError for one that leads nowhere."""
    try:
        found = at.join(location) if 0 < len(location) <= LONGEST_ADDRESS else None
    except (httpx2.InvalidURL, ValueError):
        found = None
    if found is None or not _has_host(found) or found.userinfo:
        raise WorldError(
            f'{_host(at)} sends elsewhere, to "{location[:200]}", which is no web address.',
            "Try again later, or use another address.",
        )
    return found.copy_with(fragment=None)


def packed(response: httpx2.Response) -> str:
    """What the answer is packed with ("gzip", ...), though nobody asked for it;
    "" where it comes as it is."""
    found = response.headers.get("content-encoding", "").strip().lower()
    return "" if found == "identity" else found


def blocks_of(response: httpx2.Response) -> Generator[bytes]:
    """The body piece by piece, unpacked where that can be done (at most 1 MiB a piece);
    WorldError where it cannot."""
    packing = packed(response)
    if not packing:
        yield from response.iter_raw()
    elif packing in UNPACKED:
        yield from response.iter_bytes()
    else:
        raise WorldError(
            (
                f'{_host(response.url)} packed its answer with "{packing[:40]}", '
                "which nobody asked for."
            ),
            "Use another address, or a connection whose proxy leaves files as they are.",
        )


def number(text: str) -> int | None:
    """A whole number of a header; None for anything else."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def _retry_after(response: httpx2.Response) -> float:
    """Seconds to wait, as the header Retry-After says (a number or a date, RFC 9110 10.2.3);
    2 where it says nothing."""
    text = response.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+", text):
        return min(_NEVER_AGAIN, float(text[:40]))
    try:
        return min(_NEVER_AGAIN, max(0.0, parsedate_to_datetime(text).timestamp() - time.time()))
    except (TypeError, ValueError, OverflowError):
        return _ASK_AGAIN
