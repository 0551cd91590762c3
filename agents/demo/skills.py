"""Which of an agent's skills an order asks for."""

import re
from collections.abc import Sequence
from typing import Any

# In the order in which a card's words are read: a "test report" is for a tester, not a writer.
WORDS = {
    "dependencies": ("dependency", "dependencies", "imports"),
    "testing": ("test", "tests", "testing"),
    "patching": ("fix", "patch", "repair"),
    "docs": ("docs", "documentation", "readme"),
    "code": ("code",),
    "writing": ("report", "notes", "summary", "write"),
}


def skill_wanted(order: dict[str, Any], able: Sequence[str]) -> str | None:
    """The skill the card names, else the one its title or text speaks of; None is not for us."""
    card = order["card"]
    named = [*(card.get("skills") or ()), *(card.get("labels") or ())]
    for skill in named:
        if skill in able:
            return str(skill)
    for text in (card["title"], card.get("description_md") or ""):
        words = set(re.findall(r"[a-z]+", str(text).lower()))
        spoken_of = [skill for skill, known in WORDS.items() if words & set(known)]
        for skill in spoken_of:
            if skill in able:
                return skill
    return None
