"""
Who may do what, over whose things: the one table.

An action is named `what.verb`, and is an OAuth scope by the same name: a client that acts for
somebody may do what both its scopes and the person's roles allow. docs/permissions.md is made from
this file.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from lamplighter.kernel import Reach


class Action(StrEnum):
    """Each thing that can be allowed."""

    READ_ME = "me.read"
    CHANGE_ME = "me.change"
    SECURE_ME = "me.secure"
    EXPORT_ME = "me.export"
    ERASE_ME = "me.erase"

    READ_PROPERTIES = "properties.read"
    CHANGE_PROPERTIES = "properties.change"
    READ_ACCOUNTS = "accounts.read"
    CHANGE_ACCOUNTS = "accounts.change"
    READ_BILLS = "bills.read"
    DECIDE_BILLS = "bills.decide"
    CANCEL_BILLS = "bills.cancel"
    READ_USAGE = "usage.read"
    RECORD_READINGS = "readings.record"
    IMPORT_READINGS = "readings.import"
    READ_PLACES = "places.read"
    CHANGE_PLACES = "places.change"
    READ_METERS = "meters.read"
    CHANGE_METERS = "meters.change"
    READ_TARIFFS = "tariffs.read"
    DRAFT_TARIFFS = "tariffs.draft"
    PUBLISH_TARIFFS = "tariffs.publish"
    READ_AGREEMENTS = "agreements.read"
    CHANGE_AGREEMENTS = "agreements.change"
    READ_BILLING = "billing.read"
    CHANGE_CYCLES = "cycles.change"
    READ_REPORTS = "reports.read"

    READ_ORGANISATIONS = "organisations.read"
    CHANGE_ORGANISATIONS = "organisations.change"
    READ_MEMBERS = "members.read"
    CHANGE_MEMBERS = "members.change"
    APPOINT_ADMINISTRATORS = "administrators.appoint"
    READ_CLIENTS = "clients.read"
    CHANGE_CLIENTS = "clients.change"
    READ_USERS = "users.read"
    CHANGE_USERS = "users.change"
    ERASE_PEOPLE = "people.erase"
    READ_RETENTION = "retention.read"
    CHANGE_RETENTION = "retention.change"
    READ_AUDIT = "audit.read"
    READ_WORK = "work.read"
    DECIDE_WORK = "work.decide"


ACTIONS: Final[Mapping[Action, str]] = {
    Action.READ_ME: "See one's own profile, sessions and second factors",
    Action.CHANGE_ME: "Change one's own profile and settings",
    Action.SECURE_ME: "Change one's password and second factors, end sessions",
    Action.EXPORT_ME: "Get everything that is kept about oneself",
    Action.ERASE_ME: "Have oneself erased",
    Action.READ_PROPERTIES: "See properties",
    Action.CHANGE_PROPERTIES: "Add, change and remove properties",
    Action.READ_ACCOUNTS: "See accounts: holder, address, balance",
    Action.CHANGE_ACCOUNTS: "Open and close accounts, say who may see one",
    Action.READ_BILLS: "See bills, their explanation and their PDF",
    Action.DECIDE_BILLS: "Run billing, release or discard held bills, bill off cycle",
    Action.CANCEL_BILLS: "Take back an issued bill, or bill it again",
    Action.READ_USAGE: "See readings and usage",
    Action.RECORD_READINGS: "Enter readings",
    Action.IMPORT_READINGS: "Take in files of readings",
    Action.READ_PLACES: "See places that are served, and their usage points",
    Action.CHANGE_PLACES: "Add places and usage points",
    Action.READ_METERS: "See meters and where they hang",
    Action.CHANGE_METERS: "Add, install, exchange and remove meters",
    Action.READ_TARIFFS: "See tariffs, drafts included",
    Action.DRAFT_TARIFFS: "Write and import versions of tariffs",
    Action.PUBLISH_TARIFFS: "Publish and withdraw versions of tariffs",
    Action.READ_AGREEMENTS: "See who pays for which place by which tariff",
    Action.CHANGE_AGREEMENTS: "Make and end agreements",
    Action.READ_BILLING: "See cycles, runs, held bills and what waits",
    Action.CHANGE_CYCLES: "Add billing cycles, change their rules",
    Action.READ_REPORTS: "See reports over bills",
    Action.READ_ORGANISATIONS: "See organisations",
    Action.CHANGE_ORGANISATIONS: "Add and change organisations",
    Action.READ_MEMBERS: "See who works for an organisation, and as what",
    Action.CHANGE_MEMBERS: "Give and take roles",
    Action.APPOINT_ADMINISTRATORS: "Make somebody an administrator",
    Action.READ_CLIENTS: "See OAuth clients and meters' keys",
    Action.CHANGE_CLIENTS: "Register clients, make and revoke keys",
    Action.READ_USERS: "See users",
    Action.CHANGE_USERS: "Disable users, end their sessions",
    Action.ERASE_PEOPLE: "Erase somebody, set and lift legal holds",
    Action.READ_RETENTION: "See how long what is kept",
    Action.CHANGE_RETENTION: "Say how long what is kept",
    Action.READ_AUDIT: "See the audit trail",
    Action.READ_WORK: "See queues, deliveries, what is parked",
    Action.DECIDE_WORK: "Retry or discard what is parked",
}
"""What each action lets somebody do."""


class Role(StrEnum):
    """What somebody is to an organisation; `CONSUMER` is what everybody is who registers."""

    CONSUMER = "consumer"
    BILLING_OFFICER = "billing_officer"
    METERING_OFFICER = "metering_officer"
    SUPPORT_AGENT = "support_agent"
    FIELD_CREW = "field_crew"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    PLATFORM_ADMINISTRATOR = "platform_administrator"
    MERCHANT_OWNER = "merchant_owner"
    MERCHANT_STAFF = "merchant_staff"
    GROUP_OWNER = "group_owner"
    GROUP_PARTICIPANT = "group_participant"


ROLES: Final[Mapping[Role, str]] = {
    Role.CONSUMER: "Consumer",
    Role.BILLING_OFFICER: "Billing officer",
    Role.METERING_OFFICER: "Metering officer",
    Role.SUPPORT_AGENT: "Support agent",
    Role.FIELD_CREW: "Field crew",
    Role.AUDITOR: "Auditor",
    Role.ADMINISTRATOR: "Administrator",
    Role.PLATFORM_ADMINISTRATOR: "Platform administrator",
    Role.MERCHANT_OWNER: "Merchant, owner",
    Role.MERCHANT_STAFF: "Merchant, staff",
    Role.GROUP_OWNER: "Group, owner",
    Role.GROUP_PARTICIPANT: "Group, participant",
}
"""What each role is called."""


class OrganisationKind(StrEnum):
    """What an organisation is."""

    UTILITY = "utility"
    """There is one in an installation."""
    MERCHANT = "merchant"
    PLATFORM = "platform"
    """Who runs the installation. There is one."""


ROLES_OF: Final[Mapping[OrganisationKind, frozenset[Role]]] = {
    OrganisationKind.UTILITY: frozenset(
        {
            Role.BILLING_OFFICER,
            Role.METERING_OFFICER,
            Role.SUPPORT_AGENT,
            Role.FIELD_CREW,
            Role.AUDITOR,
            Role.ADMINISTRATOR,
        }
    ),
    OrganisationKind.MERCHANT: frozenset({Role.MERCHANT_OWNER, Role.MERCHANT_STAFF}),
    OrganisationKind.PLATFORM: frozenset({Role.PLATFORM_ADMINISTRATOR}),
}
"""Which roles somebody may have in an organisation. Those in groups are given by the groups."""

_OWN: Final = (
    Action.READ_ME, Action.CHANGE_ME, Action.SECURE_ME, Action.EXPORT_ME, Action.ERASE_ME,
    Action.READ_PROPERTIES, Action.CHANGE_PROPERTIES, Action.READ_ACCOUNTS, Action.READ_BILLS,
    Action.READ_USAGE, Action.RECORD_READINGS,
)  # fmt: skip
_EVERY_DESK: Final = (
    Action.READ_PROPERTIES, Action.READ_ACCOUNTS, Action.READ_BILLS, Action.READ_USAGE,
    Action.READ_PLACES, Action.READ_METERS, Action.READ_TARIFFS, Action.READ_AGREEMENTS,
    Action.READ_BILLING,
)  # fmt: skip
_READING: Final = tuple(
    action for action in Action if action.endswith(".read") and action is not Action.READ_ME
)


def _all(*actions: Action) -> dict[Action, Reach]:
    return dict.fromkeys(actions, Reach.ALL)


def _of_organisation(*actions: Action) -> dict[Action, Reach]:
    return dict.fromkeys(actions, Reach.ORGANISATION)


TABLE: Final[Mapping[Role, Mapping[Action, Reach]]] = {
    Role.CONSUMER: dict.fromkeys(_OWN, Reach.OWN),
    Role.BILLING_OFFICER: _all(
        *_EVERY_DESK, Action.CHANGE_ACCOUNTS, Action.DECIDE_BILLS, Action.CANCEL_BILLS,
        Action.RECORD_READINGS, Action.DRAFT_TARIFFS, Action.PUBLISH_TARIFFS,
        Action.CHANGE_AGREEMENTS, Action.CHANGE_CYCLES, Action.READ_REPORTS,
    ),
    Role.METERING_OFFICER: _all(
        *_EVERY_DESK, Action.RECORD_READINGS, Action.IMPORT_READINGS, Action.CHANGE_PLACES,
        Action.CHANGE_METERS,
    ),
    Role.SUPPORT_AGENT: _all(
        *_EVERY_DESK, Action.CHANGE_ACCOUNTS, Action.CHANGE_PROPERTIES, Action.RECORD_READINGS,
    ),
    Role.FIELD_CREW: _all(
        Action.READ_PLACES, Action.READ_METERS, Action.RECORD_READINGS, Action.CHANGE_METERS,
    ),
    Role.AUDITOR: _all(*_READING),
    Role.ADMINISTRATOR: {
        **_all(
            *_EVERY_DESK, Action.CHANGE_ACCOUNTS, Action.CHANGE_PROPERTIES, Action.DECIDE_BILLS,
            Action.CANCEL_BILLS, Action.RECORD_READINGS, Action.IMPORT_READINGS,
            Action.CHANGE_PLACES, Action.CHANGE_METERS, Action.DRAFT_TARIFFS,
            Action.PUBLISH_TARIFFS, Action.CHANGE_AGREEMENTS, Action.CHANGE_CYCLES,
            Action.READ_REPORTS, Action.READ_USERS, Action.CHANGE_USERS, Action.ERASE_PEOPLE,
            Action.READ_RETENTION, Action.CHANGE_RETENTION, Action.READ_AUDIT, Action.READ_WORK,
            Action.DECIDE_WORK,
        ),
        **_of_organisation(
            Action.READ_ORGANISATIONS, Action.READ_MEMBERS, Action.CHANGE_MEMBERS,
            Action.APPOINT_ADMINISTRATORS, Action.READ_CLIENTS, Action.CHANGE_CLIENTS,
        ),
    },
    Role.PLATFORM_ADMINISTRATOR: _all(
        Action.READ_ORGANISATIONS, Action.CHANGE_ORGANISATIONS, Action.READ_MEMBERS,
        Action.CHANGE_MEMBERS, Action.APPOINT_ADMINISTRATORS, Action.READ_CLIENTS,
        Action.CHANGE_CLIENTS, Action.READ_USERS, Action.CHANGE_USERS, Action.READ_AUDIT,
        Action.READ_WORK, Action.DECIDE_WORK,
    ),
    Role.MERCHANT_OWNER: _of_organisation(
        Action.READ_ORGANISATIONS, Action.READ_MEMBERS, Action.CHANGE_MEMBERS,
        Action.READ_CLIENTS, Action.CHANGE_CLIENTS,
    ),
    Role.MERCHANT_STAFF: _of_organisation(Action.READ_ORGANISATIONS, Action.READ_MEMBERS),
    Role.GROUP_OWNER: {},
    Role.GROUP_PARTICIPANT: {},
}  # fmt: skip
"""Who has several roles may do what any of them allows."""

FOUR_EYES: Final = frozenset(
    {
        Action.CANCEL_BILLS,
        Action.PUBLISH_TARIFFS,
        Action.APPOINT_ADMINISTRATORS,
        Action.ERASE_PEOPLE,
    }
)
"""What one person asks for and another one, who may do it too, approves."""

NOT_DELEGABLE: Final = frozenset(
    {
        Action.SECURE_ME,
        Action.ERASE_ME,
        Action.CHANGE_MEMBERS,
        Action.APPOINT_ADMINISTRATORS,
        Action.CHANGE_CLIENTS,
        Action.CHANGE_USERS,
        Action.ERASE_PEOPLE,
    }
)
"""What nobody can let a client do: these are no scopes."""

SCOPES: Final = tuple(action for action in Action if action not in NOT_DELEGABLE)
"""What an OAuth client may ask for."""
