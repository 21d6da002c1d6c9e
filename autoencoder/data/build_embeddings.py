"""Makes the bundled maps of MNIST's held-out digits again: python -m autoencoder.data.build_embeddings

Two to three minutes on two cores. Needs umap-learn, which the program itself does not: pip install umap-learn==0.5.*
The seeds are fixed; another machine or version may still produce different maps of the same quality.
"""

from __future__ import annotations

import sys

from sklearn.manifold import TSNE

from autoencoder.data.dataset import load_dataset
from autoencoder.data.embeddings import BUNDLED, pca_embedding, save_embeddings
from autoencoder.network.grey_levels import pixels

SEED = 0


def main() -> None:
    """Compute the three maps and write mnist-embeddings.npz."""
    try:
        from umap import UMAP
    except ImportError:
        sys.exit("umap-learn is not installed, and only this command needs it. Run: pip install umap-learn==0.5.*")
    dataset = load_dataset()
    images = pixels(dataset.images[dataset.held_out])  # (10000, 784)
    embeddings = {
        "pca": pca_embedding(dataset),
        "tsne": TSNE(init="pca", random_state=SEED).fit_transform(images),
        "umap": UMAP(random_state=SEED, n_jobs=1).fit_transform(images),
    }
    save_embeddings(BUNDLED, dataset, embeddings)
    print(f"{', '.join(embeddings)} of {len(images):,} digits in {BUNDLED.name}")


if __name__ == "__main__":
    main()
