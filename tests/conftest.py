"""What the tests share: seventy synthetic digits in place of MNIST, a network that trains in a blink, a store."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from shared import share_between_processes
from threadpoolctl import threadpool_limits
from xdist.scheduler import LoadScopeScheduling

from autoencoder.data.archive import write_archive
from autoencoder.data.dataset import Dataset, load_dataset
from autoencoder.network.protocol import Array
from autoencoder.runs.store import RunStore
from autoencoder.settings import Architecture, Training

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fuzz", settings.get_profile("default"), max_examples=4_000)
settings.load_profile("default")

pytest_plugins = ["visitors"]
os.environ.setdefault("AUTOENCODER_WARM_UP", "1")  # of clusters that this process starts
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # of all processes: they share few cores
threadpool_limits(1)  # and of this one, where NumPy is loaded already
TINY = "openml:tiny"  # 70 digits, 60 to train on
CROWD = "openml:crowd"  # 10,500 digits, 9,000 to train on: an epoch has several chunks
SMALL = Architecture(encoder=(8,), latent_dim=2)
QUICK = Training(learning_rate=0.01, batch_size=16, epochs=2, schedule="constant", dataset=TINY)
TOGETHER = (  # files that one process takes, in this order: they share an app, a cluster or what one of them makes
    ("test_train_page.py", "test_classroom_page.py"),
    ("test_service.py", "test_tsne_jobs.py"),  # one training cluster
    (  # one app
        "test_latent_runs.py",
        "test_latent_view.py",
        "test_latent_page.py",
        "test_reconstructions_page.py",
        "test_embeddings_page.py",
        "test_map_figures.py",
        "test_accessibility.py",
    ),
    ("test_failures.py",),
    ("test_server.py",),
    ("test_command_line.py",),
    ("test_training.py", "test_objective.py", "test_script.py"),
    ("test_cluster_profile.py",),
)


def _place(file: str) -> tuple[int, int]:
    """Group and place in it of a file; those in no group come last."""
    return next(((i, files.index(file)) for i, files in enumerate(TOGETHER) if file in files), (len(TOGETHER), 0))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first, so that all processes end at about the same time."""
    items.sort(key=lambda item: _place(item.path.name))


class _WholeGroups(LoadScopeScheduling):  # type: ignore[misc]
    """Each process takes whole groups of files, or whole files."""

    def _split_scope(self, nodeid: str) -> str:
        file = Path(nodeid.split("::")[0]).name
        group, _ = _place(file)
        return TOGETHER[group][0] if group < len(TOGETHER) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _WholeGroups:
    """In place of `--dist loadgroup`, whose groups pytest 9.2 does not show to pytest-xdist 3.8."""
    return _WholeGroups(config, log)


@pytest.fixture(scope="session", autouse=True)
def data_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Fetched data live here instead of in the user's own cache; both synthetic sets are there."""
    share_between_processes(tmp_path_factory)
    home = tmp_path_factory.mktemp("data")
    install(home, TINY, *synthetic_digits(70))
    install(home, CROWD, *synthetic_digits(10_500))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTOENCODER_DATA", str(home))
        yield home


@pytest.fixture
def tiny() -> Dataset:
    return load_dataset(TINY)


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "models")


def install(home: Path, name: str, images: Array, labels: Array) -> None:
    """Make `load_dataset(name)` find (n, 784) uint8 images with (n,) uint8 labels."""
    write_archive(home / f"{name.removeprefix('openml:')}.npz", images=images, labels=labels)


def synthetic_digits(n: int, seed: int = 0) -> tuple[Array, Array]:
    """(n, 784) uint8 and (n,) uint8: each label is a bright spot of its own, moved and dimmed a little."""
    random = np.random.default_rng(seed)
    labels = (np.arange(n) % 10).astype(np.uint8)
    angle = labels * (2 * np.pi / 10)
    centre = 14 + 8 * np.stack([np.cos(angle), np.sin(angle)], axis=1) + random.uniform(-1.5, 1.5, (n, 2))
    row, column = (np.exp(-np.square(np.arange(28) - centre[:, axis, None]) / 12) for axis in (0, 1))
    ink = random.uniform(0.6, 1, (n, 1, 1)) * row[:, :, None] * column[:, None, :]
    return np.round(255 * ink).astype(np.uint8).reshape(n, 784), labels


def random_weights(architecture: Architecture, seed: int = 0) -> tuple[Array, ...]:
    """Kernels and biases that are all different from zero, as after some training."""
    random = np.random.default_rng(seed)
    return tuple(
        array
        for layer in architecture.layers[1:]
        for array in (
            random.normal(0, np.prod(layer.kernel_shape[:-1]) ** -0.5, layer.kernel_shape).astype(np.float32),
            random.normal(0, 0.1, layer.bias_shape).astype(np.float32),
        )
    )


def assert_same_weights(one: tuple[Array, ...], other: tuple[Array, ...]) -> None:
    """Equal to the last bit."""
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Streamlit's AppTest leaves its script as `__main__`, which processes that a later test starts would run."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture
def browser_without_cookies(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of what Streamlit's AppTest has for them, which is no text."""
    from streamlit.runtime.context import ContextProxy

    monkeypatch.setattr(ContextProxy, "cookies", {})
