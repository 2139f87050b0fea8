"""SHA-256 sums of the packages in a folder, and an SBOM (SPDX 2.3 JSON)
of the environment they were built from.

python packaging/sums.py FOLDER NAME        writes FOLDER/NAME.sha256 and FOLDER/NAME.spdx.json
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KINDS = (".deb", ".AppImage", ".exe", ".dmg")
_LIST = (
    "import importlib.metadata as m, json; print(json.dumps(sorted((d.metadata['Name'], "
    "d.version, d.metadata.get('License-Expression') or d.metadata.get('License') or '') for d "
    "in m.distributions())))"
)


def main(folder: Path, name: str) -> None:
    """Write both files."""
    packages = sorted(path for path in folder.iterdir() if path.is_file() and path.suffix in KINDS)
    sums = {path.name: _sum(path) for path in packages}
    (folder / f"{name}.sha256").write_text(
        "".join(f"{digest}  {file}\n" for file, digest in sums.items())
    )
    installed = _installed()
    inside = [_part(number, *package) for number, package in enumerate(installed)]
    contents = hashlib.sha256(json.dumps([installed, sums]).encode()).hexdigest()
    bill = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"calotype-{name}",
        "documentNamespace": f"urn:calotype:{name}:{contents[:32]}",
        "creationInfo": {
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "creators": ["Tool: packaging/sums.py"],
        },
        "packages": inside,
    }
    (folder / f"{name}.spdx.json").write_text(json.dumps(bill, indent=1))
    print(f"{len(sums)} packages summed, {len(inside)} parts listed")


def _installed() -> list[tuple[str, str, str]]:
    """Name, version and licence of each package in the environment of the build."""
    build = ROOT / "build"
    pythons = (*build.glob("env-*/bin/python"), *build.glob("env-*/Scripts/python.exe"))
    asked = [str(pythons[0]), "-c", _LIST]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _part(number: int, package: str, version: str, licence: str) -> dict[str, object]:
    """A package as SPDX 2.3 lists it."""
    reference = {
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": f"pkg:pypi/{package.lower()}@{version.replace('+', '%2B')}",
    }
    return {
        "SPDXID": f"SPDXRef-{number}",
        "name": package,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "comment": licence.splitlines()[0][:200] if licence else "",
        "externalRefs": [reference],
    }


def _sum(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
