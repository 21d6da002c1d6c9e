"""The workers of the cluster: how many there are, and whether one of them can train at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from distributed import Client

from autoencoder.presets import PRESETS
from autoencoder.training.loop import warm_up


class Workers:
    """The workers of the present cluster; none without a cluster."""

    def __init__(self, lost: Callable[[], None]) -> None:
        """`lost` is called whenever the cluster has lost a worker."""
        self._lost = lost
        self._client: Client | None = None
        self._addresses: set[str] = set()
        self._warm = False

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._addresses)

    @property
    def ready(self) -> bool:
        """Whether a worker has loaded TensorFlow and can train at once."""
        return self._warm and bool(self._addresses)

    def connect(self, client: Client) -> None:
        """Follow the workers of this cluster from now on."""
        self._client = client
        self._addresses = set(client.scheduler_info(n_workers=-1)["workers"])
        client.subscribe_topic("all", self._cluster_event)
        self._warm_up(client)

    def disconnect(self) -> None:
        """The cluster is lost, and its workers with it."""
        self._client, self._warm = None, False
        self._addresses.clear()

    def _warm_up(self, client: Client) -> None:
        """Let a worker load TensorFlow and compile a first network; `ready` is false until then."""
        self._warm = False
        first = next(iter(PRESETS.values()))
        warm = client.submit(warm_up, first.architecture, first.training.batch_size, pure=False)
        warm.add_done_callback(lambda future: setattr(self, "_warm", future.status == "finished"))

    def _cluster_event(self, event: tuple[float, Any]) -> None:
        _, happened = event
        action = happened.get("action") if isinstance(happened, dict) else None
        if action == "add-worker":
            self._addresses.add(happened["worker"])
        elif action == "remove-worker":
            self._addresses.discard(happened["worker"])
            if not self._addresses and self._client is not None:
                self._warm_up(self._client)
            self._lost()
