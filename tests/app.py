"""The real app for the browser tests: with copies of the shipped models, and warm before the first test begins."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from cluster import ROOT, App, app, eventually, python
from conftest import random_weights
from shared import made_once

from autoencoder.analysis.latent_space import latent_space
from autoencoder.data.dataset import load_dataset
from autoencoder.presets import PRESETS
from autoencoder.runs.run import Run
from autoencoder.runs.store import RunStore
from autoencoder.settings import Architecture, Training
from autoencoder.training.records import Checkpoint

UNDER_WAY = ("after-1", "after-2", "goes-on", "under-way", "nothing-yet")
WIDE = Architecture(encoder=(32,), latent_dim=40)


@contextmanager
def warm_app(folder: Path, **environment: str) -> Iterator[App]:
    """The app on a port of its own, ready to train at once. Its models, the shipped ones, are in `folder/models`."""
    with app(shipped_models(folder / "models"), folder / "app.log", **environment) as served:
        wait_for_engine(served)
        yield served


def shipped_models(folder: Path) -> Path:
    """A copy of the presets that ship trained, as an app leaves them that has run for a while: with their codes."""
    shutil.copytree(made_once("presets", _presets_with_codes), folder)
    return folder


def _presets_with_codes(folder: Path) -> None:
    for preset in PRESETS:
        shutil.copytree(ROOT / "models" / preset, folder / preset)
    store, mnist = RunStore(folder), load_dataset("mnist")
    for preset in PRESETS:
        store.save_space(preset, latent_space(store.model_of(store.load(preset)), mnist))


def runs_of_every_kind(folder: Path) -> Path:
    """The presets, small runs trained here, and what no training gives in a minute. UNDER_WAY wants to be claimed."""
    python(_TRAIN + _TRAIN_HERE, str(shipped_models(folder)))
    store = RunStore(folder)
    store.save(replace(store.load("after-1"), id="goes-on"))
    store.save_checkpoint("goes-on", store.load_checkpoint("after-1"))
    shipped = store.load("quick-map")
    done = replace(shipped, preset=None, measures=None)
    weights = list(store.model_of(shipped).weights)
    store.save(replace(done, id="under-way", status="training", epoch=1.5))
    store.save_checkpoint("under-way", Checkpoint(weights=tuple(weights)))
    depth = shipped.architecture.depth
    weights[2 * depth] = np.zeros_like(weights[2 * depth])
    store.save(replace(done, id="one-point"))  # the code is the same for every digit
    store.save_weights("one-point", tuple(weights))
    store.save(Run("wide", WIDE, Training(), status="finished", epoch=1.0))
    store.save_weights("wide", random_weights(WIDE))
    _copy_metrics(store)
    return folder


def runs_for_proofs(folder: Path) -> Path:
    """Small runs that only long tests open."""
    folder.mkdir()
    python(_TRAIN + _TRAIN_FOR_PROOFS, str(folder))
    _copy_metrics(RunStore(folder))
    return folder


def _copy_metrics(store: RunStore) -> None:
    for run in store.runs()[0]:  # nothing looks at their metrics, and the cluster would take minutes to compute them
        if run.measures is not None and store.load_compared(run.id) is None:
            shutil.copy(ROOT / "models" / "quick-map" / "metrics.json", store.folder / run.id)


_TRAIN = """
import json, sys
from dataclasses import replace
from autoencoder.settings import Architecture, Training
from autoencoder.engine.local import train_and_keep
from autoencoder.runs.run import Run, now
from autoencoder.runs.store import RunStore
from autoencoder.training.loop import train

store = RunStore(sys.argv[1])
quick = Training(batch_size=512, epochs=1, learning_rate=0.01, schedule="constant", seed=1)
twice = replace(quick, epochs=2)


def keep(run_id, net, training):
    train_and_keep(store, net, training, lambda report: None, run_id=run_id, with_keras_files=False)


"""

_TRAIN_FOR_PROOFS = """
keep("small-8", Architecture(encoder=(32,), latent_dim=8), twice)
# ReLU at the code, as in the course, and too high a learning rate: one unit dies in the first steps.
dying = Architecture(encoder=(32,), latent_dim=2, hidden_activation="relu", latent_activation="relu")
keep("collapsed", dying, replace(quick, learning_rate=0.02))
print(json.dumps({}))
"""

_TRAIN_HERE = """
for d in (1, 3):
    keep(f"small-{d}", Architecture(encoder=(32,), latent_dim=d), twice)
# A run under way, as its checkpoints leave it after one epoch and after two.
net, training = Architecture(encoder=(32,), latent_dim=2), replace(quick, epochs=3)
for slice_ in train(net, training):
    if slice_.report.record and slice_.report.epoch < 3:
        at = Run(f"after-{slice_.report.record.epoch}", net, training, created=now(), status="training",
                 epoch=slice_.report.epoch)
        store.save(at)
        store.save_checkpoint(at.id, slice_.checkpoint)
        store.save_frame(at.id, slice_.report.frame)
store.save(Run("nothing-yet", net, training, created=now(), status="training"))
print(json.dumps({}))
"""


def wait_for_engine(served: App) -> None:
    """Until a worker has compiled a preset: the app's own word for it."""
    eventually(lambda: served.get("/healthz").ok)
