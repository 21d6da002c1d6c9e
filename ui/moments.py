"""Which moment of a run a page shows: all that it fetches belongs together, though the run learns on meanwhile."""

from __future__ import annotations

import hashlib

from zict import LRU

from autoencoder.data import load_dataset
from autoencoder.errors import LearnedOn
from autoencoder.latent import LatentSpace, Neighbourhoods, latent_space, neighbourhoods
from autoencoder.network import Network
from autoencoder.runs import Run
from ui.once import once
from ui.session import service

KEPT_BYTES = 48_000_000  # of networks of runs under way: two dozen like the presets'
_LIVE = "-live"
_kept: LRU[str, Network] = LRU(KEPT_BYTES, {}, weight=lambda _moment, network: _bytes_of(network))


def moment(run: Run) -> str:
    """Goes into the addresses of what a page fetches: a run that learns on is asked again, one that has ended never.

    Of a run under way it tells the weights, which are kept for a while; of one that has ended the epoch, and of a
    preset its weights too. The weights that a run ends with may be older than those of a moment before: the best ones.
    Raises RunUnreadable.
    """
    if run.ended:
        return f"{run.epoch:.3f}{service().store.mark(run.id)}"
    network = service().store.load_network(run)
    _kept[at := _name_of(network)] = network
    return at


def moment_asked(run: Run, asked: str) -> str:
    """The moment that an address names, where it is one of a run under way; else that of now. Raises RunUnreadable."""
    return asked[:40] if asked.endswith(_LIVE) else moment(run)


def network_of(run_id: str, moment: str) -> Network:
    """Raises LearnedOn where the run has learned on since, and too many others were looked at; RunUnreadable."""
    return _under_way(run_id, moment) if moment.endswith(_LIVE) else _ended(run_id, moment)


def is_kept(run_id: str, moment: str) -> bool:
    """Whether what a page shows can still be shown."""
    try:
        network_of(run_id, moment)
    except LearnedOn:
        return False
    return True


@once(maxsize=8)
def space_of(run_id: str, moment: str) -> LatentSpace:
    """Codes and errors of all digits: 0.6 MB a run with 2 dimensions, 2.5 MB with 8. Raises as `network_of`."""
    kept = None if moment.endswith(_LIVE) else service().store.load_space(run_id)
    return kept or latent_space(network_of(run_id, moment), load_dataset(service().run(run_id).training.dataset))


@once(maxsize=4)
def neighbourhoods_of(run_id: str, moment: str) -> Neighbourhoods:
    run = service().run(run_id)
    return neighbourhoods(space_of(run_id, moment).codes, load_dataset(run.training.dataset).labels)


@once(maxsize=8)
def _ended(run_id: str, _moment: str) -> Network:
    return service().store.load_network(service().run(run_id))


def _under_way(run_id: str, moment: str) -> Network:
    kept = _kept.get(moment)
    if kept is None:
        kept = service().store.load_network(service().run(run_id))
        if _name_of(kept) != moment:
            raise LearnedOn("Run {run} has learned on since. Show what it has learned by now.", run=run_id)
        _kept[moment] = kept
    return kept


def _name_of(network: Network) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for array in network.weights:
        digest.update(array.tobytes())
    return digest.hexdigest() + _LIVE


def _bytes_of(network: Network) -> int:
    return sum(array.nbytes for array in network.weights)
