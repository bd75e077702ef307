from hypothesis import given
from hypothesis import strategies as st

from dsrl.interactions import Interaction, relate
from dsrl.symbols import Symbol

whole = st.integers(-160, 160).map(float)
symbols = st.builds(
    Symbol,
    st.integers(0, 3),
    whole,
    whole,
    st.just(4.0),
    st.just(4.0),
    st.integers(0, 10**6),
    st.just(1.0),
    whole,
    whole,
)


def test_a_drawn_scene_gives_exactly_these_interactions():
    paddle = Symbol(kind=0, x=140, y=90, width=4, height=16, track=5, dy=-4)
    ball = Symbol(kind=2, x=100, y=80, width=2, height=4, track=7, dx=6, dy=2)
    enemy = Symbol(kind=1, x=18, y=70, width=4, height=16, track=6)
    assert relate([ball, paddle, enemy], max_distance=100) == [
        Interaction(kinds=(0, 2), dx=-40, dy=-10, vx=6, vy=6, tracks=(5, 7)),
        Interaction(kinds=(1, 2), dx=82, dy=10, vx=6, vy=2, tracks=(6, 7)),
    ]


def test_the_distance_limit_is_a_circle_that_includes_its_edge():
    here, there = Symbol(0, 0, 0, 1, 1), Symbol(1, 3, 4, 1, 1)
    assert len(relate([here, there], max_distance=5)) == 1
    assert relate([here, there], max_distance=4.99) == []


def test_fewer_than_two_objects_do_not_interact():
    assert relate([]) == relate([Symbol(0, 1, 2, 3, 4)]) == []


def test_of_two_alike_the_upper_comes_first():
    low, high = Symbol(3, 10, 50, 8, 8, track=1), Symbol(3, 30, 20, 8, 8, track=2)
    assert relate([low, high]) == [Interaction((3, 3), dx=-20, dy=30, vx=0, vy=0, tracks=(2, 1))]


@given(
    st.lists(symbols, max_size=6, unique_by=lambda symbol: (symbol.kind, symbol.x, symbol.y)), st.randoms()
)
def test_the_order_of_the_objects_does_not_matter(scene, random):
    shuffled = random.sample(scene, len(scene))
    assert sorted(relate(scene)) == sorted(relate(shuffled))


@given(st.lists(symbols, max_size=6), whole, whole)
def test_the_place_on_the_screen_does_not_matter(scene, right, down):
    moved = [symbol._replace(x=symbol.x + right, y=symbol.y + down) for symbol in scene]
    assert relate(scene) == relate(moved)
