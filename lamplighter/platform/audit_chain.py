"""Checking the audit trail: that no line was changed, taken away, put in or moved."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

from django.db.models import Exists, OuterRef

from lamplighter.kernel import Refusal
from lamplighter.platform.audit import GENESIS, digest
from lamplighter.platform.models import AuditLine, AuditSeal

CHUNK: Final = 2000


class AuditTrailBroken(Refusal):
    """The audit trail is not what was written."""


class BadAnchor(Refusal):
    """An anchor is a line's number and its hash, as `lamplighter audit head` prints them."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The chain as it stood once, to be kept where who can write to the database cannot."""

    number: int
    hash: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """:raises BadAnchor: if it does not look like one"""
        match = re.fullmatch(r"([0-9]{1,18}):([0-9a-f]{64})", text.strip())
        if match is None:
            raise BadAnchor(f"{text!r} is not an anchor.")
        return cls(int(match[1]), match[2])

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


def head() -> Anchor:
    """The end of the chain; of an empty one, number 0."""
    seal = AuditSeal.objects.order_by("-number").first()
    return Anchor(0, GENESIS) if seal is None else Anchor(seal.number, seal.hash)


def verify(*, anchors: Iterable[Anchor] = (), after: int = 0) -> int:
    """
    Check all lines, from the first one on, and return how many there are.

    The end of a chain cannot tell that there once was more of it: anchors can.

    :param after: leave out what was written up to this number, and trust its hash
    :raises AuditTrailBroken: naming the first line that is wrong
    """
    expected = {anchor.number: anchor.hash for anchor in anchors}
    previous = _hash_of(after)
    number = after
    for number, seal in enumerate(_seals(after), start=after + 1):
        if seal.number != number:
            raise _broken(number, "is missing")
        previous = _followed(previous, seal)
        if expected.pop(number, previous) != previous:
            raise _broken(number, "is not the one that was anchored: the chain was made anew")
    for missing in sorted(n for n in expected if n > number):
        raise _broken(missing, f"was anchored, and the chain ends with line {number}")
    _refuse_lines_without_seal(after)
    return number - after


def _hash_of(number: int) -> str:
    if number == 0:
        return GENESIS
    seal = AuditSeal.objects.filter(number=number).first()
    if seal is None:
        raise _broken(number, "is missing")
    return seal.hash


def _seals(after: int) -> Iterator[AuditSeal]:
    # By number, not with an open cursor: lines may be written while this reads.
    while chunk := list(AuditSeal.objects.filter(number__gt=after).order_by("number")[:CHUNK]):
        lines = _lines(chunk)
        for seal in chunk:
            if seal.line_id not in lines:
                raise _broken(seal.number, "is missing")
            seal.line = lines[seal.line_id]
            yield seal
        after = chunk[-1].number


def _lines(seals: list[AuditSeal]) -> dict[UUID, AuditLine]:
    ids = [seal.line_id for seal in seals]
    try:
        return AuditLine.objects.in_bulk(ids)
    except ValueError:
        # A line that was changed need not even be readable. One by one, to tell which.
        return {one: line for one in ids if (line := _readable(one)) is not None}


def _readable(line_id: UUID) -> AuditLine | None:
    try:
        return AuditLine.objects.filter(id=line_id).first()
    except ValueError:
        return AuditLine(id=line_id, action="(unreadable)")


def _followed(previous: str, seal: AuditSeal) -> str:
    """Return the hash of a seal that rightly follows a hash."""
    line = seal.line
    try:
        unchanged = digest(line) == line.digest
    except (AttributeError, TypeError):
        # Something stands there that `record` would never have written.
        unchanged = False
    if not unchanged:
        raise _broken(seal.number, f"was changed ({line.actor} {line.action} {line.subject})")
    if _chained(previous, line.digest) == seal.hash:
        return seal.hash
    digests = AuditLine.objects.values_list("digest", flat=True).iterator()
    if any(_chained(previous, other) == seal.hash for other in digests):
        raise _broken(seal.number, f"is out of order: {line} has taken another one's place")
    raise _broken(seal.number, f"was changed, and its digest or hash too ({line})")


def _chained(previous: str, line_digest: str) -> str:
    return hashlib.sha256((previous + line_digest).encode()).hexdigest()


def _refuse_lines_without_seal(after: int) -> None:
    # Ids are in order of time: without going through all lines, this finds those of late.
    since = AuditSeal.objects.filter(number=after).values("line_id")
    lines = AuditLine.objects.filter(id__gt=since[:1]) if after else AuditLine.objects.all()
    sealed = AuditSeal.objects.filter(line=OuterRef("pk"))
    line = lines.filter(~Exists(sealed)).order_by("id").first()
    if line is not None:
        raise AuditTrailBroken(f"A line is not in the chain: {line} ({line.id}).")


def _broken(number: int, how: str) -> AuditTrailBroken:
    return AuditTrailBroken(
        f"Line {number} {how}.",
        remedy="Compare with a backup that agrees with an anchor, and find out who could write.",
    )
