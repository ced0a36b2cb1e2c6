"""Sphinx's settings for the book: `make book` gives it the repository as its sources, once per language."""

import re
from gettext import NullTranslations
from pathlib import Path

import ziamath  # for its font alone
from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.locale import translators
from sphinx.search.en import SearchEnglish

from talentlab.authoring import book
from talentlab.language import current

speaks = current()
project = "Talent Lab"
language = {"en": "en", "zh": "zh_CN"}[speaks]
root_doc = book.START[speaks]
include_patterns, exclude_patterns = book.PATTERNS[speaks], book.LEFT_OUT[speaks]
extensions = ["myst_nb"]
myst_enable_extensions = ["attrs_inline", "dollarmath"]
myst_heading_anchors = 3
myst_update_mathjax = False
nb_execution_mode = "off"
nb_render_markdown_format = "myst"
html_math_renderer = "mathml"  # nothing to load
html_theme = "furo"
html_title = project
html_show_sphinx = False
html_copy_source = html_use_index = False
html_static_path = ["book.css", str(next(Path(ziamath.__file__).parent.glob("fonts/STIX*.ttf")))]
html_css_files = ["book.css"]
html_show_search_summary = False  # would have to load each page


class TwoCharacters(SearchEnglish):
    """Chinese is found by two neighbouring characters, words of other scripts as in English."""

    lang = "zh"
    js_splitter_code = book.SPLIT_QUERY
    split = staticmethod(book.words)


class ThemesWords(NullTranslations):
    """Chinese for what the theme says beyond Sphinx's own catalogue."""

    def gettext(self, message):
        """The Chinese, or the message as it is."""
        words = {"On this page": "本页内容", "Home": "首页", "Previous": "上一页", "Next": "下一页"}
        return (words | {"Back to top": "回到顶部"}).get(message, message)


def setup(app):
    """Register what the settings name; Sphinx calls it."""
    app.add_search_language(TwoCharacters)
    app.add_html_math_renderer("mathml", (_formula, None), (_formula, None))
    app.connect("builder-inited", _speak)
    app.connect("source-read", _read)
    app.connect("doctree-read", _describe_pictures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _speak(app):
    if speaks == "zh":
        translators["general", "sphinx"].add_fallback(ThemesWords())


def _read(app, name, source):
    source[0] = book.page(source[0], name, speaks, app.env.found_docs)
    if book.is_aside(name):
        app.env.metadata[name]["orphan"] = True
    if "/solutions/" in name:  # the chapter is found
        app.env.metadata[name]["nosearch"] = True


def _describe_pictures(app, doctree):
    path = Path(app.env.doc2path(app.env.docname))
    said = book.alternatives(path.read_text(encoding="utf-8")) if path.suffix == ".ipynb" else {}
    for picture in doctree.findall(nodes.image):
        picture["alt"] = picture.get("alt") or said.get(Path(picture["uri"]).stem, "")


def _formula(translator, node):
    tex = re.sub(r"\\([bB]igg?)(?![A-Za-z])", r"\\\1l", node.astext())  # docutils knows the sizes of opening ones
    translator.body.append(tex2mathml(tex, as_block=isinstance(node, nodes.math_block)))
    raise nodes.SkipNode
