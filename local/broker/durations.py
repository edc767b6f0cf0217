"""ISO 8601 durations as Service Bus writes them: days, hours, minutes and seconds."""

import re

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,7})?)S)?)?")


def milliseconds(text: str) -> int:
    """Return the length of the duration; anything else than one is a ValueError."""
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        raise ValueError(f"{text!r} is no duration such as PT30S, PT5M or P1DT12H")
    days, hours, minutes, seconds = (float(group or 0) for group in match.groups())
    return round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000)
