"""Timer triggers and their schedules."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from local.host.ncrontab import Schedule
from tests.host.serving import Host

SECOND = timedelta(seconds=1)
CLOCKS_DIFFER = timedelta(milliseconds=50)
"""The clock that is slept by and the one that is read."""


def test_a_timer_fires_on_its_schedule(served: Host) -> None:
    """No run before its second, and none for a second that had its run; how late one may be is up to the machine."""
    facts = served.wait_for("every_second", count=3)
    following = [datetime.fromisoformat(fact["status"]["Next"]) for fact in facts]
    assert all(moment.microsecond == 0 for moment in following)
    assert all(later - earlier >= SECOND for earlier, later in pairwise(following))
    runs = [datetime.fromtimestamp(fact["by_the_clock"], UTC) for fact in facts]
    assert all(run >= moment - SECOND - CLOCKS_DIFFER for run, moment in zip(runs, following, strict=True))
    assert facts[0]["past_due"] is False
    assert facts[0]["schedule"] == {"AdjustForDST": True}
    assert set(facts[0]["status"]) == {"Last", "LastUpdated", "Next"}


def test_run_on_startup_runs_once(served: Host) -> None:
    served.wait_for("every_second", count=2)
    assert [fact["past_due"] for fact in served.recorded("at_start")] == [False]


@pytest.mark.parametrize(
    ("schedule", "after", "expected"),
    [
        ("0 */5 * * * *", "2026-11-21T10:02:30", "2026-11-21T10:05:00"),
        ("0 0 * * * *", "2026-11-21T10:00:00", "2026-11-21T11:00:00"),
        ("30 59 23 31 12 *", "2026-01-01T00:00:00", "2026-12-31T23:59:30"),
        ("0 30 9 * * 1-5", "2026-11-20T09:30:00", "2026-11-23T09:30:00"),  # a Friday, then a Monday
        ("0 30 9 * * Mon-Fri", "2026-11-21T00:00:00", "2026-11-23T09:30:00"),
        ("0 0 0 29 2 *", "2026-01-01T00:00:00", "2028-02-29T00:00:00"),
        ("0 0 0 13 * 5", "2026-01-01T00:00:00", "2026-02-13T00:00:00"),  # both days must match
        ("10-30/10,55 * * * * *", "2026-01-01T00:00:30", "2026-01-01T00:00:55"),
        ("0 0 12 1 jan,Jul *", "2026-02-01T00:00:00", "2026-07-01T12:00:00"),
        ("*/5 * * * *", "2026-11-21T10:02:30", "2026-11-21T10:05:00"),  # five fields: no seconds
    ],
)
def test_the_next_time(schedule: str, after: str, expected: str) -> None:
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    found = Schedule.parse(schedule).after(moment)
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_day_that_never_comes() -> None:
    assert Schedule.parse("0 0 0 30 2 *").after(datetime(2026, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    "schedule",
    [
        *("", "* * * *", "60 * * * * *", "* * 24 * * *", "* * * 0 * *", "* * * * 13 *", "* * * * * 7"),
        *("*/0 * * * * *", "5-1 * * * * *", "a * * * * *", "*-5 * * * * *", "1,, * * * * *", "00:05:00"),
    ],
)
def test_what_is_no_schedule(schedule: str) -> None:
    with pytest.raises(ValueError, match=r"is no "):
        Schedule.parse(schedule)
