"""What the emulator shows when it is played at random: the views that an encoder is calibrated on."""

from collections.abc import Iterator

from dsrl.calibration import View
from dsrl.envs.emulators import emulator
from dsrl.envs.wrappers import FramePair
from dsrl.shards import Source


def play_at_random(source: Source) -> Iterator[View]:
    """Yield the last two frames of each agent step, for ever, played as the frames of `source` were.

    >>> episode = play_at_random(Source("Pong", (34, 0, 160, 160)))
    >>> [next(episode).first for _ in range(3)]
    [True, False, False]
    """
    env = FramePair(emulator(source.game, source.sticky), source.frameskip)
    env.action_space.seed(source.seed)
    seed: int | None = source.seed
    while True:
        env.reset(seed=seed)
        seed, done = None, False  # later episodes go on from the first seed
        yield View(*env.pair, first=True)
        while not done:
            action = int(env.action_space.sample())
            _, _, terminated, truncated, _ = env.step(action)
            done = terminated or truncated
            yield View(*env.pair, first=False, action=action)
