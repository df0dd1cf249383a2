"""Usage for the eye: the chart of thirteen months, and when in the day it was."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from lamplighter.billing.adapters.typst_printer.writing import Writing
from lamplighter.billing.domain.sheets import (
    MOST_PERIODS,
    BandUse,
    KeyFigures,
    PeriodUsage,
    Sheet,
    key_figures,
)
from lamplighter.kernel import Currency, Money

Told = dict[str, Any]

_LONGEST_LABEL: Final = 6
"""Of so many characters, every bar can have one."""


def usage_of(sheet: Sheet, write: Writing) -> Told | None:
    """The figures and the chart; None if no usage is known."""
    figures = key_figures(sheet)
    if figures is None:
        return None
    periods = sheet.usage[-MOST_PERIODS:]
    return {
        "title": write.word("usage"),
        "quantity": write.quantity(figures.quantity, ""),
        "unit": figures.unit,
        "daily": _daily(figures, write),
        "changes": _changes(figures, write),
        "chart": _chart(periods, write) if len(periods) > 1 else None,
        "legend": _legend(periods, write),
    }


def split_of(bands: Sequence[BandUse], currency: Currency, write: Writing) -> Told | None:
    """Usage by band of the day; None if there is one band only."""
    if not bands:
        return None
    parts = [
        {
            "name": band.band,
            "quantity": write.quantity(band.quantity, band.unit),
            "share": write.share(band.share),
            "amount": write.money(Money(band.amount_minor, currency)),
            "part": float(band.share),
        }
        for band in bands
    ]
    said = ", ".join(f"{part['name']} {part['quantity']} ({part['share']})" for part in parts)
    return {
        "title": write.word("times"),
        "alt": write.word("split", parts=said),
        "parts": parts,
    }


def _daily(figures: KeyFigures, write: Writing) -> str:
    # Three figures will do for an average.
    most = 0 if figures.daily >= 100 else 1 if figures.daily >= 10 else 2
    quantity = write.quantity(round(figures.daily, most), figures.unit)
    return write.word("per_day", quantity=quantity, days=write.days(figures.days))


def _changes(figures: KeyFigures, write: Writing) -> list[str]:
    told = []
    for change, when in (
        (figures.change_since_last, "last_bill"),
        (figures.change_since_last_year, "last_year"),
    ):
        if change is not None:
            whole = round(change, 2)
            word = "same" if not whole else "more" if whole > 0 else "less"
            told.append(write.word(word, share=write.share(abs(whole)), when=write.word(when)))
    return told


def _chart(periods: Sequence[PeriodUsage], write: Writing) -> Told:
    highest = max(period.quantity for period in periods)
    most = highest if highest > 0 else Decimal(1)
    crowded = len(write.rounded(most)) > _LONGEST_LABEL
    bars, said = [], []
    for number, period in enumerate(periods, start=1):
        middle = period.first_day + (period.after_last - period.first_day) / 2
        height = max(float(period.quantity / most), 0.0)
        value = write.rounded(period.quantity)
        labelled = not crowded or number == len(periods)
        bars.append(
            {
                "label": write.month(middle),
                "year": write.year(middle) if number == 1 or middle.month == 1 else "",
                "value": value if labelled else "",
                "height": height,
                "now": number == len(periods),
                "estimated": period.estimated,
            }
        )
        word = "bar_estimated" if period.estimated else "bar"
        quantity = f"{value} {period.unit}"
        said.append(write.word(word, month=write.month_of_year(middle), quantity=quantity))
    return {"bars": bars, "alt": write.word("chart", bars=", ".join(said))}


def _legend(periods: Sequence[PeriodUsage], write: Writing) -> list[list[str]]:
    """Only where there is something to tell apart."""
    if len(periods) < 2 or not any(period.estimated for period in periods):
        return []
    return [["measured", write.word("measured")], ["estimated", write.word("estimated")]]
