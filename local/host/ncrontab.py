"""NCRONTAB: `{second} {minute} {hour} {day} {month} {day of week}`, the schedules of timer triggers, in UTC."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_DAY: Final = timedelta(days=1)
_FARTHEST: Final = timedelta(days=366 * 8 + 1)


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def parse(self, text: str) -> frozenset[int]:
        """The values the text names; raises ValueError where it names none or others."""
        return frozenset(value for part in text.split(",") for value in self._part(part))

    def _part(self, text: str) -> range:
        span, slash, step = text.partition("/")
        if slash and (not step.isdecimal() or int(step) == 0):
            raise ValueError(f"{step!r} is no step of a {self.name}")
        first, dash, last = span.partition("-")
        if first == "*":
            if dash:
                raise ValueError(f"{text!r} is no {self.name}")
            low, high = self.low, self.high
        else:
            low = self._value(first)
            high = self._value(last) if dash else (self.high if slash else low)
        if high < low:
            raise ValueError(f"{text!r} is no range of a {self.name}")
        return range(low, high + 1, int(step) if slash else 1)

    def _value(self, text: str) -> int:
        if text[:3].lower() in self.names and text.isalpha():
            return self.names.index(text[:3].lower()) + self.low
        if not text.isdecimal() or not self.low <= int(text) <= self.high:
            raise ValueError(f"{text!r} is no {self.name}")
        return int(text)


_FIELDS: Final = (
    _Field("second", 0, 59),
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 0, 6, _DAYS),
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The times at which all six fields match; a day must match the day of month and the day of week."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> "Schedule":
        """The schedule of six fields, or of five without seconds; raises ValueError for anything else."""
        parts = text.split()
        if len(parts) == 5:
            parts = ["0", *parts]
        if len(parts) != 6:
            raise ValueError(f"{text!r} is no schedule of six fields")
        second, minute, hour, day, month, weekday = (
            field.parse(part) for field, part in zip(_FIELDS, parts, strict=True)
        )
        return cls(tuple(sorted(second)), tuple(sorted(minute)), tuple(sorted(hour)), day, month, weekday)

    def after(self, moment: datetime) -> datetime | None:
        """The first matching time later than the moment, in its time zone; none if there is none in eight years."""
        earliest = moment.replace(microsecond=0) + timedelta(seconds=1)
        midnight = earliest.replace(hour=0, minute=0, second=0)
        day = midnight
        while day - midnight < _FARTHEST:
            if self._has_day(day):
                floor = earliest if day == midnight else day
                for hour in self.hours:
                    for minute in self.minutes:
                        if (hour, minute, 59) < (floor.hour, floor.minute, floor.second):
                            continue
                        for second in self.seconds:
                            found = day.replace(hour=hour, minute=minute, second=second)
                            if found >= floor:
                                return found
            day += _DAY
        return None

    def _has_day(self, day: datetime) -> bool:
        return day.month in self.months and day.day in self.days and day.isoweekday() % 7 in self.weekdays
