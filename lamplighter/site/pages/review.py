"""What waits for a person: bills that a check has stopped, accounts that could not be billed."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lamplighter.billing import actions
from lamplighter.billing.queries import work
from lamplighter.identity.domain.permissions import Action
from lamplighter.kernel import Refusal
from lamplighter.platform.access import needs_page
from lamplighter.platform.web import actor
from lamplighter.site.pages.forms import tell


class DiscardForm(forms.Form):
    reason = forms.CharField(
        label="Reason",
        max_length=500,
        help_text="It is kept with the bill, for whoever asks later.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@needs_page(Action.READ_BILLING)
@require_safe
def review(request: HttpRequest) -> HttpResponse:
    """All that waits, and how far the runs have come."""
    page = {
        "counts": work.counts(),
        "held": work.held_bills(),
        "exceptions": work.open_exceptions(),
        "corrections": work.open_corrections(),
        "runs": work.runs(),
    }
    return render(request, "site/review.html", page)


@needs_page(Action.DECIDE_BILLS)
@require_POST
def release(request: HttpRequest, held_id: UUID) -> HttpResponse:
    """Issue a bill in spite of the check that has stopped it."""
    held = work.held_bill(held_id)
    number = actions.release_held_bill(held_id=held_id, by=actor(request), at=timezone.now())
    messages.success(request, f"The bill of {held.account} is issued as {number}.")
    return redirect("review")


@needs_page(Action.DECIDE_BILLS)
@require_http_methods(["GET", "POST"])
def discard(request: HttpRequest, held_id: UUID) -> HttpResponse:
    """Throw a bill away before it is issued, and say why."""
    held = work.held_bill(held_id)
    form = DiscardForm(request.POST or None)
    if form.is_valid():
        try:
            actions.discard_held_bill(
                held_id=held_id,
                reason=form.cleaned_data["reason"],
                by=actor(request),
                at=timezone.now(),
            )
        except Refusal as no:
            tell(form, no, fields={"reason": "reason"})
        else:
            messages.success(request, f"The bill of {held.account} is discarded.")
            return redirect("review")
    status = 422 if form.errors else 200
    return render(request, "site/discard.html", {"held": held, "form": form}, status=status)
