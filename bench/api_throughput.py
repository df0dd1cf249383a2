"""Lists of 50 bills a second on all cores, from our server and from one with a bare view."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from bench import api_list
from bench.figure import Figure, Timed, measured

CONNECTIONS, WARM_S, SECONDS, WORKERS, ROUNDS = 16, 2, 6, 2, 3
OURS = [sys.executable, "-m", "lamplighter", "serve", "--workers", str(WORKERS), "--port"]
BARE = [
    sys.executable, "-m", "granian", "bench.bare_wsgi:application", "--interface", "wsgi",
    "--workers", str(WORKERS), "--blocking-threads", "4", "--log-level", "warning", "--port",
]  # fmt: skip


def token(folder: str) -> Timed:
    api_list.set_up(folder)
    from bench import calling

    return Timed(0, calling.token())


@contextmanager
def served(command: list[str], folder: str) -> Iterator[int]:
    """A server of its own on the loopback, ended by its pid."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [*command, str(port)], env=os.environ | api_list.environment(folder),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


async def _ask(port: int, request: bytes, until: float) -> int:
    """Ask over one connection, one request after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    while time.monotonic() < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        await _read_body(reader, head.lower())
        count += 1
    writer.close()
    return count


async def _read_body(reader: asyncio.StreamReader, head: bytes) -> None:
    if b"transfer-encoding: chunked" in head:
        while length := int((await reader.readline()).strip(), 16):
            await reader.readexactly(length + 2)
        await reader.readline()
        return
    lines = [line for line in head.split(b"\r\n") if line.startswith(b"content-length")]
    await reader.readexactly(int(lines[0].split(b":")[1]))


async def _all(port: int, request: bytes, seconds: float) -> float:
    until = time.monotonic() + seconds
    counts = await asyncio.gather(*(_ask(port, request, until) for _ in range(CONNECTIONS)))
    return sum(counts) / seconds


def load(port: int, path: str, head: str) -> float:
    """Requests a second."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}\r\n".encode()
    asyncio.run(_all(port, request, WARM_S))
    return asyncio.run(_all(port, request, SECONDS))


def run() -> list[Figure]:
    best = {"ours": 0.0, "bare": 0.0}
    with tempfile.TemporaryDirectory(prefix="lamplighter-bench-") as folder:
        measured(api_list.make, folder)
        for _ in range(ROUNDS):
            with served(OURS, folder) as port:
                bearer = measured(partial(token, folder)).result
                head = f"Authorization: Bearer {bearer}\r\n"
                best["ours"] = max(best["ours"], load(port, "/api/bills?limit=50", head))
            with served(BARE, folder) as port:
                best["bare"] = max(best["bare"], load(port, "/ninja/bills", ""))
    return [
        Figure(
            what="lists of 50 bills, server and load on the same cores",
            ours=best["ours"],
            unit="requests/s",
            peer="bare Django Ninja",
            theirs=best["bare"],
            peak_mb=0,
        )
    ]


if __name__ == "__main__":
    for figure in run():
        print(figure)
