"""How good an agent is along the way of its training: tested, frozen, after given agent steps."""

from collections.abc import Callable, Sequence
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback

Found = dict[str, Any]


class Milestones(BaseCallback):
    """Tests the agent that learns, whenever it has learned for one of the given numbers of agent steps.

    Args:
        after: agent steps since the start of training.
        test: plays episodes with the agent, and returns what they came to.
    """

    def __init__(self, after: Sequence[int], test: Callable[[Any], Found]) -> None:
        super().__init__()
        self.after, self.test = frozenset(after), test
        self.found: dict[int, Found] = {}
        """By agent steps, what each test came to."""

    def _on_step(self) -> bool:
        """Test now, if it is time."""
        if self.num_timesteps in self.after:
            self.found[self.num_timesteps] = self.test(self.model)
        return True
