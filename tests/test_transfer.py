import json
import shutil

import numpy as np
import pytest
from stable_baselines3.common.vec_env import DummyVecEnv

from dsrl.agents.baselines import CONTENDERS
from dsrl.agents.headstart import Collected, Rewards, steps_to
from dsrl.agents.spaces import names_of
from dsrl.agents.symbolic_q import SymbolicQ
from dsrl.envs.emulators import emulator
from dsrl.errors import AgentError, ConfigError
from dsrl.files import read_json, write_json
from dsrl.kinds import sealed
from dsrl.perception import Perception
from dsrl.scripts.command import command_line
from dsrl.scripts.transfer import Transfer, main, playing_as_told, source_of, target_of
from dsrl.scripts.transfer_report import along_the_way, head_start
from dsrl.weights import KINDS, locate

TEST = {"score", "rate", "percent_positive", "scores"}
TINY = {"seeds": 1, "steps": 300, "eval_episodes": 1}


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Let episodes of the toy worlds have 60 agent steps."""
    from dsrl.envs.toys import TOYS

    for name in ("ToyLattice", "ToyRandom"):
        monkeypatch.setitem(TOYS, name, TOYS[name]._replace(frames=240))


def test_steps_are_counted_to_the_end_of_the_first_window_that_is_good():
    rewards = [0.0] * 100 + [1.0] * 100
    assert steps_to(rewards, rate=50, window=20) == 110  # ten of twenty steps are worth 1
    assert steps_to(rewards, rate=101, window=20) is None
    assert steps_to(rewards[:10], rate=0, window=20) is None


def test_rewards_are_kept_step_by_step():
    env = Rewards(DummyVecEnv([lambda: emulator("ToyLattice")]))
    env.reset()
    for _ in range(2000):
        env.step(np.array([3]))
    assert len(env.rewards) == 2000
    assert env.collected.positive - env.collected.negative == sum(env.rewards)


def test_only_whole_episodes_count():
    collected = Collected()
    assert collected.percent_positive is None
    for positive, negative, done in (1, 0, False), (3, 1, True), (0, 0, False), (3, 1, True):
        collected({"info": {"positive": positive, "negative": negative}, "done": done}, {})
    assert collected.percent_positive == 75.0


def test_who_is_never_good_takes_the_whole_budget():
    pairs = [({"steps": 500}, {"steps": None})] * 2
    assert head_start(pairs, budget=2000) == (
        "500 (500 to 500)",
        "2000 (2000 to 2000)",
        "0.25 (0.25 to 0.25)",
    )


def test_a_tiny_budget_gives_every_figure_and_is_not_spent_again(tmp_path, capsys, monkeypatch):
    config = Transfer(agents=("srl-cs", "random"), target_steps=120, out=tmp_path, **TINY)
    results = main(config)
    (ours,) = results["srl-cs"]
    assert set(ours) == {"agent", "seed", "along", "kept", "scratch"} | TEST
    assert ours["rate"] == pytest.approx(100 * ours["score"] / 60)
    assert set(ours["kept"]) == set(ours["scratch"]) == {"rate", "percent_positive", "steps"}
    assert "kept" not in results["random"][0]
    printed = capsys.readouterr().out
    assert "120 agent steps of learning in" in printed
    assert printed.count("srl-cs") == 4  # tested, kept, from scratch, their ratio
    assert printed.count("random") == 1  # chance has no tables to keep
    monkeypatch.setattr("dsrl.scripts.transfer.measure", None)
    assert main(config) == results
    assert json.loads((tmp_path / "config.json").read_text())["command"].startswith("dsrl transfer --agents")
    with pytest.raises(ConfigError, match="steps=300, not 400"):
        main(Transfer(out=tmp_path, **(TINY | {"steps": 400})))


def test_agents_are_tested_along_the_way_of_their_training(tmp_path, capsys):
    config = Transfer(
        agents=("srl-cs", "random"), test_after=(60, 300), out=tmp_path, **(TINY | {"steps": 360})
    )
    results = main(config)
    (ours,) = results["srl-cs"]
    assert {after: set(found) for after, found in ours["along"].items()} == {"60": TEST, "300": TEST}
    assert ours["along"]["60"] != ours["along"]["300"]  # the first knows nothing yet
    assert results["random"][0]["along"] == {}  # it learns nothing on its way
    assert [after for after, _ in along_the_way(results["srl-cs"])] == ["60", "300"]
    assert "after" in capsys.readouterr().out


def test_a_learner_gets_its_settings(tmp_path):
    settings = {"learner_settings": {"cell": 16.0, "max_distance": 40.0}}
    config = Transfer(agents=("dsrl-2016",), out=tmp_path, **settings, **TINY)
    assert "--learner-settings cell 16.0 max_distance 40.0" in command_line("transfer", config)
    main(config)
    with pytest.raises(ConfigError, match=r"cell=0\.0"):
        main(Transfer(agents=("dsrl-2016",), out=tmp_path / "x", learner_settings={"cell": 0.0}, **TINY))
    with pytest.raises(ConfigError, match="random"):
        Transfer(agents=("random",), **settings)


def test_an_agent_is_tested_as_random_as_the_user_says(tmp_path):
    exploring = {"learner": "srl-cs", "exploration_playing": 0.1, "exploration_final": 0.2}
    player = SymbolicQ("DSRL-ToyRandom-v0", seed=0, **exploring)
    assert playing_as_told(player, Transfer()).exploration.playing == 0.1
    told = playing_as_told(player, Transfer(playing=0.05)).exploration
    assert (told.playing, told.final) == (0.05, 0.2)
    with pytest.raises(ConfigError, match="playing=5"):
        main(Transfer(agents=("srl-cs",), playing=5, out=tmp_path, **TINY))


def test_a_switch_of_the_cartridge_makes_another_target():
    config = Transfer(
        source="DSRL-Pong-v0", target="DSRL-Pong-v0", target_switches={"difficulty": 1}, agents=("random",)
    )
    assert command_line("transfer", config).endswith("--target-switches difficulty 1 --agents random")
    easy, hard = (last_frame(make(config, CONTENDERS["random"], seed=0)) for make in (source_of, target_of))
    assert (easy != hard).any()  # a paddle is shorter


def test_tables_go_on_through_an_encoder_that_has_its_kinds_in_another_order(tmp_path):
    other = tmp_path / "other"
    shutil.copytree(locate("ToyRandom"), other)
    table = read_json(other / KINDS)
    table["kinds"].reverse()
    table["controlled"] = len(table["kinds"]) - 1 - table["controlled"]
    write_json(other / KINDS, sealed(table))
    own, matched = (
        main(Transfer(agents=("srl-cs",), target_encoder=encoder, out=tmp_path / name, **TINY))
        for name, encoder in (("own", None), ("matched", str(other)))
    )
    assert own == matched


def test_a_saved_agent_is_shown_the_kinds_of_the_target_as_they_are(tmp_path):
    config = Transfer(from_agent=tmp_path / "pupil.safetensors", target="DSRL-Pong-v0")
    target = target_of(config, CONTENDERS["symbolic-q"], seed=0)
    assert names_of(target).kinds == list(Perception.from_pretrained("Pong").kinds.labels)


def last_frame(env):
    """Return what is seen after 40 agent steps of doing nothing."""
    env.reset()
    return [env.step(np.array([0]))[0] for _ in range(40)][-1]


def test_a_saved_agent_goes_on(tmp_path):
    agent = SymbolicQ("DSRL-ToyLattice-v0", learner="srl-cs", seed=0).learn(300)
    agent.save(tmp_path / "pupil")
    config = Transfer(
        from_agent=tmp_path / "pupil.safetensors", target_steps=60, out=tmp_path / "runs", **TINY
    )
    results = main(config)
    assert set(results["pupil"][0]) >= {"kept", "scratch", "rate"}


def test_an_agent_that_is_missing_is_named(tmp_path):
    with pytest.raises(AgentError, match="nobody"):
        main(Transfer(from_agent=tmp_path / "nobody.safetensors", out=tmp_path / "runs", **TINY))


@pytest.mark.parametrize(
    "wrong",
    [
        {"agents": ("nobody",)},
        {"steps": 0},
        {"seeds": 0},
        {"target_steps": -1},
        {"test_after": (6_000,)},
        {"target_switches": {"speed": 1}},
    ],
)
def test_a_wrong_value_is_named(wrong):
    with pytest.raises(
        ConfigError, match=next(iter(wrong)).removesuffix("s").removeprefix("target_").removesuffix("e")
    ):
        Transfer(**wrong)
