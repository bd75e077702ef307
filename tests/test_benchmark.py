"""Comparisons of agents: cells that go on where they stopped, statistics of few seeds, and the report."""

import csv
import json

import gymnasium as gym
import numpy as np
import pytest
from stable_baselines3.common.evaluation import evaluate_policy

from dsrl.agents.baselines import CONTENDERS, RandomPolicy
from dsrl.agents.comparison import aggregates, rows
from dsrl.agents.evaluation import vectorise
from dsrl.agents.pages import Code, Heading, Paragraph, Picture, Table, html, markdown
from dsrl.agents.published import PUBLISHED, SCORES, human_normalised
from dsrl.agents.statistics import interquartile_mean, probability_of_improvement
from dsrl.agents.symbolic_q import DEFAULT_LEARNER, LEARNERS
from dsrl.agents.trials import Task
from dsrl.envs.games import game
from dsrl.errors import ConfigError, DSRLError
from dsrl.scripts.benchmark import Benchmark, cells, main


@pytest.fixture
def short(monkeypatch, scripted):
    """End every episode of the emulator after 50 steps."""
    make = gym.make

    def shortened(env_id, **keywords):
        return gym.wrappers.TimeLimit(make(env_id, **keywords), 50)

    monkeypatch.setattr("dsrl.agents.evaluation.gym.make", shortened)


