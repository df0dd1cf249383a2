import io
import json
import logging
import logging.config
from typing import Any

import pytest
import structlog

from lamplighter.platform import logs


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Start logging in a format; what comes of it is read line by line."""
    stream = io.StringIO()

    def start(log_format: str) -> io.StringIO:
        setting = logs.django_logging(log_format)
        setting["handlers"]["stderr"]["stream"] = stream
        logging.config.dictConfig(setting)
        return stream

    kept = logging.root.handlers[:]
    yield start
    logging.root.handlers[:] = kept


def test_machines_get_one_json_object_a_line_with_the_trace(lines: Any) -> None:
    stream = lines("json")
    with logs.tracing("abc"):
        structlog.get_logger("a.b").info("bill issued", bill=7)
        logging.getLogger("django.request").warning("Not Found: %s", "/x")
    ours, djangos = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert ours.pop("timestamp") <= djangos.pop("timestamp")
    assert ours == {
        "event": "bill issued", "bill": 7, "logger": "a.b", "level": "info", "trace_id": "abc"
    }  # fmt: skip
    assert djangos == {
        "event": "Not Found: /x", "logger": "django.request", "level": "warning", "trace_id": "abc"
    }  # fmt: skip


def test_people_get_a_readable_line(lines: Any) -> None:
    stream = lines("console")
    structlog.get_logger("a.b").info("bill issued", bill=7)
    assert "bill issued" in stream.getvalue()
    assert "bill=7" in stream.getvalue()


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_breakdown_is_logged_with_its_trace_back_and_without_persons(
    log_format: str, lines: Any
) -> None:
    stream = lines(log_format)
    try:
        raise ValueError("no lamp for mary@example.org")
    except ValueError:
        structlog.get_logger("a").exception("fell")
    assert "test_logs.py" in stream.getvalue()
    assert "no lamp for [hidden]" in stream.getvalue()


@pytest.mark.parametrize(
    "key",
    "password new_passwd secret_key API_KEY apikey access_token Authorization cookie email e_mail "
    "customer_email phone mobile_number address birth_date iban card_number name full_name "
    "database_dsn sessionid".split(),
)
def test_values_under_telling_keys_are_blotted_out(key: str) -> None:
    event = {"event": "x", "inner": [{key: "told"}], key: "told"}
    assert "told" not in str(logs.redact(None, "info", event))


def test_values_that_tell_by_themselves_are_blotted_out() -> None:
    event = {"event": "postgres://me:pass@db/x and mary.o'x+y@example.co.uk wrote", "n": 7}
    assert logs.redact(None, "info", event) == {
        "event": "postgres://[hidden]@db/x and [hidden] wrote", "n": 7
    }  # fmt: skip


def test_what_tells_nothing_is_left_alone() -> None:
    event = {"event": "5 @ 3", "cubic_metres": "a", "filename": "b", "discarded": "c", "at": ["d"]}
    assert logs.redact(None, "info", event) == event
