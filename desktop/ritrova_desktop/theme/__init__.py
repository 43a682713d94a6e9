"""Looks: tokens, the style sheet, the icon set, and the theme that is in force."""

from ritrova_desktop.theme.theme import Choice, Theme

__all__ = ["Choice", "Theme"]
