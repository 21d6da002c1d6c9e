"""`python -m benchmarks`: measure, and print it as tables. Best on a machine that has nothing else to do."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from autoencoder.errors import AutoencoderError
from autoencoder.settings import MNIST
from benchmarks import engine, machine, presets, responsiveness, training_speed
from benchmarks.figures import Effort, Section, table
from benchmarks.process import MeasurementFailed

SECTIONS: dict[str, Callable[[Effort], Section]] = {
    "training": training_speed.measure,
    "engine": engine.measure,
    "waiting": responsiveness.measure,
    "presets": presets.measure,
}


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 all was measured, 1 something could not be, 2 wrong arguments, 130 ended with Ctrl-C."""
    asked = _parser().parse_args(arguments)
    effort, described = Effort(asked.dataset, asked.quick), machine.describe()
    print(machine.sentence(described), flush=True)
    measured: dict[str, object] = {}
    try:
        for name in asked.only or SECTIONS:
            section = SECTIONS[name](effort)
            measured[name] = section.to_json()
            print(f"\n{table(section)}", flush=True)
    except (AutoencoderError, MeasurementFailed) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        if asked.json:
            asked.json.write_text(json.dumps({"machine": described, "sections": measured}, indent=1) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions: about two minutes")
    parser.add_argument("--only", action="append", choices=SECTIONS, help="this part; may be given several times")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single figure too")
    parser.add_argument("--dataset", default=MNIST, help="mnist, or openml:NAME once it was fetched")
    return parser


if __name__ == "__main__":
    sys.exit(main())
