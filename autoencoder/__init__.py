"""The backend of Autoencoder Lab: data, networks, training, runs and their worth. It knows no user interface."""
