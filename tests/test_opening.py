"""Laws of opening: what was taken home is the same run elsewhere, under a new id; what is hostile is refused."""

from __future__ import annotations

import io
import json
import stat
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import QUICK, SMALL, assert_same_weights, random_weights
from exports import arrays, contents_of, finished_run, packed_again, under_another_name, with_json, zipped

from autoencoder.data.dataset import Dataset, load_dataset
from autoencoder.data.own import add_dataset, delete_dataset
from autoencoder.errors import AutoencoderError, InvalidRunFile, RunFromNewerVersion
from autoencoder.export.manifest import MANIFEST
from autoencoder.export.of_weights import About
from autoencoder.export.opening import open_file
from autoencoder.runs.selections import Selections
from autoencoder.runs.store import RunStore
from autoencoder.settings import Architecture

Files = dict[str, bytes]
RUN, WEIGHTS, SPACE = "run/run.json", "run/weights.npz", "run/space.npz"
FRAME = "run/snapshots/0001.000.npz"


@pytest.fixture
def elsewhere(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "elsewhere")


class TestTheSameRun:
    def test_a_zip_opens_elsewhere_as_the_same_run_with_a_new_id(
        self, store: RunStore, elsewhere: RunStore, tmp_path: Path
    ) -> None:
        run = finished_run(store)
        opened = open_file(zipped(store, run, tmp_path / "run.zip"), elsewhere, "me").run
        assert under_another_name(opened) == under_another_name(run)
        assert opened.id != run.id
        assert (opened.owner, opened.beside) == ("me", None)
        assert elsewhere.load(opened.id) == opened
        assert_same_weights(elsewhere.model_of(opened).weights, store.model_of(run).weights)
        assert elsewhere.load_history(opened.id) == store.load_history(run.id)
        for there, here in zip(elsewhere.load_frames(opened.id), store.load_frames(run.id), strict=True):
            np.testing.assert_allclose(there.codes, here.codes, rtol=1e-3)
            np.testing.assert_array_equal(there.reconstructions, here.reconstructions)
        space, before = elsewhere.load_space(opened.id), store.load_space(run.id)
        assert space is not None
        assert before is not None
        np.testing.assert_allclose(space.codes, before.codes, rtol=1e-3, atol=1e-4)
        np.testing.assert_array_equal(space.errors, before.errors)

    def test_name_and_note_are_such_as_people_may_give_here(
        self, store: RunStore, elsewhere: RunStore, tmp_path: Path
    ) -> None:
        run = replace(finished_run(store), name=f"two\nlines {'x' * 99}", note="a \n\n\n b")
        store.save(run)
        opened = open_file(zipped(store, run, tmp_path / "run.zip"), elsewhere).run
        assert opened.name == f"two lines {'x' * 50}"
        assert opened.note == "a\nb"

    def test_named_selections_come_along_and_are_checked(
        self, store: RunStore, elsewhere: RunStore, tmp_path: Path, tiny: Dataset
    ) -> None:
        run = finished_run(store)
        named = Selections().with_new("open fours", [1, 4], len(tiny))
        store.selections(run.id).save(named)
        path = zipped(store, run, tmp_path / "run.zip")
        (found,) = elsewhere.selections(open_file(path, elsewhere).run.id).load().all
        assert (found.name, found.digits) == ("open fours", (1, 4))
        store.selections(run.id).save(Selections().with_new("beyond", [len(tiny)], len(tiny) + 1))
        with pytest.raises(InvalidRunFile, match="from 0 to"):
            open_file(zipped(store, run, tmp_path / "beyond.zip"), elsewhere)

    def test_it_may_be_opened_twice_and_taken_home_again(
        self, store: RunStore, elsewhere: RunStore, tmp_path: Path
    ) -> None:
        path = zipped(store, finished_run(store), tmp_path / "run.zip")
        first, second = (open_file(path, elsewhere).run for _ in range(2))
        assert first.id != second.id
        again = open_file(zipped(elsewhere, first, tmp_path / "again.zip"), store).run
        assert under_another_name(again) == under_another_name(second)

    def test_images_travel_only_where_that_is_asked_for(
        self, store: RunStore, elsewhere: RunStore, tmp_path: Path, tiny: Dataset
    ) -> None:
        own = add_dataset(tiny, "Mine", None, "mine.npz")
        run = finished_run(store, training=replace(QUICK, dataset=own.id))
        without = zipped(store, run, tmp_path / "without.zip")
        along = zipped(store, run, tmp_path / "with.zip", with_images=True)
        assert "images.npz" not in contents_of(without)
        delete_dataset(own.id, None)
        opened = open_file(without, elsewhere)
        assert opened.images is None
        assert opened.run.training.dataset == own.id, "it opens as a run whose set is gone"
        assert elsewhere.load_space(opened.run.id) is not None
        images = open_file(along, elsewhere).images
        assert images is not None
        assert images.fingerprint == tiny.fingerprint


