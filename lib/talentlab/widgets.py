"""Controls that redraw a figure, with the figure of their first state for every viewer without a kernel."""

import base64
import html
from collections.abc import Callable

import ipywidgets
from IPython.display import display
from matplotlib.figure import Figure

from talentlab.plots import png

Draw = Callable[..., tuple[Figure, str]]


def explore(draw: Draw, **controls: ipywidgets.ValueWidget) -> ipywidgets.VBox:
    """Show `controls` above the figure that `draw` makes of their values, and redraw on every change.

    One output carries both forms: the live controls, and the first figure as a picture for GitHub, HTML copies and
    JupyterLab before the first run. Only `observe` and plain widgets are used: `interact` and `Output` can hang a
    headless run, and swallow errors.

    Args:
        draw: Called with the controls' values by name; returns the figure and one sentence on what it shows.
        **controls: One widget with a `value` per argument of `draw`.

    Returns:
        The box of controls, picture and sentence; its parts are reachable for tests as `children`.
    """
    picture = ipywidgets.Image(format="png", layout=ipywidgets.Layout(max_width="100%"))
    caption = ipywidgets.HTML()

    def redraw(_: object = None) -> str:
        figure, sentence = draw(**{name: control.value for name, control in controls.items()})
        picture.width = str(int(figure.get_figwidth() * 96))
        picture.value = png(figure)
        caption.value = f"<em>{html.escape(sentence)}</em>"
        return sentence

    sentence = redraw()
    for control in controls.values():
        control.observe(redraw, names="value")
    box = ipywidgets.VBox([*controls.values(), picture, caption])
    bundle = box._repr_mimebundle_()
    bundle["text/plain"] = sentence
    bundle["image/png"] = base64.b64encode(picture.value).decode()
    display(bundle, raw=True, metadata={"image/png": {"width": int(picture.width)}})
    return box
