"""Labels by OCAtari, without OCAtari: which of its objects are labels."""

import importlib.util
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "ocatari_labels.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("ocatari_labels", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def thing(category: str, *xywh: float, hud: bool = False) -> SimpleNamespace:
    return SimpleNamespace(category=category, xywh=xywh, hud=hud)


def test_what_is_on_the_screen_and_no_display_is_a_label(script):
    shark, score = thing("Shark", 150, 80, 8, 7), thing("Score", 60, 8, 40, 8, hud=True)
    assert script.boxes([shark, score, None], (210, 160)) == [["Shark", 150, 80, 8, 7]]


@pytest.mark.parametrize(
    "xywh", [(160, 80, 8, 7), (-8, 80, 8, 7), (40, 210, 8, 7), (40, 80, 0, 7), (np.nan, 80, 8, 7)]
)
def test_what_is_off_the_screen_or_has_no_size_is_none(script, xywh):
    assert script.boxes([thing("Shark", *xywh)], (210, 160)) == []


def test_half_an_object_at_the_edge_is_a_label(script):
    assert script.boxes([thing("Shark", -4, 80, 8, 7)], (210, 160)) == [["Shark", -4, 80, 8, 7]]


def test_slots_without_an_object_are_none(script):
    assert script.boxes([thing("NoObject", 0, 0, 1, 1)], (210, 160)) == []