def table(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_a_benchmark_compares_agents_and_goes_on_where_it_stopped(tmp_path, short, capsys):
    terms = {"steps": 60, "eval_episodes": 1, "seeds": 2, "out": tmp_path}
    main(Benchmark(agents=("symbolic-q",), **terms))
    done = tmp_path / "DSRL-Pong-v0" / "symbolic-q-seed1" / "result.json"
    written = done.stat().st_mtime_ns
    agents = ("symbolic-q", "dqn-symbols", "dqn-pixels", "random")
    main(Benchmark(agents=agents, network_seeds=1, **terms))
    assert done.stat().st_mtime_ns == written
    found = table(tmp_path / "results.csv")
    assert [(row["agent"], row["seeds"]) for row in found] == list(zip(agents, "2112", strict=True))
    assert all(float(row["low"]) <= float(row["iqm"]) <= float(row["high"]) for row in found)
    assert found[0]["better"] == ""
    assert all(0 <= float(row["better"]) <= 1 and float(row["memory"]) > 100 for row in found[1:])
    assert len(table(tmp_path / "seeds.csv")) == 6
    assert "dqn-pixels" in capsys.readouterr().out
    page = (tmp_path / "report.html").read_text()
    assert "data:image/png;base64," in page
    assert "http" not in page  # it needs no other file
    assert "![Learning curves, DSRL-Pong-v0" in (tmp_path / "report.md").read_text()
    assert (tmp_path / "curves-DSRL-Pong-v0.png").read_bytes()[:4] == b"\x89PNG"


def test_trainings_side_by_side_come_to_what_they_come_to_one_by_one(tmp_path):
    terms = {
        "env": ("DSRL-ToyLattice-v0",),
        "agents": ("srl-cs",),
        "steps": 300,
        "eval_episodes": 2,
        "seeds": 2,
    }
    for workers in (1, 2):
        main(Benchmark(**terms, workers=workers, out=tmp_path / str(workers)))
    one_by_one, side_by_side = (table(tmp_path / folder / "seeds.csv") for folder in "12")
    assert [row["score"] for row in one_by_one] == [row["score"] for row in side_by_side]
    assert len(one_by_one) == 2


def test_what_goes_wrong_in_another_process_is_told(tmp_path):
    config = Benchmark(
        env=("DSRL-ToyLattice-v0",),
        encoder=str(tmp_path / "none"),
        agents=("srl-cs",),
        seeds=2,
        workers=2,
        out=tmp_path,
    )
    with pytest.raises(DSRLError, match="none"):
        main(config)


def test_each_stickiness_is_a_comparison_of_its_own(tmp_path, short, monkeypatch):
    made, make = [], gym.make
    monkeypatch.setattr("dsrl.agents.evaluation.gym.make", lambda *a, **k: (made.append(k), make(*a, **k))[1])
    terms = {"steps": 10, "eval_episodes": 1, "seeds": 1, "agents": ("random",), "out": tmp_path}
    with pytest.raises(ConfigError, match="no results yet"):
        main(Benchmark(**terms, report_only=True))
    main(Benchmark(env=("DSRL-Pong-v0", "DSRL-Breakout-v0"), sticky=(0.0, 0.25), **terms))
    assert sorted({one["repeat_action_probability"] for one in made}) == [0.0, 0.25]
    tasks = [f"DSRL-{game}-v0-sticky-{sticky}" for game in ("Pong", "Breakout") for sticky in ("0", "0.25")]
    assert [row["task"] for row in table(tmp_path / "results.csv")] == tasks
    assert "All games together" in (tmp_path / "report.md").read_text()


def test_an_unfinished_grid_has_the_first_seeds_of_all():
    config = Benchmark(
        env=("DSRL-Pong-v0", "DSRL-Boxing-v0"), agents=("symbolic-q", "dqn-pixels"), network_seeds=1
    )
    order = [(cell.task.game_name, cell.agent, cell.seed) for cell in cells(config)]
    assert order[:5] == [
        ("Pong", "symbolic-q", 0),
        ("Pong", "dqn-pixels", 0),
        ("Boxing", "symbolic-q", 0),
        ("Boxing", "dqn-pixels", 0),
        ("Pong", "symbolic-q", 1),
    ]
    assert len(order) == 12


def test_results_measured_on_other_terms_are_not_mixed(tmp_path, short):
    terms = {"eval_episodes": 1, "seeds": 1, "agents": ("random",), "out": tmp_path}
    main(Benchmark(steps=100, **terms))
    with pytest.raises(ConfigError, match="steps=100"):
        main(Benchmark(steps=200, **terms))


def test_an_unknown_agent_is_named_with_those_there_are():
    with pytest.raises(ConfigError, match=r"alphazero.*dqn-pixels"):
        Benchmark(agents=("alphazero",))


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"seeds": 0}, {"eval_episodes": 0}, {"network_seeds": 0}])
def test_a_wrong_number_is_named(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Benchmark(**wrong)


def test_every_learner_can_be_compared():
    assert set(LEARNERS) - {DEFAULT_LEARNER} <= set(CONTENDERS)
    assert CONTENDERS["symbolic-q-ram"].encoder == "ram"


def test_a_task_is_called_by_environment_game_and_stickiness():
    assert Task("dsrl:DSRL-v0", "Freeway", 0.25).title == "DSRL-v0-Freeway-sticky-0.25"
    assert Task("DSRL-SpaceInvaders-v0", None, None).game_name == "SpaceInvaders"


def test_the_interquartile_mean_leaves_the_outer_quarters_out():
    value, low, high = interquartile_mean([[0.0, 10.0, 20.0, 1000.0], [0.0, 14.0, 16.0, -1000.0]])
    assert value == np.mean([0.0, 10.0, 14.0, 16.0])  # of eight, two are left out at each end
    assert low <= value <= high
    assert interquartile_mean([[3.0] * 5]) == (3.0, 3.0, 3.0)


def test_the_probability_of_improvement_by_hand():
    # task one: of four pairs ours wins 2 and ties 1; task two: 1 of 2
    value, low, high = probability_of_improvement([[1.0, 3.0], [5.0]], [[0.0, 3.0], [4.0, 6.0]])
    assert value == np.mean([2.5 / 4, 1 / 2])
    assert 0 <= low <= value <= high <= 1
    assert probability_of_improvement([[2.0, 3.0]], [[0.0, 1.0]]) == (1.0, 1.0, 1.0)


def result(score, seed=0):
    return {
        "score": score,
        "training_score": None,
        "seconds": 2.0,
        "cpu_seconds": 1.0,
        "memory": 100.0,
        "seed": seed,
    }


def test_the_first_agent_is_compared_with_the_others():
    agents = {"ours": [result(5.0), result(7.0)], "dqn": [result(1.0), result(9.0)]}
    ours, dqn = rows("Pong", agents)
    assert (ours.better, dqn.better) == (None, 0.5)
    assert (dqn.mean, dqn.least, dqn.most, dqn.seconds, dqn.memory) == (5.0, 1.0, 9.0, 2.0, 100.0)


def test_games_are_put_together_by_what_a_human_scores():
    tasks = {
        "one": {"ours": [result(30.5)], "dqn": [result(1.7)]},
        "two": {"ours": [result(12.1)], "dqn": [result(0.1)]},
    }
    ours, dqn = aggregates(tasks, {"one": "Breakout", "two": "Boxing"})
    assert (ours.tasks, ours.iqm.value, dqn.iqm.value, dqn.better.value) == (2, 1.0, 0.0, 1.0)
    assert aggregates(tasks, {"one": "Breakout", "two": "ToyGrid"}) == []


def test_published_scores_name_their_work():
    assert human_normalised("Pong", -20.7) == 0
    assert human_normalised("ToyGrid", 3.0) is None
    assert all(one.agent and one.frames and one.scores for one in PUBLISHED)


def test_scores_of_the_games_of_atari_100k_are_known_and_of_games_that_there_are():
    spr = next(one.scores for one in PUBLISHED if one.agent.startswith("SPR"))
    assert len(spr) == 26
    assert human_normalised("Assault", 565.6) == pytest.approx(343.2 / 519.6)
    assert all(game(name).rom for name in SCORES)


def test_networks_learn_from_single_lives_and_are_monitored_over_whole_episodes():
    env = vectorise("DSRL-Breakout-v0", atari=True, observation="pixels")
    env.seed(0)
    env.reset()
    ends, whole, rewards = 0, [], []
    for _ in range(1500):
        _, reward, done, infos = env.step(np.array([1 if env.num_envs and len(rewards) % 2 else 3]))
        rewards.append(float(reward[0]))
        ends += int(done[0])
        whole += [one["episode"]["r"] for one in infos if "episode" in one]
    env.close()
    assert set(rewards) <= {-1.0, 0.0, 1.0}
    assert len(whole) > 0
    assert ends >= 4 * len(whole)  # five lives


def test_evaluation_episodes_do_not_end_at_a_lost_life():
    env = vectorise("DSRL-Breakout-v0", observation="pixels")
    env.seed(0)
    lives = []
    evaluate_policy(
        RandomPolicy(env.action_space, 0),
        env,
        1,
        deterministic=False,
        callback=lambda local, _: lives.append(local["info"]["lives"]),
    )
    env.close()
    assert {5, 4, 3, 2, 1} <= set(lives)


def test_a_page_reads_the_same_in_both_forms():
    blocks = [
        Heading("A & B", 1),
        Paragraph("1 < 2"),
        Code("dsrl benchmark"),
        Table(["agent", "score"], [["one|two", "3"]], note="few seeds"),
        Picture("curves.png", b"png", "curves"),
    ]
    assert markdown(blocks) == (
        "# A & B\n\n1 < 2\n\n```bash\ndsrl benchmark\n```\n\n| agent | score |\n|:--|--:|\n"
        "| one\\|two | 3 |\n\nfew seeds\n\n![curves](curves.png)\n"
    )
    page = html(blocks)
    assert "<title>A &amp; B</title>" in page
    assert "<p>1 &lt; 2</p>" in page
    assert "<td>one|two</td><td>3</td>" in page


def test_a_result_says_what_it_was_measured_on(tmp_path, short):
    main(Benchmark(agents=("symbolic-q",), steps=60, seeds=1, eval_episodes=2, greedy=True, out=tmp_path))
    found = json.loads((tmp_path / "DSRL-Pong-v0" / "symbolic-q-seed0" / "result.json").read_text())
    assert (found["env"], found["steps"], found["greedy"], len(found["scores"])) == (
        "DSRL-Pong-v0",
        60,
        True,
        2,
    )
    assert found["cpu_seconds"] > 0
