"""The Dask cluster that trains: processes started beside the app, or an existing cluster at an address."""

from __future__ import annotations

import gc
import logging
import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dask
from dask.system import CPU_COUNT
from distributed import Client, Scheduler, Worker, WorkerPlugin
from distributed.deploy.spec import SpecCluster
from distributed.deploy.subprocess import SubprocessScheduler, SubprocessWorker

from autoencoder.errors import EngineError
from autoencoder.process import logs
from autoencoder.process.clock import let_no_connection_wait_for_the_clock
from autoencoder.process.memory import give_back_memory

CORES_PER_WORKER = 2
ANSWER_SECONDS = 10  # for an existing cluster to answer
NETWORK_BYTES = 45_000_000  # of memory for a compiled 256-128-64 network: the mean of forty
NICENESS = 10  # of workers beside the app: pages come first where cores are few, training takes what they leave
STILLBORN_CHECKS = 10  # one a second; if the scheduler knew the worker, Dask itself notices sooner
_SETTINGS = {
    "distributed.scheduler.worker-saturation": "inf",  # otherwise Dask holds new runs' tasks back on the scheduler
    "distributed.scheduler.allowed-failures": 10,  # workers that may die during one slice before it fails
    "distributed.admin.large-graph-warning-threshold": "1GB",  # checkpoints travel inside the graph, on purpose
    "distributed.worker.profile.enabled": False,
    "distributed.worker.memory.pause": False,  # a paused worker would wait for ever: compiled networks are never freed
    "distributed.admin.low-level-log-length": 100,  # messages kept for debugging, up to 1 MB each
    # How often each process wakes up to look after itself. At Dask's own fifty times a second a cluster at rest takes
    # 5 % of a core.
    "distributed.admin.tick.interval": "500ms",
    "distributed.admin.system-monitor.interval": "2s",
    "distributed.worker.memory.monitor-interval": "500ms",
    "distributed.comm.timeouts.connect": "10s",
    "distributed.deploy.lost-worker-timeout": "5s",  # until a lost worker is replaced
}
# Dask sets a trim threshold of 64 kB for its workers, so that freed memory returns to the system at once. The compiled
# training loop allocates and frees half a megabyte a step and would spend up to half of its time on page faults.
_ALLOCATOR = {"MALLOC_TRIM_THRESHOLD_": str(128 << 20), "MALLOC_MMAP_THRESHOLD_": str(32 << 20)}


@contextmanager
def training_cluster(address: str | None = None) -> Iterator[Client]:
    """A client of the cluster at an address such as tcp://host:8786, or of one started here, on this machine only.

    Raises EngineError where nobody answers at the address.
    """
    let_no_connection_wait_for_the_clock()
    with dask.config.set(_SETTINGS):
        if address:
            yield from _existing(address)
        else:
            yield from _beside_us()


def _existing(address: str) -> Iterator[Client]:
    try:
        client = _connected(address, timeout=ANSWER_SECONDS)
    except (OSError, TimeoutError, ValueError) as problem:
        raise EngineError(
            "No Dask scheduler answers at {address}. Start one there, or unset AUTOENCODER_SCHEDULER "
            "to train on this machine.",
            address=address,
        ) from problem
    with client:
        client.register_plugin(WarmUp())
        yield client


def _connected(cluster: SpecCluster | str, **options: Any) -> Client:
    """A client. Raises what Client raises, and then frees the half-made client at once.

    A half-made client closes itself when it is garbage collected. If that happened while another client starts, the
    thread would wait for a lock that it holds itself.
    """
    try:
        return Client(cluster, name="autoencoder-lab", **options)
    except Exception as problem:
        failure = problem.with_traceback(None)
        failure.__cause__ = failure.__context__ = None
    gc.collect()
    raise failure


