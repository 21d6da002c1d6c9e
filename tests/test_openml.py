"""fetch_openml against a real HTTP server on this machine that answers as OpenML does."""

from __future__ import annotations

import gc
import gzip
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import _openml as client
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from autoencoder.__main__ import main
from autoencoder.data import openml
from autoencoder.data.dataset import Dataset, dataset_names, load_dataset
from autoencoder.data.fetch import fetch_openml
from autoencoder.errors import DataUnavailable, InvalidData, StorageError

# scikit-learn says aloud that it tries again; here it always has to
pytestmark = pytest.mark.filterwarnings(
    "ignore:A network error occurred", "ignore:Invalid cache", "ignore:Multiple active versions"
)

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (420, 784), dtype=np.uint8)
LABELS = (np.arange(420) % 10).astype(np.uint8)
CLOTHES = ["Ankle", "Bag", "Coat", "Dress", "Pullover", "Sandal", "Shirt", "Sneaker", "Top", "Trouser"]


@dataclass
class Api:
    """What the stand-in for openml.org knows, and what it was asked."""

    address: str
    answers: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    half_way: threading.Event | None = None  # the data file stops in the middle until this is set

    def publish(self, name: str, rows: np.ndarray, classes: np.ndarray, kind: str = "numeric") -> None:
        """Put a data set up as OpenML does: found by its lower-case name, described, its file in ARFF."""
        pixels = [f"pixel{number + 1}" for number in range(rows.shape[1])]
        lines = [",".join([*map(str, row), str(label)]) for row, label in zip(rows.tolist(), classes, strict=True)]
        header = [
            f"@RELATION {name}",
            *(f"@ATTRIBUTE {pixel} real" for pixel in pixels),
            "@ATTRIBUTE class {x}",
            "@DATA",
        ]
        arff = "\n".join([*header, *lines, ""]).encode()
        about = {
            **{"id": "7", "name": name, "version": "1", "status": "active", "format": "ARFF", "description": "digits"},
            **{"url": f"{self.address}/data/{name}.arff", "md5_checksum": hashlib.md5(arff).hexdigest()},
        }
        columns = [self.column(pixel, kind) for pixel in pixels] + [self.column("class", "nominal", target=True)]
        quality = {"name": "NumberOfInstances", "value": str(len(rows))}
        self.answer_json(
            f"/list/data_name/{name.lower()}/limit/2/status/active/",
            {"data": {"dataset": [{"did": 7, "name": name, "version": 1, "status": "active"}]}},
        )
        self.answer_json("/7", {"data_set_description": about})
        self.answer_json("/features/7", {"data_features": {"feature": columns}})
        self.answer_json("/qualities/7", {"data_qualities": {"quality": [quality]}})
        self.answers[f"/data/{name}.arff"] = arff

    def column(self, name: str, kind: str, target: bool = False) -> dict[str, str]:
        flags = {"is_ignore": "false", "is_row_identifier": "false", "number_of_missing_values": "0"}
        return {"name": name, "data_type": kind, "is_target": "true" if target else "false", **flags}

    def answer_json(self, path: str, content: object) -> None:
        self.answers["/api" + path] = json.dumps(content).encode()


