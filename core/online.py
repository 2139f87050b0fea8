"""Opens the network for what a person asked: the hub and the client that fetches, as the settings say."""

from __future__ import annotations

import os

from core.errors import InvalidRequest, WorldError
from core.keys import Keys
from core.models.hub import Hub
from core.models.net import Web, host_of
from core.settings import Settings


def hub_address(settings: Settings) -> str:
    """The hub's address: the mirror of the settings, else HF_ENDPOINT's, else the usual one. InvalidRequest for what is none."""
    from huggingface_hub import constants

    found = (settings.mirror or constants.ENDPOINT).rstrip("/")
    if not found.startswith(("https://", "http://")):
        raise InvalidRequest("mirror", f'"{found}" is no web address.', "Begin it with https://, or empty the field in Settings.")
    return found


def connect(settings: Settings, keys: Keys) -> tuple[Hub, Web]:
    """The hub and the client; WorldError where the person chose to stay offline. Close the client after use.

    The variable HF_TOKEN counts for the hub where no token was kept.
    """
    if settings.offline:
        raise WorldError("Calotype was told to stay offline.", 'Switch "Stay offline" off in Settings to download.')
    address = hub_address(settings)
    hub_host = host_of(address)

    def token_for(host: str) -> str:
        return keys.get(host) or (os.environ.get("HF_TOKEN", "").strip() if host == hub_host else "")
    try:
        web = Web(token_for, plain_hosts=(hub_host,), proxy=settings.proxy)
    except ValueError as fault:
        raise InvalidRequest("proxy", f'"{settings.proxy}" is no proxy address.', "Write http://host:port, or empty the field.") from fault
    return Hub(web, token_for, address, settings.proxy), web
