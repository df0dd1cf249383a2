from http import HTTPStatus
from typing import Any

import pytest
from django.test import RequestFactory

from lamplighter.platform.rest import InvalidInput, StrictJson


def read(body: str | bytes) -> Any:
    request = RequestFactory().post("/", body, content_type="application/json")
    return StrictJson().parse_body(request)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ('{"a": [1, -2.5, null, true, "Mary Ö"]}', {"a": [1, -2.5, None, True, "Mary Ö"]}),
        ('{"a": {"a": 1}, "b": {"a": 1}}', {"a": {"a": 1}, "b": {"a": 1}}),
        (r'"\ud83d\udca1"', "\U0001f4a1"),
        ("1e308", 1e308),
    ],
)
def test_what_is_json_is_read(body: str, value: Any) -> None:
    assert read(body) == value


@pytest.mark.parametrize(
    "body",
    ["", "{", "NaN", "-Infinity", "1e999", "[1,]", "{'a': 1}", "[" * 9999, "9" * 5000, "\ufeff1",
     b'"\xff"', b'"\xed\xa0\x80"', '"\0"', "١", "1_000", "0x1"],
)  # fmt: skip
def test_what_is_none_is_refused(body: str | bytes) -> None:
    with pytest.raises(InvalidInput) as no:
        read(body)
    assert no.value.status == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"a": 1, "a": 1}', "a"),
        ('[{"b": {"c": 1, "c": 2}}]', "c"),
        (r'{"a": 1, "\u0061": 2}', "a"),
        (r'{"a": "\u0000"}', "a"),
        (r'{"a": [{"b": "x\ud800y"}]}', "a[0].b"),
        (r'{"\udc00": 1}', ""),
    ],
)
def test_what_readers_understand_differently_is_refused_by_its_place(body: str, field: str) -> None:
    with pytest.raises(InvalidInput) as no:
        read(body)
    assert no.value.status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert (no.value.places[0].field or "") == field
