"""Laws of the files that people bring: read by content, refused before they are unpacked, wrong rows named."""

from __future__ import annotations

import gzip
import io
import pickle
import stat
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import synthetic_digits
from PIL import Image

from autoencoder.data.reading.records import Choices, Understood, Upload
from autoencoder.data.reading.understand import fairly_apart, understand
from autoencoder.errors import InvalidData
from autoencoder.network.protocol import Array
from server.language import sentence

IMAGES, LABELS = synthetic_digits(70)
SQUARE = IMAGES.reshape(-1, 28, 28)
ALPHABET = [*"ABCDEFGHIJKLMN", "ñ", *"OPQRSTUVWXYZ"]


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Understood]:
    """`read(content, **choices)`: bytes as a file without an ending; several as `{name: bytes}`."""

    def reading(content: bytes | dict[str, bytes], **choices: object) -> Understood:
        files = content if isinstance(content, dict) else {"upload": content}
        for name, of_file in files.items():
            (tmp_path / name).write_bytes(of_file)
        return understand([Upload.of(tmp_path / name) for name in files], "mine", Choices(**choices))

    return reading


Read = Callable[..., Understood]


def npz(**arrays: object) -> bytes:
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def npy(array: Array) -> bytes:
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def table(rows: list[list[object]], header: str = "", separator: str = ",", end: str = "\n") -> str:
    lines = [separator.join(map(str, row)) for row in rows]
    return end.join([*([header] if header else []), *lines, ""])


def labelled(n: int = 70) -> list[list[object]]:
    return [[int(label), *map(int, image)] for label, image in zip(LABELS[:n], IMAGES[:n], strict=True)]


def idx(array: Array) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def four_idx() -> dict[str, bytes]:
    return {
        "train-images-idx3-ubyte": idx(SQUARE[:60]),
        "train-labels-idx1-ubyte": idx(LABELS[:60]),
        "t10k-images-idx3-ubyte": idx(SQUARE[60:]),
        "t10k-labels-idx1-ubyte": idx(LABELS[60:]),
    }


def png(image: Image.Image, kind: str = "PNG") -> bytes:
    content = io.BytesIO()
    image.save(content, kind)
    return content.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, of_file in files.items():
            archive.writestr(name, of_file)
    return content.getvalue()


def pictures(n: int = 70) -> dict[str, bytes]:
    return {f"{i}.png": png(Image.fromarray(SQUARE[i])) for i in range(n)}


def assert_same_digits(found: Understood, images: Array = IMAGES, labels: Array | None = LABELS) -> None:
    """Every digit is there once, under the number that it had in the file, with its label."""
    dataset = found.dataset
    assert dataset.rows is not None
    back = np.argsort(dataset.rows)
    np.testing.assert_array_equal(np.sort(dataset.rows), np.arange(1, len(images) + 1))
    np.testing.assert_array_equal(dataset.images[back], images)
    if labels is None:
        assert not dataset.labelled
    else:
        assert [dataset.classes[label] for label in dataset.labels[back]] == [str(label) for label in labels]


def held_out_rows(found: Understood) -> set[int]:
    assert found.dataset.rows is not None
    return set(found.dataset.rows[found.dataset.held_out].tolist())


