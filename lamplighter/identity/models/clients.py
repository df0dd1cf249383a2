"""Systems and apps that ask on their own or for somebody, and the keys of meters."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from lamplighter.identity.domain.scopes import ClientKind
from lamplighter.kernel import new_id


class RegisteredClient(models.Model):
    """
    What an OAuth client is to us. Its secret, scopes and addresses are in allauth's table, under
    the same id; when a client is removed that row goes, with all its tokens, and this one stays.
    """

    not_personal: ClassVar = ("id", "kind", "made_by", "name")

    id = models.CharField(max_length=100, primary_key=True)
    organisation = models.ForeignKey("identity.Organisation", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=100)
    requests_per_minute = models.PositiveIntegerField()
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in ClientKind]), name="client_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(requests_per_minute__gt=0), name="client_rate_positive"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "ended_at"], name="client_organisation")
        ]

    def __str__(self) -> str:
        return f"client:{self.id}"


class SpentToken(models.Model):
    """A code or refresh token that was used. Used twice it has been stolen from somebody."""

    not_personal: ClassVar = ("hash", "client_id")

    hash = models.CharField(max_length=64, primary_key=True)
    client_id = models.CharField(max_length=100, blank=True)
    user = models.ForeignKey("identity.User", models.CASCADE, null=True, related_name="+")
    """For whom the client acts by what it got for it."""
    spent_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["spent_at"], name="spent_token_at")]

    def __str__(self) -> str:
        return self.hash[:8]


class ApiKey(models.Model):
    """The key of a meter, or of a head-end that speaks for many. It is told once."""

    not_personal: ClassVar = ("name", "prefix", "hash", "subject", "actions", "made_by")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("identity.Organisation", models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16)
    """How it begins, to tell one from another."""
    hash = models.CharField(max_length=64, unique=True)
    """SHA-256: the key has 256 random bits, which nobody guesses."""
    subject = models.CharField(max_length=80, blank=True)
    """`meter:0199…`: for this one only; empty: a head-end's."""
    actions = models.JSONField()
    """What it is for: `readings.record`, `readings.import`."""
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    """Within a minute."""
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organisation", "ended_at"], name="api_key_organisation")
        ]

    def __str__(self) -> str:
        return f"key:{self.id}"
