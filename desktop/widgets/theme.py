"""Colours, sizes and icons: two palettes of the same tokens over Qt's Fusion style."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QStyle, QWidget

from core.system.paths import RESOURCES

# pixels of 100 % screens
SPACE_1 = 4
SPACE_2 = 8
SPACE_3 = 12
SPACE_4 = 16
RADIUS = 6
PANEL_WIDTH = 336
RAIL_WIDTH = 76


@dataclass(frozen=True, slots=True)
class Tokens:
    """One theme. Text tokens keep at least 4.5:1 on every surface they stand on."""

    window: str
    panel: str
    raised: str
    line: str
    text: str
    dim: str
    accent: str
    on_accent: str
    stage: str
    error: str
    success: str
    weight_up: str
    weight_down: str
    change: str
    choice: str
    name: str


DARK = Tokens(
    window="#1b1b1c",
    panel="#222224",
    raised="#2d2d30",
    line="#3d3d41",
    text="#e9e7e4",
    dim="#a8a5a1",
    accent="#e8623d",
    on_accent="#180d08",
    stage="#141415",
    error="#ff8f85",
    success="#7fce94",
    weight_up="#f0a076",
    weight_down="#86b7e8",
    change="#c6a5f0",
    choice="#6ccdbd",
    name="#dcc25e",
)
LIGHT = Tokens(
    window="#f1f0ee",
    panel="#fbfaf9",
    raised="#e6e4e1",
    line="#cfccc8",
    text="#1d1c1b",
    dim="#5d5a56",
    accent="#b23c18",
    on_accent="#ffffff",
    stage="#d9d8d6",
    error="#a3231b",
    success="#1f6b36",
    weight_up="#9a3412",
    weight_down="#1d5a96",
    change="#6a3aa8",
    choice="#0e625a",
    name="#6b5200",
)

_STYLE = """
* {{ font-size: 13px; }}
QToolTip {{ color: {text}; background: {raised}; border: 1px solid {line}; padding: 4px 6px; }}
QMainWindow, QDialog {{ background: {window}; }}
#rail {{ background: {window}; border-right: 1px solid {line}; }}
#rail QToolButton {{ border: 0; border-radius: {radius}px; padding: 8px 2px; color: {dim}; }}
#rail QToolButton:hover {{ background: {panel}; color: {text}; }}
#rail QToolButton:checked {{ background: {raised}; color: {text}; }}
#side, #history, #settingsPage {{ background: {panel}; }}
#tools, #toolOptions, #resultLine {{ background: {panel}; }}
#tools QToolButton {{ padding: 5px; }}
#tools QToolButton:checked {{ background: {raised}; border-color: {raised}; }}
QTabBar {{ background: transparent; border: 0; }}
QTabBar::tab {{ background: transparent; color: {dim}; border: 0; padding: 8px 10px;
    border-bottom: 2px solid transparent; }}
QTabBar::tab:hover {{ color: {text}; }}
QTabBar::tab:selected {{ color: {text}; border-bottom-color: {accent}; }}
QTabBar::tab:focus {{ color: {text}; border-bottom-color: {text}; }}
QTabBar#documents::tab {{ padding: 4px 8px; max-width: 160px; min-height: 32px; }}
QTabBar#documents QToolButton#quiet {{ padding: 2px; }}
#drawer {{ background: {panel}; border-top: 1px solid {line}; }}
#dim {{ color: {dim}; }}
#heading {{ font-size: 15px; font-weight: 600; }}
#strong {{ font-weight: 600; }}
#good {{ color: {success}; }}
#slow {{ color: {weight_up}; }}
#bad {{ color: {error}; }}
QListView {{ background: {window}; border: 0; outline: 0; }}
#title {{ font-size: 20px; font-weight: 600; }}
#section {{ color: {dim}; font-weight: 600; }}
#copiedValue {{ border: 1px solid transparent; border-radius: 4px; padding: 1px 3px; }}
#copiedValue:hover {{ border-color: {line}; background: {raised}; }}
#copiedValue:focus {{ border-color: {accent}; }}
#startChip {{ background: {raised}; border-radius: {radius}px; }}
#startThumbnail {{ background: {line}; border-radius: 4px; }}
#notice {{ background: {raised}; border: 1px solid {line}; border-radius: {radius}px; }}
#noticeText, #noticeText > QWidget, #noticeText > QWidget > QWidget {{ background: transparent; }}
#noticeMark {{ color: {error}; font-weight: 700; }}
#chip {{ border: 1px solid {line}; border-radius: 11px; padding: 2px 10px;
    background: transparent; color: {dim}; text-align: left; }}