class TestArrays:
    def test_the_layout_of_keras_keeps_its_test_part_apart(self, read: Read) -> None:
        found = read(npz(x_train=SQUARE[:60], y_train=LABELS[:60], x_test=SQUARE[60:], y_test=LABELS[60:]))
        assert_same_digits(found)
        assert held_out_rows(found) == set(range(61, 71))
        assert (found.preview.kind, found.preview.own_part) == ("npz", True)

    def test_its_part_is_pooled_where_a_share_is_chosen(self, read: Read) -> None:
        content = npz(x_train=SQUARE[:60], y_train=LABELS[:60], x_test=SQUARE[60:], y_test=LABELS[60:])
        found = read(content, held_out=0.5)
        assert found.preview.n_held_out == 35
        assert held_out_rows(found) != set(range(61, 71))

    def test_labels_in_one_column_are_labels(self, read: Read) -> None:
        assert_same_digits(read(npz(images=IMAGES, labels=LABELS[:, None])))

    def test_labels_as_zeros_and_a_one_are_labels(self, read: Read) -> None:
        assert_same_digits(read(npz(x=SQUARE, y=np.eye(10)[LABELS])))

    def test_labels_may_be_names(self, read: Read) -> None:
        names = np.array([ALPHABET[label] for label in LABELS])
        assert_same_digits(read(npz(X=SQUARE, y=names)), labels=names)

    def test_an_array_alone_has_no_labels(self, read: Read) -> None:
        assert_same_digits(read(npy(SQUARE)), labels=None)

    def test_another_array_can_be_chosen_as_labels_and_none_can(self, read: Read) -> None:
        content = npz(images=IMAGES, labels=LABELS, writer=LABELS % 3)
        assert read(content).preview.left_out[0].values == {"names": "writer"}
        assert_same_digits(read(content, labels="writer"), labels=LABELS % 3)
        assert_same_digits(read(content, labels="none"), labels=None)

    def test_floats_a_hair_above_1_are_read_as_0_to_1(self, read: Read) -> None:
        floats = (SQUARE / np.float64(255)).astype(np.float32)
        floats[floats == 1] = np.float32(1.0000001)
        floats[0, 0, 0] = np.float32(1.0000001)
        expected = IMAGES.copy()
        expected[0, 0] = 255
        found = read(npz(images=floats, labels=LABELS))
        assert_same_digits(found, expected)
        assert found.preview.choices.scale == 1

    def test_zeros_and_ones_as_whole_numbers_are_seen_and_asked_about(self, read: Read) -> None:
        bits = (SQUARE > 128).astype(np.uint8)
        found = read(npz(images=bits, labels=LABELS))
        assert_same_digits(found, bits.reshape(-1, 784) * 255)
        assert any("scale 0 to 255" in str(note) for note in found.preview.notes)
        assert_same_digits(read(npz(images=bits, labels=LABELS), scale=255), bits.reshape(-1, 784))

    @pytest.mark.parametrize("scale", [16, 65_535])
    def test_other_scales_are_found_out(self, read: Read, scale: int) -> None:
        values = np.rint(SQUARE / 255 * scale).astype(np.uint16)
        values[0, 0, 0] = scale
        found = read(npz(images=values, labels=LABELS))
        assert found.preview.choices.scale == scale
        assert found.dataset.images.max() == 255

    def test_values_around_zero_are_read_from_0_to_1_and_it_is_said(self, read: Read) -> None:
        found = read(npz(images=SQUARE / 127.5 - 1, labels=LABELS))
        assert_same_digits(found)
        assert (found.preview.low, found.preview.choices.scale) == (-1, 1)
        assert "read as 0 to 1" in str(found.preview.notes[0])

    def test_images_of_7_by_7_are_fitted_and_it_is_said(self, read: Read) -> None:
        found = read(npz(data=SQUARE[:, ::4, ::4].reshape(-1, 49), target=LABELS))
        assert found.preview.sizes == ((7, 7),)
        assert any("fitted into 28×28" in str(note) for note in found.preview.notes)

    def test_colours_become_grey(self, read: Read) -> None:
        assert_same_digits(read(npz(images=np.stack([SQUARE] * 3, axis=3), labels=LABELS)))
        assert_same_digits(read(npz(images=np.stack([SQUARE] * 3, axis=1), labels=LABELS)))
        assert_same_digits(read(npz(data=np.tile(IMAGES, 3), labels=LABELS)))  # in rows, as CIFAR's files have them

    def test_transposed_is_transposed_back(self, read: Read) -> None:
        assert_same_digits(read(npz(images=SQUARE.transpose(0, 2, 1), labels=LABELS), transpose=True))

    def test_a_bright_background_is_noticed_and_can_be_kept(self, read: Read) -> None:
        found = read(npz(images=255 - SQUARE, labels=LABELS))
        assert_same_digits(found)
        assert any("inverted" in str(note) for note in found.preview.notes)
        assert_same_digits(read(npz(images=255 - SQUARE, labels=LABELS), invert=False), 255 - IMAGES)

    def test_values_that_are_no_numbers_are_named_by_their_rows(self, read: Read) -> None:
        floats = SQUARE / 255
        floats[4, 3, 3], floats[8:11, 0, 0] = np.nan, np.inf
        with pytest.raises(InvalidData, match=r"no number.*: 5, 9–11\."):
            read(npz(images=floats, labels=LABELS))

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (npz(images=SQUARE[:1], labels=LABELS[:1]), "There are 1 images in the file; at least two"),
            (npz(images=np.zeros((100_001, 2, 2), np.uint8)), "100,001 images in the file; at most 100,000"),
            (npz(images=SQUARE - 300.0), "from -300 to -4"),
            (npz(images=(SQUARE / 255 - 0.13) / 0.31), "standardised values have lost theirs"),
            (npz(images=SQUARE * 300.0), "more than the scale 0 to 65535"),
            (npz(images=SQUARE, labels=np.array([{}] * 70, object)), "pickle"),
            (npz(numbers=np.arange(9)), r"No array holds images.*numbers \(9\)"),
            (pickle.dumps([1]), "pickle"),
            (npz(images=np.zeros((300, 4, 4), np.uint8), labels=np.arange(300)), "300 different labels"),
            (npz(images=SQUARE, labels=LABELS)[:-200], "cannot be read"),
            (b"%PDF-1.7\0", "of no kind that is read here"),
        ],
        ids=[
            "one",
            "many",
            "negative",
            "standardised",
            "beyond",
            "objects",
            "no images",
            "pickle",
            "classes",
            "cut",
            "pdf",
        ],
    )
    def test_what_cannot_be_read_says_why(self, read: Read, content: bytes, words: str) -> None:
        with pytest.raises(InvalidData, match=words):
            read(content)

    def test_all_the_same_is_said_and_still_a_data_set(self, read: Read) -> None:
        found = read(npz(images=np.zeros((20, 28, 28), np.uint8), labels=np.zeros(20, int)))
        assert [str(note) for note in found.preview.notes if "All images" in str(note)] == [
            "All images are the same: a network has nothing to tell apart here.",
            "All images have the same label, 0.",
        ]
        assert found.dataset.classes == ("0",)


