"""Somebody lets an app act for them, or does not."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lamplighter.identity.api import authorizing
from lamplighter.platform.web import open_to_all


@open_to_all
@never_cache
@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """Ask; who is not logged in is led there first. Then lead back to the app."""
    if request.method == "POST":
        return authorizing.answered(
            request,
            signed=request.POST.get("question", ""),
            allows=request.POST.get("answer") == "allow",
            chosen=request.POST.getlist("scopes"),
        )
    asked = authorizing.asked_for(request)
    if isinstance(asked, HttpResponse):
        return asked
    response = render(request, "site/consent.html", {"asked": asked})
    response["Content-Security-Policy"] = authorizing.policy_for(asked)
    return response
