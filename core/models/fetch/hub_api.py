"""What the hub says about models: two questions of its API, checked field by field.

GET {hub}/api/models/OWNER/NAME[/revision/REVISION]?blobs=true says which files there are; GET
{hub}/api/models?search=... lists models. A field that is not what it should be costs that field, an
answer that makes no sense is one sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote, urlencode

import msgspec

from core.models.fetch.answers import AccessDenied, ConnectionBroken, HostBusy, NotFound, Untrusted
from core.models.fetch.http import Web
from core.models.fetch.web_address import host_of
from core.models.files.content import ENOUGH, UNKNOWN, content_of_start
from core.system.errors import WorldError

MAX_FILES = 20_000  # of a repository
MAX_TAGS = 200  # of a model
LONGEST = 1000  # characters of a name
_MOST_VALUES = 40 * MAX_FILES
_ID = re.compile(r"[\w.-]{1,96}(?:/[\w.-]{1,96})?", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RepoFile:
    """A file of a repository.
    `size` in bytes, None where it is not known; large files have `sha256`, small ones git's object
    id."""

    path: str
    size: int | None = None
    sha256: str = ""
    git_id: str = ""


@dataclass(frozen=True, slots=True)
class Repo:
    """A model of the hub: `sha` is the commit ("": unknown), `files` come in no order and with
    paths that are not checked yet."""

    id: str
    sha: str
    files: tuple[RepoFile, ...]
    license: str
    gated: bool
    downloads: int
    tags: tuple[str, ...]


class HubApi:
    """The API of the hub at `endpoint`."""

    def __init__(self, web: Web, endpoint: str) -> None:
        self._web = web
        self._endpoint = endpoint

    def model(self, repo: str, revision: str = "") -> Repo:
        """What a repository holds. Raises as `Web.read` does, and WorldError for an answer that
        makes no sense."""
        at = f"/revision/{quote(revision, safe='')}" if revision else ""
        raw = self._web.read(f"{self._endpoint}/api/models/{quote(repo)}{at}?blobs=true")
        if raw.count(b",") > _MOST_VALUES:
            raise WorldError(
                f"{repo} holds more files than any model has.", "Choose another repository."
            )
        model = _decoded(raw, _Model)
        if model is None:
            raise _nonsense(self._endpoint, raw)
        return _repo(model, repo, self._endpoint)

    def search(self, words: str, tag: str, limit: int) -> tuple[Repo, ...]:
        """Models for text to image with `words` in their names, the most downloaded first. Raises
        as `model` does."""
        asked = {
            "search": words,
            "filter": tag,
            "pipeline_tag": "text-to-image",
            "sort": "downloads",
            "limit": str(limit),
        }
        query = urlencode({key: text for key, text in asked.items() if text})
        raw = self._web.read(f"{self._endpoint}/api/models?{query}")
        rows = _decoded(raw, list[msgspec.Raw]) if raw.count(b",") <= _MOST_VALUES else None
        if rows is None:
            raise _nonsense(self._endpoint, raw)
        models = [_decoded(row, _Model) for row in rows[:limit]]
        repos = [_repo(model, "", self._endpoint) for model in models if model is not None]
        return tuple(repo for repo in repos if _ID.fullmatch(repo.id) and ".." not in repo.id)


def told(fault: BaseException, endpoint: str, repo: str, *, has_token: bool = False) -> WorldError:
    """A fault of the hub in one sentence; `has_token`: an access token for it was sent."""
    host = host_of(endpoint)
    if isinstance(fault, AccessDenied):
        # so it says to who is not logged in
        if fault.code == 401 and fault.reason in ("RepoNotFound", "EntryNotFound"):
            return _not_found(repo, host)
        # a mirror sent there, and no token went along
        if fault.page and host_of(fault.page) != host:
            return _denied(fault.code, fault.page, repo, False)
        return _denied(fault.code, endpoint, repo, has_token)
    if isinstance(fault, NotFound):
        if fault.reason == "RevisionNotFound":
            return WorldError(f"{repo} has no such revision.", "Leave it out, or check its name.")
        return _not_found(repo, host) if repo else fault
    if isinstance(fault, HostBusy):
        return WorldError(f"{host} is busy.", "Try again in some minutes.")
    if isinstance(fault, Untrusted):
        return WorldError(
            f"{host} cannot prove that it is {host}: its certificate is not trusted.",
            (
                "Check the connection: some networks answer themselves until one logs "
                "in on a page of theirs."
            ),
        )
    if isinstance(fault, ConnectionBroken):
        return WorldError(
            f"{host} cannot be reached.",
            "Check the connection, the proxy in Settings, or the mirror's address.",
        )
    return fault if isinstance(fault, WorldError) else _nonsense(endpoint)


def _not_found(repo: str, host: str) -> WorldError:
    return WorldError(
        f"There is no {repo} on {host}, or it is private.",
        "Check the name; for a private one enter an access token.",
    )


def _denied(code: int, endpoint: str, repo: str, has_token: bool) -> AccessDenied:
    """401 opens the page of tokens, 403 the page with the licence."""
    what = repo or host_of(endpoint)
    if code == 401 and has_token:
        return AccessDenied(
            401,
            f"{host_of(endpoint)} does not accept the access token that it was given for {what}.",
            "Enter a new one with the right to read, then try again.",
            f"{endpoint}/settings/tokens",
        )
    if code == 401:
        return AccessDenied(
            401,
            f"{what} can only be downloaded with a login.",
            "Enter an access token with the right to read, then try again.",
            f"{endpoint}/settings/tokens",
        )
    return AccessDenied(
        403,
        f"{what} is open to those who accepted its licence, which your account has not yet.",
        "Accept it on the model's page, then try again.",
        f"{endpoint}/{repo}",
    )


def _nonsense(endpoint: str, answer: bytearray | None = None) -> WorldError:
    """What came instead of an answer, where that is easy to see: a web page,
    as networks send that want a login first."""
    host = host_of(endpoint)
    content = UNKNOWN if answer is None else content_of_start(bytes(answer[:ENOUGH]), len(answer))
    if content.id in ("json", "text", "unknown", "safetensors"):
        return WorldError(
            f"{host} gave an answer that makes no sense.",
            "Try again later, or check the mirror's address.",
        )
    return WorldError(
        f"{host} answered with {content.words} where a list of files was expected.",
        (
            "Check the mirror's address, and whether the network asks for a "
            "login on a page of its own."
        ),
    )


_NOTHING = msgspec.Raw(b"null")


class _Model(msgspec.Struct):
    """Fields are decoded one by one (`_decoded`), so that an odd one costs itself only."""

    id: msgspec.Raw = _NOTHING
    sha: msgspec.Raw = _NOTHING
    siblings: msgspec.Raw = _NOTHING
    card: msgspec.Raw = msgspec.field(default=_NOTHING, name="cardData")
    gated: msgspec.Raw = _NOTHING
    downloads: msgspec.Raw = _NOTHING
    tags: msgspec.Raw = _NOTHING


class _Sibling(msgspec.Struct):
    path: msgspec.Raw = msgspec.field(default=_NOTHING, name="rfilename")
    size: msgspec.Raw = _NOTHING
    blob: msgspec.Raw = msgspec.field(default=_NOTHING, name="blobId")
    lfs: msgspec.Raw = _NOTHING


class _Lfs(msgspec.Struct):
    sha256: msgspec.Raw = _NOTHING
    size: msgspec.Raw = _NOTHING


class _Card(msgspec.Struct):
    license: msgspec.Raw = _NOTHING
    license_name: msgspec.Raw = _NOTHING


def _decoded(raw: bytearray | msgspec.Raw, kind: type[T]) -> T | None:
    """JSON as `kind`; None where it is something else, broken, or nested too deeply."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None


