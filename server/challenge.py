"""The challenge that the host has set: what everyone's Train page says of it, scores, and who leads."""

from __future__ import annotations

import asyncio
import time
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from autoencoder.engine.service import TrainingService
from autoencoder.errors import AutoencoderError
from autoencoder.presets import PRESETS
from autoencoder.runs.run import Run, hashed
from autoencoder.workshop import Challenge, Workshop
from server import state
from server.access.permissions import asker_of, started_by_people
from server.event_stream import Message
from server.http import json_errors, language_of
from server.language import fill, translate

BEST = 10  # rows of the board
RANK_SECONDS = 1.0


def challenge_message(challenge: Challenge | None, language: str) -> Message | None:
    """What the host has set everyone, also as a sentence."""
    if challenge is None:
        return None
    goal = {
        "mse": translate("the lowest held-out MSE", language),
        "knn": translate("the best kNN accuracy (k = 5)", language),
    }[challenge.goal]
    preset = PRESETS[challenge.preset]
    said = translate("Reach {goal} with the network of {preset}, within {n} seconds of training.", language)
    values = {"goal": goal, "preset": translate(preset.name, language), "n": challenge.seconds}
    return {
        "preset": challenge.preset,
        "goal": challenge.goal,
        "seconds": challenge.seconds,
        "since": challenge.since,
        "text": fill(said, values, language),
    }


def score_of(service: TrainingService, challenge: Challenge | None, run: Run) -> float | None:
    """What a run has reached so far; None where it does not take part. Raises as `TrainingService.history`."""
    if challenge is None or not challenge.takes(run):
        return None
    return _final_score(service, challenge, run.id) if run.ended else challenge.score(run, service.history(run.id))


@lru_cache(maxsize=2_000)
def _final_score(service: TrainingService, challenge: Challenge, run_id: str) -> float | None:
    return challenge.score(service.run(run_id), service.history(run_id))


class Board:
    """The challenge as everyone's Train page shows it; ranked at most once a second for all of them."""

    def __init__(self) -> None:
        """Ranks when it is first looked at."""
        self._ranked_at = float("-inf")
        self._ranked: tuple[list[tuple[float, Run]], Challenge | None] = ([], None)

    def standings(self, service: TrainingService, workshop: Workshop, secret: str | None, language: str) -> Message:
        """The best run of each person, best first: the first ten, and that of the browser with this secret."""
        if time.monotonic() - self._ranked_at > RANK_SECONDS:
            self._ranked_at, self._ranked = time.monotonic(), _ranked(service, workshop.challenge())
        ranked, challenge = self._ranked
        me, names = secret and hashed(secret), workshop.names()
        rows: list[Message] = [
            {"place": i, "who": names.get(run.owner or "", ""), "run": run.id, "score": score, "mine": run.owner == me}
            for i, (score, run) in enumerate(ranked, 1)
        ]
        return {
            "challenge": challenge_message(challenge, language),
            "people": len(rows),
            "board": [row for row in rows if row["place"] <= BEST or row["mine"]],
        }


def _ranked(service: TrainingService, challenge: Challenge | None) -> tuple[list[tuple[float, Run]], Challenge | None]:
    """(score, run) of each person's best run, and the challenge that they are scored by."""
    if challenge is None:
        return [], None
    best: dict[str, tuple[float, Run]] = {}
    sign = 1 if challenge.goal == "mse" else -1
    for run in started_by_people(service.runs()[0]):
        try:
            score = score_of(service, challenge, run)
        except AutoencoderError:
            continue
        owner = run.owner or ""
        if score is not None and (owner not in best or sign * score < sign * best[owner][0]):
            best[owner] = score, run
    return sorted(best.values(), key=lambda entry: sign * entry[0]), challenge


# ---- route ----

_board = Board()


@json_errors
async def challenge(request: Request) -> Response:
    """What the host has set, the best ten, where the asking browser stands, and whether its run has been deleted."""
    secret, _host = asker_of(request)
    service = state.service()
    answer = await asyncio.to_thread(_board.standings, service, state.workshop(), secret, language_of(request))
    if (run := request.query_params.get("run")) is not None:
        answer["run_is_gone"] = service.is_deleted(run)
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})
