"""Accounts, places that are served, and the points at which."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Length

from lamplighter.kernel import new_id
from lamplighter.platform.personal import PersonalText

models.CharField.register_lookup(Length)


class Account(models.Model):
    """Who is billed: a person or an organisation, in one currency."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=32, unique=True)
    """What its holder knows it by."""
    holder = models.CharField(max_length=200)
    """Whose it is: a name, as it stands on letters."""
    postal_address = models.CharField(max_length=500)
    """Where letters go: lines, separated by line feeds."""
    language = models.CharField(max_length=35, default="en")
    """What its holder reads: a BCP 47 tag."""
    currency = models.CharField(max_length=3)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(number=""), name="account_number_given"),
            models.CheckConstraint(
                condition=models.Q(closed_on=None) | models.Q(closed_on__gte=models.F("opened_on")),
                name="account_closed_after_opened",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["holder"], name="account_holder")]

    def __str__(self) -> str:
        return self.number


class AccountUser(models.Model):
    """A user may see an account, and act for it: its holder, or somebody they trust."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="users")
    user = models.ForeignKey("identity.User", models.PROTECT, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    """Exclusive; null: it goes on."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "user"],
                condition=models.Q(until=None),
                name="account_user_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["user", "until"], name="account_user_user")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.user_id}"


class AccountCode(models.Model):
    """A code on a letter to an account's holder: who sends it in may see the account. Once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    index = models.CharField(max_length=64, unique=True)
    """A keyed hash of the code, which itself is nowhere."""
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey("identity.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(used_at=None, used_by=None)
                | models.Q(used_at__isnull=False, used_by__isnull=False),
                name="account_code_used_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class UserProperty(models.Model):
    """A home as its user describes it. Its data key is the user's."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey("identity.User", models.PROTECT, related_name="+")
    address = PersonalText()
    """Lines, separated by line feeds."""
    commodity = models.CharField(max_length=16)
    meter_number = models.CharField(max_length=64)
    tariff = models.CharField(max_length=200)
    """The code of the tariff that the user is on, or believes to be."""
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    """Which bills are for it."""
    fingerprint = models.CharField(max_length=64)
    """A keyed hash of address, commodity and meter number."""
    revision = models.PositiveIntegerField(default=1)
    """One more with each change: its ETag."""
    added_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "fingerprint"], name="user_property_once"),
            models.CheckConstraint(
                condition=models.Q(commodity__in=["electricity", "gas", "water"]),
                name="user_property_commodity_known",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


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
