"""What the emulator shows when it is played, at random or by an agent: what an encoder is calibrated on."""

from collections.abc import Callable, Iterator

import numpy as np
from jaxtyping import Int, UInt8

from dsrl.calibration import View
from dsrl.envs.emulators import emulator
from dsrl.envs.wrappers import FramePair
from dsrl.shards import Source

Policy = Callable[[UInt8[np.ndarray, "envs height 160 3"]], Int[np.ndarray, " envs"]]
"""What chooses the actions: from the frame maxima of all environments, an action index for each."""


def played(source: Source, policy: Policy | None = None) -> Iterator[View]:
    """Yield the last two frames of each agent step, for ever, played as the frames of `source` were.

    Without a policy, actions are uniformly random.

    >>> episode = played(Source("Pong", (34, 0, 160, 160)))
    >>> [next(episode).first for _ in range(3)]
    [True, False, False]
    """
    env = FramePair(emulator(source.game, source.sticky), source.frameskip)
    env.action_space.seed(source.seed)
    seed: int | None = source.seed
    while True:
        frame, _ = env.reset(seed=seed)
        seed, done = None, False  # later episodes go on from the first seed
        yield View(*env.pair, first=True, chance=policy is None)
        while not done:
            action = int(policy(frame[None])[0] if policy else env.action_space.sample())
            frame, _, terminated, truncated, _ = env.step(action)
            done = terminated or truncated
            yield View(*env.pair, first=False, action=action, chance=policy is None)
