"""What can be set of the back-off learner."""

from dataclasses import dataclass

from dsrl.agents.backoff_table import Counts
from dsrl.errors import ConfigError


@dataclass(frozen=True)
class BackoffSettings:
    """Hyperparameters of the back-off learner, the same for every game."""

    gamma: float = 0.98
    """Discount per agent step."""
    trace: float = 0.8
    """Lambda: 0 trusts the tables one step ahead, 1 only the rewards that came (Peng & Williams 1994)."""
    weight: float = 2.0
    """Targets that the value of the coarser cell counts as much as."""
    advantage: float = 0.0
    """The same for what an action adds to what the coarser cell is worth (dueling, Wang et al. 2016), which
    is then learned apart; 0: it is not."""
    alike: float = 2.0
    """The same for what actions that move alike share."""
    optimism: float = 0.5
    """Value of what was never met, in mean sizes of a reward: it draws the agent there (R-max, Brafman &
    Tennenholtz 2002)."""
    warm_up: int = 500
    """Agent steps to watch which kind the actions control, before anything is learned."""
    refit: int = 250
    """Agent steps between fits at first; later a hundredth of all steps made."""

    tau: float = 1.0
    """Share of the last fit in the table that actions are chosen by, a moving average of fits (momentum value
    iteration, Vieillard et al. 2020); 1: the last fit alone."""

    resting: bool = False
    """Whether others are seen from where the controlled object will come to rest, in place of telling how it
    moves; courses bounce then, and tell what has passed."""
    mirrored: float = 8.0
    """Targets that those of a cell's image in a mirror count as at most (symmetries, Zinkevich & Balch 2001);
    0 leaves mirrors out."""

    @property
    def counts(self) -> Counts:
        """How many targets what is known elsewhere counts as."""
        return Counts(self.weight, self.advantage, self.alike, self.mirrored)

    def __post_init__(self) -> None:
        """Refuse values without a meaning."""
        for name in ("gamma", "trace"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"{name}={getattr(self, name)} must be between 0 and 1")
        if not 0 < self.tau <= 1:
            raise ConfigError(f"tau={self.tau} must be greater than 0, and 1 at most")
        for name in ("weight", "alike", "warm_up", "refit"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name}={getattr(self, name)} must be greater than 0")
        for name in ("advantage", "optimism", "mirrored"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name}={getattr(self, name)} must not be negative")
