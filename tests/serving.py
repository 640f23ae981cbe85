"""A small HTTP server on loopback, for answers that no real server would give."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@contextmanager
def serving(answer: Callable[[BaseHTTPRequestHandler], None], tls: tuple[Path, Path] | None = None) -> Iterator[str]:
    """A server that answers every request by `answer`; gives its FHIR base address. `tls`: certificate and key."""

    class Conversation(BaseHTTPRequestHandler):
        def respond(self) -> None:
            answer(self)

        do_GET = do_POST = do_PUT = respond

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Conversation)
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}/fhir"
    finally:
        server.shutdown()
        server.server_close()