class Handler(BaseHTTPRequestHandler):
    api: Api

    def do_GET(self) -> None:
        self.api.asked.append(self.path)
        content = self.api.answers.get(self.path, self.api.answers.get("*"))
        if content is None:
            self.send_error(412)  # what OpenML says for "no results"
            return
        if content.startswith(b"HTTP "):
            self.send_error(int(content[5:]))
            return
        body = gzip.compress(content, 1)
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.send_slowly(body) if self.path.endswith(".arff") and self.api.half_way else self.wfile.write(body)

    def send_slowly(self, body: bytes) -> None:
        assert self.api.half_way is not None
        self.wfile.write(body[: len(body) // 2])
        self.wfile.flush()
        self.api.half_way.wait(20)
        self.wfile.write(body[len(body) // 2 :])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Api]:
    gc.freeze()  # what is there already needs no look below: that takes a second
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api = Handler.api = Api(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    point_to(api.address, monkeypatch, tmp_path)
    yield api
    server.shutdown()
    server.server_close()
    thread.join()
    gc.collect()  # a connection left open is complained of here, not in some later test
    gc.unfreeze()


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """There is no internet."""
    closed = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    closed.server_close()
    point_to(f"http://127.0.0.1:{closed.server_port}", monkeypatch, tmp_path)


def point_to(address: str, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr(client, "_SEARCH_NAME", address + "/api/list/data_name/{}/limit/2")
    monkeypatch.setattr(client, "_DATA_INFO", address + "/api/{}")
    monkeypatch.setattr(client, "_DATA_FEATURES", address + "/api/features/{}")
    monkeypatch.setattr(client, "_DATA_QUALITIES", address + "/api/qualities/{}")
    monkeypatch.setenv("AUTOENCODER_DATA", str(home))
    monkeypatch.setenv("no_proxy", "*")


def assert_is_published(dataset: Dataset) -> None:
    np.testing.assert_array_equal(dataset.images, IMAGES)
    np.testing.assert_array_equal(dataset.labels, LABELS)
    assert dataset.held_out == slice(360, 420)
    assert not dataset.images.flags.writeable


def test_a_set_is_fetched_once_and_then_known_by_name_without_a_server(api: Api, tmp_path: Path) -> None:
    api.publish("mnist_784", IMAGES, LABELS)
    assert_is_published(fetch_openml())
    asked = len(api.asked)
    api.answers.clear()
    assert_is_published(fetch_openml())
    assert_is_published(load_dataset("openml:mnist_784"))
    assert len(api.asked) == asked
    assert dataset_names() == ["mnist", "openml:mnist_784"]
    assert [path.name for path in tmp_path.iterdir()] == ["mnist_784.npz"], "raw files stay behind"


def test_progress_tells_the_bytes_while_they_arrive_in_the_thread_that_asked(api: Api) -> None:
    api.publish("Fashion-MNIST", IMAGES, LABELS)
    size = len(gzip.compress(api.answers["/data/Fashion-MNIST.arff"], 1))
    api.half_way = threading.Event()
    told: list[int] = []
    threads = set()

    def progress(received: int) -> None:
        told.append(received)
        threads.add(threading.current_thread())
        if size // 4 < received < size * 3 // 4 and api.half_way:
            api.half_way.set()

    assert_is_published(fetch_openml("Fashion-MNIST", progress=progress))
    assert api.half_way.is_set(), f"the download of {size} bytes was not reported before it ended: {told}"
    assert told == sorted(set(told))
    assert size <= told[-1] < size + 20_000
    assert threads == {threading.current_thread()}


def test_another_folder_can_be_named(api: Api, tmp_path: Path) -> None:
    api.publish("Fashion-MNIST", IMAGES, LABELS)
    assert_is_published(fetch_openml("Fashion-MNIST", data_home=tmp_path / "else" / "where"))
    assert (tmp_path / "else" / "where" / "Fashion-MNIST.npz").exists()
    assert dataset_names() == ["mnist"]


def test_a_damaged_copy_is_fetched_again(api: Api, tmp_path: Path) -> None:
    api.publish("Fashion-MNIST", IMAGES, LABELS)
    fetch_openml("Fashion-MNIST")
    (tmp_path / "Fashion-MNIST.npz").write_bytes(b"half")
    assert_is_published(fetch_openml("Fashion-MNIST"))


def test_a_classroom_that_asks_at_once_downloads_once(api: Api) -> None:
    api.publish("Fashion-MNIST", IMAGES, LABELS)
    found: list[Dataset] = []
    threads = [threading.Thread(target=lambda: found.append(fetch_openml("Fashion-MNIST"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(dataset) for dataset in found}) == 1
    assert len(found) == 8
    searches = [path for path in api.asked if "data_name" in path]
    assert len(searches) == 1


def test_classes_with_names_are_numbered_in_their_order(api: Api) -> None:
    api.publish("Clothes", IMAGES, np.array(CLOTHES)[LABELS])
    assert_is_published(fetch_openml("Clothes"))


def test_classes_from_1_to_10_are_numbered_as_numbers(api: Api) -> None:
    api.publish("Letters", IMAGES, LABELS.astype(int) + 1)
    assert_is_published(fetch_openml("Letters"))


def test_other_sizes_and_numbers_of_classes_are_taken_as_from_a_file(api: Api) -> None:
    api.publish("Small", IMAGES[:, :64], np.array(["cat", "dog", "owl"])[LABELS % 3])
    small = fetch_openml("Small")
    assert (small.classes, small.n_held_out, small.images.shape) == (("cat", "dog", "owl"), 60, (420, 784))


def test_an_unknown_name(api: Api, tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"no active data set called “Fashion-MINST”.*openml.org"):
        fetch_openml("Fashion-MINST")
    assert len(api.asked) == 1, "asking again does not make it known"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("rows", "classes", "kind", "words"),
    [
        (IMAGES[:, :65], LABELS, "numeric", "shape 420×65, expected as many pixels as a square"),
        (IMAGES, np.arange(420), "numeric", "420 different labels"),
        (np.where(IMAGES == 9, "?", IMAGES.astype(str)), LABELS, "numeric", r"missing or no number"),
        (np.where(IMAGES == 9, "grey", IMAGES.astype(str)), LABELS, "numeric", "columns that are not numbers.*grey"),
        (IMAGES, LABELS, "string", "not a set of images that can be read"),
        (IMAGES.astype(int) - 300, LABELS, "numeric", "from -300 to -45"),
    ],
    ids=["size", "no classes", "missing", "words", "strings", "range"],
)
def test_data_that_do_not_fit(
    api: Api, tmp_path: Path, rows: np.ndarray, classes: np.ndarray, kind: str, words: str
) -> None:
    api.publish("Other", rows, classes, kind)
    with pytest.raises(InvalidData, match=words):
        fetch_openml("Other")
    assert dataset_names() == ["mnist"]
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_the_one_described(api: Api) -> None:
    api.publish("Other", IMAGES, LABELS)
    api.answers["/data/Other.arff"] = api.answers["/data/Other.arff"].replace(b"255", b"254")
    with pytest.raises(InvalidData, match="md5"):
        fetch_openml("Other")


@pytest.mark.usefixtures("nobody")
def test_nobody_answers(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailable, match=r"cannot be reached.*refused.*bundled data set “mnist”"):
        fetch_openml()
    assert list(tmp_path.iterdir()) == []


def test_the_server_is_ill(api: Api) -> None:
    api.answers["*"] = b"HTTP 503"
    with pytest.raises(DataUnavailable, match=r"just now \(HTTP Error 503.*bundled data set “mnist”"):
        fetch_openml()


def test_the_login_page_of_a_hotel_answers_instead(api: Api) -> None:
    api.answers["*"] = b"<html>Welcome! Please log in.</html>"
    with pytest.raises(DataUnavailable, match=r"login page.*bundled data set “mnist”"):
        fetch_openml()


def test_a_download_that_stands_still_is_given_up(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openml, "SILENCE", 1.0)
    api.publish("Fashion-MNIST", IMAGES, LABELS)
    api.half_way = threading.Event()
    with pytest.raises(DataUnavailable, match=r"nothing arrived for 1 seconds.*bundled data set “mnist”"):
        fetch_openml("Fashion-MNIST")
    api.half_way.set()


def test_a_folder_that_cannot_be_written(api: Api, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="AUTOENCODER_DATA"):
        fetch_openml(data_home=tmp_path / "file" / "data")
    assert api.asked == []


# ---- as people meet it: the command line, and the Train page's choice of data ----


def test_the_command_line_counts_the_bytes_and_says_how_to_go_on(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    api.publish("Fashion-MNIST", IMAGES, LABELS)
    assert main(["fetch", "Fashion-MNIST"]) == 0
    said = capsys.readouterr().err
    assert re.search(r"\r[\d.]+ MB received", said)
    assert (
        said.splitlines()[-1] == "openml:Fashion-MNIST: 420 digits. Train on them with: --dataset openml:Fashion-MNIST"
    )


@pytest.mark.usefixtures("nobody")
def test_without_internet_the_command_line_names_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", "mnist_784"]) == 1
    assert "bundled" in capsys.readouterr().err


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """One without cookies: outside a server there are none to read."""
    monkeypatch.setattr(ContextProxy, "cookies", {})


def chooser() -> None:
    from ui.train.dataset_picker import choose_dataset, take_over_fetched, ways_to_more_data

    take_over_fetched()
    choose_dataset("Data set", fixed=False)
    ways_to_more_data()


@pytest.mark.usefixtures("browser")
def test_the_page_chooses_what_it_has_fetched(api: Api) -> None:
    api.publish("Fashion-MNIST", IMAGES, LABELS)
    page = AppTest.from_function(chooser, default_timeout=60).run()
    assert page.selectbox(key="dataset").value == "mnist"
    page.text_input[0].set_value("Fashion-MNIST")
    page.button(key="fetch").click().run(timeout=30)
    assert not page.exception
    assert page.selectbox(key="dataset").value == "openml:Fashion-MNIST"


@pytest.mark.usefixtures("nobody", "browser")
def test_without_internet_the_page_says_so_and_keeps_the_choice() -> None:
    page = AppTest.from_function(chooser, default_timeout=60).run()
    page.button(key="fetch").click().run(timeout=30)
    assert not page.exception
    assert "bundled" in page.error[0].value
    assert page.selectbox(key="dataset").value == "mnist"
