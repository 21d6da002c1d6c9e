"""The stream of events behind the Classroom page: everyone's runs as small tiles, each sent when it has changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from autoencoder.data.dataset import load_dataset
from autoencoder.engine.service import TrainingService
from autoencoder.errors import AutoencoderError
from autoencoder.runs.history import History
from autoencoder.runs.progress import RunSummary, latest_mse
from autoencoder.runs.run import Run
from autoencoder.workshop import Challenge, Workshop
from server import shutdown
from server.access.permissions import started_by_people
from server.addresses import digits_url, map_page_url, run_commands_url
from server.challenge import challenge_message, score_of
from server.event_stream import HERE, Message, map_message
from server.titles import status_label, titles_of

TICK_SECONDS = 1.0  # between two looks at the runs
LIST_EVERY = 3  # ticks between two looks at the folder for new runs
MOST_PICTURED = 120  # runs whose tile has a map; of the others only numbers are sent, for the boards
POINTS = 500  # on a tile's map


class Tiles:
    """What one reader has seen of everyone's runs."""

    def __init__(self, service: TrainingService, workshop: Workshop, language: str) -> None:
        """Starts with nothing sent; `language` is the reader's."""
        self._service, self._workshop, self._language = service, workshop, language
        self._runs: list[Run] = []
        self._titles: dict[str, str] = {}
        self._seen: dict[str, object] = {}  # by run: `_state` when its tile was sent
        self._maps: dict[str, float] = {}  # by run: the epoch of the map that was sent
        self._challenge: Challenge | None = None
        self._ticks = 0

    def messages(self) -> list[Message]:
        """What is new since the last call, and which runs are gone."""
        if self._ticks % LIST_EVERY == 0:
            self._runs = sorted(started_by_people(self._service.runs()[0]), key=lambda run: run.ended)
            self._titles = titles_of(self._runs, self._language)
        self._ticks += 1
        return [*self._changed_challenge(), *self._changed_tiles(), *self._gone_runs()]

    def _changed_challenge(self) -> list[Message]:
        before, self._challenge = self._challenge, self._workshop.challenge()
        if self._ticks > 1 and self._challenge == before:
            return []
        return [{"type": "challenge", "challenge": challenge_message(self._challenge, self._language)}]

    def _changed_tiles(self) -> list[Message]:
        names, changed = self._workshop.names(), []
        for i, run in enumerate(self._runs):
            name, pictured = names.get(run.owner or "", ""), i < MOST_PICTURED
            state = self._state(run, name, pictured)
            if state != self._seen.get(run.id):
                self._seen[run.id] = state
                changed.extend(self._tile(run, name, pictured))
        return changed

    def _gone_runs(self) -> list[Message]:
        gone = self._seen.keys() - {run.id for run in self._runs}
        for run_id in gone:
            del self._seen[run_id]
            self._maps.pop(run_id, None)
        return [{"type": "gone", "run": run_id} for run_id in sorted(gone)]

    def _state(self, run: Run, name: str, pictured: bool) -> object:
        """A key that changes exactly when the run's tile must be sent again. Cheap: no file is read."""
        version = self._service.version(run.id)
        stored = (run.status, run.name, run.epoch) if version == -1 else ()
        return version, stored, self._titles[run.id], self._service.place(run.id), name, pictured, self._challenge

    def _tile(self, run: Run, name: str, pictured: bool) -> list[Message]:
        """The tile, and the map if there is a new one. Empty if the run was deleted meanwhile."""
        try:
            in_memory = self._service.version(run.id) != -1
            summary = self._service.summary(run.id) if pictured or in_memory else _without_files(run)
            score = score_of(self._service, self._challenge, summary.run)
        except AutoencoderError:  # deleted at this moment; the next list says so
            return []
        message: Message = {
            "type": "tile",
            "pictured": pictured,
            **tile(summary, self._titles[run.id], name, score, self._language),
        }
        drawn = pictured and message["labels_url"] is not None
        if drawn and summary.frame is not None and summary.frame.epoch != self._maps.get(run.id):
            self._maps[run.id] = summary.frame.epoch
            message["frame"] = map_message(summary.frame.epoch, summary.frame.codes[:POINTS])
        return [message]


async def stream(service: TrainingService, workshop: Workshop, language: str) -> AsyncIterator[Message]:
    """Events until the server ends."""
    tiles = Tiles(service, workshop, language)
    while not shutdown.requested():
        for message in await asyncio.to_thread(tiles.messages) or [HERE]:
            yield message
        await asyncio.sleep(TICK_SECONDS)


def _without_files(run: Run) -> RunSummary:
    """A summary from `run.json` alone: reading the histories and maps of a thousand runs would take seconds."""
    return RunSummary(run, -1, *latest_mse(run, History()), frame=None, place=None, wait=None)


def tile(summary: RunSummary, title: str, name: str, score: float | None, language: str) -> Message:
    """The message of a tile; `title` tells it apart from others, `name` is its owner's nickname."""
    run = summary.run
    return {
        "run": run.id,
        "who": name,
        "person": (run.owner or "")[:12],  # to tell people apart
        "title": title,
        "named": bool(run.name),
        "status": run.status,
        "status_label": status_label(run.status, language),
        "ended": run.ended,
        "commands": run.commands,
        "epoch": round(run.epoch, 3),
        "epochs": run.training.epochs,
        "latent_dim": run.architecture.latent_dim,
        "dataset": run.training.dataset,
        **_labels_of(run),
        "commands_url": run_commands_url(run.id, language),
        "map_url": map_page_url(run.id),
        "held_out": summary.held_out,
        "mse": summary.mse,
        "knn": run.measures and run.measures.knn_accuracy,
        "seconds": round(run.seconds, 1),
        "created": run.created,
        "place": summary.place,
        "wait": summary.wait and round(summary.wait, 1),
        "score": score,
    }


def _labels_of(run: Run) -> Message:
    """What colours the digits on a tile's map. Where the data set cannot be read the tile has no map."""
    try:
        dataset = load_dataset(run.training.dataset)
    except AutoencoderError:
        return {"classes": 0, "labels_url": None}
    return {
        "classes": len(dataset.shown_classes),
        "labels_url": digits_url(dataset, "labels", dataset.n_training, POINTS),
    }
