"""The words the rules know, English and German: skills, kinds, stages, demands, tasks.

Tables and small questions about single words; how a goal is read is in `parts`.
"""

from __future__ import annotations

import re
from functools import cache


def listed_words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that point to one skill, whatever the workspace calls it; matched by stem.
SAME_MEANING: tuple[tuple[str, ...], ...] = (
    ("dependencies", "dependency", "packages", "requirements", "abhängigkeiten"),
    ("testing", "test", "tests", "qa", "verify"),
    ("docs", "doc", "documentation", "readme", "manual", "dokumentation", "handbuch"),
    ("code", "coding", "source", "programming", "implement", "script", "software", "quellcode"),
    ("patching", "patch", "fix", "fixes", "repair", "debugging", "bug", "bugs", "behebe"),
    ("research", "researching", "investigate", "interviews", "recherche", "recherchiere"),
    ("design", "designer", "layout", "mockup", "logo", "entwurf", "gestalte"),
    ("translation", "translate", "localisation", "localization", "übersetzung", "übersetze"),
    ("data", "dataset", "statistics", "spreadsheet", "csv", "analysis", "analyse", "analyze"),
    ("finance", "budget", "costs", "cost", "pricing", "prices", "price", "kosten", "preise"),
    ("legal", "contract", "law", "licence", "license", "vertrag", "recht"),
    ("web", "website", "site", "homepage", "landing", "frontend", "html", "webseite"),
    ("marketing", "campaign", "advert", "newsletter", "kampagne", "werbung"),
)
# What every piece of writing is, so it counts only where no other skill is named.
WRITING = (
    "writing", "write", "draft", "report", "notes", "summary", "summarise", "summarize", "article",
    "essay", "memo", "letter", "post", "text", "brief", "copy", "guide", "announcement",
    "bericht", "zusammenfassung", "schreibe", "verfasse", "artikel", "brief", "anleitung",
)  # fmt: skip

KIND_WORDS: dict[str, tuple[str, ...]] = {
    "report": ("report", "assessment", "audit", "review", "bericht", "gutachten", "auswertung"),
    "table": (
        "table", "spreadsheet", "csv", "list", "inventory", "matrix", "facts", "schedule",
        "tabelle", "liste", "übersicht", "zeitplan",
    ),
    "patch": ("patch", "fix", "bugfix", "korrektur"),
    "code": ("script", "program", "code", "function", "module", "skript", "programm"),
    "site": ("site", "website", "homepage", "landing", "webseite", "startseite"),
    "slides": ("slides", "deck", "presentation", "folien", "präsentation"),
    "image": (
        "image", "logo", "picture", "poster", "illustration", "photo", "flyer", "bild", "plakat",
    ),
    "document": (
        "document", "notes", "summary", "article", "plan", "letter", "guide", "memo", "essay",
        "proposal", "agenda", "checklist", "announcement", "newsletter", "email", "mail", "faq",
        "minutes", "brief", "post", "release", "invitation", "runbook", "handbook", "manual",
        "policy", "translation", "statement", "contract",
        "dokument", "zusammenfassung", "artikel", "anleitung", "brief", "einladung", "konzept",
        "übersetzung", "angebot", "vertrag", "notizen",
    ),
}  # fmt: skip

TASK_VERBS = listed_words(
    """add analyse analyze arrange ask assemble assess audit book build calculate call check choose
    clean collect compare compile compose count create decide define deliver describe design
    develop document draft draw edit estimate evaluate examine explain extract find fix gather
    generate identify implement improve inspect interview invite list make map measure migrate move
    name organise organize outline patch pick plan prepare present produce propose prototype
    provide publish rank record recommend remove rename repair replace report research review
    rewrite run say schedule search select send set shortlist show sketch solve sort state study
    suggest summarise summarize survey talk test track translate update verify visit write
    analysiere baue befrage bereite beschreibe berechne buche dokumentiere entwirf erarbeite
    erfasse erkläre ermittle erstelle finde fasse formuliere gestalte kläre liefere liste messe
    organisiere plane prüfe recherchiere sammle schätze schreibe stelle suche teste übersetze
    vergleiche verfasse vereinbare wähle zeichne"""
)

FIRST = ("first of all", "firstly", "first", "to begin with", "to start with", "zuerst",
         "zunächst", "als erstes", "erstens")  # fmt: skip
