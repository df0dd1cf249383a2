"""Systems that ask for themselves, and apps that ask for somebody who has consented."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from allauth.idp.oidc.models import Client as AllauthClient
from allauth.idp.oidc.models import Token
from django.test import Client, override_settings
from django.utils import timezone

from lamplighter.identity.actions.oidc_keys import rotate_oidc_key
from lamplighter.identity.domain.permissions import Role
from lamplighter.identity.models import Membership, Organisation, User
from lamplighter.identity.queries.oidc_keys import signing_keys
from lamplighter.platform.models import AuditLine, StoredSecret
from tests.web.asking import (
    BACK,
    Asker,
    ask,
    basic,
    browser_of,
    decide,
    led,
    question,
    redeem,
    register,
    somebody,
    token_of,
)

pytestmark = pytest.mark.django_db
HERE = "http://testserver"


@pytest.fixture
def admin(db: None) -> Asker:
    return somebody("ada@utility.example", Role.ADMINISTRATOR)


@pytest.fixture
def mary(db: None) -> Asker:
    return somebody("mary@x.example")


@pytest.fixture
def system(admin: Asker) -> dict[str, Any]:
    return register(admin, scopes=["accounts.read", "bills.read"], requests_per_minute=77)


@pytest.fixture
def app(admin: Asker) -> dict[str, Any]:
    scopes = ["openid", "email", "profile", "me.read", "accounts.read"]
    return register(admin, kind="app", scopes=scopes, redirect_uris=[BACK])


@pytest.fixture
def tokens(app: dict[str, Any], mary: Asker) -> dict[str, Any]:
    answer = redeem(app, led(decide(browser_of(mary), question(app)))["code"])
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def may(token: str, address: str = "accounts") -> int:
    return int(ask("get", address, authorization=f"Bearer {token}").status_code)


def test_the_provider_describes_itself_and_nothing_that_is_not_there() -> None:
    for address in ("openid-configuration", "oauth-authorization-server"):
        told = Client().get(f"/.well-known/{address}").json()
        assert told["issuer"] == HERE
        for name, there in told.items():
            if name.endswith(("_endpoint", "jwks_uri")):
                path = there.removeprefix(HERE)
                assert Client(raise_request_exception=False).get(path).status_code in (
                    200,
                    400,
                    401,
                    405,
                ), name
        assert "registration_endpoint" not in told
        assert told["code_challenge_methods_supported"] == ["S256"]


@override_settings(LAMPLIGHTER_URL="https://lights.example")
def test_behind_a_proxy_the_provider_is_called_what_it_is_called_outside() -> None:
    told = Client().get("/.well-known/openid-configuration").json()
    assert told["token_endpoint"] == "https://lights.example/oauth/token"


def test_a_system_gets_a_token_by_its_secret_and_is_let_in_by_it(system: dict[str, Any]) -> None:
    answer = token_of(system, scope="accounts.read")
    told = answer.json()
    assert (answer.status_code, told["expires_in"], told["scope"]) == (200, 300, "accounts.read")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "refresh_token" not in told
    claims = jwt.decode(told["access_token"], options={"verify_signature": False})
    assert (claims["iss"], claims["aud"]) == (HERE, "lamplighter-api")
    assert may(told["access_token"]) == 200
    assert may(told["access_token"], "bills?account=A-1") == 403
    assert may(told["access_token"], "me/permissions") == 403


def test_who_asks_for_nothing_in_particular_gets_all_that_is_registered(
    system: dict[str, Any],
) -> None:
    assert set(token_of(system).json()["scope"].split()) == {"accounts.read", "bills.read"}


@pytest.mark.parametrize("scope", ["accounts.change", "me.read", "clients.change", "openid", "x"])
def test_a_system_gets_no_scope_that_it_is_not_registered_for(
    system: dict[str, Any], scope: str
) -> None:
    answer = token_of(system, scope=f"accounts.read {scope}")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
    assert not Token.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"secret": "wrong"}, {"id": "nobody"}, {"secret": ""}, {"id": "", "secret": ""}]
)
def test_a_wrong_secret_gets_nothing(system: dict[str, Any], wrong: dict[str, str]) -> None:
    answer = token_of(system | wrong)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_parameter_said_twice_is_refused(system: dict[str, Any]) -> None:
    facts = {"grant_type": "client_credentials", "scope": ["bills.read", "accounts.read"]}
    assert Client().post("/oauth/token", facts, headers=basic(system)).status_code == 400


@pytest.mark.parametrize("grant", ["password", "authorization_code", "refresh_token", "",
                                   "urn:ietf:params:oauth:grant-type:device_code"])  # fmt: skip
def test_a_system_gets_tokens_in_no_other_way(system: dict[str, Any], grant: str) -> None:
    answer = token_of(system, grant_type=grant, code="x", refresh_token="x", device_code="x")
    assert answer.status_code in (400, 401)


def _removed(admin: Asker, system: dict[str, Any]) -> None:
    assert admin.ask("delete", f"clients/{system['id']}").status_code == 204


def _closed(admin: Asker, system: dict[str, Any]) -> None:
    Organisation.objects.filter(kind="utility").update(closed_at=timezone.now())


def _narrowed(admin: Asker, system: dict[str, Any]) -> None:
    tag = admin.ask("get", f"clients/{system['id']}").headers["ETag"]
    wishes = {"name": "Sunny", "scopes": ["bills.read"]}
    assert admin.ask("put", f"clients/{system['id']}", wishes, if_match=tag).status_code == 200


def _revoked(admin: Asker, system: dict[str, Any]) -> None:
    Token.objects.all().delete()


def _expired(admin: Asker, system: dict[str, Any]) -> None:
    Token.objects.update(expires_at=timezone.now())


@pytest.mark.parametrize(
    ("end", "status"),
    [(_removed, 401), (_closed, 401), (_narrowed, 403), (_revoked, 401), (_expired, 401)],
)
def test_a_token_is_dead_at_once(
    admin: Asker, system: dict[str, Any], end: Callable[..., None], status: int
) -> None:
    token = token_of(system, scope="accounts.read").json()["access_token"]
    assert may(token) == 200
    end(admin, system)
    assert may(token) == status


def test_a_token_of_elsewhere_or_of_another_key_is_none(system: dict[str, Any]) -> None:
    token = token_of(system).json()["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    kid = jwt.get_unverified_header(token)["kid"]
    forged = [
        jwt.encode(claims, "x" * 32, algorithm="HS256", headers={"kid": kid}),
        jwt.encode(claims, None, algorithm="none", headers={"kid": kid}),
        token[:-4] + "AAAA",
    ]
    assert {may(one) for one in forged} == {401}
    elsewhere = Client(headers={"host": "127.0.0.1"}).get(
        "/api/accounts", headers={"authorization": f"Bearer {token}"}
    )
    assert elsewhere.status_code == 401


def test_a_key_is_sealed_published_and_rotated(system: dict[str, Any]) -> None:
    before = token_of(system).json()["access_token"]
    kept = b"".join(bytes(row.sealed) for row in StoredSecret.objects.all())
    assert b"PRIVATE" not in kept
    rotate_oidc_key(by="test", at=timezone.now() - timedelta(hours=1))
    after = token_of(system).json()["access_token"]
    kids = [jwt.get_unverified_header(one)["kid"] for one in (before, after)]
    assert kids[0] != kids[1]
    assert {may(before), may(after)} == {200}
    published = Client().get("/.well-known/jwks.json")
    assert {one["kid"] for one in published.json()["keys"]} == set(kids)
    assert all("d" not in one for one in published.json()["keys"])
    assert len(signing_keys()) == 2


def test_a_new_key_is_published_before_it_signs(system: dict[str, Any]) -> None:
    old = jwt.get_unverified_header(token_of(system).json()["access_token"])["kid"]
    new = rotate_oidc_key(by="test", at=timezone.now())
    assert jwt.get_unverified_header(token_of(system).json()["access_token"])["kid"] == old
    published = Client().get("/.well-known/jwks.json").json()["keys"]
    assert {one["kid"] for one in published} == {old, new}


def test_somebody_is_asked_in_plain_words_and_lets_an_app_act_for_them(
    app: dict[str, Any], mary: Asker
) -> None:
    stranger = Client(headers={"accept": "text/html"})
    sent = stranger.get("/oauth/authorize", question(app))
    assert sent.headers["Location"].startswith("/login?next=%2Foauth%2Fauthorize")
    browser = browser_of(mary)
    page = browser.get("/oauth/authorize", question(app))
    assert "See one&#x27;s own profile, sessions and second factors" in page.text
    assert "mary@x.example" in page.text
    assert "https://app.example" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "no-store" in page.headers["Cache-Control"]
    assert page.headers["X-Frame-Options"] == "DENY"
    back = led(decide(browser, question(app)))
    assert (back["state"], back["iss"]) == ("s1", HERE)
    told = redeem(app, back["code"]).json()
    assert may(told["access_token"], "me/permissions") == 200
    (line,) = AuditLine.objects.filter(action="identity.consent")
    assert line.subject == f"client:{app['id']}"


def test_logging_in_leads_back_to_what_the_app_has_asked(app: dict[str, Any], mary: Asker) -> None:
    stranger = Client(headers={"accept": "text/html"})
    there = stranger.get("/oauth/authorize", question(app)).headers["Location"]
    page = stranger.get(there)
    assert page.status_code == 200
    answer = stranger.post(there, {"email": mary.email, "password": "a lamp in the window"})
    assert answer.headers["Location"].startswith("/oauth/authorize?response_type=code")
    assert stranger.get(answer.headers["Location"]).status_code == 200


def test_who_somebody_is_can_be_checked_by_the_published_keys(
    tokens: dict[str, Any], app: dict[str, Any], mary: Asker
) -> None:
    kid = jwt.get_unverified_header(tokens["id_token"])["kid"]
    (key,) = [
        one for one in Client().get("/.well-known/jwks.json").json()["keys"] if one["kid"] == kid
    ]
    claims = jwt.decode(
        tokens["id_token"], jwt.PyJWK(key), algorithms=["RS256"], audience=app["id"], issuer=HERE
    )
    assert (claims["sub"], claims["nonce"]) == (str(mary.user_id), "n1")
    assert (claims["email"], claims["email_verified"]) == ("mary@x.example", True)
    assert may(tokens["id_token"]) == 401
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    info = Client().get("/oauth/userinfo", headers=headers)
    assert (info.json()["sub"], info.json()["email"]) == (str(mary.user_id), "mary@x.example")
    assert Client().get("/oauth/userinfo").status_code == 401


def test_an_app_does_what_the_user_may_and_has_let_it_and_no_more(
    admin: Asker, app: dict[str, Any]
) -> None:
    asked = question(app, scope="openid me.read accounts.read")
    code = led(decide(browser_of(admin), asked, scopes=["me.read"]))["code"]
    token = redeem(app, code).json()["access_token"]
    told = ask("get", "me/permissions", authorization=f"Bearer {token}").json()
    assert [one["action"] for one in told["permissions"]] == ["me.read"]
    assert may(token) == 403


def test_an_app_of_a_merchant_has_nothing_of_what_somebody_may_do_at_the_utility(
    admin: Asker,
) -> None:
    merchant = Organisation.objects.create(
        kind="merchant", name="Shop", slug="shop", made_at=timezone.now()
    )
    owner = somebody("olga@shop.example")
    Membership.objects.create(
        organisation=merchant, user_id=owner.user_id, role="merchant_owner", since=timezone.now()
    )
    app = register(
        owner,
        organisation_id=str(merchant.id),
        kind="app",
        scopes=["me.read", "accounts.read", "members.read"],
        redirect_uris=[BACK],
    )
    asked = question(app, scope="me.read accounts.read members.read")
    reaches = {}
    for who in (admin, owner):
        token = redeem(app, led(decide(browser_of(who), asked))["code"]).json()["access_token"]
        told = ask("get", "me/permissions", authorization=f"Bearer {token}").json()
        reaches[who.email] = {one["action"]: one["reach"] for one in told["permissions"]}
    assert reaches[admin.email] == {"me.read": "own", "accounts.read": "own"}
    assert reaches[owner.email] == reaches[admin.email] | {"members.read": "organisation"}


def test_who_does_not_allow_it_is_led_back_without_a_code(app: dict[str, Any], mary: Asker) -> None:
    back = led(decide(browser_of(mary), question(app), "deny"))
    assert (back["error"], back["state"]) == ("access_denied", "s1")
    assert "code" not in back
    assert not AuditLine.objects.filter(action="identity.consent").exists()


@pytest.mark.parametrize(
    ("other", "error"),
    [
        ({"scope": "openid clients.change"}, "invalid_scope"),
        ({"scope": "openid bills.read"}, "invalid_scope"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_type": "token"}, "unauthorized_client"),
        ({"response_type": "code token"}, "unauthorized_client"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"prompt": "none"}, "consent_required"),
    ],
)
def test_an_app_that_asks_wrongly_is_told_so(
    app: dict[str, Any], mary: Asker, other: dict[str, str], error: str
) -> None:
    answer = browser_of(mary).get("/oauth/authorize", question(app, **other))
    assert answer.status_code == 303
    assert f"error={error}" in answer.headers["Location"]
    assert answer.headers["Location"].startswith(BACK)


def test_nobody_is_asked_silently(app: dict[str, Any]) -> None:
    asked = question(app, prompt="none")
    assert led(Client().get("/oauth/authorize", asked))["error"] == "login_required"


@pytest.mark.parametrize(
    "there",
    [
        "https://evil.example/back",
        BACK + "/",
        BACK + "?more=1",
        BACK + "#x",
        "https://app.example.evil.example/back",
        "https://mary@app.example/back",
        "https://APP.example/back",
        "http://app.example/back",
        "//app.example/back",
        "javascript:alert(1)",
        "",
    ],
)
@pytest.mark.parametrize("other", [{}, {"response_type": "nonsense"}, {"prompt": "none"}])
def test_nobody_is_led_to_where_the_app_is_not_registered(
    app: dict[str, Any], mary: Asker, there: str, other: dict[str, str]
) -> None:
    for browser in (browser_of(mary), Client(headers={"accept": "text/html"})):
        answer = browser.get("/oauth/authorize", question(app, **other) | {"redirect_uri": there})
        assert answer.status_code == 400
        assert "Location" not in answer.headers


def test_an_unknown_app_or_one_named_twice_leads_nowhere(app: dict[str, Any], mary: Asker) -> None:
    browser = browser_of(mary)
    assert browser.get("/oauth/authorize", question(app, client_id="nobody")).status_code == 400
    twice = question(app) | {"redirect_uri": [BACK, "https://evil.example"]}
    assert browser.get("/oauth/authorize", twice).status_code == 400


def test_consent_cannot_be_planted_or_sent_from_elsewhere(app: dict[str, Any], mary: Asker) -> None:
    browser = browser_of(mary)
    page = browser.get("/oauth/authorize", question(app)).text
    signed = page.split('name="question" value="')[1].split('"')[0]
    another = browser_of(somebody("eve@x.example"))
    sent = {"question": signed, "scopes": ["me.read"], "answer": "allow"}
    assert another.post("/oauth/authorize", sent).status_code == 400
    assert browser.post("/oauth/authorize", sent | {"question": signed[:-2]}).status_code == 400
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = browser.cookies
    assert careful.post("/oauth/authorize", sent).status_code == 403


def test_more_than_was_asked_for_is_not_granted(app: dict[str, Any], mary: Asker) -> None:
    asked = question(app, scope="openid me.read")
    answer = decide(browser_of(mary), asked, scopes=["me.read", "accounts.read"])
    assert set(redeem(app, led(answer)["code"]).json()["scope"].split()) == {"openid", "me.read"}


@pytest.mark.parametrize(
    "other",
    [
        {"code_verifier": "b" * 64},
        {"code_verifier": ""},
        {"redirect_uri": "https://app.example/other"},
        {"code": "another"},
    ],
)
def test_a_code_alone_is_worth_nothing(
    app: dict[str, Any], mary: Asker, other: dict[str, str]
) -> None:
    code = led(decide(browser_of(mary), question(app)))["code"]
    answer = redeem(app, code, **other)
    assert answer.status_code in (400, 401)
    assert not Token.objects.exists()


def test_a_code_is_its_own_clients_only(app: dict[str, Any], admin: Asker, mary: Asker) -> None:
    other = register(admin, kind="app", scopes=["openid"], redirect_uris=[BACK])
    code = led(decide(browser_of(mary), question(app)))["code"]
    assert redeem(other, code).status_code in (400, 401)
    assert redeem(app, code).status_code == 200


def test_a_code_used_twice_ends_what_came_of_it(app: dict[str, Any], mary: Asker) -> None:
    code = led(decide(browser_of(mary), question(app)))["code"]
    token = redeem(app, code).json()["access_token"]
    assert may(token, "me/permissions") == 200
    answer = redeem(app, code)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert may(token, "me/permissions") == 401
    assert AuditLine.objects.filter(action="identity.end_stolen").exists()


def refresh(app: dict[str, Any], token: str, **more: str) -> Any:
    return token_of(app, grant_type="refresh_token", refresh_token=token, **more)


def test_a_refresh_token_is_used_once_and_used_twice_ends_all(
    app: dict[str, Any], tokens: dict[str, Any]
) -> None:
    second = refresh(app, tokens["refresh_token"]).json()
    assert second["refresh_token"] != tokens["refresh_token"]
    assert may(second["access_token"], "me/permissions") == 200
    assert refresh(app, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert may(second["access_token"], "me/permissions") == 401
    assert refresh(app, second["refresh_token"]).status_code == 400


def test_a_refresh_token_gets_no_more_than_was_consented_to(
    app: dict[str, Any], tokens: dict[str, Any]
) -> None:
    answer = refresh(app, tokens["refresh_token"], scope="openid accounts.read")
    assert answer.json()["error"] == "invalid_scope"
    narrower = refresh(app, tokens["refresh_token"], scope="openid").json()
    assert narrower["scope"] == "openid"


def test_a_refresh_token_is_its_own_clients_only(
    app: dict[str, Any], admin: Asker, tokens: dict[str, Any]
) -> None:
    other = register(admin, kind="app", scopes=["openid"], redirect_uris=[BACK])
    assert refresh(other, tokens["refresh_token"]).status_code in (400, 401)
    assert refresh(app, tokens["refresh_token"]).status_code == 200


def test_who_is_disabled_is_disabled_for_apps_too(
    app: dict[str, Any], tokens: dict[str, Any], mary: Asker
) -> None:
    User.objects.filter(id=mary.user_id).update(is_active=False)
    assert may(tokens["access_token"], "me/permissions") == 401
    assert refresh(app, tokens["refresh_token"]).status_code == 400


def revoke(client: dict[str, Any], token: str, **more: str) -> int:
    sent = {"token": token} | more
    return int(Client().post("/oauth/revoke", sent, headers=basic(client)).status_code)


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense"])
def test_revoking_a_refresh_token_ends_all_that_was_got_by_it(
    app: dict[str, Any], tokens: dict[str, Any], hint: str
) -> None:
    assert revoke(app, tokens["refresh_token"], token_type_hint=hint) == 200
    assert may(tokens["access_token"], "me/permissions") == 401
    assert refresh(app, tokens["refresh_token"]).status_code == 400


def test_an_access_token_is_revoked_alone(app: dict[str, Any], tokens: dict[str, Any]) -> None:
    assert revoke(app, tokens["access_token"]) == 200
    assert may(tokens["access_token"], "me/permissions") == 401
    assert refresh(app, tokens["refresh_token"]).status_code == 200


def test_others_tokens_are_not_revoked(
    app: dict[str, Any], system: dict[str, Any], tokens: dict[str, Any]
) -> None:
    assert revoke(system, tokens["refresh_token"]) == 200
    assert revoke(app | {"secret": "wrong"}, tokens["refresh_token"]) == 401
    assert may(tokens["access_token"], "me/permissions") == 200


def introspect(client: dict[str, Any], token: str) -> Any:
    return Client().post("/oauth/introspect", {"token": token}, headers=basic(client))


def test_a_client_is_told_about_its_own_tokens_only(
    app: dict[str, Any], system: dict[str, Any], tokens: dict[str, Any], mary: Asker
) -> None:
    told = introspect(app, tokens["access_token"]).json()
    assert (told["active"], told["sub"], told["client_id"]) == (True, str(mary.user_id), app["id"])
    assert introspect(system, tokens["access_token"]).json() == {"active": False}
    assert introspect(app, "nonsense").json() == {"active": False}
    assert introspect(app | {"secret": "x"}, tokens["access_token"]).status_code == 401
    Token.objects.filter(type=Token.Type.ACCESS_TOKEN).delete()
    assert introspect(app, tokens["access_token"]).json() == {"active": False}


def test_an_app_that_keeps_no_secret_gets_tokens_by_its_proof_alone(
    admin: Asker, mary: Asker
) -> None:
    app = register(admin, kind="app", scopes=["openid"], redirect_uris=[BACK], keeps_secret=False)
    assert app["secret"] is None
    code = led(decide(browser_of(mary), question(app, scope="openid")))["code"]
    facts = {"grant_type": "authorization_code", "client_id": app["id"], "code": code}
    facts |= {"redirect_uri": BACK, "code_verifier": "c" * 64}
    assert Client().post("/oauth/token", facts).status_code == 400
    told = Client().post("/oauth/token", facts | {"code_verifier": "a" * 64})
    assert told.status_code == 200, told.text
    assert admin.ask("post", f"clients/{app['id']}/secret").json()["code"] == "KeepsNoSecret"


def test_strangers_register_no_clients_and_devices_get_no_codes() -> None:
    for address in ("clients", "device/code", "device"):
        answer = Client(raise_request_exception=False).post(f"/oauth/{address}", {})
        assert answer.status_code == 404
    assert not AllauthClient.objects.exists()
