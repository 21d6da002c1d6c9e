"""Models that encode and decode digits: the protocol, the dense autoencoder, PCA; and Keras's form of the first."""