def _beside_us() -> Iterator[Client]:
    workers = workers_here()
    preload = {"preload": ["autoencoder.engine.cluster"], "preload_argv": [["--parent", str(os.getpid())]]}
    environment = {
        "AUTOENCODER_THREADS": os.environ.get("AUTOENCODER_THREADS") or str(max(1, CPU_COUNT // workers)),
        **_ALLOCATOR,
        **{f"DASK_{key.upper().replace('.', '__').replace('-', '_')}": str(value) for key, value in _SETTINGS.items()},
    }
    os.environ.update(environment)
    with _processes(workers, preload) as cluster, _connected(cluster) as client:
        client.register_plugin(WarmUp())
        with _kept_at(workers, cluster):
            yield client


def workers_here() -> int:
    """How many workers to start: one per AUTOENCODER_THREADS cores, two unless set; one for all cores where it is 0."""
    cores = int(os.environ.get("AUTOENCODER_THREADS") or CORES_PER_WORKER)
    return max(1, CPU_COUNT // cores) if cores > 0 else 1


def _processes(workers: int, preload: dict[str, Any]) -> SpecCluster:
    """Dask's SubprocessCluster, with workers that tell the scheduler their names, so that lost ones are noticed."""
    listen = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}  # an HTTP server starts in any case
    scheduler = {"scheduler_kwargs": {**listen, "port": 0, "dashboard": True, **preload}}
    options = {
        "worker_kwargs": {
            **listen,
            "nthreads": 1,
            "dashboard": False,
            "memory_limit": 1 / workers,
            "silence_logs": logging.WARNING,
            **preload,
        }
    }
    worker = {"cls": _NamedWorker, "options": options}
    return SpecCluster(
        workers=dict.fromkeys(range(workers), worker),
        worker=worker,
        scheduler={"cls": SubprocessScheduler, "options": scheduler},
        name="autoencoder-lab",
        silence_logs=logging.WARNING,
    )


class _NamedWorker(SubprocessWorker):
    def __init__(self, scheduler: str, name: int, worker_kwargs: dict[str, Any]) -> None:
        super().__init__(scheduler, name=str(name), worker_kwargs={**worker_kwargs, "name": name})


@contextmanager
def _kept_at(workers: int, cluster: SpecCluster) -> Iterator[None]:
    """Keep this many workers running.

    A nanny restarts its worker. If the nanny itself dies, Dask starts no replacement, so `scale` is called each second.
    If the scheduler dies, stop, and end the remaining processes without asking it first.
    """
    over, gone = threading.Event(), Counter[Any]()

    def look_after() -> None:
        while not over.wait(1.0):
            if _is_headless(cluster):
                break
            _forget_stillborn(cluster, gone)
            cluster.scale(workers)

    threading.Thread(target=look_after, name="keep-workers", daemon=True).start()
    try:
        yield
    finally:
        over.set()
        if _is_headless(cluster):
            cluster.sync(cluster.scheduler.close)  # type: ignore[union-attr]


def _forget_stillborn(cluster: SpecCluster, gone: Counter[Any]) -> None:
    """Drop workers whose process died before the scheduler knew them.

    `gone`: by name of the worker, the consecutive checks in which its process was dead.
    """
    for name, worker in list(cluster.workers.items()):
        gone[name] = gone[name] + 1 if _has_exited(worker) else 0
        if gone[name] > STILLBORN_CHECKS and cluster.workers.get(name) is worker:
            del cluster.workers[name]


def _has_exited(of_cluster: Any) -> bool:
    process = getattr(of_cluster, "process", None)
    return process is not None and process.returncode is not None


def _is_headless(cluster: SpecCluster) -> bool:
    return _has_exited(cluster.scheduler)


class WarmUp(WorkerPlugin):
    """Loads TensorFlow and compiles the presets when a worker starts, so that a training starts at once."""

    name = "warm-up"

    def setup(self, worker: Any) -> None:
        """Dask calls this when a worker starts."""
        networks = networks_within(worker.memory_manager.memory_limit or 0)
        threading.Thread(target=_warm_up, args=(networks,), name="warm-up", daemon=True).start()


def networks_within(memory: int) -> int:
    """How many networks a worker with this much memory keeps compiled: they may fill a quarter of it, 12 to 64."""
    return max(12, min(64, memory // 4 // NETWORK_BYTES))


def _warm_up(networks: int) -> None:
    from autoencoder.presets import PRESETS
    from autoencoder.training.compiled import keep_compiled
    from autoencoder.training.loop import warm_up

    keep_compiled(networks)
    most = int(os.environ.get("AUTOENCODER_WARM_UP", len(PRESETS)))
    for preset in list(PRESETS.values())[:most]:
        warm_up(preset.architecture, preset.training.batch_size)


def dask_setup(server: object, argv: tuple[str, ...] = ()) -> None:
    """Dask calls this in each process that it starts for us. The process ends with the app, also if that is killed."""
    let_no_connection_wait_for_the_clock()
    if isinstance(server, Scheduler):
        give_back_memory()  # checkpoints pass through it all day
        # nobody reads the pipe behind its standard error, and once full it would block the process
        os.dup2(1 if logs.json_wanted() else os.open(os.devnull, os.O_WRONLY), 2)
    if isinstance(server, Worker):
        os.nice(NICENESS)  # inherited by later threads
        tempfile.tempdir = server.local_directory  # TensorFlow's files are removed with Dask's own
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), name="lifeline", daemon=True).start()


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)
