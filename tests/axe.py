"""What axe-core finds on a page in our own markup, and which keyboard focus does not show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

SCRIPT = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
# By rule: where it is Streamlit's own markup that breaks it, and why we leave it.
STREAMLITS = {
    "target-size": ("[data-testid=stMultiSelect] *", "the crosses of chosen tags"),
    "region": ("[data-floating-ui-portal]", "what opens over a page stands at the end of the body"),
    "focus-order-semantics": (
        "[data-testid=stCode], [data-testid=stMultiSelect] [data-tag]",
        "a long line can be scrolled with the keyboard, and a chosen tag removed",
    ),
}
# All rules but those of level AAA, also the experimental ones: among them that a button's name is what it shows.
RUN = """async (only) => {
    const aaa = (rule) => rule.tags.some((tag) => /^wcag\\d*aaa$/.test(tag));
    const rules = axe.getRules().filter((rule) => !aaa(rule) && (!only || rule.ruleId === only));
    const wanted = Object.fromEntries(rules.map((rule) => [rule.ruleId, { enabled: true }]));
    const found = await axe.run(document, {
        resultTypes: ["violations"], rules: wanted, runOnly: { type: "rule", values: Object.keys(wanted) },
    });
    return found.violations.flatMap(({ id, nodes }) => nodes.map(({ target, html, any, all, none }) => ({
        rule: id, target: target.join(" "), html: html.slice(0, 200),
        why: [...any, ...all, ...none].map((check) => check.message).join("; "),
    })));
}"""
STOP_MOTION = "*, *::before, *::after { transition: none !important; animation: none !important; }"
# A ring, a shadow or a border on the focused element or around it; colours alone do not count.
LOOK = """() => {
    const look = (node) => {
        const rings = [];
        for (let i = 0; node && node !== document.body && i < 4; i++, node = node.parentElement) {
            for (const part of [null, "::before", "::after"]) {
                const { outlineStyle, outlineWidth, boxShadow, borderColor } = getComputedStyle(node, part);
                rings.push(outlineStyle === "none" ? "" : outlineWidth, boxShadow, borderColor);
            }
        }
        return rings.join();
    };
    const before = window.labFocused;
    const at = document.activeElement;
    window.labFocused = { node: at, look: look(at), said: at.outerHTML.slice(0, 200) };
    const unseen = before && before.node !== at && look(before.node) === before.look;
    return { at: at.dataset.testid ?? at.tagName, unseen: unseen ? before.said : null, end: at === document.body };
}"""


def violations(page: Page, only: str | None = None) -> list[str]:
    """A line for each element of ours that breaks a rule; `only`: of this rule."""
    page.evaluate(SCRIPT)
    return [f"{found['rule']}: {found['html']} ({found['why']})" for found in _found(page, only)]


def _found(page: Page, only: str | None) -> Iterator[dict[str, Any]]:
    for found in page.evaluate(RUN, only):
        where, _why = STREAMLITS.get(found["rule"], ("", ""))
        if not where or not page.locator(found["target"]).first.evaluate("(node, at) => node.matches(at)", where):
            yield found


def walk(page: Page, most: int = 70) -> tuple[list[str], list[str]]:
    """Press Tab from the top of the page on: each stop by its test id or tag, and what shows no focus."""
    page.add_style_tag(content=STOP_MOTION)
    page.evaluate("() => { document.activeElement?.blur(); window.labFocused = null; }")
    stops, unseen = [], []
    for _ in range(most):
        page.keyboard.press("Tab")
        seen = page.evaluate(LOOK)
        if seen["unseen"]:
            unseen.append(seen["unseen"])
        if seen["end"]:
            break
        stops.append(seen["at"])
    return stops, unseen
