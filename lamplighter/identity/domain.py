"""Rules of identity."""

import unicodedata
from datetime import timedelta
from typing import Final

from lamplighter.kernel import Place, Refusal

PASSWORD_LENGTH_MIN: Final = 15
"""Characters, as long as there is no second factor (NIST SP 800-63B, revision 4)."""
PASSWORD_BYTES_MAX: Final = 1024
"""Enough for any phrase, and no work for the server."""
FAILURES_MAX: Final = 10
FAILURES_WINDOW: Final = timedelta(minutes=15)
"""After so many failures in so much time nobody logs in by this address from there."""


class PasswordUnfit(Refusal):
    """This password is not safe enough."""


def check_password_length(password: str) -> None:
    """:raises PasswordUnfit: if it is too short to be safe, or longer than anybody types"""
    place = Place(field="password")
    if len(password) < PASSWORD_LENGTH_MIN:
        raise PasswordUnfit(
            f"It has fewer than {PASSWORD_LENGTH_MIN} characters.",
            remedy="A few words that nobody would put together do well.",
            places=(place,),
        )
    if len(password.encode()) > PASSWORD_BYTES_MAX:
        raise PasswordUnfit(f"It is longer than {PASSWORD_BYTES_MAX} bytes.", places=(place,))


def normalised_email(address: str) -> str:
    """
    The one spelling under which an address is kept: compatibility forms resolved (NFKC), case
    folded. Two addresses that differ in these alone are one mailbox in practice, and a disguise
    where they are not.
    """
    folded = unicodedata.normalize("NFKC", address.strip()).casefold()
    return unicodedata.normalize("NFKC", folded)
