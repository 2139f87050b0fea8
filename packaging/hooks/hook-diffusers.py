"""diffusers imports its parts by name when they are asked for, and asks
importlib.metadata for versions."""

# PyInstaller is only in the environment that build.py makes
from PyInstaller.utils.hooks import (  # pyright: ignore[reportMissingModuleSource]
    collect_data_files,
    collect_submodules,
    copy_metadata,
)

AWAY = ("diffusers.commands", "diffusers.modular_pipelines")
hiddenimports = collect_submodules("diffusers", filter=lambda name: not name.startswith(AWAY))
datas = copy_metadata("diffusers", recursive=True) + collect_data_files(
    "diffusers", includes=["**/*.json"]
)
module_collection_mode = "pyz"