# ---- damaged and hostile ----


def without(name: str) -> Callable[[Files], Files]:
    return lambda files: {each: content for each, content in files.items() if each != name}


def changed(name: str, change: Callable[[bytes], bytes]) -> Callable[[Files], Files]:
    return lambda files: {**files, name: change(files[name])}


def added(name: str, content: bytes) -> Callable[[Files], Files]:
    return lambda files: {**files, name: content}


def manifest_says(**changes: Any) -> Callable[[Files], Files]:
    return changed(MANIFEST, lambda content: with_json(content, **changes))


def run_says(**changes: Any) -> Callable[[Files], Files]:
    return changed(RUN, lambda content: with_json(content, **changes))


def options_say(part: str, **changes: Any) -> Callable[[Files], Files]:
    return changed(RUN, lambda content: with_json(content, **{part: {**json.loads(content)[part], **changes}}))


def stepped_as(**changes: Any) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        with np.load(io.BytesIO(content)) as there:
            return arrays(**{**there, **changes})

    return change


def weights(*values: Any) -> Callable[[bytes], bytes]:
    return lambda _content: arrays(**{f"weights_{i:03d}": value for i, value in enumerate(values)})


GOOD = random_weights(SMALL)
BOMB = arrays(weights_000=np.zeros(30_000_000, np.float32))
DAMAGED: dict[str, tuple[Callable[[Files], Files], str]] = {  # what is changed, though the manifest knows; the sentence
    "no manifest": (without(MANIFEST), "holds no manifest.json"),
    "no run": (without(RUN), "lacks the file run/run.json"),
    "no weights": (without(WEIGHTS), "lacks the file run/weights.npz"),
    "a manifest that is no JSON": (added(MANIFEST, b"{"), "manifest.json in the zip is not as it was"),
    "a manifest that is a list": (added(MANIFEST, b"[]"), "manifest.json in the zip is not as it was"),
    "a newer manifest": (manifest_says(format=2), "newer version"),
    "a manifest with a fingerprint that is none": (manifest_says(fingerprint="../x"), "not as it was"),
    "a file that no run has": (added("run/checkpoint.npz", b"x"), "which no run has"),
    "a map at an odd place": (added("run/snapshots/x.npz", b"x"), "which no run has"),
    "a run that trains": (run_says(status="training"), "has not ended"),
    "a run without measures": (run_says(measures=None), "has not ended"),
    "an option of a newer version": (options_say("training", optimiser="lion"), "nothing is wrong with its files"),
    "a network that cannot be": (options_say("architecture", latent_dim=0), "cannot be read"),
    "an enormous network": (options_say("architecture", encoder=[4096] * 8), "cannot be read"),
    "a sentence that reaches into objects": (
        run_says(events=[["failed", {"problem": {"template": "{x.__class__}", "values": {"x": 1}}}]]), "cannot be read",
    ),
    "a learning rate that is no number": (
        run_says(events=[["rate_changed", {"rate": "fast", "epoch": 1.0}]]), "cannot be read",
    ),
    "JSON without an end": (changed(RUN, lambda _: b"[" * 100_000), "cannot be read"),
    "weights of another network": (changed(WEIGHTS, weights(*random_weights(replace(SMALL, latent_dim=3)))), "fit"),
    "weights that are not finite": (changed(WEIGHTS, weights(GOOD[0] * np.nan, *GOOD[1:])), "finite"),
    "weights that are pickled": (
        changed(WEIGHTS, lambda _: arrays(True, weights_000=np.array([print], object))), "cannot be read",
    ),
    "arrays that would fill the memory": (changed(WEIGHTS, lambda _: BOMB), "would unpack to 120,000"),
    "weights cut short": (changed(WEIGHTS, lambda content: content[:-40]), "not as it was"),
    "codes of other digits": (changed(SPACE, stepped_as(errors=np.zeros(3, np.float32))), "expected"),
    "errors that are not finite": (changed(SPACE, stepped_as(errors=np.full(70, np.inf, np.float32))), "expected"),
    "pictures of another size": (changed(FRAME, stepped_as(reconstructions=np.zeros((9, 9), np.uint8))), "expected"),
    "losses in columns of several lengths": (
        changed("run/history.json", lambda c: with_json(c, points={"epoch": [1.0, 2.0], "loss": [1.0]})), "cannot be",
    ),
    "images of another set": (added("images.npz", arrays(images=np.zeros((9, 784)), labels=np.zeros(9))), "images"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "said"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_or_hostile_zip_is_refused_in_a_sentence_and_leaves_nothing(
    change: Callable[[Files], Files], said: str, store: RunStore, elsewhere: RunStore, tmp_path: Path
) -> None:
    files = contents_of(zipped(store, finished_run(store), tmp_path / "run.zip"))
    refused(packed_again(tmp_path / "changed.zip", change(files)), elsewhere, said)


def refused(path: Path, store: RunStore, said: str) -> None:
    with pytest.raises(AutoencoderError) as problem:
        open_file(path, store)
    assert isinstance(problem.value, InvalidRunFile | RunFromNewerVersion)
    assert said in str(problem.value)
    assert len(str(problem.value)) < 600
    assert store.runs() == ([], {})
    assert not list(store.folder.glob("*/*"))


@pytest.mark.parametrize("name", [WEIGHTS, "run/history.json", "README.md"])
def test_what_was_changed_on_the_way_is_found_by_its_fingerprint_or_size(
    name: str, store: RunStore, elsewhere: RunStore, tmp_path: Path
) -> None:
    files = contents_of(zipped(store, finished_run(store), tmp_path / "run.zip"))
    files[name] = files[name][:-1] + bytes([files[name][-1] ^ 1]) if name == WEIGHTS else files[name] + b" "
    refused(packed_again(tmp_path / "changed.zip", files, told=False), elsewhere, "is not as it was")


class TestZipsThemselves:
    @pytest.fixture
    def files(self, store: RunStore, tmp_path: Path) -> Files:
        return contents_of(zipped(store, finished_run(store), tmp_path / "run.zip"))

    @pytest.mark.parametrize("name", ["../run.json", "/etc/passwd", "C:/x", "run/../../x"])
    def test_paths_that_lead_out(self, name: str, files: Files, elsewhere: RunStore, tmp_path: Path) -> None:
        refused(packed_again(tmp_path / "x.zip", added(name, b"x")(files)), elsewhere, "leads out of the archive")

    def test_a_link(self, files: Files, elsewhere: RunStore, tmp_path: Path) -> None:
        path = packed_again(tmp_path / "x.zip", files)
        link = zipfile.ZipInfo("run/tsne.npz")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(link, "/etc/passwd")
        refused(path, elsewhere, "Links in place of files")

    def test_the_same_name_twice(self, files: Files, elsewhere: RunStore, tmp_path: Path) -> None:
        path = packed_again(tmp_path / "x.zip", files)
        with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(RUN, files[RUN])
        refused(path, elsewhere, "twice")

    def test_a_bomb(self, files: Files, elsewhere: RunStore, tmp_path: Path) -> None:
        path = packed_again(tmp_path / "x.zip", added("README.md", bytes(40_000_000))(files))
        refused(path, elsewhere, "unpack to far too much")

    def test_a_size_that_lies(self, files: Files, elsewhere: RunStore, tmp_path: Path) -> None:
        path = packed_again(tmp_path / "x.zip", files)
        content = bytearray(path.read_bytes())
        at = content.rfind(b"PK\1\2")
        content[at + 24 : at + 28] = struct.pack("<I", 5)
        path.write_bytes(bytes(content))
        refused(path, elsewhere, "not as it was")

    @pytest.mark.parametrize("content", [b"", b"hello", b"PK\3\4" + bytes(100), b"GIF89a" * 100])
    def test_no_zip_at_all(self, content: bytes, elsewhere: RunStore, tmp_path: Path) -> None:
        (tmp_path / "x.zip").write_bytes(content)
        refused(tmp_path / "x.zip", elsewhere, "no zip of a run")

    def test_a_zip_cut_short(self, files: Files, elsewhere: RunStore, tmp_path: Path) -> None:
        path = packed_again(tmp_path / "x.zip", files)
        path.write_bytes(path.read_bytes()[:-3000])
        refused(path, elsewhere, "no zip of a run")

    def test_a_zip_of_something_else(self, elsewhere: RunStore, tmp_path: Path) -> None:
        refused(packed_again(tmp_path / "x.zip", {"picture.png": b"x"}), elsewhere, "holds no manifest.json")


# ---- somebody's .keras file ----


def keras_file(
    path: Path, layers: list[dict[str, Any]], arrays: dict[str, Any], model: str = "Functional", **also: Any
) -> Path:
    """As Keras writes it, without Keras."""
    import h5py

    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        for name, value in arrays.items():
            if callable(value):
                value(file, name)
            else:
                file[name] = value
    config = {"class_name": model, "config": {"name": "mine", "layers": layers}, **also}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", content.getvalue())
    return path


def dense(name: str, units: int, activation: object = "relu") -> dict[str, Any]:
    return {"class_name": "Dense", "config": {"name": name, "units": units, "activation": activation}}


INPUT = {"class_name": "InputLayer", "config": {"name": "in"}}
THEIRS = Architecture((8,), 2, None, "relu", "linear", "sigmoid")
LAYERS = [INPUT, dense("a", 8), dense("b", 2, "linear"), dense("c", 8), dense("d", 784, "sigmoid")]


def placed(weights: tuple[Any, ...], folder: str = "") -> dict[str, Any]:
    return {
        f"{folder}layers/dense{f'_{i // 2}' if i > 1 else ''}/vars/{i % 2}": value for i, value in enumerate(weights)
    }


class TestKerasFiles:
    def test_somebodys_model_opens_as_a_run_that_is_shown_and_measured(
        self, elsewhere: RunStore, tmp_path: Path
    ) -> None:
        values = random_weights(THEIRS)
        path = keras_file(tmp_path / "theirs.keras", LAYERS, placed(values))
        run = open_file(path, elsewhere, "me", About("Theirs", dataset=QUICK.dataset)).run
        assert run.architecture == THEIRS
        assert (run.name, run.owner, run.status) == ("Theirs", "me", "finished")
        assert run.measures is not None
        assert not run.measures.held_out, "nobody knows which digits it has seen"
        assert_same_weights(elsewhere.model_of(run).weights, values)
        images = load_dataset(QUICK.dataset).images
        np.testing.assert_allclose(run.measures.error, elsewhere.model_of(run).errors(  # type: ignore[arg-type]
            images, elsewhere.model_of(run).encode(images)).mean(), rtol=1e-5)  # fmt: skip
        assert elsewhere.last_frame(run.id) is not None

    def test_of_an_encoder_and_a_decoder_that_are_models_of_their_own(
        self, elsewhere: RunStore, tmp_path: Path
    ) -> None:
        values = random_weights(THEIRS)
        halves = [{"class_name": "Functional", "config": {"layers": LAYERS[:3]}},
                  {"class_name": "Sequential", "config": {"layers": [INPUT, *LAYERS[3:]]}}]  # fmt: skip
        there = placed(values[:4], "layers/functional/") | placed(values[4:], "layers/sequential/")
        path = keras_file(tmp_path / "theirs.keras", [INPUT, *halves], there)
        run = open_file(path, elsewhere, None, About("Theirs", dataset=QUICK.dataset)).run
        assert_same_weights(elsewhere.model_of(run).weights, values)

    def test_an_activation_that_is_a_layer_is_that_of_the_layer_before(
        self, elsewhere: RunStore, tmp_path: Path
    ) -> None:
        relu = {"class_name": "ReLU", "config": {}}
        sigmoid = {"class_name": "Activation", "config": {"activation": "sigmoid"}}
        layers = [INPUT, dense("a", 8, "linear"), relu, LAYERS[2], dense("c", 8, "linear"), relu,
                  dense("d", 784, "linear"), sigmoid]  # fmt: skip
        path = keras_file(tmp_path / "theirs.keras", layers, placed(random_weights(THEIRS)))
        run = open_file(path, elsewhere, None, About("Theirs", dataset=QUICK.dataset)).run
        assert run.architecture == THEIRS

    @pytest.mark.parametrize(
        ("layers", "said"),
        [
            ([INPUT, {"class_name": "ReLU", "config": {}}, *LAYERS[1:]], "ReLU"),
            ([*LAYERS[:2], {"class_name": "ReLU", "config": {"max_value": 6.0}}, *LAYERS[2:]], "ReLU"),
            ([*LAYERS[:2], {"class_name": "Lambda", "config": {"function": "os.system"}}, *LAYERS[2:]], "Lambda"),
            ([*LAYERS[:2], {"class_name": "Mine", "module": "os", "config": {}}, *LAYERS[2:]], "Mine"),
            ([INPUT, dense("a", 8, {"class_name": "function"}), *LAYERS[2:]], "activation"),
            ([INPUT, dense("a", 8, "tanh"), *LAYERS[2:]], "several activations"),
            ([INPUT, dense("a", 8)], "fewer than two"),
            ([{"config": {}}], "damaged"),
            ("text", "damaged"),
        ],
    )  # fmt: skip
    def test_what_it_cannot_be_is_refused_and_nothing_of_it_runs(
        self, layers: Any, said: str, elsewhere: RunStore, tmp_path: Path
    ) -> None:
        path = keras_file(tmp_path / "theirs.keras", layers, placed(random_weights(THEIRS)))
        refused(path, elsewhere, said)

    def test_arrays_are_read_from_the_file_itself_alone(self, elsewhere: RunStore, tmp_path: Path) -> None:
        """HDF5 can name another file's bytes, and link elsewhere."""
        import h5py

        values = placed(random_weights(THEIRS))
        first = next(iter(values))
        (tmp_path / "secret").write_bytes(bytes(4 * 784 * 8))

        def outside(file: Any, name: str) -> None:
            file.create_dataset(name, (784, 8), "f4", external=[(str(tmp_path / "secret"), 0, 4 * 784 * 8)])

        def linked(file: Any, name: str) -> None:
            file[name] = h5py.ExternalLink("other.h5", "/x")

        def packed(file: Any, name: str) -> None:
            file.create_dataset(name, (784, 8), "f4", compression="gzip")

        for how in (outside, linked, packed):
            refused(keras_file(tmp_path / "theirs.keras", LAYERS, {**values, first: how}), elsewhere, "damaged")
        wrong = {**values, first: np.zeros((784, 9), np.float32)}
        refused(keras_file(tmp_path / "theirs.keras", LAYERS, wrong), elsewhere, "do not follow each other")
        refused(keras_file(tmp_path / "theirs.keras", LAYERS, {}), elsewhere, "damaged")
