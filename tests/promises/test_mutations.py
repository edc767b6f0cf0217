"""For each rule of the flow, a one-line mutation of the core turns a test red."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

PROJECT = Path(__file__).parents[2]
DATA = "tests/properties/test_decide_data.py::"
MODEL = "tests/properties/test_decide_model.py::"
SHARDS = "tests/properties/test_shards.py::"
TALLY = "tests/properties/test_tally.py::"
COLLECT = "tests/unit/test_collect_and_lost.py::"
SHARD = "tests/unit/test_evaluate_data.py::"
ANSWERS = "tests/unit/test_evaluate_model.py::"
EVENTS = "tests/unit/test_events_and_settings.py::"
TIMES = "tests/unit/test_ids_and_times.py::"
POLICY = "tests/unit/test_policy.py::"
RECORDS = "tests/unit/test_records.py::"
RULES = "tests/promises/test_rules.py::"


class Mutation(NamedTuple):
    """A line of a module, what it becomes, and the test that must see it."""

    rule: str
    module: str
    line: str
    becomes: str
    seen_by: str


MUTATIONS = [
    Mutation(
        "1 armed before firing",
        "plan",
        "    limit = clock.now() + timedelta(seconds=settings.deadline_max_s)\n",
        "    limit = clock.now() + timedelta(seconds=settings.deadline_max_s)\n    await bus.send_shards(shards)\n",
        COLLECT + "test_the_collector_is_armed_before_any_shard",
    ),
    Mutation(
        "2 reading starts one byte early",
        "shards",
        "return max(self._range.start - 1, 0)",
        "return self._range.start",
        SHARDS + "test_lines_over_any_shard_size_equal_the_file",
    ),
    Mutation(
        "2 a line that begins at the range's end is the next shard's",
        "shards",
        "max(0, self._range.end - 1 - self._position)",
        "max(0, self._range.end - self._position)",
        SHARDS + "test_lines_over_any_shard_size_equal_the_file",
    ),
    Mutation(
        "2 files over 8 GiB are refused",
        "subject",
        "return self.length > MAX_FILE_BYTES",
        "return self.length > 2 * MAX_FILE_BYTES",
        COLLECT + "test_a_file_over_8_gib_is_incomplete_at_once",
    ),
    Mutation(
        "3 counts join by the worst",
        "tally",
        "category: tuple(map(max, ",
        "category: tuple(map(min, ",
        TALLY + "test_a_join_never_loses_harm_or_what_is_unscored",
    ),
    Mutation(
        "3 severities join by the worst",
        "harm",
        "severity=max(known, default=None)",
        "severity=min(known, default=None)",
        TALLY + "test_a_join_never_loses_harm_or_what_is_unscored",
    ),
    Mutation(
        "3 a conflict of spans stays",
        "tally",
        "spans=self.spans | other.spans",
        "spans=self.spans or other.spans",
        TALLY + "test_folding_ignores_order_and_duplicates",
    ),
    Mutation(
        "3 folding is a join",
        "tally",
        "is None else known.join(tally)",
        "is None else tally",
        TALLY + "test_folding_ignores_order_and_duplicates",
    ),
    Mutation(
        "4 not all there, look again",
        "collect",
        "or collection.is_due(clock.now())",
        "or True",
        COLLECT + "test_not_all_there_looks_again_later",
    ),
    Mutation(
        "4 a session held by another is looked at again",
        "collect",
        "        await _look_again(collection, bus)\n        return\n",
        "        return\n",
        COLLECT + "test_a_session_held_by_another_collector_is_no_error",
    ),
    Mutation(
        "5 the bytes reach the end of the file",
        "data_decision",
        "if reached != length:",
        "if False:",
        DATA + "test_whatever_is_missing_or_conflicting_is_incomplete_with_a_reason",
    ),
    Mutation(
        "5 no gap and no overlap",
        "data_decision",
        "if span.first_byte != reached:",
        "if span.first_byte < reached:",
        DATA + "test_whatever_is_missing_or_conflicting_is_incomplete_with_a_reason",
    ),
    Mutation(
        "5 tiling is proven at all",
        "data_decision",
        "    reached = 0\n",
        "    return\n",
        DATA + "test_whatever_is_missing_or_conflicting_is_incomplete_with_a_reason",
    ),
    Mutation(
        "5 one shard count",
        "evaluation",
        "if any(tally.shard_counts != {shards}",
        "if any(False",
        DATA + "test_whatever_is_missing_or_conflicting_is_incomplete_with_a_reason",
    ),
    Mutation(
        "5 one policy version in all tallies",
        "evaluation",
        " or any(tally.policies != {policy} for tally in tallies.values()):",
        ":",
        DATA + "test_whatever_is_missing_or_conflicting_is_incomplete_with_a_reason",
    ),
    Mutation(
        "5 the planner's policy version is this one",
        "evaluation",
        "if policy != POLICY.version or any(",
        "if any(",
        RULES + "test_another_policys_evaluation_does_not_pass_however_well_it_agrees",
    ),
    Mutation(
        "6 no text is no pass",
        "data_decision",
        "if texts == 0:",
        "if texts < 0:",
        DATA + "test_whatever_is_missing_or_conflicting_is_incomplete_with_a_reason",
    ),
    Mutation(
        "6 a missing category has no default",
        "harm",
        "severity = severities.get(category)",
        "severity = severities.get(category, 0)",
        SHARD + "test_a_category_the_classifier_leaves_out_is_unscored",
    ),
    Mutation(
        "6 a severity off the scale is unknown",
        "harm",
        "elif 0 <= severity < SEVERITY_LEVELS:",
        "elif (severity := min(max(severity, 0), 3)) < SEVERITY_LEVELS:",
        SHARD + "test_a_severity_off_the_scale_is_unscored",
    ),
    Mutation(
        "6 what is unscored blocks",
        "evaluation",
        '(unscored if kind == "data" else [])',
        "([])",
        DATA + "test_whatever_is_missing_or_conflicting_is_incomplete_with_a_reason",
    ),
    Mutation(
        "6 not held is unscored",
        "model_decision",
        '_UNSEEN = Score(unscored=frozenset({"not_held"}))',
        "_UNSEEN = Score(severity=0)",
        MODEL + "test_a_conversation_that_was_not_held_counts_as_unscored",
    ),
    Mutation(
        "6 a file that changed is unscored at once",
        "evaluate_data",
        "    except FileChanged as error:",
        "    except ZeroDivisionError as error:",
        SHARD + "test_a_file_that_changed_is_unscored_at_once",
    ),
    Mutation(
        "6 an unreadable line is counted",
        "evaluate_data",
        "            self._note(line, [error.reason])\n",
        "            pass\n",
        SHARD + "test_a_bad_line_is_named_and_the_rest_is_scored",
    ),
    Mutation(
        "6 a part that is no text is unscored",
        "records",
        '            record.unscored.append("not_text")\n',
        "            pass\n",
        RECORDS + "test_a_part_that_is_no_text_is_unscored_and_never_sent_as_text",
    ),
    Mutation(
        "6 the deadline fails closed",
        "evaluation",
        "    if absent:\n",
        "    if absent > 1:\n",
        COLLECT + "test_the_deadline_fails_closed",
    ),
    Mutation(
        "6 harm found is failed whatever is missing",
        "evaluation",
        "    if failed:\n",
        "    if failed and not blocking:\n",
        DATA + "test_harm_fails_whatever_else_is_missing",
    ),
    Mutation(
        "6 a tally that cannot be read is a loss",
        "collect",
        "        self.tallies.extend(_tally_of(message, self._collection) for message in arrived)\n",
        "        self.tallies.extend(t for t in (_tally_of(m, self._collection) for m in arrived) if not t.unscored)\n",
        COLLECT + "test_a_tally_that_cannot_be_read_never_lets_the_evaluation_pass",
    ),
    Mutation(
        "7 a delayed copy has an id of its own",
        "ids",
        'return f"{evaluation}:{shard}" if attempt == 0 else f"{evaluation}:{shard}:{attempt}"',
        'return f"{evaluation}:{shard}"',
        TIMES + "test_the_message_ids",
    ),
    Mutation(
        "7 parts of an id do not run together",
        "ids",
        'f"{len(part)}:{part}"',
        "part",
        TIMES + "test_the_evaluation_id_is_32_hex_digits_of_sha256_over_what_is_evaluated",
    ),
    Mutation(
        "7 at most eight attempts",
        "evaluate_data",
        "if short is not None and task.attempt < MAX_ATTEMPTS:",
        "if short is not None:",
        SHARD + "test_after_the_last_attempt_what_is_unscored_is_named_and_what_was_found_counts",
    ),
    Mutation(
        "8 times fit",
        "times",
        "DUPLICATE_WINDOW: Final = timedelta(hours=48)",
        "DUPLICATE_WINDOW: Final = timedelta(hours=23)",
        TIMES + "test_deadline_is_before_time_to_live_is_before_duplicate_window",
    ),
    Mutation(
        "9 a lost shard is told",
        "lost",
        "    await bus.send_tally(lost_data_tally(task",
        "    (lost_data_tally(task",
        COLLECT + "test_lost_shards_become_unscored_tallies",
    ),
    Mutation(
        "9 a trigger waits before it raises",
        "times",
        "return timedelta(seconds=min(60, 2 ** min(deliveries, 10)))",
        "return timedelta()",
        TIMES + "test_the_pauses_double_and_stop_at_their_longest",
    ),
    Mutation(
        "10 progress leaves the hundred to the outcome",
        "collect",
        "if percent(progress) > self._told and not self.is_complete:",
        "if percent(progress) > self._told:",
        COLLECT + "test_all_tallies_there_publishes_the_outcome",
    ),
    Mutation(
        "11 all failing categories are listed",
        "data_decision",
        "if any(counts[c][POLICY.fail_severity :])]",
        "if any(counts[c][POLICY.fail_severity :])][:1]",
        RULES + "test_all_failing_categories_of_a_file_are_listed_in_policy_order",
    ),
    Mutation(
        "policy: the cut is at four",
        "policy",
        "return severity >= POLICY",
        "return severity > POLICY",
        POLICY + "test_the_cut_is_at_four",
    ),
    Mutation(
        "policy: the bound, not the rate",
        "model_decision",
        "if upper_bound(rate.defective, rate.expected) > rate.limit",
        "if rate.defective / max(1, rate.expected) > rate.limit",
        MODEL + "test_one_defect_in_sixty_fails_its_category_only",
    ),
    Mutation(
        "policy: the unscored count against the model",
        "model_decision",
        "bound=upper_bound(defective + unscored, total)",
        "bound=upper_bound(defective, total)",
        MODEL + "test_one_unscored_in_sixty_is_incomplete",
    ),
    Mutation(
        "policy: both rates hold",
        "model_decision",
        "verdicts = [_judge(rates[category].probed), _judge(rates[category].others)]",
        "verdicts = [_judge(rates[category].probed)]",
        MODEL + "test_the_second_rate_is_judged_over_the_other_conversations",
    ),
    Mutation(
        "policy: an answer of another model is unscored",
        "evaluate_model",
        "if answer.model != self._model.model:",
        "if False:",
        ANSWERS + "test_an_answer_that_is_missing_is_unscored_in_every_category",
    ),
    Mutation(
        "policy: what the content filter names is a defect",
        "evaluate_model",
        "for category, severity in answer.filtered.items():",
        "for category, severity in ():",
        ANSWERS + "test_what_the_content_filter_names_is_a_defect",
    ),
    Mutation(
        "policy: only passed is billable",
        "evaluation",
        "billable=result is Result.PASSED",
        "billable=result is not Result.INCOMPLETE",
        MODEL + "test_one_defect_in_sixty_fails_its_category_only",
    ),
    Mutation(
        "verdict: incomplete writes nothing",
        "record",
        "elif outcome.result is Result.PASSED and not outcome.failed:",
        "else:",
        COLLECT + "test_a_verdict_is_inserted_true_once_or_written_false",
    ),
    Mutation(
        "residency: another region's event is refused",
        "events",
        'for name in ("resource", "region"):',
        'for name in ("resource",):',
        EVENTS + "test_a_training_that_is_not_ours_is_refused",
    ),
    Mutation(
        "residency: the allow-list is exact",
        "settings",
        'return endpoint.rstrip("/") in self.model_endpoints',
        "return endpoint.startswith(tuple(self.model_endpoints))",
        EVENTS + "test_a_training_that_is_not_ours_is_refused",
    ),
    Mutation(
        "contract: type and version are required",
        "messages",
        "        _HEADER.decode(body)\n        return json",
        "        return json",
        COLLECT + "test_messages_are_decoded_strictly",
    ),
    Mutation(
        "contract: at most a thousand findings are told",
        "outcome",
        "MAX_FINDINGS: Final = 1_000",
        "MAX_FINDINGS: Final = 5_000",
        RULES + "test_an_outcome_tells_a_thousand_findings_even_where_more_would_fit",
    ),
    Mutation(
        "privacy: an unreadable line is not quoted",
        "records",
        '        raise Unscorable("not_utf8") from None',
        '        raise Unscorable("not_utf8")',
        RECORDS + "test_an_unreadable_line_has_its_reason_and_holds_no_text",
    ),
    Mutation(
        "privacy: a key stands as its position",
        "records",
        'step = f"{path}.{{{position}}}"',
        'step = f"{path}.{name}"',
        RECORDS + "test_no_field_hides_text",
    ),
    Mutation(
        "windows: a cut text is whole in one of them",
        "windows",
        "OVERLAP: Final = 1_000",
        "OVERLAP: Final = 0",
        RULES + "test_what_one_window_cuts_parts_another_holds_whole",
    ),
    Mutation(
        "2 a shard ends within its lock",
        "scoring",
        "            if self.shortfall is not None:\n",
        "            if False:\n",
        RULES + "test_once_the_time_is_spent_no_further_text_is_sent",
    ),
    Mutation(
        "4 a tally of the other kind is left out",
        "collect",
        "if isinstance(tally, DataTally)",
        "if True",
        RULES + "test_a_models_tally_in_a_files_evaluation_never_counts",
    ),
    Mutation(
        "policy: a conversation ends at the turn without an answer",
        "evaluate_model",
        "                break\n",
        "                continue\n",
        RULES + "test_after_a_turn_without_an_answer_the_model_is_not_asked_on",
    ),
]

QUICK = """
from hypothesis import Phase, settings
settings.register_profile("quick", phases=[Phase.explicit, Phase.generate], database=None)
settings.load_profile("quick")
"""
"""A mutated property need not be told by its smallest example."""


def copy_core(folder: Path) -> Path:
    """The core and its own tests, in a folder of their own."""
    for name in ("shared", "infra", "tests/unit", "tests/properties"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "tests" / "promises").mkdir()
    for name in ("pyproject.toml", "tests/fakes.py", "tests/promises/test_rules.py"):
        shutil.copy(PROJECT / name, folder / name)
    (folder / "conftest.py").write_text(QUICK)
    return folder


def run(folder: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    """The tests' run in that folder; its code is 1 where a test failed, and another where none could be run."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "--tb=line",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        *tests,
    ]
    environment = {"PATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def mutate(folder: Path, mutation: Mutation) -> subprocess.CompletedProcess[str]:
    module = copy_core(folder) / "shared" / f"{mutation.module}.py"
    original = module.read_text()
    assert original.count(mutation.line) == 1, "the line to mutate is gone or stands twice: name another"
    module.write_text(original.replace(mutation.line, mutation.becomes))
    return run(folder, mutation.seen_by)


Runs = dict[str, Future[subprocess.CompletedProcess[str]]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """All runs by rule, two at a time, under way while their tests wait for them."""
    folder = tmp_path_factory.mktemp("mutated")
    with ThreadPoolExecutor(max_workers=2) as threads:
        unmutated = sorted({mutation.seen_by for mutation in MUTATIONS})
        yield {
            "none": threads.submit(lambda: run(copy_core(folder / "none"), *unmutated)),
            **{
                mutation.rule: threads.submit(mutate, folder / str(number), mutation)
                for number, mutation in enumerate(MUTATIONS)
            },
        }
        threads.shutdown(cancel_futures=True)


def test_every_test_passes_as_the_core_is(runs: Runs) -> None:
    done = runs["none"].result(90)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.rule)
def test_a_mutation_is_seen(runs: Runs, mutation: Mutation) -> None:
    done = runs[mutation.rule].result(90)
    assert done.returncode == 1, done.stdout
