"""Which case a claim is about: what one text says and the other does not, and where it stands."""

from __future__ import annotations

import pytest

from agents.coordinator.claims.neutral import NEUTRAL, stem
from agents.coordinator.claims.scopes import NARROWING
from tests.coordinator.claims.made import Value, a_claim, code_of, kind_of

Said = tuple[Value, str, str]  # value, unit, text


def compared(subject: str, one: Said, two: Said) -> tuple[str, str]:
    first = a_claim(one[0], one[1], subject=subject, text=one[2])
    second = a_claim(two[0], two[1], subject=subject, text=two[2])
    return kind_of(first, second), code_of(first, second)


def test_no_word_that_narrows_a_claim_is_neutral() -> None:
    narrowing = {form for word in NARROWING for form in (word, stem(word))}
    assert narrowing & NEUTRAL == set()


@pytest.mark.parametrize(
    ("subject", "one", "two"),
    [
        ("coverage", (80, "%", "Line coverage is 80 %."), (71, "%", "Branch coverage is 71 %.")),
        ("tests.coverage", (80, "%", "Line coverage is 80 %."), (71, "%", "It is 71 %.")),
        ("rate", (3, "%", "The fixed rate is 3 %."), (2, "%", "The variable rate is 2 %.")),
        ("loan.rate", (3, "%", "The fixed rate is 3 %."), (2, "%", "The rate is 2 %.")),
        ("cluster memory", (4, "GB", "4 GB per node."), (12, "GB", "Three nodes have 12 GB.")),
        ("cluster.memory", (4, "GB", "Each node has 4 GB."), (12, "GB", "It has 12 GB.")),
        ("warranty", (2, "years", "2 years."), (5, "years", "The extended warranty: 5 years.")),
        ("warranty", (2, "years", "Two years"), (5, "years", "Five years extended")),
        ("delivery", (5, "days", "5 working days"), (7, "days", "7 days")),
        ("tax", (5, "%", "The state tax is 5 %."), (9, "%", "The tax is 9 %.")),
        ("revenue", (5, "EUR", "Revenue last year was 5 EUR."), (6, "EUR", "It is 6 EUR.")),
        ("cost", (5, "EUR", "The budget was 5 EUR."), (6, "EUR", "It actually cost 6 EUR.")),
    ],
)
def test_what_only_one_text_says_may_be_another_case(subject: str, one: Said, two: Said) -> None:
    kind, code = compared(subject, one, two)
    assert (kind, code in ("other_scope", "texts_narrow")) == ("cannot_tell", True)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("https://a.example/lamp sells it for 49 EUR", "https://a.example/sofa: 59 EUR"),
        ("/v1/users: 49 EUR", "/v1/orders: 59 EUR"),
        ("config/east.yaml has 49 EUR", "config/west.yaml has 59 EUR"),
        ("In version 1.4 it is 49 EUR", "In version 1.5 it is 59 EUR"),
    ],
)
def test_two_pages_ways_settings_or_versions_are_two_cases(one: str, two: str) -> None:
    said = (49, "EUR", one), (59, "EUR", two)
    assert compared("shop.price", *said)[0] == "cannot_tell"
    assert compared("shop.price", said[0], (59, "EUR", one.replace("49", "59")))[0] == "differ"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("The docs say 30 seconds.", "In code the default is 10 seconds."),
        ("The README promises 30 s.", "The report gives 10 s."),
        ("The website says 30 s.", "According to the paper it is 10 s."),
        ("The default in the documentation is 30 s.", "src/client.py sets it to 10 s."),
        ("The documentation says that the client times out after 30 s.", ""),
        ("The documentation promises a default of 30 s.", "The constructor uses timeout=10."),
        ("30 s by default", "The config file says 10 s."),
        ("The client tries three times and gives up after 30 s.", "10 s"),
    ],
)
def test_where_something_is_said_is_not_another_case(one: str, two: str) -> None:
    assert compared("client.timeout", (30, "s", one), (10, "s", two))[0] == "differ"


@pytest.mark.parametrize(
    ("subject", "one", "two"),
    [
        ("price", (49, "EUR", "They sell it for 49 EUR."), (59, "EUR", "It costs 59 EUR.")),
        ("tower height", (81, "m", "The tower is 81 metres high."), (84, "m", "84 m")),
        ("minimum age", (16, "years", "At 16 years old."), (18, "years", "18")),
        ("tunnel speed limit", (60, "km/h", "60 km/h"), (60, "mph", "60 mph in the tunnel")),
        ("retries", (3, "", "The specification sets 3 retries."), (5, "", "5 retries")),
    ],
)
def test_the_unit_and_common_words_are_no_case(subject: str, one: Said, two: Said) -> None:
    assert compared(subject, one, two)[0] == "differ"


