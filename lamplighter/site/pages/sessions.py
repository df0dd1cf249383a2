"""Logging in and out."""

from typing import Any, Final

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
_METHODS: Final = {
    "totp": "Code of your authenticator app",
    "sms": "Code sent by SMS",
    "email": "Code sent by e-mail",
    "recovery_code": "Recovery code",
}
"""What can be shown without a script. A passkey needs one."""
_SENDERS: Final = {"sms": "Send me an SMS", "email": "Send me an e-mail"}


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


class CodeForm(forms.Form):
    """The second factor of who has shown their password."""

    challenge = forms.CharField(max_length=64, widget=forms.HiddenInput)
    methods = forms.CharField(max_length=100, widget=forms.HiddenInput)
    code = forms.CharField(
        label="Code",
        max_length=32,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
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
            asked = identity.log_in(request, **form.cleaned_data)
        except Refusal as no:
            refusal = no
        else:
            return _ask(request, asked.handle, asked.methods, back) if asked else redirect(back)
    page = {"form": form, "next": back, "refusal": refusal}
    return _page(request, "site/log_in.html", page, refusal)


@open_to_all
@never_cache
@require_POST
def show_factor(request: HttpRequest) -> HttpResponse:
    """The second form: a code is sent, if its button says so, or taken."""
    back, form = _way_back(request), CodeForm(request.POST)
    if not form.is_valid():
        return redirect(settings.LOGIN_URL)
    handle, code = form.cleaned_data["challenge"], form.cleaned_data["code"]
    methods = tuple(one for one in form.cleaned_data["methods"].split() if one in _METHODS)
    send, method = request.POST.get("send", ""), request.POST.get("method", "")
    try:
        if send:
            identity.send_code(handle=handle, method=send)
            return _ask(request, handle, methods, back, sent=send)
        identity.show_factor(request, handle=handle, method=method, code=code)
    except Refusal as no:
        return _ask(request, handle, methods, back, refusal=no)
    return redirect(back)


def _ask(
    request: HttpRequest,
    handle: str,
    methods: tuple[str, ...],
    back: str,
    *,
    sent: str = "",
    refusal: Refusal | None = None,
) -> HttpResponse:
    """Ask for a code. What is offered here is looked at again when it is shown."""
    chosen = sent or request.POST.get("method", "")
    page = {
        "form": CodeForm(initial={"challenge": handle, "methods": " ".join(methods)}),
        "next": back,
        "refusal": refusal,
        "sent": sent,
        "chosen": chosen or next(iter(methods), ""),
        "methods": [(one, _METHODS[one]) for one in methods if one in _METHODS],
        "senders": [(one, _SENDERS[one]) for one in methods if one in _SENDERS],
    }
    return _page(request, "site/log_in_code.html", page, refusal)


def _page(
    request: HttpRequest, template: str, page: dict[str, Any], refusal: Refusal | None
) -> HttpResponse:
    response = render(request, template, page, status=refusal.status if refusal else 200)
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
