import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsrl.envs.emulators import emulator, vector_emulator
from dsrl.envs.games import game
from dsrl.envs.toys import APART, COLOURS, MARGIN, MOVES, SIZE, TOP, TOYS, Thing, Toy, ToyWorld
from dsrl.envs.wrappers import FramePair
from dsrl.errors import ConfigError
from dsrl.perception import Perception
from dsrl.preprocessing import crop
from dsrl.scripts.collect import Collect, collect

every_toy = pytest.mark.parametrize("name", TOYS)


def world(*things, **keywords):
    """Return a world in which exactly these things lie, the agent in the middle at (80, 80)."""
    toy = ToyWorld(Toy(lambda random: list(things), "ToyRandom"), **keywords)
    toy.reset(seed=0)
    return toy


def walk(toy, action, frames):
    return [toy.step(list(MOVES).index(action))[1] for _ in range(frames)]


def test_a_circle_is_worth_one_when_it_is_touched_and_is_gone():
    toy = world(Thing("circle", 100, 80), Thing("circle", 20, 20))
    assert walk(toy, "RIGHT", 4) == [0, 0, 0, 1]  # 16 px on, at 96, it overlaps the circle's box
    assert toy.things == [Thing("circle", 20, 20)]


def test_a_cross_costs_one_and_both_are_counted():
    toy = world(Thing("cross", 96, 80), Thing("circle", 80, 120), Thing("circle", 20, 20))
    assert sum(walk(toy, "RIGHT", 4)) == -1
    walk(toy, "LEFT", 4)
    *_, info = [toy.step(3) for _ in range(10)][-1]
    assert info == {"positive": 1, "negative": 1}


def test_a_board_without_circles_is_drawn_anew():
    toy = world(Thing("circle", 96, 80), Thing("cross", 20, 20))
    walk(toy, "RIGHT", 4)
    assert Thing("cross", 20, 20) in toy.things


def test_nothing_is_laid_at_the_agents_feet():
    toy = world(Thing("circle", 80, 88), Thing("circle", 80, 120))
    assert toy.things == [Thing("circle", 80, 120)]


@pytest.mark.parametrize(
    ("action", "place"),
    [("UP", (80, MARGIN)), ("DOWN", (80, 144)), ("LEFT", (MARGIN, 80)), ("RIGHT", (144, 80))],
)
def test_the_border_stops_the_agent(action, place):
    toy = world(Thing("circle", 20, 20))
    walk(toy, action, 50)
    assert (toy.x, toy.y) == place


def test_sticky_actions_go_on_as_before():
    toy = world(Thing("circle", 20, 20), sticky=1.0)
    walk(toy, "RIGHT", 3)
    assert (toy.x, toy.y) == (80, 68)  # the first action of an episode is UP


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(sorted(TOYS)), st.integers(0, 2**31))
def test_things_lie_on_the_field_and_apart(name, seed):
    toy = ToyWorld(TOYS[name])
    toy.reset(seed=seed)
    for index, (_, x, y) in enumerate(toy.things):
        assert min(x, y) >= SIZE // 2
        assert max(x, y) <= 160 - SIZE // 2
        assert all(max(abs(x - u), abs(y - v)) >= APART for _, u, v in toy.things[:index])


@every_toy
def test_every_pixel_of_a_frame_is_of_a_thing_or_black(name):
    toy = ToyWorld(TOYS[name])
    frame, _ = toy.reset(seed=3)
    black = frame.copy()
    agent = [Thing("agent", toy.x, toy.y)] if TOYS[name].agent else []
    for kind, x, y in [*toy.things, *agent]:
        box = black[TOP + y - 4 : TOP + y + 4, x - 4 : x + 4]
        assert {tuple(colour) for colour in box.reshape(-1, 3).tolist()} <= {COLOURS[kind], (0, 0, 0)}
        assert box.any()
        box[:] = 0
    assert not black.any()
    assert crop(frame, game(name).playfield).any()


def test_the_lattice_is_always_the_same_and_the_grid_is_not():
    for name, boards in ("ToyLattice", 1), ("ToyGridTwo", 5), ("ToyRandom", 5):
        toy = ToyWorld(TOYS[name])
        assert len({toy.reset(seed=seed)[0].tobytes() for seed in range(5)}) == boards


@every_toy
def test_an_episode_has_the_length_of_its_row(name):
    toy = emulator(name)
    toy.reset(seed=0)
    steps, truncated = 0, False
    while not truncated:
        *_, truncated, _ = toy.step(steps % 4)
        steps += 1
    assert steps == TOYS[name].frames


def test_several_worlds_at_once_show_the_frames_of_single_ones():
    batch, single = vector_emulator("ToyRandom", 2, sticky=0.0), FramePair(emulator("ToyRandom", 0.0))
    frames, _ = batch.reset(seed=5)
    assert np.array_equal(frames[1, 0], single.reset(seed=6)[0])
    for action in (0, 1, 1, 3):
        frames, *_ = batch.step(np.array([2, action]))
        assert np.array_equal(frames[1, 0], single.step(action)[0])


def look_at_scenes(count):
    """Return how many of `count` scenes have a table that is not right, and the kinds of each shape."""
    wrong, kinds = 0, {"circle": set(), "square": set()}
    toy, perception = ToyWorld(TOYS["ToyShapes"]), Perception.from_pretrained("ToyRandom")
    for seed in range(count):
        frame, _ = toy.reset(seed=seed)
        perception.reset()
        seen = {(one.x, one.y, one.width, one.height): one.kind for one in perception(frame, frame)}
        there = {(thing.x, thing.y + TOP, SIZE, SIZE): thing.kind for thing in toy.things}
        wrong += seen.keys() != there.keys()
        for place in seen.keys() & there.keys():
            kinds[there[place]].add(seen[place])
    return wrong, kinds


def test_the_table_of_a_scene_is_exactly_right():
    wrong, kinds = look_at_scenes(40)
    assert (wrong, [len(found) for found in kinds.values()]) == (0, [1, 1])
    assert kinds["circle"] != kinds["square"]


@pytest.mark.study
def test_the_tables_of_ten_thousand_scenes_are_exactly_right():
    wrong, kinds = look_at_scenes(10_000)
    assert (wrong, [len(found) for found in kinds.values()]) == (0, [1, 1])
    assert kinds["circle"] != kinds["square"]


def test_a_misspelt_toy_is_answered_with_the_nearest_name():
    with pytest.raises(ConfigError, match="ToyRandom"):
        game("ToyRandm")


def test_a_window_is_refused_with_what_there_is():
    with pytest.raises(ConfigError, match="rgb_array"):
        emulator("ToyRandom", render_mode="human")


def test_frames_are_collected_as_of_a_game(tmp_path):
    shards = collect(Collect("ToyLattice", tmp_path, frames=24, num_envs=2))
    assert (len(shards), shards.source.playfield) == (24, (TOP, 0, 160, 160))
    frames = np.concatenate([rows.frames for rows in shards.split()])
    assert {tuple(colour) for colour in frames.reshape(-1, 3).tolist()} == {
        (0, 0, 0),
        *(COLOURS[kind] for kind in ("circle", "cross", "agent")),
    }
