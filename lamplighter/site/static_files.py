"""
Style, script and picture of the pages, under names that say what is in them.

`site.css` is served as `/static/site.1f3a….css`: it may be kept for ever, and another content has
another name. Nothing has to be collected anywhere before the server starts.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from whitenoise import WhiteNoise

FOLDER: Final = Path(__file__).parent / "static"


@cache
def addresses() -> dict[str, str]:
    """The address of each file, by its name."""
    return {path.name: _address(path) for path in sorted(FOLDER.iterdir())}


def with_static_files(application: Callable[..., Any]) -> Callable[..., Any]:
    """Put a WSGI application behind the files: what is none of them goes on to it."""
    served: Any = WhiteNoise(
        application,
        immutable_file_test=lambda path, url: True,  # noqa: ARG005 - WhiteNoise's names
        allow_all_origins=False,
        add_headers_function=_add_headers,
    )
    for name, address in addresses().items():
        served.add_file_to_dictionary(address, str(FOLDER / name))
    return served  # type: ignore[no-any-return] # WhiteNoise has no types


def _address(path: Path) -> str:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    return f"{settings.STATIC_URL}{path.stem}.{digest}{path.suffix}"


def _add_headers(headers: Any, path: str, url: str) -> None:  # noqa: ARG001 - WhiteNoise's names
    headers["X-Content-Type-Options"] = "nosniff"
