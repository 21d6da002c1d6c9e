"""The way into this room as the host shows it: the address as the host's browser knows it, the code, and a QR code."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from ui.components.descriptions import Invitation


def invitation(page_url: str, code: str | None) -> Invitation:
    """`page_url`: the address of a page of ours, in the browser of the host; `code`: the room's, if it has one."""
    address = page_url.partition("?")[0].rpartition("/")[0]
    return Invitation(
        address=address, code=code, qr=qr_rows(address), local=_is_local(urlsplit(address).hostname or "")
    )


@lru_cache(maxsize=8)
def qr_rows(text: str) -> tuple[str, ...]:
    """The rows of a QR code, top first: a 1 for each dark module."""
    from segno.encoder import encode  # half a megabyte, and only hosts need it

    return tuple("".join(map(str, row)) for row in encode(text, error="m", micro=False).matrix)


def _is_local(host: str) -> bool:
    """Whether only the computer itself finds this host."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
