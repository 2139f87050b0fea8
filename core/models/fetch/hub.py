"""What to download: turns a hub id or a web address into a `Plan`,
the list of needed files with their sizes and hashes.

What the hub says comes through `hub_api.py`; the transfer is `download.py`. Of a repository only
what a model needs is taken: configurations, tokenizers and safetensors, in half precision where it
is offered; never pickles and never code.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, cast
from urllib.parse import parse_qs, quote, unquote, urlsplit

from core.models.fetch.download import Remote
from core.models.fetch.http import (
    AccessDenied,
    Broken,
    Busy,
    NotThere,
    Web,
    host_of,
    no_token,
    number,
    packed,
    parsed,
)
from core.models.fetch.hub_api import HubApi, Repo, RepoFile, told
from core.system.errors import InvalidRequest, WorldError

USUAL = "https://huggingface.co"
MAX_INDEX, MAX_FILES = 2**20, 500
_ID = re.compile(r"[\w.-]{1,96}(?:/[\w.-]{1,96})?(?:@[\w./-]{1,96})?", re.ASCII)
_SECRETS = frozenset({"token", "access_token", "api_key", "apikey", "key", "password"})
_NEVER = frozenset({"safety_checker", "feature_extractor", "image_encoder"})
_WEIGHTS = re.compile(
    r"(?:model|diffusion_pytorch_model)(?:\.(?P<early>fp16|bf16))?(?:-\d{5}-of-\d{5})?"
    r"(?:\.(?P<late>fp16|bf16))?\.safetensors"
)
_WEIGHTED = ("unet", "transformer", "vae", "text_encoder", "text_encoder_2", "text_encoder_3")
_TEXTS = (".json", ".txt", ".model")
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
    remote: Remote


@dataclass(frozen=True, slots=True)
class Plan:
    """A model to be installed. `folder` tells a diffusers folder from a single file; `page` is
    where a person can read about it."""

    name: str
    source: str
    files: tuple[PlannedFile, ...]
    folder: bool
    license: str = ""
    page: str = ""

    @property
    def total(self) -> int | None:
        """Bytes in all, where every file's size is known."""
        sizes = [file.remote.size for file in self.files]
        return sum(size for size in sizes if size is not None) if None not in sizes else None


@dataclass(frozen=True, slots=True)
class Found:
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
    """Understand OWNER/NAME, OWNER/NAME@REVISION, an address of the hub, or any other web address;
    InvalidRequest otherwise."""
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
        if parsed(text).scheme not in ("https", "http"):
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
    repo, rest = "/".join(parts[:2]), parts[2:]
    if rest[:1] and rest[0] in ("resolve", "blob", "raw", "tree"):
        return Address(
            repo, rest[1] if len(rest) > 1 else "", "/".join(rest[2:]) if rest[0] != "tree" else ""
        )
    return Address(repo)


def usual_address() -> str:
    """The hub that the variable HF_ENDPOINT names, as other programs understand
    it; without, the usual one."""
    return os.environ.get("HF_ENDPOINT", "").strip().rstrip("/") or USUAL


