import re
import signal
import warnings
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3.common.callbacks import CheckpointCallback, EvalCallback
from stable_baselines3.common.env_checker import check_env
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.logger import configure
from stable_baselines3.common.monitor import Monitor

from dsrl.agents.spaces import symbols_space
from dsrl.agents.symbolic_q import LEARNERS, SymbolicQ
from dsrl.errors import AgentError, ConfigError
from dsrl.symbols import Symbol, pack

SLOTS = 4


class Fetch(gym.Env):
    """A player on a row of nine places, a coin on another: +1 for reaching it, within 16 steps."""

    perception = SimpleNamespace(kinds=SimpleNamespace(labels=("player", "coin")))

    def __init__(self, n_actions=3):
        self.observation_space = symbols_space(SLOTS)
        self.action_space = spaces.Discrete(n_actions)

    def get_action_meanings(self):
        return ["NOOP", "LEFT", "RIGHT", "FIRE"][: self.action_space.n]

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.place, self.coin = self.np_random.choice(9, 2, replace=False).tolist()
        self.steps = 0
        return self.look(0), {}

    def look(self, moved):
        player = Symbol(0, 8.0 + 8 * self.place, 100, 8, 8, track=0, dx=8.0 * moved)
        coin = Symbol(1, 8.0 + 8 * self.coin, 100, 8, 8, track=1)
        objects, mask = pack([player, coin], SLOTS)
        return {"objects": objects, "mask": mask}

    def step(self, action):
        before, self.steps = self.place, self.steps + 1
        self.place = min(8, max(0, self.place + (0, -1, 1, 0)[int(action)]))
        found = self.place == self.coin
        return self.look(self.place - before), float(found), found, self.steps == 16, {}


def agent(**arguments):
    return SymbolicQ(
        Fetch(),
        **{
            "seed": 0,
            "exploration_final": 0.1,
            "exploration_playing": 0.1,
            "exploration_lasting": False,
            "learner": "dsrl-lambda",
            "learner_kwargs": {"cell": 8},
        }
        | arguments,
    )


def knowledge(one):
    return {kinds: table.cells for kinds, table in one.learner.tables.items()}


@pytest.fixture(scope="module")
def learned():
    return agent().learn(10_000)


def test_the_world_of_these_tests_is_sound():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(Fetch())


@pytest.mark.parametrize("learner", LEARNERS)
def test_every_learner_solves_a_trivial_world_in_seconds(learner):
    settings = {"cell": 8.0} if learner == "srl-cs" else {}  # its bins are a step of the world they are for
    lasting = learner in ("portfolio", "backoff")  # which know what they control
    learned = agent(learner=learner, learner_kwargs=settings, exploration_lasting=lasting).learn(10_000)
    rewards, lengths = evaluate_policy(learned, Monitor(Fetch()), 50, return_episode_rewards=True)
    assert np.mean(rewards) > 0.95
    assert np.mean(lengths) < 5  # 10/3 places lie between two of nine on average


def test_it_solves_the_same_world_in_four_copies():
    env = make_vec_env(Fetch, n_envs=4, seed=0)
    assert evaluate_policy(SymbolicQ(env, seed=0, exploration_steps=500).learn(4000), env, 40)[0] > 0.9


def test_its_rules_name_the_kinds_and_the_actions_of_the_environment(learned):
    rules = learned.rules(min_visits=10)
    assert rules == sorted(rules, key=lambda rule: -rule.strength)
    for side, action in [("right of", "RIGHT"), ("left of", "LEFT")]:
        sided = [rule for rule in rules if re.match(rf"coin \d+-\d+ px {side}( and| player)", rule.situation)]
        assert sided[0].action == action  # the strongest


def test_an_explanation_sums_to_the_values_acted_on(learned):
    observation, _ = Fetch().reset(seed=3)
    explanation = learned.explain(observation)
    assert len(explanation.votes) == 1
    assert (
        np.sum([vote.values for vote in explanation.votes], axis=0).tolist() == explanation.q_values.tolist()
    )
    action, _ = learned.predict(observation, deterministic=True)
    assert learned.names.actions[action] == explanation.action
    assert explanation.votes[0].situation in str(explanation)
    assert str(explanation).startswith(f"{explanation.action}, of NOOP {explanation.q_values[0]:.3g}, LEFT ")


