"""Somebody else's JSON, read for what is there: real agents leave out, rename and add."""

import re

from agents.doors.json_wall import Json

_HUMP = re.compile(r"(?<!^)(?=[A-Z])")


class Loose:
    """One JSON object, or an empty one in place of anything else. Nothing here raises.

    A field is found by its camelCase name, or by the same in snake_case.
    """

    def __init__(self, value: Json = None) -> None:
        self.value: dict[str, Json] = value if isinstance(value, dict) else {}

    def __bool__(self) -> bool:
        return bool(self.value)

    def raw(self, *names: str) -> Json:
        """The first of these fields that holds something."""
        for name in names:
            for spelled in (name, _HUMP.sub("_", name).lower()):
                if (found := self.value.get(spelled)) is not None:
                    return found
        return None

    def text(self, *names: str, most: int = 2000) -> str:
        """The text of a field, cut to `most`; empty where there is none."""
        found = self.raw(*names)
        return found[:most] if isinstance(found, str) else ""

    def flag(self, *names: str) -> bool:
        return self.raw(*names) is True

    def object(self, *names: str) -> "Loose":
        return Loose(self.raw(*names))

    def objects(self, *names: str, most: int = 500) -> list["Loose"]:
        """The objects of a list; what is none is left out."""
        found = self.raw(*names)
        listed = found[:most] if isinstance(found, list) else []
        return [Loose(each) for each in listed if isinstance(each, dict)]

    def texts(self, *names: str, most: int = 100) -> list[str]:
        found = self.raw(*names)
        listed = found[:most] if isinstance(found, list) else []
        return [each for each in listed if isinstance(each, str)]
