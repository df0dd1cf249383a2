"""Each column that can hold a text says whether it is personal: sealed, or declared not to be."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models

from lamplighter.platform.personal import PersonalText

TEXTS = (models.CharField, models.TextField, models.JSONField, models.BinaryField)
MODELS = [m for m in apps.get_models() if m.__module__.startswith("lamplighter.")]


def texts_of(model: type[models.Model]) -> Iterator[str]:
    for field in model._meta.concrete_fields:
        if isinstance(field, TEXTS) and not isinstance(field, PersonalText):
            yield field.name


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_each_text_is_sealed_or_declared_not_to_be_personal(model: type[models.Model]) -> None:
    declared = model.__dict__.get("not_personal", ())
    assert sorted(texts_of(model)) == sorted(declared)
    assert len(set(declared)) == len(declared)


def test_a_text_that_nobody_declared_is_found() -> None:
    class Diary(models.Model):
        text = models.TextField()
        sealed = PersonalText()

        class Meta:
            app_label = "undeclared"

    assert list(texts_of(Diary)) == ["text"]
    del apps.all_models["undeclared"]
    apps.clear_cache()
