"""Draws docs/demo.svg, what `lamplighter demo --tour` shows: `python -m tools.demo_picture`."""

import io
import re
import tempfile
from pathlib import Path

from rich.console import Console

from lamplighter.site.demo.homes import HOMES, write_csv, write_tariffs
from lamplighter.site.demo.showing import compare, explain


def main() -> None:
    console = Console(record=True, width=104, file=io.StringIO(), force_terminal=True)
    console.print("$ lamplighter demo --tour", style="bold")
    with tempfile.TemporaryDirectory() as folder:
        files = {home.name: write_csv(home, Path(folder)) for home in HOMES}
        tariffs = write_tariffs(Path(folder))
        compare(console, files, tariffs)
        explain(console, files["family"], tariffs)
    svg = console.export_svg(title="lamplighter demo --tour", unique_id="demo")
    # Whoever looks at the picture fetches no font from anywhere.
    svg = re.sub(r"<!--.*?-->\s*", "", svg)
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    Path("docs/demo.svg").write_text(svg.replace("Fira Code, monospace", "monospace"))


if __name__ == "__main__":
    main()
