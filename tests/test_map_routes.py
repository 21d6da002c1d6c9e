"""The routes of the map while a run learns on, and while a whole room opens maps."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asgi import Answer, Browser
from conftest import CROWD, QUICK, SMALL, TINY, install, random_weights, synthetic_digits
from scipy.spatial.distance import pdist
from starlette.applications import Starlette
from zict import LRU

from autoencoder.analysis.latent_space import LatentSpace, LazyLatentSpace, latent_space
from autoencoder.data.dataset import load_dataset
from autoencoder.engine.service import TrainingService
from autoencoder.network.dense import DenseAutoencoder
from autoencoder.network.protocol import Array
from autoencoder.runs.history import History
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from autoencoder.training.records import Checkpoint, EpochRecord, Frame
from server import digits, latent_map, snapshots, state, tsne
from server.addresses import digits_url, pixel_map_url
from server.middleware import middleware
from server.routes import routes
from server.snapshots import snapshot_of

ME = "the-secret-of-the-browser-that-started-it"
GOING = "under-way"
FIRST, SECOND = random_weights(SMALL, 1), random_weights(SMALL, 2)
ROOM = 40  # maps asked for at once: more than the threads that answer everything else
PATIENCE = 60.0  # seconds


@pytest.fixture
def service(store: RunStore) -> Iterator[TrainingService]:
    service = TrainingService(store)
    state.use(service)
    yield service
    service.close()
    state.use(None)


@pytest.fixture
def browser() -> Browser:
    return Browser(Starlette(routes=routes(), middleware=middleware()))


def learned(store: RunStore, weights: tuple[Array, ...], epoch: float, run_id: str = GOING) -> None:
    store.save(Run(run_id, SMALL, QUICK, status="training", epoch=epoch))
    store.save_checkpoint(run_id, Checkpoint(weights=weights))


def read_bundle(bundle: bytes) -> dict[str, Array]:
    """The arrays of 16-bit steps, as the browser reads them."""
    content = gzip.decompress(bundle)
    content = content[4 + int.from_bytes(content[:4], "little") :]
    arrays = {}
    for array in header_of(bundle)["arrays"]:
        steps = np.frombuffer(content, array["dtype"], int(np.prod(array["shape"])), array["offset"])
        low, high = np.array(array["low"]), np.array(array["high"])
        arrays[array["name"]] = low + steps.reshape(array["shape"]) / 65_535 * (high - low)
    return arrays


def header_of(bundle: bytes) -> dict[str, Any]:
    content = gzip.decompress(bundle)
    header: dict[str, Any] = json.loads(content[4 : 4 + int.from_bytes(content[:4], "little")])
    return header


def first_layer_of(decoder: bytes) -> Array:
    """The kernel that a bundle begins with."""
    assert header_of(decoder)["arrays"][0]["name"] == "weights_0"
    return first_array_of(decoder)


def first_array_of(bundle: bytes) -> Array:
    """Of 32-bit numbers."""
    content = gzip.decompress(bundle)
    start = 4 + int.from_bytes(content[:4], "little")
    entry = header_of(bundle)["arrays"][0]
    return np.frombuffer(content, np.float32, np.prod(entry["shape"]), start + entry["offset"]).reshape(entry["shape"])


def synthetic_codes() -> Array:
    """(10, 2): of the ten digits that the tiny set holds out."""
    return np.random.default_rng(3).normal(size=(10, 2)).astype(np.float32)


def decoder_of(answer: Answer) -> Array:
    assert answer.status == 200
    return first_layer_of(answer.content)


def test_digits_that_were_replaced_have_other_addresses_and_the_old_ones_are_gone(
    browser: Browser, data_home: Path
) -> None:
    name = "openml:replaced"
    install(data_home, name, *synthetic_digits(30))
    old = load_dataset(name)
    images, labels = browser.get(digits_url(old, "images")), browser.get(digits_url(old, "labels", 3, 5))
    assert gzip.decompress(images.content) == old.images.tobytes()
    assert gzip.decompress(labels.content) == old.labels[3:8].tobytes()
    assert all("immutable" in answer.header("cache-control") for answer in (images, labels))
    install(data_home, name, old.images, 9 - old.labels)
    for url in (digits_url(old, "images", 1), digits_url(old, "labels"), pixel_map_url(old, "pca")):
        answer = browser.get(url)
        assert (answer.status, answer.header("cache-control")) == (404, "")
        assert "Reload the page" in answer.text
    assert gzip.decompress(browser.get(digits_url(load_dataset(name), "labels")).content) == (9 - old.labels).tobytes()


def test_whatever_ranges_are_asked_for_a_digit_is_compressed_once(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = load_dataset(CROWD)
    blocks: list[int] = []
    deflated = digits._deflated

    def counted(content: bytes) -> bytes:
        blocks.append(len(content) // 784)
        return deflated(content)

    monkeypatch.setattr(digits, "_deflated", counted)
    for start in (9_500, 9_000, 9_001, 9_120, 8_990):
        answer = browser.get(digits_url(dataset, "images", start))
        assert gzip.decompress(answer.content) == dataset.images[start:].tobytes()
    whole = [rows for rows in blocks if rows == digits.BLOCK]
    assert len(whole) == 1_500 // digits.BLOCK


def test_requests_that_were_given_up_hold_nobody_up(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred ranges that nobody waits for any more, and then what somebody else asks for."""
    dataset, under_way, free, made = load_dataset(CROWD), threading.Event(), threading.Event(), []
    rows = digits.compressed_rows

    def slow(name: str, fingerprint: str, array: str, start: int, count: int | None) -> list[bytes]:
        made.append(start)
        if len(made) <= 2:  # in each thread one
            under_way.set()
            free.wait(PATIENCE)
        return rows(name, fingerprint, array, start, count)

    monkeypatch.setattr(digits, "compressed_rows", slow)

    async def attack() -> Answer:
        given_up = [browser.give_up(digits_url(dataset, "images", n), under_way) for n in range(100)]
        await asyncio.gather(*given_up)
        others = digits_url(load_dataset(TINY), "labels")
        other = asyncio.create_task(Browser(browser.app, "10.0.0.2").answer("GET", others))
        free.set()
        return await asyncio.wait_for(other, PATIENCE)

    assert asyncio.run(attack()).status == 200
    assert len(made) <= 2 + 1


