"""A library of thousands of models in a linked folder: the first look,
and later ones from the index.

python tests/bench/models/library.py [COUNT]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))
from core.models.library.external_folders import link_folder
from core.models.library.inspection_cache import InspectionCache
from core.models.library.library import Library
from tests.bench.models.headers import full, lora
from tests.core.models.files import layouts


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    kinds = [full(layouts.SD1), lora(792), full(layouts.XL), lora(2166)]
    with tempfile.TemporaryDirectory() as folder:
        root, models = Path(folder) / "stable-diffusion-webui", Path(folder) / "models"
        first = [
            layouts.write(Path(folder) / f"{k}.safetensors", shapes)
            for k, shapes in enumerate(kinds)
        ]
        for k in range(count):
            home = root / "models" / ("Lora" if k % 2 else "Stable-diffusion")
            home.mkdir(parents=True, exist_ok=True)
            (home / f"model {k}.safetensors").hardlink_to(first[k % 4])
        link_folder(models, root)
        for words in ("first look", "again, new process's index", "again, same index"):
            if words != "again, same index":
                library = Library(models, index=InspectionCache(Path(folder) / "index.db"))
            library.refresh()
            began = time.perf_counter()
            entries = library.entries()
            between = time.perf_counter()
            extras = library.extras()
            print(
                f"{words}: {len(entries)} models in {between - began:.3f} s, {len(extras)} others "
                f"in {time.perf_counter() - between:.3f} s"
            )


if __name__ == "__main__":
    main()
