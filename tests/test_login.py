"""Login: without a ticket nothing is served, guessing is slowed down, and no cookie holds a code."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from asgi import Browser
from itsdangerous.encoding import base64_decode, base64_encode, bytes_to_int, int_to_bytes
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from autoencoder.errors import InvalidSetting
from autoencoder.runs.run import hashed
from autoencoder.workshop import clean_nickname
from server.access import codes
from server.access.attempts import Attempts
from server.access.codes import COOKIES, SECONDS, Access, Kind
from server.access.login import login_routes
from server.access.suggested_names import ADJECTIVES, ANIMALS, suggested_name
from server.http import OPEN
from server.language import LANGUAGES
from server.middleware import middleware

ROOM, HOST = "kiwi 2026", "only the teacher knows"
PATHS = ["/", "/train", "/latent_space?run=abc", "/api/runs/abc/events", "/api/challenge", "/_stcore/host-config",
         "/static/index.js", "/media/a.png", "/assets/x/monitor/monitor.js", "/_stcore/health/", "//_stcore/health",
         "/host", "/_stcore/stream"]  # fmt: skip

FOREIGN = ['prefs={"a":1}', "a=b c", "a", "=v", "k@x=1", 'q="x', 'q="x, y"', "naïve[]=1", "=", "", "x=\\073",
           "lab_owner", "lab_owner=", 'lab_owner="bad"', "lab_owner=a b", "lab_room=; lab_host=.", '{"a": 1}',
           "LAB_OWNER=" + "x" * 32, "a=\xff\x01"]  # fmt: skip
SEEN: list[dict[str, str]] = []  # the cookies that a websocket's page has found


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    codes.use(Access({}, Path("nowhere")))


@pytest.fixture
def app() -> ASGIApp:
    async def page(request: Request) -> Response:
        return HTMLResponse("inside") if request.url.path == "/page" else PlainTextResponse("inside")

    async def live(socket: WebSocket) -> None:
        SEEN.append(socket.cookies)
        await socket.accept()
        await socket.close()

    routes = [
        *login_routes(),
        WebSocketRoute("/_stcore/stream", live),
        Route("/{path:path}", page, methods=["GET", "POST"]),
    ]
    return Starlette(routes=routes, middleware=middleware())


@pytest.fixture
def browser(app: ASGIApp, tmp_path: Path) -> Browser:
    """In front of a room with both codes."""
    codes.use(Access({"room": ROOM, "host": HOST}, tmp_path))
    return Browser(app)


class TestWithoutCodes:
    def test_without_codes_everyone_may_enter_and_nobody_is_the_host(self, app: ASGIApp, tmp_path: Path) -> None:
        codes.use(Access.from_environment(tmp_path, {}))
        browser = Browser(app)
        assert browser.get("/train").text == "inside"
        assert browser.connect("/_stcore/stream") == "websocket.accept"
        assert browser.get("/host").header("location") == "./"
        browser.post("/host", {"code": ""})
        assert not codes.access().is_host(browser.cookies)

    def test_an_empty_code_counts_as_none(self, tmp_path: Path) -> None:
        found = Access.from_environment(tmp_path, {"WORKSHOP_CODE": "  ", "HOST_CODE": ""})
        assert not found.asks_for("room")
        assert not found.asks_for("host")
        assert found.may_enter({})
        assert not found.is_host({"lab_host": "a.b"})

    @pytest.mark.parametrize(
        ("room", "host", "why"),
        [("kiwi", "", "6 to 200"), ("", "x" * 201, "6 to 200"), ("kiwi-2026", "kiwi-2026", "must differ")],
    )
    def test_too_short_too_long_and_equal_codes_are_refused(
        self, tmp_path: Path, room: str, host: str, why: str
    ) -> None:
        with pytest.raises(InvalidSetting, match=why):
            Access.from_environment(tmp_path, {"WORKSHOP_CODE": room, "HOST_CODE": host})


class TestTheRoomsCode:
    @pytest.mark.parametrize("path", PATHS)
    def test_without_a_ticket_every_path_answers_403(self, browser: Browser, path: str) -> None:
        for answer in (browser.get(path), browser.ask("GET", path), browser.ask("POST", path, b"{}")):
            assert answer.status == 403
            assert "inside" not in answer.text
            assert answer.header("cache-control") == "no-store"
        assert browser.connect("/_stcore/stream") == "websocket.close"

    def test_without_a_ticket_only_health_checks_answer(self, browser: Browser) -> None:
        for path in OPEN:
            assert browser.get(path).text == "inside"

    def test_the_code_lets_a_browser_in_and_leads_to_the_page_it_wanted(self, browser: Browser) -> None:
        form = browser.get("/latent_space?run=abc&by=error")
        assert 'value="/latent_space?run=abc&amp;by=error"' in form.text
        entered = browser.post("/enter", {"code": f" {ROOM} ", "to": "/latent_space?run=abc&by=error"})
        assert (entered.status, entered.header("location")) == (303, "./latent_space?run=abc&by=error")
        assert browser.get("/latent_space?run=abc&by=error").text == "inside"
        assert browser.connect("/_stcore/stream") == "websocket.accept"
        assert not codes.access().is_host(browser.cookies)

    @pytest.mark.parametrize("typed", ["", "kiwi", ROOM.upper(), ROOM + "x", "ключ", "\0", "x" * 3_000])
    def test_a_wrong_code_is_refused_in_the_readers_language(self, browser: Browser, typed: str) -> None:
        answer = browser.post("/enter", {"code": typed}, accept_language="es")
        assert answer.status == 403
        assert "Esa no es la clave" in answer.text
        assert "lab_room" not in answer.cookies
        assert browser.get("/train").status == 403

    @pytest.mark.parametrize(
        "to", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", "", "/a b"]
    )
    def test_the_redirect_never_leads_to_another_site(self, browser: Browser, to: str) -> None:
        assert browser.post("/enter", {"code": ROOM, "to": to}).header("location") == "./"

    def test_what_was_typed_is_escaped_in_the_page(self, browser: Browser) -> None:
        answer = browser.post("/enter", {"code": "x", "to": '/"><script>alert(1)</script>'})
        assert "<script" not in answer.text
        assert "<script" not in browser.get('/"><script>alert(1)</script>').text

    def test_a_code_sent_by_another_sites_page_is_refused(self, browser: Browser) -> None:
        assert browser.post("/enter", {"code": ROOM}, sec_fetch_site="cross-site").status == 403
        assert browser.get("/train").status == 403


class TestTheNameAtTheDoor:
    """Nobody gave one while it was asked for behind an icon."""

    def name_in(self, form: str) -> str:
        found = re.search(r'name="name" value="([^"]*)"', form)
        assert found is not None
        return html.unescape(found[1])

    def named(self, browser: Browser) -> str:
        return codes.access().workshop.name(hashed(browser.cookies["lab_owner"].split(";")[0]))

    def test_a_name_is_filled_in_that_can_be_taken_as_it_is(self, browser: Browser) -> None:
        suggested = self.name_in(browser.get("/train").text)
        assert suggested
        browser.post("/enter", {"code": ROOM, "name": suggested})
        assert self.named(browser) == suggested

    def test_the_name_that_is_typed_is_kept_as_any_nickname(self, browser: Browser) -> None:
        browser.get("/train")
        browser.post("/enter", {"code": ROOM, "name": "  Ada \u202e\n<b>Lovelace</b> the first of many"})
        assert self.named(browser) == "Ada <b>Lovelace</b> the"

    @pytest.mark.parametrize(("sent", "left"), [({"name": ""}, ""), ({"name": " \u200b"}, ""), ({}, "Ada")])
    def test_an_emptied_field_means_no_name(self, browser: Browser, sent: dict[str, str], left: str) -> None:
        browser.get("/train")
        browser.post("/enter", {"code": ROOM, "name": "Ada"})
        browser.post("/enter", {"code": ROOM, **sent})
        assert self.named(browser) == left

    def test_a_wrong_code_gives_no_name_and_forgets_none_that_was_typed(self, browser: Browser) -> None:
        browser.get("/train")
        refused = browser.post("/enter", {"code": "wrong", "name": 'A "b" <c>'})
        assert self.name_in(refused.text) == 'A "b" <c>'
        assert "<c>" not in refused.text
        assert self.named(browser) == ""

    def test_who_has_a_name_finds_it_filled_in(self, browser: Browser) -> None:
        browser.get("/train")
        browser.post("/enter", {"code": ROOM, "name": "Ada"})
        del browser.cookies["lab_room"]
        assert self.name_in(browser.get("/train").text) == "Ada"

    def test_a_browser_without_a_cookie_gets_in_without_a_name(self, browser: Browser) -> None:
        assert browser.post("/enter", {"code": ROOM, "name": "Ada"}).status == 303
        assert "Ada" not in codes.access().workshop.names().values()

    def test_the_hosts_form_asks_for_no_name(self, browser: Browser) -> None:
        browser.post("/enter", {"code": ROOM})
        assert 'name="name"' not in browser.get("/host").text

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_suggestions_are_short_and_nobody_elses(self, language: str) -> None:
        most = len(ADJECTIVES) * len(ANIMALS)
        taken: list[str] = []
        for _ in range(most + 3):
            taken.append(suggested_name(language, taken, choose=lambda free: free[-1]))
        assert len(set(taken)) == most + 3
        assert all(clean_nickname(name) == name for name in taken)
        assert taken[most].endswith(" 2")

    def test_suggestions_are_in_the_readers_language(self, browser: Browser) -> None:
        names = {suggested_name("es", [], choose=choose) for choose in (lambda free: free[0], lambda free: free[-1])}
        assert names == {"Tejón Valiente", "Cebra Veloz"}
        assert "Tu nombre aquí" in browser.get("/train", accept_language="es").text


class TestCookies:
    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_cookies_are_httponly_samesite_and_secure_over_https(
        self, app: ASGIApp, tmp_path: Path, scheme: str
    ) -> None:
        codes.use(Access({"room": ROOM, "host": HOST}, tmp_path))
        browser = Browser(app, scheme=scheme)
        entered = browser.get("/train").cookies | browser.post("/enter", {"code": ROOM}).cookies
        entered |= browser.post("/host", {"code": HOST}).cookies
        assert {"lab_room", "lab_host", "lab_owner"} == set(entered)
        for said in entered.values():
            flags = {flag.strip().lower() for flag in said.split(";")}
            assert {"httponly", "samesite=lax"} <= flags
            assert not any(flag.startswith("path") for flag in flags)  # the folder of the page, as browsers see it
            assert ("secure" in flags) == (scheme == "https")

    @pytest.mark.parametrize("foreign", FOREIGN)
    @pytest.mark.parametrize("first", [True, False], ids=["before ours", "after ours"])
    def test_a_cookie_of_another_app_on_the_same_host_hides_none_of_ours(
        self, browser: Browser, foreign: str, first: bool
    ) -> None:
        browser.get("/train")
        browser.post("/enter", {"code": HOST})
        ours = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        cookie = f"{foreign}; {ours}" if first else f"{ours}; {foreign}"
        stranger = Browser(browser.app)
        answer = stranger.get("/page", cookie=cookie)
        assert "inside" in answer.text
        assert "lab_owner" not in answer.cookies
        assert stranger.connect("/_stcore/stream", cookie=cookie) == "websocket.accept"
        assert browser.cookies == {name: SEEN[-1].get(name) for name in browser.cookies}

    def test_of_several_of_one_name_the_first_well_formed_is_the_browsers(self, browser: Browser) -> None:
        mine, other = "m" * 32, "o" * 32
        browser.post("/enter", {"code": ROOM})
        ticket = browser.cookies["lab_room"]
        cookie = f"lab_owner=; lab_owner=short; lab_owner={mine}; lab_owner={other}; lab_room=x; lab_room={ticket}"
        assert Browser(browser.app).connect("/_stcore/stream", cookie=cookie) == "websocket.accept"
        assert SEEN[-1] == {"lab_owner": mine, "lab_room": ticket}

    def test_no_cookie_of_another_app_comes_as_far_as_a_page(self, browser: Browser) -> None:
        browser.post("/enter", {"code": ROOM})
        cookie = f"session=secret; lab_room={browser.cookies['lab_room']}; _streamlit_xsrf=2|a|b|1"
        assert Browser(browser.app).connect("/_stcore/stream", cookie=cookie) == "websocket.accept"
        assert SEEN[-1] == {"lab_room": browser.cookies["lab_room"], "_streamlit_xsrf": "2|a|b|1"}


class TestTickets:
    @pytest.mark.parametrize("kind", ["room", "host"])
    def test_a_ticket_expires_on_the_server_and_its_time_cannot_be_changed(
        self, app: ASGIApp, tmp_path: Path, kind: Kind
    ) -> None:
        clock = [1_800_000_000.0]
        codes.use(Access({"room": ROOM, "host": HOST}, tmp_path, now=lambda: clock[0]))
        browser = Browser(app)
        browser.post("/enter", {"code": HOST if kind == "host" else ROOM})
        kept = {COOKIES[kind]: browser.cookies[COOKIES[kind]]}
        assert codes.access().may_enter(kept)
        clock[0] += SECONDS[kind] - 1
        assert codes.access().may_enter(kept)
        clock[0] += 2
        assert not codes.access().may_enter(kept)
        word, issued, seal = kept[COOKIES[kind]].split(".")
        assert bytes_to_int(base64_decode(issued)) == 1_800_000_000
        later = base64_encode(int_to_bytes(int(clock[0]))).decode()
        assert not codes.access().may_enter({COOKIES[kind]: f"{word}.{later}.{seal}"})

    def test_a_ticket_stays_valid_when_the_clock_is_set_back(self, app: ASGIApp, tmp_path: Path) -> None:
        clock = [1_800_000_000.0]
        codes.use(Access({"room": ROOM}, tmp_path, now=lambda: clock[0]))
        browser = Browser(app)
        browser.post("/enter", {"code": ROOM})
        clock[0] -= 900
        assert browser.get("/train").text == "inside"

    @pytest.mark.parametrize("kind", ["room", "host"])
    @pytest.mark.parametrize("issued", [0, 2**33, 2**40, 2**63, 2**64 - 1])
    def test_a_ticket_of_a_strange_time_or_of_the_future_is_refused(
        self, app: ASGIApp, tmp_path: Path, kind: Kind, issued: int
    ) -> None:
        """With the right seal: as a clock hands them out that was set wrong."""
        codes.use(Access({"room": ROOM, "host": HOST}, tmp_path, now=lambda: issued))
        browser = Browser(app)
        browser.post("/enter", {"code": HOST if kind == "host" else ROOM})
        kept = {COOKIES[kind]: browser.cookies[COOKIES[kind]]}
        codes.use(Access({"room": ROOM, "host": HOST}, tmp_path, now=lambda: 1_800_000_000))
        assert not codes.access().may_enter(kept)
        assert not codes.access().is_host(kept)
        browser.cookies = kept
        assert "Enter the code of this room" in browser.get("/train", accept_language="en").text

    @pytest.mark.parametrize(("ahead", "enters"), [(900, True), (902, False)])
    def test_a_ticket_from_ahead_holds_only_as_far_as_clocks_are_set_back(
        self, app: ASGIApp, tmp_path: Path, ahead: int, enters: bool
    ) -> None:
        clock = [1_800_000_000.0 + ahead]
        codes.use(Access({"room": ROOM}, tmp_path, now=lambda: clock[0]))
        browser = Browser(app)
        browser.post("/enter", {"code": ROOM})
        clock[0] -= ahead
        assert codes.access().may_enter(browser.cookies) is enters

    def test_the_cookie_of_a_ticket_holds_no_code_and_no_script_reads_it(self, browser: Browser) -> None:
        for cookie in browser.post("/enter", {"code": HOST}).cookies.values():
            assert HOST not in cookie
            assert ROOM not in cookie
            assert {"HttpOnly", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}

    @pytest.mark.parametrize("forged", ["", ".", "a.b", "a.", ".b", "a.b.c", "ñ.ñ", "x" * 5_000, f"a.{'_' * 900}.c"])
    def test_a_forged_ticket_is_refused(self, browser: Browser, forged: str) -> None:
        browser.cookies["lab_room"] = browser.cookies["lab_host"] = forged
        assert browser.get("/train").status == 403

    def test_the_rooms_ticket_is_not_the_hosts(self, browser: Browser) -> None:
        browser.post("/enter", {"code": ROOM})
        browser.cookies["lab_host"] = browser.cookies["lab_room"]
        assert browser.get("/train").text == "inside"
        assert not codes.access().is_host(browser.cookies)

    def test_a_ticket_survives_a_restart_but_not_a_new_code(self, browser: Browser, tmp_path: Path) -> None:
        browser.post("/enter", {"code": ROOM})
        codes.use(Access({"room": ROOM}, tmp_path))
        assert browser.get("/train").text == "inside"
        codes.use(Access({"room": "another"}, tmp_path))
        assert browser.get("/train").status == 403

    def test_a_ticket_of_another_server_is_refused(self, browser: Browser, tmp_path: Path) -> None:
        browser.post("/enter", {"code": ROOM})
        codes.use(Access({"room": ROOM}, tmp_path / "other"))
        assert browser.get("/train").status == 403

    def test_the_key_can_be_read_by_the_server_only(self, browser: Browser, tmp_path: Path) -> None:
        browser.post("/enter", {"code": ROOM})
        assert (tmp_path / ".room" / "key").stat().st_mode & 0o077 == 0

    def test_tickets_work_where_the_folder_cannot_be_written(self, app: ASGIApp, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        codes.use(Access({"room": ROOM}, tmp_path / "file"))
        browser = Browser(app)
        browser.post("/enter", {"code": ROOM})
        assert browser.get("/train").text == "inside"


class TestTheHostsCode:
    def test_the_hosts_code_makes_a_browser_the_host_and_lets_it_in(self, browser: Browser) -> None:
        browser.post("/enter", {"code": HOST})
        assert codes.access().is_host(browser.cookies)
        assert browser.get("/train").text == "inside"

    def test_a_browser_that_is_in_may_become_the_host_and_stop_hosting(self, browser: Browser) -> None:
        browser.post("/enter", {"code": ROOM})
        refused = browser.post("/host", {"code": ROOM})
        assert refused.status == 403  # the room's is not enough
        assert "capitals count" in refused.text  # and the host's is not on the board
        assert browser.post("/host", {"code": HOST, "to": "/classroom"}).header("location") == "./classroom"
        assert codes.access().is_host(browser.cookies)
        assert 'action="./leave"' in browser.get("/host").text
        browser.post("/leave", {}, sec_fetch_site="cross-site")
        assert codes.access().is_host(browser.cookies)
        browser.post("/leave", {})
        assert not codes.access().is_host(browser.cookies)
        assert browser.get("/train").text == "inside"

    def test_the_hosts_code_is_hidden_as_it_is_typed_and_the_rooms_is_not(self, browser: Browser) -> None:
        assert 'type="text"' in browser.get("/train").text
        browser.post("/enter", {"code": ROOM})
        assert 'type="password"' in browser.get("/host").text


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class TestGuessing:
    @pytest.fixture
    def clock(self, app: ASGIApp, tmp_path: Path) -> Clock:
        clock = Clock()
        codes.use(Access({"room": ROOM}, tmp_path, Attempts(clock)))
        return clock

    def guess(self, app: ASGIApp, client: str, code: str = "wrong") -> int:
        return Browser(app, client).post("/enter", {"code": code}).status

    def test_a_client_may_err_ten_times_then_once_every_five_seconds(self, app: ASGIApp, clock: Clock) -> None:
        assert [self.guess(app, "10.0.0.1") for _ in range(12)] == [403] * 10 + [429] * 2
        assert self.guess(app, "10.0.0.1", ROOM) == 429  # else the answer would tell
        assert self.guess(app, "10.0.0.2", ROOM) == 303  # others are not held up
        clock.now += 5
        assert [self.guess(app, "10.0.0.1") for _ in range(2)] == [403, 429]
        clock.now += 5
        assert self.guess(app, "10.0.0.1", ROOM) == 303

    def test_all_clients_together_may_err_sixty_times_then_once_a_second(self, app: ASGIApp, clock: Clock) -> None:
        tried = [self.guess(app, f"10.1.{n // 250}.{n % 250}") for n in range(70)]
        assert tried == [403] * 60 + [429] * 10
        clock.now += 1
        assert [self.guess(app, f"10.2.0.{n}") for n in range(2)] == [403, 429]

    def test_guessing_locks_out_nobody_who_is_in(self, app: ASGIApp, clock: Clock) -> None:
        inside = Browser(app)
        inside.post("/enter", {"code": ROOM})
        for n in range(70):
            self.guess(app, f"10.3.0.{n}")
        assert inside.get("/train").text == "inside"

    def test_a_client_that_must_wait_is_told_how_long(self, app: ASGIApp, clock: Clock) -> None:
        for _ in range(10):
            self.guess(app, "10.0.0.1")
        assert "Wait 5 s" in Browser(app).post("/enter", {"code": ROOM}, accept_language="en").text

    def test_a_clock_that_goes_back_locks_nobody_out(self, app: ASGIApp, clock: Clock) -> None:
        self.guess(app, "10.0.0.1")
        clock.now -= 900
        assert self.guess(app, "10.0.0.1", ROOM) == 303

    def test_clients_whose_mistakes_have_drained_are_forgotten(self, app: ASGIApp, clock: Clock) -> None:
        attempts = Attempts(clock)
        for n in range(3_000):
            clock.now += 1
            attempts.wrong(str(n))
        assert len(attempts.clients) <= 1_001
