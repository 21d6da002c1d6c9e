"""Everyone's runs as small tiles in one stream, and the board of the challenge."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import lru_cache
from typing import Any

import numpy as np

from autoencoder.data.dataset import load_dataset
from autoencoder.data.quantised import quantize
from autoencoder.engine.service import TrainingService
from autoencoder.errors import AutoencoderError
from autoencoder.presets import PRESETS
from autoencoder.runs.history import History
from autoencoder.runs.progress import RunSummary, latest_mse
from autoencoder.runs.run import Run, hashed
from autoencoder.training.records import Frame
from autoencoder.workshop import Challenge, Workshop
from server import shutdown
from server.digits import digits_url
from server.language import fill, translate
from server.titles import status_label, title_of

TICK_SECONDS = 1.0  # a tile changes at most so often
LIST_EVERY = 3  # ticks: new runs are looked for on disk
MOST_PICTURED = 120  # runs with a map of their own; the others are on the boards
BEST = 10  # rows of the challenge's board
POINTS = 500  # of a tile's map
Message = dict[str, Any]


class Tiles:
    """What one reader has seen of everyone's runs."""

    def __init__(self, service: TrainingService, room: Workshop, language: str) -> None:
        self._service, self._room, self._language = service, room, language
        self._runs: list[Run] = []
        self._seen: dict[str, object] = {}  # by run: what its tile was drawn from
        self._maps: dict[str, float] = {}  # by run: the epoch of the map that was sent
        self._challenge: Challenge | None = None
        self._ticks = 0

    def messages(self) -> list[Message]:
        """What is new since the last call, and which runs are gone."""
        if self._ticks % LIST_EVERY == 0:
            self._runs = sorted(theirs(self._service), key=lambda run: run.ended)
        first, self._ticks = self._ticks == 0, self._ticks + 1
        challenge, names = self._room.challenge(), self._room.names()
        changed, self._challenge = first or challenge != self._challenge, challenge
        new = [{"type": "challenge", "challenge": described(challenge, self._language)}] if changed else []
        for place, run in enumerate(self._runs):
            name, pictured = names.get(run.owner or "", ""), place < MOST_PICTURED
            state = self._state(run, name, pictured)
            if state != self._seen.get(run.id):
                self._seen[run.id] = state
                new.extend(self._tile(run, name, pictured))
        gone = self._seen.keys() - {run.id for run in self._runs}
        for run_id in gone:
            del self._seen[run_id]
            self._maps.pop(run_id, None)
        return new + [{"type": "gone", "run": run_id} for run_id in sorted(gone)]

    def _state(self, run: Run, name: str, pictured: bool) -> object:
        version = self._service.version(run.id)
        stored = (run.status, run.name, run.epoch) if version == -1 else ()
        return version, stored, self._service.place(run.id), name, pictured, self._challenge

    def _tile(self, run: Run, name: str, pictured: bool) -> list[Message]:
        try:
            in_memory = self._service.version(run.id) != -1
            glance = self._service.glance(run.id) if pictured or in_memory else _without_files(run)
            score = score_of(self._service, self._challenge, glance.run)
        except AutoencoderError:  # deleted at this moment; the next list says so
            return []
        message: Message = {"type": "tile", "pictured": pictured, **tile(glance, name, score, self._language)}
        if pictured and glance.frame is not None and glance.frame.epoch != self._maps.get(run.id):
            self._maps[run.id] = glance.frame.epoch
            message["frame"] = small_map(glance.frame)
        return [message]


async def stream(service: TrainingService, room: Workshop, language: str) -> AsyncIterator[bytes]:
    """Server-sent events until the server ends."""
    tiles = Tiles(service, room, language)
    while not shutdown.requested():
        new = await asyncio.to_thread(tiles.messages)
        said = [f"data: {json.dumps(message, separators=(',', ':'))}\n\n" for message in new]
        yield "".join(said).encode() or b": still here\n\n"
        await asyncio.sleep(TICK_SECONDS)


def _without_files(run: Run) -> RunSummary:
    """What is known of a run that nobody looks at: a thousand histories and maps take seconds to read."""
    return RunSummary(run, -1, *latest_mse(run, History()), frame=None, place=None, wait=None)


def theirs(service: TrainingService) -> list[Run]:
    """What somebody's browser has started, newest first: no shipped runs, none of the command line."""
    return [run for run in service.runs()[0] if run.owner is not None and run.id not in PRESETS]


