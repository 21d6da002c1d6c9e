"""All HTTP routes beside the pages, in one list."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from server.access.login import login_routes
from server.assets import asset
from server.base_path import relative, with_prefix
from server.challenge import challenge
from server.classroom import classroom_routes
from server.digits import digits
from server.exports import export
from server.health import health
from server.latent_map import latent_routes
from server.pixel_maps import pixel_map_routes
from server.run_commands import run_command
from server.run_events import run_event_routes, run_replay
from server.selections import selections_routes
from server.thumbnails import thumbnail
from server.tsne import tsne_routes
from server.uploads import upload_routes


def routes(prefix: str = "") -> list[BaseRoute]:
    """For the server in `app.py`, before Streamlit's own; `prefix`: see `base_path.prefix_of`."""
    ours = [
        Route("/", home),
        Route("/healthz", health),
        Route("/assets/{version}/{path:path}", asset),
        Route("/api/datasets/{name}/{fingerprint}/{array}", digits),
        Route("/api/runs/{run}/replay", run_replay),
        Route("/api/runs/{run}/thumbnail", thumbnail),
        Route("/api/runs/{run}/exports/{what}", export),
        Route("/api/runs/{run}/commands", run_command, methods=["POST"]),
        Route("/api/challenge", challenge),
        *run_event_routes(),
        *latent_routes(),
        *pixel_map_routes(),
        *selections_routes(),
        *tsne_routes(),
        *upload_routes(),
        *classroom_routes(),
        *login_routes(),
    ]
    return [with_prefix(prefix, route) for route in ours]


async def home(request: Request) -> Response:
    """The app opens on the Train page; the query goes along."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(relative(request.scope, f"/train{query}"))
