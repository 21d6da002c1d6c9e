"""Dockerfile, .dockerignore and compose.yaml: what they promise, and that they fit each other and the code."""

from __future__ import annotations

import re
from dataclasses import fields
from fnmatch import fnmatch
from pathlib import PurePosixPath

import dask.config
import distributed  # noqa: F401  (its settings)
import pytest
import yaml
from container import ROOT, command_of, compose, environment_of, image

from autoencoder.data.own import DatasetLimits
from autoencoder.engine import cluster
from autoencoder.presets import PRESETS
from autoencoder.process import clock
from autoencoder.process.certificates import CERTIFICATE, KEY
from autoencoder.process.environment import variable
from autoencoder.runs.limits import Limits

SERVICES = list(compose()["services"])
OURS = ("lab", "web", "scheduler", "worker", "certificates")
KNOWN = {  # of a service in the compose specification, as far as used here
    "image", "build", "init", "read_only", "cap_drop", "security_opt", "tmpfs", "restart", "stop_grace_period",
    "profiles", "ports", "volumes", "environment", "command", "networks", "network_mode", "depends_on", "healthcheck",
}  # fmt: skip
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}


def volumes_of(service: str) -> dict[str, tuple[str, str]]:
    """Volume: where it is, and whether it is read-only there."""
    parts = [[*volume.split(":"), "rw"][:3] for volume in compose()["services"][service].get("volumes", [])]
    return {name: (where, mode) for name, where, mode in parts}


