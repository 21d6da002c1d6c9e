"""Data sets of 28×28 images: the bundled MNIST, OpenML's, and what PCA makes of them."""
