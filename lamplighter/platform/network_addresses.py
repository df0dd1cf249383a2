"""From where a request comes."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def network_address(request: HttpRequest) -> str:
    """
    The address of who sends a request, by which strangers are told apart.

    Each proxy writes at the end of `X-Forwarded-For` who has asked it. Of that as many are believed
    as there are proxies of ours (`LAMPLIGHTER_PROXIES`), counted from the end: what stands before
    was sent along by who asks, and may be anything.
    """
    neighbour = str(request.META.get("REMOTE_ADDR", ""))
    proxies: int = settings.LAMPLIGHTER_PROXIES
    told = request.headers.get("x-forwarded-for", "").split(",")
    if proxies == 0 or len(told) < proxies:
        return neighbour
    try:
        return str(ipaddress.ip_address(told[-proxies].strip()))
    except ValueError:
        return neighbour
