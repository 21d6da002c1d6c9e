"""One browser without a screen: cookies, a websocket session with Streamlit's own messages, routes, events."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any

import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosedOK
from websockets.sync.client import ClientConnection, connect

PATIENCE_SECONDS = 120.0


class Dropped(Exception):
    """The session ended before the person left."""


class Broken(Exception):
    """The page showed an exception, or a run lost an event."""


@dataclass
class Visitor:
    """Opens pages as a browser does: the page's own HTML, a session over the websocket, a run of the script."""

    url: str
    http: requests.Session = field(default_factory=requests.Session)
    address: str = ""  # what follows `?`, as the page has set it
    _session: ExitStack = field(default_factory=ExitStack)
    _socket: ClientConnection | None = None
    _page: str = ""  # hash of the script of the page that is open
    _pages: dict[str, str] = field(default_factory=dict)  # hash of a page's script, by its address
    _widgets: dict[str, str] = field(default_factory=dict)  # id of a widget, by its key

    def open(self, page: str, address: str = "") -> float:
        """Seconds until all of a page is there, in a new session."""
        self.leave()
        began = time.perf_counter()
        self.get(f"/{page}")
        self._socket = self._session.enter_context(self._connect("/_stcore/stream", subprotocols=["streamlit"]))
        self.address = address
        self._run_script(page_name=page)
        return time.perf_counter() - began

    def leave_loading(self, page: str, address: str = "") -> None:
        """Open a page and leave it before it is there."""
        self.leave()
        self.get(f"/{page}")
        with self._connect("/_stcore/stream", subprotocols=["streamlit"]) as socket:
            message = BackMsg()
            message.rerun_script.query_string, message.rerun_script.page_name = address, page
            socket.send(message.SerializeToString())

    def turn_to(self, page: str) -> float:
        """Seconds until another page is there, in the session that is open, as a click on the navigation does it."""
        began = time.perf_counter()
        self._run_script(page_script_hash=self._pages[page])
        return time.perf_counter() - began

    def press(self, key: str) -> None:
        """Click a button, and wait until its script run has ended."""
        message = BackMsg()
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id, widget.trigger_value = self._widgets[key], True
        self._run_script(message, page_script_hash=self._page)

    def get(self, path: str, **options: Any) -> requests.Response:
        answer = self.http.get(f"{self.url}/{path.removeprefix('/')}", timeout=PATIENCE_SECONDS, **options)
        answer.raise_for_status()
        return answer

    def events(self, run: str) -> Iterator[dict[str, Any]]:
        with self._connect(f"/api/runs/{run}/events?lang=en") as socket, suppress(ConnectionClosedOK):
            while True:
                yield json.loads(socket.recv(PATIENCE_SECONDS))

    def _connect(self, path: str, **options: Any) -> ClientConnection:
        address = f"{self.url.replace('http', 'ws', 1)}{path}"
        cookies = {"Cookie": "; ".join(f"{c.name}={c.value}" for c in self.http.cookies)}
        return connect(address, additional_headers=cookies, max_size=None, open_timeout=PATIENCE_SECONDS, **options)

    def leave(self) -> None:
        self._session.close()
        self._socket = None

    def _run_script(self, message: BackMsg | None = None, **where: str) -> None:
        message = message or BackMsg()
        message.rerun_script.query_string = self.address
        for name, value in where.items():
            setattr(message.rerun_script, name, value)
        assert self._socket is not None
        try:
            self._socket.send(message.SerializeToString())
            while not self._is_over(ForwardMsg.FromString(self._socket.recv(PATIENCE_SECONDS))):  # type: ignore[arg-type]
                pass
        except (OSError, TimeoutError, EOFError) as problem:
            raise Dropped(repr(problem)) from problem
        except Exception as problem:
            if type(problem).__name__.startswith("ConnectionClosed"):
                raise Dropped(repr(problem)) from problem
            raise

    def _is_over(self, message: ForwardMsg) -> bool:
        kind = message.WhichOneof("type")
        if kind == "navigation":
            self._page = message.navigation.page_script_hash
            self._pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
        elif kind == "page_info_changed":
            self.address = message.page_info_changed.query_string
        elif kind == "delta":
            self._look_at(message)
        elif kind == "script_finished":
            return message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
        return False

    def _look_at(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            raise Broken(element.exception.message[:300])
        widget = getattr(getattr(element, kind or "", None), "id", "")
        if found := re.fullmatch(r"\$\$ID-[0-9a-f]+-(.+)", widget if isinstance(widget, str) else ""):
            self._widgets[found[1]] = widget
