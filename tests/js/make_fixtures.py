"""Writes the fixtures of the JavaScript tests: the same things computed by NumPy and SciPy.

Run `python tests/js/make_fixtures.py` after a change of a format or of a formula; the files are small and committed.
"""

import base64
import itertools
import json
import struct
from pathlib import Path

import numpy as np
from scipy import special

from autoencoder.runs.run import COMMANDS, ENDED, STATUS_LABELS

FIXTURES = Path(__file__).parent / "fixtures"
ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": special.expit,
    "tanh": np.tanh,
    "silu": lambda x: x * special.expit(x),
    "gelu": lambda x: 0.5 * x * (1 + special.erf(x / np.sqrt(2))),
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x)),
    "softplus": lambda x: np.logaddexp(x, 0),
}


def main() -> None:
    rng = np.random.default_rng(3)
    FIXTURES.mkdir(exist_ok=True)
    write("bundle", bundle_fixture(rng))
    write("decoder", network_fixture(rng))
    write("activations", activation_fixture())
    write("map_nearest", nearest_fixture(rng))
    write("map_selection", selection_fixture(rng))
    write("commands", commands_fixture())


def write(name: str, fixture: dict) -> None:
    (FIXTURES / f"{name}.json").write_text(json.dumps(fixture))


def commands_fixture() -> dict:
    """What a run can be asked in each status, and whether it has ended."""
    return {
        status: {"commands": COMMANDS.get(status, ()), "ended": status in ENDED, "status_label": label}
        for status, label in STATUS_LABELS.items()
    }


def bundle_fixture(rng: np.random.Generator) -> dict:
    """Every type once."""
    codes = rng.normal(size=(5, 2)) * [1, 30]
    low, high = codes.min(0), codes.max(0)
    quantised = np.round((codes - low) / (high - low) * 65535).astype(np.uint16)
    floats = rng.normal(size=(3, 2)).astype(np.float32)
    labels = np.array([[3], [1], [4]], np.uint8)
    arrays = {"labels": (labels, {}), "codes": (quantised, {"low": low.tolist(), "high": high.tolist()})}
    arrays |= {"floats": (floats, {})}
    return {
        "bundle": base64.b64encode(bundle(arrays, latent_dim=2)).decode(),
        "labels": labels.ravel().tolist(),
        "codes": (low + quantised / 65535 * (high - low)).tolist(),
        "floats": floats.ravel().tolist(),
    }


def bundle(arrays: dict[str, tuple[np.ndarray, dict]], **header: object) -> bytes:
    """4 bytes of header length, the JSON header, then the bytes of the arrays, each 4-aligned."""
    entries, body = [], b""
    for name, (array, extra) in arrays.items():
        body += b"\0" * (-len(body) % 4)
        entry = {"name": name, "dtype": str(array.dtype), "shape": list(array.shape), "offset": len(body)}
        entries.append(entry | extra)
        body += array.tobytes()
    text = json.dumps({"arrays": entries, **header}).encode()
    return struct.pack("<I", len(text)) + text + body


def network_fixture(rng: np.random.Generator) -> dict:
    """A small decoder with four kinds of layer, and what it makes of five codes."""
    sizes, names = [2, 6, 7, 5, 784], ["silu", "relu", "gelu", "sigmoid"]
    weights = [rng.normal(size=shape).astype(np.float32) for shape in itertools.pairwise(sizes)]
    biases = [rng.normal(size=size).astype(np.float32) for size in sizes[1:]]
    layers = [
        {"activation": name, "inputs": inputs, "outputs": outputs}
        for name, inputs, outputs in zip(names, sizes, sizes[1:], strict=False)
    ]
    arrays = {f"weights_{i}": (array, {}) for i, array in enumerate(weights)}
    arrays |= {f"bias_{i}": (array, {}) for i, array in enumerate(biases)}
    codes = rng.normal(size=(5, 2)) * 2
    values = codes
    for weight, bias, name in zip(weights, biases, names, strict=True):
        values = ACTIVATIONS[name](values @ weight.astype(np.float64) + bias)
    origin, basis = rng.normal(size=4), rng.normal(size=(2, 4))
    return {
        "bundle": base64.b64encode(bundle(arrays, layers=layers, output_scale=255.0)).decode(),
        "codes": codes.tolist(),
        "grey": np.round(values * 255, 3).tolist(),
        "plane": {
            "place": [0.5, -2.0],
            "origin": origin.tolist(),
            "basis": basis.tolist(),
            "code": (origin + np.array([0.5, -2.0]) @ basis).tolist(),
        },
    }


def activation_fixture() -> dict:
    x = np.linspace(-6, 6, 97)
    return {
        "x": x.tolist(),
        "erf": special.erf(x).tolist(),
        "activations": {name: f(x).tolist() for name, f in ACTIVATIONS.items()},
    }


def nearest_fixture(rng: np.random.Generator) -> dict:
    """900 clustered points and 40 places; nearest point in pixels where the axes have different scales."""
    points = (rng.normal(size=(900, 2)) * rng.choice([0.02, 1, 5], size=(900, 1))).astype(np.float32)
    places, scale = rng.uniform(-6, 6, size=(40, 2)), np.array([90.0, 25.0])
    distances = np.linalg.norm((places[:, None] - points[None].astype(np.float64)) * scale, axis=2)
    return {
        "x": points[:, 0].tolist(),
        "y": points[:, 1].tolist(),
        "places": places.tolist(),
        "scale": scale.tolist(),
        "nearest": distances.argmin(1).tolist(),
        "distance": distances.min(1).tolist(),
        "ten": np.argsort(distances, axis=1)[:, :10].tolist(),
    }


def selection_fixture(rng: np.random.Generator) -> dict:
    labels, codes = rng.integers(0, 10, 200), rng.normal(size=(200, 2)).astype(np.float32)
    codes += 3 * np.stack([np.cos(labels), np.sin(labels)], axis=1)
    errors, chosen = rng.uniform(0, 0.1, 200).astype(np.float32), np.sort(rng.choice(200, 80, replace=False))
    groups = [chosen[labels[chosen] == label] for label in range(10)]
    means = np.array([codes[group].mean(0) for group in groups], dtype=np.float64)
    gaps = np.linalg.norm(means[:, None] - means[None], axis=2) + np.diag(np.full(10, np.inf))
    return {
        "labels": labels.tolist(),
        "codes": codes.tolist(),
        "errors": errors.tolist(),
        "chosen": chosen.tolist(),
        "counts": [len(group) for group in groups],
        "mean_error": float(errors[chosen].mean(dtype=np.float64)),
        "means": means.tolist(),
        "spread": [
            float(np.sqrt(((codes[group] - mean) ** 2).sum(1).mean()))
            for group, mean in zip(groups, means, strict=True)
        ],
        "nearest": gaps.argmin(1).tolist(),
        "percentiles": np.quantile(errors, [0.01, 0.99], method="nearest").tolist(),
    }


if __name__ == "__main__":
    main()
