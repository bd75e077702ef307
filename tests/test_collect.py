import subprocess
import sys

import numpy as np
import pytest

from dsrl.agents.symbolic_q import SymbolicQ
from dsrl.errors import AgentError, ConfigError, DataError
from dsrl.scripts import collect as command
from dsrl.scripts.collect import Collect, collect, main
from dsrl.shards import Shards

SMALL = {"num_envs": 2, "shard_frames": 20}


def frames(shards):
    return np.concatenate([rows.frames for rows in shards.split()])


def rows(shards):
    return [(int(e), int(s)) for part in shards.split() for e, s in zip(part.episode, part.step, strict=True)]


def test_the_frames_are_those_of_the_emulator(tmp_path):
    shards = collect(Collect("Pong", tmp_path, frames=50, **SMALL))
    assert (len(shards), shards.source.playfield) == (50, (34, 0, 160, 160))
    assert rows(shards) == [(episode, step) for step in range(25) for episode in (0, 1)]
    assert frames(shards)[-1, 100, 80].tolist() == [144, 72, 17]  # the brown of Pong


def test_the_same_seed_plays_the_same_game_and_another_one_another(tmp_path):
    first, same, other = (
        frames(collect(Collect("Breakout", tmp_path / str(name), frames=40, seed=seed, **SMALL)))
        for name, seed in enumerate((3, 3, 4))
    )
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_the_same_command_goes_on_where_it_stopped(tmp_path):
    begun = frames(collect(Collect("Pong", tmp_path, frames=30, **SMALL)))
    shards = collect(Collect("Pong", tmp_path, frames=70, **SMALL))
    assert np.array_equal(frames(shards)[:30], begun)
    assert rows(shards)[30:34] == [(2, 0), (3, 0), (2, 1), (3, 1)]
    assert collect(Collect("Pong", tmp_path, frames=70, **SMALL)).manifest == shards.manifest


def test_a_folder_collected_otherwise_is_not_touched(tmp_path):
    before = collect(Collect("Pong", tmp_path, frames=20, **SMALL)).manifest
    with pytest.raises(ConfigError, match="seed 0 there, 1 asked for"):
        collect(Collect("Pong", tmp_path, frames=40, seed=1, **SMALL))
    assert Shards(tmp_path).manifest == before


def test_a_damaged_tail_stops_the_resumed_command(tmp_path):
    collect(Collect("Pong", tmp_path, frames=40, **SMALL))
    tail = tmp_path / "shard-00001.npz"
    tail.write_bytes(tail.read_bytes()[:100])
    with pytest.raises(DataError, match=r"shard-00001\.npz is cut short"):
        collect(Collect("Pong", tmp_path, frames=60, **SMALL))


def test_a_given_policy_chooses_the_actions_from_the_frames(tmp_path):
    seen = []

    def still(frames):
        seen.append(frames.shape)
        return np.zeros(len(frames), dtype=int)

    shards = collect(Collect("Freeway", tmp_path, frames=8, **SMALL), policy=still)
    assert set(seen) == {(2, 210, 160, 3)}
    assert shards.source.policy == "still"


def test_an_episode_that_ends_is_followed_by_a_new_one(tmp_path, monkeypatch):
    monkeypatch.setattr("dsrl.envs.emulators.LONGEST", 40)
    shards = collect(Collect("Pong", tmp_path, frames=60, num_envs=2))
    last = dict(rows(shards))
    assert last == {0: 10, 1: 10, 2: 10, 3: 10, 4: 7, 5: 7}


def test_duplicates_are_dropped_by_playfield_also_when_resumed(tmp_path):
    wanted = Collect("Pong", tmp_path, frames=30, drop_duplicates=True, **SMALL)
    collect(wanted)
    shards = collect(Collect("Pong", tmp_path, frames=60, drop_duplicates=True, **SMALL))
    fields = {frame[34:194].tobytes() for frame in frames(shards)}
    assert len(fields) == len(shards) == 60


def test_a_game_that_stands_still_ends_with_an_explanation(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "PATIENCE", 50)
    still = Collect("Breakout", tmp_path, frames=1000, drop_duplicates=True, **SMALL)
    with pytest.raises(DataError, match="different ones are kept"):
        collect(still, policy=lambda frames: np.zeros(len(frames), dtype=int))
    assert len(Shards(tmp_path)) >= 1


def test_png_export_and_import_give_the_same_frames(tmp_path):
    first = collect(Collect("Pong", tmp_path / "a", frames=12, export_png=tmp_path / "png", **SMALL))
    second = collect(Collect("Pong", tmp_path / "b", import_png=tmp_path / "png", **SMALL))
    assert sorted(rows(first)) == rows(second)
    assert second.source.policy == "imported"
    by_place = dict(zip(rows(first), frames(first), strict=True))
    assert np.array_equal(np.stack([by_place[place] for place in rows(second)]), frames(second))
    with pytest.raises(ConfigError, match="already holds 12 frames"):
        collect(Collect("Pong", tmp_path / "b", import_png=tmp_path / "png", **SMALL))


@pytest.mark.parametrize(
    "wrong",
    [{"frames": 0}, {"num_envs": 0}, {"repeat_action_probability": 1.5}, {"seed": -1}, {"frameskip": 0}],
)
def test_a_number_out_of_range_is_named(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Collect("Pong", **wrong)


def run(folder, *words):
    return subprocess.run(
        [sys.executable, "-m", "dsrl.scripts.collect", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_command_leaves_a_folder_and_the_command_that_made_it(tmp_path):
    done = run(tmp_path, "--game", "Pong", "--frames", "16", "--num-envs", "2")
    assert done.returncode == 0, done.stderr
    assert "16 frames of Pong in data/Pong" in done.stdout
    shards = Shards(tmp_path / "data/Pong")
    assert shards.source.command == "dsrl collect --game Pong --frames 16 --num-envs 2"


def test_the_command_answers_an_unknown_game_in_one_line(tmp_path):
    done = run(tmp_path, "--game", "Pnog")
    assert (done.returncode, done.stderr.strip().count("\n")) == (2, 0)
    assert "dsrl: unknown game 'Pnog'" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_saved_agent_plays_for_the_command(tmp_path):
    SymbolicQ("DSRL-Pong-v0", seed=0).save(tmp_path / "agent")
    main(Collect("Pong", out=tmp_path / "frames", frames=24, policy=tmp_path / "agent.safetensors"))
    source = Shards(tmp_path / "frames").source
    assert source.policy == f"{tmp_path / 'agent.safetensors'} on Pong"
    assert len(Shards(tmp_path / "frames")) == 24


def test_a_policy_that_is_missing_is_named_and_nothing_is_collected(tmp_path):
    with pytest.raises(AgentError, match=r"nobody\.safetensors"):
        main(Collect("Pong", out=tmp_path / "frames", policy=tmp_path / "nobody.safetensors"))
    assert not (tmp_path / "frames").exists()
