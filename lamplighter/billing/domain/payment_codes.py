"""
What the square code on a bill says, so that a telephone can pay it.

Sources: European Payments Council, EPC069-12, version 3.1 (SEPA credit transfer); National
Payments Corporation of India, UPI linking specifications, version 1.6.
"""

import re
from typing import Final
from urllib.parse import quote

from lamplighter.billing.domain.utilities import Utility
from lamplighter.kernel import Money

_MOST_OF_A_TRANSFER: Final = 99_999_999_999
"""In cents: EPC069-12 has room for 999999999.99."""


def payment_code(utility: Utility, *, due: Money, reference: str) -> str:
    """The text of the code; empty if there is nothing to pay, or no way to pay by a code."""
    if due.minor <= 0:
        return ""
    if utility.iban and due.currency.code == "EUR" and due.minor <= _MOST_OF_A_TRANSFER:
        return _credit_transfer(utility, due=due, reference=reference)
    if utility.upi_id and due.currency.code == "INR":
        return _upi_link(utility, due=due, reference=reference)
    return payment_address(utility, reference=reference)


def payment_address(utility: Utility, *, reference: str) -> str:
    """Where a bill is paid on the web; empty if nowhere."""
    return utility.payment_url.replace("{bill}", quote(reference, safe=""))


def _credit_transfer(utility: Utility, *, due: Money, reference: str) -> str:
    """Service tag, version, UTF-8, SEPA credit transfer, BIC, name, IBAN, amount, purpose, text."""
    lines = (
        "BCD",
        "002",
        "1",
        "SCT",
        utility.bic,
        _one_line(utility.name)[:70],
        re.sub(r"\s", "", utility.iban),
        f"EUR{due.amount}",
        "",
        "",
        _one_line(reference)[:140],
    )
    return "\n".join(lines)


def _upi_link(utility: Utility, *, due: Money, reference: str) -> str:
    said = {
        "pa": utility.upi_id,
        "pn": utility.name,
        "tr": reference,
        "tn": reference[:50],
        "am": str(due.amount),
        "cu": "INR",
    }
    return "upi://pay?" + "&".join(f"{key}={quote(text, safe='@')}" for key, text in said.items())


def _one_line(text: str) -> str:
    return " ".join(text.split())
