"""How forms look: a label, a field, its help, and what is wrong with it."""

from collections.abc import Mapping
from types import MappingProxyType

from django import forms
from django.forms.renderers import DjangoTemplates

from lamplighter.kernel import Refusal


class Renderer(DjangoTemplates):
    """Django's own widgets, in a frame of ours."""

    field_template_name = "site/field.html"


def tell(
    form: forms.Form,
    refusal: Refusal,
    *,
    fields: Mapping[str, str] = MappingProxyType({}),
    otherwise: str | None = None,
) -> None:
    """
    Show a refusal at the field that it names.

    :param fields: the form's fields by what the refusal calls them
    :param otherwise: the field where it is shown if it names none; None: above the form
    """
    words = f"{refusal.detail} {refusal.remedy}".strip()
    named = [fields[one] for place in refusal.places if (one := place.field) and one in fields]
    for field in dict.fromkeys(named) or (otherwise,):
        form.add_error(field, words)
