import pytest

from cloudwarden.analysis.iam.policies import PolicyKind
from cloudwarden.analysis.iam.requests import PrincipalType, RequestError, principal
from tests.analysis.iam.asking import (
    AWAY,
    FEDERATED,
    HOME,
    ROLE,
    ROOT,
    SESSION,
    USER,
    allow,
    compiled,
    deny,
)

PROVIDER = f"arn:aws:iam::{HOME}:saml-provider/corp"
ANONYMOUS, SERVICE = "*", "sqs.amazonaws.com"


def match(element, who, *, bounded=False, effect=allow, name="Principal", **more):
    policy = compiled(PolicyKind.RESOURCE, effect(**{name: element}))
    caller = who if not isinstance(who, str) else principal(who, **more)
    found = policy.statements[0].match_principal(caller, bounded=bounded)
    return None if found is None else str(found)


@pytest.mark.parametrize(
    "who", [USER, ROLE, SESSION, FEDERATED, ROOT, PROVIDER, SERVICE, ANONYMOUS]
)
@pytest.mark.parametrize("element", ["*", {"AWS": "*"}, {"AWS": [AWAY, "*"]}])
def test_a_star_names_everybody(element, who):
    assert match(element, who) == "any"


@pytest.mark.parametrize(
    ("element", "who", "expected"),
    [
        ({"AWS": USER}, USER, "exact"),
        ({"AWS": USER.replace("alice", "Alice")}, USER, None),
        ({"AWS": [AWAY, USER, HOME]}, USER, "exact"),
        ({"AWS": HOME}, USER, "account"),
        ({"AWS": ROOT}, USER, "account"),
        ({"AWS": AWAY}, USER, None),
        ({"AWS": f"arn:aws:iam::{HOME}:user/*"}, USER, None),
        ({"AWS": f"arn:aws:iam::{HOME}:user/other/alice"}, USER, None),
        ({"AWS": "AIDAEXAMPLE"}, USER, None),
        ({"AWS": ROLE}, ROLE, "exact"),
        ({"AWS": SESSION}, ROLE, None),
        ({"AWS": HOME}, ROLE, "account"),
        ({"AWS": SESSION}, SESSION, "exact"),
        ({"AWS": ROLE}, SESSION, "role-behind-session"),
        ({"AWS": f"arn:aws:iam::{HOME}:role/WORKER"}, SESSION, "role-behind-session"),
        ({"AWS": f"arn:aws:iam::{AWAY}:role/worker"}, SESSION, None),
        ({"AWS": SESSION.replace("/run", "/other")}, SESSION, None),
        ({"AWS": SESSION.replace("/run", "/*")}, SESSION, None),
        ({"AWS": ROOT}, SESSION, "account"),
        ({"AWS": FEDERATED}, FEDERATED, "exact"),
        ({"AWS": USER}, FEDERATED, "user-behind-federated-session"),
        ({"AWS": HOME}, FEDERATED, "account"),
        ({"AWS": ROOT}, ROOT, "account"),
        ({"AWS": HOME}, HOME, "account"),
        ({"Service": SERVICE}, SERVICE, "exact"),
        ({"Service": "SQS.amazonaws.com"}, SERVICE, "exact"),
        ({"Service": "sns.amazonaws.com"}, SERVICE, None),
        ({"AWS": SERVICE}, SERVICE, None),
        ({"Service": SERVICE}, USER, None),
        ({"Federated": PROVIDER}, PROVIDER, "exact"),
        ({"Federated": "accounts.google.com"}, "accounts.google.com", "exact"),
        ({"Federated": f"arn:aws:iam::{HOME}:oidc-provider/ci.example"}, "ci.example", "exact"),
        ({"Federated": f"arn:aws:iam::{HOME}:oidc-provider/ci.example"}, "example", None),
        ({"AWS": HOME}, PROVIDER, None),
        ({"AWS": HOME}, ANONYMOUS, None),
        ({"AWS": []}, USER, None),
        ({}, USER, None),
    ],
)
def test_in_what_way_an_element_names_a_principal(element, who, expected):
    assert match(element, who) == expected


