"""Access tokens by host, in the system's keyring; where there is none, in memory until the program
ends. Never in a file of ours."""

from __future__ import annotations

from core.system.errors import InvalidRequest

SERVICE = "calotype"
_SHORTEST = 8  # characters of a token
_LONGEST = 512


def _can_be_token(text: str) -> bool:
    return (
        _SHORTEST <= len(text) <= _LONGEST
        and text.isascii()
        and text.isprintable()
        and " " not in text
    )


class AccessTokens:
    """One for a whole program, handed to whoever connects."""

    def __init__(self) -> None:
        self._memory: dict[str, str] = {}

    def get(self, host: str) -> str:
        """The token for this host, or ""."""
        if host in self._memory:
            return self._memory[host]
        from keyring import get_password
        from keyring.errors import KeyringError

        try:
            token = get_password(SERVICE, host) or ""
        except (KeyringError, RuntimeError):  # no keyring, locked, or a broken one
            token = ""
        self._memory[host] = token
        return token

    def put(self, host: str, token: str) -> bool:
        """Keep a token ("" forgets it); False where only until the program ends.

        Raises InvalidRequest for what can be no token.
        """
        token = token.strip()
        if token and not _can_be_token(token):
            raise InvalidRequest(
                "token",
                "This is no access token.",
                "Copy it again from the page where it was made.",
            )
        self._memory[host] = token
        from keyring import delete_password, set_password
        from keyring.errors import KeyringError, PasswordDeleteError

        try:
            if token:
                set_password(SERVICE, host, token)
            else:
                delete_password(SERVICE, host)
        except PasswordDeleteError:
            return True
        except (KeyringError, RuntimeError):
            return False
        return True