class TestComposeFile:
    def test_says_what_the_specification_knows(self) -> None:
        top = compose()
        assert {key for key in top if not key.startswith("x-")} <= {"name", "services", "networks", "volumes"}
        assert set(SERVICES) == set(OURS)
        for service in top["services"].values():
            assert set(service) <= KNOWN
            for other, how in service.get("depends_on", {}).items():
                assert other in SERVICES
                assert how["condition"] in CONDITIONS
            assert set(service.get("networks", [])) <= {"default", *top["networks"]}

    @pytest.mark.parametrize("service", OURS)
    def test_each_container_may_do_as_little_as_possible(self, service: str) -> None:
        said = compose()["services"][service]
        assert said["read_only"] is True
        assert said["cap_drop"] == ["ALL"]
        assert said["security_opt"] == ["no-new-privileges:true"]
        assert not {"privileged", "cap_add", "user", "pid", "ipc", "devices"} & set(said)

    @pytest.mark.parametrize("service", ["scheduler", "worker"])
    def test_what_dask_starts_goes_by_a_clock_that_nobody_sets(self, service: str) -> None:
        command = command_of(service)
        assert command[command.index("--preload") + 1] == clock.__name__

    @pytest.mark.parametrize("service", OURS)
    def test_no_container_leaves_a_volume_without_a_name_behind(self, service: str) -> None:
        """As Docker makes one for each VOLUME of the image where nothing else is mounted."""
        in_memory = {mount.split(":")[0] for mount in compose()["services"][service]["tmpfs"]}
        named = {where for where, _ in volumes_of(service).values()}
        assert in_memory == {"/tmp", *image().all("VOLUME")} - named

    def test_without_a_profile_everything_is_in_one_container(self) -> None:
        settings = dict(re.findall(r"^(\w+)=(.*)$", (ROOT / ".env").read_text(), re.M))
        started = {name: said["profiles"] for name, said in compose()["services"].items()}
        assert [name for name, profiles in started.items() if settings["COMPOSE_PROFILES"] in profiles] == ["lab"]
        assert {name for name, profiles in started.items() if profiles == ["cluster"]} == set(OURS) - {"lab"}

    def test_only_the_pages_are_reachable_from_outside(self) -> None:
        published = {name: said["ports"] for name, said in compose()["services"].items() if "ports" in said}
        assert set(published) == {"lab", "web"}
        assert all(ports == [f"${{PORT:-8501}}:{image().last('EXPOSE')}"] for ports in published.values())
        assert compose()["networks"]["cluster"]["internal"] is True
        assert compose()["services"]["scheduler"]["networks"] == ["cluster"]
        assert compose()["services"]["worker"]["networks"] == ["cluster"]
        assert compose()["services"]["certificates"]["network_mode"] == "none"

    def test_volumes_lie_where_the_code_looks_and_workers_have_none_of_their_own(self) -> None:
        for name in SERVICES:
            assert set(volumes_of(name)) <= set(compose()["volumes"])
        for name in ("lab", "web"):
            assert volumes_of(name)["models"] == (image().environment["MODELS_DIR"], "rw")
        for name in ("web", "scheduler", "worker"):
            assert volumes_of(name)["certificates"] == ("/certificates", "ro")
        assert set(volumes_of("worker")) == set(volumes_of("scheduler")) == {"certificates"}
        assert volumes_of("certificates") == {"certificates": ("/certificates", "rw")}
        assert command_of("certificates")[-2:] == ["certificates", "/certificates"]

    @pytest.mark.parametrize("service", OURS)
    def test_every_variable_is_one_that_somebody_reads(self, service: str) -> None:
        for name in {*environment_of(service), *compose()["services"][service].get("environment", {})}:
            if name.startswith("DASK_"):
                assert dask.config.get(_dask_key(name), default="nobody") != "nobody", name
            elif name not in NOT_OURS and not name.startswith("STREAMLIT_"):
                assert is_read(name), name

    @pytest.mark.parametrize("service", ["lab", "web"])
    def test_every_limit_comes_from_the_shell_or_from_the_env_file(self, service: str) -> None:
        assert {
            name for name, value in compose()["services"][service]["environment"].items() if value is None
        } >= LIMITS

    def test_streamlit_knows_what_it_is_told(self) -> None:
        from streamlit import config

        known = {option.env_var for option in config._config_options_template.values()}
        told = {name for name in image().environment if name.startswith("STREAMLIT_")}
        assert told
        assert told <= known

    def test_workers_elsewhere_are_told_what_our_own_are(self) -> None:
        worker, scheduler = environment_of("worker"), environment_of("scheduler")
        for key, value in cluster._SETTINGS.items():
            name = f"DASK_{key.upper().replace('.', '__').replace('-', '_')}"
            for told in (worker, scheduler):
                assert dask.config.interpret_value(told[name]) == value
        assert cluster._ALLOCATOR.items() <= worker.items()

    def test_members_speak_encrypted_only_and_have_the_key(self) -> None:
        for service, role in (("web", "CLIENT"), ("scheduler", "SCHEDULER"), ("worker", "WORKER")):
            told = environment_of(service)
            assert told["DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION"] == "true"
            assert told["DASK_DISTRIBUTED__COMM__TLS__CA_FILE"] == f"/certificates/{CERTIFICATE}"
            assert told[f"DASK_DISTRIBUTED__COMM__TLS__{role}__CERT"] == f"/certificates/{CERTIFICATE}"
            assert told[f"DASK_DISTRIBUTED__COMM__TLS__{role}__KEY"] == f"/certificates/{KEY}"
        address = environment_of("web")["AUTOENCODER_SCHEDULER"]
        assert address.startswith("tls://scheduler:")
        assert address in command_of("worker")
        assert address.rsplit(":", 1)[1] in command_of("scheduler")

    def test_nobody_starts_before_whom_they_need(self) -> None:
        needs = {name: said.get("depends_on", {}) for name, said in compose()["services"].items()}
        assert needs["scheduler"] == {"certificates": {"condition": "service_completed_successfully"}}
        for name in ("web", "worker"):
            assert needs[name]["scheduler"] == {"condition": "service_healthy"}
        assert "worker" in needs["web"]  # what is needed stops last: workers hold what has to be kept
        assert needs["lab"] == {}

    def test_a_stop_leaves_time_for_the_last_checkpoints(self) -> None:
        from autoencoder.engine.job import CLOSING_SECONDS

        for said in compose()["services"].values():
            assert int(said["stop_grace_period"].removesuffix("s")) >= 2 * CLOSING_SECONDS


NOT_OURS = {"PATH", "HOME", "PYTHONPATH", "PYTHONPYCACHEPREFIX", "PYTHONUNBUFFERED"}
NOT_OURS |= {"MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"}  # read by the C library
NOT_OURS |= {"FORWARDED_ALLOW_IPS"}  # by uvicorn


LIMITS = {variable(field.name) for kind in (Limits, DatasetLimits) for field in fields(kind)}


