"""Processor time in which a key is answered in prompts of 5,000 characters, colours of the language
and all, at most 16 ms each; and of reading what has problems there, in its own thread, beside.

    python tests/bench/text/prompt_keys.py
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))
LIMIT_MS, LENGTH, ROUNDS = 16.0, 5_000, 15
SIGNS = {
    "phrases": "red house, ",
    "weights": "(a red house:1.2), ",
    "lines": "a (red:1.2) house, __x__\n",
    "all of it": "(a:1.2) [b:c:0.5] {d|e} <lora:f:1> g,\n",
    "changes": "[a:b:0.5]",
    "choices": "{a|b}",
    "wildcards": "__a__ ",
    "opened": "(a",
    "brackets": "(",
    "squares": "[",
    "backslashes": "\\",
    "NULs": "\0(",
    "right to left": "(שלום:1.2) ",
    "short lines": "ab\n",
    "emoji": "😀 (👨‍👩‍👧:1.2) ",
}
TEXTS = {name: (sign * LENGTH)[:LENGTH] for name, sign in SIGNS.items()} | {
    "nested": "(a" * (LENGTH // 3) + ")" * (LENGTH // 3),
    "nested turns": "[a|" * (LENGTH // 4) + "]" * (LENGTH // 4),
    "nested choices": "{a|" * (LENGTH // 4) + "}" * (LENGTH // 4),
}


def milliseconds(work: Callable[[], object]) -> float:
    """Of processor time, which includes what other threads take meanwhile."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def main() -> int:
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QTextCursor
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from core.models.files.families import FAMILIES
    from core.prompt.wildcards.files import Wildcards
    from core.service.remarks.known_names import KnownNames
    from core.service.remarks.marked_places import marked_places
    from core.values.request import Request
    from desktop.form.prompt.panel import PromptPanel
    from desktop.state.draft import Draft
    from desktop.widgets import theme
    from tests.bench.window.lateness import pump
    from tests.desktop.parts import give_prompt_keys

    qt = QApplication([])
    theme.apply(qt, "dark")
    panel = PromptPanel(Draft(FAMILIES["starter"]), theme.DARK)
    panel.begin()
    give_prompt_keys(panel.editors())
    panel.resize(330, 500)
    panel.show()
    editor = panel.prompt
    control = Qt.KeyboardModifier.ControlModifier
    alt = Qt.KeyboardModifier.AltModifier
    keys: dict[str, Callable[[], None]] = {
        "bracket": lambda: QTest.keyClicks(editor, "("),
        "letter": lambda: QTest.keyClicks(editor, "x"),
        "weight": lambda: QTest.keyClick(editor, Qt.Key.Key_Up, control),
        "phrase": lambda: QTest.keyClick(editor, Qt.Key.Key_Right, alt),
    }

    def answered(press: Callable[[], None]) -> None:
        press()
        qt.processEvents()

    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        names = KnownNames((), (), lambda: Wildcards(Path(folder)))
        for name, text in TEXTS.items():
            editor.replace_text(text)
            while editor.busy:
                qt.processEvents()
            pump(600)  # colours and sentences have come
            figures: list[str] = []
            for what, press in keys.items():
                editor.moveCursor(QTextCursor.MoveOperation.Start)
                taken = [milliseconds(lambda press=press: answered(press)) for _ in range(ROUNDS)]
                median, most = statistics.median(taken), max(taken)
                worst = max(worst, median)
                figures.append(f"{what} {median:5.1f} (most {most:5.1f}) ms")
            request = Request(text)
            beside = milliseconds(lambda request=request: marked_places(request, names))
            print(f"{name:15}", *figures, f"problems {beside:6.1f} ms", flush=True)
    panel.end()
    print(f"slowest key {worst:.1f} ms (median of {ROUNDS}), limit {LIMIT_MS:.0f} ms")
    return int(worst > LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
