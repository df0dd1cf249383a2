"""How much one question may ask for."""

from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)

DEPTH_MAX: Final = 8
"""Fields within fields, those of an introspection aside."""
TOKENS_MAX: Final = 2_000
ALIASES_MAX: Final = 15
COST_MAX: Final = 5_000
"""Fields that would be answered, each list being as long as was asked for."""
WEIGHTS: Final = {"explanation": 50, "properties": 10}
"""Fields that are more work to answer than others."""
FIRST: Final = 20
"""How long a list is if nobody says."""
FIRST_MAX: Final = 100


class CostRule(ValidationRule):
    """Refuses a document that asks for more than `COST_MAX` fields."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.fragments: dict[str, FragmentDefinitionNode] = {}

    def enter_document(self, document: DocumentNode, *_: Any) -> None:
        """Look at each operation, with the fragments that it uses."""
        self.fragments = {
            one.name.value: one
            for one in document.definitions
            if isinstance(one, FragmentDefinitionNode)
        }
        for one in document.definitions:
            if isinstance(one, OperationDefinitionNode):
                cost = self._cost(one.selection_set, frozenset())
                if cost > COST_MAX:
                    self.report_error(
                        GraphQLError(
                            f"This asks for up to {cost} fields; {COST_MAX} is the most.",
                            one,
                            extensions={"code": "QueryTooCostly"},
                        )
                    )

    def _cost(self, selected: SelectionSetNode | None, within: frozenset[str]) -> int:
        cost = 0
        for node in selected.selections if selected else ():
            if isinstance(node, FieldNode):
                weight = WEIGHTS.get(node.name.value, 1)
                cost += weight + _length(node) * self._cost(node.selection_set, within)
            elif isinstance(node, FragmentSpreadNode):
                name = node.name.value
                # One that contains itself is refused by another rule.
                if name in self.fragments and name not in within:
                    cost += self._cost(self.fragments[name].selection_set, within | {name})
            elif isinstance(node, InlineFragmentNode):
                cost += self._cost(node.selection_set, within)
            if cost > COST_MAX * FIRST_MAX:
                break
        return cost


def _length(field: FieldNode) -> int:
    """How often what is in a field is answered; a number that stands in a variable is the most."""
    for argument in field.arguments or ():
        if argument.name.value == "first":
            value = argument.value
            return (
                min(int(value.value), FIRST_MAX) if isinstance(value, IntValueNode) else FIRST_MAX
            )
    return FIRST if field.name.value in ("accounts", "bills") else 1
