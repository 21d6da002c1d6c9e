"""Log lines for machines, from this process and from those it starts."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from cluster import ROOT, background, eventually

from autoencoder.process.logs import JsonLines


def lines(output: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.splitlines()]


def run(code: str, through: bool = True, logs: str = "json") -> subprocess.CompletedProcess[str]:
    command = [*([sys.executable, "-m", "autoencoder.process.logs"] if through else []), sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, env={"AUTOENCODER_LOGS": logs, "PATH": ""}
    )


class TestALine:
    def test_a_line_holds_time_level_logger_process_and_message(self) -> None:
        record = logging.LogRecord("a.b", logging.WARNING, "", 1, "%s\nand “more”", ("one",), None)
        said = json.loads(JsonLines().format(record))
        assert (said["level"], said["logger"], said["message"]) == ("warning", "a.b", "one\nand “more”")
        assert datetime.fromisoformat(said["time"]).timestamp() == pytest.approx(record.created, abs=0.001)
        assert "error" not in said

    def test_the_stack_of_an_error_stays_on_one_line(self) -> None:
        try:
            raise ValueError("what went wrong")
        except ValueError:
            record = logging.LogRecord("a", logging.ERROR, "", 1, "it failed", (), sys.exc_info())
        formatted = JsonLines().format(record)
        assert "\n" not in formatted
        assert "ValueError: what went wrong" in json.loads(formatted)["error"]


class TestACommand:
    def test_printed_text_becomes_a_json_line_and_json_lines_stay_as_they_are(self) -> None:
        done = run("import sys; print('plain'); print('{\"message\": \"ready\"}'); sys.stderr.write('[1]\\n')")
        printed = lines(done.stdout)
        assert sorted(str(line["message"]) for line in printed) == ["[1]", "plain", "ready"]
        assert done.stderr == ""

    @pytest.mark.parametrize(
        ("code", "status"), [("pass", 0), ("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", 137)]
    )
    def test_the_exit_status_of_the_command_is_returned(self, code: str, status: int) -> None:
        assert run(code).returncode == status

    def test_without_the_variable_the_output_is_unchanged(self) -> None:
        done = run("print('plain')", logs="text")
        assert (done.stdout, done.returncode) == ("plain\n", 0)

    def test_sigterm_is_passed_on_to_the_command(self, tmp_path: Path) -> None:
        code = "import signal, time; signal.signal(15, lambda *_: exit(7)); print('up', flush=True); time.sleep(60)"
        log = tmp_path / "log"
        command = (sys.executable, "-m", "autoencoder.process.logs", sys.executable, "-c", code)
        with background(*command, log=log, AUTOENCODER_LOGS="json") as process:
            eventually(lambda: "up" in log.read_text(), timeout=30)
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 7

    def test_dask_logs_json_too(self) -> None:
        code = "import logging, distributed; logging.getLogger('distributed.scheduler').info('here')"
        (said,) = [line for line in lines(run(code).stdout) if line["logger"] == "distributed.scheduler"]
        assert (said["message"], said["level"]) == ("here", "info")


USE = """
import logging, warnings, streamlit.logger
early = streamlit.logger.get_logger("streamlit.early")
import distributed
from autoencoder.process import logs
logs.use()
early.warning("streamlit's")
logging.getLogger("distributed.core").info("dask's")
logging.getLogger("autoencoder.engine.job").info("ours")
warnings.warn("python's")
"""


class TestUse:
    def test_use_sends_all_loggers_to_standard_output(self) -> None:
        done = run(USE, through=False)
        assert done.stderr == ""
        said = {str(line["logger"]): str(line["message"]) for line in lines(done.stdout)}
        assert said.pop("py.warnings").count("python's") == 1
        assert said == {
            "streamlit.early": "streamlit's",
            "distributed.core": "dask's",
            "autoencoder.engine.job": "ours",
        }

    def test_use_changes_nothing_without_the_variable(self) -> None:
        done = run(USE, through=False, logs="text")
        assert "streamlit's" in done.stderr
        assert "{" not in done.stdout + done.stderr
