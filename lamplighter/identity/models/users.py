"""Who people are."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from lamplighter.identity.domain.emails import normalised_email
from lamplighter.kernel import new_id
from lamplighter.platform import personal
from lamplighter.platform.personal import PersonalText

TABLE = "identity_user"


class Users(BaseUserManager["User"]):
    """Users, who are found by e-mail address without its being readable in the table."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """For Django's log-in: the user of an e-mail address."""
        return self.get(email_index=email_index(username or ""))


def email_index(email: str) -> str:
    """What an address is found by, however it was written."""
    return personal.blind_index("email", normalised_email(email))


class User(AbstractBaseUser):
    """A person who logs in, by e-mail address. The data key of what is about them has their id."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = PersonalText()
    email_index = models.CharField(max_length=64, unique=True)
    """`email_index` of it; of a user who was erased: random."""
    email_verified_at = models.DateTimeField(null=True)
    name = PersonalText()
    phone = PersonalText(null=True)
    """As E.164: +4915112345678."""
    phone_index = models.CharField(max_length=64, blank=True)
    phone_verified_at = models.DateTimeField(null=True)
    postal_address = PersonalText(null=True)
    """Lines, separated by line feeds."""
    language = models.CharField(max_length=35, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    password_is_short = models.BooleanField(default=False)
    """It is only long enough beside a second factor."""
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=1)
    """One more with each change of the profile: its ETag."""

    objects = Users()

    USERNAME_FIELD = "email_index"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["joined_at"]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(erased_at=None) | models.Q(is_active=False),
                name="user_erased_is_inactive",
            ),
        ]

    def __str__(self) -> str:
        return f"user:{self.id}"

    def sealed(self, **texts: str) -> dict[str, Any]:
        """Seal what is said about this user, column by column; to be assigned."""
        keys = personal.meet({self.id})
        return {
            name: keys.seal(text, person=self.id, column=f"{TABLE}.{name}", row=self.id)
            for name, text in texts.items()
        }
