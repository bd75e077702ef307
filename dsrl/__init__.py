"""Deep symbolic reinforcement learning: pixels to objects to tables that a person can read.

Importing dsrl registers the `DSRL-*` environments with Gymnasium; the rest is loaded on first use.

>>> import dsrl
>>> dsrl.Symbol(kind=2, x=41.5, y=35.0, width=8, height=4).x
41.5
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dsrl.envs.registration import register_envs

if TYPE_CHECKING:
    from dsrl.agents.symbolic_q import SymbolicQ
    from dsrl.perception import Perception
    from dsrl.symbols import Symbol
    from dsrl.vae import VAE

__all__ = ["VAE", "Perception", "Symbol", "SymbolicQ"]

HOMES = {
    "VAE": "dsrl.vae",
    "Perception": "dsrl.perception",
    "Symbol": "dsrl.symbols",
    "SymbolicQ": "dsrl.agents.symbolic_q",
}
"""The module of each name that is loaded on first use, since torch takes seconds to load."""

register_envs()


def __getattr__(name: str) -> Any:
    """Load what was asked for (PEP 562)."""
    if name not in HOMES:
        raise AttributeError(f"dsrl has no {name!r}: it offers {', '.join(__all__)}")
    return getattr(import_module(HOMES[name]), name)
