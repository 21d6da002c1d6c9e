"""Settings with a name: the course's two experiments, exactly, and better ones of our own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from autoencoder.errors import N_
from autoencoder.settings import Architecture, Training


@dataclass(frozen=True)
class Preset:
    """Settings with a name, and what the course printed for them."""

    id: str
    name: str  # English: whoever shows it translates it
    architecture: Architecture
    training: Training
    course_losses: dict[int, float] = field(default_factory=dict)  # mean loss by epoch, in squared grey levels


_COURSE = Architecture(
    latent_dim=8,
    decoder=(64, 128),  # the course's decoder is not the full mirror
    hidden_activation="relu",
    latent_activation="relu",
    output_activation="relu",
    pixels="grey",
)
PRESETS: dict[str, Preset] = {
    preset.id: preset
    for preset in (
        Preset("quick-map", N_("Quick map"), Architecture(), Training(learning_rate=0.006, epochs=5)),
        Preset(
            "best-map",
            N_("Best map"),
            Architecture(encoder=(512, 256, 128)),
            Training(epochs=40),
        ),
        Preset(
            "best-8d",
            N_("Best 8-D"),
            Architecture(encoder=(512, 256, 128), latent_dim=8),
            Training(epochs=40),
        ),
        Preset(
            "course-2d",
            N_("Course 2-D"),
            replace(_COURSE, encoder=(256, 128, 64, 16), latent_dim=2, decoder=(16, 64, 128)),
            Training(learning_rate=0.001, batch_size=256, epochs=40, schedule="constant", seed=1, digits="all"),
            {1: 3181.5, 2: 3156.5, 3: 3129.8, 40: 2842.8},
        ),
        Preset(
            "course-8d",
            N_("Course 8-D"),
            _COURSE,
            Training(learning_rate=0.0005, batch_size=64, epochs=20, schedule="constant", seed=3, digits="all"),
            {1: 3808.1, 2: 2343.2, 3: 2191.0, 4: 2105.0, 5: 2054.9, 20: 1755.8},
        ),
    )
}
DEFAULT_PRESET = "quick-map"  # what the form and the command line start from, and what pages without a run show


def nearest_preset(values: Mapping[str, Any]) -> Preset:
    """The preset from which the fewest of these values, by the names of the options, differ."""

    def differing(preset: Preset) -> int:
        theirs = {**vars(preset.architecture), **vars(preset.training)}
        return sum(value != theirs[name] for name, value in values.items())

    return min(PRESETS.values(), key=differing)


def exact_preset(architecture: Architecture, training: Training, named: str | None = None) -> str | None:
    """The preset that settings are exactly: the one that was named, or any; None where something differs."""
    presets = [PRESETS[named]] if named else PRESETS.values()
    same = (preset.id for preset in presets if (preset.architecture, preset.training) == (architecture, training))
    return next(same, None)
