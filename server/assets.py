"""Scripts and styles of our components, and Plotly: compressed once, cached by the browser for a year."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from server.http import FOREVER

COMPONENTS = Path(__file__).parents[1] / "ui" / "components"
_TYPES = {".js": "text/javascript", ".css": "text/css"}


def asset_url(path: str) -> str:
    """The address of a component's file, such as `monitor/monitor.js`. It changes whenever any of the files does."""
    return f"/assets/{_fingerprint()}/{path}"


async def asset(request: Request) -> Response:
    """A `.js` or `.css` file below ui/components, or Plotly; 404 for anything else."""
    path = request.path_params["path"]
    file = _plotly() if path == "plotly.min.js" else COMPONENTS / path
    if file.suffix not in _TYPES or not (file == _plotly() or file.resolve().is_relative_to(COMPONENTS)):
        return Response(status_code=404)
    try:
        content = await asyncio.to_thread(_compressed_file, file)
    except OSError:
        return Response(status_code=404)
    return compressed_response(content, _TYPES[file.suffix])


@cache
def _compressed_file(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), compresslevel=9)


def compressed_response(content: bytes, media_type: str) -> Response:
    """Gzipped bytes that never change at their address."""
    headers = {"Cache-Control": FOREVER, "Content-Encoding": "gzip", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=media_type, headers=headers)


@cache
def _fingerprint() -> str:
    sources = b"".join(path.read_bytes() for path in sorted(COMPONENTS.rglob("*.*")) if path.suffix in _TYPES)
    return hashlib.sha256(sources + version("plotly").encode()).hexdigest()[:12]


@cache
def _plotly() -> Path:
    """Plotly.js of the installed Python package, which is not imported for it: that takes time and memory."""
    spec = find_spec("plotly")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"
