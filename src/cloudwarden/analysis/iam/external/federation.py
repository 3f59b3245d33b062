"""Identity providers that everybody can have an identity of, and what strangers' tokens say.

A token of such a provider proves little: only a claim that names the tenant (the owner of a
repository, a client id) tells those who are meant from everybody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Final


@dataclass(frozen=True, slots=True)
class SharedProvider:
    """A provider with tenants of all kinds.

    `claims` has what the token of a stranger says by claim; any other claim it can choose. A
    claim of which `tenants` has an expression names its tenant there: a stranger can have each
    value that the expression matches unless the tenant is one that a policy spells out. `lent`
    are claims that another tenant can let strangers have, with what has to hold for that.
    """

    tenant: str
    claims: Mapping[str, str]
    tenants: Mapping[str, str] = field(default_factory=dict)
    lent: Mapping[str, str] = field(default_factory=dict)


_GITHUB_SUB = "repo:outsider/app:ref:refs/heads/main"

#: Cognito's identity pools, by partition.
COGNITO: Final = (
    "cognito-identity.amazonaws.com", "cognito-identity-us-gov.amazonaws.com",
    "cognito-identity.cn-north-1.amazonaws.com.cn",
)  # fmt: skip

#: By the provider's address, in lower case and without scheme.
SHARED: Final[Mapping[str, SharedProvider]] = {
    "token.actions.githubusercontent.com": SharedProvider(
        "repository",
        {
            "sub": _GITHUB_SUB, "repository": "outsider/app", "repository_owner": "outsider",
            "repository_owner_id": "99999999", "repository_id": "999999999", "actor": "outsider",
            "actor_id": "99999999", "enterprise": "outsider", "enterprise_id": "9999",
            "job_workflow_ref": "outsider/app/.github/workflows/ci.yml@refs/heads/main",
        },
        {"sub": r"repo:([^/:]+)/[^:]+:.+", "repository": r"([^/]+)/.+", "repository_owner": "(.+)",
         "job_workflow_ref": r"([^/]+)/[^/]+/.+"},
        {"job_workflow_ref": "if other repositories may call that workflow"},
    ),
    "gitlab.com": SharedProvider(
        "project",
        {
            "sub": "project_path:outsider/app:ref_type:branch:ref:main",
            "project_path": "outsider/app", "namespace_path": "outsider",
            "namespace_id": "99999999", "project_id": "99999999", "user_login": "outsider",
        },
        {"sub": r"project_path:([^/:]+)/[^:]+:.+", "project_path": r"([^/]+)/.+",
         "namespace_path": "(.+)"},
    ),
    "app.terraform.io": SharedProvider(
        "organization",
        {
            "sub": "organization:outsider:project:app:workspace:app:run_phase:apply",
            "terraform_organization_name": "outsider",
        },
        {"sub": r"organization:([^:]+):.+", "terraform_organization_name": "(.+)"},
    ),
    "agent.buildkite.com": SharedProvider(
        "organization",
        {"sub": "organization:outsider:pipeline:app:ref:refs/heads/main:commit:0:step:"},
        {"sub": r"organization:([^:]+):.+"},
    ),
    "api.pulumi.com/oidc": SharedProvider(
        "organization",
        {"sub": "pulumi:deploy:org:outsider:project:app:stack:app:operation:update"},
        {"sub": r"pulumi:[a-z]+:org:([^:]+):.+"},
    ),
    "oidc.vercel.com": SharedProvider(
        "team",
        {"sub": "owner:outsider:project:app:environment:production"},
        {"sub": r"owner:([^:]+):.+"},
    ),
    "accounts.google.com": SharedProvider(
        "application",
        {"aud": "outsider.apps.googleusercontent.com", "sub": "999999999999999999999",
         "oaud": "outsider.apps.googleusercontent.com",
         "azp": "outsider.apps.googleusercontent.com",
         "email": "outsider@example.net", "hd": "example.net"},
    ),
    **dict.fromkeys(COGNITO, SharedProvider(
        "identity pool",
        {"aud": "us-east-1:99999999-9999-4999-8999-999999999999",
         "sub": "us-east-1:88888888-8888-4888-8888-888888888888"},
    )),
    "graph.facebook.com": SharedProvider("application", {"app_id": "999999999", "id": "999999"}),
    "www.amazon.com": SharedProvider(
        "application", {"app_id": "amzn1.application.outsider", "user_id": "amzn1.account.outsider"}
    ),
}  # fmt: skip

_FILLS = ("", "outsider", "outsider/app", "repo:outsider/app", _GITHUB_SUB, "x/app:ref:main",
          "-outsider/app:ref:refs/heads/main", "ref:refs/heads/main", "organization:outsider:x:x",
          "project_path:outsider/app:ref:main", "-outsider:project:app")  # fmt: skip
_MOST_WILDCARDS = 3


def provider_address(entry: str) -> str:
    """The address of a provider, from its ARN or as it stands."""
    return entry.partition("oidc-provider/")[2].lower() or entry.lower()


def claims_of_strangers(
    provider: SharedProvider, claim: str, patterns: list[tuple[str, bool]]
) -> Iterator[str]:
    """The values of a claim that strangers can have and that a policy may tell apart.

    `patterns` are the policy's values, each with whether its wildcards count.
    """
    own = provider.claims.get(claim)
    if own is None:
        return
    yield own
    for pattern, wild in patterns:
        if not wild or not {"*", "?"} & set(pattern):
            continue
        fixed = re.split(r"[*?]", pattern, maxsplit=1)[0]
        expression = provider.tenants.get(claim, "(.+)")
        if _names_tenant(expression, fixed):
            continue
        for text in _fills(pattern):
            if re.fullmatch(expression, text):
                yield text


def _names_tenant(expression: str, fixed: str) -> bool:
    """Whether the text before a pattern's first wildcard spells out the whole tenant."""
    before, _, after = expression.partition("(")
    separator = after.partition(")")[2][:1]
    if separator in {"", "."}:
        return False
    return re.match(f"{before}[^{separator}]+{separator}", fixed) is not None


def _fills(pattern: str) -> Iterator[str]:
    pieces = pattern.replace("?", "x").split("*")
    if len(pieces) - 1 > _MOST_WILDCARDS:
        pieces = [*pieces[:_MOST_WILDCARDS], "".join(pieces[_MOST_WILDCARDS:])]
    for fills in product(_FILLS, repeat=len(pieces) - 1):
        yield "".join(a + b for a, b in zip(pieces, (*fills, ""), strict=True))
