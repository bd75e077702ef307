"""One training of a comparison, from its environment to the score of the frozen agent."""

import platform
from typing import Any, NamedTuple

from dsrl.agents.baselines import Contender
from dsrl.agents.cost import Cost
from dsrl.agents.curves import Curve, Episode
from dsrl.agents.evaluation import EVALUATION_SEED, evaluate, vectorise


class Task(NamedTuple):
    """What agents are compared on."""

    env: str
    game: str | None
    sticky: float | None

    @property
    def title(self) -> str:
        """What it is called, in headings and as a folder."""
        words = [
            self.env.rpartition(":")[2],
            self.game,
            f"sticky-{self.sticky:g}" if self.sticky is not None else "",
        ]
        return "-".join(filter(None, words))

    @property
    def game_name(self) -> str:
        """The name of its game, as published scores have it."""
        return self.game or self.env.rpartition(":")[2].removeprefix("DSRL-").removesuffix("-v0")

    @property
    def keywords(self) -> dict[str, Any]:
        """What its environment is made with."""
        given = {"game": self.game, "repeat_action_probability": self.sticky}
        return {name: value for name, value in given.items() if value is not None}


class Trial(NamedTuple):
    """What is trained, and on what."""

    task: Task
    contender: Contender
    seed: int
    steps: int
    """Agent steps of training."""
    encoder: str | None = None
    """Of symbols; None for that of the contender or the game."""

    @property
    def made_with(self) -> dict[str, Any]:
        """What its environments are made with."""
        encoder = self.contender.encoder or self.encoder
        chosen = {"encoder": encoder} if encoder else {}
        seen = {"stack": self.contender.stack, "observation": self.contender.observation}
        return {"env_id": self.task.env} | seen | self.task.keywords | chosen

    def run(
        self, episodes: int, greedy: bool, title: str, shown: bool
    ) -> tuple[dict[str, Any], list[Episode]]:
        """Return the scores and costs, and the episodes of the training; a bar shows how far it is."""
        env = vectorise(atari=self.contender.network, **self.made_with)
        env.seed(self.seed)
        player = self.contender.build(env, self.seed, self.steps)
        with Curve(self.steps if shown else 0, title) as curve, Cost() as cost:
            player.learn(self.steps, callback=curve)
        env.close()
        env = vectorise(**self.made_with)
        evaluation = evaluate(player, env, episodes, self.seed + EVALUATION_SEED, greedy=greedy)
        env.close()
        found: dict[str, Any] = {"score": evaluation.mean, "training_score": curve.score, **cost.figures}
        found |= {"scores": evaluation.scores, "lengths": evaluation.lengths, "machine": platform.platform()}
        return found, curve.episodes