class Hub:
    """The hub at `endpoint` (HF_ENDPOINT's, or a mirror's). `web` fetches; `token_for` tells for
    which hosts it has a token."""

    def __init__(
        self, web: Web, token_for: Callable[[str], str] = no_token, endpoint: str = ""
    ) -> None:
        self._web, self._token_for, self.endpoint = (
            web,
            token_for,
            endpoint.rstrip("/") or usual_address(),
        )
        self._api = HubApi(web, self.endpoint)

    def plan(self, text: str, *, file: str = "") -> Plan:
        """What is to be downloaded for `text` (see `address_of`); `file` chooses one of a
        repository's single files."""
        address = address_of(text, self.endpoint)
        if address.url:
            return self._elsewhere(address.url)
        info = self._info(address)
        files = _files(info)
        revision = info.sha or address.revision or "main"
        page, license = f"{self.endpoint}/{address.repo}", info.license
        name = address.repo.rpartition("/")[2]
        wanted = file or address.file
        if not wanted and "model_index.json" in files:
            index = self._index(address.repo, revision, files["model_index.json"])
            chosen = _needed(files, index, address.repo)
        else:
            wanted = wanted or _only_file(files, address.repo)
            if wanted not in files:
                raise WorldError(
                    f"{address.repo} has no file {wanted}.",
                    f"It has: {', '.join(_singles(files)) or 'no safetensors file'}.",
                )
            if not wanted.endswith(".safetensors"):
                raise WorldError(
                    f"{wanted} is no safetensors file.",
                    "Other kinds can run programs hidden in them; choose another file.",
                )
            stem = PurePosixPath(wanted).stem
            return Plan(
                name if stem in _COMMON_NAMES else stem,
                f"{address.repo}/{wanted}",
                (
                    PlannedFile(
                        (name if stem in _COMMON_NAMES else stem) + ".safetensors",
                        self._remote(address.repo, revision, wanted, files[wanted]),
                    ),
                ),
                False,
                license,
                page,
            )
        planned = tuple(
            PlannedFile(path, self._remote(address.repo, revision, path, files[path]))
            for path in chosen
        )
        return Plan(name, address.repo, planned, True, license, page)

    def search(self, words: str, *, kind: str = "", limit: int = 40) -> tuple[Found, ...]:
        """Models of the hub for text to image whose names match, the most downloaded first;
        `kind` is a key of `SEARCHED`."""
        try:
            found = self._api.search(words, SEARCHED[kind], limit)
        except (AccessDenied, NotThere, Busy, *Broken) as fault:
            raise self._told(fault, "") from fault
        return tuple(
            Found(one.id, one.downloads, one.license, one.gated, one.tags) for one in found
        )

    def _info(self, address: Address) -> Repo:
        try:
            return self._api.model(address.repo, address.revision)
        except (AccessDenied, NotThere, Busy, *Broken) as fault:
            raise self._told(fault, address.repo) from fault

    def _told(self, fault: BaseException, repo: str) -> WorldError:
        return told(
            fault, self.endpoint, repo, has_token=bool(self._token_for(host_of(self.endpoint)))
        )

    def _remote(self, repo: str, revision: str, path: str, file: RepoFile) -> Remote:
        url = f"{self.endpoint}/{repo}/resolve/{quote(revision, safe='')}/{quote(path)}"
        return Remote(url, file.size, file.sha256, file.git_id)

    def _index(self, repo: str, revision: str, file: RepoFile) -> dict[str, Any]:
        """The pipeline's index: which parts there are."""
        url = self._remote(repo, revision, "model_index.json", file).url
        try:
            found = json.loads(self._web.read(url, limit=MAX_INDEX))
        except (AccessDenied, NotThere, Busy, *Broken) as fault:
            raise self._told(fault, repo) from fault
        except (ValueError, RecursionError) as fault:
            raise WorldError(
                f"The index of {repo} cannot be read.", "Choose another model."
            ) from fault
        if not isinstance(found, dict):
            raise WorldError(f"The index of {repo} cannot be read.", "Choose another model.")
        return cast("dict[str, Any]", found)

    def _elsewhere(self, url: str) -> Plan:
        """A single file at any address: its name and size come from the answer's head."""
        try:
            with self._web.open(url, {"Range": "bytes=0-0"}) as response:
                heads = response.headers
                ranged = re.fullmatch(r"bytes 0-0/([0-9]{1,18})", heads.get("content-range", ""))
                size = (
                    int(ranged[1])
                    if ranged
                    else number(heads.get("content-length", ""))
                    if response.status_code == 200
                    else None
                )
                if packed(response):
                    size = None  # that of the packed answer
                name = _offered_name(heads.get("content-disposition", "")) or unquote(
                    PurePosixPath(urlsplit(url).path).name
                )
        except (*Broken, Busy) as fault:
            raise told(fault, url, "") from fault
        stem = plain_name(PurePosixPath(name.replace("\\", "/")).stem)
        return Plan(
            stem,
            url,
            (PlannedFile(f"{stem}.safetensors", Remote(url, size)),),
            False,
            "",
            f"https://{host_of(url)}",
        )


def plain_name(name: str) -> str:
    """A name for a file or folder that is safe on every system."""
    kept = re.sub(r"[^\w .+()-]", "_", name).strip(" .")[:120]
    if not kept or re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", kept):
        kept = f"model {kept}".strip()
    return kept


