"""What the components' own JavaScript makes of a model's bundles, in the Node that Playwright brings along."""

from __future__ import annotations

import gzip
import json
import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from playwright._impl._driver import compute_driver_executable

from autoencoder.network.protocol import Array
from server import latent_map

SHARED = Path(__file__).parents[1] / "ui" / "components" / "shared"


def bundles_of(run: str, snapshot: str) -> tuple[bytes, bytes]:
    """Encoder and decoder of a run, as the browser gets them."""
    made = (latent_map._encoder, latent_map._decoder)
    encoder, decoder = (gzip.decompress(each.__wrapped__(run, snapshot, "")) for each in made)  # type: ignore[attr-defined]
    return encoder, decoder


def assert_close(found: Array, expected: Array) -> None:
    """Within 1e-5 of the largest number there."""
    assert np.abs(found - expected).max() <= 1e-5 * max(1, np.abs(expected).max())


@dataclass(frozen=True, eq=False)
class InTheBrowser:
    """What the components' own JavaScript makes of the bundles of an encoder and a decoder."""

    encoder: bytes
    decoder: bytes
    images: Array  # (n, 784) uint8
    given: Array = field(default_factory=lambda: np.empty((0, 1)))  # (n, d) codes

    @property
    def codes(self) -> Array:
        """(n, d) codes of the images."""
        return self._said[0]

    @property
    def drawn(self) -> Array:
        """(n, 784) uint8 that the codes are drawn as."""
        return self._said[1].astype(np.uint8)

    @property
    def outputs(self) -> Array:
        """(n, 784) in the network's own units."""
        return self._said[2]

    @cached_property
    def _said(self) -> tuple[Array, Array, Array]:
        script = f"""
            import {{ readFileSync }} from "node:fs";
            import {{ decodeBundle }} from "{SHARED}/bundle.js";
            import {{ makeDecoder }} from "{SHARED}/decoder.js";
            import {{ makeEncoder }} from "{SHARED}/encoder.js";
            const given = new Uint8Array(readFileSync(0));
            const [length, images, codes] = JSON.parse(process.argv[1]);
            const encoder = makeEncoder(decodeBundle(given.slice(0, length).buffer));
            const decoder = makeDecoder(decodeBundle(given.slice(length).buffer));
            console.log(JSON.stringify([
              images.map((image) => Array.from(encoder.encode(image))),
              codes.map((code) => Array.from(decoder.decode(code))),
              codes.map((code) => Array.from(decoder.outputs(code))),
            ]));
        """
        node, _ = compute_driver_executable()
        given = json.dumps([len(self.encoder), self.images.tolist(), self.given.tolist()])
        command = [node, "--input-type=module", "-e", script, given]
        found = subprocess.run(command, input=self.encoder + self.decoder, capture_output=True, check=True, timeout=60)
        codes, drawn, outputs = (np.array(each) for each in json.loads(found.stdout))
        return codes, drawn, outputs
