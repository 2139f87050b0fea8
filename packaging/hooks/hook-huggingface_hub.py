"""huggingface_hub imports its parts by name."""

# PyInstaller is only in the environment that build.py makes
from PyInstaller.utils.hooks import (  # pyright: ignore[reportMissingModuleSource]
    collect_submodules,
    copy_metadata,
)

AWAY = ("huggingface_hub.cli", "huggingface_hub.commands", "huggingface_hub._webhooks")
hiddenimports = collect_submodules("huggingface_hub", filter=lambda name: not name.startswith(AWAY))
datas = copy_metadata("huggingface_hub")
