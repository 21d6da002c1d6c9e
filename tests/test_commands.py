"""Every route that changes something, asked by its owner, a stranger, the host, and another site."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from unittest.mock import Mock

import pytest
from asgi import Browser, browser_of, hosted
from conftest import QUICK, SMALL, random_weights
from starlette.routing import Route

from autoencoder.engine.run_files import RunFiles
from autoencoder.engine.service import TrainingService
from autoencoder.errors import InvalidTraining
from autoencoder.runs.run import COMMANDS, DONE_ALREADY, ENDED, STATUS_LABELS, Run, Status, hashed
from autoencoder.runs.store import RunStore
from autoencoder.training.loop import steps_of
from autoencoder.training.records import Checkpoint
from server import state
from server.event_stream import Message
from server.routes import routes
from server.run_events import Cursor, replay
from server.tiles import Tiles

ME, STRANGER = "the-secret-of-the-browser-that-started-it", "the-secret-of-another-browser-in-this-room"
STEERING = ["pause", "resume", "step", "stop", "learning_rate", "go_back"]
VALUES = {"learning_rate": 0.002}  # of the commands that take one
FOR_THE_HOST = [
    {"action": "pause_all"}, {"action": "resume_all"}, {"action": "clear"}, {"action": "clear", "named_too": True},
    {"action": "end_challenge"},
    {"action": "challenge", "preset": "quick-map", "goal": "mse", "seconds": 60},
]  # fmt: skip
OPEN_TO_ALL = {  # what changes nothing that is anybody's, with the reason
    ("/api/runs/{run}/tsne", "POST"): "computed once for everyone",
    ("/api/uploads", "POST"): "gives only the browser that sends it something",
    ("/enter", "POST"): "asks for the room's code",
    ("/host", "POST"): "asks for the host's code",
    ("/leave", "POST"): "gives up what only this browser has",
}


@pytest.fixture
def service(store: RunStore) -> Iterator[TrainingService]:
    with hosted(store) as service:
        yield service


@pytest.fixture
def run(service: TrainingService) -> Run:
    return service.start(SMALL, QUICK, owner=ME)


def command(who: Browser, path: str, asked: object, **headers: str) -> int:
    return who.ask("POST", path, json.dumps(asked).encode(), headers).status


def steer(who: Browser, run: Run, action: str, **headers: str) -> int:
    return command(who, f"/api/runs/{run.id}/commands", {"action": action, "value": VALUES.get(action)}, **headers)


def test_every_route_that_changes_something_has_a_rule_here() -> None:
    """Whoever adds one decides here who may use it."""
    changing = {
        (route.path, method)
        for route in routes()
        if isinstance(route, Route)
        for method in route.methods or ()
        if method not in ("GET", "HEAD")
    }
    asked_for_permission = {
        ("/api/runs/{run}/commands", "POST"), ("/api/runs/{run}/selections", "POST"),  # tests/test_selections.py
        ("/api/runs/{run}/tsne", "DELETE"), ("/api/classroom/commands", "POST"),
        ("/api/uploads/{upload}", "POST"), ("/api/own-datasets", "POST"),  # tests/test_uploads.py
    }  # fmt: skip
    assert changing == asked_for_permission | OPEN_TO_ALL.keys()


@pytest.mark.parametrize("secret", [STRANGER, None, hashed(ME)])
@pytest.mark.parametrize("action", STEERING)
def test_commands_of_a_stranger_are_refused(
    run: Run, service: TrainingService, action: str, secret: str | None
) -> None:
    assert steer(browser_of(secret), run, action) == 403
    assert service.run(run.id) == run


@pytest.mark.parametrize("host", [False, True])
def test_commands_of_the_owner_and_the_host_are_carried_out(run: Run, service: TrainingService, host: bool) -> None:
    who = browser_of(STRANGER, host=True) if host else browser_of(ME)
    for action, status in (("pause", "paused"), ("resume", "waiting"), ("pause", "paused"), ("step", "waiting")):
        assert steer(who, run, action) == 200
        assert service.run(run.id).status == status
    assert steer(who, run, "stop") == 200
    assert service.run(run.id).status == "measuring"


@pytest.mark.parametrize(("host", "said"), [(True, "The host has paused this training."), (False, "")])
def test_the_owner_is_told_of_a_pause_by_the_host(run: Run, service: TrainingService, host: bool, said: str) -> None:
    steer(browser_of(STRANGER, host=True) if host else browser_of(ME), run, "pause")
    assert service.progress(run.id).paused_because == said


@pytest.mark.parametrize("status", STATUS_LABELS)
@pytest.mark.parametrize("action", STEERING)
def test_a_run_takes_the_commands_of_its_status_and_no_others(
    run: Run, service: TrainingService, action: str, status: Status
) -> None:
    put_into(service, run, status)
    asked = {"action": action, "value": VALUES.get(action)}
    answer = browser_of(ME).ask("POST", f"/api/runs/{run.id}/commands", json.dumps(asked).encode())
    if action in COMMANDS.get(status, ()):
        assert answer.status == 200
        assert has_followed(service, run, action)
    elif status not in DONE_ALREADY.get(action, ()):  # type: ignore[call-overload]
        assert answer.status == 400
        assert json.loads(answer.text)["error"]
        assert service.run(run.id).status == status
    else:
        assert answer.status == 200
        assert service.run(run.id).status == status


def put_into(service: TrainingService, run: Run, status: Status) -> None:
    """As if the cluster, which is not there, had brought the run so far: beyond its best epoch, the first."""
    job = service._jobs[run.id]
    weights = random_weights(run.architecture)
    checkpoint = Checkpoint(weights, step=2 * steps_of(run.training), best_epoch=1, best_weights=weights)
    service.store.save_checkpoint(run.id, checkpoint)
    job._start.move_to(checkpoint)
    job.run = replace(job.run, epoch=2.0, best_epoch=1)
    job.history.add_points(((1.0, 0.05), (2.0, 0.2)))
    if status == "interrupted":
        service._let_go(run.id)
        job.close()
        assert service.run(run.id).status == "interrupted"
    elif status in ENDED:
        service._let_go(run.id)
        job.close()
        service.store.save(replace(run, status=status, best_epoch=1))
    else:
        job.run = replace(job.run, status=status)


def has_followed(service: TrainingService, run: Run, action: str) -> bool:
    now, job = service.run(run.id), service._jobs[run.id]
    return {
        "pause": now.status == "paused",
        "resume": now.status == "waiting",
        "step": now.status in ("waiting", "training") and job._pause_after == 3,
        "stop": now.status == "measuring",
        "learning_rate": now.learning_rate == 0.002,
        "go_back": now.status == "waiting" and now.epoch == 1 and now.events[-1].kind == "went_back",
    }[action]


def test_a_second_click_on_step_before_the_first_slice_is_no_error(run: Run, service: TrainingService) -> None:
    """A paused run that has trained nothing yet waits after the first click."""
    for action, status in (("pause", "paused"), ("step", "waiting"), ("step", "waiting")):
        assert steer(browser_of(ME), run, action) == 200
        assert service.run(run.id).status == status
    assert service._jobs[run.id]._pause_after == 1


@pytest.mark.parametrize("status", ["training", "paused", "interrupted"])
def test_without_a_best_epoch_there_is_no_way_back_and_it_says_so(
    run: Run, service: TrainingService, status: Status
) -> None:
    """As of a run that an earlier version began."""
    put_into(service, run, status)
    if status == "interrupted":
        service.store.save(replace(service.store.load(run.id), best_epoch=0))
    else:
        service._jobs[run.id].run = replace(service.run(run.id), best_epoch=0)
    assert "go_back" not in service.run(run.id).commands
    answer = browser_of(ME).ask("POST", f"/api/runs/{run.id}/commands", b'{"action": "go_back"}')
    assert (answer.status, "remembers no epoch" in json.loads(answer.text)["error"]) == (400, True)
    assert service.run(run.id).status == status


def test_an_app_that_dies_on_the_way_back_leaves_a_run_that_goes_on_from_there(
    run: Run, service: TrainingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checkpoint is on disk, and the history is still the longer one."""
    put_into(service, run, "paused")
    service.store.save_history(run.id, service._jobs[run.id].history)
    with monkeypatch.context() as patched:
        patched.setattr(RunFiles, "save", Mock(side_effect=InterruptedError))
        with pytest.raises(InterruptedError):
            service.go_back(run.id)
    service._let_go(run.id).close(keep=False)
    assert [epoch for epoch, _ in service.store.load_history(run.id).points] == [1.0, 2.0]
    service.resume(run.id)
    assert service.run(run.id).epoch == 1.0
    assert [epoch for epoch, _ in service.progress(run.id).points] == [1.0]


