"""Who people are."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from lamplighter.identity.domain import normalised_email
from lamplighter.kernel import new_id


class EmailAddress(models.EmailField):  # type: ignore[type-arg] # it has none at run time
    """Normalised whenever it is written or looked up, by whichever way."""

    def get_prep_value(self, value: Any) -> Any:
        return normalised_email(value) if isinstance(value, str) else value

    def deconstruct(self) -> Any:
        # To migrations it is the plain field: the column is the same.
        name, _, arguments, options = super().deconstruct()
        return name, "django.db.models.EmailField", arguments, options


class User(AbstractBaseUser, PermissionsMixin):
    """A person or a system that logs in, by e-mail address, case ignored."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = EmailAddress(max_length=254, unique=True)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    """Works for the utility: sees every customer's account."""
    joined_at = models.DateTimeField()

    objects = BaseUserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["joined_at"]

    class Meta:
        constraints: ClassVar = [
            # A second wall, for what is written past Django.
            models.UniqueConstraint(Lower("email"), name="user_email_unique"),
        ]

    def __str__(self) -> str:
        return str(self.email)


class LogInAttempt(models.Model):
    """Somebody tries to log in. Taken away when it succeeds; what stays has failed."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=64)
    """Of e-mail address and network address, hashed: people type passwords into the wrong field."""
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["key", "at"], name="log_in_attempt_key"),
            models.Index(fields=["at"], name="log_in_attempt_at"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.at:%Y-%m-%d %H:%M}"
