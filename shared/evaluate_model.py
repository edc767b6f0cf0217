"""Evaluate a model shard: hold conversations with the tuned model, score every answer, send one tally."""

import asyncio
from collections import Counter
from collections.abc import Container, Iterable
from typing import Final

from msgspec.structs import replace

from shared.answers import score_answer
from shared.errors import Unavailable, Unscorable
from shared.harm import Score, Scores, unscored, worst
from shared.messages import EvaluateModelShard
from shared.policy import is_defect
from shared.ports import Answer, Bus, ChatModel, Classifier, Clock, Turn
from shared.scenario_set import ScenarioSet
from shared.scenarios import Scenario
from shared.scenarios.encoding import MARKED
from shared.scoring import Budget, Scorer
from shared.stance import Stance, stance_of
from shared.tally import AnswerFinding, Conversation, ModelTally, fit
from shared.times import MAX_ATTEMPTS, SHARD_BUDGET, attempt_delay

CONVERSATIONS_IN_FLIGHT: Final = 4
_CUT_SHORT: Final = "attempts_exhausted"


async def evaluate_model_shard(
    task: EvaluateModelShard,
    *,
    chat: ChatModel,
    classifier: Classifier,
    bus: Bus,
    clock: Clock,
    scenarios: ScenarioSet,
) -> None:
    """Send the shard's tally or, where a service is away and attempts are left, a delayed copy of the task.

    The copy carries what was found and names only the conversations that were cut short: whatever a model answers
    the next time, nothing it has said is forgotten.
    """
    budget = Budget(clock, until=clock.now() + SHARD_BUDGET)
    interviewer = _Interviewer(task, chat, Scorer(classifier, budget), budget, scenarios.benign)
    slots = asyncio.Semaphore(CONVERSATIONS_IN_FLIGHT)
    conversations: dict[str, Conversation] = {}

    def turns(name: str) -> int:
        scenario = scenarios.find(name)
        return 0 if scenario is None else len(scenario.turns)

    async def hold(name: str) -> None:
        async with slots:
            scenario = scenarios.find(name)
            scores = unscored("scenario_unknown") if scenario is None else await interviewer.hold(scenario)
            conversations[name] = dict(scores)

    async with asyncio.TaskGroup() as group:
        # The longest first: begun last, it would be held alone at the end.
        for name in sorted(task.scenarios, key=turns, reverse=True):
            group.create_task(hold(name))
    short = tuple(name for name in task.scenarios if _is_cut_short(conversations[name]))
    again = bool(short) and task.attempt < MAX_ATTEMPTS
    if again:
        conversations |= {name: _seen(conversations[name]) for name in short}
    tally = ModelTally(
        evaluation=task.evaluation,
        shard=task.shard,
        shard_counts=frozenset({task.shards}),
        classifiers=frozenset(interviewer.classifiers),
        conversations=conversations,
        refused=frozenset(interviewer.refused & scenarios.benign.keys()),
        findings=tuple(sorted(interviewer.findings)),
    )
    if task.so_far is not None:
        tally = tally.join(task.so_far)
    tally = fit(replace(tally, unscored=_reasons(tally.conversations.values())))
    if again:
        wait_s = interviewer.shortfall.retry_after_s if interviewer.shortfall is not None else 0
        copy = replace(task, attempt=task.attempt + 1, scenarios=short, so_far=tally)
        await bus.send_shards([copy], delay_s=attempt_delay(task.attempt, wait_s).total_seconds())
    else:
        await bus.send_tally(tally)


def _is_cut_short(scores: Scores) -> bool:
    return any(_CUT_SHORT in score.unscored for score in scores.values())


def _seen(scores: Scores) -> Conversation:
    """What was seen of a conversation before it was cut short, which alone is forgotten."""
    return {
        category: Score(severity=score.severity, unscored=score.unscored - {_CUT_SHORT})
        for category, score in scores.items()
    }


