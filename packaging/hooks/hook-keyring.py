"""keyring finds its backends by entry points."""

# PyInstaller is only in the environment that build.py makes
from PyInstaller.utils.hooks import (  # pyright: ignore[reportMissingModuleSource]
    collect_submodules,
    copy_metadata,
)

hiddenimports = collect_submodules("keyring.backends")
datas = copy_metadata("keyring")
