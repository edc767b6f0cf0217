"""A stand-in for Application Insights: takes whatever an exporter posts, and keeps every byte of it."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

IKEY = "00000000-0000-0000-0000-000000000000"


@dataclass
class Ingestion:
    """What came: paths, headers and bodies, and what they tell."""

    url: str = ""
    status: int = 200
    paths: set[str] = field(default_factory=set)
    raw: list[bytes] = field(default_factory=list)
    """Request lines and headers, and bodies, as they came."""
    items: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0

    @property
    def connection_string(self) -> str:
        return f"InstrumentationKey={IKEY};IngestionEndpoint={self.url}/"

    @property
    def everything(self) -> bytes:
        return b"\n".join(self.raw)

    def sums(self, name: str) -> dict[tuple[str, ...], float]:
        """What an instrument's measurements add up to, by the values of its labels."""
        found: dict[tuple[str, ...], float] = {}
        for data in self.data():
            if data["metrics"][0]["name"] == name:
                key = tuple(value for _, value in sorted(data["properties"].items()))
                found[key] = found.get(key, 0) + data["metrics"][0]["value"]
        return found

    def data(self) -> list[dict[str, Any]]:
        return [item["data"]["baseData"] for item in self.items]

    def until(self, condition: Callable[[], object], timeout_s: float = 30) -> None:
        limit = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > limit:
                raise TimeoutError("what was waited for did not arrive")
            time.sleep(0.05)


@contextmanager
def ingestion() -> Iterator[Ingestion]:
    """The stand-in on loopback, in a thread of its own."""
    kept = Ingestion()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.asked += 1
            kept.paths.add(self.path)
            kept.raw += [f"{self.requestline}\n{self.headers}".encode(), body]
            items = json.loads(body)
            if kept.status == 200:
                kept.items += items
            told = {"itemsReceived": len(items), "itemsAccepted": len(items), "errors": []}
            self.send_response(kept.status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(told).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing: the test run's output is no place for it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kept.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()
