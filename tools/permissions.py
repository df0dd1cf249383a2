"""
Write docs/permissions.md from the table in the code: `python -m tools.permissions`.

With --check, say whether it is as the table says, and write nothing.
"""

import sys
from pathlib import Path

from lamplighter.identity.domain.permissions import (
    ACTIONS,
    FOUR_EYES,
    NOT_DELEGABLE,
    ROLES,
    ROLES_OF,
    TABLE,
    Action,
    Role,
)
from lamplighter.kernel import Reach

PAGE = Path(__file__).parent.parent / "docs" / "permissions.md"
SIGNS = {Reach.OWN: "own", Reach.ORGANISATION: "organisation", Reach.ALL: "all"}


def page() -> str:
    """The whole page."""
    return "\n".join([*_head(), *_actions(), "", *_roles(), "", *_table(), ""])


def _head() -> list[str]:
    return [
        "# Who may do what",
        "",
        (
            "This page is made from the table in the code"
            " (`lamplighter/identity/domain/permissions.py`) by `python -m tools.permissions`; what it"
            " says is what holds."
        ),
        "",
        (
            "Each operation of the API, and each page, needs one action. Who asks for what is not"
            " theirs to see is told that it is not there (404); who may see it, and may not do this to"
            " it, is told `UnauthorizedAccess` (403)."
        ),
        "",
        "- **own**: one's own profile, the accounts one holds, and what hangs on them",
        "- **organisation**: what belongs to the organisation in which one has the role",
        "- **all**: the utility's whole business, or every organisation",
        "",
        (
            "Everybody who registers is a consumer, whatever else they are. Who has several roles may"
            " do what any of them allows. Roles in groups that share a meter are given by the groups."
        ),
        "",
    ]


def _actions() -> list[str]:
    rows = [
        "## Actions",
        "",
        (
            "Each is an OAuth scope of the same name, unless it says that nobody can pass it on. What"
            " needs a second person waits until somebody else who may do it approves."
        ),
        "",
        "| action | what it allows | as a scope | second person |",
        "|---|---|---|---|",
    ]
    for action in Action:
        scope = "no" if action in NOT_DELEGABLE else "yes"
        second = "yes" if action in FOUR_EYES else ""
        rows.append(f"| `{action}` | {ACTIONS[action]} | {scope} | {second} |")
    return rows


def _roles() -> list[str]:
    rows = ["## Roles", "", "| role | name | in |", "|---|---|---|"]
    for role in Role:
        where = [kind.value for kind, roles in ROLES_OF.items() if role in roles]
        rows.append(f"| {ROLES[role]} | `{role}` | {', '.join(where)} |")
    return rows


def _table() -> list[str]:
    rows = ["## The table", ""]
    for role in Role:
        if not TABLE[role]:
            continue
        rows += [f"### {ROLES[role]}", "", "| action | over |", "|---|---|"]
        rows += [
            f"| `{action}` | {SIGNS[TABLE[role][action]]} |"
            for action in Action
            if action in TABLE[role]
        ]
        rows.append("")
    return rows[:-1]


def main() -> int:
    """Write the page, or look at it."""
    if "--check" in sys.argv[1:]:
        if PAGE.read_text() == page():
            return 0
        sys.stderr.write("docs/permissions.md is out of date: python -m tools.permissions\n")
        return 1
    PAGE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
