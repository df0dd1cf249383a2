import json
import urllib.request
from collections.abc import Iterator
from http import HTTPStatus
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from lamplighter.kernel import Place, Refusal
from lamplighter.platform import web
from lamplighter.platform.logs import current_trace_id

TRACE = "0af7651916cd43dd8448eb211c80319c"
traces: list[str] = []


class OutOfOil(Refusal):
    """There is no oil."""

    status = 409


def refuse(request: HttpRequest) -> HttpResponse:
    traces.append(current_trace_id())
    raise OutOfOil("The can is empty.", places=(Place(field="oil"),))


def fall(request: HttpRequest) -> HttpResponse:
    secret = "a password"
    raise ZeroDivisionError(secret)


def forbid(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def suspect(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation


urlpatterns = [
    path("refuse", refuse),
    path("fall", fall),
    path("forbid", forbid),
    path("suspect", suspect),
]
handler400 = web.bad_request
handler403 = web.forbidden
handler404 = web.not_found
handler500 = web.broken


@pytest.fixture
def client(settings: Settings) -> Client:
    # What a site puts around it, such as asking who is there, is tested with the site.
    settings.MIDDLEWARE = ["lamplighter.platform.web.Trace"]
    return Client(raise_request_exception=False)


def problem(response: Any) -> dict[str, Any]:
    assert response.headers["Content-Type"] == "application/problem+json"
    assert "no-store" in response.headers["Cache-Control"]
    body: dict[str, Any] = response.json()
    assert body["status"] == response.status_code
    assert body["trace_id"] == response.headers["X-Trace-Id"]
    return body


@pytest.mark.urls(__name__)
def test_a_refusal_is_answered_as_a_problem(client: Client) -> None:
    body = problem(client.get("/refuse"))
    assert (body["code"], body["status"]) == ("OutOfOil", 409)
    assert body["errors"] == [{"detail": "The can is empty.", "field": "oil", "pointer": "#/oil"}]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("address", "status"),
    [("/fall", 500), ("/forbid", 403), ("/suspect", 400), ("/nowhere", 404)],
)
def test_everything_else_is_answered_as_a_problem_that_gives_nothing_away(
    client: Client, address: str, status: int
) -> None:
    response = client.get(address)
    assert problem(response)["status"] == status
    assert "password" not in response.text
    assert "Traceback" not in response.text


@pytest.mark.urls(__name__)
def test_a_request_keeps_the_trace_it_comes_with(client: Client) -> None:
    response = client.get("/refuse", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    assert response.headers["X-Trace-Id"] == traces[-1] == TRACE


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    "sent",
    ["", "x", f"00-{'0' * 32}-b7ad6b7169203331-01", f"00-{TRACE}\r\nX: y-b7ad6b7169203331-01"],
)
def test_a_trace_that_makes_no_sense_is_replaced(client: Client, sent: str) -> None:
    client.get("/refuse", headers={"traceparent": sent})
    assert len(traces[-1]) == 32
    assert traces[-1] not in sent
    assert current_trace_id() == ""


@pytest.mark.parametrize("address", ["/health/live", "/health/ready"])
@pytest.mark.django_db
def test_a_healthy_process_says_so(client: Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == HTTPStatus.OK
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.django_db(transaction=True)
def test_a_process_without_database_is_live_but_not_ready(client: Client) -> None:
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = "/nowhere/nothing"
    try:
        assert client.get("/health/live").status_code == HTTPStatus.OK
        assert problem(client.get("/health/ready"))["status"] == HTTPStatus.SERVICE_UNAVAILABLE
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name


@pytest.fixture
def address(db: None) -> Iterator[str]:
    """Of a server, with a thread and a connection of its own."""
    with make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet) as server:

        def serve() -> None:
            server.serve_forever(poll_interval=0.05)
            connections.close_all()

        thread = Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None: ...


def test_health_is_answered_over_the_wire_whatever_the_host_is_called(address: str) -> None:
    request = urllib.request.Request(f"{address}/health/ready", headers={"Host": "10.0.0.1"})
    with urllib.request.urlopen(request, timeout=10) as response:
        assert json.load(response) == {"status": "ready"}
    with pytest.raises(HTTPError) as no:
        urllib.request.urlopen(f"{address}/nothing", timeout=10)
    assert json.load(no.value)["code"] == "NotFound"
    no.value.close()
