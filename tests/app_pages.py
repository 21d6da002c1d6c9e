"""What Streamlit's AppTest cannot say of itself: what a page hands to a component of ours."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest


def component(page: AppTest, name: str) -> dict[str, Any]:
    """The description that a component got, as the browser receives it."""
    (found,) = (each.proto for each in page.get("bidi_component") if each.proto.component_name == f"lab_{name}")
    (data,) = json.loads(found.json)
    return dict(data)
