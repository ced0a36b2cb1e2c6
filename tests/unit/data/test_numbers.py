"""Tables of numbers by path: what is wrong with them is told in words."""

import gzip

import pytest

from talentlab.data.numbers import read_numbers
from talentlab.errors import DataError


def test_numbers_stay_numbers_gzipped_or_not(tmp_path):
    text = b"a,b,kind\n1,2.5,x\n3,4.5,y\n"
    (tmp_path / "plain.csv").write_bytes(text)
    (tmp_path / "zipped.csv.gz").write_bytes(gzip.compress(text))
    for name in ("plain.csv", "zipped.csv.gz"):
        table = read_numbers(str(tmp_path / name), ["b", "kind"], "two columns")
        assert table["b"].tolist() == [2.5, 4.5] and table["a"].sum() == 4 and list(table["kind"]) == ["x", "y"]


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "cannot be read"), (b"", "is no table"), (b"PK\x03\x04", "is a zip archive"),
     (b'a,b\n1,2\n1,2,3\n"', "is no table"), (b"a,c\n1,2\n", r"has no column \['b'\]")],
)  # fmt: skip
def test_what_is_no_such_table_is_refused_in_words(tmp_path, content, told):
    path = tmp_path / "data.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=told) as caught:
        read_numbers(path, ["a", "b"], "a table of a and b")
    assert str(path) in caught.value.received and caught.value.remedy
