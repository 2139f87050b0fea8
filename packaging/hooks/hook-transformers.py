"""transformers likewise; only the networks that diffusers' text-to-image models use are taken
along, of over four hundred."""

# PyInstaller is only in the environment that build.py makes
from PyInstaller.utils.hooks import (  # pyright: ignore[reportMissingModuleSource]
    collect_submodules,
    copy_metadata,
)

MODELS = (
    "auto",
    "bert",
    "byt5",
    "clip",
    "dinov2",
    "dinov2_with_registers",
    "encoder_decoder",
    "gemma",
    "gemma2",
    "gemma3",
    "glm",
    "glm_image",
    "llama",
    "ministral3",
    "mistral",
    "mistral3",
    "pixtral",
    "qwen2",
    "qwen2_5_vl",
    "qwen2_vl",
    "qwen3",
    "qwen3_vl",
    "roberta",
    "siglip",
    "siglip2",
    "smollm3",
    "t5",
    "t5gemma",
    "umt5",
    "vit",
    "vit_mae",
    "xlm_roberta",
)
AWAY = (
    "transformers.commands",
    "transformers.cli",
    "transformers.testing_utils",
    "transformers.benchmark",
)


def wanted(name: str) -> bool:
    """Whether a module belongs into the program."""
    if name.startswith("transformers.models."):
        return name.split(".")[2] in MODELS
    return not name.startswith(AWAY) and name != "transformers.models"


hiddenimports = [
    *collect_submodules("transformers", filter=wanted),
    "transformers.models",
    *(name for model in MODELS for name in collect_submodules(f"transformers.models.{model}")),
]
datas = copy_metadata("transformers", recursive=True)
module_collection_mode = "pyz+py"  # it lists its own source files to find its parts
