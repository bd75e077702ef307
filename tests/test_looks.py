"""Prototypes of detections, and how far apart they are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dsrl.colours import colour_name
from dsrl.extraction import Detections
from dsrl.looks import RADIUS, Looks, find_prototypes, nearest


def of_spectra(*spectra: tuple[float, ...]) -> Looks:
    """Return looks that differ in their spectra only, in units of distance."""
    count = len(spectra)
    return Looks(np.ones((count, 2)), np.zeros((count, 3), np.uint8), 2 * np.array(spectra, dtype=float))


def test_a_look_is_the_size_colour_and_spectrum_of_a_detection():
    boxes, colours = np.array([[140, 80, 144, 96]]), np.array([[92, 186, 92]], dtype=np.uint8)
    looks = Looks.of(Detections(boxes, np.zeros((1, 2)), colours, np.array([[0.5, -3.0]]), np.array([9.0])))
    assert [column.tolist() for column in looks] == [[[4, 16]], [[92, 186, 92]], [[0.5, -3]]]


def test_distances_are_measured_in_octaves_of_size_and_units_of_colour_and_activation():
    one = Looks(np.array([[4.0, 16.0]]), np.array([[200, 40, 0]], dtype=np.uint8), np.array([[3.0, -1.0]]))
    np.testing.assert_allclose(one.describe("appearance"), [[2, 4, 5, 1, 0]])
    np.testing.assert_allclose(one.describe("spectrum"), [[1.5, -0.5]])
    np.testing.assert_allclose(one.describe("both"), [[2, 4, 5, 1, 0, 1.5, -0.5]])


def test_by_filter_it_only_matters_which_one_is_farthest_from_the_prior():
    looks = of_spectra((0.1, 2.0, 1.0), (0.0, -9.0, 1.0), (0.3, 0.0, -0.2))
    assert looks.describe("filter").tolist() == [[0, 1, 0], [0, 1, 0], [1, 0, 0]]
    assert find_prototypes(looks, "filter").describe("filter").tolist() == [[0, 1, 0], [1, 0, 0]]


def test_the_nearest_prototype_is_by_squared_distance():
    prototypes = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]])
    assert nearest(np.array([[0.0, 0.9], [3.0, 0.0]]), prototypes).tolist() == [0, 2]


def test_nothing_is_nearest_to_nothing():
    none = Looks(np.zeros((0, 2)), np.zeros((0, 3), np.uint8), np.zeros((0, 2)))
    assert nearest(none.describe("both"), none.describe("both")).shape == (0,)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=40))
def test_every_look_is_near_a_prototype_and_no_two_prototypes_are_near_each_other(points):
    looks = of_spectra(*((x / 10, y / 10) for x, y in points))
    described = looks.describe("spectrum")
    prototypes = find_prototypes(looks, "spectrum").describe("spectrum")
    apart = np.linalg.norm(prototypes[:, None] - prototypes, axis=2) + 2 * RADIUS * np.eye(len(prototypes))
    assert apart.min() >= RADIUS - 1e-9
    assert (np.linalg.norm(described[:, None] - prototypes, axis=2).min(axis=1) < RADIUS).all()


def test_the_most_frequent_look_is_the_first_prototype():
    prototypes = find_prototypes(of_spectra((0.0,), (0.3,), (0.3,), (1.0,)), "spectrum")
    assert prototypes.describe("spectrum").tolist() == [[0.3], [1.0]]


def test_colours_of_the_games_have_the_names_that_people_use():
    colours = {(92, 186, 92): "green", (213, 130, 74): "orange", (236, 236, 236): "white", (0, 0, 0): "black"}
    assert {colour: colour_name(colour) for colour in colours} == colours