def test_a_scene_without_pairs_is_explained_by_nothing(learned):
    objects, mask = pack([Symbol(0, 8, 100, 8, 8)], SLOTS)
    explanation = learned.explain({"objects": objects, "mask": mask})
    assert explanation.votes == []
    assert explanation.action == "NOOP or LEFT or RIGHT"
    assert explanation.q_values.tolist() == [0, 0, 0]


def test_where_nothing_is_known_every_action_is_tried():
    fresh, (observation, _) = agent(), Fetch().reset(seed=0)
    assert {int(fresh.predict(observation, deterministic=True)[0]) for _ in range(50)} == {0, 1, 2}


def test_the_same_seed_learns_the_same():
    assert knowledge(agent().learn(400)) == knowledge(agent().learn(400))


def test_evaluating_while_learning_changes_nothing_that_is_learned(tmp_path):
    quiet = agent().learn(600)
    watched = agent()
    callbacks = [
        EvalCallback(Monitor(Fetch()), eval_freq=100, best_model_save_path=str(tmp_path), verbose=0),
        CheckpointCallback(save_freq=200, save_path=str(tmp_path)),
    ]
    watched.learn(600, callback=callbacks)
    assert knowledge(watched) == knowledge(quiet)
    assert sorted(path.name for path in tmp_path.glob("*.safetensors")) == [
        "best_model.safetensors",
        "rl_model_200_steps.safetensors",
        "rl_model_400_steps.safetensors",
        "rl_model_600_steps.safetensors",
    ]
    assert SymbolicQ.load(tmp_path / "rl_model_200_steps.zip").num_timesteps == 200


def test_a_loaded_agent_goes_on_exactly_as_the_saved_one(tmp_path):
    one = agent(exploration_final=0.3).learn(300)
    one.save(tmp_path / "agent")
    two = SymbolicQ.load(tmp_path / "agent", env=Fetch())
    assert knowledge(two) == knowledge(one)
    assert (two.num_timesteps, two.epsilon, two.names) == (one.num_timesteps, one.epsilon, one.names)
    one.set_env(Fetch())
    for each in (one, two):
        each.env.seed(5)
        each.learn(300, reset_num_timesteps=False)
    assert knowledge(two) == knowledge(one)
    observation, _ = Fetch().reset(seed=1)
    assert [one.predict(observation)[0] for _ in range(20)] == [
        two.predict(observation)[0] for _ in range(20)
    ]


def test_saving_twice_gives_the_same_bytes(tmp_path, learned):
    learned.save(tmp_path / "one")
    SymbolicQ.load(tmp_path / "one").save(tmp_path / "two")
    assert (tmp_path / "one.safetensors").read_bytes() == (tmp_path / "two.safetensors").read_bytes()


def test_a_damaged_file_is_refused(tmp_path, learned):
    learned.save(tmp_path / "agent")
    path = tmp_path / "agent.safetensors"
    content = path.read_bytes()
    for damaged in (
        content[:-9],
        content[:-1] + bytes([content[-1] ^ 1]),
        content.replace(b"coin", b"cola"),
        b"",
    ):
        path.write_bytes(damaged)
        with pytest.raises(AgentError, match=r"agent\.safetensors is damaged"):
            SymbolicQ.load(path)


def test_a_missing_file_is_named_and_a_folder_is_told(tmp_path):
    with pytest.raises(AgentError, match=r"nowhere\.safetensors is missing"):
        SymbolicQ.load(tmp_path / "nowhere")
    with pytest.raises(
        AgentError, match=r"is a folder: give the file of the agent in it, agent\.safetensors"
    ):
        SymbolicQ.load(tmp_path)


def test_an_agent_is_not_let_loose_on_the_kinds_of_another_encoder(learned, monkeypatch):
    monkeypatch.setattr(Fetch, "perception", SimpleNamespace(kinds=SimpleNamespace(labels=("a", "b", "c"))))
    with pytest.raises(
        AgentError, match=r"knows 2 kinds of object \(player, coin\) .* tells 3 apart \(a, b, c\)"
    ):
        learned.set_env(Fetch())


