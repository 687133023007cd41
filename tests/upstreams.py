"""A real HTTP server on 127.0.0.1 that plays upstreams: what it serves is recorded, the rest is real."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Served:
    """An answer; status 0 hangs up without one. ``drip`` sends so many bytes at a time, a tenth of a second apart."""

    content: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    drip: int = 0


@dataclass
class Asked:
    """What somebody asked: the path with the query, the headers with small names, the body."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float


Answer = Callable[[Asked], Served]


@dataclass
class Upstreams:
    address: str
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def served(answer: Answer) -> Iterator[Upstreams]:
    """A server for the time of a test; ``answer`` is called for every question."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._play()

        def do_POST(self) -> None:
            self._play()

        def _play(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            asked = Asked(self.path, {k.lower(): v for k, v in self.headers.items()}, body, time.monotonic())
            upstreams.asked.append(asked)
            served = answer(asked)
            self.close_connection = not served.status
            try:
                if served.status:
                    self._send(served)
            except OSError:  # the client went away, which is what some tests are about
                self.close_connection = True

        def _send(self, served: Served) -> None:
            self.send_response(served.status)
            for name, value in served.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(served.content)))
            self.end_headers()
            step = served.drip or max(len(served.content), 1)
            for start in range(0, len(served.content), step):
                self.wfile.write(served.content[start : start + step])
                self.wfile.flush()
                time.sleep(0.1 if served.drip else 0)

        def log_message(self, *_: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    upstreams = Upstreams(f"http://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield upstreams
    finally:
        server.shutdown()
        server.server_close()
