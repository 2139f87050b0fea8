"""Opens the network as the settings say: the hub, and the client that fetches."""

from __future__ import annotations

import os

from core.models.fetch.http import Web
from core.models.fetch.hub import Hub, usual_hub
from core.models.fetch.web_address import checked_address, host_of
from core.system.errors import InvalidRequest, WorldError
from core.system.settings import Settings
from core.system.tokens import AccessTokens


def hub_address(settings: Settings) -> str:
    """The hub's address: the mirror of the settings, else HF_ENDPOINT's, else the usual one. Raises
    InvalidRequest for what is none."""
    return checked_address("mirror", settings.mirror or usual_hub())


def connect(settings: Settings, keys: AccessTokens) -> tuple[Hub, Web]:
    """The hub and the client, which is to be closed after use.

    Raises WorldError where the person chose to stay offline, InvalidRequest where the mirror or the
    proxy of the settings is none.

    The variable HF_TOKEN counts for the hub where no token was kept.
    """
    if settings.offline:
        raise WorldError(
            "Calotype was told to stay offline.",
            'Switch "Stay offline" off in Settings to download.',
        )
    address = hub_address(settings)
    hub_host = host_of(address)

    def token_for(host: str) -> str:
        return keys.get(host) or (
            os.environ.get("HF_TOKEN", "").strip() if host == hub_host else ""
        )

    plain = (hub_host,) if address.lower().startswith("http://") else ()
    try:
        web = Web(token_for, plain_hosts=plain, proxy=settings.proxy)
    except ValueError as fault:
        if not settings.proxy:
            raise InvalidRequest(
                "proxy",
                f"The system's proxy cannot be used: {fault}.",
                "Write http://host:port into Settings, Proxy, or correct HTTP_PROXY and ALL_PROXY.",
            ) from fault
        raise InvalidRequest(
            "proxy",
            f'"{settings.proxy}" is no proxy address.',
            "Write http://host:port, or empty the field.",
        ) from fault
    return Hub(web, token_for, address), web
