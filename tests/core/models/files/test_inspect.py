"""Model files recognised from their headers alone, and broken or hostile ones explained."""

from __future__ import annotations

import json
import pickle
import struct
import zipfile
from pathlib import Path

import pytest

from core.models.files.inspection import inspect
from tests.core.models.files import layouts


@pytest.mark.parametrize(
    ("name", "shapes", "metadata", "expected"), layouts.TABLE, ids=[row[0] for row in layouts.TABLE]
)
def test_kind_family_prediction_and_variant_from_the_header(
    tmp_path: Path, name, shapes, metadata, expected
) -> None:
    found = inspect(
        layouts.write(tmp_path / f"{name}.safetensors", shapes, metadata=metadata or None)
    )
    assert (found.kind, found.family, found.prediction, found.variant) == expected, found
    assert found.parameters == sum(_product(shape) for shape in shapes.values())
    assert found.dtype == "float16"


def _product(shape: tuple[int, ...]) -> int:
    total = 1
    for n in shape:
        total *= n
    return total


def test_sd2_without_a_hint_leaves_the_choice_to_a_person(tmp_path: Path) -> None:
    found = inspect(layouts.write(tmp_path / "model.safetensors", layouts.SD2))
    assert (
        found.family == "sd21"
        and found.prediction == ""
        and found.choices == {"prediction": ("v", "epsilon")}
        and found.problems
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sd_xl_turbo_1.0_fp16", "turbo"),
        ("sdxl_lightning_4step", "lightning"),
        ("Hyper-SDXL-8steps", "hyper"),
        ("LCM_Dreamshaper_v7_4k", "lcm"),
        ("falcman", ""),
        ("hyperrealism", ""),
    ],
)
def test_distilled_kinds_by_name_with_evidence(tmp_path: Path, name: str, kind: str) -> None:
    found = inspect(layouts.write(tmp_path / f"{name}.safetensors", layouts.XL))
    assert found.distilled == kind and bool(found.evidence) == bool(kind)


def test_metadata_wins_over_the_name_and_is_shown(tmp_path: Path) -> None:
    metadata = {
        "modelspec.title": "Swift Turbo",
        "modelspec.license": "CreativeML",
        "modelspec.trigger_phrase": "sks",
    }
    found = inspect(
        layouts.write(tmp_path / "lightning.safetensors", layouts.XL, metadata=metadata)
    )
    assert found.distilled == "turbo" and "metadata" in found.evidence[0]
    assert found.words == {"title": "Swift Turbo", "licence": "CreativeML", "trigger_words": "sks"}


def test_zero_terminal_snr_and_number_formats(tmp_path: Path) -> None:
    found = inspect(
        layouts.write(
            tmp_path / "x.safetensors",
            layouts.XL | {"v_pred": (0,), "ztsnr": (0,)},
            dtype="F8_E4M3",
        )
    )
    assert found.zero_snr and found.dtype == "float8_e4m3fn"


def _raw(path: Path, table: object, length: int | None = None, data: bytes = b"") -> Path:
    raw = table if isinstance(table, bytes) else json.dumps(table).encode()
    path.write_bytes(struct.pack("<Q", len(raw) if length is None else length) + raw + data)
    return path


_ONE = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
_BROKEN = {
    "empty": b"",
    "short": b"\x01\x02",
    "huge length": struct.pack("<Q", 2**63) + b"{}",
    "no json": struct.pack("<Q", 4) + b"{{{{",
    "list": struct.pack("<Q", 2) + b"[]",
    "deep": struct.pack("<Q", 60_000) + b'{"a":' + b"[" * 59_995,
}
_WRONG = {
    "overlap": ({"a": _ONE, "b": {**_ONE, "data_offsets": [4, 12]}}, 12),
    "gap": ({"a": _ONE, "b": {**_ONE, "data_offsets": [16, 24]}}, 24),
    "truncated": ({"a": _ONE}, 4),
    "longer": ({"a": _ONE}, 80),
    "negative": ({"a": {**_ONE, "data_offsets": [-8, 0]}}, 8),
    "huge shape": ({"a": {**_ONE, "shape": [2**40, 2**40]}}, 8),
    "bool": ({"a": {**_ONE, "shape": [True]}}, 8),
    "no dict": ({"a": 5}, 8),
    "unknown dtype": ({"a": {**_ONE, "dtype": "Q7"}}, 8),
    "text shape": ({"a": {**_ONE, "shape": "2"}}, 8),
}


@pytest.mark.parametrize("name", _BROKEN)
def test_broken_headers_are_explained(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(_BROKEN[name])
    found = inspect(path)
    assert found.kind == "unknown" and found.problems


@pytest.mark.parametrize("name", _WRONG)
def test_wrong_tensor_tables_are_explained(tmp_path: Path, name: str) -> None:
    table, size = _WRONG[name]
    found = inspect(_raw(tmp_path / "x.safetensors", table, data=bytes(size)))
    assert found.kind == "unknown" and found.problems


def test_a_million_empty_tensors_are_refused_before_parsing(tmp_path: Path) -> None:
    entry = b'"%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}'
    raw = b"{" + b",".join(entry % i for i in range(250_000)) + b"}"
    assert "tensors" in inspect(_raw(tmp_path / "x.safetensors", raw)).problems[0].sentence


def test_braces_and_commas_in_metadata_texts_do_not_count(tmp_path: Path) -> None:
    metadata = {"ss_tag_frequency": '{"a\\": {1, 2}, ' * 300_000}
    found = inspect(
        layouts.write(
            tmp_path / "x.safetensors", layouts.kohya(layouts.ATTENTION, 768), metadata=metadata
        )
    )
    assert found.kind == "lora"


class _Evil:
    def __reduce__(self):  # type: ignore[no-untyped-def]
        return (open, (str(_Evil.canary), "w"))

    canary = Path()


@pytest.mark.parametrize("suffix", [".ckpt", ".pt", ".bin", ".safetensors", ".SafeTensors", ".pth"])
@pytest.mark.parametrize("form", ["plain", "zip"])
def test_pickles_are_refused_whatever_their_suffix_and_never_run(
    tmp_path: Path, suffix: str, form: str
) -> None:
    _Evil.canary = tmp_path / "canary"
    path = tmp_path / f"model{suffix}"
    if form == "plain":
        path.write_bytes(pickle.dumps(_Evil()))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps(_Evil()))
    found = inspect(path)
    assert (
        found.kind == "unknown"
        and found.variant == "pickle"
        and "safetensors" in found.problems[0].sentence
    )
    assert not _Evil.canary.exists()


def test_a_good_file_under_a_wrong_suffix_is_recognised_by_content(tmp_path: Path) -> None:
    assert inspect(layouts.write(tmp_path / "model.ckpt", layouts.SD1)).family == "sd15"


def test_folders(tmp_path: Path) -> None:
    from core.system.paths import RESOURCES

    found = inspect(RESOURCES / "starter")
    assert (
        found.kind == "checkpoint"
        and found.prediction == "v"
        and not found.problems
        and found.parameters > 10_000_000
    )
    assert inspect(tmp_path).kind == "unknown"
    (tmp_path / "unet").mkdir()
    (tmp_path / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"\x80\x02")
    assert any("pickle" in problem.sentence for problem in inspect(tmp_path).problems)
