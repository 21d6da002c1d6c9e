"""Keeps a cluster for the training service: starts or connects to one, watches it, replaces it when it is lost."""

from __future__ import annotations

import logging
import threading

from distributed import Client

from autoencoder.engine.cluster import training_cluster
from autoencoder.engine.service import TrainingService
from autoencoder.errors import AutoencoderError, EngineError

WATCH_SECONDS = 0.5
RETRY_SECONDS = 3.0
_log = logging.getLogger(__name__)


def supervise(service: TrainingService, address: str | None, stop: threading.Event) -> None:
    """Connect the service to a cluster, and to another one whenever that is lost; close it when `stop` is set.

    Blocks: run it in a thread of its own. `address` as for `training_cluster`.
    """
    while not stop.is_set():
        try:
            with training_cluster(address) as client:
                service.connect(client)
                _until_lost(client, stop)
                if stop.is_set():  # before the workers, which hold the checkpoints, are stopped
                    service.close()
                else:
                    service.disconnect(_lost())
        except AutoencoderError as problem:
            _try_again(service, problem, stop)
        except Exception as problem:
            _try_again(service, _not_started(problem), stop)
    service.close()


def _until_lost(client: Client, stop: threading.Event) -> None:
    """Wait until the client is disconnected. It may reconnect, but a new scheduler knows none of its tasks."""
    while client.status == "running" and not stop.wait(WATCH_SECONDS):
        pass


def _try_again(service: TrainingService, problem: AutoencoderError, stop: threading.Event) -> None:
    service.disconnect(problem)
    stop.wait(RETRY_SECONDS)


def _lost() -> EngineError:
    return EngineError(
        "The training cluster has stopped. Another one is on its way; trainings then go on by themselves."
    )


def _not_started(problem: Exception) -> EngineError:
    return EngineError(
        "The training cluster could not be started ({problem}). It is tried again every few seconds.",
        problem=f"{type(problem).__name__}: {problem}".partition("\n")[0],
    )
