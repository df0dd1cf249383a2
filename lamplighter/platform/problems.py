"""
How a no, and a breakdown, are told to a program: problem details (RFC 9457).

    {"type": "/problems/MeterUnknown", "title": "…", "status": 422, "code": "MeterUnknown",
     "detail": "…", "remedy": "…", "trace_id": "…",
     "errors": [{"detail": "…", "source": "day.csv", "row": 7, "field": "tiers[0].rate",
                 "pointer": "#/tiers/0/rate"}]}

`code` is stable, `detail` is for people and may change. Members without a value are left out.
"""

import re
from http import HTTPStatus
from typing import Any, Final

from lamplighter.kernel import Place, Refusal

_STEP: Final = re.compile(r"[A-Za-z0-9_-]+")
_PATH: Final = re.compile(rf"{_STEP.pattern}((\.{_STEP.pattern})|\[[0-9]+\])*")
_DETAILS: Final = {
    HTTPStatus.BAD_REQUEST: "The request cannot be understood.",
    HTTPStatus.UNAUTHORIZED: "This is for who has logged in.",
    HTTPStatus.FORBIDDEN: "This is not allowed to you.",
    HTTPStatus.NOT_FOUND: "There is nothing at this address.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The request is larger than what is taken here.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not know the method.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something broke here. Nothing of this request was kept.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database does not answer.",
}


def of_refusal(refusal: Refusal, *, trace_id: str) -> dict[str, Any]:
    """Tell a refusal, with every place that it names."""
    return _problem(
        code=refusal.code,
        title=refusal.title,
        status=refusal.status,
        detail=refusal.detail,
        remedy=refusal.remedy,
        errors=[_error(refusal.detail, place) for place in refusal.places],
        trace_id=trace_id,
    )


def of_status(status: HTTPStatus, *, trace_id: str) -> dict[str, Any]:
    """Tell what has no refusal of its own. Of a breakdown nothing is given away: see the log."""
    return _problem(
        code=status.phrase.title().replace(" ", ""),
        title=f"{status.phrase}.",
        status=status.value,
        detail=_DETAILS[status],
        trace_id=trace_id,
    )


def _problem(*, code: str, **members: Any) -> dict[str, Any]:
    problem = {"type": f"/problems/{code}", "code": code, **members}
    return {name: value for name, value in problem.items() if value not in ("", [], None)}


def _error(detail: str, place: Place) -> dict[str, Any]:
    error = {
        "detail": detail,
        "source": place.source,
        "row": place.row,
        "field": place.field,
        "pointer": _pointer(place.field),
    }
    return {name: value for name, value in error.items() if value is not None}


def _pointer(field: str | None) -> str | None:
    """A JSON pointer (RFC 6901, as a URI fragment) to a field that is given as `a[0].b`."""
    if field is None or not _PATH.fullmatch(field):
        return None
    return "#/" + "/".join(_STEP.findall(field))
