"""Where bars stand and how high they are."""

from datetime import date
from decimal import Decimal

from lamplighter.billing.queries.usage_history import BilledUsage
from lamplighter.kernel import Currency, Money
from lamplighter.site.pages.charts import usage_charts, waterfall

EUR = Currency("EUR")


def used(month: int, quantity: str, *, commodity: str = "electricity") -> BilledUsage:
    return BilledUsage(
        number=f"B-{month}",
        first_day=date(2025, month, 1),
        after_last=date(2025, month + 1, 1),
        commodity=commodity,
        quantity=Decimal(quantity),
        unit="kWh",
        total=Money(0, EUR),
        estimated=False,
    )


def test_bars_are_as_high_as_what_was_used() -> None:
    (chart,) = usage_charts([used(1, "400"), used(2, "200"), used(3, "0")], current="B-2")
    # The axis ends at 400, which reads well.
    assert [mark.label for mark in chart.marks] == ["0", "200", "400"]
    high, half, nothing = chart.bars
    assert high.height == 2 * half.height
    assert nothing.height == 1
    assert {bar.y + bar.height for bar in chart.bars} == {chart.floor}
    assert [bar.label for bar in chart.bars] == ["Jan", "Feb", "Mar"]
    assert [bar.current for bar in chart.bars] == [False, True, False]
    assert all(bar.x + bar.width <= chart.width for bar in chart.bars)


def test_each_commodity_has_a_chart_of_its_own() -> None:
    charts = usage_charts([used(1, "4"), used(1, "9", commodity="gas")])
    assert [chart.commodity for chart in charts] == ["electricity", "gas"]
    assert usage_charts([]) == ()


def test_a_waterfall_falls_from_one_amount_to_the_other() -> None:
    drawn = waterfall(
        before=("B-1", 5000),
        effects=[("usage", 2000, "80 kWh more"), ("rate", -1000, "a cent less")],
        after=("B-2", 6000),
        currency=EUR,
    )
    before, usage, rate, after = drawn.steps
    assert [step.kind for step in drawn.steps] == ["whole", "more", "less", "whole"]
    assert before.y + before.height == after.y + after.height == drawn.zero
    assert usage.y + usage.height == before.y == before.level
    assert rate.y == usage.y
    assert rate.level == after.y


def test_a_waterfall_may_go_below_nothing() -> None:
    drawn = waterfall(
        before=("B-1", 1000), effects=[("usage", -3000, "")], after=("B-2", -2000), currency=EUR
    )
    before, usage, after = drawn.steps
    assert before.y + before.height == drawn.zero == after.y
    assert usage.y == before.y
    assert usage.y + usage.height == after.y + after.height
