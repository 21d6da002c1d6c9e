"""The benchmarks cannot rot: the table says what was measured, and every part runs, on a few digits. No wall-clock
times are asserted."""

import json
import math
from pathlib import Path

import pytest
from conftest import CROWD, TINY

from autoencoder.presets import PRESETS
from benchmarks.__main__ import SECTIONS, main
from benchmarks.figures import Figure, Section, Target, pairwise, table
from benchmarks.process import Measured, Measurement, MeasurementFailed
from benchmarks.training_speed import flops_per_digit

HERE = {"PYTHONPATH": str(Path(__file__).parent)}  # where a new process finds the measurements of this file


def test_a_line_shows_median_spread_target_and_their_ratio_and_gives_no_verdict():
    speed = Figure("ours", (6.0, 4.0, 5.5), "×", Target(5, at_least=True), beside="plain fit")
    wait = Figure("pause", (0.25,), "s", Target(1))
    title, method, blank, headings, first, second = table(Section("Speed", "In turns.", (speed, wait))).splitlines()
    assert (title, method, blank) == ("Speed", "In turns.", "")
    assert headings.split() == ["median", "lowest–highest", "unit", "target", "of", "target"]
    assert first.split() == ["ours", "5.5", "4–6", "×", "≥", "5", "1.10", "plain", "fit"]
    assert second.split() == ["pause", "0.25", "s", "≤", "1", "0.25"]
    assert first.index("≥") == second.index("≤")


def test_columns_that_nothing_fills_are_left_out():
    lines = table(Section("Sizes", "Counted.", (Figure("frames", (12345.0,), "kB"),))).splitlines()
    assert lines[-2].split() == ["median", "unit"]
    assert lines[-1].split() == ["frames", "12,345", "kB"]


def test_ratios_are_taken_within_a_round():
    assert pairwise((2.0, 30.0), (1.0, 10.0)) == (2.0, 3.0)
    with pytest.raises(ValueError, match="shorter"):
        pairwise((2.0, 30.0), (1.0,))


def test_the_arithmetic_of_a_step_is_that_of_its_matrix_products():
    weights = 784 * 256 + 256 * 128 + 128 * 64 + 64 * 8 + 8 * 64 + 64 * 128 + 128 * 784
    assert flops_per_digit(PRESETS["course-8d"].architecture) == 6 * weights - 2 * 784 * 256


def counting(start: int) -> Measurement:
    """A measurement of its own for the tests: what is printed on the way is no answer."""
    print("noise")
    yield {"ready": 1.0}
    for i in range(start, start + 2):
        print("noise")
        yield {"value": float(i)}


def failing() -> Measurement:
    raise RuntimeError("no such library")
    yield {}


def test_a_measurement_runs_in_a_process_of_its_own_and_answers_when_asked():
    with Measured(counting, HERE, start=7) as process:
        assert process.ready == {"ready": 1.0}
        assert [process.measure(), process.measure()] == [{"value": 7.0}, {"value": 8.0}]
        with pytest.raises(MeasurementFailed, match="status 0"):
            process.measure()


def test_what_ended_a_process_is_told():
    with pytest.raises(MeasurementFailed, match="no such library"):
        Measured(failing, HERE)


@pytest.mark.proof
@pytest.mark.slow
@pytest.mark.parametrize(("name", "digits"), [(name, CROWD if name == "waiting" else TINY) for name in SECTIONS])
def test_every_part_runs_and_writes_its_figures(name, digits, tmp_path, capsys):
    file = tmp_path / "figures.json"
    assert main(["--quick", "--only", name, "--dataset", digits, "--json", str(file)]) == 0
    written = json.loads(file.read_text())
    assert written["machine"]["cores"] >= 1
    assert list(written["sections"]) == [name]
    figures = written["sections"][name]["figures"]
    assert all(math.isfinite(v) and v > 0 for figure in figures for v in figure["values"])
    printed = capsys.readouterr().out
    assert all(figure["name"] in printed for figure in figures)


@pytest.mark.slow
def test_a_part_that_cannot_be_measured_ends_with_a_sentence(capsys):
    assert main(["--quick", "--only", "presets", "--dataset", "openml:nothing-of-the-kind"]) == 1
    assert "not on this machine yet" in capsys.readouterr().err
