"""A Chromium for the tests: the one that is there, else Debian's by apt-get where it may, else Playwright's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    # As at many schools: no graphics card and no WebGL, which nothing here asks for.
    "--disable-gpu",
    "--disable-webgl",
    "--disable-3d-apis",
    "--disable-software-rasterizer",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]


def installed_chromium() -> str | None:
    """Path of the system's own; None: Playwright's own is meant."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def main() -> int:
    if installed_chromium():
        return 0
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], check=False)
    if installed_chromium():
        return 0
    return subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
