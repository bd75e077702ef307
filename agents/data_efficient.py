"""DQN that learns from little data, as data-efficient Rainbow does (van Hasselt, Hessel & Aslanides 2019)."""

from typing import Any, cast

import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import nn


class DataEfficientCNN(BaseFeaturesExtractor):
    """Two convolutions, 32 and 64 filters of 5 x 5 at stride 5, a sixth of the products of Mnih's (2015).

    >>> frames = spaces.Box(0, 255, (4, 84, 84), "uint8")
    >>> DataEfficientCNN(frames)(torch.zeros(2, 4, 84, 84)).shape
    torch.Size([2, 576])
    """

    def __init__(self, observation_space: spaces.Space[Any]) -> None:
        channels, height, width = cast("spaces.Box", observation_space).shape
        features = 64 * (height // 25) * (width // 25)
        super().__init__(cast("spaces.Box", observation_space), features)
        self.layers = nn.Sequential(
            *(nn.Conv2d(channels, 32, 5, 5), nn.ReLU(), nn.Conv2d(32, 64, 5, 5), nn.ReLU(), nn.Flatten()),
        )

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """Return the features of each stack of frames."""
        return cast("torch.Tensor", self.layers(observations))


def data_efficient(steps: int) -> dict[str, Any]:
    """Return settings of Stable-Baselines3's DQN that learn from `steps` agent steps.

    Of Rainbow they have returns of 20 steps; its distributions, noise, duelling and priorities they have not.
    """
    return {
        "learning_rate": 1e-4,
        "buffer_size": min(steps, 100_000),
        "learning_starts": min(1_600, steps // 4),
        "train_freq": 1,
        "n_steps": 20,
        "target_update_interval": 2_000,
        "exploration_fraction": min(1.0, 5_000 / steps),
        "exploration_final_eps": 0.01,
    }


PIXELS = {
    "policy_kwargs": {
        "features_extractor_class": DataEfficientCNN,
        "net_arch": [256],
        "optimizer_kwargs": {"eps": 1.5e-4},
    }
}
"""What is added for frames. Their buffer keeps each stack twice, 5.6 GB at 100,000 steps: returns of several
steps allow no other in Stable-Baselines3."""
