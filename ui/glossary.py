"""Words of the field, each explained in one sentence where it stands: the only home of these sentences.

In a form or beside a figure they follow its help text (`explained`); the scripts of components receive them by key, and
their words mark where they belong: `[MSE](mse)` (ui/components/shared/term.js).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from autoencoder.errors import N_
from ui.session import _


@dataclass(frozen=True)
class Term:
    """A word that a beginner need not know."""

    named: str  # regular expression: how an English text names it
    meaning: str  # one English sentence


GLOSSARY = {
    "code": Term(
        r"\bcodes?\b",
        N_("Code: the few numbers that the network squeezes a picture into, and all that it draws the picture from."),
    ),
    "latent": Term(
        r"\b[Ll]atent\b",
        N_("Latent means hidden: the latent space is where the codes lie, one dimension for each of their numbers."),
    ),
    "encoder": Term(
        r"\b([Ee]n|[Dd]e)coder\b",
        N_("The encoder makes the code from a picture, the decoder makes a picture from the code."),
    ),
    "activation": Term(
        r"\bactivation\b",
        N_("Activation: the curve that a neuron bends its sum with. With linear it bends nothing."),
    ),
    "epoch": Term(r"\b[Ee]pochs?\b", N_("Epoch: one pass through all digits that are trained on.")),
    "mse": Term(
        r"\bMSE\b",
        N_(
            "MSE, mean squared error: how far the pixels drawn are from the original ones, from 0 to 1, squared and "
            "averaged. 0 is perfect."
        ),
    ),
    "bce": Term(
        r"\b([Bb]inary )?cross-entropy\b",
        N_(
            "Binary cross-entropy: each pixel drawn is taken for the chance that there is ink, and counts by how "
            "surprising the original pixel then is, in nats."
        ),
    ),
    "kl": Term(
        r"\bKL\b",
        N_(
            "KL divergence: how far the distribution of a digit's code lies from the standard normal one, in nats. One "
            "nat is 1.44 bits."
        ),
    ),
    "grey": Term(r"grey²", N_("Grey²: the same error counted in the 255 levels of grey, as the course prints it.")),
    "held_out": Term(
        r"\b[Hh]eld[- ]out\b",
        N_("Held-out digits are never trained on: they tell whether the network has learned or only remembers."),
    ),
    "adam": Term(
        r"\bAdam\b",
        N_("Adam: the rule by which each weight is moved after a step; it finds a fitting pace for each by itself."),
    ),
    "knn": Term(
        r"\bkNN\b",
        N_("kNN, k nearest neighbours: the label is guessed from the labels of the k digits with the nearest codes."),
    ),
    "pca": Term(
        r"\bPCA\b",
        N_("PCA, principal component analysis: as many numbers for each digit, found without a network. It is the best "
           "that straight lines can do."),
    ),
    "trustworthiness": Term(
        r"\b[Tt]rustworthiness\b",
        N_("Trustworthiness: whether neighbours on the map are neighbours as pictures too. 1 is perfect."),
    ),
    "neighbour_maps": Term(
        r"\b(t-SNE|UMAP)\b",
        N_("t-SNE and UMAP arrange points so that neighbours stay together; how far groups lie apart means little."),
    ),
}  # fmt: skip


def explained(label: str, help: str = "", **values: object) -> str | None:
    """A help text in the reader's language, and after it what the words of the field in it and its label mean.

    `label`, `help`: English, as marked for translation; `values` fill the gaps of the help. None: nothing to say.
    """
    said = [_(help, **values)] if help else []
    return "\n\n".join([*said, *(_(term.meaning) for term in terms_in(f"{label} {help}"))]) or None


def terms_in(text: str) -> list[Term]:
    """The words of the field that an English text names, in the order of the glossary."""
    return [term for term in GLOSSARY.values() if re.search(term.named, text)]


def meanings() -> dict[str, str]:
    """For the scripts of components: the English sentences, by the names that they ask for."""
    return {f"term_{key}": term.meaning for key, term in GLOSSARY.items()}
