"""A Chromium for the tests: the one that is there, else Debian's by apt-get where it may, else Playwright's own.

`make test` prefers Chromium's headless shell: the same engine without the windows around it, which cost a quarter of a
page's processor time. `make proof` takes the whole browser.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

SHELL = "chromium-headless-shell"
WHOLE = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
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


def installed_chromium(whole: bool = False) -> str | None:
    """Path of the system's own; None: Playwright's own is meant."""
    names = WHOLE if whole else (SHELL, *WHOLE)
    return next((path for name in names if (path := shutil.which(name))), None)


def main() -> int:
    """Install what is missing of the two."""
    packages = [SHELL] * (not shutil.which(SHELL)) + [WHOLE[0]] * (not installed_chromium(whole=True))
    if packages and shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        for package in packages:
            subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], check=False)
    if installed_chromium(whole=True):
        return 0
    return subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
