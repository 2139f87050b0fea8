"""What to download: turns a hub id or a web address into a `Plan`, the list of needed files with their sizes and hashes.

Metadata comes through huggingface_hub; the transfer is `download.py`. Of a repository only what a model needs is taken:
configurations, tokenizers and safetensors, in half precision where it is offered; never pickles and never code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, quote, unquote, urlsplit

import httpx2

from core.errors import InvalidRequest, WorldError
from core.models.download import Remote
from core.models.net import AccessDenied, Broken, Busy, Web, host_of, no_token

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import ModelInfo

MAX_INDEX, MAX_FILES = 2**20, 500
_ID = re.compile(r"[\w.-]{1,96}(?:/[\w.-]{1,96})?(?:@[\w./-]{1,96})?", re.ASCII)
_SECRETS = frozenset({"token", "access_token", "api_key", "apikey", "key", "password"})
_NEVER = frozenset({"safety_checker", "feature_extractor", "image_encoder"})
_WEIGHTS = re.compile(r"(?:model|diffusion_pytorch_model)(?:\.(?P<early>fp16|bf16))?(?:-\d{5}-of-\d{5})?"
                      r"(?:\.(?P<late>fp16|bf16))?\.safetensors")
_WEIGHTED = ("unet", "transformer", "vae", "text_encoder", "text_encoder_2", "text_encoder_3")
_TEXTS = (".json", ".txt", ".model")
SEARCHED = {"": "diffusers", "sd": "diffusers:StableDiffusionPipeline", "sdxl": "diffusers:StableDiffusionXLPipeline",
            "sd3": "diffusers:StableDiffusion3Pipeline", "flux": "diffusers:FluxPipeline", "lora": "lora"}  # tags of the hub
_COMMON_NAMES = frozenset({"pytorch_lora_weights", "diffusion_pytorch_model", "diffusion_pytorch_model.fp16", "model", "adapter_model"})


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file of a plan; `path` is relative to where the model will lie, with forward slashes."""

    path: str
    remote: Remote


@dataclass(frozen=True, slots=True)
class Plan:
    """A model to be installed. `folder` tells a diffusers folder from a single file; `page` is where a person can read about it."""

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
    """Where a model is: `repo` (with `revision` and perhaps `file`) on the hub, or `url` anywhere else."""

    repo: str = ""
    revision: str = ""
    file: str = ""
    url: str = ""


def address_of(text: str, endpoint: str) -> Address:
    """Understand OWNER/NAME, OWNER/NAME@REVISION, an address of the hub, or any other web address; InvalidRequest otherwise."""
    text = text.strip()
    if "://" not in text:
        if not _ID.fullmatch(text) or ".." in text:
            raise InvalidRequest("address", f'"{text[:100]}" is neither a hub id nor a web address.',
                                 "Write OWNER/NAME, or paste an address.")
        repo, _, revision = text.partition("@")
        return Address(repo, revision)
    if host_of(text) not in (host_of(endpoint), "huggingface.co", "hf.co"):
        if secrets := _SECRETS & {name.lower() for name in parse_qs(urlsplit(text).query)}:
            raise InvalidRequest("address", f'The address carries a secret ("{min(secrets)}"), which would be written down with the model.',
                                 "Take it out, and enter it as an access token for the host.")
        return Address(url=text)
    parts = [unquote(part) for part in urlsplit(text).path.split("/") if part]
    if len(parts) < 2 or not _ID.fullmatch("/".join(parts[:2])):
        raise InvalidRequest("address", "This address names no model.", "Paste the address of a model's page, or OWNER/NAME.")
    repo, rest = "/".join(parts[:2]), parts[2:]
    if rest[:1] and rest[0] in ("resolve", "blob", "raw", "tree"):
        return Address(repo, rest[1] if len(rest) > 1 else "", "/".join(rest[2:]) if rest[0] != "tree" else "")
    return Address(repo)


