"""What `calotype explain` says went wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cli.main import run
from tests.core.service.insight.symptoms.drawn import FAULTS, scene


def test_any_picture_file_has_symptoms(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALOTYPE_DATA", str(tmp_path / "data"))
    path = tmp_path / "burnt.jpg"
    image = Image.fromarray(FAULTS["burnt"](scene()).clip(0, 255).astype(np.uint8))
    image.save(path, quality=95)
    assert run(["explain", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["identical"] is False and "carries no recipe" in told["reasons"][0]
    (symptom,) = told["symptoms"]
    assert symptom["id"] == "burnt" and symptom["judged"] == "picture"
    assert symptom["remedy"]["changes"] == {} and symptom["remedy"]["sentence"]
    for figure in symptom["evidence"]:
        assert figure["value"] > figure["threshold"] > figure["usual"][0]
    assert run(["explain", str(path)]) == 0
    assert "Burnt colours: " in capsys.readouterr().out
    Image.fromarray(scene().astype(np.uint8)).save(path)
    assert run(["explain", str(path)]) == 0
    assert "no symptom" in capsys.readouterr().out
