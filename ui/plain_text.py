"""Text that Streamlit shows letter by letter, though it reads the text as Markdown: names, addresses, errors."""

from __future__ import annotations

import re

_JOINER = "\N{WORD JOINER}"  # invisible, and no line breaks at it
_SYNTAX = re.compile(r"[\\`*_\[\]<>~$&|]|^[-+#=]|(?<=^\d)[.)](?=\s|$)|(?<=^\d\d)[.)](?=\s|$)")
# What is replaced after the text has been read, where no backslash helps: addresses, `:material/…:`, smileys, arrows.
_AFTERWARDS = re.compile(r"(?<=:)(?=\S)|(?<=@)(?=\S)|(?<=www)(?=\.)|(?<=[-<>=~])(?=[-<>=~])", re.IGNORECASE)


def plain(text: str) -> str:
    """The text as Markdown that shows exactly its letters, in one paragraph: no link, picture, icon, colour or list."""
    apart = _AFTERWARDS.sub(_JOINER, " ".join(text.split()))
    return _SYNTAX.sub(r"\\\g<0>", apart)
