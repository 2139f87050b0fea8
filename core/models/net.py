"""The only door to the network: one HTTP client with our rules about hosts, redirects, tokens and what an answer means.

Nothing here runs unless a person asked for it (an install, a search, a catalogue entry). Tokens go to their own host only,
never through a redirect to another one and never over plain HTTP (loopback and the configured mirror excepted).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx2

from core.errors import WorldError

CONNECT_SECONDS, SILENT_SECONDS, REDIRECTS = 20.0, 30.0, 8
LONGEST_WAIT = 300.0
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_AGENT = "calotype"


class AccessDenied(WorldError):
    """The host wants a login (`code` 401) or a consent to its licence (403); `page` is where a person does that."""

    def __init__(self, code: int, message: str, hint: str, page: str = "") -> None:
        super().__init__(message, hint)
        self.args = (code, message, hint, page)
        self.code, self.page = code, page


class Busy(Exception):
    """The host asks to come back after `seconds` (429, 503), or has trouble of its own (5xx)."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


Broken = (httpx2.TransportError, httpx2.StreamError, httpx2.DecodingError)  # what a cut, silent or garbled connection raises


def host_of(url: str) -> str:
    """The host and, where it is named, the port; WorldError for what is no address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise WorldError(f'"{url[:200]}" is no web address.', "Check the address.") from None
    name = (parts.hostname or "").lower()
    return (f"[{name}]" if ":" in name else name) + (f":{port}" if port else "")


def without_query(url: str) -> str:
    """The address without its query, where signed links keep their secrets."""
    host, parts = host_of(url), urlsplit(url)
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def no_token(host: str) -> str:
    """Nobody is logged in anywhere."""
    return ""


class Web:
    """Opens addresses. `token_for` gives the token of a host ("": none); `plain_hosts` may be spoken to without encryption."""

    def __init__(self, token_for: Callable[[str], str] = no_token, *, plain_hosts: tuple[str, ...] = (), proxy: str = "",
                 silent_seconds: float = SILENT_SECONDS) -> None:
        timeout = httpx2.Timeout(CONNECT_SECONDS, read=silent_seconds)
        self._client = httpx2.Client(timeout=timeout, follow_redirects=False, proxy=proxy or None, headers={"User-Agent": _AGENT})
        self._token_for, self._plain = token_for, plain_hosts

    def close(self) -> None:
        """End all connections."""
        self._client.close()

    @contextlib.contextmanager
    def open(self, url: str, headers: dict[str, str] | None = None) -> Generator[httpx2.Response]:
        """The answer to GET, its body unread; redirects are followed. WorldError, AccessDenied, Busy or one of `Broken`."""
        with contextlib.ExitStack() as held:
            seen: set[str] = set()
            first = host_of(url)
            while True:
                self._check(url, first)
                response = held.enter_context(self._client.stream("GET", url, headers=self._headers(url, headers)))
                if response.status_code not in (301, 302, 303, 307, 308):
                    break
                seen.add(url)
                url = urljoin(url, response.headers.get("location", ""))
                held.pop_all().close()
                if url in seen or len(seen) > REDIRECTS:
                    raise WorldError(f"{host_of(url)} sends in circles.", "Try again later, or use another address.")
            _refuse(response, first)
            yield response

    def _check(self, url: str, first: str) -> None:
        """Encrypted, or a host that may be spoken to without: this machine (if it was asked itself, not by a redirect) or a mirror."""
        host, parts = host_of(url), urlsplit(url)
        if not parts.hostname:
            raise WorldError(f'"{url[:200]}" is no web address.', "Check the address.")
        own = parts.hostname in _LOOPBACK and urlsplit(f"//{first}").hostname in _LOOPBACK
        if parts.scheme != "https" and not (parts.scheme == "http" and (own or host in self._plain)):
            raise WorldError(f"{host} would be asked without encryption.", "Use an address that begins with https.")

    def _headers(self, url: str, headers: dict[str, str] | None) -> dict[str, str]:
        found = {"Accept-Encoding": "identity", **(headers or {})}
        if token := self._token_for(host_of(url)):
            found["Authorization"] = f"Bearer {token}"
        return found


def _refuse(response: httpx2.Response, asked: str) -> None:
    """Turn an answer that is no content into what it means; a store that `asked` sent us to refuses when its link is too old."""
    code, url = response.status_code, str(response.url)
    if code in (200, 206, 416):
        return
    host = host_of(url)
    if code in (401, 403) and host != asked:
        raise Busy(1.0)
    if code == 401:
        raise AccessDenied(401, f"{host} asks for a login.", "Enter an access token for it, then try again.", f"https://{host}")
    if code == 403:
        raise AccessDenied(403, f"{host} does not give this file to you yet.", "Accept the model's licence on its page, then try again.",
                           f"https://{host}")
    if code in (404, 410):
        raise WorldError(f"There is no {urlsplit(url).path[-200:]} on {host}.", "Check the address; it may have been moved.")
    if code in (408, 425, 429) or code >= 500:
        raise Busy(_retry_after(response))
    raise WorldError(f"{host} answered with code {code}.", "Try again later, or use another address.")


def _retry_after(response: httpx2.Response) -> float:
    """Seconds to wait, as the header Retry-After says (a number or a date, RFC 9110 10.2.3); 2 where it says nothing."""
    text = response.headers.get("retry-after", "")
    try:
        seconds = float(text) if text.strip().isdigit() else parsedate_to_datetime(text).timestamp() - time.time()
    except (TypeError, ValueError):
        seconds = 2.0
    return min(LONGEST_WAIT, max(0.0, seconds))
