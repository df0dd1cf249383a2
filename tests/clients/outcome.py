"""What both examples say and leave behind."""

import re
import subprocess
from pathlib import Path

BILL = re.compile(r"(B-\d+)  from (\d{4}-\d{2}-\d{2})  (-?\d+\.\d{2}) ([A-Z]{3})")


def check(done: "subprocess.CompletedProcess[str]", folder: Path) -> None:
    """Six bills of pages of four, each once and the newest first; that one read, and printed."""
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    bills = [found for line in lines[:6] if (found := BILL.fullmatch(line))]
    assert len(bills) == 6, done.stdout
    days = [bill[2] for bill in bills]
    assert days == sorted(set(days), reverse=True)
    assert re.fullmatch(rf"{bills[0][1]} is due on \d{{4}}-\d{{2}}-\d{{2}}:", lines[6]), done.stdout
    charges = lines[7:-2]
    assert charges
    assert not [line for line in charges if not re.fullmatch(r"  .+: [\d.]+ \S+ at [\d.]+", line)]
    assert lines[-2:] == ["It is saved as bill.pdf.", "404 BillNotFound"]
    assert (folder / "bill.pdf").read_bytes().startswith(b"%PDF-")