def _offered_name(disposition: str) -> str:
    """The file name of a Content-Disposition header (RFC 6266)."""
    if found := re.search(r"filename\*\s*=\s*(?:UTF-8|utf-8)''([^;]+)", disposition):
        return unquote(found[1])
    found = re.search(r'filename\s*=\s*(?:"([^"]+)"|([^;\s]+))', disposition)
    return (found[1] or found[2]) if found else ""


def _files(info: Repo) -> dict[str, RepoFile]:
    """The files by their paths; only paths that stay inside the model's folder."""
    return {file.path: file for file in info.files if _stays_inside(file.path)}


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return (
        not path.is_absolute()
        and ".." not in path.parts
        and "\\" not in name
        and path.as_posix() == name
        and all(part == plain_name(part) for part in path.parts)
    )


def _singles(files: Mapping[str, Any]) -> list[str]:
    return [path for path in files if "/" not in path and path.endswith(".safetensors")]


def _only_file(files: Mapping[str, Any], repo: str) -> str:
    """The one safetensors file of a repository that is no pipeline."""
    singles = _singles(files)
    if len(singles) == 1:
        return singles[0]
    if singles:
        raise InvalidRequest(
            "file",
            f"{repo} holds several models: {', '.join(singles[:12])}.",
            "Choose one of them with --file NAME.",
        )
    pickles = [path for path in files if path.endswith((".ckpt", ".pt", ".bin", ".pth"))]
    if pickles:
        raise WorldError(
            f"{repo} offers its weights only as pickles, which can run programs hidden in them.",
            "Look for a safetensors version of the model.",
        )
    raise WorldError(f"{repo} holds no model that Calotype knows.", "Choose another repository.")


def _needed(files: Mapping[str, Any], index: Mapping[str, Any], repo: str) -> list[str]:
    """The files of a pipeline that are needed, weights in half precision where they are offered."""
    chosen = ["model_index.json"]
    for part, declared in index.items():
        pair = cast("list[object]", declared) if isinstance(declared, list) else []
        if part.startswith("_") or part in _NEVER or len(pair) != 2 or None in pair:
            continue
        inside = [
            path
            for path in files
            if path.startswith(f"{part}/") and "/" not in path[len(part) + 1 :]
        ]
        if any(path.endswith(".py") for path in inside):
            raise WorldError(
                f"{repo} brings program code, which Calotype never runs.", "Choose another model."
            )
        weights = _weights(inside)
        if (
            not weights
            and part in _WEIGHTED
            and not any(path.endswith((".bin", ".msgpack", ".ckpt", ".pt")) for path in inside)
        ):
            raise WorldError(f"{repo} lacks the weights of its {part}.", "Choose another model.")
        if not weights and any(
            path.endswith((".bin", ".msgpack", ".ckpt", ".pt")) for path in inside
        ):
            raise WorldError(
                f"{repo} offers its {part} only as a pickle, which can run programs hidden in it.",
                "Look for a safetensors version of the model.",
            )
        indexes = {
            f"{path.rsplit('/', 1)[0]}/{name}"
            for path in weights
            if "-of-" in path
            for name in _indexes(path.rsplit("/", 1)[1])
        }
        chosen += [
            path
            for path in inside
            if path.endswith(_TEXTS) and (".index." not in path or path in indexes)
        ] + weights
    if len(chosen) > MAX_FILES:
        raise WorldError(
            f"{repo} wants {len(chosen)} files; no model needs that many.", "Choose another model."
        )
    return chosen


def _indexes(shard: str) -> tuple[str, ...]:
    """How the list of shards beside this one may be called."""
    stem = re.sub(r"-\d{5}-of-\d{5}", "", shard).removesuffix(".safetensors")
    plain = stem.removesuffix(".fp16")
    return (
        f"{stem}.safetensors.index.json",
        f"{plain}.safetensors.index.fp16.json"
        if stem != plain
        else f"{stem}.safetensors.index.json",
    )


def _weights(inside: list[str]) -> list[str]:
    """One set of safetensors of a part: half precision, else the plain one."""
    known = {
        path: found for path in inside if (found := _WEIGHTS.fullmatch(path.rsplit("/", 1)[1]))
    }
    by_kind: dict[str, list[str]] = {}
    for path, found in known.items():
        by_kind.setdefault(found["early"] or found["late"] or "plain", []).append(path)
    return by_kind.get("fp16") or by_kind.get("plain") or by_kind.get("bf16") or []
