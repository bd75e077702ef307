"""Arrays of what has parts, each under the name of its part: `table/visits`."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np


class Part(Protocol):
    """What tells all that it knows in arrays, and takes it over again."""

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all that it knows."""

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what `arrays` returned."""


def arrays_of(parts: Mapping[str, Part]) -> dict[str, np.ndarray]:
    """Return the arrays of all parts."""
    return {f"{name}/{key}": array for name, part in parts.items() for key, array in part.arrays().items()}


def restore_parts(parts: Mapping[str, Part], arrays: Mapping[str, np.ndarray]) -> None:
    """Give each part its own of the arrays that `arrays_of` returned."""
    for name, part in parts.items():
        start = f"{name}/"
        part.restore(
            {key.removeprefix(start): array for key, array in arrays.items() if key.startswith(start)}
        )
