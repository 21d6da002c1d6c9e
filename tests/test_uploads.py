"""Laws of uploads: streamed to disk within a limit, read aside, shown, added; nobody reaches another's."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from asgi import Answer, Browser
from conftest import synthetic_digits
from starlette.applications import Starlette

from autoencoder.data.dataset import load_dataset
from autoencoder.data.own import own_datasets
from autoencoder.runs.run import hashed
from server import aside, uploads
from server.access.cookies import OWNER_COOKIE
from server.routes import routes

IMAGES, LABELS = synthetic_digits(70)
ANN, BEN = "a" * 32, "b" * 32


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AUTOENCODER_DATA", str(tmp_path / "home"))
    return tmp_path / "home"


class Visitor:
    def __init__(self, secret: str | None) -> None:
        self.browser = Browser(Starlette(routes=routes()))
        if secret is not None:
            self.browser.cookies[OWNER_COOKIE] = secret

    def send(self, content: bytes, name: str = "mine", to: str = "", **headers: str) -> Answer:
        path = f"/api/uploads?name={name}" + (f"&to={to}" if to else "")
        return self.browser.ask("POST", path, content, headers)

    def tell(self, path: str, **command: Any) -> Answer:
        return self.browser.ask("POST", path, json.dumps(command).encode())


def npz(**arrays: object) -> bytes:
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def said(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.text)
    return found


def test_a_file_is_sent_read_changed_and_added(home: Path) -> None:
    ann = Visitor(ANN)
    upload = said(ann.send(npz(images=255 - IMAGES, labels=LABELS), "letters.npz"))["upload"]
    path = f"/api/uploads/{upload}"
    preview = said(ann.tell(path, action="read"))["preview"]
    assert (preview["count"], preview["n_held_out"], preview["name"]) == (70, 10, "letters.npz")
    assert preview["choices"]["invert"] is True
    assert "bright" in preview["notes"][0]
    spanish = said(ann.tell(f"{path}?lang=es", action="read"))["preview"]
    assert "fondo es claro" in spanish["notes"][0]
    changed = said(ann.tell(path, action="read", choices={"invert": False, "held_out": 0.5, "labels": "none"}))
    assert (changed["preview"]["n_held_out"], changed["preview"]["classes"]) == (35, [])
    assert "more than the scale" in said(ann.tell(path, action="read", choices={"scale": 1}))["error"]
    id_ = said(ann.tell(path, action="add", name="Letters"))["dataset"]
    assert load_dataset(id_).n_held_out == 35, "as of the last preview, not of the choice that was refused"
    assert [each.name for each in own_datasets(hashed(ANN))] == ["Letters"]
    assert list((home / ".uploads").iterdir()) == []


def test_what_is_wrong_with_a_file_is_said_in_the_readers_language() -> None:
    ann = Visitor(ANN)
    rows = [[0, *image] for image in IMAGES.tolist()]
    rows[4][9], rows[8][9] = "NaN", "seven"
    upload = said(ann.send("\n".join(",".join(map(str, row)) for row in rows).encode()))["upload"]
    answer = said(ann.tell(f"/api/uploads/{upload}?lang=es", action="read"))
    assert "infinito): 5." in answer["error"]
    assert "texto donde se espera un número: 9." in answer["error"]
    assert ann.tell(f"/api/uploads/{upload}", action="add", name="Letters").status == 400


@pytest.mark.parametrize("declared", [True, False])
def test_more_than_the_limit_is_refused_and_nothing_stays(
    home: Path, monkeypatch: pytest.MonkeyPatch, declared: bool
) -> None:
    monkeypatch.setenv("LIMIT_UPLOAD_MEGABYTES", "1")
    length = {"content-length": "1000001"} if declared else {}
    answer = Visitor(ANN).send(b"" if declared else bytes(1_000_001), **length)
    assert answer.status == 400
    assert "LIMIT_UPLOAD_MEGABYTES" in answer.text
    assert sum(path.stat().st_size for path in (home / ".uploads").rglob("*") if path.is_file()) == 0


def test_whoever_changes_cookies_does_not_fill_the_disk_and_what_rests_makes_room(home: Path) -> None:
    def sent(person: int) -> Answer:
        return Visitor(f"{person:032d}").send(b"0" * 100)

    assert [sent(person).status for person in range(uploads.MOST_UPLOADS)] == [200] * uploads.MOST_UPLOADS
    refused = sent(99)
    assert refused.status == 400
    assert "Try again in some minutes" in said(refused)["error"]
    folders = sorted((home / ".uploads").iterdir())
    assert len(folders) == uploads.MOST_UPLOADS
    os.utime(folders[3], (0, time.time() - uploads.RESTING_SECONDS - 1))
    assert sent(99).status == 200
    assert not folders[3].exists()
    assert len(list((home / ".uploads").iterdir())) == uploads.MOST_UPLOADS


def test_nobody_reaches_anothers_upload_or_data_set() -> None:
    ann, ben = Visitor(ANN), Visitor(BEN)
    upload = said(ann.send(npz(images=IMAGES)))["upload"]
    for command in ({"action": "read"}, {"action": "add", "name": "x"}, {"action": "forget"}):
        assert "upload is gone" in ben.tell(f"/api/uploads/{upload}", **command).text
    ann.tell(f"/api/uploads/{upload}", action="read")
    id_ = said(ann.tell(f"/api/uploads/{upload}", action="add", name="Letters"))["dataset"]
    assert ben.tell("/api/own-datasets", action="delete", dataset=id_).status == 403
    assert ben.tell("/api/own-datasets", action="rename", dataset=id_, name="Ben's").status == 403
    assert ann.tell("/api/own-datasets", action="rename", dataset=id_, name="ABC").status == 200
    assert [each.name for each in own_datasets(hashed(ANN))] == ["ABC"]
    assert ann.tell("/api/own-datasets", action="delete", dataset=id_).status == 200
    assert own_datasets(hashed(ANN)) == []


def test_without_a_cookie_or_from_another_site_nothing_is_taken() -> None:
    assert Visitor(None).send(b"x").status == 403
    assert Visitor(ANN).send(b"x", origin="https://elsewhere.example", host="here").status == 403


def test_four_files_of_one_upload_and_giving_it_up(home: Path) -> None:
    from test_reading import four_idx

    ann, upload = Visitor(ANN), ""
    for name, content in four_idx().items():
        upload = said(ann.send(content, name, to=upload))["upload"]
    preview = said(ann.tell(f"/api/uploads/{upload}", action="read"))["preview"]
    assert (preview["count"], preview["own_part"]) == (70, True)
    ann.tell(f"/api/uploads/{upload}", action="forget")
    assert list((home / ".uploads").iterdir()) == []


class TestGivenUp:
    """A process that reads ends as soon as nobody waits for it."""

    @pytest.fixture(autouse=True)
    def endless(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A reader that notes its process in its folder, and never ends."""
        program = "import os, sys, time; open(sys.argv[2] + '/pid', 'w').write(str(os.getpid())); time.sleep(600)"
        monkeypatch.setattr(aside, "PYTHON", (sys.executable, "-c", program))

    @pytest.mark.parametrize("how", ["forgotten", "another file", "another question", "browser gone"])
    def test_whoever_leaves_ends_it_at_once(self, home: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
        ann = Visitor(ANN)
        upload = said(ann.send(b"0" * 100))["upload"]
        (folder,) = (home / ".uploads").iterdir()
        path, question = f"/api/uploads/{upload}", b'{"action": "read"}'

        async def leave() -> Answer:
            gone = threading.Event()
            if how == "browser gone":
                reading = asyncio.create_task(ann.browser.leave("POST", path, question, gone))
            else:
                reading = asyncio.create_task(ann.browser.answer("POST", path, question))
            process = await started(folder)
            if how == "forgotten":
                await ann.browser.answer("POST", path, b'{"action": "forget"}')
            elif how == "another file":
                await ann.browser.answer("POST", "/api/uploads?name=other", b"1" * 100)
            elif how == "another question":
                (folder / "pid").unlink()
                other = asyncio.create_task(ann.browser.answer("POST", path, question))
                await started(folder)
                await ann.browser.answer("POST", path, b'{"action": "forget"}')
                assert (await other).status == 400
            else:
                gone.set()
            answer = await reading
            assert not psutil.pid_exists(process)
            return answer

        answer = asyncio.run(leave())
        assert "upload is gone" in said(answer)["error"]

    def test_two_are_read_at_once_and_one_that_waits_is_not_begun_once_it_is_given_up(self, home: Path) -> None:
        people = [Visitor(f"{person:032d}") for person in range(3)]
        uploads_ = [said(person.send(b"0" * 100))["upload"] for person in people]
        paths = [f"/api/uploads/{upload}" for upload in uploads_]

        async def ask(person: int, action: str) -> Answer:
            return await people[person].browser.answer("POST", paths[person], json.dumps({"action": action}).encode())

        async def crowd() -> None:
            folders = [next(iter((home / ".uploads").glob(f"*-{upload}"))) for upload in uploads_]
            readings = []
            for person in range(3):
                readings.append(asyncio.create_task(ask(person, "read")))
                if person < 2:
                    await started(folders[person])
            await asyncio.sleep(0)
            await ask(2, "forget")
            for person in range(2):
                await ask(person, "forget")
            assert [(await reading).status for reading in readings] == [400] * 3
            assert not (folders[2] / "pid").exists()

        asyncio.run(crowd())


async def started(folder: Path) -> int:
    """The process that reads in a folder, as soon as it has begun."""
    while not (folder / "pid").exists() or not (folder / "pid").read_text():
        await asyncio.sleep(0.01)
    return int((folder / "pid").read_text())