#chip:hover {{ color: {text}; border-color: {dim}; }}
#styleChip {{ background: {raised}; border: 1px solid {line}; border-radius: 12px; }}
#styleChip[off="true"] {{ background: transparent; }}
#styleChip QToolButton {{ border: 1px solid transparent; border-radius: 9px; padding: 1px 3px;
    background: transparent; color: {dim}; }}
#styleChip QToolButton:checked {{ color: {text}; }}
#styleChip[off="true"] QToolButton {{ text-decoration: line-through; }}
#styleChip QToolButton:hover {{ color: {text}; }}
#styleChip QToolButton:focus {{ border-color: {accent}; }}
QPlainTextEdit, QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox {{
  background: {window}; border: 1px solid {line}; border-radius: {radius}px; padding: 4px 6px;
      selection-background-color: {accent};
  selection-color: {on_accent}; }}
QPlainTextEdit:focus, QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {{
    border-color: {accent}; }}
QComboBox {{ min-height: 20px; }}
QComboBox::drop-down {{ border: 0; width: 22px; }}
QComboBox::down-arrow {{ image: none; width: 0; }}
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button
    {{ width: 0; border: 0; }}
QPushButton {{ background: {raised}; border: 1px solid {line}; border-radius: {radius}px;
    padding: 6px 14px; min-height: 20px; }}
QPushButton:hover {{ border-color: {dim}; }}
QPushButton:focus {{ border-color: {accent}; }}
QPushButton:disabled {{ color: {dim}; }}
QPushButton#primary {{ background: {accent}; color: {on_accent}; border: 1px solid {accent};
    font-weight: 600; }}
QPushButton#primary:focus {{ border: 2px solid {text}; padding: 5px 13px; }}
QPushButton#primary:disabled {{ background: {raised}; color: {dim}; border-color: {line}; }}
QPushButton#link {{ background: transparent; border: 1px solid transparent; color: {dim};
    padding: 2px 6px; text-align: left; }}
QPushButton#link:hover {{ color: {text}; }}
QPushButton#link:focus {{ border-color: {accent}; }}
QToolButton {{ border: 1px solid transparent; border-radius: {radius}px; padding: 4px;
    background: transparent; }}
QToolButton:hover {{ background: {raised}; }}
QToolButton:focus {{ border-color: {accent}; }}
QToolButton:checked {{ background: {raised}; border-color: {line}; }}
QToolButton#quiet {{ padding: 1px; }}
QToolButton#count {{ padding: 0px 4px; color: {dim}; }}
QToolButton#count:hover {{ color: {text}; }}
QToolButton#answer {{ background: {raised}; border: 1px solid {line}; padding: 1px 8px; }}
QToolButton#answer::menu-indicator {{ image: none; }}
QToolButton#menu {{ padding-right: 18px; }}
QToolButton#menu::menu-indicator {{ subcontrol-position: right center; right: 5px; }}
QToolButton#answer:hover {{ border-color: {dim}; }}
QToolButton#answer:checked {{ border-color: {text}; }}
QToolButton#answer:focus {{ border-color: {accent}; }}
QToolButton#stop {{ background: {raised}; border: 1px solid {line}; padding: 5px 12px; }}
QToolButton#stop[popupMode="1"] {{ padding-right: 28px; }}
QToolButton#stop:disabled {{ color: {dim}; }}
QToolButton#stop::menu-button {{ border: 0; border-left: 1px solid {line}; width: 20px; }}
QProgressBar {{ background: {raised}; border: 0; border-radius: 2px; max-height: 4px;
    min-height: 4px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 2px; }}
