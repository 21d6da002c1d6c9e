"""The tests of the ES modules, with the Node that Playwright brings along."""

import json
import subprocess
from pathlib import Path

from js.make_fixtures import FIXTURES, commands_fixture
from playwright._impl._driver import compute_driver_executable


def test_the_javascript_modules_pass_their_own_tests():
    node, _ = compute_driver_executable()
    files = sorted(str(path) for path in (Path(__file__).parent / "js").glob("*.test.mjs"))
    assert files
    done = subprocess.run([node, "--test", *files], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_the_javascript_tests_know_the_commands_of_the_backend():
    written = json.loads((FIXTURES / "commands.json").read_text())
    assert written == json.loads(json.dumps(commands_fixture()))
