"""The looks as data: colours of the light and the dark theme, the 4-pixel rhythm, radii, type sizes.

Contrast is a promise (WCAG 2.2 AA) that a test computes for every pair in `READ_ON` and `SEEN_ON`.
"""

from dataclasses import dataclass, fields

UNIT = 4
"""Pixels. Every margin, gap and size of a control is a multiple of it (a hairline excepted)."""

GAP_SMALL, GAP, GAP_LARGE, GAP_PAGE = UNIT, 2 * UNIT, 4 * UNIT, 6 * UNIT
RADIUS_SMALL, RADIUS, RADIUS_LARGE = 4, 8, 12
ICON, ICON_LARGE, ICON_HERO = 20, 24, 48
CONTROL = 9 * UNIT
"""Height in pixels of a button, a field, a row of the sidebar."""

SMALL, BODY, TITLE, DISPLAY = 0.9, 1.0, 1.25, 1.6
"""Type sizes, as multiples of the person's own font."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """`#rrggbb` by role. Widgets name roles, never colours."""

    window: str  # behind everything
    sidebar: str
    surface: str  # cards, fields, menus
    hover: str
    pressed: str
    line: str  # hairlines between areas; says nothing, so it may be faint
    edge: str  # the outline that makes a field or a button a control
    text: str
    quiet: str  # secondary text
    faint: str  # disabled text: exempt from contrast
    accent: str
    accent_hover: str
    on_accent: str
    selection: str  # behind a selected row
    on_selection: str
    good: str
    warning: str
    bad: str
    info_back: str  # behind notices
    warning_back: str
    bad_back: str
    placeholder: str  # where a photo will appear


LIGHT = Colours(
    window="#fafaf8",
    sidebar="#f1f1ee",
    surface="#ffffff",
    hover="#e8e8e4",
    pressed="#dcdcd7",
    line="#e0e0db",
    edge="#85857e",
    text="#1f1f1d",
    quiet="#5a5a55",
    faint="#a3a39d",
    accent="#1d6678",
    accent_hover="#17545f",
    on_accent="#ffffff",
    selection="#d3e6ea",
    on_selection="#123e49",
    good="#2b6e3f",
    warning="#835400",
    bad="#b02a2a",
    info_back="#e4f0f2",
    warning_back="#fbf0d8",
    bad_back="#fae4e2",
    placeholder="#e9e9e5",
)

DARK = Colours(
    window="#1c1d1f",
    sidebar="#17181a",
    surface="#26282a",
    hover="#303336",
    pressed="#3a3d41",
    line="#303336",
    edge="#7f848a",
    text="#ececea",
    quiet="#acafb3",
    faint="#6a6d72",
    accent="#7cc4d4",
    accent_hover="#98d3e0",
    on_accent="#0c2a32",
    selection="#1f4a56",
    on_selection="#e4f4f7",
    good="#83cf98",
    warning="#ecbc63",
    bad="#f2958d",
    info_back="#1e343a",
    warning_back="#3a3018",
    bad_back="#402423",
    placeholder="#2c2e31",
)

READ_ON: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("text", ("window", "sidebar", "surface", "hover", "pressed", "info_back", "warning_back", "bad_back")),
    ("quiet", ("window", "sidebar", "surface", "hover", "info_back", "warning_back", "bad_back")),
    ("accent", ("window", "sidebar", "surface", "hover", "pressed", "info_back")),
    ("on_accent", ("accent", "accent_hover")),
    ("on_selection", ("selection",)),
    ("good", ("window", "surface")),
    ("warning", ("window", "surface", "warning_back")),
    ("bad", ("window", "sidebar", "surface", "hover", "bad_back")),
)
"""Text and what it is read on: at least 4.5 to 1."""

SEEN_ON: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("edge", ("window", "sidebar", "surface", "hover", "info_back", "warning_back", "bad_back")),
    ("accent", ("window", "sidebar", "surface", "hover")),
)
"""Outlines and marks, and what they lie on: at least 3 to 1."""


def contrast(one: str, other: str) -> float:
    """The contrast of two `#rrggbb` colours as WCAG 2 defines it: 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def by_name(colours: Colours) -> dict[str, str]:
    return {field.name: getattr(colours, field.name) for field in fields(colours)}


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
