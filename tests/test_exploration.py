"""How an agent acts at random: how often, and for how long."""

import numpy as np

from dsrl.agents.exploration import Persistence

VALUES = np.array([0.0, 1.0, 0.0])


def play(share, steps=20_000, seed=0):
    """Return the actions, and whether each was kept up from before or begun at random."""
    persistence, random = Persistence(), np.random.default_rng(seed)
    actions, drawn = [], []
    for _ in range(steps):
        before = persistence.left
        actions.append(persistence.act(VALUES, share, random))
        drawn.append(before > 0 or persistence.left > 0 or actions[-1] != 1)
    return np.array(actions), np.array(drawn)


def test_the_share_of_random_steps_is_as_asked_and_the_others_are_the_best():
    actions, drawn = play(0.2)
    assert 0.14 < drawn.mean() < 0.26
    assert (actions[~drawn] == 1).all()
    assert (play(0.0)[0] == 1).all()


def test_at_first_all_steps_are_random_and_some_actions_last_long():
    actions, _ = play(1.0)
    assert np.bincount(actions).min() > 4_000
    changes = np.flatnonzero(np.diff(actions)) + 1
    assert np.diff(changes).max() > 100
    assert np.median(np.diff(changes)) <= 3


def test_a_copy_in_the_midst_of_an_action_goes_on_alike():
    one, random = Persistence(), np.random.default_rng(3)
    while one.left < 5:
        one.act(VALUES, 1.0, random)
    copy = Persistence(one.action, one.left)
    assert [copy.act(VALUES, 0.5, np.random.default_rng(9)) for _ in range(5)] == [one.action] * 5


def test_an_action_that_is_ruled_out_is_neither_begun_nor_kept_up():
    persistence, random = Persistence(action=2, left=50), np.random.default_rng(0)
    ruled_out = np.array([-np.inf, 1.0, -np.inf])
    assert {persistence.act(ruled_out, 0.9, random) for _ in range(500)} == {1}
