"""
The fonts of a bill: FiraGO, which has Latin, Greek, Cyrillic, Arabic, Hebrew, Devanagari and Thai.

It comes from the package pymupdf-fonts (SIL Open Font License 1.1) as Python, and is laid down as
files, since that is what Typst reads. Whoever needs other scripts puts font files beside it.
"""

import os
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Final

import pymupdf_fonts
import typst

FAMILY: Final = "FiraGO"
_FILES: Final = {"FiraGO-Regular.ttf": "figo", "FiraGO-Bold.ttf": "figbo"}


@lru_cache(maxsize=4)
def fonts_in(folder: Path) -> typst.Fonts:
    """What there is in a folder, FiraGO laid down in it; nothing of the machine's own."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, code in _FILES.items():
        if not (folder / name).exists():
            _lay_down(folder / name, pymupdf_fonts.myfont(code))  # type: ignore[no-untyped-call]
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)]
    )


def _lay_down(path: Path, content: bytes) -> None:
    """All of it or nothing: several processes may do so at once."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    with os.fdopen(number, "wb") as file:
        file.write(content)
    Path(name).replace(path)
