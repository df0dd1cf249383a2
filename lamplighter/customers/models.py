"""Places that are served, and the points at which."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Length

from lamplighter.kernel import new_id

models.CharField.register_lookup(Length)


class ServiceLocation(models.Model):
    """A place that is served: a home, a shop, a plant. Towards its user, a "property"."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    address = models.CharField(max_length=500)
    time_zone = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.address


class UsagePoint(models.Model):
    """Where one commodity is delivered to or taken from a service location, and is metered."""

    class Commodity(models.TextChoices):
        ELECTRICITY = "electricity"
        GAS = "gas"
        WATER = "water"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    service_location = models.ForeignKey(ServiceLocation, models.PROTECT, related_name="+")
    reference = models.CharField(max_length=64, unique=True)
    """The number the industry knows it by: NMI, EAN, MPAN, POD."""
    commodity = models.CharField(max_length=16, choices=Commodity.choices)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(commodity__in=["electricity", "gas", "water"]),
                name="usage_point_commodity_known",
            ),
            models.CheckConstraint(
                condition=models.Q(reference__length__gt=0), name="usage_point_reference_given"
            ),
        ]

    def __str__(self) -> str:
        return self.reference
