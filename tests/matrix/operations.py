"""
What each operation acts on. Whoever adds an operation declares it here, or the matrix fails. One
that is called in several manners is there once for each: its name, and what is special.
"""

from collections.abc import Mapping
from typing import Final

from tests.matrix.calls_about_business import OF_BUSINESS
from tests.matrix.calls_about_people import OF_PEOPLE
from tests.matrix.declaring import Call

CALLS: Final[Mapping[str, Call]] = {**OF_PEOPLE, **OF_BUSINESS}