NEXT = ("after that", "afterwards", "thereafter", "then", "next", "secondly", "second", "thirdly",
        "third", "anschließend", "danach", "dann", "als nächstes", "zweitens",
        "drittens")  # fmt: skip
LAST = ("lastly", "last", "finally", "in the end", "at the end", "zuletzt", "schließlich",
        "abschließend", "zum schluss", "am ende")  # fmt: skip
UNIVERSAL = re.compile(r"^(?:each|every|all|no|jede[rsn]?|alle|keine?)\b", re.IGNORECASE)
STAGE_NOUNS = "phase|stage|step|week|day|sprint|milestone|schritt|etappe|woche|stufe"

DEMANDS = re.compile(
    r"\b(?:must|should|shall|has to|have to|need(?:s)? to|each|every|at least|at most|no more than"
    r"|not more than|no longer than|fewer than|less than|exactly|only|without|never|cannot"
    r"|muss|müssen|soll|sollen|darf|dürfen|jede[rsnm]?|mindestens|höchstens|maximal|nur|ohne"
    r"|keine?[nrms]?)\b",
    re.IGNORECASE,
)
BACKGROUND = re.compile(
    r"^(?:we|i|our|my|it's|they|there|because|since|note|background|currently|today|see|wir|ich"
    r"|unser\w*|mein\w*|weil|hinweis|derzeit|aktuell|siehe)\b",
    re.IGNORECASE,
)
GERMAN = listed_words(
    "und der die das ein eine einen mit für ist nicht bis zuerst dann danach zuletzt liefere wir "
    "den dem auf von zu im am jede jeder oder bitte soll muss"
)
ENGLISH = listed_words(
    "the and a an of to for with is are not by first then last deliver we in on each every or "
    "please must should that this"
)
ARTICLES = re.compile(
    r"^(?:an?|the|one|two|three|four|five|\d+|our|its|their|ein|eine|einen|einem|der|die|das|den"
    r"|zwei|drei|vier|fünf|unsere?n?)\s+",
    re.IGNORECASE,
)
PREPOSITION = re.compile(
    r"\s(?:of|from|for|about|on|to|with|in|by|that|which|who|so|for|at"
    r"|von|vom|für|über|zu|zum|zur|mit|im|in|auf|aus|der|des|an|am)\s",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W_]+", re.UNICODE)
ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ers", "er", "en", "es", "ed", "s", "e", "y")


@cache
def stem(word: str) -> str:
    """A word without its ending, good enough to bring `tests` and `testing` together."""
    word = word.lower()
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def words_of(text: str) -> list[str]:
    return [word.lower() for word in WORD.findall(text)]


def is_german(text: str) -> bool:
    words = words_of(text)
    german = sum(word in GERMAN for word in words)
    return german > sum(word in ENGLISH for word in words)


@cache
def stems_for_skill(skill: str) -> frozenset[str]:
    """The stems of every word that points to this skill."""
    own = {stem(word) for word in words_of(skill)}
    stems = set(own)
    for group in SAME_MEANING:
        known = {stem(word) for word in group}
        if own & known:
            stems |= known
    return frozenset(stems)


@cache
def is_writing(skill: str) -> bool:
    return stem(skill) in WRITING_STEMS


WRITING_STEMS = frozenset(stem(word) for word in WRITING)


def is_writing_word(word: str) -> bool:
    return stem(word) in WRITING_STEMS or kind_of_word(word) in ("document", "report")


def kind_of_word(word: str) -> str | None:
    """The kind of deliverable a word names; German compounds by their last part."""
    word = word.lower()
    for kind, names in KIND_WORDS.items():
        if word in names or word.removesuffix("s") in names or word.removesuffix("es") in names:
            return kind
    for kind, names in KIND_WORDS.items():
        if any(len(name) >= 5 and word.endswith(name) for name in names):
            return kind
    return None


def head_of(phrase: str) -> str:
    """What a noun phrase is, without what it is of or for."""
    return PREPOSITION.split(f"{ARTICLES.sub('', phrase.strip())} ", maxsplit=1)[0]


def bare(phrase: str) -> str:
    """A noun phrase without its article; a number stays."""
    return re.sub(r"^(?:an?|the|eine?n?|der|die|das|den)\s+", "", phrase.strip(), flags=re.I)


def is_task_verb(text: str) -> bool:
    """Whether a text begins with a verb for doing something."""
    first = words_of(text)[:1]
    return bool(first) and (first[0] in TASK_VERBS or first[0].removesuffix("n") in TASK_VERBS)
