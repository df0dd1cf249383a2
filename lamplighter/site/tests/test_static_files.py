"""Style, script and pictures, as a server hands them out."""

import re
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from lamplighter.site.static_files import FOLDER, addresses
from lamplighter.site.wsgi import application


def asked(path: str) -> tuple[str, dict[str, str], bytes]:
    environ: dict[str, Any] = {"PATH_INFO": path}
    setup_testing_defaults(environ)
    told: list[Any] = []
    body = application(environ, lambda status, head: told.extend((status, head)))
    content = b"".join(body)
    if hasattr(body, "close"):
        body.close()
    return told[0], dict(told[1]), content


def test_a_file_is_kept_for_ever_under_a_name_that_says_what_is_in_it() -> None:
    address = addresses()["site.css"]
    assert re.fullmatch(r"/static/site\.[0-9a-f]{16}\.css", address)
    status, head, body = asked(address)
    assert (status, body) == ("200 OK", (FOLDER / "site.css").read_bytes())
    assert "immutable" in head["Cache-Control"]
    assert head["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
def test_another_name_leads_nowhere() -> None:
    for path in ("/static/site.css", "/static/site.0000000000000000.css", "/static/../settings.py"):
        assert asked(path)[0] == "404 Not Found"
