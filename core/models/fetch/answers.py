"""What a host answered, and what it means where that is no content: a login, a licence, nothing
there, a wait, a broken connection. Each is an exception of our own: nobody meets the client's.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Generator
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from core.models.fetch.web_address import host_name
from core.system.errors import WorldError

if TYPE_CHECKING:
    import httpx2

UNPACKED = ("gzip", "deflate")  # what an answer may be packed with though nobody asked for it
_ASK_AGAIN = 2.0  # seconds to wait where a busy host does not say how long
_NEVER_AGAIN = 1e9  # seconds


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
        self.code = code
        self.page = page
        self.reason = reason


class NotFound(WorldError):
    """The host has nothing at this address; `reason` as with AccessDenied."""

    def __init__(self, message: str, hint: str, reason: str = "") -> None:
        super().__init__(message, hint)
        self.args = (message, hint, reason)
        self.reason = reason


class HostBusy(Exception):
    """The host asks to come back after `seconds` (429, 503), or has trouble of its own (5xx)."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class ConnectionBroken(Exception):
    """The connection could not be made, was cut, fell silent or carried what makes no sense."""


class TimedOut(ConnectionBroken):
    """The host took the question and then sent nothing in time."""


class BadAnswer(ConnectionBroken):
    """What came keeps no rule of HTTP, or is not what its own head announced."""


class Untrusted(ConnectionBroken):
    """The host's certificate is not trusted."""


class Answer:
    """What a host answered; its body is read once, piece by piece."""

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response

    @property
    def code(self) -> int:
        """The status: 200 for all of it, 206 for a part, 416 where there is no such part."""
        return self._response.status_code

    @property
    def host(self) -> str:
        """Who answered, behind all redirects."""
        return host_name(self._response.url)

    @property
    def path(self) -> str:
        """The path that was asked for, behind all redirects."""
        return self._response.url.path

    @property
    def encrypted(self) -> bool:
        """Whether it came by https."""
        return self._response.url.scheme == "https"

    def header(self, name: str) -> str:
        """A header's text; "" where there is none."""
        return self._response.headers.get(name, "")

    @property
    def length(self) -> int | None:
        """Bytes of the body as it comes, packed or not; None where its head does not say."""
        text = self.header("content-length")
        return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None

    @property
    def says_length_twice(self) -> bool:
        """Whether its head gives both a length and blocks of their own lengths."""
        headers = self._response.headers
        return "transfer-encoding" in headers and "content-length" in headers

    @property
    def packing(self) -> str:
        """What it is packed with ("gzip", ...), though nobody asked for it;
        "" where it comes as it is."""
        packing = self.header("content-encoding").strip().lower()
        return "" if packing == "identity" else packing

    @property
    def came(self) -> int:
        """Bytes of the body that have come so far, packed as they are."""
        return self._response.num_bytes_downloaded

    def blocks(self) -> Generator[bytes]:
        """The body piece by piece, unpacked where that can be done (at most 1 MiB a piece). Raises
        WorldError where it cannot, ConnectionBroken where it breaks off."""
        with in_our_words():
            if not self.packing:
                yield from self._response.iter_raw()
            elif self.packing in UNPACKED:
                yield from self._response.iter_bytes()
            else:
                raise WorldError(
                    (
                        f'{self.host} packed its answer with "{self.packing[:40]}", '
                        "which nobody asked for."
                    ),
                    "Use another address, or a connection whose proxy leaves files as they are.",
                )


@contextlib.contextmanager
def in_our_words() -> Generator[None]:
    """What the client raises where a connection breaks is raised as ConnectionBroken (TimedOut,
    BadAnswer, Untrusted where that is known)."""
    import httpx2

    try:
        yield
    except httpx2.ReadTimeout as fault:
        raise TimedOut(str(fault)) from fault
    except httpx2.RemoteProtocolError as fault:
        raise BadAnswer(str(fault)) from fault
    except (httpx2.TransportError, httpx2.StreamError, httpx2.DecodingError) as fault:
        # OpenSSL's name for it; the client has none
        kind = Untrusted if "CERTIFICATE_VERIFY_FAILED" in str(fault) else ConnectionBroken
        raise kind(str(fault)) from fault


def refusal(
    code: int, host: str, path: str, reason: str, retry_after: str
) -> WorldError | HostBusy:
    """What an answer without content means by its status `code`; `reason` is the hub's word
    for it, `retry_after` the header of that name."""
    if code == 401:
        return AccessDenied(
            code=401,
            message=f"{host} asks for a login.",
            hint="Enter an access token for it, then try again.",
            page=f"https://{host}",
            reason=reason,
        )
    if code == 403:
        return AccessDenied(
            code=403,
            message=f"{host} does not give this file to you yet.",
            hint="Accept the model's licence on its page, then try again.",
            page=f"https://{host}",
            reason=reason,
        )
    if code in (404, 410):
        return NotFound(
            f"There is no {path[-200:]} on {host}.",
            "Check the address; it may have been moved.",
            reason,
        )
    if code in (408, 425, 429) or code >= 500:
        return HostBusy(_seconds(retry_after.strip()))
    return WorldError(
        f"{host} answered with code {code}.", "Try again later, or use another address."
    )


def _seconds(text: str) -> float:
    """Seconds to wait, as the header Retry-After says (a number or a date, RFC 9110 10.2.3);
    2 where it says nothing."""
    if re.fullmatch(r"[0-9]+", text):
        return min(_NEVER_AGAIN, float(text[:40]))
    try:
        return min(_NEVER_AGAIN, max(0.0, parsedate_to_datetime(text).timestamp() - time.time()))
    except (TypeError, ValueError, OverflowError):
        return _ASK_AGAIN
