"""Which text of a tariff can be kept, shown and hashed everywhere."""

import re
from typing import Final

LONGEST: Final = 500
LONGEST_CODE: Final = 200
LONGEST_NOTE: Final = 5_000

_UNFIT: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def is_fit(text: str, *, longest: int = LONGEST) -> bool:
    """Whether it is not too long, and has no control characters and no halves of characters."""
    return len(text) <= longest and not _UNFIT.search(text)


def tidy(text: str) -> str:
    """A fit note of any text: white space in single spaces, what is unfit replaced, cut if long."""
    words = _UNFIT.sub("\ufffd", " ".join(text.split()))
    return words if len(words) <= LONGEST_NOTE else f"{words[: LONGEST_NOTE - 1]}…"
