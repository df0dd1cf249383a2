"""
Whatever is sent to an operation, its answer is one that the description of the API tells of:
schemathesis makes it up, from what the description allows and from what it does not.

LAMPLIGHTER_FUZZ says how many cases an operation gets: a few in each run of the suite, a thousand
in a long one (`make fuzz`).
"""

import os
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.test import override_settings
from hypothesis import HealthCheck, Phase, settings

from lamplighter.site.api import api
from tests.fuzz.world import Administrator

pytestmark = pytest.mark.django_db(databases=["default", "history"])
CASES = int(os.environ.get("LAMPLIGHTER_FUZZ", "8"))
SCHEMA = schemathesis.openapi.from_dict(api.get_openapi_schema())
SCHEMA.app = get_wsgi_application()


@pytest.fixture(scope="module")
def administrator(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Administrator]:
    folder = tmp_path_factory.mktemp("fuzz")
    intervals = override_settings(LAMPLIGHTER_INTERVALS=folder / "intervals")
    with django_db_blocker.unblock(), intervals, transaction.atomic():
        administrator = Administrator(folder)
        # As Django's own test client does: a request must not close the connection of the test.
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
        yield administrator
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
        transaction.set_rollback(True)


@SCHEMA.parametrize()
@settings(
    max_examples=CASES,
    deadline=None,
    derandomize=CASES < 100,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_any_input_is_answered_as_described(case: Any, administrator: Administrator) -> None:
    if case.meta.generation.mode.is_positive:
        name_what_is_there(case, administrator)
    # What is compressed the checks would not read.
    headers = {"Authorization": administrator.authorization(), "Accept-Encoding": "identity"}
    with transaction.atomic():
        case.call_and_validate(headers=headers)
        transaction.set_rollback(True)


def name_what_is_there(case: Any, administrator: Administrator) -> None:
    """Every other time, let ids be those of things that there are: behind a 404 nothing happens."""
    for part in (case.path_parameters, case.query, case.body):
        for name in part if isinstance(part, dict) else ():
            known = administrator.known(name, case.path)
            if known is not None and zlib.crc32(repr((name, part[name])).encode()) % 2:
                part[name] = known
