"""Reads one object of Config.json strictly: a property unknown, missing or of the wrong kind is an error."""

import re
from typing import Self

from local.broker.durations import milliseconds

_ENTITY_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?")


class ConfigError(ValueError):
    """Config.json declares something that is wrong or that this broker does not emulate."""


class Fields:
    """The properties of one object, each of which must be asked for; `place` says where it stands."""

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, dict):
            raise ConfigError(f"{place}: an object is expected")
        self.place = place
        self._rest: dict[str, object] = dict(value)

    def end(self) -> None:
        """Refuse what nobody has asked for."""
        if self._rest:
            raise ConfigError(f"{self.place}: unknown property {', '.join(sorted(self._rest))}")

    def value(self, key: str) -> object:
        """Return the property, whatever it is, and None without it."""
        return self._rest.pop(key, None)

    def inner(self, key: str) -> Self:
        """Return the object under the key, an empty one without it."""
        value = self._rest.pop(key, None)
        return type(self)({} if value is None else value, f"{self.place}.{key}")

    def objects(self, key: str) -> list[Self]:
        """Return the objects of the list under the key, none without it; a name may stand there only once."""
        value = self._rest.pop(key, None)
        if not isinstance(value, list | None):
            raise ConfigError(f"{self.place}.{key}: a list is expected")
        found = [type(self)(each, f"{self.place}.{key}[{at}]") for at, each in enumerate(value or [])]
        names = [str(each._rest.get("Name", "")).lower() for each in found]
        for at, name in enumerate(names):
            if name in names[:at]:
                raise ConfigError(f"{found[at].place}: the name {name!r} is declared twice")
        return found

    def name(self, longest: int) -> str:
        """Return the property Name, which becomes part of an address."""
        value = self._rest.pop("Name", None)
        if not isinstance(value, str) or len(value) > longest or not _ENTITY_NAME.fullmatch(value):
            raise ConfigError(f"{self.place}: a Name of letters, digits, '.', '-', '_' is expected")
        self.place = f"{self.place} ({value})"
        return value

    def rule_name(self, longest: int) -> str:
        """Return the property Name of a rule, which unlike an entity's may be $Default."""
        if self._rest.get("Name") == "$Default":
            return str(self._rest.pop("Name"))
        return self.name(longest)

    def text(self, key: str) -> str | None:
        """Return a string, None without it."""
        value = self._rest.pop(key, None)
        if isinstance(value, str | None):
            return value
        raise ConfigError(f"{self.place}.{key}: a string is expected")

    def flag(self, key: str) -> bool:
        """Return a boolean, false without it."""
        value = self._rest.pop(key, None)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise ConfigError(f"{self.place}.{key}: true or false is expected")

    def number(self, key: str, default: int, *, least: int, most: int) -> int:
        """Return a whole number within the limits."""
        value = self._rest.pop(key, None)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ConfigError(f"{self.place}.{key}: a whole number from {least} to {most} is expected")
        return value

    def duration_ms(self, key: str, *, least_ms: int, most_ms: int) -> int | None:
        """Return a duration within the limits, None without it."""
        text = self.text(key)
        if text is None:
            return None
        try:
            length_ms = milliseconds(text)
        except ValueError as error:
            raise ConfigError(f"{self.place}.{key}: {error}") from None
        if not least_ms <= length_ms <= most_ms:
            limits = f"{least_ms / 1000:g} to {most_ms / 1000:g} seconds"
            raise ConfigError(f"{self.place}.{key}: {text} is not within {limits}")
        return length_ms
