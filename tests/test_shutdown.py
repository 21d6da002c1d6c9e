"""Shutdown with a connection that never ends: everything is saved, and the process exits all the same."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from cluster import ROOT

_SERVER = """
import os, signal, time
from server import shutdown

def say(words):
    os.write(1, (words + "\\n").encode())  # a whole line at once: two threads speak

for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda number, frame: say("the server waits for its connections"))
shutdown.PATIENCE_SECONDS = 2
shutdown.install(lambda: say("all is kept"))
say("ready")
while True:
    time.sleep(1)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_at_a_signal_all_is_saved_while_the_server_waits_and_then_the_process_ends(number: signal.Signals) -> None:
    server = subprocess.Popen([sys.executable, "-c", _SERVER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    assert server.stdout.readline() == "ready\n"
    server.send_signal(number)
    said, _ = server.communicate(timeout=60)
    assert sorted(said.splitlines()) == ["all is kept", "the server waits for its connections"]
    assert server.returncode == 0