class Hub:
    """The hub at `endpoint` (HF_ENDPOINT's, or a mirror's). `web` fetches; `token_for` gives tokens by host."""

    def __init__(self, web: Web, token_for: Callable[[str], str] = no_token, endpoint: str = "", proxy: str = "") -> None:
        self._web, self._token_for, self._chosen, self._proxy = web, token_for, endpoint.rstrip("/"), proxy
        self._kept: HfApi | None = None

    @property
    def endpoint(self) -> str:
        """The hub's address."""
        if not self._chosen:
            from huggingface_hub import constants

            self._chosen = constants.ENDPOINT
        return self._chosen

    def _api(self) -> HfApi:
        """huggingface_hub with a client of ours: with the proxy of the settings, and not switched off by what keeps the engine offline."""
        if self._kept is None:
            from huggingface_hub import HfApi, set_client_factory

            proxy = self._proxy or None
            set_client_factory(lambda: httpx2.Client(proxy=proxy, follow_redirects=True, timeout=30.0))
            self._kept = HfApi(self.endpoint, token=self._token_for(host_of(self.endpoint)) or False)
        return self._kept

    def plan(self, text: str, *, file: str = "") -> Plan:
        """What is to be downloaded for `text` (see `address_of`); `file` chooses one of a repository's single files."""
        address = address_of(text, self.endpoint)
        if address.url:
            return self._elsewhere(address.url)
        info = self._info(address)
        files = _files(info)
        revision = info.sha or address.revision or "main"
        page, license = f"{self.endpoint}/{address.repo}", _license(info)
        name = address.repo.rpartition("/")[2]
        wanted = file or address.file
        if not wanted and "model_index.json" in files:
            index = self._index(address.repo, revision, files["model_index.json"])
            chosen = _needed(files, index, address.repo)
        else:
            wanted = wanted or _only_file(files, address.repo)
            if wanted not in files:
                raise WorldError(f"{address.repo} has no file {wanted}.", f"It has: {', '.join(_singles(files)) or 'no safetensors file'}.")
            if not wanted.endswith(".safetensors"):
                raise WorldError(f"{wanted} is no safetensors file.", "Other kinds can run programs hidden in them; choose another file.")
            stem = PurePosixPath(wanted).stem
            return Plan(name if stem in _COMMON_NAMES else stem, f"{address.repo}/{wanted}", (PlannedFile(
                (name if stem in _COMMON_NAMES else stem) + ".safetensors", self._remote(address.repo, revision, wanted, files[wanted])),),
                False, license, page)
        planned = tuple(PlannedFile(path, self._remote(address.repo, revision, path, files[path])) for path in chosen)
        return Plan(name, address.repo, planned, True, license, page)

    def search(self, words: str, *, kind: str = "", limit: int = 40) -> tuple[Found, ...]:
        """Models of the hub for text to image whose names match, the most downloaded first; `kind` is a key of `SEARCHED`."""
        from huggingface_hub.errors import HfHubHTTPError

        try:
            found = list(self._api().list_models(search=words or None, filter=[SEARCHED[kind]], pipeline_tag="text-to-image",
                                                 sort="downloads", limit=limit))
        except (HfHubHTTPError, *Broken) as fault:
            raise _answer(fault, self.endpoint, "") from fault
        return tuple(Found(m.id, m.downloads or 0, _license(m), bool(m.gated), tuple(m.tags or ())) for m in found)

    def _info(self, address: Address) -> ModelInfo:
        from huggingface_hub.errors import HfHubHTTPError

        try:
            return self._api().model_info(address.repo, revision=address.revision or None, files_metadata=True, timeout=30)
        except (HfHubHTTPError, *Broken, httpx2.HTTPError, ValueError) as fault:
            raise _answer(fault, self.endpoint, address.repo) from fault

    def _remote(self, repo: str, revision: str, path: str, facts: Mapping[str, Any]) -> Remote:
        url = f"{self.endpoint}/{repo}/resolve/{quote(revision, safe='')}/{quote(path)}"
        return Remote(url, facts.get("size"), facts.get("sha256") or "", facts.get("git_id") or "")

    def _index(self, repo: str, revision: str, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The pipeline's index: which parts there are."""
        url = self._remote(repo, revision, "model_index.json", facts).url
        try:
            with self._web.open(url) as response:
                raw = bytearray()
                for block in response.iter_bytes():
                    raw += block
                    if len(raw) > MAX_INDEX:
                        raise WorldError(f"The index of {repo} is larger than any model's.", "Choose another model.")
            found = json.loads(raw)
        except AccessDenied as denied:
            raise _denied(denied.code, self.endpoint, repo) from denied
        except (*Broken, Busy) as fault:
            raise _answer(fault, self.endpoint, repo) from fault
        except (ValueError, RecursionError) as fault:
            raise WorldError(f"The index of {repo} cannot be read.", "Choose another model.") from fault
        if not isinstance(found, dict):
            raise WorldError(f"The index of {repo} cannot be read.", "Choose another model.")
        return cast("dict[str, Any]", found)

    def _elsewhere(self, url: str) -> Plan:
        """A single file at any address: its name and size come from the answer's head."""
        try:
            with self._web.open(url, {"Range": "bytes=0-0"}) as response:
                heads = response.headers
                ranged = re.fullmatch(r"bytes 0-0/(\d+)", heads.get("content-range", ""))
                size = int(ranged[1]) if ranged else int(heads["content-length"]) if heads.get("content-length", "").isdigit() else None
                name = _offered_name(heads.get("content-disposition", "")) or unquote(PurePosixPath(urlsplit(url).path).name)
        except (*Broken, Busy) as fault:
            raise _answer(fault, url, "") from fault
        stem = plain_name(PurePosixPath(name.replace("\\", "/")).stem)
        return Plan(stem, url, (PlannedFile(f"{stem}.safetensors", Remote(url, size)),), False, "", f"https://{host_of(url)}")


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


def _files(info: ModelInfo) -> dict[str, dict[str, Any]]:
    """Size and hashes by path; only paths that stay inside the model's folder."""
    found: dict[str, dict[str, Any]] = {}
    for sibling in info.siblings or []:
        path = PurePosixPath(sibling.rfilename)
        if path.is_absolute() or ".." in path.parts or "\\" in sibling.rfilename or any(part != plain_name(part) for part in path.parts):
            continue
        lfs = sibling.lfs
        found[sibling.rfilename] = {"size": lfs.size if lfs else sibling.size, "sha256": lfs.sha256 if lfs else "",
                                    "git_id": "" if lfs else sibling.blob_id}
    return found


def _license(info: ModelInfo) -> str:
    card = info.card_data
    said = getattr(card, "license_name", None) or getattr(card, "license", None) if card is not None else None
    tagged = next((tag.removeprefix("license:") for tag in info.tags or () if tag.startswith("license:")), "")
    return str(said) if isinstance(said, str) else tagged


def _singles(files: Mapping[str, Any]) -> list[str]:
    return [path for path in files if "/" not in path and path.endswith(".safetensors")]


def _only_file(files: Mapping[str, Any], repo: str) -> str:
    """The one safetensors file of a repository that is no pipeline."""
    singles = _singles(files)
    if len(singles) == 1:
        return singles[0]
    if singles:
        raise InvalidRequest("file", f"{repo} holds several models: {', '.join(singles[:12])}.", "Choose one of them with --file NAME.")
    pickles = [path for path in files if path.endswith((".ckpt", ".pt", ".bin", ".pth"))]
    if pickles:
        raise WorldError(f"{repo} offers its weights only as pickles, which can run programs hidden in them.",
                         "Look for a safetensors version of the model.")
    raise WorldError(f"{repo} holds no model that Calotype knows.", "Choose another repository.")


def _needed(files: Mapping[str, Any], index: Mapping[str, Any], repo: str) -> list[str]:
    """The files of a pipeline that are needed, weights in half precision where they are offered."""
    chosen = ["model_index.json"]
    for part, declared in index.items():
        pair = cast("list[object]", declared) if isinstance(declared, list) else []
        if part.startswith("_") or part in _NEVER or len(pair) != 2 or None in pair:
            continue
        inside = [path for path in files if path.startswith(f"{part}/") and "/" not in path[len(part) + 1:]]
        if any(path.endswith(".py") for path in inside):
            raise WorldError(f"{repo} brings program code, which Calotype never runs.", "Choose another model.")
        weights = _weights(inside)
        if not weights and part in _WEIGHTED and not any(path.endswith((".bin", ".msgpack", ".ckpt", ".pt")) for path in inside):
            raise WorldError(f"{repo} lacks the weights of its {part}.", "Choose another model.")
        if not weights and any(path.endswith((".bin", ".msgpack", ".ckpt", ".pt")) for path in inside):
            raise WorldError(f"{repo} offers its {part} only as a pickle, which can run programs hidden in it.",
                             "Look for a safetensors version of the model.")
        indexes = {f"{path.rsplit('/', 1)[0]}/{name}" for path in weights if "-of-" in path for name in _indexes(path.rsplit("/", 1)[1])}
        chosen += [path for path in inside if path.endswith(_TEXTS) and (".index." not in path or path in indexes)] + weights
    if len(chosen) > MAX_FILES:
        raise WorldError(f"{repo} wants {len(chosen)} files; no model needs that many.", "Choose another model.")
    return chosen


def _indexes(shard: str) -> tuple[str, ...]:
    """How the list of shards beside this one may be called."""
    stem = re.sub(r"-\d{5}-of-\d{5}", "", shard).removesuffix(".safetensors")
    plain = stem.removesuffix(".fp16")
    return (f"{stem}.safetensors.index.json", f"{plain}.safetensors.index.fp16.json" if stem != plain else f"{stem}.safetensors.index.json")


def _weights(inside: list[str]) -> list[str]:
    """One set of safetensors of a part: half precision, else the plain one."""
    known = {path: found for path in inside if (found := _WEIGHTS.fullmatch(path.rsplit("/", 1)[1]))}
    by_kind: dict[str, list[str]] = {}
    for path, found in known.items():
        by_kind.setdefault(found["early"] or found["late"] or "plain", []).append(path)
    return by_kind.get("fp16") or by_kind.get("plain") or by_kind.get("bf16") or []


def _denied(code: int, endpoint: str, repo: str) -> AccessDenied:
    """401 opens the page of tokens, 403 the page with the licence."""
    if code == 401:
        return AccessDenied(401, f"{repo} can only be downloaded with a login.",
                            "Enter an access token with the right to read, then try again.", f"{endpoint}/settings/tokens")
    return AccessDenied(403, f"{repo} is open to those who accepted its licence, which your account has not yet.",
                        "Accept it on the model's page, then try again.", f"{endpoint}/{repo}")


def _answer(fault: BaseException, endpoint: str, repo: str) -> WorldError:
    """A fault of the hub in one sentence."""
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    host = host_of(endpoint)
    response = getattr(fault, "response", None)
    code = response.status_code if response is not None else 0
    if isinstance(fault, GatedRepoError) or code == 403:
        return _denied(code if code in (401, 403) else 403, endpoint, repo)
    if isinstance(fault, RevisionNotFoundError):
        return WorldError(f"{repo} has no such revision.", "Leave it out, or check its name.")
    if isinstance(fault, RepositoryNotFoundError) or code in (401, 404):
        return WorldError(f"There is no {repo} on {host}, or it is private.", "Check the name; for a private one enter an access token.")
    if isinstance(fault, Busy) or code == 429 or code >= 500:
        return WorldError(f"{host} is busy.", "Try again in some minutes.")
    if isinstance(fault, Broken):
        return WorldError(f"{host} cannot be reached.", "Check the connection, the proxy in Settings, or the mirror's address.")
    return WorldError(f"{host} gave an answer that makes no sense.", "Try again later.")
