"""Several learners that learn from the same steps, of which one acts."""

import numpy as np
import pytest

from dsrl.agents.learners import Transition, make_learner
from dsrl.agents.portfolio import FORMS, PortfolioQ, PortfolioSettings
from dsrl.errors import ConfigError
from dsrl.symbols import Symbol, to_rows

ACTIONS = ["STAY", "LEFT", "RIGHT"]


def frame(place, move=0.0):
    return to_rows([Symbol(0, place, 190.0, 16, 4, track=0, dx=move), Symbol(1, 60.0, 90.0, 2, 4, track=1)])


def play(portfolio, steps, earned, lengths=(10, 10)):
    """Move a paddle at random; return who acted in each episode, of a member's length and with its reward."""
    random, place, acted, began = np.random.default_rng(0), 80.0, [], 0
    before = portfolio.describe(frame(place))
    for step in range(1, steps + 1):
        action = int(random.integers(3))
        move = (0.0, -4.0, 4.0)[action]
        place, ends = float(np.clip(place + move, 20, 140)), step - began == lengths[portfolio.acting]
        after = portfolio.describe(frame(place, move))
        reward = float(earned[portfolio.acting]) if ends else 0.0
        actor, known = portfolio.acting, portfolio.episodes.sum()
        portfolio.observe(Transition(before, action, reward, ends, False, after))
        acted += [actor] * int(portfolio.episodes.sum() - known)
        before, began = after, step if ends else began
    return acted


@pytest.mark.parametrize("earned", [(1.0, 3.0), (5.0, -2.0)])
def test_the_member_that_earns_most_acts_but_for_the_share_of_the_others(earned):
    portfolio = make_learner(PortfolioQ, ACTIONS, {"share": 0.1})
    acted = play(portfolio, 2_000, earned)
    better = int(np.argmax(earned))
    # 500 steps of warm-up leave 150 episodes; both are tried first, each for an episode
    assert sorted(acted[:2]) == [0, 1]
    assert acted.count(1 - better) == pytest.approx(0.1 * len(acted), abs=1)
    assert portfolio.scores == pytest.approx(earned)
    portfolio.finish()
    assert portfolio.acting == better


def test_shares_are_told_in_steps_since_who_fails_has_short_episodes():
    portfolio = make_learner(PortfolioQ, ACTIONS, {"share": 0.5})
    lengths = (10, 40)
    play(portfolio, 3_000, (1.0, 1.0), lengths)
    assert portfolio.steps[0] == pytest.approx(portfolio.steps[1], abs=max(lengths))
    assert portfolio.episodes[0] == pytest.approx(4 * portfolio.episodes[1], abs=4)


def test_members_learn_from_all_steps_whoever_acts():
    portfolio = make_learner(PortfolioQ, ACTIONS, {})
    play(portfolio, 800, (1.0, 3.0))
    portfolio.finish()
    assert len(portfolio.members) == len(FORMS)
    assert {len(member.memory) for member in portfolio.members} == {300}  # after the warm-up
    assert all(len(member.table) for member in portfolio.members)


def test_a_setting_of_the_members_is_of_all_that_are_not_made_otherwise():
    portfolio = make_learner(PortfolioQ, ACTIONS, {"gamma": 0.9, "alike": 4})
    assert [member.settings.gamma for member in portfolio.members] == [0.9, 0.9]
    assert [member.settings.alike for member in portfolio.members] == [4, FORMS[1]["alike"]]


def test_what_is_earned_is_a_moving_average_since_members_learn_meanwhile():
    portfolio = PortfolioQ(ACTIONS, PortfolioSettings(recency=0.5))
    for portfolio.earned in (8.0, 0.0, 0.0):
        portfolio.acting = 1
        portfolio._change()
    assert portfolio.scores.tolist() == [0.0, 2.0]  # 8, then (8 + 0) / 2, then (4 + 0) / 2


def test_rewards_of_the_first_environment_count():
    portfolio = make_learner(PortfolioQ, ACTIONS, {})
    play(portfolio, 600, (1.0, 1.0))
    state, episodes = portfolio.describe(frame(80.0)), portfolio.episodes.sum()
    portfolio.observe(Transition(state, 0, 9.0, True, False, state, stream=1))
    assert (portfolio.earned, portfolio.episodes.sum()) == (0.0, episodes)


@pytest.mark.parametrize(
    "settings", [{"gamma": 2.0}, {"share": -0.1}, {"share": 0.6}, {"recency": 0.0}, {"recency": 1.5}]
)
def test_a_setting_without_a_meaning_is_refused(settings):
    with pytest.raises(ConfigError, match=next(iter(settings))):
        make_learner(PortfolioQ, ACTIONS, settings)
