"""Words that are one word: plurals and short forms."""

from __future__ import annotations


def listed(words: str) -> tuple[str, ...]:
    """A long list of words, written as they are read."""
    return tuple(words.split())


# One word in two countries' spelling.
SPELLINGS = {
    "armour": "armor", "behaviour": "behavior", "catalogue": "catalog", "centre": "center",
    "centres": "centers", "cheque": "check", "colour": "color", "colours": "colors",
    "fibre": "fiber", "flavour": "flavor", "grey": "gray", "harbour": "harbor",
    "honour": "honor", "kilometre": "kilometer", "kilometres": "kilometers", "labour": "labor",
    "licence": "license", "licences": "licenses", "litre": "liter", "litres": "liters",
    "metre": "meter", "metres": "meters", "neighbour": "neighbor", "organisation": "organization",
    "theatre": "theater", "tyre": "tire", "tyres": "tires",
}  # fmt: skip
SYNONYMS = SPELLINGS | {
    "average": "avg",
    "db": "database",
    "inhabitants": "population",
    "k8s": "kubernetes",
    "repo": "repository",
    "staff": "employees",
    "configuration": "config",
    "dev": "development",
    "maximal": "max",
    "maximum": "max",
    "mean": "avg",
    "minimal": "min",
    "minimum": "min",
    "num": "count",
    "p50": "median",
    "prod": "production",
    "stg": "staging",
    "&": "and",
}
# Two words that are as often written as one.
COMPOUNDS = frozenset(
    tuple(pair.split("-"))
    for pair in listed("""
        back-up band-width check-out data-base data-set down-time e-mail end-point fail-over
        file-name half-life head-count host-name life-time log-in pay-load roll-back run-time
        through-put time-out time-stamp time-zone up-time user-name web-site work-load
    """)
)
# One of these with a number is which one it is; several are how many: never one subject.
NUMBERED = frozenset(
    listed("""
        chapter column day episode floor hour issue item level line minute month page phase place
        point port position question quarter rank room round row season section step
        ticket volume week year
    """)
)
# Words that end in s and are not plurals, or mean something else without it.
SINGULAR = frozenset(
    listed("""
        address always analysis apis aws axis basis bias bonus bus campus canvas census class
        consensus corpus css dns focus gas gross https ios kubernetes lens less locus loss
        mathematics means news os pass physics plus previous process progress redis res
        sales sas series species status stress success tls ttls various virus windows yes
    """)
)
IRREGULAR = {
    "children": "child",
    "criteria": "criterion",
    "dependencies": "dependency",
    "indices": "index",
    "men": "man",
    "people": "person",
    "women": "woman",
}


def singular(word: str) -> str:
    """The word for one of them; a word that is not surely a plural stays as it is."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    if len(word) < 4 or not word.isalpha() or word in SINGULAR:
        return word
    if not word.endswith("s") or word.endswith(("ss", "us", "is", "as", "os")):
        return word
    one = cut(word)
    return word if one in NUMBERED else one


def cut(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word[:-1]


def plural_of_numbered(word: str) -> str:
    return f"{word}s" if word in NUMBERED else word
