"""What is looked for among words that nobody can read."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from lamplighter.customers import models
from lamplighter.customers.domain.words import words_of
from lamplighter.platform import personal

_KIND: Final = "customers.word"


def numbers_of(words: Iterable[str]) -> list[int]:
    """What stands for words in the tables."""
    return personal.blind_numbers(_KIND, words)


def place_ids_with_words(text: str) -> "QuerySet[models.ServiceLocation, UUID]":
    """The ids of the places whose addresses have all of these words, to filter by."""
    words = numbers_of(words_of(text))
    found = models.ServiceLocation.objects.all() if words else models.ServiceLocation.objects.none()
    for word in words:
        found = found.filter(
            id__in=models.PlaceWord.objects.filter(word=word).values_list("place_id", flat=True)
        )
    return found.values_list("id", flat=True)
