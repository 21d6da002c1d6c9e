"""People who each start a sweep of four on the Sweep page, and look at it now and then until it is over."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from autoencoder.errors import AutoencoderError
from autoencoder.runs.store import RunStore
from autoencoder.runs.sweep_groups import SweepStore
from benchmarks.load.room import Findings
from benchmarks.load.served import Served
from benchmarks.load.visitor import Broken, Visitor

ADDRESS = "epochs=1&vary=latent_dim:1,2,4,8"
LOOK_SECONDS = 5.0  # between two looks at one's sweep
PATIENCE_SECONDS = 3_600.0


def start(served: Served, people: int, findings: Findings, within: float) -> list[threading.Thread]:
    """A thread a person; all have come within so many seconds."""
    threads = [
        threading.Thread(target=_visit, args=(served, findings, within * number / people), daemon=True)
        for number in range(people)
    ]
    for thread in threads:
        thread.start()
    return threads


def _visit(served: Served, findings: Findings, wait: float) -> None:
    time.sleep(wait)
    visitor = Visitor(served.url)
    try:
        findings.took("page: first visit", visitor.open("sweep", ADDRESS))
        clicked = time.perf_counter()
        visitor.press("sweep-start")
        _watch(served, visitor, findings)
        findings.took("click to end of sweep", time.perf_counter() - clicked)
    except Exception as problem:
        findings.failed(problem)
    finally:
        visitor.leave()


def _watch(served: Served, visitor: Visitor, findings: Findings) -> None:
    """Until it is over. How many of its members are under way at once is read from the files."""
    if "group=" not in visitor.address:
        raise Broken("no sweep began")
    group_id = visitor.address.split("group=")[1].split("&")[0]
    sweeps, runs, end = SweepStore(served.models), RunStore(served.models), time.perf_counter() + PATIENCE_SECONDS
    while time.perf_counter() < end:
        group = sweeps.group(group_id)
        if group is None or group.status != "running":
            return findings.swept("gone" if group is None else group.status)
        findings.saw_at_once(sum(_under_way(runs, run) for run in group.started))
        time.sleep(LOOK_SECONDS)
        findings.took("page: one's sweep", visitor.turn_to("sweep"))
    findings.swept("never ended")


def _under_way(runs: RunStore, run_id: str) -> bool:
    with suppress(AutoencoderError):
        return not runs.load(run_id).ended
    return False
