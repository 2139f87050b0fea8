"""Icons in all sizes from resources/icons/calotype.svg: PNGs,
calotype.ico and calotype.icns, into the folder named.

QT_QPA_PLATFORM=offscreen python packaging/icons.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)


def main(folder: Path) -> None:
    """Write them."""
    from PIL import Image
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    application = QGuiApplication([])
    folder.mkdir(parents=True, exist_ok=True)
    renderer = QSvgRenderer(str(ROOT / "resources" / "icons" / "calotype.svg"))
    for size in SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        image.save(str(folder / f"{size}.png"))
    del application
    with Image.open(folder / "512.png") as largest:
        largest.save(
            folder / "calotype.ico", sizes=[(size, size) for size in (16, 24, 32, 48, 64, 128, 256)]
        )
        largest.save(folder / "calotype.icns")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
