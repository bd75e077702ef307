"""What a study compares, and what its results come to, on numbers that are known."""

import io
import re
from csv import DictReader

import pytest

from dsrl.networks import NETWORKS
from dsrl.objectives import OBJECTIVES
from dsrl.reconstructions import RECONSTRUCTIONS
from dsrl.regularisers import REGULARISERS
from dsrl.report import Chapter, Gallery, Picture, Report, render, to_csv
from dsrl.studies import GAMES, METHODS, Cell, grid, thesis
from dsrl.summaries import (
    answer,
    breaks,
    compare_betas,
    compare_methods,
    compare_norms,
    over_beta,
    prices,
    tell_curve,
    training_curves,
)


def result(game="Pong", method="naive", beta=1.0, seed=0, **measures):
    cell = Cell(game, method, "shallow", "bce", beta, seed)
    curve = {"rate": [(20, 9.0), (40, 5.0)]}
    return {**vars(cell), "name": cell.name, "command": "dsrl pretrain", "curve": curve, **measures}


def test_the_preset_has_every_method_game_network_and_beta_of_the_thesis():
    chapter = thesis(range(1), quick=False)[0].cells
    asked = {(cell.game, cell.method, cell.network, cell.beta) for cell in chapter}
    assert len(asked) == len(chapter) == len(GAMES) * len(METHODS) * 2 * 3
    betas = {cell.beta for cell in chapter if cell.method == "naive"}
    assert betas == {1.0, 2.0, 4.0}
    assert {cell.beta for cell in chapter if cell.method == "single-filter"} == {1.0, 4.0, 16.0}


def test_quick_asks_the_same_questions_of_fewer_cells():
    whole, quick = (thesis(range(1), quick) for quick in (False, True))
    assert [part.title for part in whole] == [part.title for part in quick]
    for large, small in zip(whole, quick, strict=True):
        assert set(small.cells) <= set(large.cells)
        assert {cell.method for cell in small.cells} == {cell.method for cell in large.cells}
    assert sum(len(part.cells) for part in quick) < sum(len(part.cells) for part in whole) / 2


@pytest.mark.parametrize("quick", [False, True])
def test_every_cell_of_the_preset_can_be_trained_and_no_two_share_a_folder(quick):
    cells = {cell for part in thesis(range(2), quick) for cell in part.cells}
    assert len({cell.name for cell in cells}) == len(cells)
    for cell in cells:
        method = METHODS[cell.method]
        assert cell.network in NETWORKS
        assert cell.reconstruction in RECONSTRUCTIONS
        assert method.objective in OBJECTIVES
        assert method.regulariser in {"none", *REGULARISERS}


def test_the_trainings_of_a_curve_are_alike_but_for_beta():
    (curve,) = [part.cells for part in thesis(range(1), quick=True) if part.kind == "beta"]
    assert len({(cell.method, cell.network, cell.reconstruction, cell.seed) for cell in curve}) == 1


def test_a_grid_is_every_combination():
    cells = grid(("Pong", "Boxing"), ("naive", "colour"), ("fine",), (1.0, 2.0), (0, 1, 2), "contrast")
    assert len(set(cells)) == 2 * 2 * 2 * 3


def test_a_table_has_means_over_seeds_and_a_group_of_columns_for_each_game():
    table = compare_methods(
        [
            result(rate=10.0, explained=0.5, symbols_f1=0.8),
            result(rate=20.0, explained=0.7, symbols_f1=0.9, seed=1),
            result("Breakout", rate=4.0, explained=-0.2, symbols_f1=0.0),
        ]
    )
    assert table.heads == ("method", "thesis", "network", "beta")
    assert table.groups == ("Pong", "Breakout")
    assert [column.title for column in table.columns] == ["drawn", "rate", "F1 symbols"]  # no map was judged
    ((names, entries),) = table.rows
    assert names == ("naive", "5.2.3", "shallow", "1")
    assert [entry.text for entry in entries] == ["0.60", "15.0", "0.85", "-0.20", "4.0", "0.00"]
    assert [entry.share for entry in entries] == pytest.approx([0.6, None, 0.85, 0.0, None, 0.0])


