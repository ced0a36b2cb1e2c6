import nbformat
import pytest

from talentlab.errors import ParameterError
from talentlab.experiments.parameters import load_preset, parse_parameters, read_parameters, validate_parameters
from talentlab.runtime import repository_root

CELL = """from typing import Literal

rate: float = 1e-4  # learning rate
epochs: int = 3  # passes [epochs]
flag: bool = False
name: str = "a"
column: str | None = None  # found if None
mode: Literal["auto", "fast"] = "auto"
sizes: list[int] = [1, 2]
"""


@pytest.fixture
def declared():
    return parse_parameters(CELL, "here")


def test_names_types_defaults_and_help_are_read(declared):
    assert list(declared) == ["rate", "epochs", "flag", "name", "column", "mode", "sizes"]
    assert (declared["epochs"].annotation, declared["epochs"].default) == ("int", 3)
    assert declared["epochs"].help == "passes [epochs]"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("rate", "1e-5", 1e-5), ("rate", "3", 3.0), ("epochs", "5", 5), ("flag", "false", False),
        ("flag", "true", True),
        ("name", "7", "7"), ("column", "none", None), ("column", "body", "body"), ("mode", "fast", "fast"),
        ("sizes", "4,5", [4, 5]), ("sizes", "[6]", [6]),
    ],
)  # fmt: skip
def test_text_from_a_command_line_becomes_the_declared_type(declared, name, text, value):
    result = validate_parameters(declared, {name: text})[name]
    assert result == value and type(result) is type(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rate", "fast"), ("rate", "nan"), ("rate", None), ("epochs", "1.5"), ("epochs", True),
        ("flag", "maybe"), ("mode", "slow"),
        ("sizes", "a,b"), ("sizes", "[1"), ("name", None),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused_with_the_expected_type(declared, name, value):
    with pytest.raises(ParameterError) as caught:
        validate_parameters(declared, {name: value})
    assert name in str(caught.value) and declared[name].annotation in str(caught.value)


def test_an_unknown_name_is_refused_with_the_nearest_one(declared):
    with pytest.raises(ParameterError, match="did you mean 'epochs'"):
        validate_parameters(declared, {"epoch": 3})


@pytest.mark.parametrize(
    "source",
    ["x = 1", "x: int = y", "x: int", "x: os.PathLike = 1", "x: int = 'a'", "x: dict = {}", "print(1)", "x: int = (",
     "x: __import__('os') = 1"],
)  # fmt: skip
def test_a_cell_that_is_not_plain_typed_lines_is_refused(source):
    with pytest.raises(ParameterError, match=r"here, parameters cell|int"):
        parse_parameters(source, "here")


def test_a_notebook_without_such_a_cell_has_no_parameters(tmp_path):
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), tmp_path / "a.ipynb")
    assert read_parameters(tmp_path / "a.ipynb") == {}


@pytest.mark.parametrize("text", ["", "not json", "{}", "[1]"])
def test_a_file_that_is_no_notebook_is_refused(tmp_path, text):
    (tmp_path / "a.ipynb").write_text(text)
    with pytest.raises(ParameterError, match=r"a\.ipynb"):
        read_parameters(tmp_path / "a.ipynb")


@pytest.mark.parametrize("preset", ["quick", "laptop", "gpu", "zh"])
def test_every_preset_fits_the_chapters_that_it_names(preset):
    root = repository_root()
    import yaml

    chapters = yaml.safe_load((root / "course" / "presets" / f"{preset}.yaml").read_text()) or {}
    for chapter in chapters:
        declared = read_parameters(root / "notebooks" / f"{chapter}.ipynb")
        assert validate_parameters(declared, load_preset(root / "course" / "presets", preset, chapter))


@pytest.mark.parametrize("text", ["seed: 3\nrate: 1.0e-4", "mine:\n  seed: 3\n  rate: 1.0e-4\nother:\n  x: 1"])
def test_a_yaml_file_of_ones_own_is_a_preset(tmp_path, text):
    (tmp_path / "my.yaml").write_text(text)
    assert load_preset(tmp_path, str(tmp_path / "my.yaml"), "mine") == {"seed": 3, "rate": 1e-4}


@pytest.mark.parametrize("text", ["- 1\n- 2", "seed: [1", "word", "mine: 3", "\xff"])
def test_a_file_without_parameters_is_refused(tmp_path, text):
    (tmp_path / "my.yaml").write_text(text, encoding="latin-1")
    with pytest.raises(ParameterError, match="does not hold parameters"):
        load_preset(tmp_path, str(tmp_path / "my.yaml"), "mine")


def test_units_are_read_from_the_help():
    declared = parse_parameters("limit: float = 1.0  # longest time [s]\nseed: int = 0  # of [all] things", "a cell")
    assert {name: parameter.unit for name, parameter in declared.items()} == {"limit": "s", "seed": ""}


def test_an_unknown_preset_is_refused_with_the_known_ones():
    with pytest.raises(ParameterError, match="gpu, laptop, quick"):
        load_preset(repository_root() / "course" / "presets", "cluster", "05_project_practice")
