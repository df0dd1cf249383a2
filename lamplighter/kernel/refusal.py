"""The one way in which Lamplighter says no."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    Where in the input something is wrong.

    `row` counts from 1 as a person counts lines; `field` is the name the input itself uses, as a
    path where it is nested (`energyratestructure[0][1].rate`).
    """

    source: str | None = None
    row: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        parts = [
            self.source,
            None if self.row is None else f"row {self.row}",
            None if self.field is None else f"field {self.field}",
        ]
        return ", ".join(part for part in parts if part)


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """
    An expected no: a request that is understood and not carried out.

    Each subclass is one reason. Its docstring is the title that a person reads, its name the
    stable `code` that a program reads. `detail` says what is wrong in this case, `remedy` what to
    do about it, `places` where.
    """

    code: ClassVar[str] = "Refusal"
    title: ClassVar[str] = "Refused."
    status: ClassVar[int] = 422
    """The HTTP status that the api room answers with."""

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        cls.code = cls.__name__
        cls.title = " ".join((cls.__doc__ or cls.__name__).strip().split("\n\n")[0].split())

    def __init__(
        self, detail: str = "", *, remedy: str = "", places: tuple[Place, ...] = ()
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.remedy = remedy
        self.places = places

    def __str__(self) -> str:
        where = "; ".join(str(place) for place in self.places)
        text = f"{where}: {self.detail}" if where else self.detail
        return f"{text} {self.remedy}".strip()
