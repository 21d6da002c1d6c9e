"""Data sets that people have added, by the fingerprint of what they hold: `own:<fingerprint>`.

Whoever adds one may rename and delete it. Where several people add the same file it is stored once, and goes when the
last of them deletes it; what is known of it stays, so that runs that were trained on it can say so.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autoencoder.data.dataset import OWN, Dataset, data_home, path_of, save_dataset
from autoencoder.errors import DataUnavailable, InvalidData, LimitReached, NotAllowed
from autoencoder.process.environment import limits_in
from autoencoder.process.files import remove, write_atomically

MEGABYTE = 10**6
LONGEST_NAME = 60  # letters
_writing = threading.Lock()


@dataclass(frozen=True)
class DatasetLimits:
    """How much of their own people may keep here."""

    datasets: int = 10  # per person
    dataset_megabytes: int = 500  # of one person's data sets on disk
    upload_megabytes: int = 300  # of one file

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> DatasetLimits:
        """From `LIMIT_DATASETS` and so on; the default where one is not set. Raises InvalidSetting."""
        return cls(**limits_in(environment, cls))


@dataclass(frozen=True)
class OwnDataset:
    """A data set as one of its owners has it."""

    id: str
    name: str
    owner: str | None  # hashed; None: added by the command line
    added: str  # ISO 8601
    file: str  # what it came from
    count: int
    classes: int
    size: int  # bytes on disk


def add_dataset(
    dataset: Dataset, name: str, owner: str | None, file: str, limits: DatasetLimits | None = None
) -> OwnDataset:
    """Store it for this owner; adding the same again gives it the new name.

    Raises InvalidData for a name that is none, LimitReached, StorageError.
    """
    name, id_ = checked_name(name), OWN + dataset.fingerprint
    path = _path(id_)
    with _writing:
        mine = [each for each in own_datasets(owner) if each.id != id_]
        _check_count(mine, owner, limits)
        there = path.exists()
        if not there:
            save_dataset(dataset, path)
        if owner is not None and limits is not None:
            _check_size(sum(each.size for each in mine) + path.stat().st_size, path, there, limits)
        about = {"file": file[-100:], "count": len(dataset), "classes": dataset.n_classes}
        owned = {"name": name, "added": datetime.now(UTC).isoformat(timespec="seconds")}
        kept = _read(path)
        owners = {**kept.get("owners", {}), owner or "": owned}
        _write(path, {**kept, **about, "name": kept.get("name") or name, "owners": owners})
    return next(each for each in own_datasets(owner) if each.id == id_)


def own_datasets(owner: str | None) -> list[OwnDataset]:
    """What this owner has added, the newest first; None: what the command line has added, which is everybody's."""
    return sorted(_all(owner or ""), key=lambda each: each.added, reverse=True)


def has_added(owner: str | None, dataset: str) -> bool:
    """Whether somebody, hashed, has added this data set; nobody has added anything."""
    return owner is not None and any(each.id == dataset for each in own_datasets(owner))


def title_of(dataset: str, owner: str | None = None) -> str:
    """What a data set is called: the name that this owner or else the first one gave it, or the id itself."""
    if not dataset.startswith(OWN):
        return dataset
    try:
        kept = _read(_path(dataset))
    except InvalidData:
        return dataset
    return str(kept.get("owners", {}).get(owner or "", {}).get("name") or kept.get("name") or dataset)


def rename_dataset(id_: str, name: str, owner: str | None) -> None:
    """Another name for it. Raises NotAllowed for whoever has not added it, InvalidData, StorageError."""
    name = checked_name(name)
    with _writing:
        path, kept = _owned(id_, owner)
        kept["owners"][owner or ""]["name"] = name
        _write(path, {**kept, "name": next(iter(kept["owners"].values()))["name"]})


def delete_dataset(id_: str, owner: str | None) -> None:
    """This owner has it no more; the images go with the last owner. Raises NotAllowed, StorageError."""
    with _writing:
        path, kept = _owned(id_, owner)
        del kept["owners"][owner or ""]
        _write(path, kept)
        if not kept["owners"]:
            remove(path)


def checked_name(name: str) -> str:
    """A name without spaces around it. Raises InvalidData where none is left, or too much."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise InvalidData(
            "“{name}” cannot be the name of a data set: expected 1 to {most} letters.",
            name=name[: LONGEST_NAME + 1],
            most=LONGEST_NAME,
        )
    return name


def _all(owner: str) -> Iterator[OwnDataset]:
    for about in (data_home() / "own").glob("*.json"):
        path, kept = about.with_suffix(".npz"), _read(about.with_suffix(".npz"))
        owned = kept.get("owners", {}).get(owner)
        if owned is None or not path.exists():
            continue
        yield OwnDataset(
            id=OWN + path.stem,
            name=str(owned["name"]),
            owner=owner or None,
            added=str(owned["added"]),
            file=str(kept.get("file", "")),
            count=int(kept.get("count", 0)),
            classes=int(kept.get("classes", 0)),
            size=path.stat().st_size,
        )


def _owned(id_: str, owner: str | None) -> tuple[Path, dict[str, Any]]:
    path = _path(id_)
    kept = _read(path)
    if (owner or "") not in kept.get("owners", {}):
        raise NotAllowed("Only whoever added this data set can rename or delete it. Add the file yourself.")
    return path, kept


def _path(id_: str) -> Path:
    path = path_of(id_) if id_.startswith(OWN) else None
    if path is None:
        raise DataUnavailable("“{name}” is not a data set that somebody added.", name=id_[:100])
    return path


def _read(path: Path) -> dict[str, Any]:
    """What is known of a data set; nothing where the file is missing or damaged."""
    try:
        kept = json.loads(path.with_suffix(".json").read_text())
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) and isinstance(kept.get("owners", {}), dict) else {}


def _write(path: Path, kept: dict[str, Any]) -> None:
    write_atomically(path.with_suffix(".json"), json.dumps(kept, ensure_ascii=False).encode(), private=True)


def _check_count(mine: list[OwnDataset], owner: str | None, limits: DatasetLimits | None) -> None:
    if owner is not None and limits is not None and len(mine) >= limits.datasets:
        raise LimitReached(
            "You have {n} data sets, the most that one person may keep here (LIMIT_DATASETS). Delete one.",
            n=len(mine),
        )


def _check_size(size: int, path: Path, there: bool, limits: DatasetLimits) -> None:
    if size <= limits.dataset_megabytes * MEGABYTE:
        return
    if not there:
        remove(path)
    raise LimitReached(
        "Your data sets would take {size} MB; one person may keep {most} MB here (LIMIT_DATASET_MEGABYTES). Delete "
        "one, or add fewer images.",
        size=round(size / MEGABYTE),
        most=limits.dataset_megabytes,
    )
