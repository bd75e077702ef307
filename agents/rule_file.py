"""Rules as text, to be read and written by a person.

    seen from paddle
    forbid FIRE
    prefer LEFT when ball.right < -4 and ball.below >= -40  # what follows this sign is not read
    prefer RIGHT when ball.right > 4
    prefer FIRE when ball is absent

One rule a line, the first ones first, as `dsrl.agents.decision_list` plays them: FIRE is never played here.
Names of more than one word stand between quotes. `dsrl.agents.view` has the measures.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from dsrl.agents.decision_list import Condition, DecisionList, Instruction, quoted
from dsrl.agents.rules import Names
from dsrl.agents.sight import oldest_row
from dsrl.agents.view import OwnRow, View
from dsrl.errors import ConfigError

NAME = r'"[^"]+"|[\w-]+'
RULE = re.compile(rf"(?P<effect>prefer|forbid)\s+(?P<action>{NAME})(?:\s+when\s+(?P<conditions>.+))?")
FROM = re.compile(rf"seen\s+from\s+(?P<kind>{NAME})")
NUMBER = r"[-+]?\d+(?:\.\d+)?"
CONDITION = re.compile(
    rf"(?P<subject>{NAME})(?:\.(?P<measure>\w+)\s*(?P<sign>[<>]=?)\s*(?P<number>{NUMBER})"
    r"|\s+is\s+(?P<presence>there|absent))"
)
LINE = re.compile(r'(?:"[^"]*"|[^"#])*')
"""A line up to its comment; the sign of comments may stand in a name between quotes."""
AND = re.compile(r'\s+and\s+(?=(?:[^"]*"[^"]*")*[^"]*$)')
"""Between conditions, but not inside a name between quotes."""


def read_rules(
    path: Path | str, names: Names, controlled: int | None = None, own_row: OwnRow = oldest_row
) -> DecisionList:
    """Return the rules that a file has; `parse` has their form and the errors.

    Raises:
        ConfigError: the file cannot be read, or a line is wrong; the message names it.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"{path} cannot be read as rules ({error}): give a text file") from error
    return parse(text, names, controlled, own_row, source=str(path))


def parse(
    text: str,
    names: Names,
    controlled: int | None = None,
    own_row: OwnRow = oldest_row,
    source: str = "rules",
) -> DecisionList:
    """Return the rules that a text has, seen from the kind that it names, else from `controlled`.

    Of several objects of that kind, `own_row` tells which one is meant.

    >>> names = Names(actions=["NOOP", "LEFT"], kinds=["paddle", "ball"])
    >>> rules = parse("prefer LEFT when ball.right < -4 and ball is there # hits", names, controlled=0)
    >>> print(rules, end="")
    seen from paddle
    prefer LEFT when ball.right < -4 and ball is there

    Raises:
        ConfigError: a line is wrong, or no kind is named to see from; the message names source and line.
    """
    rules: list[Instruction] = []
    view = None if controlled is None else View(controlled, names, own_row)
    for number, line in enumerate(text.splitlines(), start=1):
        content, where = LINE.match(line).group().strip(), f"{source}, line {number}"  # type: ignore[union-attr]
        if seen_from := FROM.fullmatch(content):
            view = View(_named(seen_from["kind"], names.kinds, "kind", where), names, own_row)
        elif content and view is None:
            known = ", ".join(map(quoted, names.kinds))
            raise ConfigError(
                f"{where}: nothing says what to see from: begin with `seen from KIND`, which may be {known}"
            )
        elif content and view is not None:
            rules.append(_instruction(content, view, names, where))
    if view is None:
        raise ConfigError(f"{source} has no rules: begin with `seen from KIND`")
    return DecisionList(view, names, rules)


def _instruction(content: str, view: View, names: Names, where: str) -> Instruction:
    found = RULE.fullmatch(content)
    if found is None:
        raise ConfigError(
            f"{where}: {content!r} is no rule: write `prefer ACTION` or `forbid ACTION`, `when CONDITIONS`"
        )
    action = _named(found["action"], names.actions, "action", where)
    parts = AND.split(found["conditions"]) if found["conditions"] else []
    return Instruction(
        action, tuple(_condition(part, view, where) for part in parts), found["effect"] == "prefer"
    )


def _condition(part: str, view: View, where: str) -> Condition:
    found = CONDITION.fullmatch(part)
    if found is None:
        raise ConfigError(
            f"{where}: {part!r} is no condition: write `ball.right < -4`, `ball is there` or `ball is absent`"
        )
    subject = view.subjects[_named(found["subject"], view.subjects, "object", where)]
    measures = [measure for name, measure in view.columns if name == subject]
    first = view.columns.index((subject, measures[0]))
    if found["presence"]:
        return Condition(first, found["presence"])
    offset = _named(found["measure"], measures, f"measure of {subject}", where)
    return Condition(first + offset, found["sign"], float(found["number"]))


def _named(word: str, known: Sequence[str], what: str, where: str) -> int:
    """Return which of the names known a word is, with or without its quotes."""
    name = word.strip('"')
    if name not in known:
        raise ConfigError(f"{where}: unknown {what} {name!r}: choose one of {', '.join(map(quoted, known))}")
    return list(known).index(name)
