"""Every page for a screen reader, in both themes, and for the Tab key: axe-core, and where the focus shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe import violations, walk
from playwright.sync_api import BrowserContext, Page, expect
from tabs import Tabs

pytestmark = pytest.mark.slow


def on_train(page: Page) -> None:
    expect(page.get_by_test_id("loss-chart")).to_be_visible()


def before_its_first_loss(page: Page) -> None:
    expect(page.get_by_text("The map appears with the first steps")).to_be_visible()


def with_preferences(page: Page) -> None:
    page.locator(".st-key-preferences button").locator("visible=true").click()
    page.mouse.move(0, 0)  # the button's name, which appears under the pointer, fades away
    expect(page.locator(".lab-theme")).to_be_visible()


def with_the_runs_menu(page: Page) -> None:
    page.locator(".st-key-run-menu button").locator("visible=true").click()
    expect(page.get_by_test_id("stPopoverBody")).to_be_visible()


def with_a_digit_open(page: Page) -> None:
    page.get_by_test_id("card").first.click()
    expect(page.get_by_test_id("neighbours")).to_be_visible()
    page.get_by_test_id("sliders").scroll_into_view_if_needed()


def with_a_panel_open(page: Page) -> None:
    expect(page.locator(".lab-neighbour").first).to_be_visible()


def with_a_digit_drawn(page: Page) -> None:
    page.get_by_test_id("draw").click()
    page.get_by_test_id("pad").focus()
    page.keyboard.press(" ")
    expect(page.get_by_test_id("drawing-nearest").locator("[data-index]")).to_have_count(10)


def in_space(page: Page) -> None:
    expect(page.get_by_test_id("latent-map")).to_be_visible()


def with_curves(page: Page) -> None:
    expect(page.get_by_test_id("curves")).to_have_attribute("aria-label", re.compile("0.0326"))


def at_the_door(page: Page) -> None:
    expect(page.get_by_role("heading", name="Enter the code of this room")).to_be_visible()


PLACES: dict[str, tuple[str, tuple[Callable[[Page], None], ...]]] = {  # an address, and what is looked at there
    "first visit and preferences": ("/train", (on_train, with_preferences)),
    "ended run and its menu": ("/train?run=small-3", (on_train, with_the_runs_menu)),
    "nothing learned yet": ("/train?run=nothing-yet", (before_its_first_loss,)),
    "reconstructions": ("/reconstructions?run=quick-map&pca=1&difference=1", (with_a_digit_open,)),
    "map": ("/latent_space?run=quick-map&digit=3", (with_a_panel_open, with_a_digit_drawn)),
    "map in space": ("/latent_space?run=small-3", (in_space,)),
    "comparison": ("/compare?runs=quick-map,best-map", (with_curves,)),
    "door": ("/enter", (at_the_door,)),
}


DARK = "rgb(20, 23, 27)"  # the paper of the dark theme
NOT_WALKED = ("nothing learned yet", "map in space")  # the same controls as others


def _marked(place: str) -> Any:
    return pytest.param(place, marks=[pytest.mark.proof] if place in NOT_WALKED else [])


@pytest.fixture(scope="module")
def browser(new_context: Callable[..., BrowserContext]) -> Iterator[Tabs]:
    context = new_context(reduced_motion="reduce", color_scheme="light")
    yield Tabs(context)
    context.close()


@pytest.mark.parametrize("place", [_marked(place) for place in PLACES])
def test_axe_finds_nothing_in_our_markup_and_every_focus_shows(browser: Tabs, place: str) -> None:
    address, steps = PLACES[place]
    page = browser.open()
    page.emulate_media(color_scheme="light")
    page.goto(address)
    for step in steps:
        page.emulate_media(color_scheme="light")
        step(page)
        assert violations(page) == []
        if step is steps[0] and place not in NOT_WALKED:
            stops, unseen = walk(page)
            assert "stMain" not in stops
            assert unseen == []
        page.emulate_media(color_scheme="dark")
        expect(page.locator("body, [data-testid=stApp]").last).to_have_css("background-color", DARK)
        assert violations(page, only="color-contrast") == []
    browser.close(page)
