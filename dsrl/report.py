"""A study as a page that stands alone: HTML with its pictures inside, from results that were measured."""

import base64
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from dsrl.summaries import Result, Table


@dataclass(frozen=True)
class Picture:
    """A PNG file under which stands what it shows and which command draws it."""

    png: bytes
    caption: str
    command: str = ""

    @property
    def base64(self) -> str:
        """The file as a page holds it."""
        return base64.b64encode(self.png).decode()


@dataclass(frozen=True)
class Gallery:
    """Pictures that are folded away under a title."""

    title: str
    pictures: Sequence[Picture]


@dataclass(frozen=True)
class Chapter:
    """One part of a study: its question, and what answers it."""

    title: str
    question: str
    words: Sequence[str] = ()
    tables: Sequence[Table] = ()
    pictures: Sequence[Picture] = ()
    galleries: Sequence[Gallery] = ()


@dataclass(frozen=True)
class Report:
    """The whole of a study."""

    title: str
    lead: str
    command: str
    chapters: Sequence[Chapter]
    trainings: Sequence[Result]
    answer: Sequence[str] = field(default_factory=tuple)


def render(report: Report) -> str:
    """Return the page; everything that is not ours is escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = environment.from_string((files("dsrl") / "report.html").read_text(encoding="utf-8"))
    return template.render(
        title=report.title,
        lead=report.lead,
        command=report.command,
        parts=report.chapters,
        trainings=report.trainings,
        answer=report.answer,
    )


def to_csv(rows: Sequence[Result]) -> bytes:
    """Return rows of figures as CSV; the columns are those of any row, and what a row lacks is empty."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
