"""Files that are sent to the API: as the field `file` of a form, or as the body itself."""

import hashlib
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.http import HttpRequest

from lamplighter.kernel import Place, Refusal

_CHUNK: Final = 1 << 20
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9._-]+")

FILE_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
"""What OpenAPI says of an operation to which a file is sent."""


class FileMissing(Refusal):
    """There is no file in this request."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent, on the disk until the request is answered."""

    path: Path
    name: str
    sha256: str


@contextmanager
def uploaded(request: HttpRequest, *, name: str = "file") -> Iterator[Upload]:
    """
    Take the file of a request.

    :param name: what it is called, if it is the body itself
    :raises FileMissing: if there is none, or an empty one
    """
    form = request.content_type == "multipart/form-data"
    sent: Any = request.FILES.get("file") if form else request
    if sent is None:
        raise FileMissing(remedy="Send it as the field `file`.", places=(Place(field="file"),))
    called = _NOT_IN_NAMES.sub("_", (sent.name if form else name) or "file").strip("._") or "file"
    with tempfile.TemporaryDirectory(prefix="lamplighter-") as folder:
        path = Path(folder) / called[-100:]
        digest = hashlib.sha256()
        with path.open("wb") as file:
            while piece := sent.read(_CHUNK):
                digest.update(piece)
                file.write(piece)
        if not path.stat().st_size:
            raise FileMissing(places=(Place(field="file"),))
        yield Upload(path, path.name, digest.hexdigest())
