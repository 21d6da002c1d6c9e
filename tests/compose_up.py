"""Both profiles of compose.yaml as a teacher starts them, for `make compose-check`: needs Docker with Compose.

In a project, volumes and a port of its own, which are gone afterwards. Prints what it measures; whatever is not as it
should be ends it with an error.
"""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import ExitStack
from typing import Any

from cluster import ROOT, free_port
from image import Container, outside, seconds, tell, try_out, until_finished

DOCKER = ("docker",)
PORT = free_port()
PROJECT = ("docker", "compose", "--file", "compose.yaml", "--project-name", f"autoencoder-lab-check-{PORT}")
# of the shell of whoever runs a room
THEIRS = ("COMPOSE_", "WORKSHOP_", "HOST_", "LIMIT_", "AUTOENCODER_", "FORWARDED_")
CLUSTER = ("--profile", "cluster")
WORKERS = 4


def main() -> None:
    with ExitStack() as afterwards:
        afterwards.callback(_compose, *CLUSTER, "--profile", "one", "down", "--volumes")
        served = outside(f"http://127.0.0.1:{PORT}")
        tell("docker compose up, until healthy", seconds(lambda: _compose("up", "--detach", "--wait")))
        lab = _containers("lab")[0]
        try_out(lab, served.url)
        before = set(lab.runs())
        tell("docker compose down", seconds(lambda: _compose("down")))
        tell(f"up with {WORKERS} workers, until healthy", seconds(lambda: _cluster_of(WORKERS)))
        web = _containers("web")[0]
        assert set(web.runs()) == before, "the volume was kept, and so are the runs"
        run = web.begun_training()
        assert served.command(run, "resume").ok
        seen = float(served.until_epoch(run, 1.0)["epoch"])
        for worker in _containers("worker"):
            worker.engine_does("kill", worker.name)
        _cluster_of(2)
        assert len(_containers("worker")) == 2
        served.until(run, _recovered)
        until_finished(served, run)
        print(f"all workers killed after epoch {seen:.1f}; with two in their place it went on and finished")
        web.writes_only_json_lines()
        run = web.begun_training()
        assert served.command(run, "resume").ok
        seen = float(served.until_epoch(run, 1.0)["epoch"])
        tell("down in the middle of a training", seconds(lambda: _compose(*CLUSTER, "down")))
        _cluster_of(1)
        kept = _containers("web")[0].runs()[run.id]
        assert kept["status"] == "interrupted", kept
        assert kept["epoch"] >= seen, (kept, seen)
        print(f"seen at epoch {seen:.1f}, it was kept at {kept['epoch']:.1f}")


def _cluster_of(workers: int) -> None:
    _compose(*CLUSTER, "up", "--detach", "--wait", "--scale", f"worker={workers}")


def _containers(service: str) -> list[Container]:
    """Those of a service that run."""
    listed = _compose(*CLUSTER, "--profile", "one", "ps", "--format", "json", service).splitlines()
    return [Container(DOCKER, json.loads(line)["Name"]) for line in listed]


def _compose(*arguments: str) -> str:
    environment = _without_theirs() | {"PORT": str(PORT)}
    done = subprocess.run(
        [*PROJECT, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _without_theirs() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(THEIRS)}


def _recovered(message: dict[str, Any]) -> bool:
    return message["type"] == "notices" and any(notice["kind"] == "recovered" for notice in message["notices"])


if __name__ == "__main__":
    main()
