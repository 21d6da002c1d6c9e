"""Behind a path, `/lab/`: with the prefix kept by the proxy, and with the prefix taken away by it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests
from asgi import Browser
from cluster import ROOT, app, eventually, free_port
from playwright.sync_api import Page, expect, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from server.access import codes
from server.access.codes import Access
from server.base_path import prefix_of, relative
from server.middleware import middleware
from server.routes import routes

CODE = "kiwi 2026"


def lab(prefix: str) -> Starlette:
    """Our routes, and in place of Streamlit's one page for all paths below the prefix."""

    async def page(request: Request) -> Response:
        return HTMLResponse(request.url.path)

    everything = [*routes(prefix), Route(f"{prefix}/{{path:path}}", page)]
    return Starlette(routes=everything, middleware=middleware(prefix=prefix))


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[None]:
    codes.use(Access({"room": CODE, "host": "only the teacher"}, tmp_path))
    yield
    codes.use(Access({}, tmp_path))


@pytest.mark.parametrize(("written", "prefix"), [("", ""), ("/", ""), ("lab", "/lab"), ("/a/lab/", "/a/lab")])
def test_the_prefix_is_read_as_streamlit_reads_it(written: str, prefix: str) -> None:
    assert prefix_of(written) == prefix


@pytest.mark.parametrize("prefix", ["", "/lab", "/a/lab"])
@pytest.mark.parametrize("kept", [True, False], ids=["kept", "taken away"])
@pytest.mark.parametrize("path", ["/train", "/", "/api/challenge/x", "/labyrinth", "/host"])
def test_streamlit_gets_its_own_path_either_way(prefix: str, kept: bool, path: str) -> None:
    answer = Browser(lab(prefix)).get(prefix + path if kept else path)
    if path in ("/", "/host"):  # these are ours
        assert answer.header("location") in ("./train", "./")
    else:
        assert answer.text == prefix + path


@pytest.mark.parametrize("prefix", ["", "/lab"])
def test_redirects_lead_to_the_same_place_whatever_the_browser_sees(prefix: str) -> None:
    for seen in ("https://school.example", "https://school.example/hub/user/a"):
        for path, goal in (("/", "/train"), ("/train/", "/train"), ("/latent_space/", "/latent_space")):
            answer = Browser(lab(prefix)).get(f"{prefix}{path}?run=a")
            assert urljoin(f"{seen}{path}", answer.header("location")) == f"{seen}{goal}?run=a"
    if prefix:
        answer = Browser(lab(prefix)).get("/lab?run=a")
        assert urljoin("https://school.example/lab", answer.header("location")) == "https://school.example/lab/?run=a"


@pytest.mark.parametrize("prefix", ["", "/lab"])
@pytest.mark.parametrize("path", ["/train", "/a/b/c", "/train/", "/"])
def test_the_form_of_the_door_is_sent_to_the_door(prefix: str, path: str, closed: None) -> None:
    seen = f"https://school.example{prefix or '/hub/user/a'}"
    form = Browser(lab(prefix)).get(prefix + path)
    action = re.search(r'action="([^"]+)"', form.text)
    if path == "/train/":  # sent on before
        assert form.header("location") == "../train"
    else:
        assert action is not None
        assert urljoin(seen + path, action[1]) == f"{seen}/enter"
    goal = Browser(lab(prefix)).post(f"{prefix}/enter", {"code": CODE, "to": "/train?run=a"}).header("location")
    assert urljoin(f"{seen}/enter", goal) == f"{seen}/train?run=a"


def test_the_door_and_its_exceptions_hold_below_the_prefix(closed: None) -> None:
    browser = Browser(lab("/lab"))
    for path in ("/lab/train", "/train", "/lab/api/challenge", "/lab/_stcore/host-config"):
        assert browser.get(path).status == 403
    assert browser.connect("/lab/_stcore/stream") == "websocket.close"
    for path in ("/lab/_stcore/health", "/_stcore/health"):
        assert browser.get(path).text == "/lab/_stcore/health"
    assert browser.ask("POST", "/lab/_stcore/upload_file/a/b").status == 404