def test_a_canonical_user_is_named_by_its_id():
    assert match({"CanonicalUser": "c0ffee"}, USER, canonical_id="c0ffee") == "exact"
    assert match({"CanonicalUser": "c0ffee"}, USER) is None


def test_the_user_behind_a_federated_session_is_its_issuer_where_that_is_known():
    bob = USER.replace("alice", "bob")

    assert match({"AWS": bob}, FEDERATED, issuer=bob) == "user-behind-federated-session"
    assert match({"AWS": USER}, FEDERATED, issuer=bob) is None


def test_a_statement_that_names_nobody_matches_nobody():
    policy = compiled(PolicyKind.RESOURCE, allow())

    assert policy.statements[0].match_principal(principal(USER), bounded=False) is None


@pytest.mark.parametrize(
    ("element", "who", "expected"),
    [
        ({"AWS": USER}, USER, None),
        ({"AWS": HOME}, USER, None),
        ({"AWS": ROLE}, SESSION, None),
        ("*", USER, None),
        ({"AWS": AWAY}, USER, "not-principal"),
        ({"AWS": HOME}, ANONYMOUS, "not-principal"),
        ({"AWS": HOME}, SERVICE, "not-principal"),
    ],
)
def test_not_principal_matches_whom_no_entry_names(element, who, expected):
    assert match(element, who, effect=deny, name="NotPrincipal") == expected


def test_a_denial_with_not_principal_hits_everybody_who_has_a_boundary():
    named = {"AWS": [USER, HOME]}

    assert match(named, USER, effect=deny, name="NotPrincipal", bounded=True) == "not-principal"
    assert match(named, USER, effect=allow, name="NotPrincipal", bounded=True) is None


@pytest.mark.parametrize(
    ("id_", "kind"),
    [
        (USER, "user"),
        (ROLE, "role"),
        (SESSION, "session"),
        (FEDERATED, "federated"),
        (PROVIDER, "federated"),
        (ROOT, "root"),
        (HOME, "root"),
        (SERVICE, "service"),
        ("accounts.google.com", "federated"),
        ("*", "anonymous"),
        ("", "anonymous"),
    ],
)
def test_the_type_of_a_principal_is_told_from_its_identifier(id_, kind):
    assert principal(id_).type is PrincipalType(kind)


@pytest.mark.parametrize(
    ("id_", "kind"),
    [
        (USER, "role"),
        (ROLE, "user"),
        (ROLE, "session"),
        (SESSION, "role"),
        (USER, "service"),
        ("alice", "user"),
        ("arn:aws:iam::1:user/alice", "user"),
        (f"arn:aws:iam::{HOME}:group/g", "user"),
        (f"arn:aws:sts::{HOME}:assumed-role/worker", "session"),
        (USER, "robot"),
        ("", "service"),
    ],
)
def test_an_identifier_that_is_not_one_of_its_type_is_an_error(id_, kind):
    with pytest.raises(RequestError):
        principal(id_, kind)


@pytest.mark.parametrize(
    ("id_", "issuer"),
    [
        (SESSION, "worker"),
        (SESSION, USER),
        (SESSION, f"arn:aws:iam::{HOME}:role/other"),
        (SESSION, "arn:aws:iam::999999999999:role/worker"),
        (FEDERATED, "bob"),
    ],
)
def test_an_issuer_that_cannot_be_behind_a_session_is_an_error(id_, issuer):
    with pytest.raises(RequestError, match="is not the role or user behind"):
        principal(id_, issuer=issuer)


def test_service_linked_roles_are_told_by_their_path_or_else_by_their_name():
    path = f"arn:aws:iam::{HOME}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
    session = f"arn:aws:sts::{HOME}:assumed-role/AWSServiceRoleForX/x"

    assert principal(path).is_service_linked
    assert principal(session).is_service_linked
    assert not principal(f"arn:aws:iam::{HOME}:role/AWSServiceRoleForX").is_service_linked
    assert not principal(
        session, issuer=f"arn:aws:iam::{HOME}:role/AWSServiceRoleForX"
    ).is_service_linked
    assert not principal(USER).is_service_linked