@pytest.mark.parametrize(("value", "status"), [(None, 200), ("best", 200), ("last", 200), ("first", 400), (3, 400)])
def test_whoever_stops_a_run_may_choose_the_weights_that_are_kept(
    run: Run, service: TrainingService, value: object, status: int
) -> None:
    asked = json.dumps({"action": "stop", "value": value}).encode()
    assert browser_of(ME).ask("POST", f"/api/runs/{run.id}/commands", asked).status == status
    assert service._jobs[run.id]._keep == (value if status == 200 else None)
    assert service.run(run.id).status == ("measuring" if status == 200 else "waiting")


@pytest.mark.parametrize("rate", [1e-320, 9e-8, 0, -1, 1.5])
def test_a_rate_below_the_lowest_is_refused_before_and_during_a_training(
    run: Run, service: TrainingService, rate: float
) -> None:
    put_into(service, run, "training")
    asked = json.dumps({"action": "learning_rate", "value": rate}).encode()
    answer = browser_of(ME).ask("POST", f"/api/runs/{run.id}/commands", asked)
    assert (answer.status, "between 0.0000001 and 1" in json.loads(answer.text)["error"]) == (400, True)
    if rate > 0:
        training = replace(QUICK, learning_rate=min(rate, 1.0))
        with pytest.raises(InvalidTraining, match="Learning rate") if rate < 1 else nullcontext():
            service.start(SMALL, training, owner=ME)


