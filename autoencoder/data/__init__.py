"""The bundled data, how it was made (build), and how foreign data comes in (archive, pixels, openml)."""
