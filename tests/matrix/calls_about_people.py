"""Operations about people, their log-ins, and organisations."""

from collections.abc import Mapping
from typing import Final

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as apps
from django.utils import timezone

from lamplighter.identity.domain.permissions import Action
from lamplighter.identity.models import CodeFactor, LegalHold, User
from lamplighter.kernel import Reach
from tests.matrix.cells import By, Kind, Outcome, Relation, Somebody
from tests.matrix.declaring import (
    Call,
    Filled,
    of_organisation,
    of_person,
    of_utility,
    says,
    the,
)
from tests.matrix.things import Things
from tests.web.asking import PASSWORD

DOOR: Final = "door@matrix.example"
NO_CODE = {"challenge": "nobody-has-begun-this", "code": "123456"}
OVER: Final = ("ChallengeOver",)
BY_ANOTHER: Final = "it takes another person, who may do it too"


def decides(who: Somebody, relation: Relation) -> Outcome:
    """What somebody else has proposed is decided by who may do it too, themselves."""
    if who.by is By.NOTHING:
        return Outcome.STRANGER
    if who.by is not By.SESSION:
        return Outcome.FORBIDDEN
    if relation is Relation.OWN:
        return Outcome.FORBIDDEN
    does = relation is Relation.SAME and cancels_bills(who)
    return Outcome.DONE if does else Outcome.NOT_THERE


def cancels_bills(who: Somebody) -> bool:
    """What the proposals of the matrix are about."""
    return who.reach(Action.CANCEL_BILLS) is Reach.ALL


def reads_proposal(who: Somebody, relation: Relation) -> Outcome:
    """It is seen by who has proposed it, and by who may do it too."""
    if who.by is By.NOTHING:
        return Outcome.STRANGER
    if who.reach(Action.READ_ME) is None:
        return Outcome.FORBIDDEN
    if relation is Relation.OWN:
        return Outcome.DONE
    does = relation is Relation.SAME and cancels_bills(who)
    return Outcome.DONE if does else Outcome.NOT_THERE


def appoints(who: Somebody, relation: Relation) -> Outcome:
    """A role is given by who may, in theirs; another organisation is told like a missing one."""
    if relation is Relation.MALFORMED:
        return Outcome.NOT_THERE
    if who.by is By.NOTHING:
        return Outcome.STRANGER
    reach = who.reach(Action.CHANGE_MEMBERS)
    if reach is Reach.ALL:
        return Outcome.NOT_THERE if relation is Relation.MISSING else Outcome.DONE
    within = reach is Reach.ORGANISATION and relation is Relation.SAME
    return Outcome.DONE if within else Outcome.FORBIDDEN


def _has_app(things: Things) -> None:
    apps.TOTP.activate(_user(things), apps.generate_totp_secret())


def _has_recovery_codes(things: Things) -> None:
    RecoveryCodes.activate(_user(things))


def _has_texts(things: Things) -> None:
    CodeFactor.objects.create(user=_user(things), channel="sms", made_at=timezone.now())


def _has_no_passkey(things: Things) -> None:
    Authenticator.objects.filter(user=things["user"]).delete()


def _has_mails(things: Things) -> None:
    CodeFactor.objects.create(user=_user(things), channel="email", made_at=timezone.now())


def _is_not_held(things: Things) -> None:
    LegalHold.objects.filter(user=things["user"]).update(lifted_at=timezone.now(), lifted_by="test")


def _is_disabled(things: Things) -> None:
    if "user" in things:
        User.objects.filter(id=things["user"]).update(is_active=False)


def _user(things: Things) -> User:
    return User.objects.get(id=things["user"])


def _code_of_app(things: Things) -> str:
    if "totp_secret" not in things:
        return "123456"
    counter = int(timezone.now().timestamp()) // 30
    return str(apps.format_hotp_value(apps.hotp_value(things["totp_secret"], counter)))


def _sent(kind: str) -> Filled:
    """A code that was sent; of a challenge that is not there, any."""
    return lambda things: things.get(kind, "123456")


def _fits(kind: str) -> Filled:
    """A role of the organisation whose turn it is; of one that is not there, any."""
    return lambda things: things.get(kind, "merchant_staff")


