"""What the library says, found in its code."""

import ast

from talentlab.authoring import sentences

CODE = '''
"""A module."""
_EXPECTED = "an existing file"

@main.command()
@click.option("--fast", help="Be quick.")
def run(name):
    """Execute NAME.

    \\b
    talentlab run 05    a chapter

    The second
    paragraph.
    """
    click.echo(tr("{n} runs", n=3))

def load(path):
    """Read a file."""
    if not path.exists():
        why = "it was moved away" if path else "single"
        raise DataError(f"{path} is missing: {why}.", expected=_EXPECTED, remedy=tr("look again"))
    return _opened(path, "as a text")

def _opened(path, how):
    raise DataError(f"{path!r} and {path!r} cannot be read {how}.", expected="a {brace", remedy="text")
'''


def test_errors_with_their_pieces_are_found_and_their_fields_are_numbered():
    found = [text.text for text in sentences.of_errors(ast.parse(CODE))]
    assert set(found) == {
        "an existing file", "it was moved away", "{1} is missing: {2}.", "as a text",
        "{1} and {2} cannot be read {3}.", "a {brace",
    }  # fmt: skip


def test_help_is_found_by_paragraphs_and_listed_lines():
    found = [text.text for text in sentences.of_help(ast.parse(CODE))]
    assert set(found) == {"Execute NAME.", "talentlab run 05    a chapter", "The second\nparagraph.", "Be quick."}


def test_what_is_looked_up_is_found_once():
    assert set(sentences.looked_up(ast.parse(CODE))) == {"{n} runs", "look again"}


def test_an_error_without_chinese_would_be_named(monkeypatch, tmp_path):
    from talentlab import language
    from talentlab.authoring import strings

    (tmp_path / "new.py").write_text(CODE, encoding="utf-8")
    monkeypatch.setattr(language, "__file__", str(tmp_path / "language.py"))
    assert any("'{1} is missing: {2}.'" in problem for problem in strings.problems_of_the_library())
