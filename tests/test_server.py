"""The real app, `streamlit run app.py`, as browsers and strangers see it: routes, cookies, events, commands."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import requests
from cluster import ENDLESS, ROOT, SECRET, STEADY, App, Curve, alone, app, left_behind
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from autoencoder.data.dataset import load_dataset
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from server.addresses import PLOTLY, asset_url, digits_url
from server.event_stream import HERE, QUESTION

pytestmark = pytest.mark.slow
STRANGER = "somebody-else-with-another-cookie-altogether"
SHIPPED = "quick-map"
UPGRADE = "\r\n".join(
    ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {'A' * 22}=="]
)
NO_SUCH_RUN = Run("0123456789abcdef", None, None)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    shutil.copytree(ROOT / "models" / SHIPPED, folder / SHIPPED)
    return folder


@pytest.fixture(scope="module")
def runs(models: Path) -> dict[str, Run]:
    """Runs that wait for a command of their owner; without a browser, this is how one begins."""
    wanted = {"live": STEADY, "watched": STEADY, "steered": ENDLESS, "crowded": ENDLESS, "deleted": ENDLESS}
    return {name: left_behind(models, training) for name, training in wanted.items()}


@pytest.fixture(scope="module")
def served(models: Path, runs: dict[str, Run], tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with app(models, tmp_path_factory.mktemp("log") / "app.log", SERVER_NAMES="127.0.0.1") as served:
        yield served
        output = served.log.read_text()
    assert "Traceback" not in output, output


class TestPages:
    def test_the_root_redirects_to_the_train_page_with_its_query(self, served: App) -> None:
        answer = served.get("/?run=abc&lang=es", allow_redirects=False)
        assert answer.status_code in (302, 307)
        assert answer.headers["location"] == "./train?run=abc&lang=es"
        assert served.get("/train").headers["content-type"].startswith("text/html")

    def test_a_browser_gets_one_owner_cookie_with_its_first_page(self, served: App) -> None:
        browser = requests.Session()
        first = browser.get(f"{served.url}/train", timeout=30)
        cookie = first.headers["set-cookie"]
        assert cookie.startswith("lab_owner=")
        assert {"HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
        assert "lab_owner" not in browser.get(f"{served.url}/latent_space", timeout=30).headers.get("set-cookie", "")
        other = served.get("/train").headers["set-cookie"]
        assert other.split(";")[0] != cookie.split(";")[0]

    @pytest.mark.parametrize("forged", ["short", "x" * 65, "has spaces and so on and so on and so on", ""])
    def test_a_malformed_owner_cookie_is_replaced(self, served: App, forged: str) -> None:
        answer = served.get("/train", headers={"cookie": f'lab_owner="{forged}"'})
        assert "lab_owner=" in answer.headers["set-cookie"]

    @pytest.mark.parametrize(
        "path", ["/", "/api/datasets/mnist/0/labels", f"/api/runs/{SHIPPED}/replay", "/api/runs/none/replay"]
    )
    def test_answers_other_than_pages_set_no_owner_cookie(self, served: App, path: str) -> None:
        assert "lab_owner" not in served.get(path, allow_redirects=False).headers.get("set-cookie", "")


class TestHealth:
    def test_healthz_says_why_not_until_a_worker_can_train(self, served: App) -> None:
        first = served.get("/healthz")
        assert first.headers["cache-control"] == "no-store"
        while (answer := served.get("/healthz", headers={"accept-language": "es"})).status_code != 200:
            assert answer.status_code == 503
            assert answer.json() == {"ready": False, "reason": answer.json()["reason"]}
            assert "TensorFlow" in answer.json()["reason"]
            time.sleep(0.2)
        assert answer.json() == {"ready": True}
        assert served.get("/_stcore/health").ok


class TestDigits:
    def test_images_and_labels_are_served_byte_for_byte(self, served: App) -> None:
        dataset = load_dataset("mnist")
        assert served.get(digits_url(dataset, "images")).content == dataset.images.tobytes()
        assert served.get(digits_url(dataset, "labels")).content == dataset.labels.tobytes()

    @pytest.mark.parametrize(
        ("query", "rows"),
        [
            ("start=60000&count=5000", slice(60_000, 65_000)),
            ("count=16", slice(0, 16)),
            ("start=69990", slice(69_990, None)),
            ("start=69990&count=100", slice(69_990, None)),
            ("start=70000", slice(0, 0)),
            ("start=999999999&count=5", slice(0, 0)),
            ("count=0", slice(0, 0)),
        ],
    )
    def test_a_range_of_digits_is_served(self, served: App, query: str, rows: slice) -> None:
        dataset = load_dataset("mnist")
        assert served.get(f"{digits_url(dataset, 'images')}?{query}").content == dataset.images[rows].tobytes()
        assert served.get(f"{digits_url(dataset, 'labels')}?{query}").content == dataset.labels[rows].tobytes()

    def test_digits_are_compressed_and_immutable(self, served: App) -> None:
        answer = served.get(digits_url(load_dataset("mnist"), "images", count=100), stream=True)
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["content-type"] == "application/octet-stream"
        cache = answer.headers["cache-control"]
        assert "immutable" in cache
        assert "max-age=31536000" in cache
        raw = answer.raw.read(decode_content=False)
        assert gzip.decompress(raw) == load_dataset("mnist").images[:100].tobytes()
        assert len(raw) == int(answer.headers["content-length"]) < 784 * 100 / 3

    def test_an_address_of_other_content_is_not_found_and_not_kept(self, served: App) -> None:
        for array in ("images", "labels", "embeddings/pca"):
            answer = served.get(f"/api/datasets/mnist/{'0' * 32}/{array}", headers={"accept-language": "es"})
            assert answer.status_code == 404
            assert "Recarga la página" in answer.json()["error"]
            assert "cache-control" not in answer.headers

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("mnist/{mark}/images?start=-1", 400),
            ("mnist/{mark}/images?start=x", 400),
            ("mnist/{mark}/images?count=1.5", 400),
            ("mnist/{mark}/images?count=9999999999999999999999", 400),
            ("nowhere/{mark}/images", 400),
            ("..%2f..%2fetc/{mark}/images", 400),
            ("mnist/{mark}/weights", 404),
        ],
    )
    def test_impossible_names_and_ranges_are_refused(self, served: App, path: str, status: int) -> None:
        answer = served.get(f"/api/datasets/{path.format(mark=load_dataset('mnist').fingerprint)}")
        assert answer.status_code == status
        assert status == 404 or ".." in path or answer.json()["error"]


class TestAssets:
    def test_scripts_are_served_byte_for_byte_and_immutable(self, served: App) -> None:
        file = ROOT / "ui" / "components" / "monitor" / "monitor.js"
        answer = served.get(asset_url("monitor/monitor.js"))
        assert answer.content == file.read_bytes()
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize(
        "path",
        ["../routes.py", "%2e%2e/routes.py", "..%2froutes.py", "monitor/../../routes.py", "%2fetc%2fpasswd",
         "monitor/none.js", "monitor", "__init__.py", "..%2fframe.css", "%00.js"],
    )  # fmt: skip
    def test_no_file_outside_the_components_is_served(self, served: App, path: str) -> None:
        """Sent as it stands: no client tidies the path up."""
        asked = f"GET /assets/any/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        with socket.create_connection(address(served), timeout=30) as connection:
            connection.sendall(asked.encode())
            status = connection.makefile("rb").readline().split()[1]
        assert status in (b"404", b"400")


class TestEvents:
    def test_the_events_tell_a_run_from_start_to_end(self, served: App, runs: dict[str, Run]) -> None:
        run = runs["live"]
        waiting = list(served.events(run))
        assert [m["type"] for m in waiting] == ["run", "points", "epochs", "notices", "marks", "end"]
        assert (waiting[0]["status"], waiting[0]["mine"], waiting[0]["epochs"]) == ("interrupted", True, STEADY.epochs)
        assert served.command(run, "resume").status_code == 200
        curve, statuses, frames, increments, last = Curve(), [], [], 0, None
        for message in served.events(run):
            before = len(curve.points)
            curve.take(message)
            increments += len(curve.points) > before > 0
            if message["type"] == "run":
                statuses.append(message["status"])
                assert message["mine"]
            elif message["type"] == "frame":
                frames.append(message)
            last = message
        assert last == {"type": "end"}
        order, seen = ["waiting", "training", "measuring", "finished"], list(dict.fromkeys(statuses))
        assert seen == [status for status in order if status in seen]  # some may be over between two looks
        assert {"training", "finished"} <= set(seen)
        assert increments > 2  # it came bit by bit
        assert [(e["epoch"], e["mse"], e["val_mse"]) for e in curve.epochs] == alone(STEADY).epochs
        np.testing.assert_allclose(curve.points, alone(STEADY).points, rtol=1e-5, atol=1e-4)
        assert frames[-1]["epoch"] == STEADY.epochs
        assert frames[-1]["dims"] == 2
        assert len({frame["epoch"] for frame in frames}) > 3

    def test_a_reader_that_reconnects_gets_everything(self, served: App, runs: dict[str, Run]) -> None:
        run = runs["watched"]
        assert served.command(run, "resume").status_code == 200
        whole, curve = Curve(), Curve()
        with ThreadPoolExecutor(1) as beside:
            reader = beside.submit(lambda: [whole.take(message) for message in served.events(run)])
            for _ in range(5):
                curve, messages = Curve(), served.events(run)
                for message in messages:
                    curve.take(message)
                    if message["type"] == "points" and message["from"] > 0:
                        break
                messages.close()
            curve = Curve()
            for message in served.events(run):
                curve.take(message)
            reader.result(timeout=60)
        assert [(e["epoch"], e["mse"], e["val_mse"]) for e in curve.epochs] == alone(STEADY).epochs
        assert len(curve.points) == len(alone(STEADY).points)
        assert (whole.points, whole.epochs) == (curve.points, curve.epochs)

    @pytest.mark.parametrize(("secret", "mine"), [(SECRET, True), (STRANGER, False), (None, False)])
    def test_events_say_mine_to_the_owner_only(
        self, served: App, runs: dict[str, Run], secret: str | None, mine: bool
    ) -> None:
        messages = served.events(runs["deleted"], secret)
        assert next(messages)["mine"] is mine
        messages.close()

    def test_events_of_a_shipped_run_are_nobodys_and_end_at_once(self, served: App) -> None:
        messages = list(served.events(RunStore(ROOT / "models").load(SHIPPED)))
        assert messages[0]["status"] == "finished"
        assert messages[0]["mine"] is False
        assert messages[-1] == {"type": "end"}

    def test_events_of_an_unknown_run_are_an_error(self, served: App) -> None:
        for path in ("0123456789abcdef/events", "0123456789abcdef/replay", "A B/replay", "%2e/events"):
            answer = served.get(f"/api/runs/{path}")
            assert answer.status_code == 404
            assert answer.json()["error"]
        with pytest.raises(InvalidStatus):
            next(served.events(NO_SUCH_RUN))
        assert served.get("/api/runs/..%2f..%2fetc/events").status_code == 400  # Streamlit refuses it before we do
        assert "no run" in served.get("/api/runs/0123456789abcdef/events?lang=en").json()["error"]

    def test_without_a_websocket_the_events_say_what_is_missing(self, served: App, runs: dict[str, Run]) -> None:
        answer = served.get(f"/api/runs/{runs['crowded'].id}/events?lang=en")
        assert (answer.status_code, answer.headers["upgrade"]) == (426, "websocket")
        assert "proxy" in answer.json()["error"]

    @pytest.mark.parametrize("method", ["PUT", "POST", "GET", "DELETE", "OPTIONS"])
    def test_streamlits_upload_route_is_closed(self, served: App, method: str) -> None:
        url = f"{served.url}/_stcore/upload_file/session/file"
        answer = requests.request(method, url, data=b"x" * 1000, timeout=30)
        assert answer.status_code == 404

    def test_connections_that_are_never_read_stall_no_other_reader(self, served: App, runs: dict[str, Run]) -> None:
        run = runs["crowded"]
        assert served.command(run, "resume").status_code == 200
        served.until_epoch(run, 0.01)
        asked = f"GET /api/runs/{run.id}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n{UPGRADE}\r\n\r\n".encode()
        idle = []
        for _ in range(20):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(address(served))
            connection.sendall(asked)
            idle.append(connection)
        start = served.until(run, lambda m: m["type"] == "run")["epoch"]
        served.until_epoch(run, start + 3)
        assert served.get("/train").status_code == 200  # else the request would give up
        assert served.command(run, "pause").status_code == 200
        assert served.until(run, lambda m: m["type"] == "run")["status"] == "paused"
        for connection in idle:
            connection.close()

    def test_a_reader_of_another_site_or_with_more_to_say_is_turned_away(
        self, served: App, runs: dict[str, Run]
    ) -> None:
        url = f"{served.url.replace('http', 'ws', 1)}/api/runs/{runs['crowded'].id}/events"
        with pytest.raises(InvalidStatus):  # noqa: SIM117 - it raises before there is anything to enter
            with connect(url, origin=Origin("http://localhost:9999")):
                pass
        for said in ("x" * 10_000, b"?", "{}"):
            with connect(url, origin=Origin(served.url)) as socket:
                socket.send(said)
                with suppress(ConnectionClosed):
                    while socket.recv(30):
                        pass
                assert socket.close_code == 1008

    def test_a_reader_that_asks_is_told_that_the_connection_is_whole(self, served: App, runs: dict[str, Run]) -> None:
        url = f"{served.url.replace('http', 'ws', 1)}/api/runs/{runs['crowded'].id}/events"
        with connect(url) as socket:
            socket.send(QUESTION)
            while json.loads(socket.recv(30)) != HERE:
                pass


class TestReplay:
    def test_a_replay_holds_a_stored_run_in_one_answer(self, served: App) -> None:
        answer = served.get(f"/api/runs/{SHIPPED}/replay?lang=en")
        messages = answer.json()["messages"]
        kinds = [message["type"] for message in messages]
        assert kinds[:4] == ["run", "points", "epochs", "notices"]
        assert set(kinds[4:]) == {"marks", "frame"}
        store = RunStore(ROOT / "models")
        history = store.load_history(SHIPPED)
        assert [e["mse"] for e in messages[2]["epochs"]] == [record.loss for record in history.records]
        epochs = [frame["epoch"] for frame in messages if frame["type"] == "frame"]
        assert epochs == sorted(epochs)
        assert epochs[-1] == store.load(SHIPPED).training.epochs

    def test_a_replay_follows_the_run(self, served: App, runs: dict[str, Run]) -> None:
        """Interrupted, it has little to show; the same address shows all of it later."""
        run = runs["steered"]
        assert served.get(f"/api/runs/{run.id}/replay").json()["messages"][0]["status"] == "interrupted"
        assert served.command(run, "resume").status_code == 200
        served.until_epoch(run, 1.0)
        assert served.command(run, "stop").status_code == 200
        served.until(run, lambda m: m["type"] == "run" and m["status"] == "stopped")
        messages = served.get(f"/api/runs/{run.id}/replay").json()["messages"]
        assert messages[0]["status"] == "stopped"
        assert len(messages[1]["points"]) > 5


class TestCommands:
    def test_commands_are_taken_from_the_owner_only(self, served: App, runs: dict[str, Run]) -> None:
        run = runs["deleted"]
        for secret in (STRANGER, "", "short"):
            answer = served.command(run, "resume", secret)
            assert answer.status_code == 403
            assert "started this training" in answer.json()["error"]
        shipped = RunStore(ROOT / "models").load(SHIPPED)
        assert served.command(shipped, "resume").status_code == 403
        assert served.until(run, lambda m: m["type"] == "run")["status"] == "interrupted"

    @pytest.mark.parametrize("site", ["cross-site", "same-site"])
    def test_commands_from_other_sites_are_refused(self, served: App, runs: dict[str, Run], site: str) -> None:
        assert post(served, runs["deleted"], b'{"action": "resume"}', {"sec-fetch-site": site}).status_code == 403
        assert served.until(runs["deleted"], lambda m: m["type"] == "run")["status"] == "interrupted"

    @pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null", "http://"])
    def test_commands_from_other_origins_are_refused_without_sec_fetch_site(
        self, served: App, runs: dict[str, Run], origin: str
    ) -> None:
        assert post(served, runs["deleted"], b'{"action": "resume"}', {"origin": origin}).status_code == 403
        ours = post(served, runs["deleted"], b'{"action": "explode"}', {"origin": served.url})
        assert "explode" in ours.json()["error"]  # it came as far as that

    def test_a_page_of_another_site_gets_no_session(self, served: App) -> None:
        """What the pages' own buttons do comes over Streamlit's websocket."""
        address = f"{served.url.replace('http', 'ws', 1)}/_stcore/stream"
        with connect(address, origin=Origin(served.url), subprotocols=[Subprotocol("streamlit")]):
            pass
        for other in ("http://evil.example", "http://localhost:9999", "http://127.0.0.1:9999"):
            with pytest.raises(InvalidStatus) as refused:  # noqa: SIM117 - it raises before there is anything to enter
                with connect(address, origin=Origin(other), subprotocols=[Subprotocol("streamlit")]):
                    pass
            assert refused.value.response.status_code == 403

    def test_under_a_name_that_is_not_the_servers_nothing_answers(self, served: App) -> None:
        for path in ("/train", "/api/challenge", "/_stcore/host-config", "/static/index.js"):
            assert served.get(path, headers={"host": "evil.example"}).status_code == 400
        assert served.get("/_stcore/health", headers={"host": "evil.example"}).ok

    def test_a_foreign_cookie_of_our_name_takes_no_run_away(self, served: App, runs: dict[str, Run]) -> None:
        cookies = {"cookie": f'prefs={{"a":1}}; lab_owner={SECRET}; lab_owner=short'}
        assert "lab_owner" not in served.get("/train", headers=cookies).headers.get("set-cookie", "")
        url = f"{served.url}/api/runs/{runs['deleted'].id}/commands"
        answer = requests.post(url, data=b'{"action": "explode"}', headers=cookies, timeout=30)
        assert "explode" in answer.json()["error"]  # it came as far as that

    def test_every_answer_has_the_security_headers(self, served: App) -> None:
        for path in ("/train", "/api/runs/none/map", "/_stcore/health", f"/assets/any/{PLOTLY.name}"):
            headers = served.get(path).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "SAMEORIGIN"
            policy = dict(directive.split(" ", 1) for directive in headers["content-security-policy"].split("; "))
            assert policy["default-src"] == "'self'"
            assert not re.search("unsafe-(inline|eval)", policy["script-src"])
            assert "http" not in headers["content-security-policy"]

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"null", b"[]", b'"resume"', b"3", b"{}", b'{"value": 1}', b"\xff\xfe", b"[" * 5_000,
         b'{"action": ["resume"]}', b'{"action": {}}', b'{"action": null}', b'{"action": "explode"}',
         b'{"action": "__class__"}', b'{"action": "delete"}', b'{"action": "' + b"x" * 5_000 + b'"}'],
    )  # fmt: skip
    def test_malformed_commands_are_refused(self, served: App, runs: dict[str, Run], body: bytes) -> None:
        answer = post(served, runs["deleted"], body)
        assert answer.status_code == 400
        assert answer.json()["error"]

    @pytest.mark.parametrize(
        "value",
        ["NaN", "Infinity", "-Infinity", "1e400", "0", "-1", "1.5", '"0.1"', "null", "true", "[0.1]", "{}",
         "1" + "0" * 400, "-1" + "0" * 4_000, '"' + "9" * 6_000 + '"'],
    )  # fmt: skip
    def test_an_impossible_learning_rate_is_refused(self, served: App, runs: dict[str, Run], value: str) -> None:
        run = runs["crowded"]
        served.command(run, "resume")
        served.command(run, "pause")
        answer = post(served, run, f'{{"action": "learning_rate", "value": {value}}}'.encode())
        assert answer.status_code == 400, answer.text
        assert "Learning rate" in answer.json()["error"]
        now = served.until(run, lambda m: m["type"] == "run")
        assert now["learning_rate"] == ENDLESS.learning_rate

    def test_a_new_learning_rate_is_told_to_those_who_watch(self, served: App, runs: dict[str, Run]) -> None:
        run = runs["crowded"]
        served.command(run, "resume")
        assert served.command(run, "learning_rate", value=0.0005).status_code == 200
        assert served.until(run, lambda m: m["type"] == "run")["learning_rate"] == 0.0005
        notices = served.until(run, lambda m: m["type"] == "notices")["notices"]
        assert [n["kind"] for n in notices] == ["resumed", "rate_changed"]

    def test_a_command_to_an_unknown_run_is_refused(self, served: App) -> None:
        answer = served.command(NO_SUCH_RUN, "resume")
        assert (answer.status_code, "no run" in answer.json()["error"]) == (404, True)

    def test_too_large_a_command_is_not_read_to_its_end(self, served: App, runs: dict[str, Run]) -> None:
        assert post(served, runs["deleted"], b'{"action": "' + b"x" * 20_000 + b'"}').status_code == 413
        run = runs["deleted"]
        head = f"POST /api/runs/{run.id}/commands HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000000\r\n\r\n"
        with socket.create_connection(address(served), timeout=30) as connection:
            connection.sendall(head.encode() + b"x" * 50_000)  # of a promised gigabyte
            assert connection.makefile("rb").readline().split()[1] == b"413"

    @pytest.mark.parametrize("path", ["api/runs/{run}/commands", "enter", "api/classroom/commands"])
    def test_bodies_that_break_off_leave_no_traceback_in_the_log(
        self, served: App, runs: dict[str, Run], path: str
    ) -> None:
        """The log is read when the app has ended."""
        asked = (
            f"POST /{path.format(run=runs['deleted'].id)} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n"
        )
        for _ in range(10):
            with socket.create_connection(address(served), timeout=30) as connection:
                connection.sendall(asked.encode() + b'{"action"')
        assert served.get("/_stcore/health").ok

    def test_commands_are_taken_by_post_only(self, served: App, runs: dict[str, Run]) -> None:
        answer = served.get(f"/api/runs/{runs['deleted'].id}/commands?action=resume", cookies={"lab_owner": SECRET})
        assert answer.headers["content-type"].startswith("text/html")  # what Streamlit shows where nothing is
        assert served.until(runs["deleted"], lambda m: m["type"] == "run")["status"] == "interrupted"


def test_after_pages_and_trainings_the_server_has_no_tensorflow(served: App, runs: dict[str, Run]) -> None:
    assert served.get("/train").status_code == 200
    served.command(runs["crowded"], "resume")
    served.until_epoch(runs["crowded"], 0.01)
    maps = Path(f"/proc/{served.process.pid}/maps").read_text()
    assert "numpy" in maps
    assert "tensorflow" not in maps


def post(served: App, run: Run, body: bytes, headers: dict[str, str] | None = None) -> requests.Response:
    url = f"{served.url}/api/runs/{run.id}/commands"
    return requests.post(url, data=body, headers=headers, cookies={"lab_owner": SECRET}, timeout=30)


def address(served: App) -> Any:
    parts = urlsplit(served.url)
    return parts.hostname, parts.port
