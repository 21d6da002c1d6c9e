"""Many trainings on a cluster, for the command line: as many at once as keep all its workers busy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import sleep

from distributed import Client

from autoencoder.choices import Pair
from autoencoder.engine.service import TrainingService
from autoencoder.presets import exact_preset
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore

AHEAD = 1  # trainings beside one a worker: while a report is on its way, its worker has another slice to do
LOOK_SECONDS = 0.1


def train_on_cluster(store: RunStore, wanted: Sequence[Pair], client: Client) -> Iterator[tuple[int, Run]]:
    """Train all of these settings; each run with its place among them, as it ends.

    Whoever stops iterating leaves the runs under way to be resumed. Raises InvalidTraining, StorageError.
    """
    service = TrainingService(store)
    try:
        service.connect(client)
        waiting, under_way = list(enumerate(wanted)), dict[str, int]()
        while waiting or under_way:
            while waiting and len(under_way) < service.workers + AHEAD:
                at, settings = waiting.pop(0)
                under_way[service.start(*settings, preset=exact_preset(*settings)).id] = at
            ended = [run for run in map(service.run, under_way) if run.ended]
            for run in ended:
                yield under_way.pop(run.id), run
            if not ended:
                sleep(LOOK_SECONDS)
    finally:
        service.close()
