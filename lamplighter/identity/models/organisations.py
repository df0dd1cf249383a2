"""Organisations, and who is what to them."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from lamplighter.identity.domain.permissions import OrganisationKind, Role
from lamplighter.kernel import new_id
from lamplighter.platform.personal import PersonalText


class Organisation(models.Model):
    """The utility, who runs the installation, or a merchant."""

    not_personal: ClassVar = ("kind", "name", "slug")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=200)
    slug = models.CharField(max_length=64, unique=True)
    """What it is called in addresses."""
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in OrganisationKind]),
                name="organisation_kind_known",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="organisation_named"),
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(kind__in=["utility", "platform"]),
                name="organisation_one_utility_one_platform",
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class Membership(models.Model):
    """Somebody has a role in an organisation, for a while."""

    not_personal: ClassVar = ("role",)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    user = models.ForeignKey("identity.User", models.PROTECT, related_name="+")
    role = models.CharField(max_length=32)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    """Exclusive; null: it goes on."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in Role]), name="membership_role_known"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="membership_ends_after"
            ),
            models.UniqueConstraint(
                fields=["organisation", "user", "role"],
                condition=Q(until=None),
                name="membership_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["user", "until"], name="membership_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class Invitation(models.Model):
    """
    Somebody gets a role as soon as an e-mail address is verified as theirs. The data key of the
    address has the invitation's id, and is destroyed when it is over.
    """

    not_personal: ClassVar = ("role", "email_index", "made_by")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    role = models.CharField(max_length=32)
    email = PersonalText()
    email_index = models.CharField(max_length=64)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True)
    """When it was taken or withdrawn."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in Role]), name="invitation_role_known"
            ),
            models.UniqueConstraint(
                fields=["organisation", "email_index", "role"],
                condition=Q(over_at=None),
                name="invitation_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["email_index"], name="invitation_email")]

    def __str__(self) -> str:
        return f"invitation:{self.id}"
