"""
What usage costs.

`price` takes one billing period of one account, in exact decimals, and gives lines that explain
themselves. It is the reference: `columns` prices a million accounts at once, to the same cents.
"""

from lamplighter.tariffs.domain.pricing.bill import price
from lamplighter.tariffs.domain.pricing.lines import Kind, Line, PricedBill
from lamplighter.tariffs.domain.pricing.state import Carried, Facts

__all__ = ["Carried", "Facts", "Kind", "Line", "PricedBill", "price"]
