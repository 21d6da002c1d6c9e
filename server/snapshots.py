"""Snapshots of runs: all that a page fetches belongs to the same weights, even if the run trains on meanwhile."""

from __future__ import annotations

import hashlib
import re
import threading
from weakref import WeakValueDictionary

from zict import LRU

from autoencoder.analysis.latent_space import LatentSpace, LazyLatentSpace
from autoencoder.analysis.neighbours import Neighbourhoods, neighbourhoods
from autoencoder.data.dataset import load_dataset
from autoencoder.errors import SnapshotGone
from autoencoder.network.protocol import Model
from autoencoder.runs.run import Run
from server.cache import cached
from server.state import service

KEPT_BYTES = 24_000_000  # of models of runs under way: twelve like Quick map's, and four however large they are
DRAWN_BYTES = 16_000_000  # of those whose codes were computed last: the page that shows them fetches the decoder next
SPACES_BYTES = 32_000_000  # of codes and errors: those of a room of thirty-five with two dimensions
PASSES = 2  # of all digits through a model at once, of everyone's requests
_UNDER_WAY = re.compile(r"[0-9a-f]{16}-live")
_Key = tuple[str, str]  # run id, snapshot id
_passing = threading.BoundedSemaphore(PASSES)
_held: WeakValueDictionary[_Key, Model] = WeakValueDictionary()  # any model still in use somewhere
_kept: LRU[_Key, Model] = LRU(KEPT_BYTES, {}, weight=lambda _, model: min(_bytes_of(model), KEPT_BYTES // 4))
_drawn: LRU[_Key, Model] = LRU(DRAWN_BYTES, {}, weight=lambda _, model: min(_bytes_of(model), DRAWN_BYTES // 4))


def snapshot_of(run: Run) -> str:
    """The snapshot id in URLs. Under way: a hash of the weights. Ended: the epoch. Preset: epoch and hash.

    The weights of a run under way are kept in memory for a while. Raises RunUnreadable.
    """
    if run.ended:
        return f"{run.epoch:.3f}{service().store.mark(run.id)}"
    model = service().store.model_of(run)
    at = _name_of(model)
    _keep((run.id, at), model)
    return at


def is_under_way(snapshot: str) -> bool:
    """Whether a snapshot id is of a run that was still training."""
    return _UNDER_WAY.fullmatch(snapshot) is not None


def requested_snapshot(run: Run, named: str) -> str:
    """`named`, the id in a URL, if it is of a run under way; otherwise the present one. Raises RunUnreadable."""
    return named if is_under_way(named) else snapshot_of(run)


def model_at(run_id: str, snapshot: str) -> Model:
    """The model of a snapshot. Raises RunUnreadable; SnapshotGone if the run trained on and it is no longer cached."""
    return _under_way(run_id, snapshot) if is_under_way(snapshot) else _ended(run_id, snapshot)


def is_kept(run_id: str, snapshot: str) -> bool:
    """Whether the snapshot's model can still be loaded."""
    try:
        model_at(run_id, snapshot)
    except SnapshotGone:
        return False
    return True


@cached(maxsize=4)
def neighbourhoods_at(run_id: str, snapshot: str) -> Neighbourhoods:
    """The neighbours of all codes; seconds the first time. Raises as `model_at`."""
    run = service().run(run_id)
    dataset = load_dataset(run.training.dataset)
    return neighbourhoods(latent_space_at(run_id, snapshot).codes, dataset.labels, dataset.n_classes)


def _bytes_of(model: Model) -> int:
    return sum(array.nbytes for array in model.weights)


def _bytes_of_space(space: LatentSpace | LazyLatentSpace) -> int:
    return space.codes.nbytes + 5 * len(space.codes)  # an error for each, and whether it is known


@cached(SPACES_BYTES, weight=_bytes_of_space)
def latent_space_at(run_id: str, snapshot: str) -> LatentSpace | LazyLatentSpace:
    """Codes and errors of all digits: 0.9 MB a run with 2 dimensions, 2.6 MB with 8. Raises as `model_at`.

    Kept without the model, which is read again while the run has not learned on: a room that looks at its runs under
    way again and again passes the digits through each network once for a checkpoint.
    """
    kept = None if is_under_way(snapshot) else service().store.load_space(run_id)
    if kept is not None:
        return kept
    model, run = model_at(run_id, snapshot), service().run(run_id)
    if is_under_way(snapshot):
        _drawn[run_id, snapshot] = model
    found = service().space_of(run, model) if run.architecture.convolutional else None  # a minute in NumPy
    if found is not None:
        return found
    return LazyLatentSpace(lambda: model_at(run_id, snapshot), load_dataset(run.training.dataset), turns=_passing)


@cached(KEPT_BYTES, weight=_bytes_of)
def _ended(run_id: str, _snapshot: str) -> Model:
    return service().store.model_of(service().run(run_id))


def _under_way(run_id: str, snapshot: str) -> Model:
    model = _held.get((run_id, snapshot))
    if model is None:
        model = service().store.model_of(service().run(run_id))
        if _name_of(model) != snapshot:
            raise SnapshotGone("Run {run} has gone on learning since. Show what it has learned by now.", run=run_id)
    _keep((run_id, snapshot), model)
    return model


def _keep(key: _Key, model: Model) -> None:
    _held[key] = _kept[key] = model


def _name_of(model: Model) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for array in model.weights:
        digest.update(array.tobytes())
    return f"{digest.hexdigest()}-live"
