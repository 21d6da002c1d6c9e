"""The catalogues of translations, and the command that keeps them up to date."""
