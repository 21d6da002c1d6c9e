"""Tabs of a browser that one test after the other uses: a page costs half where the last one's scripts are compiled."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, ViewportSize

RESTING = "/_stcore/health"  # of the same origin, without a script: the process of the page before serves the next


class Tabs:
    """The tabs of one browser. Cookies and stored settings stay from test to test, what belongs to a tab does not."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self._free: list[Page] = []
        self._size: ViewportSize | None = None

    def open(self, address: str | None = None, size: ViewportSize | None = None) -> Page:
        """A tab at an address of the app, in the browser's usual size or another."""
        page = self._free.pop() if self._free else self.context.new_page()
        self._size = self._size or page.viewport_size
        if size or self._size:
            page.set_viewport_size(size or self._size)  # type: ignore[arg-type]
        if address is not None:
            page.goto(address)
        return page

    def close(self, page: Page) -> None:
        """The end of a test. One that gave its page a script of its own or another theme has closed it itself."""
        if page.is_closed():
            return
        page.unroute_all()
        page.evaluate("sessionStorage.clear()")
        page.goto(RESTING)
        self._free.append(page)
