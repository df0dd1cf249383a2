"""
What is sent wrongly on purpose or by accident: a no that names the place, nothing done, and
nothing told. What each kind of value may be is tried where the value is; here is what holds for
every operation.
"""

import base64
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from structlog.testing import capture_logs

from lamplighter.billing.tests.issued import Household
from lamplighter.identity.domain.permissions import Role
from lamplighter.identity.tests.people import App, code_sent, own_mailbox  # noqa: F401
from tests.web.conftest import logged_in, send
from tests.web.operations import CHANGING, DESCRIPTION, WITH_BODY, Operation, example

pytestmark = pytest.mark.django_db
UNHEARD_OF = "unheard_of"
NEW_ACCOUNT = Operation("POST", "/api/accounts")


@pytest.fixture
def root(db: None) -> Client:
    """Somebody who may do everything, in a browser, by whose cookie alone they are known."""
    everything = (Role.ADMINISTRATOR, Role.PLATFORM_ADMINISTRATOR)
    return logged_in("root@utility.example", roles=everything)


def rows() -> dict[str, int]:
    """How much of everything there is."""
    return {
        model._meta.label: model.objects.count()  # type: ignore[attr-defined]
        for model in apps.get_models()
        if model._meta.app_label != "history"
    }


def zipped(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


def refused(answer: Any, *statuses: int) -> dict[str, Any]:
    """The problem that an answer is, which leads nowhere and tells nothing of our insides."""
    assert answer.status_code in (statuses or range(400, 500)), answer.text[:500]
    assert answer.headers["Content-Type"] == "application/problem+json"
    for inside in ("Traceback", 'File "', "SELECT", "django", "lamplighter.", "sqlite", "psycopg"):
        assert inside not in answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_there_are_operations_to_try() -> None:
    assert len(CHANGING) > 80
    assert len(WITH_BODY) > 45


def test_a_field_that_nobody_knows_is_refused_by_its_name(root: Client) -> None:
    before, wrong = rows(), []
    for operation in WITH_BODY:
        body = example(operation.schema) | {UNHEARD_OF: True}
        told = refused(send(root, operation.method, operation.address, body))
        fields = [error.get("field") for error in told.get("errors", ())]
        if (told["status"], fields) != (422, [UNHEARD_OF]):
            wrong.append((str(operation), body, told))
    assert not wrong
    assert rows() == before


def test_a_body_that_is_not_such_json_is_refused(root: Client) -> None:
    before, wrong = rows(), []
    for operation in WITH_BODY:
        for body, status in BODIES.items():
            told = refused(sent(root, operation, body))
            if (told["status"], told["code"]) != (status, "InvalidInput"):
                wrong.append((str(operation), body[:50], told["status"], told["code"]))
    assert not wrong
    assert rows() == before


def sent(client: Client, operation: Operation, body: bytes, **how: Any) -> Any:
    headers = {"idempotency-key": str(uuid4())} | how.pop("headers", {})
    how.setdefault("content_type", "application/json")
    return client.generic(
        operation.method, f"/api/{operation.address}", body, headers=headers, **how
    )


BODIES = {
    b"{": 400,
    b"\xff\xfe{}": 400,
    b'{"a": NaN}': 400,
    b'{"a": -Infinity}': 400,
    b'{"a": 1e999}': 400,
    b'{"a": ' + b"[" * 100_000: 400,
    b'{"a": ' + b"9" * 5000 + b"}": 400,
    b'{"a": 1, "a": 2}': 422,
    b'{"a": "\\u0000"}': 422,
    b'{"a": "\\ud800"}': 422,
    b"[]": 422,
    b"null": 422,
    b'"lamp"': 422,
    b"1e308": 422,
}


def test_what_says_it_is_something_else_is_not_read(root: Client) -> None:
    before = rows()
    kinds = ("text/plain", "text/csv", "application/x-www-form-urlencoded", "application/xml")
    wrong = [
        (str(operation), kind, answer.status_code)
        for operation in WITH_BODY
        for kind in kinds
        for answer in [sent(root, operation, b"{}", content_type=kind)]
        if refused(answer)["code"] != "MediaTypeUnknown" or answer.status_code != 415
    ]
    assert not wrong
    assert rows() == before


def test_a_packed_body_is_not_unpacked(root: Client) -> None:
    bomb = gzip.compress(b"[" * 1_000_000)
    for operation in WITH_BODY[:5]:
        answer = sent(root, operation, bomb, headers={"content-encoding": "gzip"})
        assert refused(answer, 400)["code"] == "InvalidInput"


def test_a_cookie_alone_changes_nothing(root: Client) -> None:
    """As a form or a script of another site would send it."""
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.cookies = root.cookies
    before, wrong = rows(), []
    for operation in CHANGING:
        if operation.is_open:
            continue
        for origin in ("https://evil.example", "null", "http://testserver"):
            answer = sent(browser, operation, b"{}", headers={"origin": origin})
            if (answer.status_code, refused(answer)["code"]) != (403, "CsrfTokenMissing"):
                wrong.append((str(operation), origin, answer.status_code))
    assert not wrong
    assert rows() == before


def test_nothing_is_answered_under_anothers_name(root: Client) -> None:
    for host in ("evil.example", "testserver.evil.example", "testserver,evil.example", "a b", ""):
        for path in ("/api/accounts", "/api/openapi.json", "/api/nowhere"):
            refused(root.get(path, headers={"host": host}), 400)
        assert root.get("/login", headers={"host": host}).status_code == 400
    assert root.get("/health/live", headers={"host": "10.0.0.7"}).status_code == 200
    forwarded = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
    for path in ("/.well-known/openid-configuration", "/login", "/accounts/A-1"):
        answer = root.get(path, headers=forwarded)
        assert "evil.example" not in answer.text + str(answer.headers)


def test_a_method_is_what_it_is(root: Client) -> None:
    before = rows()
    override = {"x-http-method-override": "DELETE", "x-method-override": "DELETE"}
    assert root.get("/api/sessions?_method=DELETE", headers=override).status_code == 200
    for method in ("PATCH", "TRACE", "CONNECT", "LAMP"):
        for path in ("/api/accounts", "/api/login", "/api/graphql"):
            told = refused(root.generic(method, path, headers=override), 405)
            assert told["code"] == "MethodNotAllowed"
    assert rows() == before


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a b", "ключ", "\u202e"])
def test_what_cannot_be_an_idempotency_key_is_refused(root: Client, key: str) -> None:
    before = rows()
    body = example(NEW_ACCOUNT.schema)
    answer = send(root, "POST", "accounts", body, idempotency_key=key)
    assert refused(answer, 400, 422)["code"].startswith("IdempotencyKey")
    assert rows() == before


@pytest.mark.parametrize(
    "tag", ["", "*x", "garbage", '"' + "0" * 32 + '"', "W/", ",,,", "x" * 5000]
)
def test_what_names_no_version_changes_nothing(root: Client, tag: str) -> None:
    profile = root.get("/api/user-profiles").json()
    body = {name: profile[name] for name in ("postal_address", "language", "time_zone")}
    answer = send(root, "PUT", "user-profiles", body | {"name": "Eve"}, if_match=tag)
    assert refused(answer, 412)["code"] == "ChangedMeanwhile"
    assert root.get("/api/user-profiles").json() == profile


LISTS = [
    path.removeprefix("/api/")
    for path, operations in DESCRIPTION["paths"].items()
    if "after" in {told["name"] for told in operations.get("get", {}).get("parameters", ())}
    and "{" not in path
]


def test_a_cursor_that_is_none_of_ours_leads_nowhere(root: Client) -> None:
    assert len(LISTS) > 15
    order = ["id", "-id", "number", "password"]
    made = [base64.urlsafe_b64encode(json.dumps([[o], ["' OR 1=1 --"]]).encode()) for o in order]
    for path in LISTS:
        for cursor in (
            "AAAA",
            "W10",
            "e30",
            "x" * 1001,
            "a=b",
            "\x00",
            *(c.decode() for c in made),
        ):
            sent = {"after": cursor.rstrip("=")}
            if path == "usage-data/history":
                continue
            answer = root.get(f"/api/{path}", sent)
            if answer.status_code == 200:  # a list by one text goes on after any text
                assert answer.json()["items"] == [], path
            else:
                assert refused(answer, 422)["code"] in ("CursorMalformed", "InvalidInput"), path


@pytest.mark.parametrize("text", ["password", "id;drop table", "user__password", "-", "a,a", "\0"])
def test_nothing_else_is_picked_or_sorted_by(root: Client, text: str) -> None:
    for path, operations in DESCRIPTION["paths"].items():
        names = {told["name"] for told in operations.get("get", {}).get("parameters", ())}
        for name in names & {"fields", "sort"} if "{" not in path else ():
            told = refused(root.get(path, {name: text}), 422)
            assert told["code"] in ("FieldUnknown", "SortUnknown", "InvalidInput")


FILES = {
    "nested.zip": zipped({"day.zip": zipped({"day.csv": b"0" * 1_000_000})}),
    "bomb.zip": zipped({"day.csv": b"0" * 50_000_000}),
    "../../../../etc/cron.d/lamp.zip": zipped({"../../../../tmp/lamp-was-here.csv": b"a,b"}),
    "laughs.xml": (
        b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lollollol">'
        + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 99) for n in range(9))
        + b"]><feed>&j;</feed>"
    ),
    "reads.xml": b'<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/passwd">]><feed>&x;</feed>',
    "wide.csv": b"a," * 500_000,
    "formula.csv": b"=cmd|' /C calc'!A0,@SUM(1),+1,-1",
    "bytes.csv": bytes(range(256)) * 100,
    "\x00.csv": b"\x00" * 1000,
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("path", ["imports", "imports/inspection", "tariffs/imports"])
def test_a_file_that_is_a_trap_is_refused(root: Client, path: str, name: str) -> None:
    before = rows()
    file = SimpleUploadedFile(name, FILES[name])
    told = refused(root.post(f"/api/{path}", {"file": file}), 413, 422)
    assert "root:" not in str(told)
    assert "lamplighter-" not in str(told)  # the folder that it lay in
    assert not Path("/tmp/lamp-was-here.csv").exists()
    assert rows() == before


