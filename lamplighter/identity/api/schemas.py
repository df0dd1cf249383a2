"""What is sent and answered about people and their log-ins."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from ninja import Schema
from pydantic import Field, JsonValue

from lamplighter.identity.actions.log_in import FactorAsked
from lamplighter.identity.actions.refreshing import Tokens
from lamplighter.identity.domain.passwords import PASSWORD_BYTES_MAX
from lamplighter.identity.domain.permissions import Role
from lamplighter.platform.schemas import In, Line

Email = Annotated[str, Field(min_length=3, max_length=254, examples=["mary@home.example"])]
Password = Annotated[
    str,
    Field(
        min_length=1,
        max_length=PASSWORD_BYTES_MAX,
        description="15 characters or more; 8 for who has a second factor.",
        examples=["four words nobody joins"],
    ),
]
Handle = Annotated[
    str, Field(min_length=1, max_length=64, description="`challenge` of the answer before.")
]
Code = Annotated[str, Field(min_length=1, max_length=32, examples=["123456"])]
Name = Annotated[str, Field(min_length=1, max_length=200, examples=["Mary Ward"])]
Credential = Annotated[
    dict[str, JsonValue],
    Field(description="What the browser's WebAuthn answered, as JSON.", max_length=20),
]
Method = Literal["totp", "recovery_code", "email", "sms", "passkey"]


class RegisterIn(In):
    """Somebody who wants a log-in."""

    email: Email
    password: Password
    name: Name
    role: Role | None = Field(None, description="For who may give it; else leave it out.")
    organisation: UUID | None = Field(None, description="Where they have the role.")


class ChallengeOut(Schema):
    """Something that has to be shown next."""

    challenge: str = Field(description="To be sent with the code. Good for ten minutes.")


class RegisteredOut(ChallengeOut):
    """Who has registered, and what by which they verify their address."""

    id: UUID


class CodeIn(In):
    """A code that was sent, or that an app shows."""

    challenge: Handle
    code: Code


class EmailIn(In):
    """An e-mail address."""

    email: Email


class LogInIn(In):
    """Who somebody says they are, and what proves it."""

    email: Email
    password: Password
    otp: Code | None = Field(None, description="A code of an app, or a recovery code.")
    method: Literal["totp", "recovery_code"] | None = Field(None, description="Of `otp`.")


class TokensOut(Schema):
    """By which the API lets somebody in."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - what it is called
    expires_in: int = Field(description="Seconds.")
    refresh_token: str = Field(description="Good once.")
    refresh_expires_in: int = Field(description="Seconds.")

    @classmethod
    def of(cls, tokens: Tokens) -> Self:
        return cls(
            access_token=tokens.access,
            expires_in=int(tokens.access_lifetime.total_seconds()),
            refresh_token=tokens.refresh,
            refresh_expires_in=int(tokens.refresh_lifetime.total_seconds()),
        )


class FactorAskedOut(Schema):
    """The password was right; a second factor is missing."""

    mfa_required: Literal[True] = True
    challenge: str
    methods: list[Method]

    @classmethod
    def of(cls, asked: FactorAsked) -> Self:
        return cls.model_validate({"challenge": asked.handle, "methods": list(asked.methods)})


class AskIn(In):
    """By what somebody wants to show who they are."""

    challenge: Handle | None = Field(
        None, description="Of the log-in; without it a passkey alone is asked for."
    )
    method: Literal["email", "sms", "passkey"]


class AskedOut(ChallengeOut):
    """What was done so that it can be shown."""

    options: dict[str, Any] | None = Field(
        None, description="For a passkey: what `navigator.credentials.get` needs."
    )


class ShownIn(In):
    """What was still missing to log in."""

    challenge: Handle
    method: Method
    code: Code | None = None
    credential: Credential | None = None


class AgainIn(In):
    """Who one is, once more: one of the two."""

    password: Password | None = None
    otp: Code | None = Field(None, description="A code of an app, or a recovery code.")


class RefreshIn(In):
    """A refresh token, to be exchanged."""

    refresh_token: str = Field(min_length=1, max_length=200)


class ResetIn(CodeIn):
    """A new password for a forgotten one."""

    password: Password


class PasswordIn(In):
    """A new password for another one."""

    current_password: Password
    new_password: Password


class SessionOut(Schema):
    """Where somebody is logged in."""

    id: UUID
    kind: Literal["browser", "api"]
    device: str
    network_address: str
    factor: str | None = Field(description="The second factor that it was begun by.")
    began_at: datetime
    seen_at: datetime = Field(description="Within five minutes.")
    expires_at: datetime
    is_this: bool


class FactorOut(Schema):
    """A second factor."""

    method: Method
    id: str | None = Field(None, description="Of a passkey.")
    name: str | None = None
    made_at: datetime
    last_used_at: datetime | None = None
    codes_left: int | None = None


class AppOut(ChallengeOut):
    """What an authenticator app has to learn. It is told this once."""

    secret: str
    uri: str
    qr_svg: str = Field(description="The address as a square code, to be scanned.")


class RecoveryCodesOut(Schema):
    """Each is good once. They are told this once."""

    codes: list[str]


class PasskeyOptionsOut(ChallengeOut):
    """What `navigator.credentials.create` needs."""

    options: dict[str, Any]


class PasskeyIn(In):
    """A passkey that a device has made."""

    challenge: Handle
    name: Annotated[str, Field(min_length=1, max_length=60, examples=["Mary's phone"])]
    credential: Credential


class PasskeyNameIn(In):
    """What a passkey is called."""

    name: Annotated[str, Field(min_length=1, max_length=60)]


class PasskeyOut(Schema):
    """A passkey that is known."""

    id: str


class ProfileIn(In):
    """What somebody says about themselves: all of it."""

    name: Name
    postal_address: list[Line] = Field(max_length=6, examples=[["1 High Street", "Springfield"]])
    language: str = Field(max_length=35, examples=["en"])
    time_zone: str = Field(max_length=64, examples=["Europe/Berlin"])


class ProfileOut(Schema):
    """Who somebody is."""

    id: UUID
    email: str
    name: str
    phone: str | None = Field(description="To be changed at /api/phone-changes.")
    postal_address: list[str]
    language: str
    time_zone: str
    joined_at: datetime


class PhoneIn(In):
    """A telephone number."""

    phone: Annotated[str, Field(min_length=8, max_length=40, examples=["+4915112345678"])]


class ChangeOut(Schema):
    """Two codes are on their way, and both are needed."""

    old_challenge: str | None = Field(description="Null: there was nothing before.")
    new_challenge: str


class ConfirmedOut(Schema):
    """Whether the change is made, or the other end is waited for."""

    is_changed: bool


class AuthenticateIn(In):
    """Who somebody says they are, and what proves it."""

    username: Email
    password: Password
    otp: Code | None = Field(None, description="For who has a second factor.")


class TokenOut(Schema):
    """A JSON Web Token."""

    token: str


class HelloOut(Schema):
    """A greeting."""

    message: str
