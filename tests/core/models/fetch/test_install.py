"""From a hub id to a usable model: which files are taken, what is checked,
and how the command line does it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from core.models.fetch.answers import AccessDenied
from core.models.fetch.connect import connect
from core.models.fetch.download import QUARANTINE, Progress
from core.models.fetch.http import Web
from core.models.fetch.hub import Hub, Plan, address_of
from core.models.fetch.install import Installer, repair
from core.models.fetch.repository_files import plain_name
from core.models.library.library import Library
from core.service.stores import open_stores
from core.system.errors import InvalidRequest, WorldError
from core.system.paths import RESOURCES, Places
from core.system.settings import Settings
from core.system.tokens import AccessTokens
from tests.core.models.fetch import hub_server
from tests.core.models.fetch.hub_server import Fault
from tests.core.models.files import layouts

STARTER = RESOURCES / "starter"


@pytest.fixture
def server() -> Generator[hub_server.Hub]:
    with hub_server.serving() as found:
        found.repos["calo/starter"] = hub_server.files_in(STARTER)
        yield found


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Generator[Web]:
    from core.models.fetch import download

    monkeypatch.setattr(download, "PAUSE", 0.005)
    client = Web(silent_seconds=2.0)
    yield client
    client.close()


def hub_at(server: hub_server.Hub, web: Web, token: str = "") -> Hub:
    return Hub(web, lambda host: token, server.url)


def planned(plan: Plan) -> set[str]:
    return {file.path for file in plan.files}


def test_addresses() -> None:
    end = "https://hub.example"
    assert address_of("calo/starter", end).repo == "calo/starter"
    assert address_of(" calo/starter@v1 ", end) == address_of(
        "https://hub.example/calo/starter/tree/v1", end
    )
    found = address_of(
        "https://hub.example/calo/starter/blob/main/sub/x.safetensors?download=true", end
    )
    assert (found.repo, found.revision, found.file) == ("calo/starter", "main", "sub/x.safetensors")
    assert address_of("https://huggingface.co/calo/starter", end).repo == "calo/starter", (
        "the usual address leads to the mirror"
    )
    assert (
        address_of("https://elsewhere.example/x.safetensors", end).url
        == "https://elsewhere.example/x.safetensors"
    )
    for bad in (
        "",
        "a b",
        "a/b/c",
        "../x",
        "https://hub.example/only",
        "calo/../x",
        "https://elsewhere.example/x?id=1&Token=abc",
    ):
        with pytest.raises(InvalidRequest):
            address_of(bad, end)


def test_only_what_is_needed_is_taken(server: hub_server.Hub, web: Web) -> None:
    index = {
        "_class_name": "StableDiffusionPipeline",
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
        "image_encoder": [None, None],
        "scheduler": ["diffusers", "PNDMScheduler"],
        "requires_safety_checker": True,
    }
    names = [
        "unet/config.json",
        "unet/diffusion_pytorch_model.safetensors",
        "unet/diffusion_pytorch_model.fp16.safetensors",
        "unet/diffusion_pytorch_model.non_ema.safetensors",
        "unet/diffusion_pytorch_model.bin",
        "unet/model.onnx",
        "vae/config.json",
        "vae/diffusion_pytorch_model.safetensors",
        "vae/../evil.json",
        "text_encoder/config.json",
        "text_encoder/model.fp16-00001-of-00002.safetensors",
        "text_encoder/model.fp16-00002-of-00002.safetensors",
        "text_encoder/model.safetensors.index.fp16.json",
        "text_encoder/model.safetensors.index.json",
        "text_encoder/model.safetensors",
        "tokenizer/vocab.json",
        "tokenizer/merges.txt",
        "safety_checker/model.safetensors",
        "scheduler/scheduler_config.json",
        "README.md",
        "v1-5-pruned.safetensors",
        "v1-5-pruned.ckpt",
    ]
    server.repos["calo/sd"] = {
        "model_index.json": json.dumps(index).encode(),
        **dict.fromkeys(names, b"{}"),
    }
    plan = hub_at(server, web).plan("calo/sd")
    assert planned(plan) == {
        "model_index.json",
        "unet/config.json",
        "unet/diffusion_pytorch_model.fp16.safetensors",
        "vae/config.json",
        "vae/diffusion_pytorch_model.safetensors",
        "text_encoder/config.json",
        "text_encoder/model.fp16-00001-of-00002.safetensors",
        "text_encoder/model.fp16-00002-of-00002.safetensors",
        "text_encoder/model.safetensors.index.fp16.json",
        "tokenizer/vocab.json",
        "tokenizer/merges.txt",
        "scheduler/scheduler_config.json",
    }
    assert plan.license == "openrail" and plan.folder and plan.total is not None
    one = hub_at(server, web).plan("calo/sd", file="v1-5-pruned.safetensors")
    assert (
        not one.folder and one.name == "v1-5-pruned" and planned(one) == {"v1-5-pruned.safetensors"}
    )
    for file, said in (
        ("v1-5-pruned.ckpt", "no safetensors"),
        ("absent.safetensors", "has no file"),
    ):
        with pytest.raises(WorldError, match=said):
            hub_at(server, web).plan("calo/sd", file=file)


def test_half_precision_is_preferred_and_a_part_without_weights_is_noticed(
    server: hub_server.Hub, web: Web
) -> None:
    index = json.dumps(
        {
            "transformer": ["diffusers", "FluxTransformer2DModel"],
            "vae": ["diffusers", "AutoencoderKL"],
        }
    ).encode()
    names = [
        "transformer/config.json",
        "transformer/diffusion_pytorch_model-00001-of-00002.safetensors",
        "transformer/diffusion_pytorch_model-00002-of-00002.safetensors",
        "transformer/diffusion_pytorch_model.bf16.safetensors",
        "transformer/diffusion_pytorch_model.safetensors.index.json",
        "vae/config.json",
        "vae/diffusion_pytorch_model.bf16.safetensors",
    ]
    server.repos["calo/flow"] = {"model_index.json": index, **dict.fromkeys(names, b"{}")}
    assert planned(hub_at(server, web).plan("calo/flow")) == {
        "model_index.json",
        "transformer/config.json",
        "transformer/diffusion_pytorch_model-00001-of-00002.safetensors",
        "transformer/diffusion_pytorch_model-00002-of-00002.safetensors",
        "transformer/diffusion_pytorch_model.safetensors.index.json",
        "vae/config.json",
        "vae/diffusion_pytorch_model.bf16.safetensors",
    }
    del server.repos["calo/flow"]["vae/diffusion_pytorch_model.bf16.safetensors"]
    with pytest.raises(WorldError, match="lacks the weights of its vae"):
        hub_at(server, web).plan("calo/flow")


def test_what_is_refused_before_a_byte_is_loaded(server: hub_server.Hub, web: Web) -> None:
    hub = hub_at(server, web)
    index = json.dumps({"unet": ["diffusers", "UNet2DConditionModel"]}).encode()
    server.repos |= {
        "calo/pickle": {
            "model_index.json": index,
            "unet/diffusion_pytorch_model.bin": b"x",
            "unet/config.json": b"{}",
        },
        "calo/code": {
            "model_index.json": index,
            "unet/own.py": b"x",
            "unet/diffusion_pytorch_model.safetensors": b"x",
        },
        "calo/ckpt": {"v1.ckpt": b"x"},
        "calo/none": {"README.md": b"x"},
        "calo/mess": {"model_index.json": b"[1"},
        "calo/two": {"a.safetensors": b"x", "b.safetensors": b"x"},
    }
    for repo, said in (
        ("calo/pickle", "only as a pickle"),
        ("calo/code", "program code"),
        ("calo/ckpt", "only as pickles"),
        ("calo/none", "no model that"),
        ("calo/mess", "cannot be read"),
        ("calo/two", "several models: a.safetensors, b"),
        ("calo/absent", "There is no calo/absent"),
    ):
        with pytest.raises((WorldError, InvalidRequest), match=said):
            hub.plan(repo)
    server.api_faults = [Fault(code=503)]
    with pytest.raises(WorldError, match="busy"):
        hub.plan("calo/two")
    with pytest.raises(WorldError, match="cannot be reached"):
        Hub(web, endpoint="http://127.0.0.1:9").plan("calo/two")


def test_a_gated_model_opens_the_right_page(server: hub_server.Hub) -> None:
    server.gated["calo/starter"] = "hf_right"
    for token, code, page in (("", 401, "/settings/tokens"), ("hf_other", 403, "/calo/starter")):
        client = Web(lambda host, token=token: token)
        with pytest.raises(AccessDenied) as caught:
            Hub(client, lambda host, token=token: token, server.url).plan("calo/starter")
        assert caught.value.code == code and caught.value.page == server.url + page
        client.close()
    client = Web(lambda host: "hf_right")
    assert Hub(client, lambda host: "hf_right", server.url).plan("calo/starter").folder
    client.close()


def test_an_installed_folder_is_ready(server: hub_server.Hub, web: Web, where: Places) -> None:
    stores = open_stores(where)
    try:
        installer, heard = Installer(where.models), list[Progress]()
        plan = hub_at(server, web).plan("calo/starter")
        path, known = installer.run(installer.begin(plan), web, heard.append)
        assert path == where.models / "starter" and heard[-1].done == heard[-1].total == plan.total
        assert installer.pending() == () and not any((where.models / ".downloads").iterdir())
        assert all(file.remote.sha256 for file in known.files)
        stores.cards.installed(str(path), known)
        entry = stores.library.find_any(str(path))
        assert entry.ready and entry.license == "openrail"
        assert stores.cards.get(str(path)).plan == known
        again, _ = installer.run(installer.begin(plan), web)
        assert again.name == "starter (2)", "nothing is overwritten"
    finally:
        stores.close()


def test_an_interrupted_installation_goes_on(
    server: hub_server.Hub, web: Web, tmp_path: Path
) -> None:
    plan = hub_at(server, web).plan("calo/starter")
    begun = Installer(tmp_path).begin(plan)
    seen = 0

    def stop(progress: Progress) -> None:
        nonlocal seen
        seen = progress.done
        if progress.done > (plan.total or 0) // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Installer(tmp_path).run(begun, web, stop)
    pending = Installer(tmp_path).pending()
    assert (
        [one.id for one in pending] == [begun]
        and pending[0].done == seen
        and pending[0].plan == plan
    )
    assert Installer(tmp_path).begin(plan) == begun, "the same command takes it up"
    server.sent = 0
    path, _ = Installer(tmp_path).run(begun, web)
    assert (path / "unet").is_dir() and server.sent <= (plan.total or 0) - seen + 2**20
    (tmp_path / ".downloads" / "broken").mkdir(parents=True)
    (tmp_path / ".downloads" / "broken" / "plan.json").write_text(
        '{"name": "x", "source": "x", "folder": true, "files": []}'
    )
    assert Installer(tmp_path).pending() == ()
    Installer(tmp_path).drop("broken")
    assert not (tmp_path / ".downloads" / "broken").exists()


def test_single_files_go_where_their_kind_belongs(
    server: hub_server.Hub, web: Web, tmp_path: Path
) -> None:
    lora = (STARTER / "loras" / "starter-4-steps.safetensors").read_bytes()
    server.repos["calo/lora"] = {"pytorch_lora_weights.safetensors": lora}
    server.plain["/get/4711"] = (lora, 'attachment; filename="My LoRA.safetensors"')
    server.plain["/bad"] = (
        lora[: len(lora) // 2],
        "attachment; filename*=UTF-8''half%2Fway.safetensors",
    )
    hub, installer = hub_at(server, web), Installer(tmp_path)
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    assert (
        installer.run(installer.begin(hub.plan("calo/lora")), web)[0]
        == tmp_path / "loras" / "lora.safetensors"
    )
    path, plan = installer.run(installer.begin(hub.plan(f"{elsewhere}/get/4711")), web)
    assert path.name == "My LoRA.safetensors" and len(plan.files[0].remote.sha256) == 64
    with pytest.raises(WorldError, match="cannot use it"):
        installer.run(installer.begin(hub.plan(f"{elsewhere}/bad")), web)
    assert {one.name for one in (tmp_path / "loras").iterdir()} == {
        "lora.safetensors",
        "My LoRA.safetensors",
    }
    upscaler = layouts.write(
        tmp_path / "u.safetensors", {"model.0.weight": (64, 3, 3, 3)}
    ).read_bytes()
    server.plain["/up.safetensors"] = (upscaler, "")
    with pytest.raises(WorldError, match="cannot use it"):
        installer.run(installer.begin(hub.plan(f"{elsewhere}/up.safetensors")), web)
    server.repos["calo/control_canny"] = {
        "diffusion_pytorch_model.fp16.safetensors": layouts.write(
            tmp_path / "c.safetensors", layouts.CONTROL_XL
        ).read_bytes()
    }
    path, _ = installer.run(
        installer.begin(
            hub.plan("calo/control_canny", file="diffusion_pytorch_model.fp16.safetensors")
        ),
        web,
    )
    assert path == tmp_path / "controlnet" / "control_canny.safetensors"
    kept = Library(tmp_path).find_any("control_canny")
    assert (kept.kind, kept.family) == (
        "controlnet",
        "sdxl",
    ) and "does not work with ControlNets yet" in kept.sentence


def test_a_damaged_model_is_repaired(server: hub_server.Hub, web: Web, tmp_path: Path) -> None:
    installer = Installer(tmp_path)
    path, plan = installer.run(installer.begin(hub_at(server, web).plan("calo/starter")), web)
    weights = next(file for file in (path / "unet").glob("*.safetensors"))
    with open(weights, "r+b") as file:
        file.seek(-5, os.SEEK_END)
        file.write(b"wrong")
    (path / "tokenizer" / "merges.txt").unlink()
    damaged = weights.read_bytes()
    server.faults = [Fault(flip=True)]
    with pytest.raises(WorldError, match="other content"):
        repair(path, plan, web)
    assert weights.read_bytes() == damaged, "it stays until the right one is there"
    wrong = repair(path, plan, web)
    assert set(wrong) == {f"unet/{weights.name}", "tokenizer/merges.txt"}
    assert weights.read_bytes() == (STARTER / "unet" / weights.name).read_bytes()
    assert len(list(path.rglob(f"{QUARANTINE}/*"))) == 1, "what came wrong, not what was there"
    assert repair(path, plan, web) == ()


def test_names_are_plain() -> None:
    for name in ("../../x", "a/b", "con", "NUL.txt", "", "...", "x\0y", "a:b", "é" * 300):
        plain = plain_name(name)
        assert (
            plain
            and "/" not in plain
            and "\0" not in plain
            and ":" not in plain
            and plain.strip(" .") == plain
            and len(plain) <= 130
        )
        assert plain.lower().split(".")[0] not in ("con", "nul")


def test_tokens_belong_to_their_host(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = AccessTokens()
    keys.put("other.example", " civ_1234567890 ")
    assert keys.get("other.example") == "civ_1234567890" and keys.get("hub.example") == ""
    for bad in ("short", "with space in it", "x" * 600, "ünïcödé_token"):
        with pytest.raises(InvalidRequest):
            keys.put("other.example", bad)
    keys.put("other.example", "")
    assert keys.get("other.example") == ""
    monkeypatch.setenv("HF_TOKEN", "hf_from_environment")
    hub, web = connect(Settings(mirror="https://hub.example"), keys)
    assert (
        web._token_for("hub.example") == "hf_from_environment"
        and web._token_for("other.example") == ""
    )
    web.close()
    assert hub.endpoint == "https://hub.example"
    with pytest.raises(InvalidRequest, match="no web address"):
        connect(Settings(mirror="hub.example"), keys)
    with pytest.raises(InvalidRequest, match="proxy"):
        connect(Settings(proxy="ftp://nowhere"), keys)
    with pytest.raises(WorldError, match="stay offline"):
        connect(Settings(offline=True), keys)


def _calotype(
    data: Path, *words: str, server: hub_server.Hub, token: str = ""
) -> subprocess.CompletedProcess[str]:
    env = {
        **os.environ,
        "HF_ENDPOINT": server.url,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        **({"HF_TOKEN": token} if token else {}),
    }
    return subprocess.run(
        [sys.executable, "-m", "core", "--data", str(data), *words],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_command_line_installs(server: hub_server.Hub, tmp_path: Path) -> None:
    secret = "hf_canaryCanaryCanaryCanary"
    server.gated["calo/starter"] = secret
    denied = _calotype(tmp_path, "models", "install", "calo/starter", server=server)
    assert denied.returncode == 1 and "login" in denied.stderr and "Traceback" not in denied.stderr
    done = _calotype(
        tmp_path, "models", "install", "calo/starter", "--json", server=server, token=secret
    )
    assert done.returncode == 0, done.stderr
    line = json.loads(done.stdout)
    assert (line["name"], line["state"], line["license"], line["kind"]) == (
        "starter",
        "ready",
        "openrail",
        "checkpoint",
    )
    assert line["id"] == line["path"], "the built-in starter keeps its id"
    found = _calotype(tmp_path, "models", "search", "start", "--json", server=server)
    assert json.loads(found.stdout)["id"] == "calo/starter"
    repaired = _calotype(
        tmp_path,
        "models",
        "verify",
        line["path"],
        "--repair",
        "--json",
        server=server,
        token=secret,
    )
    assert json.loads(repaired.stdout)["state"] in ("remembered", "unchanged"), repaired.stderr
    kept = [
        path
        for path in tmp_path.rglob("*")
        if path.is_file() and secret.encode() in path.read_bytes()
    ]
    assert kept == [] and secret not in done.stdout + done.stderr + denied.stderr
    (tmp_path / "settings.json").write_text('{"offline": true}')
    offline = _calotype(tmp_path, "models", "install", "calo/starter", server=server)
    assert offline.returncode == 1 and "stay offline" in offline.stderr
    token = subprocess.run(
        [sys.executable, "-m", "core", "--data", str(tmp_path / "t"), "models", "token"],
        input=secret + "\n",
        text=True,
        capture_output=True,
        timeout=60,
        env={
            **os.environ,
            "HF_ENDPOINT": server.url,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        },
    )
    assert token.returncode == 1 and "no keyring" in token.stderr and secret not in token.stderr
