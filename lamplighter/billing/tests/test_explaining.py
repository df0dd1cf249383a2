"""Why a bill differs from the one before, to the cent."""

from datetime import date
from pathlib import Path

import pytest

from lamplighter.billing.domain.explaining import Explanation
from lamplighter.billing.queries.explaining import explain
from lamplighter.billing.tests import village
from lamplighter.billing.tests.village import read_meters, run, settle, tariff

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)


def effects(explanation: Explanation) -> dict[str, int]:
    found = {effect.name: effect.amount_minor for effect in explanation.effects}
    assert sum(found.values()) == explanation.difference_minor
    return found


def explained(tmp_path: Path, *, wh: int = village.WH, **tariffs: str) -> dict[str, int]:
    """January and February of a home, and what the difference comes from."""
    village.publish(tmp_path, tariff() | ({"endsBefore": "2025-02-01"} if tariffs else {}))
    if tariffs:
        village.publish(tmp_path, tariff(**tariffs) | {"startsOn": "2025-02-01"})
    village.define_cycle()
    homes = settle(1)
    read_meters(homes, JANUARY, FEBRUARY)
    read_meters(homes, FEBRUARY, MARCH, wh=wh)
    run(date(2025, 2, 28))
    return effects(explain("B-0000002"))


def test_three_days_less_are_days(tmp_path: Path) -> None:
    # 72 hours of 0.5 kWh at 0.20.
    assert explained(tmp_path) == {"days": -720, "usage": 0, "rate": 0, "estimation": 0}


def test_more_a_day_is_usage(tmp_path: Path) -> None:
    # 672 hours of 0.1 kWh more at 0.20.
    assert explained(tmp_path, wh=600) == {"days": -720, "usage": 1344, "rate": 0, "estimation": 0}


def test_a_new_price_is_rate(tmp_path: Path) -> None:
    # 336 kWh at 0.05 more.
    found = explained(tmp_path, rate="0.25")
    assert found == {"days": -720, "usage": 0, "rate": 1680, "estimation": 0}


def test_the_first_bill_has_nothing_to_compare_with(tmp_path: Path) -> None:
    explained(tmp_path)
    first = explain("B-0000001")
    assert (first.previous, first.effects) == (None, ())
