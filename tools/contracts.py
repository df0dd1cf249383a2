"""Contracts of the architecture that import-linter does not bring along."""

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class DoorsContract(Contract):
    """
    A context is entered from another one by its doors only (see docs/architecture.md). The site,
    which puts the whole together, has doors of its own.
    """

    type_name = "doors"
    doors = fields.ListField(subfield=fields.StringField())
    open = fields.ListField(subfield=fields.StringField())
    site_doors = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001
        wrong = [
            f"{importer} -> {imported}"
            for importer in sorted(graph.modules)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if not self._allowed(importer.split("."), imported.split("."))
        ]
        return ContractCheck(kept=not wrong, metadata={"wrong": wrong})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["wrong"]:
            output.print_error(line)

    def _allowed(self, importer: list[str], imported: list[str]) -> bool:
        if imported[0] != "lamplighter" or len(imported) < 3 or len(importer) < 2:
            return True
        _, context, room = imported[:3]
        inside = context == importer[1] or importer[1] == "__main__"
        assembled = importer[1] == "site" and room in self.site_doors  # type: ignore[misc]
        return (
            inside or assembled or context in self.open or room in self.doors  # type: ignore[misc]
        )