QCheckBox {{ spacing: 8px; }}
QCheckBox::indicator, QListWidget::indicator, QTreeWidget::indicator {{ width: 14px; height: 14px;
    border: 1px solid {dim}; border-radius: 3px; background: {window}; }}
QCheckBox::indicator:focus, QCheckBox::indicator:hover {{ border-color: {accent}; }}
QCheckBox::indicator:checked, QListWidget::indicator:checked,
QTreeWidget::indicator:checked {{ background: {accent};
    border-color: {accent}; image: url("{check}"); }}
QCheckBox::indicator:indeterminate, QListWidget::indicator:indeterminate {{ background: {accent};
    border-color: {accent}; image: url("{some}"); }}
QCheckBox::indicator:disabled, QListWidget::indicator:disabled {{ border-color: {line}; }}
QCheckBox:disabled {{ color: {dim}; }}
QRadioButton::indicator {{ width: 14px; height: 14px; border: 1px solid {dim};
    border-radius: 8px; background: {window}; }}
QRadioButton::indicator:focus, QRadioButton::indicator:hover {{ border-color: {accent}; }}
QRadioButton::indicator:checked {{ width: 6px; height: 6px; border: 5px solid {accent};
    background: {on_accent}; }}
QRadioButton::indicator:checked:focus {{ border-color: {text}; background: {accent}; }}
QRadioButton::indicator:disabled {{ border-color: {line}; }}
QSlider::groove:horizontal {{ height: 4px; background: {line}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {dim}; border-radius: 2px; }}
QSlider::handle:horizontal {{ width: 14px; height: 14px; margin: -5px 0; border-radius: 7px;
    background: {text}; }}
QSlider::handle:horizontal:focus {{ background: {accent}; }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: 0; }}
QSplitter::handle {{ background: {line}; }}
QSplitter::handle:hover {{ background: {dim}; }}
QStatusBar {{ background: {window}; border-top: 1px solid {line}; }}
QStatusBar::item {{ border: 0; }}
#statusMessage {{ padding: 0 12px; }}
QToolButton#fit[state="yes"] {{ color: {success}; }}
QToolButton[state="slow"] {{ color: {weight_up}; }}
QToolButton#fit[state="no"] {{ color: {error}; }}
QMenuBar {{ background: {window}; }}
QMenuBar::item {{ padding: 4px 10px; background: transparent; border-radius: 4px; }}
QMenuBar::item:selected {{ background: {raised}; }}
QMenu {{ background: {panel}; border: 1px solid {line}; padding: 4px; }}
QMenu::item {{ padding: 4px 24px 4px 12px; border-radius: 4px; }}
QMenu::item:selected {{ background: {raised}; }}
QMenu::item:disabled {{ color: {dim}; }}
QMenu::separator {{ height: 1px; background: {line}; margin: 3px 8px; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QListWidget, QTableWidget {{ background: {window}; border: 1px solid {line};
    border-radius: {radius}px; }}
QListWidget::item {{ padding: 5px 8px; }}
QListView#rows {{ border: 1px solid {line}; border-radius: {radius}px; }}
QListView#rows::item {{ padding: 4px 6px; border: 0; }}
QListView#rows::item:selected {{ background: {raised}; color: {text}; }}
QListView#rows:focus {{ border-color: {accent}; }}
QListWidget#parts {{ border: 0; background: transparent; }}
QListWidget#parts::item {{ padding: 2px 4px; border: 1px solid transparent;
    border-radius: 4px; }}
QListWidget#parts::item:focus {{ border-color: {accent}; }}
QTableWidget::item {{ padding: 0 6px; }}
QListWidget::item:selected, QTableWidget::item:selected,
QTreeWidget::item:selected {{ background: {raised}; color: {text}; }}
QHeaderView::section {{ background: {panel}; border: 0; border-bottom: 1px solid {line};
    padding: 4px 6px; color: {dim}; }}