def _repo(model: _Model, asked: str, endpoint: str) -> Repo:
    named = _text(model.id)
    sha = _text(model.sha)
    tags = _tags(model.tags)
    gated = _decoded(model.gated, bool) or _text(model.gated) in ("auto", "manual")
    return Repo(
        id=asked or named,
        sha=sha if _HEX.fullmatch(sha) else "",
        files=_files(model.siblings, asked, endpoint),
        license=_license(model.card, tags),
        gated=gated,
        downloads=_count(model.downloads) or 0,
        tags=tags,
    )


def _files(raw: msgspec.Raw, repo: str, endpoint: str) -> tuple[RepoFile, ...]:
    rows = _decoded(raw, list[msgspec.Raw])
    if rows is None and repo:
        raise _nonsense(endpoint)
    if rows is None:  # the answer to a search names no files
        return ()
    if len(rows) > MAX_FILES:
        raise WorldError(
            f"{repo} holds {len(rows):,} files; no model has that many.",
            "Choose another repository.",
        )
    files = [_file(sibling) for row in rows if (sibling := _decoded(row, _Sibling)) is not None]
    if rows and not any(file.path for file in files):
        raise _nonsense(endpoint)
    return tuple(file for file in files if file.path)


def _file(sibling: _Sibling) -> RepoFile:
    path = _text(sibling.path)
    lfs = _decoded(sibling.lfs, _Lfs)
    if lfs is not None:
        digest = _text(lfs.sha256).lower()
        return RepoFile(path, _count(lfs.size), digest if _SHA256.fullmatch(digest) else "")
    blob = _text(sibling.blob).lower()
    is_id = _HEX.fullmatch(blob) and len(blob) == 40
    return RepoFile(path, _count(sibling.size), git_id=blob if is_id else "")


def _license(raw: msgspec.Raw, tags: tuple[str, ...]) -> str:
    card = _decoded(raw, _Card)
    said = ""
    if card is not None:
        said = _text(card.license_name) or _text(card.license)
    tagged = (tag.removeprefix("license:") for tag in tags if tag.startswith("license:"))
    return said or next(tagged, "")


def _tags(raw: msgspec.Raw) -> tuple[str, ...]:
    rows = _decoded(raw, list[msgspec.Raw])
    return tuple(text for row in (rows or [])[:MAX_TAGS] if (text := _text(row)))


def _text(raw: msgspec.Raw) -> str:
    text = _decoded(raw, str) or ""
    return text if len(text) <= LONGEST and text.isprintable() else ""


def _count(raw: msgspec.Raw) -> int | None:
    """A size or a number of something, from 0 to 2^63 - 1."""
    number = _decoded(raw, int)
    return number if number is not None and 0 <= number < 2**63 else None
