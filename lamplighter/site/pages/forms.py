"""What people type: how its fields look, and what is wrong with it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django import forms
from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest

from lamplighter.kernel import Refusal

LONGEST_TYPED: Final = 200


def typed(request: HttpRequest, name: str) -> str:
    """What a parameter of the address says, without what nobody types and no database takes."""
    text = request.GET.get(name, "")[:LONGEST_TYPED]
    return "".join(sign for sign in text if sign.isprintable()).strip()


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
