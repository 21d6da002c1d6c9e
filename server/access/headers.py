"""What a browser may do with our pages: headers on every answer."""

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

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",  # addresses name runs
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
UPLOADS = "/_stcore/upload_file"


class SecurityHeaders:
    """Adds them, and the content security policy, to each HTTP answer that does not say otherwise itself.

    No page takes files, and what Streamlit is sent nevertheless would stay in memory: it is not there.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if scope["path"].startswith(UPLOADS):
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
    """Everything from this server only.

    Scripts inside a page run only where their hash says that Streamlit's own page brought them. `unsafe-eval` is for
    Plotly's WebGL layer, which compiles its shaders' bindings; inline styles are how Streamlit's components are styled.
    `blob:` is where Streamlit's own loader and Plotly's pictures come from.
    """
    directives = {
        "default-src": "'self'",
        "script-src": f"'self' 'unsafe-eval' blob: {' '.join(_hashes_of_inline_scripts())}",
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
