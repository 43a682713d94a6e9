"""The one style sheet, a template over the tokens. Widgets ask for a look by the property `look`.

    look = "title" | "display" | "quiet" | "small" | "bad" | "warning" | "good"    labels
    look = "primary" | "plain" | "danger"                                           buttons (plain: no outline)
    look = "card" | "popover" | "bar" | "sidebar"                                               frames
Call `restyle(widget)` after changing a property at run time.
"""

from string import Template

from PySide6.QtWidgets import QWidget

from ritrova_desktop.theme import tokens

STYLE = Template("""
* { font-size: ${body}pt; }
QWidget { color: $text; }
QMainWindow, QDialog, QWidget[look="page"] { background: $window; }
QScrollArea, QScrollArea > QWidget > QWidget[look="page"] { background: $window; border: none; }
QToolTip { background: $surface; color: $text; border: 1px solid $line; padding: 2px 4px; }

QLabel { background: transparent; }
QLabel[look="display"] { font-size: ${display}pt; font-weight: 600; }
QLabel[look="title"] { font-size: ${title}pt; font-weight: 600; }
QLabel[look="heading"] { font-weight: 600; }
QLabel[look="quiet"] { color: $quiet; }
QLabel[look="small"] { color: $quiet; font-size: ${small}pt; }
QLabel[look="bad"] { color: $bad; }
QLabel[look="warning"] { color: $warning; }
QLabel[look="good"] { color: $good; }
QLabel:disabled { color: $faint; }

QPushButton, QToolButton, QCheckBox, QRadioButton, QSlider { outline: none; }  /* their own rings are below */
QPushButton, QToolButton { background: $surface; border: 1px solid $edge; border-radius: 8px;
    padding: 0 16px; min-height: 34px; color: $text; }
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed { background: $pressed; }
QPushButton:disabled, QToolButton:disabled { color: $faint; border-color: $line; background: transparent; }
QPushButton:focus, QToolButton:focus { border: 2px solid $accent; padding: 0 15px; min-height: 32px; }
QPushButton[look="primary"] { background: $accent; border-color: $accent; color: $on_accent; font-weight: 600; }
QPushButton[look="primary"]:hover { background: $accent_hover; }
QPushButton[look="primary"]:focus { border: 2px solid $text; }
QPushButton[look="primary"]:disabled { background: $pressed; border-color: $pressed; color: $faint; }
QPushButton[look="danger"] { color: $bad; border-color: $bad; }
QPushButton[look="plain"], QToolButton { background: transparent; border: 2px solid transparent; }
QPushButton[look="plain"] { color: $accent; padding: 0 8px; min-height: 32px; }
QPushButton[look="plain"]:hover, QToolButton:hover, QToolButton:checked { background: $hover; }
QPushButton[look="plain"]:disabled, QToolButton:disabled { border-color: transparent; }
QToolButton { padding: 0; min-height: 32px; min-width: 32px; }
QToolButton:checked { color: $accent; }
QPushButton[look="plain"]:focus, QToolButton:focus { border: 2px solid $accent; padding: 0; }
QPushButton[look="plain"]:focus { padding: 0 8px; }
QToolButton::menu-indicator { image: none; }
QToolButton[popupMode="2"] { padding: 0; }

QLineEdit, QTextEdit, QPlainTextEdit, QSpinBox, QDoubleSpinBox, QComboBox, QDateEdit {
    background: $surface; border: 1px solid $edge; border-radius: 8px; padding: 0 8px; min-height: 34px;
    selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit { placeholder-text-color: $quiet; }
QLineEdit:focus, QTextEdit:focus, QPlainTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus,
QComboBox:focus, QDateEdit:focus { border: 2px solid $accent; padding: 0 7px; min-height: 32px; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {
    color: $faint; border-color: $line; }
QTextEdit, QPlainTextEdit { padding: 4px 8px; }
QComboBox::drop-down { border: none; width: 28px; }
QComboBox::down-arrow { image: none; }
QComboBox QAbstractItemView { background: $surface; border: 1px solid $line; border-radius: 0; outline: none; }
QCheckBox, QRadioButton { spacing: 8px; min-height: 28px; background: transparent; }
QCheckBox:disabled, QRadioButton:disabled { color: $faint; }
QRadioButton::indicator { width: 16px; height: 16px; border: 1px solid $edge; border-radius: 9px;
    background: $surface; }
QRadioButton::indicator:hover { background: $hover; }
QRadioButton::indicator:focus { width: 14px; height: 14px; border: 2px solid $accent; }
QRadioButton::indicator:checked { border-color: $accent; background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5,
    fx: 0.5, fy: 0.5, stop: 0 $on_accent, stop: 0.4 $on_accent, stop: 0.5 $accent, stop: 1 $accent); }
QRadioButton::indicator:checked:focus { border-color: $text; }
QRadioButton::indicator:disabled { border-color: $line; }

QMenu { background: $surface; border: 1px solid $line; border-radius: 8px; padding: 4px; }
QMenu::item { padding: 4px 28px 4px 12px; min-height: 20px; border-radius: 4px; }
QMenu::item:selected { background: $selection; color: $on_selection; }
QMenu::item:disabled { color: $faint; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }

QAbstractItemView { background: $window; border: none; outline: none;
    selection-background-color: $selection; selection-color: $on_selection; }
QTreeView::item, QListView::item, QTableView::item { min-height: 32px; border-radius: 4px; padding: 0 4px; }
QTreeView::item:hover, QListView::item:hover { background: $hover; }
QTreeView::item:selected, QListView::item:selected, QTableView::item:selected {
    background: $selection; color: $on_selection; }
QHeaderView::section { background: $window; color: $quiet; border: none; border-bottom: 1px solid $line;
    padding: 4px 8px; font-size: ${small}pt; }

QFrame[look="sidebar"] { background: $sidebar; border: none; }
QFrame[look="card"] { background: $surface; border: 1px solid $line; border-radius: 12px; }
QFrame[look="popover"] { background: $surface; border: 1px solid $edge; border-radius: 12px; }
QFrame[look="bar"] { background: $window; border: none; border-bottom: 1px solid $line; }
QFrame[look="foot"] { background: $window; border: none; border-top: 1px solid $line; }
QFrame[look="foot"] QLabel { color: $quiet; font-size: ${small}pt; }
QFrame[look="foot"] QToolButton { min-height: 24px; min-width: 24px; }
QFrame[notice="info"] { background: $info_back; }
QFrame[notice="warning"] { background: $warning_back; }
QFrame[notice="error"] { background: $bad_back; }
QFrame[notice] { border: none; border-bottom: 1px solid $line; }
QFrame[notice] QPushButton { min-height: 28px; color: $text; background: transparent; }
QFrame[notice] QPushButton:hover, QFrame[notice] QToolButton:hover { background: $surface; }
QFrame[notice] QToolButton { min-height: 24px; min-width: 24px; }

QProgressBar { background: $hover; border: none; border-radius: 2px; min-height: 4px; max-height: 4px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
QSlider::groove:horizontal { background: $pressed; height: 4px; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { background: $surface; border: 2px solid $accent; width: 12px; height: 12px;
    margin: -6px 0; border-radius: 8px; }
QSlider::handle:horizontal:focus { background: $accent; }
QSplitter::handle { background: $line; }

QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: $faint; border-radius: 4px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: $edge; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
""")


def style_sheet(colours: tokens.Colours, body_points: float) -> str:
    """The whole style sheet for a theme and the size of the person's font, in points."""
    sizes = {"small": tokens.SMALL, "body": tokens.BODY, "title": tokens.TITLE, "display": tokens.DISPLAY}
    return STYLE.substitute(
        tokens.by_name(colours), **{name: f"{body_points * times:.1f}" for name, times in sizes.items()}
    )


def restyle(widget: QWidget) -> None:
    """Apply the style sheet again after a property that it asks for has changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()
