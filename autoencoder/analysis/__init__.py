"""What a model has learned, in numbers and maps: measures, latent space, neighbours, t-SNE, single digits."""
