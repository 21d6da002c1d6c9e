"""Scripts and styles of the components, and Plotly: compressed once, cached by the browser for a year.

A page that was opened before an update asks under the address of the earlier version. It is given today's file, which
its browser must not keep under that address.
"""

from __future__ import annotations

import asyncio
import gzip
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from server.addresses import ASSET_TYPES, COMPONENTS, PLOTLY, assets_version
from server.http import FOREVER, gzipped_response


async def asset(request: Request) -> Response:
    """A `.js` or `.css` file below ui/components, or Plotly; 404 for anything else."""
    path = request.path_params["path"]
    file = PLOTLY if path == PLOTLY.name else COMPONENTS / path
    if file.suffix not in ASSET_TYPES or not (file == PLOTLY or file.resolve().is_relative_to(COMPONENTS)):
        return Response(status_code=404)
    try:
        content = await asyncio.to_thread(_compressed_file, file)
    except OSError:
        return Response(status_code=404)
    keep = FOREVER if request.path_params["version"] == assets_version() else "no-store"
    return gzipped_response(content, keep, ASSET_TYPES[file.suffix])


@cache
def _compressed_file(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), compresslevel=9)
