"""Who a browser is and what it may do: owner, login, permissions, and the headers that protect a page."""