QTableCornerButton::section {{ background: {panel}; border: 0; }}
#sweep {{ background: {window}; border: 0; }}
#completions {{ background: {panel}; border: 1px solid {line}; }}
#completions::item {{ padding: 3px 8px; }}
#completions::item:hover {{ background: {raised}; color: {text}; }}
QScrollBar:vertical {{ width: 10px; background: transparent; }}
QScrollBar::handle:vertical {{ background: {line}; border-radius: 5px; min-height: 28px; }}
QScrollBar::handle:vertical:hover {{ background: {dim}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QScrollBar:horizontal {{ height: 10px; background: transparent; }}
QScrollBar::handle:horizontal {{ background: {line}; border-radius: 5px; }}
"""


def tokens_for(choice: str, system_is_dark: bool) -> Tokens:
    """The tokens for the setting "dark", "light" or "system"."""
    dark = system_is_dark if choice == "system" else choice == "dark"
    return DARK if dark else LIGHT


def apply(app: QApplication, choice: str) -> Tokens:
    """Put palette and style sheet on the whole application."""
    tokens = tokens_for(choice, app.styleHints().colorScheme() != Qt.ColorScheme.Light)
    palette = QPalette()
    roles = QPalette.ColorRole
    pairs = {
        roles.Window: tokens.window,
        roles.WindowText: tokens.text,
        roles.Base: tokens.window,
        roles.AlternateBase: tokens.panel,
        roles.Text: tokens.text,
        roles.Button: tokens.raised,
        roles.ButtonText: tokens.text,
        roles.BrightText: tokens.error,
        roles.Highlight: tokens.accent,
        roles.HighlightedText: tokens.on_accent,
        roles.ToolTipBase: tokens.raised,
        roles.ToolTipText: tokens.text,
        roles.PlaceholderText: tokens.dim,
        roles.Link: tokens.accent,
        roles.Mid: tokens.line,
        roles.Dark: tokens.stage,
        roles.Light: tokens.raised,
        roles.Midlight: tokens.raised,
        roles.Accent: tokens.accent,
    }
    for role, colour in pairs.items():
        palette.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.dim))
    app.setStyleSheet("")  # to take one away and put another on is some five times as quick
    app.setPalette(palette)
    colours = {name: getattr(tokens, name) for name in Tokens.__slots__}
    theme = "dark" if tokens is DARK else "light"
    images = {
        name: (RESOURCES / "icons" / f"{name}-{theme}.svg").as_posix() for name in ("check", "some")
    }
    app.setStyleSheet(_STYLE.format(**colours, radius=RADIUS, **images))
    return tokens


@contextmanager
def sheet_comes_last(app: QApplication) -> Iterator[None]:
    """Widgets made within get the style sheet once, at the end. Otherwise each gets it anew with
    every layout that it comes into, which is half the time that a whole window takes."""
    sheet = app.styleSheet()
    app.setStyleSheet("")
    try:
        yield
    finally:
        app.setStyleSheet(sheet)


@lru_cache(maxsize=64)
def _svg(name: str) -> bytes:
    return (RESOURCES / "icons" / f"{name}.svg").read_bytes()


@lru_cache(maxsize=256)
def icon(name: str, colour: str, size: int = 20) -> QIcon:
    """One of our line icons in `colour`, drawn for 100 % and 200 % screens."""
    result = QIcon()
    renderer = QSvgRenderer(QByteArray(_svg(name).replace(b"currentColor", colour.encode())))
    for scale in (1, 2):
        pixmap = QPixmap(QSize(size * scale, size * scale))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter, QRectF(0, 0, size * scale, size * scale))
        painter.end()
        pixmap.setDevicePixelRatio(scale)
        result.addPixmap(pixmap)
    return result


def moves(widget: QWidget) -> bool:
    """Whether things may move by themselves: not where a person has taken the blinking from the
    text cursor, or the style its animations."""
    hint = QStyle.StyleHint.SH_Widget_Animation_Duration
    flash = QGuiApplication.styleHints().cursorFlashTime()
    return flash > 0 and widget.style().styleHint(hint, None, widget) > 0