SECRETS = {"password": "seven lanterns on the quay", "new": "eight lanterns on the quay"}


def test_no_secret_gets_into_a_log(db: None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with capture_logs() as logged:
        secrets = register_log_in_refresh_and_reset()
    assert logged
    told = repr(logged) + caplog.text
    assert len(secrets) > 10
    for secret in secrets:
        assert secret not in told


def register_log_in_refresh_and_reset() -> set[str]:
    """Rightly and wrongly; tell all that nobody else may know."""
    app, email = App(), "mary@quay.example"
    who = {"email": email, "password": SECRETS["password"]}
    begun = app.post("/register", who | {"name": "Mary Quay"}).json()
    code = code_sent("verify_email")
    shown = {"challenge": begun["challenge"], "code": code}
    app.post("/register/verify", shown | {"code": "wrong-code-1"})
    assert app.post("/register/verify", shown).status_code == 204
    app.log_in(email, "a wrong lantern on the quay")
    assert app.log_in(email, SECRETS["password"]).status_code == 200
    first = dict(app.tokens)
    second = app.post("/token/refresh", {"refresh_token": first["refresh_token"]}).json()
    app.tokens = second
    app.post("/token/refresh", {"refresh_token": first["refresh_token"]})
    app.get("/sessions", authorization="Bearer not.a.token-of-anybody")
    asked = app.post("/password/forgot", {"email": email}).json()["challenge"]
    reset = code_sent("reset_password")
    new = {"challenge": asked, "code": reset, "password": SECRETS["new"]}
    assert app.post("/password/reset", new).status_code == 204
    tokens = {
        found[name] for found in (first, second) for name in ("access_token", "refresh_token")
    }
    return {
        *tokens, *SECRETS.values(), email, "a wrong lantern", "wrong-code-1", "not.a.token",
        f"{code} ", f"{reset} ", f"'{code}'", f"'{reset}'", "Mary Quay", asked,
    }  # fmt: skip


def test_a_no_has_the_name_that_the_source_document_gives_it(root: Client, home: Household) -> None:
    """And its type leads to a page."""
    app = App()
    right = {
        "address": ["1 Quay"],
        "commodity": "electricity",
        "meter_number": "7",
        "tariff": "HOME",
    }
    told = [
        app.log_in("nobody@x.example", "not the password at all"),
        app.get("/accounts"),
        logged_in("kim@x.example").get("/api/audit"),
        send(root, "POST", "accounts", {}),
        root.get("/api/bills/NONE"),
        *(send(root, "POST", "users/properties", right) for _ in range(2)),
    ]
    codes = [(answer.json().get("code"), answer.status_code) for answer in told]
    assert codes == [
        ("InvalidCredentials", 401),
        ("UnauthorizedAccess", 401),
        ("UnauthorizedAccess", 403),
        ("InvalidInput", 422),
        ("BillNotFound", 404),
        (None, 201),
        ("DuplicateProperty", 409),
    ]
    for code in {code for code, _ in codes if code} | {"AccountLocked", "ProfileNotFound"}:
        assert root.get(f"/problems/{code}").status_code == 200, code
