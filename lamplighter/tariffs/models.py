"""Tariffs and their versions."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from lamplighter.kernel import new_id


class Tariff(models.Model):
    """What customers are on, under one code, however often its rates change."""

    not_personal: ClassVar = ("code",)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=200, unique=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(code=""), name="tariff_code_given"),
        ]

    def __str__(self) -> str:
        return self.code


class TariffVersion(models.Model):
    """
    The rates of a tariff from a day on and until a day, as a native tariff document.

    The database refuses published versions of one tariff that overlap, and a change of anything
    but the last day of a version that has billed (see the migration `0002_what_always_holds`).
    """

    not_personal: ClassVar = ("name", "document", "sha256", "currency", "state")

    class State(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tariff = models.ForeignKey(Tariff, models.PROTECT, related_name="versions")
    name = models.CharField(max_length=500)
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    """Of the document in canonical JSON, in hexadecimal."""
    currency = models.CharField(max_length=3)
    starts_on = models.DateField(null=True)
    """None: since ever."""
    ends_on = models.DateField(null=True)
    """Exclusive. Where the document states none, the day on which another version took over."""
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    imported_at = models.DateTimeField()
    first_billed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tariff", "sha256"],
                condition=~Q(state="withdrawn"),
                name="tariff_version_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "published", "withdrawn"]),
                name="tariff_version_state_known",
            ),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(starts_on__lt=F("ends_on")),
                name="tariff_version_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(first_billed_at=None) | Q(state="published"),
                name="tariff_version_billed_is_published",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tariff", "starts_on"], name="tariff_version_starts"),
        ]

    def __str__(self) -> str:
        return f"{self.tariff_id} from {self.starts_on}"
