"""The wiring: opens the adapters that the settings name, hands them to the rooms, and is what every door calls."""

from hakari.app.node import Node
from hakari.app.succession import open_node, repass, rotate

__all__ = ["Node", "open_node", "repass", "rotate"]
