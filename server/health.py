"""Health check for monitoring: `/healthz` answers 200 while a worker can train, otherwise 503 with the reason."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from autoencoder.engine.service import TrainingService
from autoencoder.errors import AutoencoderError, EngineError
from server import state
from server.http import language_of
from server.language import sentence


async def health(request: Request) -> Response:
    """{"ready": true}, or 503 with {"ready": false, "reason": sentence}."""
    reason = _reason()
    answer = {"ready": True} if reason is None else {"ready": False, "reason": sentence(reason, language_of(request))}
    return JSONResponse(answer, 503 if reason else 200, headers={"Cache-Control": "no-store"})


def _reason() -> AutoencoderError | None:
    """Why no training can begin now; None where one can."""
    try:
        service: TrainingService = state.service()
    except AutoencoderError as problem:
        return problem
    if service.ready:
        return None
    return service.problem or EngineError("No worker can train yet: TensorFlow is being loaded.")
