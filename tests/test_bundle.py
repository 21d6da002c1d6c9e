"""What Python bundles, JavaScript reads: the real module, in a real engine, on bytes that Python wrote."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright._impl._driver import compute_driver_executable

from autoencoder.data.bundle import bundle
from autoencoder.data.quantised import quantise
from autoencoder.network.protocol import Array

MODULE = Path(__file__).parents[1] / "ui" / "components" / "shared" / "bundle.js"
READ = f"""
import {{ readFileSync }} from "node:fs";
import {{ decodeBundle, dequantise }} from {json.dumps(MODULE.as_uri())};
const file = readFileSync(process.argv[1]);
const {{ header, arrays }} = decodeBundle(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
const plain = (value) => (Number.isFinite(value) ? value : String(value));
const read = Object.entries(arrays).map(([name, array]) => [name, {{
  type: array.data.constructor.name, shape: array.shape, values: Array.from(array.data, plain),
  meant: array.low ? Array.from(dequantise(array)) : null,
}}]);
console.log(JSON.stringify({{ header, arrays: Object.fromEntries(read) }}));
"""
RANDOM = np.random.default_rng(0)


def read_in_javascript(content: bytes, folder: Path) -> dict[str, Any]:
    """What `decodeBundle` of shared/bundle.js makes of the bytes."""
    file = folder / "bundle"
    file.write_bytes(content)
    node, _ = compute_driver_executable()
    command = [node, "--input-type=module", "--eval", READ, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    read: dict[str, Any] = json.loads(done.stdout)
    return read


@pytest.mark.parametrize("padding", ["", "x", "xx", "xxx"])  # header lengths that leave the arrays on any address
def test_every_type_arrives_whatever_its_alignment(padding: str, tmp_path: Path) -> None:
    arrays: dict[str, Array] = {
        "odd": RANDOM.integers(0, 256, (7, 1), dtype=np.uint8),  # seven bytes: what follows must be padded
        "wide": RANDOM.integers(0, 65_536, (5, 2), dtype=np.uint16),
        "float": RANDOM.normal(0, 1e3, (3, 2, 2)).astype(np.float32),
        "none": np.empty((0, 2), np.float32),
    }
    read = read_in_javascript(bundle(arrays, note=padding, latent_dim=2), tmp_path)
    assert (read["header"]["note"], read["header"]["latent_dim"]) == (padding, 2)
    types = {"odd": "Uint8Array", "wide": "Uint16Array"}
    for name, values in arrays.items():
        got = read["arrays"][name]
        assert got["type"] == types.get(name, "Float32Array")
        assert got["shape"] == list(values.shape)
        numbers = np.array([float(value) for value in got["values"]], np.float32)
        np.testing.assert_array_equal(numbers, values.astype(np.float32).ravel())


def test_quantised_columns_come_back_within_half_a_step(tmp_path: Path) -> None:
    codes = (RANDOM.normal(0, 1, (500, 3)) * [1, 1000, 0] + [0, 5, -7]).astype(np.float32)  # the last one collapsed
    read = read_in_javascript(bundle({"codes": quantise(codes)}), tmp_path)["arrays"]["codes"]
    meant = np.array(read["meant"]).reshape(codes.shape)
    half_a_step = np.ptp(codes, axis=0) / 65_535 / 2
    assert (np.abs(meant - codes).max(axis=0) <= half_a_step + 1e-6 * np.abs(codes).max(axis=0)).all()
    assert (meant[:, 2] == -7).all()


def test_not_contiguous_and_big_endian_arrays_arrive_too(tmp_path: Path) -> None:
    turned = np.arange(12, dtype=np.float32).reshape(3, 4).T
    big = np.arange(5, dtype=">f4")
    read = read_in_javascript(bundle({"turned": turned, "big": big}), tmp_path)["arrays"]
    assert read["turned"]["values"] == turned.ravel().tolist()
    assert read["big"]["values"] == [0, 1, 2, 3, 4]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=4))
def test_offsets_are_multiples_of_four_and_hold_the_bytes(sizes: list[int]) -> None:
    arrays = {f"a{i}": np.arange(size, dtype=np.uint8) for i, size in enumerate(sizes)}
    content = bundle(arrays)
    length = int.from_bytes(content[:4], "little")
    for entry in json.loads(content[4 : 4 + length])["arrays"]:
        assert entry["offset"] % 4 == 0
        start = 4 + length + entry["offset"]
        assert content[start : start + entry["shape"][0]] == arrays[entry["name"]].tobytes()


@pytest.mark.parametrize("dtype", [np.float64, np.int32, np.bool_])
def test_other_types_are_refused_by_name(dtype: type) -> None:
    with pytest.raises(TypeError, match="codes"):
        bundle({"codes": np.zeros(3, dtype)})
