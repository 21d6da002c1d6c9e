"""`python -m benchmarks.load`: fifty people train at once, and a report says what they met."""

from __future__ import annotations

import argparse
import signal
import statistics
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import machine
from benchmarks.load import browsers
from benchmarks.load.room import Findings, Person
from benchmarks.load.served import Served, Usage, served_app

ARRIVAL_SECONDS = 10.0  # within which all have come in
SAMPLE_SECONDS = 5.0
SETTLED = 0.25  # of a soak: what comes before is warm-up
PAGE_SECONDS, WEB_MEGABYTES, GROWTH = 1.5, 400, 0.05  # 95 % of page views; 50 sessions; after warm-up


@dataclass
class Memory:
    """Megabytes of each kind of process, every few seconds."""

    samples: list[tuple[float, dict[str, Usage]]] = field(default_factory=list)

    def watch(self, served: Served, over: threading.Event) -> None:
        while not over.wait(SAMPLE_SECONDS):
            self.samples.append((time.perf_counter(), served.usage()))

    def growth(self, kind: str, until: float) -> float:
        """Of the last tenth over the tenth after the warm-up, as a share; until then all people were there."""
        values = [usage[kind].megabytes for at, usage in self.samples if kind in usage and at <= until]
        tenth, start = max(1, len(values) // 10), int(SETTLED * len(values))
        return statistics.median(values[-tenth:]) / statistics.median(values[start : start + tenth]) - 1

    def highest(self, kind: str) -> float:
        return max(usage[kind].megabytes for _, usage in self.samples if kind in usage)


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 all runs finished, nothing was lost and no target missed, 1 otherwise, 2 wrong arguments."""
    asked = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # ends the app, too
    described = machine.describe()
    with served_app() as served:
        Person(served.url, Findings(), seed=0).visit()  # the engine is warm then, and so are the pages
        before, findings, memory, over = served.usage(), Findings(), Memory(), threading.Event()
        watcher = threading.Thread(target=memory.watch, args=(served, over), daemon=True)
        watcher.start()
        began = time.perf_counter()
        until = began + 60 * asked.minutes
        _fill(served, findings, asked.people, asked.browsers, until)
        seconds = time.perf_counter() - began
        after = served.usage()
        over.set()
        watcher.join()
        log = served.log.read_text()
    grown = {kind: memory.growth(kind, until) for kind in after} if asked.minutes else {}
    missed = _missed(findings, memory, grown, log)
    report = _report(asked, machine.sentence(described), findings, memory, before, after, seconds, grown, missed)
    print(report)
    if asked.report:
        title = f"{asked.minutes:g} minutes of coming and going" if asked.minutes else "A room at once"
        asked.report.write_text(f"# {title}\n\n`make {asked.report.stem}`. {report}\n")
    return 1 if missed else 0


def _missed(findings: Findings, memory: Memory, grown: dict[str, float], log: str) -> list[str]:
    """The targets that were missed, in words."""
    views, web = _within(findings.page_views), memory.highest("web")
    found = {
        f"{len(findings.unfinished)} runs did not finish": findings.unfinished,
        f"{findings.lost_events} events were lost": findings.lost_events,
        f"{len(findings.dropped)} sessions were dropped": findings.dropped,
        f"{len(findings.broken)} pages failed": findings.broken,
        f"{log.count('Traceback')} tracebacks in the app's log": "Traceback" in log,
        f"95 % of page views within {views:.2f} s, not {PAGE_SECONDS}": views > PAGE_SECONDS,
        f"web process {web:.0f} MB, not {WEB_MEGABYTES}": web > WEB_MEGABYTES,
        **{f"{kind} grew by {share:.1%}": share > GROWTH for kind, share in grown.items()},
    }
    return [said for said, is_so in found.items() if is_so]


def _fill(served: Served, findings: Findings, people: int, real: int, until: float) -> None:
    """All come within some seconds; in a soak each comes back until it is over."""

    def live(number: int) -> None:
        time.sleep(ARRIVAL_SECONDS * number / people)
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
    after: dict[str, Usage], seconds: float, grown: dict[str, float], missed: list[str],
) -> str:  # fmt: skip
    totals = sorted(findings.seconds["click to end of training"])
    problems = [*findings.unfinished, *findings.dropped, *findings.broken]
    lines = [
        f"{asked.people} people, {asked.browsers} of them at real browsers, {seconds / 60:.1f} minutes. {on}. The"
        " people's own work, browsers included, was done on the same cores.",
        "",
        "| seconds | times | median | 95 % within | longest |",
        "|---|--:|--:|--:|--:|",
        *(_times(what, values) for what, values in sorted(findings.seconds.items())),
        _times("all page views", findings.page_views),
        "",
        f"- Runs finished: {findings.finished}; not: {len(findings.unfinished)}. Events lost: {findings.lost_events}."
        f" Sessions dropped: {len(findings.dropped)}. Pages that failed: {len(findings.broken)}.",
        f"- Fairness, slowest over fastest training from click to end: {totals[-1] / totals[0]:.2f}." if totals else "",
        f"- Targets missed: {'; '.join(missed) or 'none'}.",
        *(f"- {problem}" for problem in sorted(set(problems))[:10]),
        "",
        "| process | MB before | at most | after | growth while all were there | CPU seconds | of one core |",
        "|---|--:|--:|--:|--:|--:|--:|",
        *(_process(kind, memory, before, after, seconds, grown.get(kind)) for kind in sorted(after)),
    ]
    return "\n".join(lines)


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
    kind: str, memory: Memory, before: dict[str, Usage], after: dict[str, Usage], seconds: float, growth: float | None
) -> str:
    first, last = before.get(kind, Usage(0, 0)), after[kind]
    cpu = last.cpu_seconds - first.cpu_seconds
    grown = "" if growth is None else f"{growth:+.1%}"
    most = memory.highest(kind) if memory.samples else last.megabytes
    sizes = f"{first.megabytes:.0f} | {most:.0f} | {last.megabytes:.0f}"
    return f"| {kind} | {sizes} | {grown} | {cpu:.0f} | {cpu / seconds:.0%} |"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--browsers", type=int, default=browsers.COUNT, help="of them at a real Chromium: 0 or 3")
    parser.add_argument("--minutes", type=float, default=0.0, help="people come back until then; 0: each comes once")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the report as Markdown too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