def test_what_was_not_measured_on_a_game_is_a_dash():
    table = compare_norms([result(distortion=3.0, rate=1.0), result("Breakout", distortion=4.0, rate=None)])
    assert [entry.text for entry in table.rows[0][1]] == ["3.0", "1.0", "4.0", "-"]


def test_betas_are_told_in_order_and_a_curve_that_turns_back_is_told():
    results = [
        result(beta=beta, distortion=d, rate=r)
        for beta, d, r in [(4, 9.0, 1.0), (1, 2.0, 50.0), (2, 5.0, 60.0)]
    ]
    assert over_beta(results, "distortion") == [(1.0, 2.0), (2.0, 5.0), (4.0, 9.0)]
    assert breaks(over_beta(results, "rate"), rising=False) == [(1.0, 2.0)]
    assert tell_curve("Pong", results) == (
        "Pong: distortion rises from 2.0 to 9.0 nats, at every step; rate falls from 50.0 to 1.0 nats, "
        "but not from beta 1 to 2. A nat of code less costs so many nats of distortion: 0.068 (beta "
        "2 to 4)."
    )
    assert [names for names, _ in compare_betas(results).rows] == [("1",), ("2",), ("4",)]


def test_the_price_of_a_nat_is_what_distortion_rises_by_for_each_nat_less():
    results = [result(beta=beta, distortion=d, rate=r) for beta, d, r in [(1, 2.0, 50.0), (4, 62.0, 20.0)]]
    assert prices(results) == [(1.0, 4.0, 2.0)]


def test_the_answer_names_the_best_method_and_the_rival_without_an_encoder():
    results = [
        result(method="naive", latent_f1=0.2, symbols_f1=0.9),
        result(method="weighted", latent_f1=0.6, symbols_f1=0.7),
    ]
    first, second = answer([("Finer", results)], {"Pong": 0.99})
    assert "weighted (shallow), F1 0.60" in first
    assert "naive (shallow), F1 0.90" in first
    assert second.endswith("F1 Pong 0.99.")
    assert answer([("Finer", [result()])], {}) == []  # without labels there is nothing to tell


def test_a_training_curve_is_a_line_in_the_panel_of_its_game():
    (part,) = [part for part in thesis(range(1), quick=True) if part.kind == "batch-norm"]
    panels = training_curves(
        part, [result(), result(method="weighted"), result("Breakout")], "rate", "method"
    )
    assert {game: list(lines) for game, lines in panels.items()} == {
        "Pong": ["naive", "weighted"],
        "Breakout": ["naive"],
    }
    assert panels["Pong"]["naive"] == [(20, 9.0), (40, 5.0)]


PICTURE = Picture(b"\x89PNG", "Frames & what is drawn", "dsrl examine --encoder 'my encoder'")


@pytest.fixture(scope="module")
def page():
    results = [result(rate=1.0, distortion=1234.5, seconds=3.0, note="<no object>", explained=0.5)]
    chapter = Chapter(
        "Methods", "Which?", ["Words."], [compare_methods(results)], [PICTURE], [Gallery("Pong", [PICTURE])]
    )
    return render(Report("Title", "lead", "dsrl study --quick", [chapter], results, ["It is."]))


def test_the_page_stands_alone(page):
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert page.count("data:image/png;base64,iVBORw==") == 2


def test_the_page_escapes_what_it_is_given(page):
    assert "&lt;no object&gt;" in page
    assert "Frames &amp; what is drawn" in page


def test_the_page_has_words_tables_trainings_and_commands(page):
    for expected in (
        "It is.",
        "Words.",
        "5.2.3",
        "1,234.5",
        "dsrl study --quick",
        "dsrl pretrain",
        "<summary>Pong",
    ):
        assert expected in page


def test_a_csv_file_has_the_columns_of_all_rows():
    rows = list(DictReader(io.StringIO(to_csv([{"a": 1, "b": "x,y"}, {"a": 2, "c": 3}]).decode())))
    assert rows == [{"a": "1", "b": "x,y", "c": ""}, {"a": "2", "b": "", "c": "3"}]
