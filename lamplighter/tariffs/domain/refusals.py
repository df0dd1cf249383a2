"""Why a tariff is not taken."""

from lamplighter.kernel import Refusal


class InvalidTariff(Refusal):
    """The tariff cannot be billed as it is written."""


class UnbillableField(Refusal):
    """The tariff charges for something that cannot be billed from this record."""


class UnknownField(Refusal):
    """The tariff has a field that Lamplighter does not know, and so might bill wrongly."""


class HourWithoutBand(Refusal):
    """Some time of the year belongs to no price band, or to one that has no price."""


class TiersOutOfOrder(Refusal):
    """Tiers must rise, and only the last one may be without an upper bound."""
