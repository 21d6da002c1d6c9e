"""Permissions, nicknames, the challenge and its board, and the tiles of everyone's runs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import QUICK, SMALL

from autoencoder.analysis.metrics import Measures
from autoencoder.engine.service import TrainingService
from autoencoder.engine.tsne_jobs import TsneProgress
from autoencoder.errors import InvalidSetting, NotAllowed, RunNotFound, StorageError
from autoencoder.presets import PRESETS
from autoencoder.runs.history import History
from autoencoder.runs.run import Run, hashed
from autoencoder.runs.store import RunStore
from autoencoder.training.records import EpochRecord, Frame
from autoencoder.workshop import LONGEST_NICKNAME, MOST_NAMES, Challenge, Workshop, clean_nickname
from server.access.codes import Access
from server.access.permissions import may_change, require_change, require_host
from server.challenge import BEST, Board
from server.classroom import clear, pause_all, resume_all
from server.run_events import Cursor
from server.tiles import POINTS, Tiles
from ui.invitation import invitation, qr_rows

ME, OTHER = "the-secret-of-my-browser", "the-secret-of-another"
MINE = Run("abc", SMALL, QUICK, owner=hashed(ME), created="2026-01-01T00:00:00+00:00")
LATER = "2099-01-01T00:00:00+00:00"


class TestPermissions:
    @pytest.mark.parametrize(("secret", "host", "may"), [
        (ME, False, True), (OTHER, True, True), (None, True, True),
        (OTHER, False, False), (None, False, False), ("", False, False), (hashed(ME), False, False),
    ])  # fmt: skip
    def test_only_the_owner_and_the_host_may_change_a_run(self, secret: str | None, host: bool, may: bool) -> None:
        for thing in (MINE, TsneProgress("running", owner=hashed(ME))):
            assert may_change(thing, secret, host) is may
            if may:
                require_change(thing, secret, host)
            else:
                with pytest.raises(NotAllowed):
                    require_change(thing, secret, host)

    @pytest.mark.parametrize("owner", [None, "", hashed("")])
    def test_a_run_without_an_owner_can_be_changed_by_the_host_only(self, owner: str | None) -> None:
        run = replace(MINE, owner=owner)
        assert not any(may_change(run, secret, host=False) for secret in (None, "", ME))
        assert may_change(run, None, host=True)

    @pytest.mark.parametrize("preset", PRESETS)
    def test_nobody_may_change_a_shipped_run(self, preset: str) -> None:
        assert not may_change(replace(MINE, id=preset), ME, host=True)

    def test_require_host_refuses_everybody_else(self) -> None:
        require_host(True)
        with pytest.raises(NotAllowed):
            require_host(False)


class TestNicknames:
    @pytest.fixture
    def workshop(self, tmp_path: Path) -> Workshop:
        return Workshop(tmp_path)

    def test_a_nickname_is_stored_by_owner(self, workshop: Workshop, tmp_path: Path) -> None:
        workshop.set_name(hashed(ME), "Ada")
        assert (workshop.name(hashed(ME)), workshop.name(hashed(OTHER)), workshop.name(None)) == ("Ada", "", "")
        assert Workshop(tmp_path).names() == {hashed(ME): "Ada"}
        assert ME not in "".join(path.read_text() + path.name for path in (tmp_path / ".room" / "names").iterdir())

    def test_a_nickname_can_be_changed_and_removed(self, workshop: Workshop) -> None:
        for name in ("Ada", "Grace", "  "):
            workshop.set_name(hashed(ME), name)
            assert workshop.name(hashed(ME)) == name.strip()

    @pytest.mark.parametrize(("typed", "kept"), [
        ("  Ada \n Lovelace ", "Ada Lovelace"), ("x" * 100, "x" * LONGEST_NICKNAME),
        ("\u202eevil\x00\x1b[31m", "evil[31m"),
        ("José 🦊", "José 🦊"), ("\u200b\u200d", ""), ("a" * 23 + " b", "a" * 23),
    ])  # fmt: skip
    def test_a_nickname_becomes_one_short_visible_line(self, typed: str, kept: str) -> None:
        assert clean_nickname(typed) == kept

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"name": 3}', b"\xff", b"[" * 9_000, b'{"name": null}'])
    def test_a_damaged_nickname_file_counts_as_no_name(
        self, workshop: Workshop, tmp_path: Path, content: bytes
    ) -> None:
        workshop.set_name(hashed(OTHER), "Grace")
        (tmp_path / ".room" / "names" / "damaged.json").write_bytes(content)
        assert Workshop(tmp_path).names()[hashed(OTHER)] == "Grace"

    def test_only_the_newest_thousand_nicknames_are_stored(self, workshop: Workshop, tmp_path: Path) -> None:
        folder = tmp_path / ".room" / "names"
        folder.mkdir(parents=True)
        for n in range(MOST_NAMES + 5):
            (folder / f"{n:064d}.json").write_text('{"name": "x"}')
        workshop.set_name(hashed(ME), "Ada")
        assert len(list(folder.iterdir())) == MOST_NAMES
        assert workshop.name(hashed(ME)) == "Ada"

    def test_the_nicknames_folder_is_not_taken_for_a_run(self, workshop: Workshop, tmp_path: Path) -> None:
        workshop.set_name(hashed(ME), "Ada")
        workshop.set_challenge("quick-map", "mse", 60)
        assert RunStore(tmp_path).runs() == ([], {})


# ---- the challenge ----

QUICK_MAP = PRESETS["quick-map"]
CHALLENGE = Challenge("quick-map", "mse", 10, since="2026-01-01T00:00:00+00:00")
ENTRY = Run("entry", QUICK_MAP.architecture, QUICK_MAP.training, owner=hashed(ME), created="2026-01-02T00:00:00+00:00",
            status="finished", epoch=3.0, seconds=9.0)  # fmt: skip


def measured(knn: float, mse: float = 0.04) -> Measures:
    return replace(
        RunStore(Path(__file__).parents[1] / "models").load("quick-map").measures, knn_accuracy=knn, test_mse=mse
    )


def history(*epochs: tuple[float, float | None]) -> History:
    """(seconds, held-out MSE) of one epoch after the other."""
    records = [EpochRecord(i, 0.05, mse, seconds, ()) for i, (seconds, mse) in enumerate(epochs, 1)]
    return History([(1.0, 0.05)], records)


class TestChallenge:
    @pytest.mark.parametrize("change", [
        {"owner": None}, {"created": "2025-12-31T23:59:59+00:00"}, {"architecture": SMALL},
        {"training": replace(QUICK_MAP.training, digits="all")},
        {"training": replace(QUICK_MAP.training, dataset="other")},
    ])  # fmt: skip
    def test_only_fair_runs_begun_since_take_part(self, change: dict[str, object]) -> None:
        assert CHALLENGE.takes(ENTRY)
        assert CHALLENGE.takes(replace(ENTRY, training=replace(QUICK_MAP.training, learning_rate=0.01, epochs=99)))
        assert not CHALLENGE.takes(replace(ENTRY, **change))  # type: ignore[arg-type]

    def test_the_best_epoch_within_the_time_counts(self) -> None:
        assert CHALLENGE.score(ENTRY, history((4, 0.05), (4, 0.04), (4, 0.01))) == 0.04
        assert CHALLENGE.score(ENTRY, history((11, 0.01))) is None
        assert CHALLENGE.score(ENTRY, history((1, None))) is None

    def test_the_mse_counts_where_the_loss_has_more_terms(self) -> None:
        record = EpochRecord(1, 0.9, 0.8, 1.0, (), {"mse": 0.05, "kl": 4.0, "val_mse": 0.04, "val_kl": 4.0})
        assert CHALLENGE.score(ENTRY, History([], [record])) == 0.04

    def test_knn_counts_where_the_training_ended_in_time(self) -> None:
        knn = replace(CHALLENGE, goal="knn")
        assert knn.score(replace(ENTRY, measures=measured(0.8)), History()) == 0.8
        assert knn.score(replace(ENTRY, measures=measured(0.8), seconds=10.1), History()) is None
        assert knn.score(ENTRY, History()) is None

    def test_a_challenge_is_stored_until_it_is_ended(self, tmp_path: Path) -> None:
        workshop = Workshop(tmp_path)
        assert workshop.challenge() is None
        challenge = workshop.set_challenge("best-8d", "knn", 90)
        assert Workshop(tmp_path).challenge() == challenge
        workshop.end_challenge()
        assert workshop.challenge() is None

    @pytest.mark.parametrize("wrong", [
        ("nothing", "mse", 60), ("quick-map", "fame", 60), ("quick-map", "mse", 0), ("quick-map", "mse", 10**400),
        ("quick-map", "mse", True), ("quick-map", "mse", None), ("quick-map", "mse", "60"),
        ("quick-map", "mse", float("nan")), ("course-2d", "mse", 60), ("course-8d", "knn", 60),
    ])  # fmt: skip
    def test_an_impossible_challenge_is_refused(self, tmp_path: Path, wrong: tuple[str, str, int]) -> None:
        with pytest.raises(InvalidSetting):
            Workshop(tmp_path).set_challenge(*wrong)
        assert Workshop(tmp_path).challenge() is None

    @pytest.mark.parametrize(
        "content", ["", "[]", '{"preset": []}', '{"preset": "quick-map", "more": 1}', '{"seconds": 1}']
    )
    def test_a_damaged_challenge_file_counts_as_none(self, tmp_path: Path, content: str) -> None:
        Workshop(tmp_path).set_challenge("quick-map", "mse", 60)
        (tmp_path / ".room" / "challenge.json").write_text(content)
        assert Workshop(tmp_path).challenge() is None

    def test_the_board_has_the_best_run_of_each_person(self, store: RunStore) -> None:
        workshop, service = Workshop(store.folder), TrainingService(store)
        workshop.set_challenge("quick-map", "mse", 10)
        workshop.set_name(hashed(OTHER), "Grace")
        entries = [("a", ME, 0.05), ("b", OTHER, 0.03), ("c", OTHER, 0.06), ("d", ME, 0.04)]
        for run_id, secret, mse in entries:
            store.save(replace(ENTRY, id=run_id, owner=hashed(secret), created=LATER))
            store.save_history(run_id, history((5, mse)))
        answer = Board().standings(service, workshop, ME, "en")
        assert [(row["place"], row["who"], row["run"], row["mine"]) for row in answer["board"]] == [
            (1, "Grace", "b", False), (2, "", "d", True)]  # fmt: skip
        assert "lowest held-out MSE" in answer["challenge"]["text"]
        assert hashed(OTHER) not in json.dumps(answer)
        service.close()

    def test_the_board_shows_the_best_ten_and_ones_own_place(self, store: RunStore) -> None:
        workshop, service = Workshop(store.folder), TrainingService(store)
        workshop.set_challenge("quick-map", "mse", 10)
        for n in range(14):
            store.save(replace(ENTRY, id=f"r{n}", owner=hashed(f"person {n}"), created=LATER))
            store.save_history(f"r{n}", history((5, 0.03 + n / 1000)))
        answer = Board().standings(service, workshop, "person 12", "en")
        assert [row["place"] for row in answer["board"]] == [*range(1, BEST + 1), 13]
        assert answer["people"] == 14
        service.close()


# ---- everyone's runs ----


def said_of(service: TrainingService, run: Run, language: str = "en") -> str | None:
    """The sentence beside the buttons of a run's page."""
    said = Cursor().messages(service.progress(run.id), mine=True, language=language)[0]["message"]
    assert said is None or isinstance(said, str)
    return said


