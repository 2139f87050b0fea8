"""What a web address is, which host it names, and which hosts are this machine."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from core.system.errors import InvalidRequest, WorldError

if TYPE_CHECKING:
    import httpx2

LONGEST_ADDRESS = 8192  # characters
_PORTS = {"https": 443, "http": 80}


def parse_url(url: str) -> httpx2.URL:
    """The address as the client itself reads it. Raises WorldError for what is none, or carries a
    user name and a password."""
    import httpx2

    try:
        address = httpx2.URL(url) if len(url) <= LONGEST_ADDRESS else None
        urlsplit(url)  # what one of the two refuses is none
    except (httpx2.InvalidURL, ValueError):
        address = None
    if address is None or not _has_host(address):
        raise WorldError(f'"{url[:200]}" is no web address.', "Check the address.")
    if address.userinfo:
        raise WorldError(
            (
                f"The address of {address.host} carries a user name or a password, "
                "which would be written down with it."
            ),
            "Take it out, and enter an access token for the host.",
        )
    return address


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
    """The host and, where it is not the usual one, the port. Raises WorldError for what is no
    address."""
    return host_name(parse_url(url))


def host_name(url: httpx2.URL) -> str:
    """As `host_of`, of an address that is parsed already."""
    name = url.raw_host.decode("ascii").lower()
    port = "" if url.port in (None, _PORTS.get(url.scheme)) else f":{url.port}"
    return (f"[{name}]" if ":" in name else name) + port


def without_query(url: str) -> str:
    """The address without its query, where signed links keep their secrets. Raises WorldError for
    what is no address."""
    host = host_of(url)
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def is_this_machine(host: str) -> bool:
    """Whether what is sent to `host` (a name or number, perhaps with a
    port) stays on this machine."""
    match = re.fullmatch(r"\[(.*)\](?::\d+)?|([^:]*)(?::\d+)?", host)
    name = (match[1] or match[2] or "") if match else host
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def checked_address(field: str, url: str) -> str:
    """A web address that a person wrote into `field`, without "/" at its end. Raises InvalidRequest
    for what is none."""
    try:
        at = parse_url(url)
    except WorldError as fault:
        raise InvalidRequest(field, fault.message, fault.hint) from fault
    if at.scheme not in ("http", "https") or not at.host or at.query or at.fragment:
        raise InvalidRequest(field, f'"{url[:200]}" is no web address.', "Begin it with https://.")
    return url.rstrip("/")


def redirect_target(at: httpx2.URL, location: str) -> httpx2.URL:
    """Where a redirect leads. Raises WorldError for one that leads nowhere."""
    import httpx2

    try:
        target = at.join(location) if 0 < len(location) <= LONGEST_ADDRESS else None
    except (httpx2.InvalidURL, ValueError):
        target = None
    if target is None or not _has_host(target) or target.userinfo:
        raise WorldError(
            f'{host_name(at)} sends elsewhere, to "{location[:200]}", which is no web address.',
            "Try again later, or use another address.",
        )
    return target.copy_with(fragment=None)