def test_what_a_page_shows_of_a_run_under_way_is_of_one_moment(
    service: TrainingService, store: RunStore, browser: Browser
) -> None:
    first, second = (weights[2 * (SMALL.depth + 1)] for weights in (FIRST, SECOND))
    with store.claim(GOING):
        learned(store, FIRST, epoch=1.0)
        page = snapshot_of(service.run(GOING))
        learned(store, SECOND, epoch=5.0)
        other_page = snapshot_of(service.run(GOING))
        assert browser.get(f"/api/runs/{GOING}/map?axes=&at={other_page}").status == 200
        np.testing.assert_array_equal(decoder_of(browser.get(f"/api/runs/{GOING}/decoder?at={page}")), first)
        np.testing.assert_array_equal(decoder_of(browser.get(f"/api/runs/{GOING}/decoder?at={other_page}")), second)
        np.testing.assert_array_equal(decoder_of(browser.get(f"/api/runs/{GOING}/decoder")), second)
        np.testing.assert_array_equal(decoder_of(browser.get(f"/api/runs/{GOING}/encoder?at={page}")), FIRST[0])


def test_an_error_is_judged_beside_those_of_the_digits_that_were_held_out(
    service: TrainingService, store: RunStore, browser: Browser
) -> None:
    run = Run("judged", SMALL, QUICK, status="finished", epoch=2.0)
    store.save(run)
    store.save_weights(run.id, FIRST)
    dataset = load_dataset(QUICK.dataset)
    expected = np.sort(latent_space(store.model_of(run), dataset).errors[dataset.held_out])
    found = first_array_of(browser.get(f"/api/runs/{run.id}/errors").content)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_room_that_looks_at_runs_under_way_never_gets_two_moments_of_one(
    service: TrainingService, store: RunStore, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of more networks than are kept the map is either of the page's moment, or the page is told to ask again."""
    monkeypatch.setattr(snapshots, "_kept", LRU(2, {}))
    run_ids = [f"{GOING}-{n}" for n in range(4)]
    with ExitStack() as claims:
        for seed, run_id in enumerate(run_ids):
            claims.enter_context(store.claim(run_id))
            learned(store, random_weights(SMALL, 10 + seed), epoch=1.0, run_id=run_id)
        pages = {run_id: snapshot_of(service.run(run_id)) for run_id in run_ids}
        for run_id, page in pages.items():  # not kept any more, but the run has not learned on
            assert snapshots.is_kept(run_id, page)
        assert browser.get(f"/api/runs/{run_ids[1]}/map?axes=&at={pages[run_ids[1]]}").status == 200
        assert all(snapshots.is_kept(run_id, pages[run_id]) for run_id in run_ids[2:])
        for run_id in run_ids:
            learned(store, SECOND, epoch=5.0, run_id=run_id)
        asked = [run_ids[n] for n in (0, 2, 3, 1)]  # of the last a map is drawn: it still has its decoder
        answers = [browser.get(f"/api/runs/{run_id}/decoder?at={pages[run_id]}") for run_id in asked]
    assert [answer.status for answer in answers] == [409, 200, 200, 200]
    assert json.loads(answers[0].content)["error"].startswith("Run under-way-0 has gone on learning since.")


def test_a_room_passes_its_digits_through_the_networks_by_turns(
    service: TrainingService, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty may open their maps at the same moment, each in a thread of its own page."""
    at_once, most, lock = 0, 0, threading.Lock()

    def slowly(through: Callable[..., Array]) -> Callable[..., Array]:
        def passed(*of: Any) -> Array:
            nonlocal at_once, most
            with lock:
                at_once += 1
                most = max(most, at_once)
            time.sleep(0.02)
            with lock:
                at_once -= 1
            return through(*of)

        return passed

    monkeypatch.setattr(DenseAutoencoder, "encode", slowly(DenseAutoencoder.encode))
    monkeypatch.setattr(DenseAutoencoder, "errors", slowly(DenseAutoencoder.errors))
    run_ids = [f"crowd-{n}" for n in range(8)]
    with ExitStack() as claims, ThreadPoolExecutor(len(run_ids)) as people:
        for seed, run_id in enumerate(run_ids):
            claims.enter_context(store.claim(run_id))
            learned(store, random_weights(SMALL, 30 + seed), epoch=1.0, run_id=run_id)
        spaces = list(
            people.map(lambda run_id: snapshots.latent_space_at(run_id, snapshot_of(service.run(run_id))), run_ids)
        )
        errors = list(people.map(lambda space: space.errors.tobytes(), spaces))
    assert len(set(errors)) == len(run_ids)
    assert most == snapshots.PASSES


def test_a_map_that_is_known_does_not_wait_for_a_room_at_runs_that_learn(
    service: TrainingService, store: RunStore, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(Run("ended", SMALL, QUICK, status="finished", epoch=2.0))
    store.save_weights("ended", FIRST)
    store.save_space("ended", LatentSpace(np.zeros((70_000, 2), np.float32), np.zeros(70_000, np.float32)))
    under_way, free = threading.Event(), threading.Event()

    def slow(*of: Any, **more: Any) -> LazyLatentSpace:
        under_way.set()
        assert free.wait(PATIENCE)
        return LazyLatentSpace(*of, **more)

    monkeypatch.setattr(snapshots, "LazyLatentSpace", slow)

    async def workshop() -> int:
        maps = [asyncio.create_task(browser.answer("GET", f"/api/runs/{GOING}/map?axes={n},0")) for n in range(ROOM)]
        await asyncio.to_thread(under_way.wait, PATIENCE)
        known = browser.answer("GET", "/api/runs/ended/map?axes=")
        try:
            return (await asyncio.wait_for(known, PATIENCE / 4)).status
        finally:
            free.set()
            await asyncio.gather(*maps, return_exceptions=True)

    with store.claim(GOING):
        learned(store, random_weights(SMALL, 40), epoch=1.0)
        assert asyncio.run(workshop()) == 200


def test_an_address_of_a_moment_that_never_was_says_that_the_run_has_learned_on(
    store: RunStore, service: TrainingService, browser: Browser
) -> None:
    with store.claim(GOING):
        learned(store, FIRST, epoch=1.0)
        unknown, misspelt = f"{'0' * 16}-live", f"{'x' * 40}-live"
        assert browser.get(f"/api/runs/{GOING}/decoder?at={unknown}").status == 409
        np.testing.assert_array_equal(
            decoder_of(browser.get(f"/api/runs/{GOING}/decoder?at={misspelt}")), FIRST[2 * (SMALL.depth + 1)]
        )


def test_a_moment_of_one_run_is_none_of_another(store: RunStore, service: TrainingService, browser: Browser) -> None:
    with store.claim(GOING), store.claim("another"):
        learned(store, FIRST, epoch=1.0)
        learned(store, random_weights(SMALL, 20), epoch=1.0, run_id="another")
        theirs = snapshot_of(service.run("another"))
        assert browser.get(f"/api/runs/{GOING}/decoder?at={theirs}").status == 409


def test_a_replay_on_the_page_of_a_run_that_has_ended_meanwhile_is_not_of_the_pages_decoder(
    store: RunStore, service: TrainingService, browser: Browser
) -> None:
    with store.claim(GOING):
        learned(store, FIRST, epoch=1.0)
        page = snapshot_of(service.run(GOING))
        store.save_frame(GOING, Frame(2.0, synthetic_codes(), np.zeros((16, 784), np.uint8)))
    done = Run(GOING, SMALL, QUICK, status="finished", epoch=2.0)
    store.save(done)
    store.save_weights(GOING, SECOND)
    assert header_of(browser.get(f"/api/runs/{GOING}/frames?at={page}").content)["live"] is None
    assert header_of(browser.get(f"/api/runs/{GOING}/frames?at={snapshot_of(done)}").content)["live"] == 2.0


def test_codes_are_arranged_of_runs_that_have_ended_only(
    store: RunStore, service: TrainingService, browser: Browser
) -> None:
    with store.claim(GOING):
        learned(store, FIRST, epoch=1.0)
        for part in ("map", "codes", "neighbours"):
            answer = browser.get(f"/api/runs/{GOING}/tsne/{part}")
            assert (answer.status, answer.header("cache-control")) == (400, "")


def test_what_its_map_asks_of_files_is_read_beside_the_event_loop(
    store: RunStore, service: TrainingService, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(Run(GOING, SMALL, QUICK, status="finished", epoch=2.0))
    store.save_weights(GOING, FIRST)
    store.save_tsne(GOING, synthetic_codes())
    readers = []

    def read(run: Run) -> str:
        readers.append(threading.current_thread())
        return snapshot_of(run)

    monkeypatch.setattr(tsne, "snapshot_of", read)
    for part in ("map", "codes", "neighbours"):
        assert browser.get(f"/api/runs/{GOING}/tsne/{part}").status == 200
    assert len(readers) == 3
    assert threading.current_thread() not in readers  # here the event loop runs


@pytest.mark.parametrize(("patience", "live"), [(None, 3.0), (2, 1.0)])
def test_a_replay_knows_which_of_its_maps_is_of_the_weights_that_were_kept(
    service: TrainingService, store: RunStore, browser: Browser, patience: int | None, live: float
) -> None:
    run = Run(
        f"ended-{patience or 0}", SMALL, replace(QUICK, epochs=3, patience=patience), status="finished", epoch=3.0
    )
    store.save(run)
    store.save_weights(run.id, FIRST)
    losses = {1: 0.05, 2: 0.06, 3: 0.07}
    store.save_history(run.id, History([], [EpochRecord(e, 0.04, held_out, 1.0) for e, held_out in losses.items()]))
    for epoch in losses:
        store.save_frame(
            run.id, Frame(float(epoch), np.full((10, 2), epoch, np.float32), np.zeros((16, 784), np.uint8))
        )
    header = header_of(browser.get(f"/api/runs/{run.id}/frames?axes=pca&at={snapshot_of(run)}").content)
    assert (header["epochs"], header["live"]) == ([1, 2, 3], live)


class TestReplay:
    """Of a run with eight dimensions; its codes at two epochs."""

    CODES = np.random.default_rng(0).normal(size=(2, 10, 8)).astype(np.float32)

    def frames(self, store: RunStore, browser: Browser, axes: str, kept: bool = True) -> Array:
        architecture = replace(SMALL, latent_dim=8)
        run = Run("kept" if kept else "unkept", architecture, replace(QUICK, epochs=2), status="finished", epoch=2.0)
        store.save(run)
        store.save_weights(run.id, random_weights(architecture))
        for epoch, codes in enumerate(self.CODES, 1):
            pictures = np.zeros((16, 784), np.uint8)
            store.save_frame(run.id, Frame(epoch, codes[:, :2], pictures, codes if kept else None))
        answer = browser.get(f"/api/runs/{run.id}/frames?axes={axes}&at={snapshot_of(run)}")
        assert answer.status == 200, answer.content
        return read_bundle(answer.content)["codes"]

    @pytest.mark.parametrize(("axes", "chosen"), [("0,1", [0, 1]), ("7,2", [7, 2]), ("4,0,5", [4, 0, 5])])
    def test_on_any_axes_is_of_the_codes_themselves(
        self, service: TrainingService, store: RunStore, browser: Browser, axes: str, chosen: list[int]
    ) -> None:
        np.testing.assert_allclose(self.frames(store, browser, axes), self.CODES[:, :, chosen], atol=2e-4)

    def test_on_the_principal_axes_is_of_the_maps_turned_as_a_whole(
        self, service: TrainingService, store: RunStore, browser: Browser
    ) -> None:
        moved = self.frames(store, browser, "pca")
        for seen, codes in zip(moved, self.CODES, strict=True):
            np.testing.assert_allclose(pdist(seen), pdist(codes[:, :2]), atol=2e-3)

    def test_of_codes_that_were_not_kept_there_is_none(
        self, service: TrainingService, store: RunStore, browser: Browser
    ) -> None:
        assert self.frames(store, browser, "pca", kept=False).shape == (2, 10, 2)
        answer = browser.get(f"/api/runs/unkept/frames?axes=0,1&at={snapshot_of(service.run('unkept'))}")
        assert answer.status == 400
        assert b"only the map on the principal axes was kept" in answer.content


def test_presets_trained_anew_have_another_address(store: RunStore, tmp_path: Path) -> None:
    other = RunStore(tmp_path / "other")
    for each, weights in ((store, FIRST), (other, SECOND)):
        each.save(Run("quick-map", SMALL, QUICK, status="finished", epoch=2.0))
        each.save_weights("quick-map", weights)
    assert store.mark("quick-map") != other.mark("quick-map")
    assert store.mark("a-run") == ""  # its id is its own


@pytest.mark.parametrize("part", ["map", "codes", "decoder", "encoder", "errors", "neighbours"])
def test_what_will_never_change_is_kept_for_good_and_what_learns_on_is_not(
    service: TrainingService, store: RunStore, browser: Browser, part: str
) -> None:
    done = Run("done", SMALL, QUICK, status="finished", epoch=2.0)
    store.save(done)
    store.save_weights(done.id, FIRST)
    kept = browser.get(f"/api/runs/{done.id}/{part}?at={snapshot_of(done)}")
    assert kept.header("cache-control") == "private, max-age=31536000, immutable"
    with store.claim(GOING):
        learned(store, FIRST, epoch=1.0)
        assert browser.get(f"/api/runs/{GOING}/{part}").header("cache-control") == "no-store"


def test_a_command_does_not_wait_for_a_room_that_opens_maps(
    service: TrainingService, store: RunStore, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = service.start(SMALL, QUICK, owner=ME)
    store.save_checkpoint(run.id, Checkpoint(weights=FIRST))
    browser.cookies["lab_owner"] = ME
    under_way, free = threading.Event(), threading.Event()

    def slow(*_: object) -> None:
        under_way.set()
        free.wait(PATIENCE)

    monkeypatch.setattr(latent_map, "latent_space_at", slow)

    async def workshop() -> int:
        maps = [asyncio.create_task(browser.answer("GET", f"/api/runs/{run.id}/map?axes={n},0")) for n in range(ROOM)]
        await asyncio.to_thread(under_way.wait, PATIENCE)
        await asyncio.sleep(0.2)  # all of them have been asked for
        pause = browser.answer("POST", f"/api/runs/{run.id}/commands", json.dumps({"action": "pause"}).encode())
        try:
            return (await asyncio.wait_for(pause, PATIENCE / 4)).status
        finally:
            free.set()
            await asyncio.gather(*maps, return_exceptions=True)

    assert asyncio.run(workshop()) == 200
    assert service.run(run.id).status == "paused"
