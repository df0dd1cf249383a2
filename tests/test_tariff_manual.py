"""The manual's own example is a tariff, and names every field that there is."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lamplighter.kernel import Place
from lamplighter.tariffs.adapters import (
    native,
    native_clocks,
    native_components,
    native_tiers,
    native_words,
)
from lamplighter.tariffs.adapters.native import read_native
from lamplighter.tariffs.adapters.native_writer import document_of

MANUAL = (Path(__file__).parent.parent / "docs" / "tariffs.md").read_text()
FIELD = re.compile(r"(?:text|texts|number|whole|choice|boolean|day|items|objects?)\(\s*\"(\w+)\"")


def example() -> dict[str, Any]:
    (block,) = re.findall(r"```json\n(.*?)```", MANUAL, re.DOTALL)
    document: dict[str, Any] = json.loads(block, parse_float=Decimal)
    return document


def test_the_example_can_be_billed() -> None:
    document = example()
    schedule = read_native(document, Place())
    assert len(schedule.components) == len(document["components"])
    assert read_native(document_of(schedule), Place()) == schedule


@pytest.mark.parametrize("module", [native, native_clocks, native_components, native_tiers])
def test_every_field_that_is_read_is_in_the_manual(module: Any) -> None:
    source = Path(module.__file__).read_text()
    fields = set(FIELD.findall(source))
    assert fields
    assert not [field for field in fields if not re.search(rf"\b{field}\b", MANUAL)]


def test_every_word_for_days_and_rounding_is_in_the_manual() -> None:
    words = {*native_words.ROUNDING_MODES, *native_words.DAY_TYPES, native_words.OTHER_TIMES}
    words -= {"tuesday", "wednesday", "thursday", "saturday"}
    assert not [word for word in words if word not in MANUAL]