def test_cookies_are_for_the_folder_of_the_page_as_the_browser_sees_it(closed: None) -> None:
    """Without `Path` a browser keeps a cookie for the folder of the address that set it (RFC 6265, 5.1.4)."""
    browser = Browser(lab("/lab"))
    said = browser.get("/lab/train").cookies | browser.post("/lab/enter", {"code": "only the teacher"}).cookies
    said |= browser.post("/lab/leave", {}).cookies
    assert set(said) == {"lab_owner", "lab_room", "lab_host"}
    assert not any("path" in cookie.lower() for cookie in said.values())
    assert browser.get("/lab/train").text == "/lab/train"
    assert "lab_owner" not in Browser(lab("/lab")).get("/lab/a/b").cookies  # it would stay in the folder a


def test_an_address_holds_at_every_depth() -> None:
    for path in ("/", "/train", "/a/b", "/a/b/c"):
        named = relative({"type": "http", "path": path}, "/enter?to=x")
        assert urljoin(f"https://lab.example{path}", named) == "https://lab.example/enter?to=x"


# ---- the real thing: Streamlit with `server.baseUrlPath`, and Debian's nginx in front of it ----

NGINX = """
daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
  server {{
    listen 127.0.0.1:{port};
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
    location /lab/ {{ proxy_pass http://127.0.0.1:{to}; }}
    location /hub/user/ada/ {{ proxy_pass http://127.0.0.1:{to}/; }}
  }}
}}
"""


@contextmanager
def nginx(folder: Path, to: int) -> Iterator[str]:
    program, port = shutil.which("nginx") or "/usr/sbin/nginx", free_port()
    if not Path(program).exists():
        pytest.skip("needs nginx: apt-get install nginx-light")
    folder.mkdir()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, to=to))
    server = subprocess.Popen([program, "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        eventually(lambda: _listens(port), timeout=30)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def _listens(port: int) -> bool:
    try:
        return bool(requests.get(f"http://127.0.0.1:{port}/", timeout=5).status_code)
    except requests.ConnectionError:
        return False


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("behind")
    shutil.copytree(ROOT / "models" / "quick-map", folder / "models" / "quick-map")
    with (
        app(folder / "models", folder / "app.log", STREAMLIT_SERVER_BASE_URL_PATH="lab") as served,
        nginx(folder / "nginx", int(served.url.rpartition(":")[2])) as url,
    ):
        yield url


@pytest.fixture(scope="module")
def page(behind: str) -> Iterator[Page]:
    from browser import ARGUMENTS, installed_chromium

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=installed_chromium(whole=True), args=ARGUMENTS)
        yield chromium.new_page()
        chromium.close()


@pytest.mark.slow
@pytest.mark.proof
@pytest.mark.parametrize("folder", ["/lab/", "/hub/user/ada/"], ids=["prefix kept", "prefix taken away"])
def test_all_of_the_app_is_under_the_path_and_nothing_is_asked_at_the_root(
    behind: str, page: Page, folder: str
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.goto(f"{behind}{folder}?run=quick-map")
    expect(page).to_have_url(f"{behind}{folder}train?run=quick-map")
    expect(page.locator("[data-testid=loss-chart] .main-svg").first).to_be_visible(timeout=120_000)
    page.goto(f"{behind}{folder}latent_space?run=quick-map")
    expect(page.get_by_test_id("latent-map")).to_be_visible(timeout=120_000)
    page.wait_for_function("() => document.querySelector('[data-testid=latent-map]')?.drawn", timeout=120_000)
    ours = [url for url in asked if url.startswith((behind, behind.replace("http", "ws", 1)))]
    assert len(ours) > 20
    assert not [url for url in ours if folder not in url]
    cookies = {cookie["name"]: cookie["path"] for cookie in page.context.cookies(behind + folder)}
    assert cookies["lab_owner"] == folder.rstrip("/")
