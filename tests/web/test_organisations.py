"""Organisations, who works for them, and what the caller may do."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from lamplighter.identity.actions import add_member
from lamplighter.identity.actions.members import redeem_invitations
from lamplighter.identity.domain.permissions import Role
from lamplighter.identity.models import Invitation, Membership, Organisation, Session, User
from lamplighter.platform import personal
from lamplighter.platform.models import AuditLine
from tests.web.asking import LONG_AGO, PASSWORD, Asker, somebody, the

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(db: None) -> Asker:
    return somebody("ada@utility.example", Role.ADMINISTRATOR)


@pytest.fixture
def ben(db: None) -> Asker:
    return somebody("ben@utility.example", Role.ADMINISTRATOR)


@pytest.fixture
def root(db: None) -> Asker:
    return somebody("root@platform.example", Role.PLATFORM_ADMINISTRATOR)


@pytest.fixture
def second(db: None) -> Asker:
    return somebody("second@platform.example", Role.PLATFORM_ADMINISTRATOR)


@pytest.fixture
def mary(db: None) -> Asker:
    return somebody("mary@x.example")


@pytest.fixture
def shop(root: Asker) -> UUID:
    wanted = {"kind": "merchant", "name": "The Shop", "slug": "shop"}
    answer = root.ask("post", "organisations", wanted)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


def give(who: Asker, role: Role, organisation: UUID) -> UUID:
    return Membership.objects.create(
        organisation_id=organisation, user_id=who.user_id, role=role.value, since=timezone.now()
    ).id


@pytest.fixture
def owner(shop: UUID) -> Asker:
    olga = somebody("olga@shop.example")
    give(olga, Role.MERCHANT_OWNER, shop)
    return olga


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def members_of(organisation: UUID | str) -> str:
    return f"organisations/{organisation}/members"


def test_organisations_are_added_renamed_and_closed(root: Asker, shop: UUID) -> None:
    seen = root.ask("get", f"organisations/{shop}")
    assert seen.json()["slug"] == "shop"
    change = {"name": "Shop & Sons", "closed": True}
    answer = root.ask("put", f"organisations/{shop}", change, if_match=seen.headers["ETag"])
    assert (answer.json()["name"], answer.json()["closed_at"] is None) == ("Shop & Sons", False)
    again = root.ask("put", f"organisations/{shop}", change, if_match=seen.headers["ETag"])
    assert code(again) == (412, "ChangedMeanwhile")
    assert root.ask("put", f"organisations/{shop}", change).status_code == 428
    slugs = [one["slug"] for one in root.ask("get", "organisations?sort=slug").json()["items"]]
    assert slugs == ["platform", "shop", "utility"]
    first = root.ask("get", "organisations?sort=-slug&limit=1").json()
    rest = root.ask("get", f"organisations?sort=-slug&after={first['next']}").json()
    assert [one["slug"] for one in first["items"] + rest["items"]] == slugs[::-1]


def test_the_utility_is_not_closed_and_no_name_is_taken_twice(root: Asker, shop: UUID) -> None:
    tag = root.ask("get", f"organisations/{the('utility').id}").headers["ETag"]
    change = {"name": "U", "closed": True}
    answer = root.ask("put", f"organisations/{the('utility').id}", change, if_match=tag)
    assert code(answer) == (409, "NotToBeClosed")
    wanted = {"kind": "merchant", "name": "Another", "slug": "shop"}
    assert code(root.ask("post", "organisations", wanted)) == (409, "SlugTaken")
    assert root.ask("post", "organisations", wanted | {"kind": "utility"}).status_code == 422


def test_another_organisation_is_not_there(owner: Asker, admin: Asker, shop: UUID) -> None:
    utility = the("utility").id
    member = Membership.objects.get(user_id=admin.user_id).id
    for method, address, body in [
        ("get", f"organisations/{utility}", None),
        ("get", members_of(utility), None),
        ("get", f"organisations/{utility}/invitations", None),
        ("post", members_of(utility), {"email": "x@x.example", "role": "auditor"}),
        ("delete", f"{members_of(utility)}/{member}", None),
        ("delete", f"{members_of(shop)}/{member}", None),
    ]:
        assert owner.ask(method, address, body).status_code == 404, address
    assert admin.ask("get", f"organisations/{shop}").status_code == 404
    listed = owner.ask("get", "organisations").json()["items"]
    assert [one["id"] for one in listed] == [str(shop)]


def test_who_has_registered_gets_a_role_at_once(admin: Asker, mary: Asker) -> None:
    utility = the("utility").id
    wanted = {"email": "MARY@x.example", "role": "auditor"}
    answer = admin.ask("post", members_of(utility), wanted)
    assert answer.status_code == 201
    member = answer.json()["membership"]
    listed = admin.ask("get", members_of(utility)).json()["items"]
    assert ("mary@x.example", "auditor") in {(one["email"], one["role"]) for one in listed}
    assert code(admin.ask("post", members_of(utility), wanted)) == (409, "AlreadyMember")
    assert mary.ask("get", "accounts").status_code == 200
    assert admin.ask("delete", f"{members_of(utility)}/{member}").status_code == 204
    assert admin.ask("delete", f"{members_of(utility)}/{member}").status_code == 404
    actions = set(AuditLine.objects.values_list("action", flat=True))
    assert {"identity.give_role", "identity.remove_member"} <= actions


def test_who_has_not_registered_gets_it_once_the_address_is_theirs(admin: Asker) -> None:
    utility = the("utility").id
    wanted = {"email": "new@x.example", "role": "support_agent"}
    told = admin.ask("post", members_of(utility), wanted).json()
    assert (told["membership"], told["invitation"] is None) == (None, False)
    assert code(admin.ask("post", members_of(utility), wanted)) == (409, "AlreadyMember")
    (waiting,) = admin.ask("get", f"organisations/{utility}/invitations").json()
    assert waiting["email"] == "new@x.example"
    newcomer = add_member(
        email="NEW@x.example", password=PASSWORD, roles=(), by="test", at=LONG_AGO
    )
    User.objects.filter(id=newcomer).update(email_verified_at=None)
    assert redeem_invitations(user_id=newcomer, at=timezone.now()) == []
    User.objects.filter(id=newcomer).update(email_verified_at=timezone.now())
    asker = Asker(newcomer, "new@x.example")
    joined = asker.ask("post", "me/invitations/redemption").json()
    assert joined == {"organisation_ids": [str(utility)]}
    assert Membership.objects.get(user_id=newcomer).role == "support_agent"
    assert personal.are_forgotten([Invitation.objects.get().id])
    assert asker.ask("post", "me/invitations/redemption").json() == {"organisation_ids": []}


def test_an_address_that_nobody_has_verified_is_nobodys(admin: Asker, mary: Asker) -> None:
    User.objects.filter(id=mary.user_id).update(email_verified_at=None)
    wanted = {"email": mary.email, "role": "auditor"}
    assert admin.ask("post", members_of(the("utility").id), wanted).json()["membership"] is None


def test_an_invitation_is_taken_back(admin: Asker) -> None:
    utility = the("utility").id
    wanted = {"email": "new@x.example", "role": "auditor"}
    told = admin.ask("post", members_of(utility), wanted).json()
    there = f"{members_of(utility)}/{told['invitation']}"
    assert admin.ask("delete", there).status_code == 204
    newcomer = somebody("new@x.example")
    assert redeem_invitations(user_id=newcomer.user_id, at=timezone.now()) == []


@pytest.mark.parametrize(
    ("role", "status", "no"),
    [
        ("merchant_owner", 422, "RoleNotOfThisKind"),
        ("platform_administrator", 422, "RoleNotOfThisKind"),
        ("consumer", 422, "RoleNotOfThisKind"),
        ("administrator", 403, "AppointedByTwo"),
        ("king", 422, "InvalidInput"),
    ],
)
def test_not_every_role_is_given_like_this(
    admin: Asker, mary: Asker, role: str, status: int, no: str
) -> None:
    wanted = {"email": mary.email, "role": role}
    assert code(admin.ask("post", members_of(the("utility").id), wanted)) == (status, no)


def test_nobody_raises_themselves(admin: Asker, owner: Asker, shop: UUID) -> None:
    wanted = {"email": admin.email, "role": "auditor"}
    answer = admin.ask("post", members_of(the("utility").id), wanted)
    assert code(answer) == (403, "NotForOneself")
    there = f"organisations/{the('utility').id}/administrators"
    answer = admin.ask("post", there, wanted | {"role": "administrator"})
    assert code(answer) == (403, "NotForOneself")
    answer = owner.ask("post", members_of(shop), {"email": owner.email, "role": "merchant_staff"})
    assert code(answer) == (403, "NotForOneself")


def proposed(by: Asker, organisation: UUID, email: str, role: str) -> Any:
    return by.ask(
        "post", f"organisations/{organisation}/administrators", {"email": email, "role": role}
    )


def test_an_administrator_is_appointed_by_two(admin: Asker, ben: Asker, mary: Asker) -> None:
    answer = proposed(admin, the("utility").id, mary.email, "administrator")
    assert answer.status_code == 202, answer.text
    there = f"approvals/{answer.json()['id']}"
    assert not Membership.objects.filter(user_id=mary.user_id).exists()
    assert mary.ask("get", there).status_code == 404
    assert code(mary.ask("post", f"{there}/approval")) == (404, "ApprovalUnknown")
    assert code(admin.ask("post", f"{there}/approval")) == (403, "SecondPersonNeeded")
    assert [one["id"] for one in ben.ask("get", "approvals").json()["items"]] == [
        answer.json()["id"]
    ]
    done = ben.ask("post", f"{there}/approval")
    assert done.status_code == 200, done.text
    member = Membership.objects.get(user_id=mary.user_id)
    assert (member.role, done.json()["result"]) == ("administrator", {"membership": str(member.id)})
    assert code(ben.ask("post", f"{there}/approval")) == (409, "AlreadyDecided")
    assert ben.ask("get", there).json()["state"] == "approved"


def test_who_is_to_be_appointed_does_not_approve(admin: Asker, mary: Asker) -> None:
    give(mary, Role.PLATFORM_ADMINISTRATOR, the("platform").id)
    answer = proposed(admin, the("utility").id, mary.email, "administrator")
    no = mary.ask("post", f"approvals/{answer.json()['id']}/approval")
    assert code(no) == (403, "NotForOneself")


def test_a_proposal_is_rejected_or_withdrawn(admin: Asker, ben: Asker, mary: Asker) -> None:
    first, second = (
        f"approvals/{proposed(admin, the('utility').id, mary.email, 'administrator').json()['id']}"
        for _ in range(2)
    )
    assert ben.ask("post", f"{first}/rejection", {}).status_code == 422
    told = ben.ask("post", f"{first}/rejection", {"reason": "not yet"}).json()
    assert (told["state"], told["reason"]) == ("rejected", "not yet")
    assert ben.ask("delete", second).status_code == 404
    assert admin.ask("delete", second).status_code == 204
    assert code(ben.ask("post", f"{second}/approval")) == (409, "AlreadyDecided")


def test_who_has_proposed_and_is_no_administrator_any_more_has_proposed_nothing(
    admin: Asker, ben: Asker, mary: Asker
) -> None:
    answer = proposed(admin, the("utility").id, mary.email, "administrator")
    Membership.objects.filter(user_id=admin.user_id).update(until=timezone.now())
    no = ben.ask("post", f"approvals/{answer.json()['id']}/approval")
    assert code(no) == (409, "ProposerMayNoMore")


def test_a_merchants_first_owner_is_appointed_by_two_and_the_next_by_the_first(
    root: Asker, second: Asker, shop: UUID, mary: Asker
) -> None:
    wanted = {"email": mary.email, "role": "merchant_owner"}
    assert code(root.ask("post", members_of(shop), wanted)) == (403, "AppointedByTwo")
    answer = proposed(root, shop, mary.email, "merchant_owner")
    assert second.ask("post", f"approvals/{answer.json()['id']}/approval").status_code == 200
    another = somebody("otto@x.example")
    wanted = {"email": another.email, "role": "merchant_owner"}
    assert mary.ask("post", members_of(shop), wanted).status_code == 201


def test_only_who_is_registered_is_appointed(admin: Asker) -> None:
    answer = proposed(admin, the("utility").id, "new@x.example", "administrator")
    assert code(answer) == (404, "UserUnknown")


def test_the_last_administrator_stays(admin: Asker, ben: Asker, root: Asker) -> None:
    utility = the("utility").id
    members = {m.user_id: m.id for m in Membership.objects.filter(organisation=utility)}
    assert admin.ask("delete", f"{members_of(utility)}/{members[ben.user_id]}").status_code == 204
    no = admin.ask("delete", f"{members_of(utility)}/{members[admin.user_id]}")
    assert code(no) == (409, "LastAdministrator")
    assert code(root.ask("post", f"users/{admin.user_id}/disable")) == (409, "LastAdministrator")


def test_who_could_not_give_a_role_does_not_take_it(shop: UUID, root: Asker, owner: Asker) -> None:
    staff = somebody("sam@shop.example")
    member = give(staff, Role.MERCHANT_STAFF, shop)
    assert staff.ask("delete", f"{members_of(shop)}/{member}").status_code == 403
    assert owner.ask("delete", f"{members_of(shop)}/{member}").status_code == 204
    first = Membership.objects.get(user_id=owner.user_id).id
    assert code(root.ask("delete", f"{members_of(shop)}/{first}")) == (409, "LastAdministrator")


def test_users_are_found_by_their_address_and_told_to_staff(admin: Asker, mary: Asker) -> None:
    (found,) = admin.ask("get", "users?email=MARY@x.example").json()["items"]
    assert (found["id"], found["email"]) == (str(mary.user_id), "mary@x.example")
    assert admin.ask("get", "users?email=mary@x").json()["items"] == []
    assert len(admin.ask("get", "users").json()["items"]) == 2
    assert admin.ask("get", f"users/{admin.user_id}").json()["roles"][0]["role"] == "administrator"
    assert code(admin.ask("get", f"users/{uuid4()}")) == (404, "UserUnknown")
    assert mary.ask("get", "users").status_code == 403
    reads = AuditLine.objects.filter(action="users.read")
    assert reads.filter(subject=f"user:{admin.user_id}").exists()


def test_who_is_disabled_is_out_at_once(admin: Asker, mary: Asker) -> None:
    assert mary.ask("get", "me/permissions").status_code == 200
    assert admin.ask("post", f"users/{mary.user_id}/disable").status_code == 204
    assert not Session.objects.filter(user_id=mary.user_id, ended_at=None).exists()
    assert mary.ask("get", "me/permissions").status_code == 401
    assert admin.ask("post", f"users/{mary.user_id}/enable").status_code == 204
    assert mary.ask("get", "me/permissions").status_code == 200
    assert admin.ask("post", f"users/{mary.user_id}/sessions/end").json() == {"sessions": 2}
    assert code(admin.ask("post", f"users/{admin.user_id}/disable")) == (403, "NotForOneself")
    assert admin.ask("post", f"users/{uuid4()}/disable").status_code == 404


def test_everybody_is_told_what_they_may_do(owner: Asker, shop: UUID) -> None:
    told = owner.ask("get", "me/permissions").json()
    assert told["roles"] == [{"organisation_id": str(shop), "role": "merchant_owner"}]
    by_action = {one["action"]: one for one in told["permissions"]}
    assert by_action["me.read"]["reach"] == "own"
    assert by_action["members.change"]["organisation_ids"] == [str(shop)]
    roles = {one["role"]: one for one in owner.ask("get", "roles").json()}
    assert roles["auditor"]["allows"]["audit.read"] == "all"
    assert roles["administrator"]["kinds"] == ["utility"]


def test_nobody_works_for_what_is_closed(owner: Asker, shop: UUID) -> None:
    Organisation.objects.filter(id=shop).update(closed_at=timezone.now())
    assert owner.ask("get", f"organisations/{shop}").status_code == 403