class TestTables:
    HEADER = ",".join(["label", *(f"pixel{i}" for i in range(784))])

    def test_the_layout_of_kaggle(self, read: Read) -> None:
        found = read(table(labelled(), self.HEADER).encode())
        assert_same_digits(found)
        assert found.preview.labels_from == "label"
        assert_same_digits(read(table(labelled(), self.HEADER).encode(), labels="none"), labels=None)

    def test_the_same_without_labels(self, read: Read) -> None:
        header = self.HEADER.removeprefix("label,")
        assert_same_digits(read(table([row[1:] for row in labelled()], header).encode()), labels=None)

    @pytest.mark.parametrize("last", [False, True])
    def test_without_a_header_the_label_column_is_recognised(self, read: Read, last: bool) -> None:
        rows = [[*row[1:], row[0]] if last else row for row in labelled()]
        found = read(table(rows).encode())
        assert_same_digits(found)
        assert found.preview.labels_from == ("785" if last else "1")

    def test_as_a_spanish_excel_writes_it(self, read: Read) -> None:
        rows = [[row[0], *(f"{int(value) / 2:.1f}".replace(".", ",") for value in row[1:])] for row in labelled()]
        text = table(rows, self.HEADER.replace(",", ";").replace("label", "etiqueta"), ";", "\r\n")
        assert_same_digits(read(b"\xef\xbb\xbf" + text.encode()), np.rint(IMAGES / 2).astype(np.uint8))

    def test_all_wrong_rows_are_named_in_one_message(self, read: Read) -> None:
        rows = labelled()
        rows[4][100], rows[8][7], rows[19] = "NaN", "seven", rows[19][:-1]
        with pytest.raises(InvalidData) as caught:
            read(table(rows, self.HEADER).encode())
        said = str(caught.value)
        assert "empty, NaN or infinite): 5." in said
        assert "text where a number is expected: 9." in said
        assert "another number of columns than the first one: 20." in said
        assert "texto donde se espera un número: 9." in sentence(caught.value, "es")

    def test_a_column_says_what_is_held_out(self, read: Read) -> None:
        rows = [["test" if i % 5 == 0 else "train", *row] for i, row in enumerate(labelled())]
        found = read(table(rows, f"split,{self.HEADER}").encode())
        assert_same_digits(found)
        assert held_out_rows(found) == set(range(1, 71, 5))

    def test_columns_beside_the_pixels_are_left_out_and_named(self, read: Read) -> None:
        rows = [[f"scan-{i}", *row] for i, row in enumerate(labelled())]
        found = read(table(rows, f"id,{self.HEADER}").encode())
        assert_same_digits(found)
        assert found.preview.left_out[0].values == {"names": "id"}
        unnamed = read(table(rows, f",{self.HEADER}").encode())  # as pandas writes its index
        assert unnamed.preview.left_out[0].values == {"names": "1"}

    def test_compressed_and_in_utf_16_and_latin_letters(self, read: Read) -> None:
        rows = [["ñ" if row[0] else "n", *row[1:]] for row in labelled()]
        names = np.array(["ñ" if label else "n" for label in LABELS])
        for encoding in ("utf-8", "utf-16", "cp1252"):
            assert_same_digits(read(gzip.compress(table(rows, self.HEADER).encode(encoding))), labels=names)

    def test_alone_in_a_zip(self, read: Read) -> None:
        assert_same_digits(read(zipped({"train.csv": table(labelled(), self.HEADER).encode()})))

    def test_a_number_of_columns_that_is_no_square(self, read: Read) -> None:
        with pytest.raises(InvalidData, match="783 columns of pixels"):
            read(table([row[:-1] for row in labelled()], self.HEADER.removesuffix(",pixel783")).encode())

    def test_a_column_that_is_not_there(self, read: Read) -> None:
        with pytest.raises(InvalidData, match=r"no column “digits”.*label, pixel0"):
            read(table(labelled(), self.HEADER).encode(), labels="digits")


