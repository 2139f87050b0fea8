"""A setting is declared once: what the declaration says is checked when a file is read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import get_type_hints

import pytest

from core.system import settings
from core.system.settings import Kind, Setting, Settings, declarations, declare


@dataclass(frozen=True, slots=True)
class More(Settings):
    """With numbers that the program has no use for."""

    tries: int = declare(Setting(3, "Tries", "How often.", low=1, high=9))
    share: float = declare(Setting(0.5, "Share", "How much.", low=0, high=1, step=0.05))


@pytest.fixture
def more(monkeypatch: pytest.MonkeyPatch) -> type[More]:
    monkeypatch.setattr(settings, "Settings", More)
    return More


def test_every_setting_is_declared_as_what_it_is() -> None:
    types = {
        Kind.SWITCH: bool,
        Kind.CHOICE: str,
        Kind.TEXT: str,
        Kind.FOLDER: str,
        Kind.WHOLE: int,
        Kind.FRACTION: float,
    }
    hints = get_type_hints(Settings)
    assert list(declarations()) == list(hints)
    for name, setting in declarations().items():
        assert setting.kind is Kind.OWN or hints[name] is types[setting.kind], name
        assert setting.label and setting.help.endswith("."), name
        assert all(choice.label for choice in setting.choices), name


@pytest.mark.parametrize(
    "wrong",
    [
        Setting(0, "Days", "Too few.", low=1, high=365),
        Setting(5, "Days", "No range."),
        Setting(float("nan"), "Share", "No number.", high=1),
        Setting("pink", "Theme", "No such choice.", choices=(settings.Choice("dark", "Dark"),)),
    ],
)
def test_a_default_has_to_be_allowed(wrong: Setting[object]) -> None:
    with pytest.raises(ValueError, match=wrong.label):
        declare(wrong)


def test_numbers_survive_the_file(tmp_path: Path, more: type[More]) -> None:
    path = tmp_path / "settings.json"
    settings.save(path, more(tries=9, share=0.05, trash_days=1))
    assert settings.load(path) == (more(tries=9, share=0.05, trash_days=1), "")
    settings.change(path, tries=1)
    assert settings.load(path)[0] == more(tries=1, share=0.05, trash_days=1)
    # JSON knows no difference between 1 and 1.0
    path.write_text('{"share": 1}')
    assert settings.load(path) == (more(share=1.0), "")


@pytest.mark.parametrize(
    ("name", "label"), [("tries", "Tries"), ("share", "Share"), ("trash_days", "Days in the trash")]
)
@pytest.mark.parametrize(
    "text", ["0.5e3", "-1", "true", "null", '"5"', "[5]", "{}", "NaN", "Infinity", "1" + "0" * 400]
)
def test_a_number_that_makes_no_sense_falls_back_alone(
    tmp_path: Path, more: type[More], name: str, label: str, text: str
) -> None:
    path = tmp_path / "settings.json"
    path.write_text(f'{{"theme": "light", "{name}": {text}, "offline": true}}')
    words = f"Reset to default, because the saved value made no sense: {label}."
    assert settings.load(path) == (more(theme="light", offline=True), words)


def test_a_number_out_of_its_range_is_refused(more: type[More]) -> None:
    for wrong in (0, 10, float("nan")):
        with pytest.raises(ValueError, match="tries must be from 1 to 9"):
            more().with_value("tries", wrong)
    assert more().with_value("tries", 9).tries == 9


def test_the_file_has_the_keys_it_had(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    settings.save(path, Settings())
    assert json.loads(path.read_text()) == {
        "theme": "dark",
        "language": "system",
        "pictures_folder": "",
        "models_folder": "",
        "picture_format": "png",
        "device": "auto",
        "weights": "full",
        "trash_days": 30,
        "model_minutes": 30,
        "tag_spaces": True,
        "recordings_mb": 1000,
        "previews": True,
        "live_holds_queue": True,
        "downloads_yield": True,
        "offline": False,
        "updates": False,
        "mirror": "",
        "proxy": "",
        "shortcuts": [],
    }
