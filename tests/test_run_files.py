"""Laws of the routes that a run is taken home by, and opened again: who may, what is answered, what stays behind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from asgi import Answer, Browser, browser_of, in_use
from conftest import QUICK, synthetic_digits
from exports import contents_of, finished_run, packed_again, under_another_name, with_json, zipped

from autoencoder.data.archive import write_archive
from autoencoder.data.dataset import load_dataset, read_dataset
from autoencoder.data.own import add_dataset, delete_dataset, own_datasets
from autoencoder.engine.service import TrainingService
from autoencoder.export.aside import MADE
from autoencoder.runs.limits import Limits
from autoencoder.runs.run import hashed
from autoencoder.runs.store import RunStore
from server import aside, exports
from server.addresses import UPLOADS_URL, exports_url

ANN, BEN = "a" * 32, "b" * 32


@pytest.fixture
def service(store: RunStore) -> Iterator[TrainingService]:
    with in_use(TrainingService(store, Limits(runs=2))) as service:
        yield service


@pytest.fixture
def elsewhere(tmp_path: Path) -> RunStore:
    """Another installation, where a run was taken home."""
    return RunStore(tmp_path / "elsewhere")


def sent(who: Browser, path: Path) -> dict[str, Any]:
    """What the server says to a file that is sent to be opened."""
    upload = said(who.ask("POST", f"/{UPLOADS_URL}?name={path.name}", path.read_bytes()))["upload"]
    return said(who.ask("POST", f"/{UPLOADS_URL}/{upload}?lang=es", b'{"action": "open"}'))


def said(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.text)
    return found


class TestTakenHome:
    def test_an_export_is_made_once_and_sent_as_a_file_with_a_name(
        self, service: TrainingService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = finished_run(service.store)
        answer = browser_of(ANN).get(f"{exports_url(run.id)}csv")
        assert answer.status == 200
        assert answer.content.startswith(b"digit,label")
        assert answer.header("content-type").startswith("text/csv")
        assert 'filename="my-run-codes.csv"' in answer.header("content-disposition")
        monkeypatch.setattr(exports, "done_aside", None)  # it is not asked again
        assert browser_of(BEN).get(f"{exports_url(run.id)}csv").content == answer.content
        assert [path.name[:6] for path in (service.store.folder / ".exports").iterdir()] == ["a-run-"]
        assert [each.id for each in service.runs()[0]] == [run.id], "what is kept there is no run"

    def test_why_not_is_said_in_the_readers_language(self, service: TrainingService) -> None:
        run = finished_run(service.store)
        service.store.drop_frames(run.id, after=0)
        assert "no guardó mapas" in said(browser_of(ANN).get(f"{exports_url(run.id)}animation?lang=es"))["error"]
        assert "no export called" in browser_of(ANN).get(f"{exports_url(run.id)}everything").text
        assert browser_of(ANN).get(f"{exports_url('no-run')}csv").status == 404
        service.store.save(replace(run, measures=None, status="stopped"))
        assert "has not ended with weights" in browser_of(ANN).get(f"{exports_url(run.id)}csv").text

    def test_one_at_a_time_for_each_visitor(self, service: TrainingService, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever asks for many would else hold up what others have sent."""
        run, asked = finished_run(service.store), asyncio.Event()

        async def slow(_module: str, folder: Path, *_: object) -> dict[str, Any]:
            asked.set()
            await asyncio.sleep(0)
            (folder / MADE).write_text("made")
            return {}

        async def two() -> tuple[Answer, Answer, Answer]:
            first = asyncio.ensure_future(browser_of(ANN).answer("GET", f"{exports_url(run.id)}csv"))
            await asked.wait()
            second = await browser_of(ANN).answer("GET", f"{exports_url(run.id)}parquet")
            other = await browser_of(BEN).answer("GET", f"{exports_url(run.id)}script")
            return await first, second, other

        monkeypatch.setattr(exports, "done_aside", slow)
        first, second, other = asyncio.run(two())
        assert (first.status, second.status, other.status) == (200, 503, 200)
        assert "still being made" in second.text

    def test_where_it_cannot_be_made_that_is_what_is_said(
        self, service: TrainingService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """And not that a file which was sent could not be read."""
        monkeypatch.setattr(aside, "PYTHON", ("true",))  # a process that ends without an answer
        run = finished_run(service.store)
        assert "could not be made" in browser_of(ANN).get(f"{exports_url(run.id)}csv").text

    def test_images_are_given_to_whoever_added_them_alone(self, service: TrainingService) -> None:
        own = add_dataset(load_dataset(QUICK.dataset), "Mine", hashed(ANN), "mine.npz")
        run = finished_run(service.store, training=replace(QUICK, dataset=own.id))
        refused = browser_of(BEN).get(f"{exports_url(run.id)}zip?images=1")
        assert refused.status == 403
        assert "Only whoever added these images" in refused.text

    def test_other_sites_cannot_have_one_made(self, service: TrainingService) -> None:
        run = finished_run(service.store)
        assert browser_of(ANN).get(f"{exports_url(run.id)}csv", origin="https://elsewhere.example").status == 403


class TestOpened:
    def test_a_file_opens_as_a_run_of_whoever_sent_it_with_its_images(
        self, service: TrainingService, elsewhere: RunStore, tmp_path: Path
    ) -> None:
        write_archive(tmp_path / "other.npz", **dict(zip(("images", "labels"), synthetic_digits(80, 3), strict=True)))
        own = add_dataset(read_dataset(tmp_path / "other.npz", "other"), "Letters", "somebody", "mine.npz")
        run = finished_run(elsewhere, training=replace(QUICK, dataset=own.id))
        path = zipped(elsewhere, run, tmp_path / "run.zip", with_images=True)
        delete_dataset(own.id, "somebody")
        opened = service.run(sent(browser_of(ANN), path)["run"])
        assert under_another_name(opened) == under_another_name(run)
        assert opened.owner == hashed(ANN)
        assert own.id in [each.id for each in own_datasets(hashed(ANN))]
        assert len(load_dataset(own.id)) == 80

    def test_what_is_no_run_is_refused_in_the_readers_language_and_leaves_nothing(
        self, service: TrainingService, elsewhere: RunStore, tmp_path: Path
    ) -> None:
        files = contents_of(zipped(elsewhere, finished_run(elsewhere), tmp_path / "run.zip"))
        files["run/run.json"] = with_json(files["run/run.json"], status="training")
        refused = sent(browser_of(ANN), packed_again(tmp_path / "x.zip", files))
        assert "no ha terminado" in refused["error"]
        assert service.runs() == ([], {})

    def test_it_counts_against_the_limits_of_its_person(
        self, service: TrainingService, elsewhere: RunStore, tmp_path: Path
    ) -> None:
        """Named runs are kept, so there is no room for a third."""
        for name in ("one", "two"):
            service.store.save(replace(finished_run(service.store, run_id=name), owner=hashed(ANN)))
        path = zipped(elsewhere, finished_run(elsewhere), tmp_path / "run.zip")
        assert "LIMIT_RUNS" in sent(browser_of(ANN), path)["error"]
        assert "run" in sent(browser_of(BEN), path)
        assert len(service.runs()[0]) == 3
