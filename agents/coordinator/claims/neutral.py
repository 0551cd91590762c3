"""Words of a text that say nothing about which case a claim holds for."""

from __future__ import annotations

from functools import lru_cache

from agents.coordinator.claims.nouns import NUMBERED, SPELLINGS, cut, listed, singular
from agents.coordinator.claims.scopes import NARROWING

# What stands after one of these tells the case: "for adults", "on the free plan", "at sea level".
LEADING = frozenset(
    listed("""
    above across after against among as at before below beside besides between beyond by despite
    during except excluding excl for from if in including incl inside into near never no non not
    of off on outside over past per since that through throughout to toward towards under unless
    unlike until up upon using versus via when where whereas which while who whose with within
    without
""")
)
# "Before tax" and "after tax" are two cases of one word.
POLAR = frozenset(
    listed("""
        above after before below beyond despite except inside no non not never off outside over
        under unlike until without
    """)
)
# What follows one of these holds under a condition.
CONDITIONS = frozenset(
    listed("although if once provided though unless when whenever whereas while")
)
PRONOUNS = frozenset(listed("he i it she they we you"))
# They keep a phrase going: "for the very first".
PASSING = frozenset(
    listed("""
        a an and any both but either it its my neither nor one or our same so such than
        the their them then these they this those we you your he she his her us i
        der die das den dem ein eine le la les un une
    """)
)
VERBS = listed("""
    allow am amount answer apply are be become been being bring call came can carries carry come
    compute confirm consist contain cost could count cover declare define describe did do
    document does done equal establish exist find found gave get give given go goes got
    grant had has have having held hold is keep kept lead let lie made make mark
    measure mention must name need note observe occur promise provide put ran reach read
    remain run said saw say see seen set shall should show sit specify spend stand
    stay stood suggest take taken tell tells told took turn understood use uses was
    were will won work worked would write written wrote determine indicate mean correspond
    represent appear happen sell sold charge pay paid employ begin began launch require offer
    accept arrive beat boil end expire fail freeze hit leave lie melt refuse reject respond rise
    rose score span vote weigh win
""")
# Of these only the forms that are nothing but verbs: "last year", "the live site", "state tax".
FINITE = listed("lasts lasted lives lived prints printed returns returned states stated limits")
PLAIN = listed("""
    according accordingly again all almost also alone already always
    amount and approx approximately around about circa clearly
    enough even ever every everybody everyone everything exact exactly figure figures following
    gesamt hence here how however indeed just least less likewise many more much
    namely nearly none nothing now number people person precise precisely quite
    rather roughly simply so some something still thereby therefore there thing thus
    too true value very well what yes yet correctly
    per cent half dozen hundred thousand million billion trillion thousands millions
    billions lakh crore limit fewer company firm organization
""")
# Where something is written says nothing about when it holds.
SOURCES = listed("""
    argument article author blog book brochure changelog chapter claim code column comment config
    configuration constructor datasheet docstring document documentation doc docs evidence file
    footnote function guide handbook heading homepage information leaflet line manual method note
    option page paper paragraph parameter passage publication readme report repository row script
    section sentence setting site source spec specification statement summary table text website
    wiki
    accountant appendix bill brief bulletin calendar catalog census certificate chart dashboard
    diagram directory evidence filing form header invoice journal label lading leaflet
    list listing map measurement memo ministry monitor newspaper notice observer paperwork portal
    press protocol questionnaire receipt record register registry regulation result schedule
    scale sensor sheet statistic study survey timetable transcript
""")
# Some of them say what is meant where they stand before its name: "line coverage", "page size".
TELLING = frozenset(
    listed("""
        argument article book chapter claim column comment company document file firm function line
        method note option page paper paragraph parameter row script section sentence site source
        statement table text website yes
    """)
)
# So do these, unless they are what somebody does: "launch price", but "the docs set a timeout".
NOUN_OR_VERB = frozenset(
    listed("""
        answer call charge count cover launch lead mark measure name need offer print promise report
        return run show stand state use work
    """)
)
DOERS = frozenset(listed("and they to we which who you i not do does did may must will can should"))
# "81 metres high", "16 years old".
HOW_MUCH = frozenset(listed("apart away deep heavy high long old tall thick wide"))
CALENDAR = frozenset(
    listed("""
        january february march april may june july august september october november december
        jan feb mar apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday
        saturday sunday first second third fourth calendar quarter half year month day week date
        morning noon midnight utc gmt z am pm time clock spring summer autumn winter st nd rd th
        t q h
    """)
)
ENDINGS = (
    ("ied", "y"),
    ("ies", "y"),
    ("ings", ""),
    ("ing", ""),
    ("ed", ""),
    ("ions", ""),
    ("ion", ""),
    ("ers", ""),
    ("er", ""),
    ("ment", ""),
    ("ly", ""),
)


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """A word without its ending, so that "retried" and "retries" are one."""
    word = singular(SPELLINGS.get(word, word))
    if word.endswith("s") and cut(word) in NUMBERED:
        word = cut(word)
    for _ in range(2):
        for ending, instead in ENDINGS:
            least = 3 if ending == "ed" else 4
            if word.endswith(ending) and len(word) - len(ending) >= least:
                word = word.removesuffix(ending) + instead
                break
    if len(word) > 4 and word[-1] == word[-2]:
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


def stems(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in listed(words))


# What stands before one of these names a case: "eco mode", "the winter timetable".
CASE_NOUNS = stems("""
    account area build bundle category class client cluster cohort condition customer cut edition
    environment game grade group guest half hours kind market member mode model node oven part
    period phase plan policy region round route sample scenario season segment service set shift
    stage subscriber term tier timetable traffic type usage use user variant version visitor
""")
# Whoever they are, they are everybody unless a word says which of them.
GENERIC = stems("""
    anybody anyone applicant attendee client customer driver employee guest member owner participant
    app applicant application library package passenger patient player program project reader
    receiver request service software staff system tool user viewer visitor worker
""")
# What may happen to a thing on two days.
EVENTS = frozenset(
    listed("""
        adopted announced approved began begun built closed completed consecrated constructed
        delivered demolished ended expired filed finished founded inaugurated issued launched
        opened ordered printed published ratified received registered released renewed shipped
        signed started submitted began begin begins starts ends opens closes finishes launches
    """)
)


def forms_of(verb: str) -> tuple[str, ...]:
    """A regular verb as it may stand in a sentence; that some forms are no words does no harm."""
    root = verb.removesuffix("e")
    past = verb[:-1] + "ied" if verb.endswith("y") else root + "ed"
    return (verb, f"{verb}s", past, f"{root}ing", f"{verb}{verb[-1]}ing", stem(verb))


# A word that narrows a claim is never neutral, whatever else it may be a form of.
NEUTRAL = frozenset(
    [form for verb in VERBS for form in forms_of(verb)]
    + [form for word in (*PLAIN, *SOURCES) for form in (word, stem(word))]
    + list(FINITE)
) - {form for word in NARROWING for form in (word, stem(word))}
