"""The golden test: a drawn scene gives exactly these symbols, these interactions, this action."""

import gymnasium as gym
import numpy as np
import pytest

from dsrl.agents.spaces import symbols_space
from dsrl.agents.symbolic_q import SymbolicQ
from dsrl.agents.tables import QTable
from dsrl.extraction import objectness
from dsrl.interactions import Interaction, relate
from dsrl.kinds import Kinds
from dsrl.looks import Looks
from dsrl.perception import Detector, Perception
from dsrl.preprocessing import Box
from dsrl.scenes import Scenes
from dsrl.symbols import Symbol, pack

PLAYFIELD = Box(top=42, left=38, height=84, width=84)
"""As large as x: nothing is resized, and a latent cell is 2 x 2 native pixels."""
GREEN, WHITE, YELLOW, DARK_RED = (0, 255, 0), (255, 255, 255), (255, 255, 0), (100, 0, 0)
PADDLE, BALL, ENEMY = range(3)
SIZES = {PADDLE: (4, 16), BALL: (2, 4), ENEMY: (4, 16)}
COLOURS = {PADDLE: GREEN, BALL: WHITE, ENEMY: YELLOW}
LUMINANCES = {PADDLE: 182, BALL: 255, ENEMY: 237}  # 0.7152 * 255 = 182.4 and 0.9278 * 255 = 236.6
CONTRAST = 127.5
NATS = {kind: (luminance / CONTRAST) ** 2 / 2 for kind, luminance in LUMINANCES.items()}
"""Per cell, since the mean of its first filter is luminance / contrast: 1.02, 2 and 1.73."""
CELLS = {kind: width * height // 4 for kind, (width, height) in SIZES.items()}
SURE = {kind: 1 - np.exp(-NATS[kind] * CELLS[kind]) for kind in SIZES}
LEFT_TOP = {
    "first step": ({PADDLE: (110, 66), BALL: (60, 80)}, {PADDLE: (110, 70), BALL: (62, 78)}),
    "second step": ({PADDLE: (110, 74), BALL: (70, 74)}, {PADDLE: (110, 78)}),  # the ball flickers
}


def screen(places: dict[int, tuple[int, int]]) -> np.ndarray:
    """Return a black screen with a score, a wall, and objects with their left upper corners here."""
    frame = np.zeros((210, 160, 3), dtype=np.uint8)
    frame[10:20, 60:100] = WHITE
    frame[42:46, 38:122] = DARK_RED
    for kind, (left, top) in places.items():
        width, height = SIZES[kind]
        frame[top : top + height, left : left + width] = COLOURS[kind]
    return frame


@pytest.fixture
def perception(luminance_vae) -> Perception:
    looks = Looks(
        np.array([SIZES[kind] for kind in range(3)], dtype=float),
        np.array([COLOURS[kind] for kind in range(3)], dtype=np.uint8),
        np.zeros((3, 8)),
    )
    kinds = Kinds(looks, np.arange(3), (0.4, 0.4, 0.2), "appearance", ("paddle", "ball", "enemy"))
    scenes = Scenes.from_frames(screen({})[None], PLAYFIELD)
    vae = luminance_vae(PLAYFIELD, screen({}), CONTRAST)
    return Perception(Detector(vae, scenes), kinds)


@pytest.fixture
def seen(perception) -> list[list[Symbol]]:
    """Return the symbols of both steps; the enemy stands still."""
    still = {ENEMY: (46, 50)}
    return [perception(*(screen(still | places) for places in pair)) for pair in LEFT_TOP.values()]


def test_the_posterior_leaves_the_prior_exactly_where_an_object_is(perception, seen):
    expected = np.zeros((42, 42))
    expected[16:18, 16] = NATS[BALL]  # (74 - 42) / 2 = 16 and (70 - 38) / 2 = 16
    expected[16:26, 36:38] = NATS[PADDLE]  # from 74 in the previous frame to 94 in the current one
    expected[4:12, 4:6] = NATS[ENEMY]
    np.testing.assert_allclose(objectness(perception.posterior), expected, rtol=1e-5, atol=1e-6)


def test_a_drawn_scene_gives_exactly_these_symbols(seen):
    first = [
        Symbol(PADDLE, x=112, y=78, width=4, height=16, track=0),
        Symbol(ENEMY, x=48, y=58, width=4, height=16, track=1),
        Symbol(BALL, x=63, y=80, width=2, height=4, track=2),
    ]
    second = [
        Symbol(PADDLE, x=112, y=86, width=4, height=16, track=0, dy=8),
        Symbol(ENEMY, x=48, y=58, width=4, height=16, track=1),
        Symbol(BALL, x=71, y=76, width=2, height=4, track=2, dx=8, dy=-4),
    ]
    for symbols, expected in zip(seen, (first, second), strict=True):
        assert [symbol._replace(confidence=1) for symbol in symbols] == expected
        np.testing.assert_allclose([one.confidence for one in symbols], [SURE[one.kind] for one in symbols])


def test_the_symbols_give_exactly_these_interactions(seen):
    assert relate(seen[1], max_distance=64) == [  # paddle and enemy are 70 px apart
        Interaction((PADDLE, BALL), dx=-41, dy=-10, vx=8, vy=-12, tracks=(0, 2)),
        Interaction((BALL, ENEMY), dx=-23, dy=-18, vx=-8, vy=4, tracks=(2, 1)),
    ]


class Stage(gym.Env):
    """A place for an agent that is never stepped in."""

    observation_space, action_space = symbols_space(4), gym.spaces.Discrete(3)


def test_the_interactions_give_exactly_this_action(seen):
    agent = SymbolicQ(Stage(), learner="dsrl-2016", learner_kwargs={"max_distance": 64, "cell": 8})
    agent.names = agent.names._replace(actions=["NOOP", "UP", "DOWN"], kinds=["paddle", "ball", "enemy"])
    # In cells of 8 px, (-41, -10) is (-5, -1) and (-23, -18) is (-3, -2); then the signs of the change.
    known = {
        (PADDLE, BALL): {(-5, -1, 1, -1): [0.5, 0.0, 0.25], (-5, -1, 0, 0): [9.0, 9.0, 0.0]},
        (BALL, ENEMY): {(-3, -2, -1, 1): [0.0, 0.625, 0.5]},
        (PADDLE, ENEMY): {(-8, -4, 0, -1): [9.0, 9.0, 0.0]},  # too far apart to count
    }
    for kinds, cells in known.items():
        agent.learner.tables[kinds] = QTable(n_actions=3)
        for key, values in cells.items():
            agent.learner.tables[kinds].cell(key).values[:] = values
    objects, mask = pack(seen[1], max_symbols=4)
    observation = {"objects": objects, "mask": mask}
    assert agent.q_values(observation).tolist() == [0.5, 0.625, 0.75]  # neither table alone says DOWN
    assert agent.predict(observation, deterministic=True)[0] == 2
    explanation = agent.explain(observation)
    assert explanation.action == "DOWN"
    assert [vote.values for vote in explanation.votes] == [[0.5, 0.0, 0.25], [0.0, 0.625, 0.5]]