def test_a_default_is_another_thing_than_a_maximum_but_not_than_the_thing_itself() -> None:
    default, maximum = (10, "s", "The default is 10 s."), (30, "s", "The maximum is 30 s.")
    assert compared("client.timeout", default, maximum) == ("cannot_tell", "other_scope")
    assert compared("client.timeout", default, (30, "s", "It is 30 s."))[0] == "differ"


def test_a_text_that_says_no_in_words_is_no_other_case() -> None:
    paged, not_paged = (True, "", "The list is paged."), (False, "", "The list is not paged.")
    assert compared("paged list", paged, not_paged) == ("differ", "flags_differ")
    elsewhere = (False, "", "The list is not paged in the archive.")
    assert compared("paged list", paged, elsewhere)[0] == "cannot_tell"


def test_the_same_figure_of_two_cases_says_nothing() -> None:
    live = (512, "MB", "512 MB on the live cluster")
    assert compared("memory", live, (512, "MB", "512 MB on the test cluster"))[0] == "cannot_tell"
    assert compared("memory", live, (512, "MB", "It is 512 MB."))[0] == "agree"


def test_a_bare_share_and_a_bare_percentage_may_be_one() -> None:
    assert compared("steel", (0.25, "", ""), (25, "", "")) == ("cannot_tell", "unit_missing")
    assert compared("steel", (0.25, "", ""), (30, "", ""))[0] == "differ"


def test_a_year_with_and_without_its_century_may_be_one_release() -> None:
    assert compared("release", ("26.1", "", ""), ("2026.1", "", "")) == (
        "cannot_tell",
        "names_alike",
    )
    assert compared("release", ("26.1", "", ""), ("2027.1", "", ""))[0] == "differ"


@pytest.mark.parametrize(
    ("subject", "one", "two"),
    [
        # Who says it, in which verb, and where it stands.
        (
            "Battery capacity of the Volt scooter",
            (48, "Ah", "The Volt scooter ships with a 48 Ah battery."),
            (52, "Ah", "Its battery holds 52 Ah, per the spec sheet."),
        ),
        (
            "Interest rate of bond DX-4",
            (3.5, "%", "Bond DX-4 pays 3.5 % interest."),
            (4.25, "%", "Holders of DX-4 receive interest of 4.25 %."),
        ),
        (
            "Elevation of Camp Two",
            (6100, "m", "Camp Two lies at 6,100 m."),
            (6400, "m", "The climbers pitched it at an elevation of 6,400 m."),
        ),
        (
            "Refund window for tickets",
            (14, "days", "Tickets can be returned within 14 days."),
            (30, "days", "Customers have 30 days to get money back for a ticket."),
        ),
        (
            "Power of the pump in hall 2",
            (12, "kW", "The pump has a power of 12 kW."),
            (45, "kW", "The pump delivers 45 kW."),
        ),
        # The same case in other words.
        (
            "Queue delay",
            (140, "ms", "In May 2024 its p99 was 140 ms."),
            (410, "ms", "The 99th percentile in May 2024 was 410 ms."),
        ),
        (
            "Net revenue",
            (4.2, "EUR", "It was EUR 4.2 in fiscal 2023."),
            (3.8, "EUR", "FY2023: EUR 3.8"),
        ),
        (
            "Annual leave at Norden",
            (30, "days", "Staff get 30 days of annual leave."),
            (25, "days", "It is exactly 25 days of leave a year."),
        ),
        (
            "Maximum depth of the lake",
            (502, "m", "At its deepest it is 502 m."),
            (480, "m", "The greatest depth is 480 m."),
        ),
    ],
)
def test_verbs_speakers_and_restatements_are_no_case(subject: str, one: Said, two: Said) -> None:
    assert compared(subject, one, two)[0] == "differ"


