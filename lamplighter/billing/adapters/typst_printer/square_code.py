"""Square codes (QR, ISO/IEC 18004) as SVG pictures."""

from io import BytesIO
from typing import Final

import segno

_MASK: Final = 3
"""
Readers take any of the eight masks; looking for the best of them takes five times as long as all
the rest.
"""


def square_code(text: str) -> str:
    """A picture whose ground is clear and whose quiet zone is left to the paper around it."""
    code = segno.make(text, error="m", micro=False, boost_error=False, mask=_MASK, encoding="utf-8")
    picture = BytesIO()
    code.save(picture, kind="svg", border=0, xmldecl=False, svgns=True, nl=False, omitsize=True)
    return picture.getvalue().decode()
