"""What a password has to be, and how often one may be tried."""

from datetime import timedelta
from typing import Final

from lamplighter.kernel import Place, Refusal

PASSWORD_LENGTH_MIN: Final = 15
"""Characters, as long as there is no second factor (NIST SP 800-63B, revision 4)."""
PASSWORD_LENGTH_MIN_BESIDE_A_FACTOR: Final = 8
"""Characters, for who has a second factor."""
PASSWORD_BYTES_MAX: Final = 1024
"""Enough for any phrase, and no work for the server."""
FAILURES_MAX: Final = 10
FAILURES_WINDOW: Final = timedelta(minutes=15)
"""After so many failures in so much time nobody logs in by this address from there."""


class PasswordUnfit(Refusal):
    """This password is not safe enough."""


def check_password_length(password: str, *, has_second_factor: bool = False) -> None:
    """:raises PasswordUnfit: if it is too short to be safe, or longer than anybody types"""
    place = Place(field="password")
    least = PASSWORD_LENGTH_MIN_BESIDE_A_FACTOR if has_second_factor else PASSWORD_LENGTH_MIN
    if len(password) < least:
        raise PasswordUnfit(
            f"It has fewer than {least} characters.",
            remedy="A few words that nobody would put together do well.",
            places=(place,),
        )
    if len(password.encode()) > PASSWORD_BYTES_MAX:
        raise PasswordUnfit(f"It is longer than {PASSWORD_BYTES_MAX} bytes.", places=(place,))