def test_an_agent_of_another_game_is_refused(tmp_path, learned):
    learned.save(tmp_path / "agent")
    with pytest.raises(AgentError, match="3 actions but the environment 4"):
        SymbolicQ.load(tmp_path / "agent", env=Fetch(n_actions=4))


def test_other_observations_are_refused():
    with pytest.raises(AgentError, match='observation="symbols"'):
        SymbolicQ("CartPole-v1")
    with pytest.raises(AgentError, match="make_vec_env"):
        SymbolicQ(gym.make_vec("CartPole-v1", num_envs=2))


def test_without_an_environment_it_does_not_learn(tmp_path, learned):
    learned.save(tmp_path / "agent")
    with pytest.raises(AgentError, match="set_env"):
        SymbolicQ.load(tmp_path / "agent").learn(10)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"learner": "magic"}, "dsrl-2016"),
        ({"learner_kwargs": {"gama": 1}}, "gamma"),
        ({"exploration_final": 1.5}, "exploration_final"),
        ({"exploration_playing": -0.1}, "exploration_playing"),
        ({"exploration_steps": -1}, "exploration_steps"),
    ],
)
def test_a_wrong_argument_is_named(wrong, named):
    with pytest.raises(ConfigError, match=named):
        agent(**wrong)


def test_its_log_has_the_names_of_stable_baselines3(tmp_path):
    one = agent()
    one.set_logger(configure(str(tmp_path), ["csv"]))
    one.learn(200, log_interval=5)
    header = (tmp_path / "progress.csv").read_text().splitlines()[0].split(",")
    one.logger.close()
    assert {"rollout/ep_rew_mean", "rollout/ep_len_mean", "time/total_timesteps", "train/cells"} <= set(
        header
    )


@pytest.mark.filterwarnings("ignore::tqdm.TqdmExperimentalWarning")
def test_an_interrupt_keeps_what_was_learned():
    class Interrupted(Fetch):
        left = 200

        def step(self, action):
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt
            return super().step(action)

    one = SymbolicQ(Interrupted(), learner="dsrl-lambda", seed=0)
    with pytest.raises(KeyboardInterrupt):
        one.learn(1000, progress_bar=True)
    assert one.num_timesteps == 199
    assert knowledge(one)


class Impatient(Fetch):
    """A user presses Ctrl-C so many times in the 200th step."""

    def __init__(self, times):
        super().__init__()
        self.left, self.times = 200, times

    def step(self, action):
        self.left -= 1
        for _ in range(self.times if self.left == 0 else 0):
            signal.raise_signal(signal.SIGINT)
        return super().step(action)


@pytest.fixture
def terminal():
    """Ctrl-C as at a terminal; a process started in the background may have been told to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("times", "steps"), [(1, 200), (2, 199)])
def test_ctrl_c_ends_after_the_step_under_way_and_twice_at_once(terminal, times, steps):
    one = SymbolicQ(Impatient(times), learner="dsrl-lambda", seed=0)
    with pytest.raises(KeyboardInterrupt):
        one.learn(1000)
    assert one.num_timesteps == steps
    assert one.learn(10, reset_num_timesteps=False).num_timesteps == steps + 10


def test_a_handler_of_the_users_own_stays_in_charge_and_another_thread_learns_too(terminal):
    calls = []
    signal.signal(signal.SIGINT, lambda *_: calls.append(1))
    one = SymbolicQ(Impatient(1), learner="dsrl-lambda", seed=0).learn(300)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    assert (calls, one.num_timesteps) == ([1], 300)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(one.learn, 20, reset_num_timesteps=False).result().num_timesteps == 320


def test_the_id_of_an_environment_is_enough(scripted):
    one = SymbolicQ("DSRL-Pong-v0", learner="dsrl-lambda", seed=0).learn(30)
    assert one.names.actions[:2] == ["NOOP", "FIRE"]
    assert one.rules(min_visits=1)[0].situation.startswith("paddle ")
    one.env.close()


@pytest.mark.parametrize("seed", range(3))
def test_the_controlled_kind_is_found_beside_a_ball_that_moves_by_itself(seed):
    game = gym.make("DSRL-Breakout-v0", encoder="ram")
    assert SymbolicQ(game, seed=seed).learn(600).learner.controlled == 0
