"""Units of measure: what they measure and how much of it one is.

Names that mean two things ("Mb", "ton", "pound", "gallon", "bps") are not here: such a unit can be
compared only with itself. A month is no number of days, so calendar spans are apart from time.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, lru_cache

from agents.coordinator.claims.nouns import cut, listed, singular

NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Unit:
    """In base units a value is `value * factor + offset`.

    `level` is the power of a decimal prefix that people also use for the binary one (GB).
    `scaled`: it carries a "million".
    """

    dimension: str
    factor: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)
    level: int = 0
    scaled: bool = False

    @property
    def counts(self) -> bool:
        """Things, or nothing at all: what is counted has a name but no measure."""
        return self.dimension == NUMBER or self.dimension.startswith("of:")


PLAIN = Unit(NUMBER)
PREFIXES = {"n": -9, "μ": -6, "u": -6, "m": -3, "c": -2, "d": -1, "k": 3, "M": 6, "G": 9, "T": 12}
PREFIX_NAMES = {
    "nano": "n", "micro": "μ", "milli": "m", "centi": "c", "kilo": "k", "mega": "M", "giga": "G",
    "tera": "T",
}  # fmt: skip
# Symbol, name, dimension, factor of the symbol, and the prefixes it takes.
METRIC = (
    ("s", "second", "time", "1", "nμum"),
    ("m", "metre", "length", "1", "nμumcdk"),
    ("m", "meter", "length", "1", "nμumcdk"),
    ("g", "gram", "mass", "1", "nμumk"),
    ("g", "gramme", "mass", "1", "nμumk"),
    ("l", "litre", "volume", "1", "μumcd"),
    ("L", "liter", "volume", "1", "μumcd"),
    ("Hz", "hertz", "1/time", "1", "kMGT"),
    ("W", "watt", "power", "1", "mkMGT"),
    ("J", "joule", "energy", "1", "kMGT"),
    ("Wh", "watthour", "energy", "3600", "kMGT"),
    ("cal", "calorie", "energy", "4.184", "k"),
    ("V", "volt", "voltage", "1", "mk"),
    ("A", "ampere", "current", "1", "mk"),
    ("Pa", "pascal", "pressure", "1", "kM"),
    ("bar", "bar", "pressure", "100000", "m"),
    ("bit", "bit", "data", "1", "kMGT"),
)
# Dimension: factor names; factor names…
OTHERS = {
    "time": "60 min mins minute; 3600 h hr hrs hour; 86400 d day; 604800 wk wks week; 1 sec secs; "
    "0.001 msec msecs",
    "calendar": "1 mo month; 3 quarter; 12 y yr yrs year; 120 decade; 1200 century",
    "length": "0.0254 in inch inches; 0.3048 ft foot feet; 0.9144 yd yard; 1609.344 mi mile; "
    "1852 nmi",
    "mass": "453.59237 lb lbs; 28.349523125 oz ounce; 1000000 t tonne",
    "area": "1 m2 sqm; 1000000 km2; 0.0001 cm2; 10000 ha hectare; 4046.8564224 acre; "
    "0.09290304 ft2 sqft",
    "volume": "1000 m3; 0.001 cm3; 3.785411784 usgal usgallon; 4.54609 impgal",
    "length/time": "0.44704 mph; 0.2777777777777777777777777778 kph kmh; "
    "0.5144444444444444444444444444 kn kt knot",
    "data/time": "1000 kbps; 1000000 mbps Mbps; 1000000000 gbps Gbps",
    "of:request/time": "1 rps",
    "pressure": "6894.757293168 psi",
    "ratio": "1 ratio fraction; 0.01 % percent pct; 0.001 ‰ permille; 0.000001 ppm",
    "points": "1 pp pps; 0.01 bp",
    NUMBER: "1 count number item piece pc pcs unit time x ×; 12 dozen",
    "data": "8 B byte",
    "spoon": "1 tsp teaspoon; 3 tbsp tablespoon",
}
EXACT_RATIOS = {
    "kph": Fraction(5, 18),
    "kmh": Fraction(5, 18),
    "kn": Fraction(1852, 3600),
    "kt": Fraction(1852, 3600),
    "knot": Fraction(1852, 3600),
}
CURRENCIES = frozenset(
    listed("""
        USD EUR GBP JPY CNY CHF CAD AUD NZD SEK NOK DKK PLN CZK HUF INR BRL MXN ZAR KRW SGD HKD
        TRY ILS UAH RUB
    """)
)
MONEY_NAMES = {
    "$": "USD", "US$": "USD", "dollar": "USD", "€": "EUR", "euro": "EUR", "£": "GBP",
    "₹": "INR", "C$": "CAD", "CA$": "CAD", "A$": "AUD", "AU$": "AUD", "NZ$": "NZD",
    "¥": "yen or yuan", "yen": "JPY", "yuan": "CNY",
}  # fmt: skip
SCALES = {
    "hundred": 2, "thousand": 3, "thousands": 3, "k": 3, "million": 6, "millions": 6, "mio": 6,
    "mn": 6, "mln": 6, "billion": 9, "billions": 9, "bn": 9, "trillion": 12, "trillions": 12,
    "lakh": 5, "crore": 7,
}  # fmt: skip
BY_SECOND_NAME = {
    "stunde": "hour", "stunden": "hour", "tag": "day", "tage": "day", "woche": "week",
    "wochen": "week", "minuten": "minute", "sekunden": "second", "monat": "month",
    "monate": "month", "jahr": "year", "jahre": "year", "prozent": "%", "stück": "piece",
    "tonnen": "tonne", "gramm": "gram",
    "per cent": "%", "percentage point": "pp", "%-point": "pp", "basis point": "bp",
    "req": "of:request", "us gal": "usgal", "us gallon": "usgal", "imperial gallon": "impgal",
}  # fmt: skip
# What may end a subject's name to say its unit; "min", "day" or "bar" there is part of the name.
UNIT_WORDS = frozenset(
    listed("""
        s ms us ns sec secs seconds mins minutes hours days weeks months years bits bytes kb mb gb
        tb kib mib gib kg km cm mm metres meters miles celsius fahrenheit kelvin usd eur
        gbp dollars euros percent pct hz khz mhz ghz
    """)
)
TWO_MEANINGS = frozenset({"Kb", "Mb", "Gb", "Tb"})
NOT_ONE_SIZE = frozenset(
    listed("""
    couple gross pair pound ream score ton gal gallon pint cup bps pt cent krona franc peso
    crown
