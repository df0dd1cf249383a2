"""Bills as PDF documents, set by Typst."""

from lamplighter.billing.adapters.typst_printer.printer import TypstPrinter

__all__ = ["TypstPrinter"]
