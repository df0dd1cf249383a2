"""What is done to versions of tariffs once two people want it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from lamplighter.identity.domain.permissions import Action
from lamplighter.platform.approvals import Proposal, carried_out
from lamplighter.platform.canonical_json import JSON
from lamplighter.tariffs.actions.publish_version import publish_version
from lamplighter.tariffs.actions.withdraw_version import withdraw_version


@carried_out("tariffs.publish_version", action=Action.PUBLISH_TARIFFS)
def publish_approved(arguments: Mapping[str, Any], *, by: str, at: datetime) -> Mapping[str, JSON]:
    """
    Let a draft bill.

    :raises Refusal: see `publish_version`
    """
    version = arguments["version"]
    publish_version(version_id=UUID(version), by=by, at=at)
    return {"version": version}


@carried_out("tariffs.withdraw_version", action=Action.PUBLISH_TARIFFS)
def withdraw_approved(arguments: Mapping[str, Any], *, by: str, at: datetime) -> Mapping[str, JSON]:
    """
    Take a version back that has billed nothing.

    :raises Refusal: see `withdraw_version`
    """
    version, reason = arguments["version"], arguments["reason"]
    withdraw_version(version_id=UUID(version), reason=reason, by=by, at=at)
    return {"version": version}


def proposal(version_id: UUID, **more: str) -> Proposal:
    """What is proposed: it is about one version."""
    version = str(version_id)
    return Proposal(subject=f"tariff_version:{version}", arguments={"version": version, **more})
