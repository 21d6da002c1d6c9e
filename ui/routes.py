"""The HTTP routes beside the pages: digits, events, commands, and the JavaScript of our components."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
from functools import cache, lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from autoencoder.data import load_dataset
from autoencoder.errors import InvalidTraining
from autoencoder.service import TrainingService
from ui import events, session
from ui.answers import FOREVER, PICTURES, answering_errors, body_of, language_of, refuse_other_sites, worked_out
from ui.classroom_routes import classroom_routes
from ui.door import door_routes
from ui.embedding_routes import embedding_routes
from ui.health import health
from ui.language import sentence
from ui.latent_routes import latent_routes
from ui.once import once
from ui.permissions import asker_of, may_change, require_change

COMPONENTS = Path(__file__).parent / "components"
MAX_BODY = 10_000
_TYPES = {".js": "text/javascript", ".css": "text/css"}


def routes() -> list[Route]:
    return [
        Route("/", home),
        Route("/healthz", health),
        Route("/assets/{version}/{path:path}", asset),
        Route("/api/datasets/{name}/{array}", digits),
        Route("/api/runs/{run}/events", run_events),
        Route("/api/runs/{run}/replay", run_replay),
        Route("/api/runs/{run}/commands", run_command, methods=["POST"]),
        *latent_routes(),
        *embedding_routes(),
        *classroom_routes(),
        *door_routes(),
    ]


async def home(request: Request) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/train{query}")


# ---- files: compressed once, cached by the browser for good ----


def asset_url(path: str) -> str:
    """The address of a component's file, such as `monitor/monitor.js`; another one after each change of any of them."""
    return f"/assets/{_fingerprint()}/{path}"


async def asset(request: Request) -> Response:
    path = request.path_params["path"]
    file = _plotly() if path == "plotly.min.js" else COMPONENTS / path
    if file.suffix not in _TYPES or not (file == _plotly() or file.resolve().is_relative_to(COMPONENTS)):
        return Response(status_code=404)
    try:
        content = await asyncio.to_thread(_compressed_file, file)
    except OSError:
        return Response(status_code=404)
    return _compressed_response(content, _TYPES[file.suffix])


@answering_errors
async def digits(request: Request) -> Response:
    """Grey levels or labels as bytes: all, or `count` from `start` on."""
    name, array = request.path_params["name"], request.path_params["array"]
    if array not in ("images", "labels"):
        return Response(status_code=404)
    start, count = (_whole(request.query_params.get(key)) for key in ("start", "count"))
    content = await worked_out(PICTURES, _compressed_digits, name, array, start, count)
    return _compressed_response(content, "application/octet-stream")


def _whole(value: str | None) -> int | None:
    if value is None:
        return None
    if not (value.isdecimal() and len(value) < 10):
        raise InvalidTraining("Expected a whole number, got {value!r}.", value=value[:40])
    return int(value)


@once(maxsize=8)  # of 10 MB at most; addresses are anybody's
def _compressed_digits(name: str, array: str, start: int | None, count: int | None) -> bytes:
    rows = getattr(load_dataset(name), array)[start or 0 :]
    return gzip.compress(rows[:count].tobytes(), compresslevel=5)


@cache
def _compressed_file(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), compresslevel=9)


def _compressed_response(content: bytes, media_type: str) -> Response:
    headers = {"Cache-Control": FOREVER, "Content-Encoding": "gzip", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=media_type, headers=headers)


@cache
def _fingerprint() -> str:
    sources = b"".join(path.read_bytes() for path in sorted(COMPONENTS.rglob("*.*")) if path.suffix in _TYPES)
    return hashlib.sha256(sources + version("plotly").encode()).hexdigest()[:12]


@cache
def _plotly() -> Path:
    """Plotly.js as the installed Python package brings it; the package itself need not be imported for that."""
    spec = find_spec("plotly")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


# ---- runs ----


@answering_errors
async def run_events(request: Request) -> Response:
    service, run_id = session.service(), request.path_params["run"]
    await asyncio.to_thread(service.run, run_id)  # an unknown run is an error, not an empty stream
    stream = events.stream(service, run_id, asker_of(request), language_of(request))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


@answering_errors
async def run_replay(request: Request) -> Response:
    service, run_id = session.service(), request.path_params["run"]
    run = await asyncio.to_thread(service.run, run_id)
    mine = may_change(run, *asker_of(request))
    state = (service.version(run_id), run.status, run.epoch, run.name)
    content = await asyncio.to_thread(_replay, service, run_id, mine, language_of(request), state)
    headers = {"Cache-Control": "private, max-age=60" if run.ended else "no-store", "Content-Encoding": "gzip"}
    return Response(content, media_type="application/json", headers=headers)


@lru_cache(maxsize=32)
def _replay(service: TrainingService, run_id: str, mine: bool, language: str, _state: object) -> bytes:
    messages = events.replay(service, run_id, mine, language)
    return gzip.compress(json.dumps({"messages": messages}, separators=(",", ":")).encode(), compresslevel=6)


@answering_errors
async def run_command(request: Request) -> Response:
    """Pause, resume, one epoch, stop, learning rate: for its owner and the host, from our own pages only."""
    refuse_other_sites(request)
    body = await body_of(request, MAX_BODY)
    if body is None:
        return JSONResponse({"error": sentence(_not_a_command(), language_of(request))}, 413)
    try:
        asked = json.loads(body, parse_int=float)  # no whole number is too large for a float: it is infinite
        action, value = asked["action"], asked.get("value")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as problem:
        raise _not_a_command() from problem
    service, run_id = session.service(), request.path_params["run"]
    run = await asyncio.to_thread(service.run, run_id)
    require_change(run, *asker_of(request))
    await asyncio.to_thread(_carry_out, service, run_id, action, value)
    return JSONResponse({})


def _not_a_command() -> InvalidTraining:
    return InvalidTraining('Expected {{"action": …}}, got something else.')


def _carry_out(service: TrainingService, run_id: str, action: object, value: object) -> None:
    steer = {"pause": service.pause, "resume": service.resume, "step": service.step, "stop": service.stop}
    if action == "learning_rate":
        service.set_learning_rate(run_id, value)  # type: ignore[arg-type]  # checked there
    elif isinstance(action, str) and action in steer:
        steer[action](run_id)
    else:
        raise InvalidTraining(
            "The action {action!r} is not known. Use the buttons of the page.", action=str(action)[:40]
        )
