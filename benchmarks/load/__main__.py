"""`python -m benchmarks.load`: fifty people train at once, and a report says what they met."""

from __future__ import annotations

import argparse
import signal
import statistics
import sys
import threading
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from autoencoder.runs.limits import Limits
from benchmarks import machine
from benchmarks.load import browsers, sweepers
from benchmarks.load.restless import Restless
from benchmarks.load.room import Findings, Person
from benchmarks.load.served import Served, Usage, served_app

ARRIVAL_SECONDS = 10.0  # within which all have come in; in a soak they take a quarter of its time
SAMPLE_SECONDS = 5.0
PAGE_SECONDS, WEB_MEGABYTES, GROWTH = 1.5, 400, 0.05  # 95 % of page views; 50 sessions; after warm-up
DISTURBED = (("while restless people were there", True), ("while they were away", False))
SLOWED_SECONDS = 0.5  # 95 % of page views, with restless people over without them
FORGOTTEN_SECONDS = 130.0  # in which Streamlit forgets those who have left: two minutes


@dataclass
class Memory:
    """Megabytes of each kind of process, every few seconds."""

    samples: list[tuple[float, dict[str, Usage]]] = field(default_factory=list)

    def watch(self, served: Served, over: threading.Event) -> None:
        while not over.wait(SAMPLE_SECONDS):
            self.samples.append((time.perf_counter(), served.usage()))

    def quarters(self, kind: str, until: float) -> list[float]:
        """Means of the four quarters of a soak, each longer than a visit; all have come by the end of the first.

        A run holds more memory the further it has got. Who begin together stay in step, for turns are fair: then all
        that fifty runs hold rises and falls as one. So people come one by one, and a mean is over whole visits.
        """
        values = [usage[kind].megabytes for at, usage in self.samples if kind in usage and at <= until]
        ends = [round(share * len(values) / 4) for share in range(5)]
        return [statistics.fmean(values[low : max(high, low + 1)]) for low, high in pairwise(ends)]

    def highest(self, kind: str) -> float:
        return max(usage[kind].megabytes for _, usage in self.samples if kind in usage)


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 all runs finished, nothing was lost and no target missed, 1 otherwise, 2 wrong arguments."""
    asked = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # ends the app, too
    described = machine.describe()
    with served_app() as served:
        Person(served.url, Findings(), seed=0).visit()  # the engine is warm then, and so are the pages
        restless = Restless(served.url, asked.restless)
        findings = Findings(disturbed=lambda: restless.there)
        before, memory, over = served.usage(), Memory(), threading.Event()
        watcher = threading.Thread(target=memory.watch, args=(served, over), daemon=True)
        watcher.start()
        restless.start()
        sweeping = sweepers.start(served, asked.sweeps, findings, ARRIVAL_SECONDS)
        began = time.perf_counter()
        until = began + 60 * asked.minutes
        _fill(served, findings, asked.people, asked.browsers, 60 * asked.minutes / 4 or ARRIVAL_SECONDS, until)
        for person in sweeping:
            person.join()
        seconds = time.perf_counter() - began
        after = served.usage()
        over.set()
        watcher.join()
        restless.stop()
        if asked.restless:
            time.sleep(FORGOTTEN_SECONDS)
            after = served.usage()
        log = served.log.read_text()
    quarters = {kind: memory.quarters(kind, until) for kind in after} if asked.minutes else {}
    missed = _missed(findings, memory, quarters, log)
    report = _report(asked, machine.sentence(described), findings, memory, before, after, seconds, quarters, missed)
    print(report)
    if asked.report:
        title = f"{asked.minutes:g} minutes of coming and going" if asked.minutes else "A room at once"
        asked.report.write_text(f"# {title}\n\n`make {asked.report.stem}`. {report}\n")
    return 1 if missed else 0


def _missed(findings: Findings, memory: Memory, quarters: dict[str, list[float]], log: str) -> list[str]:
    """The targets that were missed, in words."""
    views, web = _within(findings.page_views), memory.highest("web")
    found = {
        f"{len(findings.unfinished)} runs did not finish": findings.unfinished,
        f"{findings.most_at_once} members of one sweep at once": findings.most_at_once > Limits().trainings,
        f"{findings.lost_events} events were lost": findings.lost_events,
        f"{len(findings.dropped)} sessions were dropped": findings.dropped,
        f"{len(findings.broken)} pages failed": findings.broken,
        f"{log.count('Traceback')} tracebacks in the app's log": "Traceback" in log,
        f"95 % of page views within {views:.2f} s, not {PAGE_SECONDS}": views > PAGE_SECONDS,
        f"web process {web:.0f} MB, not {WEB_MEGABYTES}": web > WEB_MEGABYTES,
        f"page views slowed by {_slowed(findings):.2f} s, not {SLOWED_SECONDS}": _slowed(findings) > SLOWED_SECONDS,
        **{f"{kind} grew by {_growth(each):.1%}": _growth(each) > GROWTH for kind, each in quarters.items()},
    }
    return [said for said, is_so in found.items() if is_so]


def _slowed(findings: Findings) -> float:
    """Seconds that 95 % of page views take longer while restless people are there; 0 where there were none."""
    return _within(findings.views[True]) - _within(findings.views[False]) if findings.views[True] else 0.0


def _growth(quarters: list[float]) -> float:
    """Of the last over the third. Warm-up are two: in the first all come, in the second each ends a first visit."""
    return quarters[-1] / quarters[2] - 1


def _fill(served: Served, findings: Findings, people: int, real: int, within: float, until: float) -> None:
    """All come within so many seconds; in a soak each comes back until it is over."""

    def live(number: int) -> None:
        time.sleep(within * number / people)
        for visit in range(1_000_000):
            Person(served.url, findings, seed=1000 * number + visit).visit()
            if time.perf_counter() > until:
                return

    threads = [threading.Thread(target=live, args=(number,), daemon=True) for number in range(people - real)]
    if real:
        threads.append(threading.Thread(target=browsers.visit, args=(served.url, findings), daemon=True))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _report(
    asked: argparse.Namespace, on: str, findings: Findings, memory: Memory, before: dict[str, Usage],
    after: dict[str, Usage], seconds: float, quarters: dict[str, list[float]], missed: list[str],
) -> str:  # fmt: skip
    totals = sorted(findings.seconds["click to end of training"])
    problems = [*findings.unfinished, *findings.dropped, *findings.broken]
    lines = [
        f"{asked.people} people, {asked.browsers} of them at real browsers, {_beside(asked)}"
        f"{seconds / 60:.1f} minutes. {on}. The"
        " people's own work, browsers included, was done on the same cores.",
        "",
        "| seconds | times | median | 95 % within | longest |",
        "|---|--:|--:|--:|--:|",
        *(_times(what, values) for what, values in sorted(findings.seconds.items())),
        _times("all page views", findings.page_views),
        *([_times(f"page views {when}", findings.views[there]) for when, there in DISTURBED] if asked.restless else []),
        "",
        f"- Runs finished: {findings.finished}; not: {len(findings.unfinished)}. Events lost: {findings.lost_events}."
        f" Sessions dropped: {len(findings.dropped)}. Pages that failed: {len(findings.broken)}.",
        f"- Fairness, slowest over fastest training from click to end: {totals[-1] / totals[0]:.2f}."
        if totals and not asked.minutes  # in a soak the first to come have the machine to themselves
        else "",
        _waits(findings.waits),
        _sweeps(findings) if asked.sweeps else "",
        f"- Targets missed: {'; '.join(missed) or 'none'}.",
        *(f"- {problem}" for problem in sorted(set(problems))[:10]),
        "",
        "| process | MB before | by quarter, while all were there | growth, last over third | at most | after"
        " | CPU seconds | of one core |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
        *(_process(kind, memory, before, after, seconds, quarters.get(kind)) for kind in sorted(after)),
    ]
    return "\n".join(lines)


def _beside(asked: argparse.Namespace) -> str:
    others = {
        "who open and leave ten tabs each in every other minute and have gone at the end": asked.restless,
        "who each sweep four values": asked.sweeps,
    }
    return "".join(f"beside {n} {what}, " for what, n in others.items() if n)


def _sweeps(findings: Findings) -> str:
    ends = sorted(findings.seconds["click to end of sweep"])
    fairness = f" Slowest over fastest: {ends[-1] / ends[0]:.2f}." if ends else ""
    return (
        f"- Sweeps of four finished: {findings.sweeps}; members of one under way at once: at most"
        f" {findings.most_at_once}, of {Limits().trainings} (LIMIT_TRAININGS).{fairness}"
    )


def _waits(waits: list[tuple[float, float]]) -> str:
    if not waits:
        return ""
    quotients = sorted(said / was for said, was in waits)
    return (
        f"- The wait for a first turn, as the page first named it, over the time until the first loss point: median"
        f" {statistics.median(quotients):.2f}, from {quotients[0]:.2f} to {quotients[-1]:.2f}, {len(waits)} times."
    )


def _times(what: str, values: list[float]) -> str:
    if not values:
        return f"| {what} | 0 | | | |"
    ordered = sorted(values)
    return (
        f"| {what} | {len(ordered)} | {statistics.median(ordered):.2f} | {_within(ordered):.2f} | {ordered[-1]:.2f} |"
    )


def _within(values: list[float]) -> float:
    """What 95 % do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


def _process(
    kind: str, memory: Memory, before: dict[str, Usage], after: dict[str, Usage], seconds: float,
    quarters: list[float] | None,
) -> str:  # fmt: skip
    first, last = before.get(kind, Usage(0, 0)), after[kind]
    cpu = last.cpu_seconds - first.cpu_seconds
    grown = f"{_growth(quarters):+.1%}" if quarters else ""
    most = memory.highest(kind) if memory.samples else last.megabytes
    way = ", ".join(f"{megabytes:.0f}" for megabytes in quarters or [])
    sizes = f"{first.megabytes:.0f} | {way} | {grown} | {most:.0f} | {last.megabytes:.0f}"
    return f"| {kind} | {sizes} | {cpu:.0f} | {cpu / seconds:.0%} |"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--browsers", type=int, default=browsers.COUNT, help="of them at a real Chromium: 0 or 3")
    parser.add_argument("--restless", type=int, default=0, help="people beside them who come and go in ten tabs each")
    parser.add_argument("--sweeps", type=int, default=0, help="people beside them who each start a sweep of four")
    parser.add_argument("--minutes", type=float, default=0.0, help="people come back until then; 0: each comes once")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the report as Markdown too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