def frame(epoch: float) -> Frame:
    codes = np.random.default_rng(int(epoch)).normal(size=(5000, 2)).astype(np.float32)
    return Frame(epoch, codes, np.zeros((16, 784), np.uint8))


class TestTiles:
    @pytest.fixture
    def service(self, store: RunStore) -> TrainingService:
        for run_id, secret, name in (("one", ME, ""), ("two", OTHER, "named")):
            store.save(replace(ENTRY, id=run_id, owner=hashed(secret), name=name))
            store.save_history(run_id, history((2, 0.05)))
            store.save_frame(run_id, frame(1))
        store.save(replace(ENTRY, id="by-hand", owner=None))
        return TrainingService(store)

    def test_each_run_that_somebody_started_has_a_tile(self, service: TrainingService) -> None:
        workshop = Workshop(service.store.folder)
        workshop.set_name(hashed(ME), "Ada")
        messages = Tiles(service, workshop, "en").messages()
        assert messages[0] == {"type": "challenge", "challenge": None}
        tiles = {message["run"]: message for message in messages[1:]}
        assert set(tiles) == {"one", "two"}
        assert (tiles["one"]["who"], tiles["one"]["mse"], tiles["two"]["title"]) == ("Ada", 0.05, "named")
        assert tiles["one"]["frame"]["dims"] == 2
        assert len(tiles["one"]["frame"]["codes"]) < 4 * POINTS * 1.5
        assert hashed(ME) not in json.dumps(messages)

    def test_runs_of_one_person_that_are_alike_are_told_apart_as_in_the_list(self, service: TrainingService) -> None:
        other = replace(ENTRY.training, seed=7)
        service.store.save(replace(ENTRY, id="again", owner=hashed(ME), training=other, name=""))
        tiles = Tiles(service, Workshop(service.store.folder), "en")
        told = {m["run"]: m["title"] for m in tiles.messages()[1:]}
        assert told["again"].endswith("seed 7")
        assert told["one"] != told["again"]
        service.delete("again")
        later = [message for _ in range(3) for message in tiles.messages()]
        assert [m["title"] for m in later if m["type"] == "tile"] == [
            told["one"].removesuffix(f" · seed {ENTRY.training.seed}")
        ]

    def test_a_tile_says_whether_its_error_is_of_held_out_digits(self, service: TrainingService) -> None:
        store = service.store
        store.save(replace(ENTRY, id="begun"))
        store.save_history("begun", History([(0.4, 0.09)], []))
        store.save(replace(ENTRY, id="all", measures=replace(measured(0.7), held_out=False, train_mse=0.02)))
        tiles = {
            m["run"]: (m["mse"], m["held_out"]) for m in Tiles(service, Workshop(store.folder), "en").messages()[1:]
        }
        assert tiles == {"one": (0.05, True), "two": (0.05, True), "begun": (0.09, False), "all": (0.02, False)}

    def test_beyond_the_most_pictured_a_tile_has_numbers_but_no_map(
        self, service: TrainingService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("server.tiles.MOST_PICTURED", 1)
        service.store.save(replace(ENTRY, id="three", created="1999", measures=measured(0.7, 0.02)))
        tiles = {m["run"]: m for m in Tiles(service, Workshop(service.store.folder), "en").messages()[1:]}
        assert set(tiles) == {"one", "two", "three"}
        assert [m["pictured"] for m in tiles.values()].count(True) == 1
        assert ("frame" in tiles["three"], tiles["three"]["pictured"], tiles["three"]["mse"]) == (False, False, 0.02)

    def test_a_tile_is_sent_only_when_it_has_changed(self, service: TrainingService) -> None:
        workshop = Workshop(service.store.folder)
        tiles = Tiles(service, workshop, "en")
        assert len(tiles.messages()) == 3
        assert tiles.messages() == []
        workshop.set_name(hashed(OTHER), "Grace")
        changed = tiles.messages()
        assert [(m["run"], m["who"], "frame" in m) for m in changed] == [("two", "Grace", False)]

    def test_deleted_runs_and_new_runs_are_told(self, service: TrainingService) -> None:
        tiles = Tiles(service, Workshop(service.store.folder), "en")
        tiles.messages()
        service.delete("one")
        started = service.start(SMALL, QUICK, owner=ME)
        told = [message for _ in range(3) for message in tiles.messages()]
        assert {(m["type"], m["run"]) for m in told} == {("gone", "one"), ("tile", started.id)}
        service.close()

    def test_pausing_and_resuming_all_leaves_ended_runs(self, service: TrainingService) -> None:
        runs = [service.start(SMALL, QUICK, owner=secret) for secret in (ME, OTHER)]
        assert pause_all(service) == 2
        assert {service.run(run.id).status for run in runs} == {"paused"}
        assert service.run("one").status == "finished"
        service.store.save(replace(ENTRY, id="cut-off", status="training"))  # the app was killed
        assert service.run("cut-off").status == "interrupted"
        assert resume_all(service) == 3
        assert {service.run(run_id).status for run_id in (runs[0].id, runs[1].id, "cut-off")} == {"waiting"}
        assert service.run("one").status == "finished"
        service.close()

    def test_a_run_that_the_host_has_paused_says_so_until_it_goes_on(self, service: TrainingService) -> None:
        run = service.start(SMALL, QUICK, owner=ME)
        service.pause(run.id)  # its owner
        assert said_of(service, run) is None
        service.resume(run.id)
        pause_all(service)
        assert said_of(service, run) == "The host has paused all trainings."
        assert said_of(service, run, "es") == "Quien dirige la sala ha pausado todos los entrenamientos."
        resume_all(service)
        assert "The host" not in str(said_of(service, run))
        service.pause(run.id)
        assert said_of(service, run) is None
        service.close()

    @pytest.mark.parametrize("lost", ["one", "two"])
    def test_whoever_asks_for_a_run_that_was_cleared_away_is_told_so(self, service: TrainingService, lost: str) -> None:
        service.delete("two") if lost == "two" else clear(service, named_too=False)
        why = "This run has been deleted." if lost == "two" else "The host has cleared the room"
        for ask in (service.run, service.progress, service.summary, service.resume, service.stop):
            with pytest.raises(RunNotFound, match=why):
                ask(lost)
        assert service.is_deleted(lost)
        with pytest.raises(RunNotFound, match="no run"):
            service.run("0123456789abcdef")

    def test_why_a_run_is_gone_is_known_after_a_restart_too(self, service: TrainingService) -> None:
        service.delete("two")
        clear(service, named_too=False)
        with (service.store.folder / ".room" / "deleted.jsonl").open("a") as file:
            file.write('[]\nnonsense\n{"run": "three", "template": "{values.__class__}", "values": {}}\n{"run": "fo')
        again = TrainingService(service.store)
        for run, why in (("one", "The host has cleared the room"), ("two", "This run has been deleted.")):
            assert again.is_deleted(run)
            with pytest.raises(RunNotFound, match=why):
                again.run(run)
        assert not again.is_deleted("three")

    def test_a_run_that_could_not_be_deleted_is_not_said_to_be_gone(
        self, service: TrainingService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(run_id: str) -> None:
            raise StorageError("The disk does not answer.")

        monkeypatch.setattr(service.store, "delete", full)
        with pytest.raises(StorageError):
            service.delete("one")
        assert not service.is_deleted("one")

    def test_clearing_keeps_named_runs_and_those_of_nobody(self, service: TrainingService) -> None:
        service.start(SMALL, QUICK, owner=ME)
        assert clear(service, named_too=False) == 2
        assert {run.id for run in service.runs()[0]} == {"two", "by-hand"}
        assert clear(service, named_too=True) == 1
        assert {run.id for run in service.runs()[0]} == {"by-hand"}
        service.close()


# ---- the way in ----


class TestInvitation:
    @pytest.mark.parametrize(("page", "address", "local"), [
        ("http://192.168.1.20:8501/classroom", "http://192.168.1.20:8501", False),
        ("https://lab.school.example/classroom?run=abc/d", "https://lab.school.example", False),
        ("https://school.example/lab/classroom", "https://school.example/lab", False),
        ("http://localhost:8501/classroom", "http://localhost:8501", True),
        ("http://127.0.0.1:8501/classroom", "http://127.0.0.1:8501", True),
        ("http://[::1]:8501/classroom", "http://[::1]:8501", True),
    ])  # fmt: skip
    def test_the_address_is_the_one_that_the_hosts_browser_uses(self, page: str, address: str, local: bool) -> None:
        shown = invitation(page, "kiwi-2026")
        assert (shown.address, shown.code, shown.local) == (address, "kiwi-2026", local)
        assert shown.qr == qr_rows(address)

    def test_the_code_that_is_shown_is_the_rooms(self, tmp_path: Path) -> None:
        assert Access({"room": "kiwi-2026", "host": "only the teacher"}, tmp_path).room_code == "kiwi-2026"
        assert Access({"room": "", "host": "only the teacher"}, tmp_path).room_code is None

    def test_a_qr_code_is_square_and_has_its_three_corners(self) -> None:
        rows = qr_rows("http://192.168.1.20:8501")
        assert {len(row) for row in rows} == {len(rows)}
        assert set("".join(rows)) == {"0", "1"}
        corner = ("1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111")
        for top, left in ((0, 0), (0, len(rows) - 7), (len(rows) - 7, 0)):
            assert tuple(row[left : left + 7] for row in rows[top : top + 7]) == corner
        assert qr_rows("http://192.168.1.21:8501") != rows
