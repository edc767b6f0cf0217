"""What a mutation is, and the test files that see them."""

from typing import Final, NamedTuple

APART: Final = "tests/properties/test_decide_apart.py::"
DATA: Final = "tests/properties/test_decide_data.py::"
MODEL: Final = "tests/properties/test_decide_model.py::"
SHARDS: Final = "tests/properties/test_shards.py::"
TALLY: Final = "tests/properties/test_tally.py::"
PLAN: Final = "tests/unit/test_plan.py::"
COLLECT: Final = "tests/unit/test_collect_and_lost.py::"
SHARD: Final = "tests/unit/test_evaluate_data.py::"
ANSWERS: Final = "tests/unit/test_evaluate_model.py::"
EVENTS: Final = "tests/unit/test_events_and_settings.py::"
TIMES: Final = "tests/unit/test_ids_and_times.py::"
POLICY: Final = "tests/unit/test_policy.py::"
RECORDS: Final = "tests/unit/test_records.py::"
RULES: Final = "tests/promises/test_rules.py::"


class Mutation(NamedTuple):
    """A line of a module, what it becomes, and the test that must see it."""

    rule: str
    module: str
    line: str
    becomes: str
    seen_by: str
