"""`calotype prompt`: what becomes of a text, and where it is not what it looks like."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.cli.main import run

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    monkeypatch.setenv("CALOTYPE_DATA", str(tmp_path))

    def asked(text: str, *options: str) -> dict[str, Any]:
        assert run(["prompt", text, "--json", *options]) == 0
        return json.loads(capsys.readouterr().out)

    return asked


def test_it_says_what_is_read_when(ask: Ask) -> None:
    found = ask("a (cat:1.5) [by day:by night:0.5] <lora:nope:0.5> # later", "--steps", "4")
    assert found["resolved"] == "a (cat:1.5) [by day:by night:0.5]"
    assert [(row["until"], row["text"]) for row in found["schedule"]] == [
        (2, "a (cat:1.5) by day"),
        (4, "a (cat:1.5) by night"),
    ]
    first = found["chunks"][0]
    assert first["encoder"] == "text_encoder" and len(first["tokens"]) == len(first["weights"])
    assert (first["tokens"][:2], first["weights"][:3]) == (["a</w>", "cat</w>"], [1.0, 1.5, 1.0])
    assert [lora["id"] for lora in found["loras"]] == ["nope"]
    assert [(one["kind"], one["name"]) for one in found["unknown"]] == [("lora", "nope")]
    assert found["conjunction"] == [{"text": found["resolved"], "weight": 1.0}]
    assert found["problems"] == []


def test_problems_stand_where_they_were_typed(ask: Ask) -> None:
    text = "<lora:x:1:lbw=A> a AND [b # )\n:c:soon] embedding:gone"
    found = ask(text, "--steps", "9")
    said = {text[one["start"] : one["end"]]: one["message"] for one in found["problems"]}
    assert "lbw=A" in said["<lora:x:1:lbw=A>"]
    assert said["[b # )\n:c:soon]"].startswith("A change ends with a number")
    assert {one["name"] for one in found["unknown"]} == {"x", "gone"}
    assert found["conjunction"][0]["text"].strip() == "a"
    late = ask("[a:b:12]", "--steps", "9")["problems"]
    assert [(one["start"], one["end"]) for one in late] == [(0, 8)]


def test_choices_are_drawn_by_the_seed(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "wildcards").mkdir()
    (tmp_path / "wildcards" / "c.txt").write_text("red\nblue <lora:x:1>")
    text = "a {big|small} [__c__|__d__] cat"
    found = ask(text, "--seed", "3", "--draws", "10")
    assert found["draws"][0] == found["resolved"] and len(set(found["draws"])) > 2
    assert ask(text, "--seed", "4")["resolved"] == found["draws"][1]
    assert [(one["kind"], one["name"]) for one in found["unknown"]] == [("wildcard", "d")]
    assert [text[one["start"] : one["end"]] for one in found["problems"]] == ["__d__"]


def test_comfyui_knows_none_of_it(ask: Ask) -> None:
    found = ask("[a|b] AND c #", "--compatibility", "comfyui", "--steps", "3")
    assert found["schedule"] == [{"until": 3, "text": "[a|b] AND c #"}]
    assert len(found["conjunction"]) == 1 and found["problems"] == []


def test_what_cannot_be_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALOTYPE_DATA", str(tmp_path))
    for options, word in (
        (["--compatibility", "paint"], "paint"),
        (["--steps", "0"], "Steps"),
        (["--model", "nope"], "nope"),
        (["--draws", "-1"], "Draws"),
    ):
        assert run(["prompt", "a", *options]) in (1, 2)
        err = capsys.readouterr().err
        assert word in err and len(err.splitlines()) == 1


def test_styles_are_listed(ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["styles", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(rows) == 60 and {"name", "category", "prompt", "negative_prompt"} <= set(rows[0])


def test_embeddings_are_shown_as_themselves(ask: Ask, tmp_path: Path) -> None:
    folder = tmp_path / "models" / "embeddings"
    folder.mkdir(parents=True)
    for name, width in (("my-emb", 192), ("other", 768)):  # the starter's, and another model's
        shape = {"dtype": "F32", "shape": [3, width], "data_offsets": [0, 12 * width]}
        header = json.dumps({"emb_params": shape}).encode()
        data = len(header).to_bytes(8, "little") + header + bytes(12 * width)
        (folder / f"{name}.safetensors").write_bytes(data)
    (chunk,) = ask("a my-emb, other [x|y] embedding:my-enb", "--steps", "1")["chunks"]
    assert chunk["embeddings"] == [{"name": "my-emb", "start": 1, "length": 3}]
    assert chunk["words"][:4] == ["a ", "my-emb ", "my-emb ", "my-emb "]
    found = ask("embedding:my-enb <lora:x:1>")
    assert [one["suggestion"] for one in found["unknown"]] == ["", "my-emb"]
    assert found["left_out"] == []
