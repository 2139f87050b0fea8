"""What to download: from a hub id or a web address to a `Plan` of files with sizes and hashes.

What the hub says comes through `hub_api.py`, which of its files a model needs is told in
`repository_files.py`, and the transfer is `download.py`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from core.models.fetch.answers import AccessDenied, Answer, ConnectionBroken, HostBusy, NotFound
from core.models.fetch.download import RemoteFile
from core.models.fetch.http import Web, no_token
from core.models.fetch.hub_api import HubApi, Repo, RepoFile, told
from core.models.fetch.repository_files import files_of, needed, only_file, plain_name, singles
from core.models.fetch.web_address import host_of, parse_url
from core.system.errors import InvalidRequest, WorldError
from core.system.json_files import as_table, parse_json

USUAL = "https://huggingface.co"
MAX_INDEX = 2**20  # bytes of a model_index.json
_ID = re.compile(r"[\w.-]{1,96}(?:/[\w.-]{1,96})?(?:@[\w./-]{1,96})?", re.ASCII)
_SECRETS = frozenset({"token", "access_token", "api_key", "apikey", "key", "password"})
SEARCHED = {
    "": "diffusers",
    "sd": "diffusers:StableDiffusionPipeline",
    "sdxl": "diffusers:StableDiffusionXLPipeline",
    # tags of the hub
    "sd3": "diffusers:StableDiffusion3Pipeline",
    "flux": "diffusers:FluxPipeline",
    "lora": "lora",
}
_COMMON_NAMES = frozenset(
    {
        "pytorch_lora_weights",
        "diffusion_pytorch_model",
        "diffusion_pytorch_model.fp16",
        "model",
        "adapter_model",
    }
)


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file of a plan; `path` is relative to where the model will lie, with forward slashes."""

    path: str
    remote: RemoteFile


@dataclass(frozen=True, slots=True)
class Plan:
    """A model to be installed.
    `folder` tells a diffusers folder from a single file; `page` is where a person can read about
    it."""

    name: str
    source: str
    files: tuple[PlannedFile, ...]
    folder: bool
    license: str = ""
    page: str = ""

    @property
    def total(self) -> int | None:
        """Bytes in all, where every file's size is known."""
        known = [file.remote.size for file in self.files if file.remote.size is not None]
        return sum(known) if len(known) == len(self.files) else None


