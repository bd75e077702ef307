"""The `dsrl` command: finds the verb, loads only its module, and hands the rest of the line to it."""

import sys
from importlib import import_module

from dsrl.scripts.command import run

VERBS = {
    "collect": ("Collect", "play a game and keep its frames"),
    "pretrain": ("Pretrain", "train the encoder of a game: frames to symbols"),
    "examine": ("Examine", "draw and measure what an encoder has learned"),
    "score": ("Score", "measure an encoder on labelled frames"),
    "stability": ("Steadiness", "measure how steady symbols are, step by step"),
    "name": ("Name", "list the kinds of object that an encoder tells apart, and name them"),
    "study": ("Study", "compare encoders over a grid, and write a report"),
    "train": ("Train", "train a symbolic agent, and read the rules that it found"),
    "explain": ("Explain", "let an agent play, and say what it sees, what it does and why"),
    "rules": ("Rules", "find a few rules that play as an agent's tables do, and measure them alone"),
    "transfer": ("Transfer", "train in one environment, test and go on in another"),
    "benchmark": ("Benchmark", "compare agents over seeds, in equal agent steps"),
}
"""Each verb is the module of its name: the class of its options, and what it is for."""

USAGE = "\n".join(
    [
        "usage: dsrl VERB [--help] [options]",
        "",
        *(f"  {verb:<10} {purpose}" for verb, (_, purpose) in VERBS.items()),
        "",
        "`dsrl VERB --help` lists the options of a verb.",
    ]
)


def main() -> None:
    """Run the verb that the command line names."""
    verb, *arguments = sys.argv[1:] or ["--help"]
    if verb in ("-h", "--help"):
        print(USAGE)
    elif verb in VERBS:
        module = import_module(f"dsrl.scripts.{verb}")
        run(getattr(module, VERBS[verb][0]), module.main, arguments, program=f"dsrl {verb}")
    else:
        print(f"dsrl: unknown verb {verb!r}: choose one of {', '.join(VERBS)}\n\n{USAGE}", file=sys.stderr)
        raise SystemExit(2)


if __name__ == "__main__":
    main()
