"""Three of the people sit at real browsers."""

from __future__ import annotations

import shutil
import time

from playwright.sync_api import Page, sync_playwright

from benchmarks.load.room import Findings

COUNT = 3
PATIENCE_MS = 600_000.0  # the machine is as busy as it gets
_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_ARGUMENTS = (
    "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    "--disable-quic",
)  # fmt: skip
_CHART = "[data-testid=monitor]:has([data-testid=status]) [data-testid=loss-chart]"
_FIRST_POINT = f"() => document.querySelector('{_CHART}')?.data?.[1]?.x.length > 0"


def visit(url: str, findings: Findings) -> None:
    """Each opens the app, trains Quick map from the page, waits for its end, and opens its map."""
    with sync_playwright() as playwright:
        path = next((found for name in _NAMES if (found := shutil.which(name))), None)
        browser = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        try:
            pages = [browser.new_context(base_url=url, locale="en-US").new_page() for _ in range(COUNT)]
            for page in pages:
                _start(page, findings)
            for page in pages:
                _see_the_end(page, findings)
        except Exception as problem:
            findings.failed(problem)
        finally:
            browser.close()


def _start(page: Page, findings: Findings) -> None:
    page.set_default_timeout(PATIENCE_MS)
    began = time.perf_counter()
    page.goto("/train")
    start = page.get_by_role("button", name="Start training")
    page.get_by_test_id("monitor").wait_for()
    findings.took("browser: first page drawn", time.perf_counter() - began)
    clicked = time.perf_counter()
    start.click()
    page.wait_for_function(_FIRST_POINT)
    findings.took("browser: click to first loss point drawn", time.perf_counter() - clicked)


def _see_the_end(page: Page, findings: Findings) -> None:
    page.locator(".st-key-results").wait_for()
    status = page.get_by_test_id("status").inner_text()
    findings.ended("finished" if status == "Finished" else status, 0)
    began = time.perf_counter()
    page.get_by_role("link", name="Latent space").first.click()
    page.get_by_test_id("latent-map").wait_for()
    findings.took("browser: map of one's own run drawn", time.perf_counter() - began)
