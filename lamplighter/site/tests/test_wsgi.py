"""The application over HTTP, as a server calls it."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from lamplighter.site.wsgi import application


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing on the terminal of the tests."""


@pytest.fixture
def address() -> Iterator[str]:
    with make_server("127.0.0.1", 0, application, handler_class=Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_living_process_says_so_over_http(address: str) -> None:
    with urllib.request.urlopen(f"{address}/health/live") as answer:
        assert answer.status == 200


def test_what_is_not_there_is_a_problem_with_a_trace(address: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as no:
        urllib.request.urlopen(f"{address}/nowhere")
    with no.value as answer:
        problem = json.loads(answer.read())
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (problem["status"], bool(problem["trace_id"])) == (404, True)