def test_a_refused_command_says_why_in_the_reader_s_language(run: Run, service: TrainingService) -> None:
    body = b'{"action": "learning_rate", "value": 0.002}'
    answer = browser_of(ME).ask("POST", f"/api/runs/{run.id}/commands?lang=es", body)
    assert "En espera" in json.loads(answer.text)["error"]


def test_the_streams_tell_the_commands_of_a_run_to_those_who_may_give_them(run: Run, service: TrainingService) -> None:
    mine, theirs = (Cursor().messages(service.progress(run.id), mine, "en")[0] for mine in (True, False))
    assert (mine["commands"], theirs["commands"]) == (("pause", "stop"), ())
    (tile,) = [m for m in Tiles(service, state.workshop(), "es").messages() if m["type"] == "tile"]
    assert (tile["commands"], tile["status_label"]) == (
        ("pause", "stop"),
        mine["status_label"].replace("Waiting", "En espera"),
    )


@pytest.mark.parametrize("told", ["while it trains", "after its end", "in a replay"])
def test_whoever_watches_hears_of_marks_the_best_epoch_and_the_one_that_is_kept(
    run: Run, service: TrainingService, told: str
) -> None:
    put_into(service, run, "training")
    service.set_learning_rate(run.id, 0.002)
    service.pause(run.id)
    if told != "while it trains":
        paused = service.run(run.id)
        put_into(service, run, "stopped")
        service.store.save(replace(paused, status="stopped", kept=1.0))
    messages = replay(service, run.id, True, "es") if told == "in a replay" else events_of(service, run)
    (marks,), (about,) = ([m for m in messages if m["type"] == kind] for kind in ("marks", "run"))
    assert [(mark["kind"], mark["epoch"], mark.get("rate")) for mark in marks["marks"]] == [
        ("rate_changed", 2.0, 0.002), ("paused", 2.0, None),
    ]  # fmt: skip
    assert marks["marks"][1]["text"] == "En pausa en la época 2,0."
    assert (about["best_epoch"], about["kept"]) == (1, None if told == "while it trains" else 1.0)
    assert about["first_rate"] == QUICK.learning_rate
    (notices,) = [m for m in messages if m["type"] == "notices"]
    assert "paused" not in {notice["kind"] for notice in notices["notices"]}


