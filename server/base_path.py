"""The path under which people see the app, such as `/lab/`, and addresses that hold under any.

Streamlit's `server.baseUrlPath` names it where a proxy hands paths on as they are. Where a proxy takes the prefix away,
as JupyterHub's does, nobody tells this server. So no address of ours begins with a slash: browsers complete them by the
page that they are on, and cookies without a `Path` are kept for the folder of that page.
"""

from __future__ import annotations

from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

_BELOW = "lab.below"


class BasePath:
    """ASGI middleware: each path gets the prefix that Streamlit's routes have, where a proxy has taken it away."""

    def __init__(self, app: ASGIApp, prefix: str = "") -> None:
        """`prefix`: see `prefix_of`."""
        self._app, self._prefix = app, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Notes the path below the prefix, for `path_below`."""
        if scope["type"] in ("http", "websocket"):
            path = scope["path"]
            inside = path == self._prefix or path.startswith(f"{self._prefix}/")
            below = path.removeprefix(self._prefix) if inside else path
            scope = {**scope, _BELOW: below, "path": self._prefix + below}
            if not inside and "raw_path" in scope:
                scope["raw_path"] = self._prefix.encode() + scope["raw_path"]
        await self._app(scope, receive, send)


class PagesWithoutLastSlash:
    """ASGI middleware: sends a browser from `/train/` on to `/train`, and from `/lab` to `/lab/`.

    There the addresses on the page are right. Streamlit would name its own path, which a proxy may have shortened.
    """

    def __init__(self, app: ASGIApp, prefix: str = "") -> None:
        """`prefix`: see `prefix_of`."""
        self._app, self._last = app, prefix.rpartition("/")[2]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Other paths are answered as they are."""
        if scope["type"] == "http" and (goal := self._goal(path_below(scope))):
            query = scope.get("query_string", b"").decode("latin-1")
            return await RedirectResponse(f"{goal}?{query}" if query else goal)(scope, receive, send)
        await self._app(scope, receive, send)

    def _goal(self, below: str) -> str | None:
        if not below:
            return f"./{self._last}/"
        parts = below.split("/")
        is_page = len(parts) == 3 and parts[1] and not parts[2]
        return f"../{parts[1]}" if is_page else None


def prefix_of(base_url_path: str) -> str:
    """`/lab` of Streamlit's `server.baseUrlPath`, with or without slashes around it; "" where there is none."""
    name = base_url_path.strip("/")
    return f"/{name}" if name else ""


def path_below(scope: Scope) -> str:
    """The path of a request as this app names it, `/train`: without the prefix."""
    below: str = scope.get(_BELOW, scope["path"])
    return below


def relative(scope: Scope, address: str) -> str:
    """An address of this app, such as `/train?run=…`, as the page that a request asks for has to name it."""
    levels = path_below(scope).count("/") - 1
    return ("../" * levels or "./") + address.lstrip("/")


def with_prefix(prefix: str, route: BaseRoute) -> BaseRoute:
    """A route of ours where Streamlit has its own."""
    if isinstance(route, WebSocketRoute):
        return WebSocketRoute(prefix + route.path, route.endpoint)
    assert isinstance(route, Route)
    return Route(prefix + route.path, route.endpoint, methods=sorted(route.methods or ()))
