"""A cable between a browser and the app, which a test may pull."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Relay(socketserver.ThreadingTCPServer):
    """Hands on what comes to `port` to another port of this machine, and back, while it is whole."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, to: int) -> None:
        super().__init__(("127.0.0.1", 0), _Wire)
        self.to, self.port = to, self.server_address[1]
        self.whole = True
        self.ends: set[socket.socket] = set()

    def cut(self) -> None:
        self.whole = False
        for end in list(self.ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self.whole = True


class _Wire(socketserver.BaseRequestHandler):
    server: Relay

    def handle(self) -> None:
        if not self.server.whole:
            return
        with socket.create_connection(("127.0.0.1", self.server.to)) as there:
            ends = {self.request, there}
            self.server.ends |= ends
            back = threading.Thread(target=_pour, args=(there, self.request), daemon=True)
            back.start()
            _pour(self.request, there)
            back.join()
            self.server.ends -= ends


def _pour(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while received := source.recv(1 << 16):
            sink.sendall(received)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def relay(to: int) -> Iterator[Relay]:
    with Relay(to) as cable:
        threading.Thread(target=cable.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield cable
        cable.cut()
        cable.shutdown()
