from http import HTTPStatus

import pytest

from lamplighter.kernel import Place, Refusal
from lamplighter.platform import problems


class TierOutOfOrder(Refusal):
    """Tiers climb."""


def test_a_refusal_is_told_with_its_code_and_places() -> None:
    places = (Place(source="a.json", row=2, field="tiers[0][1].rate"), Place(row=3))
    refusal = TierOutOfOrder("5 comes after 7.", remedy="Sort them.", places=places)
    assert problems.of_refusal(refusal, trace_id="t") == {
        "type": "/problems/TierOutOfOrder",
        "code": "TierOutOfOrder",
        "title": "Tiers climb.",
        "status": 422,
        "detail": "5 comes after 7.",
        "remedy": "Sort them.",
        "errors": [
            {
                "detail": "5 comes after 7.",
                "source": "a.json",
                "row": 2,
                "field": "tiers[0][1].rate",
                "pointer": "#/tiers/0/1/rate",
            },
            {"detail": "5 comes after 7.", "row": 3},
        ],
        "trace_id": "t",
    }


def test_members_without_a_value_are_left_out() -> None:
    assert set(problems.of_refusal(TierOutOfOrder(), trace_id="")) == {
        "type", "code", "title", "status", "detail"
    }  # fmt: skip


@pytest.mark.parametrize("field", ["a b", "a[x]", "/a", "a..b", "", "a]["])
def test_a_field_that_is_no_path_has_no_pointer(field: str) -> None:
    refusal = TierOutOfOrder(places=(Place(field=field),))
    assert "pointer" not in problems.of_refusal(refusal, trace_id="")["errors"][0]


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
def test_statuses_without_a_refusal_are_told_too(status: int) -> None:
    problem = problems.of_status(HTTPStatus(status), trace_id="t")
    assert problem["status"] == status
    assert problem["detail"].endswith(".")
    assert problem["code"] in problem["type"]