""")
)


@cache
def known() -> dict[str, Unit]:
    table: dict[str, Unit] = {}
    for symbol, name, dimension, factor, prefixes in METRIC:
        table[symbol] = table[name] = Unit(dimension, Fraction(factor))
        for long, short in [(p, p) for p in prefixes] + list(PREFIX_NAMES.items()):
            if short in prefixes:
                unit = Unit(dimension, Fraction(factor) * Fraction(10) ** PREFIXES[short])
                table[long + (symbol if len(long) == 1 else name)] = unit
    for dimension, entries in OTHERS.items():
        for entry in entries.split(";"):
            factor, *names = entry.split()
            for name in names:
                table[name] = Unit(dimension, EXACT_RATIOS.get(name, Fraction(factor)))
    table |= bytes_of_every_size() | temperatures()
    table |= {code: Unit(f"money:{code}") for code in CURRENCIES}
    table |= dict.fromkeys(("GBX", "pence"), Unit("money:GBP", Fraction(1, 100)))
    return table | {name: Unit(f"money:{code}") for name, code in MONEY_NAMES.items()}


def bytes_of_every_size() -> dict[str, Unit]:
    table: dict[str, Unit] = {}
    for level, (letter, name) in enumerate(
        zip("kMGTP", ["kilo", "mega", "giga", "tera", "peta"], strict=True), start=1
    ):
        decimal = Unit("data", 8 * Fraction(1000) ** level, level=level)
        binary = Unit("data", 8 * Fraction(1024) ** level)
        table |= dict.fromkeys((f"{letter}B", f"{letter.upper()}B", f"{name}byte"), decimal)
        table |= dict.fromkeys((f"{letter.upper()}iB", f"{name[:2]}bibyte"), binary)
    return table


def temperatures() -> dict[str, Unit]:
    celsius = Unit("temperature", Fraction(1), Fraction("273.15"))
    fahrenheit = Unit("temperature", Fraction(5, 9), Fraction("459.67") * Fraction(5, 9))
    table = dict.fromkeys(("K", "kelvin"), Unit("temperature"))
    table |= dict.fromkeys(("°C", "C", "degC", "celsius", "degree celsius"), celsius)
    names = ("°F", "F", "degF", "fahrenheit", "degree fahrenheit")
    return table | dict.fromkeys(names, fahrenheit)


@cache
def folded() -> dict[str, frozenset[Unit]]:
    """Units by their name in small letters; more than one where the letters' size matters.

    Money of Turkey is not what three tries are counted in.
    """
    found: dict[str, set[Unit]] = {}
    for name, unit in known().items():
        if name != "TRY":
            found.setdefault(name.casefold(), set()).add(unit)
    return {name: frozenset(units) for name, units in found.items()}


@lru_cache(maxsize=4_096)
def unit_of(text: str) -> Unit:
    """The unit a text names. One that nobody knows counts things of that name."""
    name = clean(text)
    if not name:
        return PLAIN
    unit = looked_up(name) or scaled(name) or per(name)
    return unit or unknown(name)


def unknown(name: str) -> Unit:
    """Words count things of that name; anything else is a measure that is only like itself."""
    words = name.casefold() if name not in TWO_MEANINGS else name
    one = " ".join(singular(one_of(word)) for word in words.split())
    is_thing = re.fullmatch(r"[^\W\d_]{3,}(?: [^\W\d_]+)*", one) and one not in NOT_ONE_SIZE
    return Unit(f"of:{one}" if is_thing else f"as:{one}")


def clean(text: str) -> str:
    name = " ".join(unicodedata.normalize("NFKC", text).split()).rstrip(".")
    return name.replace("·", "").replace("degrees ", "degree ").replace("square ", "sq")


def looked_up(name: str) -> Unit | None:
    if name in TWO_MEANINGS:
        return None
    second = BY_SECOND_NAME.get(name.casefold()) or BY_SECOND_NAME.get(one_of(name).casefold())
    for form in (name, second or ""):
        if form in known():
            return known()[form]
    if len(name) == 1:
        return None
    for form in (name.casefold(), one_of(name.casefold())):
        units = folded().get(form, frozenset())
        if len(units) == 1:
            return next(iter(units))
    return None


def one_of(name: str) -> str:
    """The singular, days and months included; short symbols are left alone."""
    return cut(name) if len(name) > 3 and name.endswith("s") and name[-2] != "s" else name


def scaled(name: str) -> Unit | None:
    """ "million USD", "USD million", "k€", "thousand"."""
    words = name.split()
    if len(words) == 1 and len(name) > 1 and name[0] in "kKmM" and name[1:] in MONEY_NAMES:
        words = [{"k": "thousand", "m": "million"}[name[0].casefold()], name[1:]]
    for place in (0, -1):
        power = SCALES.get(words[place].casefold())
        if power is not None:
            rest = unit_of(" ".join(words[1:] if place == 0 else words[:-1]))
            return times(rest, power)
    return None


def times(unit: Unit, power: int) -> Unit:
    return replace(unit, factor=unit.factor * 10**power, scaled=True)


def per(name: str) -> Unit | None:
    """ "km/h", "requests per second"."""
    parts = re.split(r"\s*/\s*|\s+per\s+|^per\s+", name)
    if len(parts) != 2 or not parts[1]:
        return None
    over, under = (unit_of(part) for part in parts)
    if over.offset or under.offset:
        return None
    dimension = f"{'1' if over == PLAIN else over.dimension}/{under.dimension}"
    return Unit(dimension, over.factor / under.factor, level=over.level)
