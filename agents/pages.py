"""A report of headings, paragraphs, tables and pictures, as Markdown and as one HTML file without links."""

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

from dsrl.files import write_bytes


class Heading(NamedTuple):
    """A title of level 1 or 2."""

    text: str
    level: int = 2


class Paragraph(NamedTuple):
    """Plain text."""

    text: str


class Code(NamedTuple):
    """A command to copy."""

    text: str


class Table(NamedTuple):
    """Rows of text under columns; the first column is on the left, the others on the right."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


class Picture(NamedTuple):
    """A PNG; Markdown links to the file, HTML has it inside."""

    file: str
    png: bytes
    text: str


Block = Heading | Paragraph | Code | Table | Picture

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 66rem; margin: 2rem auto;
  padding: 0 1rem; color: #222 }
h1, h2 { line-height: 1.2 } h2 { margin-top: 2.5rem; border-bottom: 1px solid #ddd; padding-bottom: .3rem }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; white-space: nowrap }
th, td { padding: .3rem .7rem; text-align: right; border-bottom: 1px solid #e5e5e5 }
th:first-child, td:first-child { text-align: left } thead th { border-bottom: 2px solid #888 }
.note { color: #666; font-size: .85rem; margin-top: .3rem }
pre { background: #f6f6f6; padding: .7rem; overflow-x: auto } img { max-width: 100%; height: auto }
"""


def write_page(folder: Path, name: str, blocks: Sequence[Block]) -> None:
    """Write `<name>.md` with its pictures beside it, and `<name>.html`, which needs no other file."""
    for block in blocks:
        if isinstance(block, Picture):
            write_bytes(folder / block.file, block.png)
    write_bytes(folder / f"{name}.md", markdown(blocks).encode())
    write_bytes(folder / f"{name}.html", html(blocks).encode())


def markdown(blocks: Sequence[Block]) -> str:
    """Return the report as Markdown.

    >>> print(markdown([Heading("Pong", 1), Table(["agent", "score"], [["ours", "9.1"]])]), end="")
    # Pong
    <BLANKLINE>
    | agent | score |
    |:--|--:|
    | ours | 9.1 |
    """
    return "\n\n".join(map(_markdown, blocks)) + "\n"


def _markdown(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {text}"
        case Paragraph(text):
            return text
        case Code(text):
            return f"```bash\n{text}\n```"
        case Picture(file, _, text):
            return f"![{text}]({file})"
        case Table(columns, rows, note):
            head = [columns, [":--", *["--:"] * (len(columns) - 1)]]
            lines = [f"| {' | '.join(map(_cell, row))} |" for row in [*head, *rows]]
            lines[1] = f"|{'|'.join(head[1])}|"
            return "\n".join(lines) + (f"\n\n{note}" if note else "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def html(blocks: Sequence[Block]) -> str:
    """Return the report as one HTML document; its title is that of the first heading."""
    title = next((block.text for block in blocks if isinstance(block, Heading)), "")
    body = "\n".join(map(_html, blocks))
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f'<meta name="viewport" content="width=device-width">\n<style>{STYLE}</style>\n{body}\n</html>\n'
    )


def _html(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"<h{level}>{escape(text)}</h{level}>"
        case Paragraph(text):
            return f"<p>{escape(text)}</p>"
        case Code(text):
            return f"<pre>{escape(text)}</pre>"
        case Picture(_, png, text):
            data = base64.b64encode(png).decode()
            return f'<p><img alt="{escape(text)}" src="data:image/png;base64,{data}"></p>'
        case Table(columns, rows, note):
            head = "".join(f"<th>{escape(name)}</th>" for name in columns)
            lines = ["".join(f"<td>{escape(each)}</td>" for each in row) for row in rows]
            body = "\n".join(f"<tr>{line}</tr>" for line in lines)
            below = f'<p class="note">{escape(note)}</p>' if note else ""
            table = f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"
            return f'<div class="wide">{table}</div>{below}'