def is_read(name: str) -> bool:
    """Whether the code asks for a variable; limits are asked for by the names of their fields."""
    sources = [
        ROOT / "app.py",
        *(path for folder in ("autoencoder", "server", "ui") for path in (ROOT / folder).rglob("*.py")),
    ]
    return name in LIMITS or any(f'"{name}"' in path.read_text() for path in sources)


def _dask_key(name: str) -> str:
    return name.removeprefix("DASK_").lower().replace("__", ".").replace("_", "-")


class TestDockerfile:
    def test_it_runs_as_somebody_without_rights(self) -> None:
        user, made = image().last("USER"), " ".join(image().all("RUN"))
        assert user not in ("root", "0")
        assert re.search(rf"useradd --uid [1-9]\d{{3,}} .*\b{user}\b", made)
        assert f"--owner={user}" in made

    def test_it_says_healthy_by_the_route_that_knows(self) -> None:
        (check,) = image().all("HEALTHCHECK")
        port = image().environment["STREAMLIT_SERVER_PORT"]
        assert f"http://127.0.0.1:{port}/healthz" in check
        assert port == image().last("EXPOSE")
        assert {"lab", "web"} & {name for name, said in compose()["services"].items() if "healthcheck" in said} == set()

    def test_stages_share_the_base(self) -> None:
        stages = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.M)
        assert stages == ["python:3.11-slim-bookworm"] * 2

    def test_runs_are_kept_in_the_volume_and_presets_in_the_image(self) -> None:
        models = image().environment["MODELS_DIR"]
        assert image().last("VOLUME") == models
        assert not PurePosixPath(models).is_relative_to(image().last("WORKDIR"))
        assert PurePosixPath(image().environment["AUTOENCODER_DATA"]).is_relative_to(models)


class TestWhatGoesIn:
    @pytest.mark.parametrize("preset", PRESETS)
    def test_all_presets_and_no_run_of_one_s_own(self, preset: str) -> None:
        assert goes_in(f"models/{preset}/weights.npz")
        assert goes_in(f"models/{preset}/snapshots/0001.000.npz")
        assert not goes_in(f"models/{preset}/model.keras")

    @pytest.mark.parametrize(
        "path", ["models/0123456789abcdef/run.json", ".git/config", ".env", ".venv/bin/python", "tests/container.py",
                 "docs/data.md", "autoencoder/__pycache__/data.cpython-311.pyc", "compose.yaml"],
    )  # fmt: skip
    def test_nothing_else(self, path: str) -> None:
        assert not goes_in(path)

    def test_what_the_app_is_made_of(self) -> None:
        folders = [path for name in ("autoencoder", "server", "ui", "pages") for path in (ROOT / name).rglob("*.py")]
        for path in [ROOT / "app.py", ROOT / "requirements.txt", ROOT / ".streamlit" / "config.toml", *folders]:
            assert goes_in(str(path.relative_to(ROOT))), path


def goes_in(path: str) -> bool:
    """As Docker reads .dockerignore: the last line that fits decides, also one that fits a folder above."""
    inside = True
    above = [path, *map(str, PurePosixPath(path).parents)][:-1]
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        if line and not line.startswith("#") and any(_fits(one, pattern) for one in above):
            inside = line.startswith("!")
    return inside


def _fits(path: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return any(fnmatch(part, pattern[3:]) for part in path.split("/"))
    return len(path.split("/")) == len(pattern.split("/")) and fnmatch(path, pattern)


def test_the_documented_settings_exist() -> None:
    table = (ROOT / "docs" / "deploy.md").read_text().split("## Settings")[1]
    named = re.findall(r"^\| `([A-Z_]+)`", table, re.M)
    assert len(named) > 3
    for name in named:
        assert is_read(name) or name in NOT_OURS or f"${{{name}:-" in (ROOT / "compose.yaml").read_text(), name


def test_the_file_is_plain_yaml() -> None:
    """Without tags, and each name once: Compose refuses the second, PyYAML keeps it."""
    node = yaml.compose((ROOT / "compose.yaml").read_text())
    todo = [node]
    while todo:
        at = todo.pop()
        assert at.tag.startswith("tag:yaml.org,2002:")
        if isinstance(at, yaml.MappingNode):
            names = [key.value for key, _ in at.value]
            assert len(names) == len(set(names)), names
            todo += [value for _, value in at.value]
        elif isinstance(at, yaml.SequenceNode):
            todo += at.value