class TestIdx:
    @pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
    @pytest.mark.parametrize("together", [False, True], ids=["four files", "one zip"])
    def test_four_files(self, read: Read, packed: bool, together: bool) -> None:
        files = {f"{n}.gz": gzip.compress(c) for n, c in four_idx().items()} if packed else four_idx()
        found = read(zipped(files) if together else files)
        assert_same_digits(found)
        assert held_out_rows(found) == set(range(61, 71))

    def test_the_one_that_is_cut_short_is_named(self, read: Read) -> None:
        files = four_idx()
        files["t10k-images-idx3-ubyte"] = files["t10k-images-idx3-ubyte"][:-100]
        with pytest.raises(InvalidData, match="t10k-images-idx3-ubyte has 7,756 bytes where its header says 7,856"):
            read(files)

    def test_a_compressed_file_that_is_cut_short(self, read: Read) -> None:
        with pytest.raises(InvalidData, match="cut short or damaged"):
            read(gzip.compress(idx(SQUARE))[:-100])

    def test_images_alone(self, read: Read) -> None:
        assert_same_digits(read(idx(SQUARE)), labels=None)


class TestPictures:
    def test_dark_on_white_with_litter_is_fitted_inverted_and_counted(self, read: Read) -> None:
        ink = np.zeros((45, 60), np.uint8)
        ink[5:40, 25:35] = 255
        colours = np.stack([255 - ink] * 3 + [np.full_like(ink, 255)], axis=2)
        files = {f"a/{i}.png": png(Image.fromarray(colours)) for i in range(40)}
        found = read(zipped({**files, "__MACOSX/a/._1.png": b"x", ".DS_Store": b"x", "a/notes.txt": b"x"}))
        image = found.dataset.images[0].reshape(28, 28)
        assert found.preview.count == 40
        assert found.preview.sizes == ((45, 60),)
        assert (image[:3] == 0).all(), "21 of 28 rows hold the picture"
        assert image[10:18, 13].min() == 255
        assert image[10:18, 0].max() == 0
        assert {"fitted" in str(note) or "inverted" in str(note) for note in found.preview.notes} >= {True}
        assert [said.values["count"] for said in found.preview.left_out] == [2, 1]

    def test_one_digit_in_five_modes_is_the_same_picture_five_times(self, read: Read) -> None:
        bits = np.where(SQUARE[3] > 100, 255, 0).astype(np.uint8)
        plain = Image.fromarray(bits)
        modes = {
            "L": plain,
            "P": plain.convert("P"),
            "RGBA": plain.convert("RGBA"),
            "1": plain.convert("1"),
            "16": Image.fromarray(bits.astype(np.uint16) * 257),
        }
        found = read(zipped({f"{name}.png": png(image) for name, image in modes.items()}))
        np.testing.assert_array_equal(found.dataset.images, np.tile(bits.reshape(1, 784), (5, 1)))

    def test_ink_on_nothing_is_seen(self, read: Read) -> None:
        for grey in (0, 255):
            drawn = np.dstack([np.full((28, 28, 3), grey, np.uint8), SQUARE[3]])
            found = read(zipped({f"{i}.png": png(Image.fromarray(drawn)) for i in range(2)}))
            np.testing.assert_array_equal(found.dataset.images[0], IMAGES[3])

    def test_folders_are_labels_of_any_name(self, read: Read) -> None:
        one = png(Image.fromarray(SQUARE[0]))
        found = read(zipped({f"letters/{name}/{i}.png": one for name in ALPHABET for i in range(7)}))
        assert found.dataset.classes == tuple(ALPHABET)
        assert found.preview.counts == (7,) * 27
        assert set(np.bincount(found.dataset.labels[found.dataset.held_out])) == {1}

    def test_letters_taken_apart_by_a_mac_and_names_without_a_flag(self, read: Read) -> None:
        one = png(Image.fromarray(SQUARE[0]))
        content = zipped({"n\u0303/1.png": one, "n\u0303/2.png": one, "o/3.png": one})
        unflagged = bytearray(content)
        for signature, offset in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
            at = content.find(signature)
            while at >= 0:
                unflagged[at + offset + 1] &= ~0x08
                at = content.find(signature, at + 1)
        for either in (content, bytes(unflagged)):
            assert read(either).dataset.classes == ("ñ", "o")

    def test_folders_called_train_and_test_are_the_parts(self, read: Read) -> None:
        parts = ["train"] * 60 + ["test"] * 10
        found = read(zipped({f"{parts[i]}/{LABELS[i]}/{i:02}.png": c for i, c in enumerate(pictures().values())}))
        assert found.preview.n_held_out == 10
        assert found.dataset.classes == tuple("0123456789")

    def test_pictures_in_the_order_of_their_numbers(self, read: Read) -> None:
        assert_same_digits(read(zipped(pictures())), labels=None)

    def test_a_jpeg_is_read(self, read: Read) -> None:
        found = read(zipped({f"{i}.jpg": png(Image.fromarray(SQUARE[3]), "JPEG") for i in range(2)}))
        assert np.abs(found.dataset.images[0].astype(int) - IMAGES[3]).mean() < 3

    def test_all_damaged_pictures_are_named(self, read: Read) -> None:
        files = pictures(12)
        files["4.png"], files["7.png"] = files["4.png"][:-40], files["7.png"][:60]
        with pytest.raises(InvalidData, match=r"damaged \(2\): 4.png, 7.png"):
            read(zipped(files))


