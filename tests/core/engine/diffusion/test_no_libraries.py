"""Neither diffusers nor transformers is imported for a model of the UNet families, from the start
of a process to its last picture."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import save_file

from core.engine.contract.networks import NETWORKS
from core.system.paths import RESOURCES
from tests.core.engine.diffusion import ldm_files
from tests.core.engine.diffusion.test_tiny import tensors_of

STARTER = RESOURCES / "starter"
RUN = """
import json, sys
from pathlib import Path
from core.engine import open_engine
from core.engine.contract.protocol import EngineSpec
from core.engine.diffusion.families import sd, source
from core.models.files.header_inspection import Inspection
from core.models.library.library import Library
from core.values.job import Job, ModelRef
from core.values.lora import Lora
from core.values.model import ModelKind
from core.values.request import Request

# tiny widths fit no real family, so what a file is, is said here
source.inspect = lambda path: Inspection(
    str(path), ModelKind.CHECKPOINT, path.stem, "epsilon", layout="ldm"
)
found = {"fingerprints": []}


def ref(path):
    return ModelRef(Path(path).stem, Path(path).stem, "", path)


def model(path):
    if path.endswith(".safetensors"):
        return ref(path)
    return Library(Path("nowhere")).find(path).ref()


def make_pictures(asked):
    sd.load.__defaults__ = (Path(asked["families"]),)
    loras = tuple(ref(lora) for lora in asked["loras"])
    named = tuple(Lora(lora.name, 1.0) for lora in loras)
    request = Request("a glow, (red:1.2) house", seed=1, steps=2, width=64, height=64,
                      clip_skip=2, freeu=asked["freeu"], loras=named)
    vae = ref(asked["vae"]) if asked["vae"] else None
    tiny = ref(asked["tiny"]) if asked["tiny"] else None
    embeddings = tuple(ref(word) for word in asked["words"])
    with open_engine(EngineSpec(device="cpu", weights=asked["weights"])) as engine:
        for path in asked["models"]:
            job = Job(request, model(path), loras=loras, vae=vae, tiny=tiny, embeddings=embeddings)
            result = engine.run(job, lambda event: None)
            assert len(result.pixels.rgb) == 64 * 64 * 3
            found["fingerprints"].append(dict(result.fingerprint))


for asked in json.loads(sys.argv[1]):
    make_pictures(asked)
heavy = ("diffusers", "transformers", "accelerate", "peft", "torchvision", "sympy")
found["imported"] = sorted(name for name in sys.modules if name.split(".")[0] in heavy)
# torch's compiler, which takes two seconds to import
found["imported"] += [name for name in ("torch._dynamo", "torch._inductor") if name in sys.modules]
print(json.dumps(found))
"""


def _asked(models: list[Path], **more: object) -> dict[str, object]:
    """What one engine in that process is to make."""
    return {
        "models": [str(path) for path in models],
        "families": str(RESOURCES / "families"),
        "weights": "full",
        "loras": [],
        "freeu": None,
        "vae": "",
        "tiny": "",
        "words": [],
    } | more


def _folders(where: Path) -> Iterator[dict[str, object]]:
    """Folders with an adapter, a word and a tiny decoder, with weights of eight bits, too."""
    xl = ldm_files.folder_of("sdxl", where / "xl", RESOURCES / "starter" / "tokenizer")
    save_file(tensors_of("diffusers"), where / "taesd.safetensors")
    save_file({"emb_params": torch.zeros(1, 192)}, where / "glow.safetensors")
    lora = STARTER / "loras" / "starter-4-steps.safetensors"
    words = [str(where / "glow.safetensors")]
    yield _asked(
        [STARTER],
        loras=[str(lora)],
        freeu=[1.1, 1.2, 0.9, 0.8],
        tiny=str(where / "taesd.safetensors"),
        words=words,
    )
    yield _asked([STARTER, xl], weights="8bit", words=words)


def _single_files(where: Path) -> dict[str, object]:
    """Single files, decoded by another autoencoder."""
    tokenizer = RESOURCES / "starter" / "tokenizer"
    families = ldm_files.families(where / "families", tokenizer)
    files = [
        ldm_files.file_of(family, where / f"{family}.safetensors") for family in ldm_files.FAMILIES
    ]
    vae = where / "vae.safetensors"
    save_file(ldm_files.original_autoencoder(ldm_files.networks("sd15")["vae"]), vae)
    return _asked(files, families=str(families), vae=str(vae))


def test_folders_and_single_files_are_run_by_our_own_networks(tmp_path: Path) -> None:
    rounds = [*_folders(tmp_path), _single_files(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(rounds)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[4],
        timeout=250,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["imported"] == []
    assert len(found["fingerprints"]) == 3 + len(ldm_files.FAMILIES)
    for fingerprint in found["fingerprints"]:
        assert fingerprint["networks"] == NETWORKS
        assert "diffusers" not in fingerprint and "transformers" not in fingerprint
