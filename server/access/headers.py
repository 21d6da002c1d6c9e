"""Security headers on every answer, among them the content security policy."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.base_path import path_below

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",  # addresses name runs
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
UPLOADS = "/_stcore/upload_file"


class SecurityHeaders:
    """ASGI middleware: adds each header that an answer does not set itself, and closes Streamlit's upload route.

    No page takes files, but Streamlit would keep what is uploaded in memory.
    """

    def __init__(self, app: ASGIApp) -> None:
        """`app`: what answers."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Uploads are answered by 404."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if path_below(scope).startswith(UPLOADS):
            return await Response(status_code=404, headers=HEADERS)(scope, receive, send)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in {**HEADERS, "Content-Security-Policy": content_policy()}.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


@cache
def content_policy() -> str:
    """Everything comes from this server only, with these exceptions.

    Inline scripts: those of Streamlit's own page, by their hashes. Inline styles: Streamlit's components use them.
    `blob:`: Streamlit's loader and Plotly's pictures.
    """
    directives = {
        "default-src": "'self'",
        "script-src": f"'self' blob: {' '.join(_hashes_of_inline_scripts())}",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


def _hashes_of_inline_scripts() -> list[str]:
    spec = find_spec("streamlit")
    assert spec is not None
    assert spec.origin is not None
    page = (Path(spec.origin).parent / "static" / "index.html").read_text()
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    return [f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts]
