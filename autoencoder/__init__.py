"""The backend of Autoencoder Lab: data, networks, training, runs and their metrics. It knows no user interface."""
