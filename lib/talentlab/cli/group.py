"""A group of commands that speaks the reader's language in its help and its errors. `cli` gathers them."""

import copy
import inspect
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import Any, NoReturn, TextIO, cast

import click

from talentlab import language
from talentlab.errors import RunFailedError, TalentLabError
from talentlab.escaping import terminal_text
from talentlab.language import spoken, tr

# What click itself says, by form, for the catalogue.
CLICK_SENTENCES = (
    "No such option {1}.", "No such command {1}.", "Did you mean {1}?", "(Did you mean one of: {1}?)",
    "Missing command.", "Missing argument {1}.", "Missing option {1}.", "Invalid value: {1}",
    "Invalid value for {1}: {2}", "{1} is not a valid integer range.", "{1} is not a valid integer.",
    "{1} is not a valid float.", "{1} is not a valid float range.", "{1} is not in the range {2}.",
    "{1} is not one of {2}.", "File {1} does not exist.", "File {1} is a directory.", "Directory {1} is a file.",
    "Option {1} requires an argument.", "Option {1} does not take a value.", "Got unexpected extra argument ({1})",
    "Got unexpected extra arguments ({1})", "Show this message and exit.", "Positional arguments",
)  # fmt: skip
_WIDE, _FILLER = re.compile(r"([⺀-￯])"), "\u2060"  # a Chinese character takes two columns; click counts one

FAILED, USAGE, INTERRUPTED = 1, 2, 130  # exit codes: a run failed, anything else that is wrong, Ctrl-C


class Group(click.Group):
    """Errors of the kit are one clear message and an exit code, never a traceback."""

    group_class = type

    def main(self, *arguments: Any, **settings: Any) -> Any:
        """Run the command line in the language of the reader."""
        before = os.environ.get(language.VARIABLE)
        os.environ[language.VARIABLE] = language.of_the_reader()
        try:
            return click.Group.main(_spoken(self), *arguments, **settings)
        finally:  # whoever calls it from Python keeps a language of their own
            if before is None:
                del os.environ[language.VARIABLE]
            else:
                os.environ[language.VARIABLE] = before

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command, its help in the reader's language."""
        command = super().get_command(ctx, cmd_name)
        return command and _spoken(command)

    def make_context(self, *arguments: Any, **settings: Any) -> click.Context:
        """The options and arguments read; a wrong one is named in the reader's language."""
        with _usage_errors():
            return super().make_context(*arguments, **settings)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; its errors end it. What it prints of data holds no orders to the terminal."""
        try:
            with _usage_errors(), redirect_stdout(cast(TextIO, _Shown(sys.stdout))):
                return super().invoke(ctx)
        except RunFailedError as error:
            _end(str(error), FAILED)
        except TalentLabError as error:
            _end(str(error))
        except BrokenPipeError:  # the reader of our output went away: click ends in silence
            raise
        except OSError as error:  # a full disk, a folder that cannot be written
            what = f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}\n"
            _end(what + tr(
                "  expected: files and folders that can be read and written, and room on the disk\n"
                "  what to do: correct that and give the command again; what was finished is kept."
            ))  # fmt: skip


@contextmanager
def interruptible(kept: str) -> Iterator[None]:
    """Ctrl-C ends the command with a word on what is kept and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        click.secho(tr("stopped: {kept}", kept=kept), fg="red", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None


class _Shown:
    """A stream to which no control sequences pass."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(terminal_text(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _end(message: str, code: int = USAGE) -> NoReturn:
    click.secho(tr("error: {message}", message=terminal_text(message)), fg="red", err=True)
    raise click.exceptions.Exit(code)


@contextmanager
def _usage_errors() -> Iterator[None]:
    """Click's own errors, which it would say in English."""
    try:
        yield
    except click.UsageError as error:
        if language.current() == "en":
            raise
        if error.ctx:
            hint = tr("Try '{command} --help' for help.", command=error.ctx.command_path)
            click.echo(f"{error.ctx.get_usage()}\n{hint}\n", err=True)
        _end(spoken(error.format_message()))


def _spoken(command: click.Command) -> click.Command:
    """A copy of a command whose help is in the reader's language; in English the command itself."""
    if language.current() == "en":
        return command
    twin = copy.copy(command)
    twin.context_class = _Context
    parts = [spoken(part) for part in inspect.cleandoc(command.help or "").split("\n\n")]
    twin.help, twin.short_help = _filled("\n\n".join(parts)), _filled(re.split("[：；。]", parts[0])[0])
    return twin


def _filled(text: str) -> str:
    return _WIDE.sub(rf"{_FILLER}\1", text)


class _Formatter(click.HelpFormatter):
    """Help whose words that click adds are Chinese, in lines as wide as they look."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, tr("Usage: "))

    def write_heading(self, heading: str) -> None:
        super().write_heading({"Options": tr("Options"), "Commands": tr("Commands")}.get(heading, spoken(heading)))

    def write_dl(self, rows: Iterable[Sequence[str]], *arguments: Any, **settings: Any) -> None:
        super().write_dl([(name, _filled(_about_option(text))) for name, text in rows], *arguments, **settings)

    def getvalue(self) -> str:
        return super().getvalue().replace(_FILLER, "")


class _Context(click.Context):
    formatter_class = _Formatter


def _about_option(text: str) -> str:
    """An option's help and what click adds to it: `Trials of --bayes.  [default: 30; x>=1]`."""
    said, _, added = (
        text.rpartition("  [") if "  [" in text else ("", "", text[1:]) if text[:1] == "[" else (text, "", "")
    )
    added = added.replace("default: ", "默认：").replace("required", "必填").replace("; ", "；")
    return spoken(said) + f"{'  ' if said else ''}[{added}" * bool(added)
