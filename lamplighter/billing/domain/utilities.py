"""The utility itself, as it stands on its paper."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Utility:
    """Who sends the bill. Whatever is empty is left out."""

    name: str
    address: tuple[str, ...] = ()
    """Lines."""
    phone: str = ""
    email: str = ""
    web: str = ""
    tax_id: str = ""
    accent: str = "#0b5c6b"
    """Its colour, as `#rrggbb`."""
    logo: bytes | None = None
    """An SVG picture."""
    bank: str = ""
    """The name of its bank."""
    iban: str = ""
    bic: str = ""
    upi_id: str = ""
    """Its address in India's Unified Payments Interface, such as `name@bank`."""
    payment_url: str = ""
    """Where bills are paid on the web; `{bill}` stands for the bill's number."""
    payment_text: str = ""
    """What else there is to say about paying: direct debit, cash desks."""
    paper: str = "a4"
    """What its bills are printed on: `a4` or `letter`."""
