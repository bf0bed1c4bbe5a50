"""The list of checks is whole, and what tests name of it is found without running them."""

from pathlib import Path

from tests.coverage import named_rows, rows


def test_every_row_of_the_documents_is_in_the_list_once():
    ids = [row.id for row in rows()]
    assert len(ids) == len(set(ids)) == 1256


def test_rows_named_by_a_mark_are_found_with_their_place(tmp_path: Path):
    source = '@pytest.mark.checks("E27.04", "E27.05")\ndef test_it(): ...\n'
    (tmp_path / "test_accounts.py").write_text(source)
    place = f"{tmp_path.name}/test_accounts.py:1"
    assert named_rows(tmp_path) == {"E27.04": [place], "E27.05": [place]}


def test_rows_named_in_other_ways_do_not_count(tmp_path: Path):
    (tmp_path / "test_accounts.py").write_text('ROW = "E27.04"\n# pytest.mark.checks("E27.05")\n')
    assert named_rows(tmp_path) == {}
