import pytest
from django.test import RequestFactory
from pytest_django import Settings

from lamplighter.platform.network_addresses import network_address

NEIGHBOUR = "127.0.0.1"


@pytest.mark.parametrize(
    ("proxies", "told", "address"),
    [
        (0, "192.0.2.7", NEIGHBOUR),
        (0, None, NEIGHBOUR),
        (1, "192.0.2.7", "192.0.2.7"),
        (1, "10.9.9.9, 192.0.2.7", "192.0.2.7"),
        (2, "10.9.9.9, 192.0.2.7, 198.51.100.2", "192.0.2.7"),
        (2, "192.0.2.7,198.51.100.2", "192.0.2.7"),
        (1, "2001:DB8:0::1", "2001:db8::1"),
        (1, None, NEIGHBOUR),
        (2, "192.0.2.7", NEIGHBOUR),
        (1, "192.0.2.7, unknown", NEIGHBOUR),
        (1, "192.0.2.7,", NEIGHBOUR),
    ],
)
def test_only_what_our_own_proxies_have_written_is_believed(
    settings: Settings, proxies: int, told: str | None, address: str
) -> None:
    settings.LAMPLIGHTER_PROXIES = proxies
    headers = {} if told is None else {"x-forwarded-for": told}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=NEIGHBOUR)
    assert network_address(request) == address