@pytest.mark.parametrize(
    ("subject", "one", "two"),
    [
        # What each text says of its own, whatever the words.
        (
            "Fuel use of the Talo van",
            (6.1, "l", "On the motorway it uses 6.1 l."),
            (8.4, "l", "In town the Talo needs 8.4 l."),
        ),
        (
            "Speed limit on route 9",
            (80, "km/h", "Trucks may do 80 km/h."),
            (100, "km/h", "For cars the limit on route 9 is 100 km/h."),
        ),
        (
            "Yield of the reaction",
            (92, "%", "The crude yield was 92 %."),
            (74, "%", "After purification the yield was 74 %."),
        ),
        # A word before the subject's, or before one that names cases, on one side alone.
        ("Rate of the loan", (3, "%", "The intro rate is 3 %."), (5, "%", "The rate is 5 %.")),
        ("Range of the bike", (90, "km", "In eco mode it goes 90 km."), (60, "km", "60 km")),
        # Under a condition, in a rate, in a list that holds more.
        (
            "Notice period in the lease of flat 4",
            (3, "months", "The notice period is 3 months."),
            (9, "months", "If the landlord ends it, 9 months."),
        ),
        (
            "Shipping cost of order 9031",
            (4, "USD", "It is USD 4 a box on order 9031."),
            (54, "USD", "USD 54 for order 9031"),
        ),
        (
            "Losses of the army at Kellen",
            (21, "men", "21 men of the army were killed at Kellen."),
            (78, "men", "Killed, wounded and missing, it lost 78 men at Kellen."),
        ),
        # Two things that are done, where neither text says what the claim is of.
        (
            "Power of the pump in hall 2",
            (12, "kW", "The pump draws 12 kW."),
            (45, "kW", "The pump delivers 45 kW."),
        ),
        (
            "Length of the river Orla",
            (310, "km", "The Orla is 310 km long."),
            (255, "km", "255 km of the Orla are navigable."),
        ),
        # Two things that are counted, or what a thing is made of.
        (
            "Losses in the Arl flood",
            (40, "", "40 houses were lost in the flood."),
            (3, "", "3 people were lost."),
        ),
        (
            "Harvest of Ruvania",
            (4, "t", "Ruvania brought in 4 t of wheat."),
            (7, "t", "The harvest was 7 t."),
        ),
        (
            "Threads of the indexer",
            (8, "", "The indexer starts 8 reader threads."),
            (4, "", "4 threads"),
        ),
        (
            "Weight of the Kestrel",
            (820, "kg", "The Kestrel weighs 820 kg."),
            (610, "kg", "The Kestrel's dry weight is 610 kg."),
        ),
        # Another thing than the subject's, or a part of it.
        ("Tank of the Talo", (80, "l", "The tank holds 80 l."), (10, "l", "The reserve is 10 l.")),
        (
            "Turnover of the Brandt group",
            (410, "EUR", "Brandt Germany turned over EUR 410."),
            (690, "EUR", "The Brandt group had a turnover of EUR 690."),
        ),
        (
            "Members of the club",
            (340, "", "The club has 340 members."),
            (212, "", "212 members are active rowers."),
        ),
        # Two things that happen to one building.
        (
            "Date of the Norden cathedral",
            (1248, "", "Building of the cathedral began in 1248."),
            (1322, "", "The cathedral was consecrated in 1322."),
        ),
        # Who they are, what it is done to, when.
        ("Fee of the club", (120, "EUR", "Students pay EUR 120."), (240, "EUR", "It is EUR 240.")),
        ("Size of the file", (14, "MB", "Compressed 14 MB"), (61, "MB", "It takes 61 MB.")),
        ("Guests", (900, "", "900 came on Saturday."), (4100, "", "4,100 came.")),
    ],
)
def test_each_sort_of_case_is_seen(subject: str, one: Said, two: Said) -> None:
    kind, code = compared(subject, one, two)
    assert (kind, code in ("other_scope", "texts_narrow")) == ("cannot_tell", True)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("The proxy's connect timeout is 5 s.", "The idle timeout is 5 s."),
        ("Free accounts get 5 s.", "Paying users get 5 s."),
        ("On mobile it is 5 s.", "In the web app it is 5 s."),
        ("On average it is 5 s.", "At night it is 5 s."),
    ],
)
def test_one_figure_of_two_cases_is_no_agreement(one: str, two: str) -> None:
    said = (5, "s", one), (5, "s", two)
    assert compared("proxy.timeout", *said)[0] == "cannot_tell"
    assert compared("proxy.timeout", said[0], (5, "s", "It is 5 s."))[0] == "agree"


def test_nobody_rounds_a_number_that_is_a_name() -> None:
    assert compared("listen port", (9090, "", ""), (9100, "", ""))[0] == "differ"
    assert compared("visitors", (9090, "", ""), (9100, "", ""))[1] == "may_be_rounded"


def test_one_figure_of_two_versions_is_no_agreement() -> None:
    one = (131, "min", "The theatrical version of Northern Light runs 131 minutes.")
    two = (131, "min", "The director's cut of Northern Light lasts 131 minutes.")
    assert compared("Northern Light running time", one, two)[0] == "cannot_tell"
    plain = (131, "min", "Northern Light lasts 131 minutes.")
    assert compared("Northern Light running time", one, plain)[0] == "agree"
