"""Where the controlled object will come to rest if it is left alone, and how far each kind gets about.

A paddle that coasts is not where it is seen, to an agent that has to stop it in time: the place of rest tells
in one number what its place and its motion tell together.
"""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float64

from dsrl.agents.sight import ANYWHERE, AS_IT_IS, oldest_row
from dsrl.symbols import DX, KIND, TRACK, Rows, X

MOST = 0.8
"""Share of a move that is kept in the next one, at most."""


class Momentum:
    """Sums up how moves of each kind follow from those before and from actions, and how far it gets about.

    >>> from dsrl.symbols import Symbol, to_rows
    >>> momentum, move = Momentum(n_actions=2), 8.0
    >>> for step in range(1_000):
    ...     action, before = step // 7 % 2, to_rows([Symbol(0, 80, 90, 4, 4, track=1, dx=move)])
    ...     move = 0.5 * move + 6.0 * action - 3.0  # half is kept; the second action pushes on
    ...     momentum.observe(action, before, to_rows([Symbol(0, 80, 90, 4, 4, track=1, dx=move)]))
    >>> momentum.settle(0)
    >>> momentum.rest.round(1).tolist()
    [[1.0, 80.0, 80.0], [0.0, 90.0, 90.0]]
    """

    def __init__(self, n_actions: int) -> None:
        self.n_actions = n_actions
        size = 1 + n_actions
        self.squares: Float64[np.ndarray, "kinds 2 n n"] = np.zeros((0, 2, size, size))
        """Sums of products of what moves are regressed on, the move before and the action, by axis."""
        self.products: Float64[np.ndarray, "kinds 2 n"] = np.zeros((0, 2, size))
        """Sums of their products with the moves."""
        self.extents = ANYWHERE
        """The least and greatest place of each kind, across and down; NaN for one that was not seen."""
        self.rest = AS_IT_IS
        """Across and down, how many moves the controlled object goes on for, and between which places."""

    def observe(self, action: int, before: Rows, after: Rows) -> None:
        """Take in what an action led to: the move of the oldest object of each kind, and all places."""
        kinds = after[:, KIND].astype(int)
        self._hold(int(kinds.max(initial=-1)) + 1)
        for kind in np.unique(kinds).tolist():
            was, now = oldest_row(before, kind), oldest_row(after, kind)
            if was >= 0 and before[was, TRACK] == after[now, TRACK]:
                self._regress(kind, action, before[was, DX : DX + 2], after[now, DX : DX + 2])
            places, extent = after[kinds == kind, X : X + 2], self.extents[kind]
            extent[:, 0] = np.fmin(extent[:, 0], places.min(axis=0))
            extent[:, 1] = np.fmax(extent[:, 1], places.max(axis=0))

    def _hold(self, kinds: int) -> None:
        """Make room for at least so many kinds."""
        more = max(0, kinds - len(self.extents))
        self.squares, self.products, self.extents = (
            np.concatenate((each, np.full((more, *each.shape[1:]), value)))
            for each, value in ((self.squares, 0.0), (self.products, 0.0), (self.extents, np.nan))
        )

    def _regress(
        self, kind: int, action: int, before: Float64[np.ndarray, " 2"], after: Float64[np.ndarray, " 2"]
    ) -> None:
        given = np.zeros((2, 1 + self.n_actions))
        given[:, 0], given[:, 1 + action] = before, 1.0
        self.squares[kind] += given[:, :, None] * given[:, None]
        self.products[kind] += given * after[:, None]

    def settle(self, kind: int) -> None:
        """Find where the controlled kind will come to rest: what keeps k of a move has k + k^2 + ... to go.

        The share k is found by least squares, a little drawn to zero (ridge regression, Hoerl & Kennard
        1970), whatever the action.
        """
        drawn = self.squares[kind] + np.eye(1 + self.n_actions)
        keep = np.clip(np.linalg.solve(drawn, self.products[kind][..., None])[:, 0, 0], 0.0, MOST)
        self.rest = np.column_stack((keep / (1 - keep), self.extents[kind]))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all sums, extents and the rest."""
        return {name: getattr(self, name) for name in ("squares", "products", "extents", "rest")}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what `arrays` returned."""
        self.squares, self.products = arrays["squares"].copy(), arrays["products"].copy()
        self.extents, self.rest = arrays["extents"].copy(), arrays["rest"].copy()