def entry(name: str, **settings: int) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        info = zipfile.ZipInfo(name)
        for key, value in settings.items():
            setattr(info, key, value)
        archive.writestr(info, b"there")
    return content.getvalue()


def bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.png", bytes(100 * 2**20))
    return content.getvalue()


def a_million_entries(claimed: int) -> bytes:
    """A list of 1,000,001 entries with nothing behind it; the archive says that it has `claimed`."""
    one = b"PK\1\2" + bytes(42)
    listed = one * 1_000_001
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, claimed, claimed, len(listed), 4, 0)
    return b"PK\3\4" + listed + end


def enormous() -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">2I5B", 50_000, 50_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (bomb, r"unpack to far too much \(1\): 1.png"),
        (lambda: a_million_entries(3), "250,001 files; at most 250,000"),
        (lambda: zipped({**pictures(3), "huge.png": enormous()}), r"4,096 pixels a side \(1\): huge.png"),
        (lambda: entry("../../x.png"), r"leads out of the archive \(1\): ../../x.png"),
        (lambda: entry("C:\\x.png"), "leads out of the archive"),
        (lambda: entry("x.png", external_attr=(stat.S_IFLNK | 0o777) << 16), r"Links in place of files \(1\)"),
        (lambda: entry("data.pkl"), r"Pickles \(1\)"),
        (lambda: gzip.compress(bytes(100 * 2**20)), "unpacks to far more"),
        (lambda: zipped({"readme.txt": b"x", "licence.txt": b"x"}), "none is a picture"),
        (lambda: zipped({".DS_Store": b"x"}), "nothing that can be read"),
        (lambda: b"PK\3\4 no archive", "no list of files at the end"),
    ],
    ids=["bomb", "million", "png", "path", "drive", "link", "pickle", "gz", "text", "litter", "cut"],
)
def test_what_could_do_harm_is_refused_before_it_is_unpacked(
    tmp_path: Path, make: Callable[[], bytes], words: str
) -> None:
    (tmp_path / "upload").write_bytes(make())
    tracemalloc.start()
    try:
        with pytest.raises(InvalidData, match=words):
            understand([Upload.of(tmp_path / "upload")], "mine")
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("share", [0.001, 1 / 7, 0.5, 0.999])
def test_held_out_digits_are_of_every_class_alike(share: float) -> None:
    labels = np.repeat(np.arange(5), [200, 400, 10, 300, 90]).astype(np.uint8)
    apart = fairly_apart(labels, share)
    assert apart.sum() == max(1, round(1_000 * share))
    counts = np.bincount(labels[apart], minlength=5)
    assert np.abs(counts - np.bincount(labels) * share).max() <= 1
    np.testing.assert_array_equal(apart, fairly_apart(labels, share))


def test_the_first_rows_of_either_part_are_of_many_classes(read: Read) -> None:
    order = np.argsort(LABELS, kind="stable")
    found = read(npz(images=IMAGES[order], labels=LABELS[order]))
    assert len(set(found.dataset.labels[:16].tolist())) > 5
    assert len(set(found.preview.labels.tolist())) > 5