def _reasons(conversations: Iterable[Scores]) -> dict[str, int]:
    """In how many conversations each reason left something unscored."""
    return dict(
        Counter(
            reason
            for scores in conversations
            for reason in frozenset().union(*(score.unscored for score in scores.values()))
        )
    )


class _Interviewer:
    """Holds conversations and scores the answers; the probes are never scored."""

    def __init__(
        self,
        task: EvaluateModelShard,
        chat: ChatModel,
        scorer: Scorer,
        budget: Budget,
        benign: Container[str],
    ) -> None:
        model = task.model
        self._asked = replace(model, deployment=model.base_deployment) if task.base else model
        # Of its base an event names the deployment alone: what model answers there is not known.
        self._expected = None if task.base else model.model
        self._chat = chat
        self._scorer = scorer
        self._budget = budget
        self._benign = benign
        self._shortfall: Unavailable | None = None
        self.findings: list[AnswerFinding] = []
        self.refused: set[str] = set()

    @property
    def shortfall(self) -> Unavailable | None:
        return self._shortfall or self._scorer.shortfall

    @property
    def classifiers(self) -> set[str]:
        return self._scorer.classifiers

    async def hold(self, scenario: Scenario) -> Scores:
        """The worst scores over the conversation's answers; it ends at the first turn that has no answer."""
        turns: list[Turn] = []
        all_scores: list[Scores] = []
        stance = Stance.COMPLIED
        for number in range(len(scenario.turns)):
            turns.append(Turn(role="user", content=scenario.probe(number, stance)))
            try:
                answer = await self._ask(turns)
            except Unscorable as error:
                all_scores.append(unscored(error.reason))
                break
            probes = [*_plain(scenario), *(turn.content for turn in turns if turn.role == "user")]
            scores = await self._score(answer, probes)
            self._note(scenario, number, scores)
            all_scores.append(scores)
            turns.append(Turn(role="assistant", content=answer.text))
            if number + 1 < len(scenario.turns) or scenario.id in self._benign:
                stance = stance_of(answer.text)
                if stance is Stance.REFUSED and not (answer.withheld or answer.obscure):
                    self.refused.add(scenario.id)
        return worst(all_scores)

    async def _ask(self, turns: list[Turn]) -> Answer:
        if self.shortfall is not None:
            raise Unscorable(_CUT_SHORT)
        try:
            answer = await self._budget.spend(lambda: self._request(turns))
        except Unavailable as error:
            self._shortfall = error
            raise Unscorable(_CUT_SHORT) from None
        if self._expected not in (None, answer.model):
            raise Unscorable("model_mismatch")
        return answer

    async def _request(self, turns: list[Turn]) -> Answer:
        return await self._chat.answer(self._asked, turns)

    async def _score(self, answer: Answer, probes: list[str]) -> Scores:
        """The answer's scores, raised to what the endpoint's content filter named in it."""
        if answer.text.strip():
            scores = dict(await score_answer(answer.text, probes, self._scorer))
        elif answer.filtered:
            scores = dict(unscored("answer_withheld"))
        else:
            scores = dict(
                unscored("answer_withheld" if answer.withheld or answer.obscure else "answer_empty")
            )
        named = any(is_defect(severity) for severity in answer.filtered.values())
        for category, severity in answer.filtered.items():
            scores[category] = scores[category].join(Score(severity=severity))
        if answer.obscure or (answer.withheld and not named):
            # What was withheld, or what a mark stands for, nobody has scored.
            return worst([scores, unscored("answer_withheld")])
        return scores

    def _note(self, scenario: Scenario, turn: int, scores: Scores) -> None:
        self.findings.extend(
            AnswerFinding(scenario.id, turn, category, score.severity)
            for category, score in scores.items()
            if score.severity is not None and is_defect(score.severity)
        )


def _plain(scenario: Scenario) -> list[str]:
    """What the user may say, before it is encoded: an answer in plain language quotes that."""
    return [MARKED.sub(r"\1", text) for text in scenario.texts()]
