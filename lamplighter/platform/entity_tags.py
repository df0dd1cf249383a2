"""
Versions of what is told (RFC 9110): who has the newest one gets 304, and who changes something
says which version they have seen, so that nobody undoes what they have not read.
"""

import hashlib

from django.http import HttpRequest

from lamplighter.kernel import Refusal


class IfMatchMissing(Refusal):
    """A change says which version it changes."""

    status = 428


class ChangedMeanwhile(Refusal):
    """Somebody else has changed this since you read it."""

    status = 412


def tag_of(*parts: object) -> str:
    """The tag of what is made of these."""
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def has_newest(request: HttpRequest, tag: str) -> bool:
    """Whether the caller has this version already, and a 304 does."""
    known = request.headers.get("if-none-match", "")
    return known.strip() == "*" or tag in _tags(known)


def check_if_match(request: HttpRequest, tag: str) -> None:
    """
    Let only change who has seen the newest version.

    :raises IfMatchMissing: if it does not say which one it has seen
    :raises ChangedMeanwhile: if that is another one
    """
    seen = request.headers.get("if-match")
    if seen is None:
        raise IfMatchMissing(remedy="Send the ETag of what you have read as If-Match.")
    if seen.strip() != "*" and tag not in _tags(seen):
        raise ChangedMeanwhile(remedy="Read it again, and look whether your change still fits.")


def _tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}
