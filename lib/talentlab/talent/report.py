"""A plan for those who have no notebook: one HTML page that opens offline, and the tables as CSV."""

import base64
import html
from pathlib import Path

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from talentlab import language
from talentlab.escaping import spreadsheet_csv
from talentlab.language import tr
from talentlab.plots import png
from talentlab.talent import figures, risk, views
from talentlab.talent.plan import Plan
from talentlab.talent.risk import Forecast
from talentlab.talent.verify import violations

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}thead th{font-weight:bold}"
    "td,th{padding:.2rem .6rem;text-align:left;border-bottom:1px solid #ccc;font-weight:normal}"
    "img{max-width:100%}.note{border-left:4px solid #D55E00;padding-left:1rem}"
)


def write_report(plan: Plan, folder: Path, *, forecast: Forecast, hires: pd.DataFrame | None = None) -> Path:
    """Write `report.html` and its tables as CSV into a folder.

    Args:
        plan: What is planned.
        folder: Made where it is missing; files of the same names are replaced.
        forecast: Of `risk.simulate`: no date is shown without P50, P90 and the chance of keeping it.
        hires: Of `value.hires`, if the candidates were valued.

    Returns:
        The page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    body = [f"<p>{html.escape(views.assumptions(plan))}</p><p>{html.escape(forecast.summary())}</p>"]
    body += [f"<p class='note'>{html.escape(fault)}</p>" for fault in violations(plan)]
    with matplotlib.rc_context():
        if language.current() == "zh":
            language.set_font()
        for name, title, table, figure in _sections(plan, forecast, hires):
            (folder / f"{name}.csv").write_text(spreadsheet_csv(table, lineterminator="\n"), "utf-8", newline="\n")
            picture = base64.b64encode(png(figure)).decode() if figure else ""
            body.append(
                f"<h2>{title}</h2>" + (f"<img alt='{title}' src='data:image/png;base64,{picture}'>" if figure else "")
            )
            named = table.rename(columns=language.name, index=language.name).rename_axis(index=language.name)
            body.append(named.reset_index().to_html(index=False, border=0, na_rep="", escape=True))
    title = tr("Delivery on {date}: {days} working days", date=plan.delivery, days=plan.end)
    title += tr(", with {hired}", hired=", ".join(plan.hired)) if plan.hired else ""
    limits = tr(
        "What these numbers are not for: judging, ranking or dismissing anybody. Levels are rough and set by hand, and "
        "a person is more than a row; a plan says what fits together, not who is good. Names are aliases; nothing left "
        "this machine."
    )
    page = (f"<!doctype html><html lang='{language.current()}'><meta charset='utf-8'><title>{tr('Plan')}</title>"
            f"<style>{_STYLE}</style><h1>{html.escape(title)}</h1>{''.join(body)}<p class='note'>"
            f"{html.escape(limits)}</p></html>")  # fmt: skip
    target = folder / "report.html"
    target.write_text(page, encoding="utf-8")
    return target


def _sections(
    plan: Plan, forecast: Forecast, hires: pd.DataFrame | None
) -> list[tuple[str, str, pd.DataFrame, Figure | None]]:
    """Name of the file, title, table and figure of each."""
    currency = plan.startup.settings.currency
    spent = pd.Series(views.money(plan), name=currency).round().rename_axis("spent until delivery").to_frame()
    chain = pd.DataFrame(views.critical_path(plan), columns=["task", "could not begin sooner: it"]).set_index("task")
    middle, late, chance = forecast.quantile(0.5), forecast.quantile(0.9), forecast.chance()
    dates = pd.DataFrame(
        {"working days": [plan.end, middle.value, late.value], "95 % from": [None, middle.low, late.low],
         "to": [None, middle.high, late.high], "kept in": [chance.value, 0.5, 0.9]},
        index=pd.Index(["plan", "P50", "P90"], name="delivery"),
    ).round(3)  # fmt: skip
    sections: list[tuple[str, str, pd.DataFrame, Figure | None]] = [
        ("delivery", tr("Delivery"), dates, figures.plot_forecast(forecast)),
        ("plan", tr("Who does what when"), views.schedule(plan), figures.plot_gantt(plan)),
        ("critical_path", tr("What the date hangs on"), chain, None),
        ("load", tr("Load"), views.load(plan).round(2), figures.plot_load(plan)),
        ("bottlenecks", tr("The tightest skill, by week"), views.bottlenecks(plan).round(2),
         figures.plot_tightness(plan)),
        ("money", tr("Money"), spent, None),
        ("bus_factors", tr("Who is alone with a skill"), risk.bus_factors(plan.startup), None),
        ("cross_training", tr("The cheapest training that ends that"),
         risk.cross_training(plan.startup).round().set_index("skill"), None),
    ]  # fmt: skip
    if hires is not None and len(hires):
        sections.insert(2, ("hires", tr("What the next hire is worth"),
                            hires.round().rename_axis("candidate"), figures.plot_values(hires)))  # fmt: skip
    return sections
