"""The tests of the ES modules, with the Node that Playwright brings along."""

import subprocess
from pathlib import Path

from playwright._impl._driver import compute_driver_executable


def test_the_javascript_modules_pass_their_own_tests():
    node, _ = compute_driver_executable()
    files = sorted(str(path) for path in (Path(__file__).parent / "js").glob("*.test.mjs"))
    assert files
    done = subprocess.run([node, "--test", *files], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