def tile(glance: RunSummary, name: str, score: float | None, language: str) -> Message:
    run = glance.run
    dataset = load_dataset(run.training.dataset)
    return {
        "run": run.id,
        "who": name,
        "person": (run.owner or "")[:12],  # to tell people apart
        "title": title_of(run, language),
        "named": bool(run.name),
        "status": run.status,
        "status_label": status_label(run.status, language),
        "ended": run.ended,
        "commands": run.commands,
        "epoch": round(run.epoch, 3),
        "epochs": run.training.epochs,
        "latent_dim": run.architecture.latent_dim,
        "dataset": run.training.dataset,
        "labels": digits_url(dataset, "labels", dataset.n_training, POINTS),
        "held_out": glance.held_out,
        "mse": glance.mse,
        "knn": run.measures and run.measures.knn_accuracy,
        "seconds": round(run.seconds, 1),
        "created": run.created,
        "place": glance.place,
        "wait": glance.wait and round(glance.wait, 1),
        "score": score,
    }


def small_map(frame: Frame) -> Message:
    """The first digits of a frame, in the form of the live monitor's messages."""
    codes = frame.codes[:POINTS]
    low, high = codes.min(axis=0), codes.max(axis=0)
    steps = quantize(codes, low, high).astype("<u2")
    return {
        "epoch": round(frame.epoch, 3),
        "dims": codes.shape[1],
        "low": low.astype(float).tolist(),
        "high": high.astype(float).tolist(),
        "codes": base64.b64encode(np.ascontiguousarray(steps).tobytes()).decode(),
        "reconstructions": "",
    }


# ---- the challenge ----


def described(challenge: Challenge | None, language: str) -> Message | None:
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
    if challenge is None or not challenge.takes(run):
        return None
    return _final(service, challenge, run.id) if run.ended else challenge.score(run, service.history(run.id))


@lru_cache(maxsize=2_000)
def _final(service: TrainingService, challenge: Challenge, run_id: str) -> float | None:
    return challenge.score(service.run(run_id), service.history(run_id))


class Board:
    """The challenge as everyone's Train page shows it; worked out at most once a second for all of them."""

    def __init__(self) -> None:
        self._at = float("-inf")
        self._rows: tuple[list[tuple[float, Run]], Challenge | None] = ([], None)

    def answer(self, service: TrainingService, room: Workshop, secret: str | None, language: str) -> Message:
        """The best run of each person, best first."""
        if time.monotonic() - self._at > TICK_SECONDS:
            self._at, self._rows = time.monotonic(), _ranked(service, room.challenge())
        ranked, challenge = self._rows
        me, names = secret and hashed(secret), room.names()
        rows: list[Message] = [
            {"place": i, "who": names.get(run.owner or "", ""), "run": run.id, "score": score, "mine": run.owner == me}
            for i, (score, run) in enumerate(ranked, 1)
        ]
        return {
            "challenge": described(challenge, language),
            "people": len(rows),
            "board": [row for row in rows if row["place"] <= BEST or row["mine"]],
        }


def _ranked(service: TrainingService, challenge: Challenge | None) -> tuple[list[tuple[float, Run]], Challenge | None]:
    if challenge is None:
        return [], None
    best: dict[str, tuple[float, Run]] = {}
    sign = 1 if challenge.goal == "mse" else -1
    for run in theirs(service):
        try:
            score = score_of(service, challenge, run)
        except AutoencoderError:
            continue
        owner = run.owner or ""
        if score is not None and (owner not in best or sign * score < sign * best[owner][0]):
            best[owner] = score, run
    return sorted(best.values(), key=lambda entry: sign * entry[0]), challenge


# ---- what the host may do to everyone's ----


def pause_all(service: TrainingService) -> int:
    """How many were paused."""
    return _each(service.pause, [run for run in theirs(service) if "pause" in run.commands])


def resume_all(service: TrainingService) -> int:
    """Go on with what is paused, and with what a stop of the app has interrupted: how many, within the limits."""
    return _each(service.resume, [run for run in theirs(service) if "resume" in run.commands])


def clear(service: TrainingService, named_too: bool) -> int:
    """Delete what people have trained, under way or not; named runs only where asked. How many are gone."""
    return _each(service.delete, [run for run in theirs(service) if named_too or not run.name])


def _each(act: Callable[[str], None], runs: list[Run]) -> int:
    done = 0
    for run in runs:
        with suppress(AutoencoderError):  # ended or deleted at this moment, or another process has it
            act(run.id)
            done += 1
    return done