WISHES = says(name="Sunny", scopes=["organisations.read"])
OF_PEOPLE: Final[Mapping[str, Call]] = {
    "register": Call(body=says(email="new@matrix.example", password=PASSWORD, name="New")),
    "register to work": of_organisation(
        body=says(
            email="new@matrix.example", password=PASSWORD, name="New",
            role=_fits("role"), organisation=the("organisation"),
        ),
        action=Action.CHANGE_MEMBERS,
        rule=appoints,
        also=("AppointedByTwo",),
        gone=("RoleNotGiven",),
        why="two appoint whoever runs the installation; what is refused is refused by 403",
    ),
    "verify_email": Call(body=says(**NO_CODE), also=OVER, why="the code goes to an inbox"),
    "resend_verification": Call(body=says(email=DOOR)),
    "log_in": Call(body=says(email=DOOR, password=PASSWORD)),
    "ask_for_factor": Call(body=says(method="passkey")),
    "verify_factor": Call(
        body=says(challenge="x", method="totp", code="123456"), also=OVER,
        why="nobody is half-way in",
    ),
    "authenticate": Call(body=says(username=DOOR, password=PASSWORD)),
    "refresh_token": Call(body=says(refresh_token=the("refresh_token"))),
    "forget_password": Call(body=says(email=DOOR)),
    "reset_password": Call(
        body=says(password="another lamp in the window", **NO_CODE), also=OVER,
        why="the code goes to an inbox",
    ),
    "prove_again": Call(body=says(password=PASSWORD), in_person=True),
    "log_out": Call(in_person=True),
    "change_password": Call(
        body=says(current_password=PASSWORD, new_password="another lamp in the window"),
    ),
    "list_sessions": Call(in_person=True, lists=Kind.PERSON),
    "end_other_sessions": Call(in_person=True),
    "end_session": of_person(in_person=True),
    "hello": Call(),
    "read_profile": Call(),
    "change_profile": Call(
        match=True, body=says(name="New", postal_address=[], language="en", time_zone="UTC")
    ),
    "begin_email_change": Call(body=says(email="other@matrix.example")),
    "confirm_email_change": of_person(
        in_person=True,
        gone=OVER,
        body=says(challenge=the("email_handle"), code=_sent("email_code")),
    ),
    "begin_phone_change": Call(
        body=says(phone="+4915112345679"), also=("MethodNotOffered",),
        why="nothing sends an SMS here",
    ),
    "confirm_phone_change": of_person(
        in_person=True,
        gone=OVER,
        body=says(challenge=the("phone_handle"), code=_sent("phone_code")),
    ),
    "list_roles": Call(),
    "read_my_permissions": Call(),
    "redeem_my_invitations": Call(of_people=True),
    "begin_export": Call(),
    "list_exports": Call(),
    "read_export": of_person(),
    "fetch_export": of_person(),
    "erase_me": Call(
        before=_is_not_held, also=("ErasureNotPossible",), why="who has work here is not erased"
    ),
    "list_consents": Call(lists=Kind.PERSON),
    "record_consent": Call(body=says(kind="newsletter", version="1", given=True)),
    "list_factors": Call(in_person=True),
    "begin_totp": Call(),
    "confirm_totp": of_person(
        gone=OVER, body=says(challenge=the("totp_handle"), code=_code_of_app)
    ),
    "remove_totp": Call(before=_has_app),
    "make_recovery_codes": Call(),
    "remove_recovery_codes": Call(before=_has_recovery_codes),
    "begin_passkey": Call(before=_has_no_passkey),
    "complete_passkey": of_person(
        gone=OVER, also=("PasskeyWrong",), why="no device is here to sign",
        body=says(challenge=the("passkey_handle"), name="Phone", credential={}),
    ),
    "rename_passkey": of_person(body=says(name="Phone")),
    "remove_passkey": of_person(),
    "add_sms_factor": Call(also=("MethodNotOffered",), why="nothing sends an SMS here"),
    "remove_sms_factor": Call(before=_has_texts),
    "add_email_factor": Call(),
    "remove_email_factor": Call(before=_has_mails),
    "list_approvals": Call(lists=cancels_bills),
    "read_approval": of_person(rule=reads_proposal, why="who may decide sees it, too"),
    "withdraw_proposal": of_person(in_person=True),
    "approve": of_person(in_person=True, rule=decides, why=BY_ANOTHER),
    "reject": of_person(
        in_person=True, rule=decides, body=says(reason="no"), why=BY_ANOTHER
    ),
    "list_users": Call(lists=Kind.UTILITY),
    "read_user": of_utility(),
    "disable_user": of_utility(),
    "enable_user": of_utility(before=_is_disabled),
    "end_sessions_of_user": of_utility(),
    "erase_person": of_utility(before=lambda things: "user" in things and _is_not_held(things)),
    "list_legal_holds": of_utility(),
    "hold_person": of_utility(body=says(reason="a case")),
    "lift_legal_hold": of_utility(),
    "list_retention_policies": Call(),
    "read_retention_policy": of_utility(),
    "change_retention_policy": of_utility(match=True, body=says(days=30)),
    "list_organisations": Call(lists=Kind.ORGANISATION),
    "add_organisation": Call(body=says(kind="merchant", name="Third", slug="third")),
    "read_organisation": of_organisation(),
    "change_organisation": of_organisation(match=True, body=says(name="Renamed")),
    "list_members": of_organisation(),
    "list_invitations": of_organisation(),
    "invite_member": of_organisation(
        body=says(email="new@matrix.example", role=_fits("role")),
    ),
    "propose_administrator": of_organisation(body=says(email=DOOR, role=_fits("top_role"))),
    "remove_member": of_organisation(),
    "list_clients": Call(lists=Kind.ORGANISATION),
    "register_client": of_organisation(
        body=says(
            name="Sunny", kind="system", scopes=["organisations.read"],
            organisation_id=the("organisation"),
        ),
    ),
    "read_client": of_organisation(),
    "change_client": of_organisation(match=True, body=WISHES),
    "renew_client_secret": of_organisation(),
    "remove_client": of_organisation(),
    "list_api_keys": Call(lists=Kind.ORGANISATION),
    "make_api_key": of_organisation(
        body=says(name="Head-end", organisation_id=the("organisation")),
        also=("ScopeNotAllowed",), why="a merchant has no meters",
    ),
    "revoke_api_key": of_organisation(),
}  # fmt: skip
