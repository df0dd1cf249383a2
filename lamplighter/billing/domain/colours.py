"""Colours that can be read: contrast as the Web Content Accessibility Guidelines 2.2 count it."""

import re
from typing import Final

from lamplighter.kernel import Refusal

READABLE: Final = 4.5
"""The contrast that text of ordinary size needs (success criterion 1.4.3)."""


class NotAColour(Refusal):
    """This is not a colour."""


def colour(text: str) -> str:
    """
    A colour as `#rrggbb`, in lower case.

    :raises NotAColour: if it is not spelt so
    """
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise NotAColour(f"{text!r} is not a colour.", remedy="Write it as #rrggbb.")
    return text.lower()


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def ink_on(background: str) -> str:
    """Black or white, whichever reads better on a background."""
    return max("#ffffff", "#000000", key=lambda ink: contrast(ink, background))


def readable_on_white(wanted: str) -> str:
    """A colour, darkened until text in it can be read on white paper."""
    parts = _parts(wanted)
    while contrast(_spelt(parts), "#ffffff") < READABLE:
        parts = tuple(int(part * 0.95) for part in parts)
    return _spelt(parts)


def _parts(text: str) -> tuple[int, ...]:
    return tuple(int(text[at : at + 2], 16) for at in (1, 3, 5))


def _spelt(parts: tuple[int, ...]) -> str:
    return "#" + "".join(f"{part:02x}" for part in parts)


def _luminance(text: str) -> float:
    """Relative luminance of sRGB, as WCAG 2.2 defines it."""
    shares = (part / 255 for part in _parts(text))
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