def events_of(service: TrainingService, run: Run) -> list[Message]:
    return Cursor().messages(service.progress(run.id), True, "es")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_commands_from_other_sites_are_refused_even_for_the_host(run: Run, service: TrainingService, site: str) -> None:
    host = browser_of(ME, host=True)
    assert steer(host, run, "stop", sec_fetch_site=site) == 403
    for asked in FOR_THE_HOST:
        assert command(host, "/api/classroom/commands", asked, sec_fetch_site=site) == 403
    assert host.ask("DELETE", f"/api/runs/{run.id}/tsne", headers={"sec-fetch-site": site}).status == 403
    assert service.run(run.id) == run


def test_only_the_host_may_command_the_room_and_watch_everyone(run: Run, service: TrainingService) -> None:
    for who in (browser_of(ME), browser_of(STRANGER), browser_of()):
        for asked in FOR_THE_HOST:
            assert command(who, "/api/classroom/commands", asked) == 403
        assert who.get("/api/classroom/events").status == 403
        assert who.connect("/api/classroom/events") == "websocket.close"
    assert service.run(run.id) == run
    assert state.workshop().challenge() is None
    host = browser_of(host=True)
    assert host.get("/api/classroom/events").status == 426
    assert host.connect("/api/classroom/events") == "websocket.accept"
    assert all(command(host, "/api/classroom/commands", asked) == 200 for asked in FOR_THE_HOST)
    assert service.runs() == ([], {})
    assert state.workshop().challenge() is not None


@pytest.mark.parametrize("body", [
    b"", b"{", b"null", b"[]", b"3", b'"clear"', b"{}", b'{"action": []}', b'{"action": {}}', b'{"action": "explode"}',
    b'{"action": "challenge"}', b'{"action": "challenge", "preset": ["quick-map"], "goal": "mse", "seconds": 60}',
    b'{"action": "challenge", "preset": "quick-map", "goal": "mse", "seconds": NaN}', b"[" * 1_900, b"\xff",
    b"x" * 3_000,
    b'{"action": "challenge", "preset": "quick-map", "goal": "mse", "seconds": 1' + b"0" * 1_800 + b"}",
])  # fmt: skip
def test_malformed_commands_of_the_host_are_refused(service: TrainingService, body: bytes) -> None:
    answer = browser_of(host=True).ask("POST", "/api/classroom/commands", body)
    assert answer.status == 400
    assert json.loads(answer.text)["error"]
    assert state.workshop().challenge() is None


def test_who_shows_a_run_is_told_when_it_has_been_deleted(run: Run, service: TrainingService) -> None:
    def is_gone() -> object:
        return json.loads(browser_of().get(f"/api/challenge?run={run.id}").text)["run_is_gone"]

    assert is_gone() is False
    service.delete(run.id)
    assert is_gone() is True


def test_without_a_challenge_the_board_is_empty_for_everyone(run: Run, service: TrainingService) -> None:
    assert json.loads(browser_of().get("/api/challenge").text) == {"challenge": None, "people": 0, "board": []}


def test_only_its_owner_and_the_host_may_cancel_a_computation(run: Run, service: TrainingService) -> None:
    path = f"/api/runs/{run.id}/tsne"
    assert browser_of(ME).ask("DELETE", path).status == 403  # nobody has started one
    assert browser_of(host=True).ask("DELETE", path).status == 200
