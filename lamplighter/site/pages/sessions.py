"""Logging in and out."""

from typing import Final

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from lamplighter.identity import api as identity
from lamplighter.kernel import Refusal
from lamplighter.platform.web import open_to_all

_HOME: Final = "/"


class LogInForm(forms.Form):
    email = forms.CharField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label="Password",
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@open_to_all
@never_cache
@require_http_methods(["GET", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    """A form; whoever is in already is led on."""
    back = _way_back(request)
    if request.method == "GET" and identity.caller_in(request):
        return redirect(back)
    form = LogInForm(request.POST or None)
    refusal: Refusal | None = None
    if form.is_valid():
        try:
            identity.log_in(request, **form.cleaned_data)
        except Refusal as no:
            refusal = no
        else:
            return redirect(back)
    page = {"form": form, "next": back, "refusal": refusal}
    response = render(request, "site/log_in.html", page, status=refusal.status if refusal else 200)
    if retry_after_s := getattr(refusal, "retry_after_s", 0):
        response["Retry-After"] = str(retry_after_s)
    return response


@open_to_all
@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    identity.log_out(request)
    return redirect(settings.LOGIN_URL)


def _way_back(request: HttpRequest) -> str:
    """Where somebody came from, if that is here."""
    back = request.POST.get("next") or request.GET.get("next") or _HOME
    here = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    return back if here and back.startswith("/") else _HOME
