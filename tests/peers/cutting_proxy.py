"""A loopback TCP proxy that lets a line break or fall silent after so many bytes from the server."""

from __future__ import annotations

import select
import socket
import struct
import threading
from types import TracebackType
from typing import Self

_TICK = 0.02


class CuttingProxy:
    """Connect to `port`. `cut_after` and `stall_after` count the server's bytes since `count_from_now`."""

    def __init__(self, target_port: int) -> None:
        self._target = ("127.0.0.1", target_port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.cut_after: int | None = None
        self.stall_after: int | None = None
        self.bytes_a_second: int | None = None
        self.sent = 0
        self._ended = threading.Event()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._accepting.join()

    def count_from_now(self, *, cut_after: int | None = None, stall_after: int | None = None) -> None:
        """Begin to count anew, with other limits; None lets everything pass."""
        self.sent, self.cut_after, self.stall_after = 0, cut_after, stall_after

    def _accept(self) -> None:
        with self._listener:
            while not self._ended.is_set():
                if select.select([self._listener], [], [], _TICK)[0]:
                    client, _ = self._listener.accept()
                    threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            with socket.create_connection(self._target, 5) as server:
                while not self._ended.is_set() and self._pass_on(client, server):
                    pass
        except OSError:
            pass
        finally:
            _reset(client)

    def _pass_on(self, client: socket.socket, server: socket.socket) -> bool:
        """One round; False once the line is to end."""
        for ready in select.select([client, server], [], [], _TICK)[0]:
            slow = self.bytes_a_second if ready is server else None
            piece = ready.recv(max(1, slow // 10) if slow else 65536)
            if not piece:
                return False
            if ready is client:
                server.sendall(piece)
                continue
            if self.stall_after is not None and self.sent + len(piece) > self.stall_after:
                return not self._ended.wait()  # the line stays open, and nothing comes any more
            allowed = len(piece) if self.cut_after is None else max(0, self.cut_after - self.sent)
            if slow and self._ended.wait(0.1):
                return False
            client.sendall(piece[:allowed])
            self.sent += len(piece[:allowed])
            if allowed < len(piece):
                return False
        return True


def _reset(line: socket.socket) -> None:
    """End a line hard, as a firewall does."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()
