"""Operations about accounts, what they use, and their bills."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from lamplighter.billing.models import HeldBill
from lamplighter.billing.tests.village import tariff
from tests.matrix.cells import Kind
from tests.matrix.declaring import Call, of_customer, of_utility, says, the
from tests.matrix.things import LETTER, Things

CSV: Final = b"start,kwh\n" + b"".join(
    f"2024-07-01T{hour:02}:{minute:02}:00+00:00,0.25\n".encode()
    for hour in range(24)
    for minute in (0, 15, 30, 45)
)
NOT_PARKED = ("DeliveryNotParked",)
WHY = says(reason="by mistake")
REGISTER = {"channel": "E1", "flow": "import", "unit": "kWh", "dials": 5, "decimals": 1}
TARIFF: dict[str, Any] = tariff("NEW-RATE")


def _nothing_is_held(_: Things) -> None:
    HeldBill.objects.all().delete()


OF_BUSINESS: Final[Mapping[str, Call]] = {
    "find_accounts": Call(lists=Kind.CUSTOMER),
    "find_accounts by what is another's": Call(
        query=says(search="HIDDEN"), lists=Kind.CUSTOMER
    ),
    "open_account": Call(
        body=says(
            number="NEW-1", holder="New", postal_address=["1 New Street"], currency="EUR",
            opened_on="2025-01-01",
        ),
    ),
    "read_account": of_customer(),
    "list_properties": of_customer(),
    "read_balance": of_customer(),
    "bill_account": of_customer(
        before=_nothing_is_held, body=says(through="2025-01-31")),
    "adjust_account": of_customer(
        body=says(lines=[{"name": "Late", "amount": "1.00"}], reason="late")
    ),
    "list_account_users": of_customer(),
    "link_account_user": of_customer(body=says(email="door@matrix.example")),
    "make_account_code": of_customer(),
    "unlink_account_user": of_customer(),
    "close_account": of_customer(body=says(closed_on="2025-06-01")),
    "redeem_account_code": Call(body=says(account=LETTER, code=the("letter_code")), of_people=True),
    "list_agreements": Call(lists=Kind.UTILITY),
    "make_agreement": of_utility(
        body=says(
            account=the("account"), usage_point="UP-FREE", tariff="HOME", cycle="MONTHLY",
            starts_on="2025-01-01",
        ),
    ),
    "read_agreement": of_utility(),
    "end_agreement": of_utility(body=says(on="2025-06-01")),
    "change_rate": of_utility(body=says(on="2025-06-01", tariff="HIDDEN-RATE")),
    "list_bill_runs": Call(lists=Kind.UTILITY),
    "open_bill_runs": of_utility(body=says(cycle=the("cycle"), through="2024-03-31")),
    "read_bill_run": of_utility(),
    "list_billing_cycles": Call(lists=Kind.UTILITY),
    "define_billing_cycle": Call(body=says(code="NEW", name="New")),
    "change_billing_rules": of_utility(match=True, body=says(rules={"due_days": 21})),
    "extend_billing_calendar": of_utility(
        body=says(periods=[{"first_day": "2025-07-01", "after_last": "2025-08-01"}])
    ),
    "read_billing_cycle": of_utility(),
    "list_billing_exceptions": Call(lists=Kind.UTILITY),
    "dismiss_billing_exception": of_utility(body=WHY),
    "list_bills": Call(lists=Kind.CUSTOMER),
    "list_bills of an account": of_customer(query=says(account=the("account"))),
    "print_bill": of_customer(path={"number": "bill"}),
    "cancel_bill": of_customer(path={"number": "bill"}, body=WHY, of_people=True),
    "rebill": of_customer(path={"number": "bill"}, body=WHY, of_people=True),
    "explain_bill": of_customer(path={"number": "bill"}),
    "read_bill": of_customer(path={"number": "bill"}),
    "list_corrections": Call(lists=Kind.UTILITY),
    "list_held_bills": Call(lists=Kind.UTILITY),
    "release_held_bill": of_utility(),
    "discard_held_bill": of_utility(body=WHY),
    "list_imports": Call(lists=Kind.UTILITY),
    "import_readings": of_utility(
        raw=CSV, query=says(usage_point=the("usage_point"), name="x.csv"),
    ),
    "inspect_readings": Call(raw=CSV, query=says(name="x.csv")),
    "read_import": of_utility(),
    "list_meters": Call(lists=Kind.UTILITY),
    "add_meter": Call(
        body=says(serial="NEW", make="Aster", commodity="electricity", registers=[REGISTER])
    ),
    "read_meter": of_utility(),
    "list_register_readings": of_utility(),
    "install_meter": of_utility(
        path={"meter_id": "new_meter"},
        body=says(
            usage_point="UP-FREE", installed_at="2025-01-01T00:00:00Z", readings={"E1": "0"}
        ),
    ),
    "remove_meter": of_utility(
        body=says(removed_at="2025-06-01T00:00:00Z", readings={"E1": "1200"})
    ),
    "exchange_meter": of_utility(
        body=says(
            new_meter=the("new_meter"), exchanged_at="2025-06-01T00:00:00Z",
            final_readings={"E1": "1200"}, first_readings={"E1": "0"},
        ),
    ),
    "list_parked_deliveries": Call(lists=Kind.UTILITY),
    "retry_delivery": of_utility(gone=NOT_PARKED),
    "discard_delivery": of_utility(body=WHY, gone=NOT_PARKED),
    "report_revenue": Call(query=says(begin="2025-01-01", before="2025-12-31")),
    "report_account": of_utility(),
    "list_service_locations": Call(lists=Kind.UTILITY),
    "add_service_location": Call(body=says(address="1 New Street", time_zone="UTC")),
    "read_service_location": of_utility(),
    "list_usage_points": Call(lists=Kind.UTILITY),
    "add_usage_point": of_utility(
        body=says(service_location=the("location"), reference="NEW", commodity="gas")
    ),
    "read_usage_point": of_utility(),
    "list_tariffs": Call(lists=Kind.UTILITY),
    "draft_tariff_version": Call(raw=orjson.dumps(TARIFF)),
    "import_tariffs": Call(raw=orjson.dumps([TARIFF])),
    "read_tariff": of_utility(path={"code": "tariff"}),
    "read_tariff_version": of_utility(),
    "explain_tariff_version": of_utility(),
    "publish_tariff_version": of_utility(path={"version_id": "draft"}, of_people=True),
    "withdraw_tariff_version": of_utility(body=WHY, of_people=True),
    "record_reading": of_customer(
        body=says(
            usage_point=the("usage_point"), channel="E1", read_at="2025-03-01T00:00:00Z",
            shown="1100",
        ),
    ),
    "read_usage": Call(lists=Kind.CUSTOMER),
    "read_usage of an account": of_customer(query=says(account=the("account"))),
    "read_usage_history": of_customer(
        query=says(usage_point=the("usage_point"), begin="2025-01-01", before="2025-02-01")
    ),
    "list_user_properties": Call(),
    "list_user_properties of another": Call(
        query=says(user=the("stranger")), lists=Kind.CUSTOMER
    ),
    "add_user_property": Call(
        of_people=True,
        body=says(
            address=["2 New Street"], commodity="gas", meter_number="G-1", tariff="HOME"
        ),
    ),
    "add_user_property of an account": of_customer(
        of_people=True,
        body=says(
            address=["2 New Street"], commodity="gas", meter_number="G-1", tariff="HOME",
            account=the("account"),
        ),
    ),
    "read_user_property_service": of_customer(),
    "read_user_property": of_customer(),
    "change_user_property": of_customer(
        match=True,
        body=says(
            address=["2 New Street"], commodity="gas", meter_number="G-1", tariff="HOME"
        ),
    ),
    "remove_user_property": of_customer(match=True),
    "read_audit_trail": Call(),
}  # fmt: skip
