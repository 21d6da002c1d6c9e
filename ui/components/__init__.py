"""Components that run in the browser: their descriptions in Python, and their scripts, styles and words by folder."""
