"""The board of a league as one page for a projector: offline, and fresh every few seconds."""

import html
from collections import Counter

from talentlab import language
from talentlab.experiments.leagues import League, Row, Scored
from talentlab.language import tr

_STYLE = (
    "body{font:22px/1.4 system-ui,sans-serif;margin:2rem 4rem;background:#fff;color:#111}"
    "h1{font-size:2.2rem}table{border-collapse:collapse;width:100%}th{text-align:left;font-weight:600}"
    "td,th{padding:.3rem .8rem;border-bottom:1px solid #ccc}td.n{text-align:right;font-variant-numeric:tabular-nums}"
    "svg{width:16rem;height:1.4rem;vertical-align:middle}.out td{color:#595959}.note{font-size:1rem;color:#444}"
)


def page(league: League, rows: list[Row], *, refresh_s: int = 10) -> str:
    """The board as HTML; what comes from entries is escaped, nothing is loaded.

    Args:
        league: Whose board.
        rows: From `leagues.ranked`.
        refresh_s: After how long the browser reads the file again [s].
    """
    speaks = language.current()
    title, unit = html.escape(league.title.get(speaks) or next(iter(league.title.values()))), _metric(league)
    head = "".join(f"<th>{html.escape(each)}</th>" for each in
                   (tr("place"), tr("seat"), unit, "", tr("budget used"), tr("state")))  # fmt: skip
    shown = [row.scored for row in rows if row.scored]
    span = (min((one.low for one in shown), default=0.0), max((one.high for one in shown), default=1.0))
    shared = Counter(row.place for row in rows if row.place)
    body = "".join(_line(row, league, span, shared[row.place] > 1) for row in rows)
    return (
        f"<!doctype html><html lang='{speaks}'><meta charset='utf-8'><meta http-equiv='refresh' content='{refresh_s}'>"
        f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f"<p class='note'>{html.escape(_rules(league))}</p></html>"
    )


def _metric(league: League) -> str:
    return tr("right answers [%]") if league.kind == "runs" else tr("working days")


def _rules(league: League) -> str:
    if league.kind == "runs":
        return tr(
            "Scored on texts whose labels the instructor holds back; bars are 95 % intervals. A shared place means "
            "that these texts do not tell the entries apart. Budget: {n:.0f} CPU seconds, enforced from the record.",
            n=league.budget_cpu_s,
        )
    return tr(
        "Every plan was checked day by day and for its money. Bars: four of five simulated projects end there, with "
        "sickness and resignations. Equal days share a place."
    )


def _line(row: Row, league: League, span: tuple[float, float], is_shared: bool) -> str:
    name = html.escape(row.name[:60])
    if row.scored is None:
        return f"<tr class='out'><td class='n'>–</td><td>{name}</td><td colspan=4>{html.escape(row.trouble)}</td></tr>"
    percent = league.kind == "runs"
    value = f"{100 * row.scored.value:.1f}" if percent else f"{row.scored.value:.0f}"
    place = f"{row.place}{'=' if is_shared else ''}"
    return (
        f"<tr><td class='n'>{place}</td><td>{name}</td><td class='n'>{value}</td>"
        f"<td>{_bar(row.scored, span, percent)}</td><td class='n'>{row.scored.used:.0%}</td>"
        f"<td>{html.escape(row.again or tr('not run again yet'))}</td></tr>"
    )


def _bar(scored: Scored, span: tuple[float, float], percent: bool) -> str:
    """The interval on the scale that all rows share, with its ends as text alternative."""
    width = (span[1] - span[0]) or 1.0
    low, value, high = (200 * (min(max(x, span[0]), span[1]) - span[0]) / width + 4
                        for x in (scored.low, scored.value, scored.high))  # fmt: skip
    ends = f"{scored.low:.1%} – {scored.high:.1%}" if percent else f"{scored.low:.0f} – {scored.high:.0f}"
    return (
        f"<svg viewBox='0 0 208 20' role='img'><title>{ends}</title>"
        f"<line x1='{low:.1f}' x2='{high:.1f}' y1='10' y2='10' stroke='#0072B2' stroke-width='4'/>"
        f"<circle cx='{value:.1f}' cy='10' r='6' fill='#0072B2'/></svg>"
    )
