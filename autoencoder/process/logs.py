"""JSON logs: with AUTOENCODER_LOGS=json all processes write one JSON object a line to standard output.

`python -m autoencoder.process.logs COMMAND …` runs a command whose whole output is turned into such lines, also what is
printed without a logger: TensorFlow's own lines, or the traceback of a crash. Without the variable nothing changes, and
logs look as Streamlit and Dask write them.
"""

from __future__ import annotations

import json
import logging
import logging.config
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

SETTINGS: dict[str, Any] = {  # as logging.config and Dask take them
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "autoencoder.process.logs.JsonLines"}},
    "handlers": {"output": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
    "root": {"level": "INFO", "handlers": ["output"]},
    "loggers": {  # Dask's own choice of levels
        "distributed.client": {"level": "WARNING"},
        "distributed.gc": {"level": "WARNING"},
        "tornado": {"level": "CRITICAL"},
        "tornado.application": {"level": "ERROR"},
        "tensorflow": {"level": "ERROR"},  # warns of each new shape that is compiled, which is what we ask of it
        "uvicorn.access": {"level": "WARNING"},  # a line for each digit that a browser asks for helps nobody
    },
}


class JsonLines(logging.Formatter):
    """{"time", "level", "logger", "process", "message"}, times in UTC; "error" with the stack where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        when = datetime.fromtimestamp(record.created, UTC)
        error = self.formatException(record.exc_info) if record.exc_info else None
        return _line(when, record.levelname.lower(), record.name, record.process, record.getMessage(), error)


def json_wanted() -> bool:
    """Whether the environment asks for JSON logs."""
    return os.environ.get("AUTOENCODER_LOGS") == "json"


def use() -> None:
    """Write JSON logs from now on, if wanted: in this process, and in the Dask processes that it starts.

    Handlers that other libraries have set up before are taken away.
    """
    if not json_wanted():
        return
    os.environ.update(_for_dask())
    logging.config.dictConfig(SETTINGS)
    logging.captureWarnings(True)
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


def main(command: list[str]) -> int:
    """Run a command and return its exit status. SIGTERM and SIGINT are passed on to it."""
    if not json_wanted():
        os.execvp(command[0], command)
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=os.environ | _for_dask(), errors="replace"
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: child.send_signal(number))
    assert child.stdout is not None
    for line in child.stdout:
        if line.strip():
            print(line.rstrip("\n") if _is_ours(line) else _plain(line), flush=True)
    status = child.wait()
    return status if status >= 0 else 128 - status


def _for_dask() -> dict[str, str]:
    return {"DASK_LOGGING": repr(SETTINGS)}


def _is_ours(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _plain(line: str) -> str:
    return _line(datetime.now(UTC), "info", "output", None, line.rstrip(), None)


def _line(when: datetime, level: str, logger: str, process: int | None, message: str, error: str | None) -> str:
    said = {"time": when.isoformat(timespec="milliseconds"), "level": level, "logger": logger, "process": process}
    said |= {"message": message, "error": error}
    return json.dumps({key: value for key, value in said.items() if value is not None}, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