@dataclass(frozen=True, slots=True)
class HubResult:
    """A model that a search on the hub found."""

    id: str
    downloads: int
    license: str
    gated: bool
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a model is: `repo` (with `revision` and perhaps `file`) on the
    hub, or `url` anywhere else."""

    repo: str = ""
    revision: str = ""
    file: str = ""
    url: str = ""


def address_of(text: str, endpoint: str) -> Address:
    """Understand OWNER/NAME, OWNER/NAME@REVISION, an address of the hub, or any other web address.
    Raises InvalidRequest for what is none of them, or carries a secret."""
    text = text.strip()
    if "://" not in text:
        if not _ID.fullmatch(text) or ".." in text:
            raise InvalidRequest(
                "address",
                f'"{text[:100]}" is neither a hub id nor a web address.',
                "Write OWNER/NAME, or paste an address.",
            )
        repo, _, revision = text.partition("@")
        return Address(repo, revision)
    try:
        if parse_url(text).scheme not in ("https", "http"):
            raise WorldError(f'"{text[:200]}" is no web address.', "Begin it with https://.")
    except WorldError as fault:
        raise InvalidRequest("address", fault.message, fault.hint) from fault
    if host_of(text) not in (host_of(endpoint), "huggingface.co", "hf.co"):
        if secrets := _SECRETS & {name.lower() for name in parse_qs(urlsplit(text).query)}:
            raise InvalidRequest(
                "address",
                (
                    f'The address carries a secret ("{min(secrets)}"), which would be '
                    "written down with the model."
                ),
                "Take it out, and enter it as an access token for the host.",
            )
        return Address(url=text)
    parts = [unquote(part) for part in urlsplit(text).path.split("/") if part]
    if len(parts) < 2 or not _ID.fullmatch("/".join(parts[:2])):
        raise InvalidRequest(
            "address",
            "This address names no model.",
            "Paste the address of a model's page, or OWNER/NAME.",
        )
    repo = "/".join(parts[:2])
    rest = parts[2:]
    if rest[:1] and rest[0] in ("resolve", "blob", "raw", "tree"):
        revision = rest[1] if len(rest) > 1 else ""
        file = "/".join(rest[2:]) if rest[0] != "tree" else ""
        return Address(repo, revision, file)
    return Address(repo)


def usual_hub() -> str:
    """The hub that the variable HF_ENDPOINT names, as other programs understand
    it; without, the usual one."""
    return os.environ.get("HF_ENDPOINT", "").strip().rstrip("/") or USUAL


class Hub:
    """The hub at `endpoint` (HF_ENDPOINT's, or a mirror's).
    `web` fetches; `token_for` tells for which hosts it has a token."""

    def __init__(
        self, web: Web, token_for: Callable[[str], str] = no_token, endpoint: str = ""
    ) -> None:
        self._web = web
        self._token_for = token_for
        self.endpoint = endpoint.rstrip("/") or usual_hub()
        self._api = HubApi(web, self.endpoint)

    def plan(self, text: str, *, file: str = "") -> Plan:
        """What is to be downloaded for `text` (see `address_of`); `file` chooses one of a
        repository's single files. Raises InvalidRequest for what is no address or no choice,
        AccessDenied or WorldError for what the hub does not give."""
        address = address_of(text, self.endpoint)
        if address.url:
            return self._elsewhere(address.url)
        info = self._info(address)
        revision = info.sha or address.revision or "main"
        wanted = file or address.file
        if not wanted and "model_index.json" in files_of(info):
            return self._pipeline(info, revision)
        return self._single_file(info, revision, wanted)

    def _pipeline(self, info: Repo, revision: str) -> Plan:
        files = files_of(info)
        index = self._index(info.id, revision, files["model_index.json"])
        planned = tuple(
            PlannedFile(path, self._remote(info.id, revision, path, files[path]))
            for path in needed(files, index, info.id)
        )
        return Plan(
            name=info.id.rpartition("/")[2],
            source=info.id,
            files=planned,
            folder=True,
            license=info.license,
            page=f"{self.endpoint}/{info.id}",
        )

    def _single_file(self, info: Repo, revision: str, wanted: str) -> Plan:
        files = files_of(info)
        wanted = wanted or only_file(files, info.id)
        if wanted not in files:
            raise WorldError(
                f"{info.id} has no file {wanted}.",
                f"It has: {', '.join(singles(files)) or 'no safetensors file'}.",
            )
        if not wanted.endswith(".safetensors"):
            raise WorldError(
                f"{wanted} is no safetensors file.",
                "Other kinds can run programs hidden in them; choose another file.",
            )
        stem = PurePosixPath(wanted).stem
        name = info.id.rpartition("/")[2] if stem in _COMMON_NAMES else stem
        remote = self._remote(info.id, revision, wanted, files[wanted])
        return Plan(
            name=name,
            source=f"{info.id}/{wanted}",
            files=(PlannedFile(f"{name}.safetensors", remote),),
            folder=False,
            license=info.license,
            page=f"{self.endpoint}/{info.id}",
        )

    def search(self, words: str, *, kind: str = "", limit: int = 40) -> tuple[HubResult, ...]:
        """Models of the hub for text to image whose names match, the most downloaded first; `kind`
        is a key of `SEARCHED`. Raises AccessDenied or WorldError where the hub does not answer."""
        try:
            repos = self._api.search(words, SEARCHED[kind], limit)
        except (AccessDenied, NotFound, HostBusy, ConnectionBroken) as fault:
            raise self._told(fault, "") from fault
        return tuple(
            HubResult(
                id=repo.id,
                downloads=repo.downloads,
                license=repo.license,
                gated=repo.gated,
                tags=repo.tags,
            )
            for repo in repos
        )

    def _info(self, address: Address) -> Repo:
        try:
            return self._api.model(address.repo, address.revision)
        except (AccessDenied, NotFound, HostBusy, ConnectionBroken) as fault:
            raise self._told(fault, address.repo) from fault

    def _told(self, fault: BaseException, repo: str) -> WorldError:
        return told(
            fault, self.endpoint, repo, has_token=bool(self._token_for(host_of(self.endpoint)))
        )

    def _remote(self, repo: str, revision: str, path: str, file: RepoFile) -> RemoteFile:
        url = f"{self.endpoint}/{repo}/resolve/{quote(revision, safe='')}/{quote(path)}"
        return RemoteFile(url, file.size, file.sha256, file.git_id)

    def _index(self, repo: str, revision: str, file: RepoFile) -> dict[str, Any]:
        """The pipeline's index: which parts there are."""
        url = self._remote(repo, revision, "model_index.json", file).url
        try:
            return as_table(parse_json(self._web.read(url, limit=MAX_INDEX)))
        except (AccessDenied, NotFound, HostBusy, ConnectionBroken) as fault:
            raise self._told(fault, repo) from fault
        except ValueError as fault:
            raise WorldError(
                f"The index of {repo} cannot be read.", "Choose another model."
            ) from fault

    def _elsewhere(self, url: str) -> Plan:
        """A single file at any address: its name and size come from the answer's head."""
        try:
            with self._web.open(url, {"Range": "bytes=0-0"}) as answer:
                size = _size_of_all(answer)
                name = _offered_name(answer.header("content-disposition"))
        except (ConnectionBroken, HostBusy) as fault:
            raise told(fault, url, "") from fault
        name = name or unquote(PurePosixPath(urlsplit(url).path).name)
        stem = plain_name(PurePosixPath(name.replace("\\", "/")).stem)
        return Plan(
            name=stem,
            source=url,
            files=(PlannedFile(f"{stem}.safetensors", RemoteFile(url, size)),),
            folder=False,
            page=f"https://{host_of(url)}",
        )


def _size_of_all(answer: Answer) -> int | None:
    """Bytes of a whole file, from the answer to a question for its first one;
    None where that is not said."""
    if answer.packing:  # what is said is the size of the packed answer
        return None
    if ranged := re.fullmatch(r"bytes 0-0/([0-9]{1,18})", answer.header("content-range")):
        return int(ranged[1])
    return answer.length if answer.code == 200 else None


def _offered_name(disposition: str) -> str:
    """The file name of a Content-Disposition header (RFC 6266)."""
    if match := re.search(r"filename\*\s*=\s*(?:UTF-8|utf-8)''([^;]+)", disposition):
        return unquote(match[1])
    match = re.search(r'filename\s*=\s*(?:"([^"]+)"|([^;\s]+))', disposition)
    return (match[1] or match[2]) if match else ""
