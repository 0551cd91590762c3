"""One question of every kind, as a room might put it."""

from __future__ import annotations

from agents.judge.proposals import Reading
from agents.judge.questions import (
    AcceptedPart,
    AssignQuestion,
    Candidate,
    CardLine,
    CardToGive,
    CheckQuestion,
    ClaimLine,
    ComposeQuestion,
    CourseQuestion,
    Criterion,
    DiagnoseQuestion,
    Excerpt,
    FactLine,
    PastAttempt,
    PlanQuestion,
    Question,
    ReadQuestion,
    ReconcileQuestion,
    ReplyQuestion,
)

GOAL = "Find out what tea costs in six shops and write it up."
RULES = "Cite every price. Prices are in euros."
FACTS = (FactLine("price of green tea", 4.2, "EUR", "The shop's own page says so."),)
SKILLS = ("research", "writing", "data")
CLAIM_A = ClaimLine(
    "clm_a", "price of black tea", 3.1, "EUR", "Black tea costs 3.10 EUR.", "Prices"
)
CLAIM_B = ClaimLine(
    "clm_b", "price of black tea", 3.4, "EUR", "Black tea is at 3.40 EUR.", "Report"
)

PLAN = PlanQuestion(goal=GOAL, room_rules=RULES, skills=SKILLS, facts=FACTS)
ASSIGN = AssignQuestion(
    room_rules=RULES,
    goal_line=GOAL,
    cards=(
        CardToGive("card_1", "Price list", "table", ("research",)),
        CardToGive("card_2", "Report", "report", ("writing",), 2, eligible=("agt_bo",)),
    ),
    workers=(
        Candidate("agt_ada", "Ada", ("research", "writing"), 0.8, load=1, capacity=2),
        Candidate("agt_bo", "Bo", ("writing",), None, load=0, capacity=3),
    ),
)
READING = Reading("stuck", "missing_input", 40, ("I could not open the page of the third shop.",))
DIAGNOSE = DiagnoseQuestion(
    title="Price list",
    brief="List what tea costs in six shops.",
    failure="checks_failed",
    criteria=("Each price names its shop.", "All six shops are in the list."),
    kind="table",
    card_skills=("research",),
    goal=GOAL,
    room_rules=RULES,
    facts=FACTS,
    skills=SKILLS,
    evidence={"steps": 12, "minutes": 3.5, "checks_failed": 2},
    reading=READING,
    attempts=(PastAttempt(1, "Ada", "error", "retry"), PastAttempt(2, "Ada", "checks_failed")),
    attempts_left=2,
    depth_left=2,
    cards_left=6,
    reviewer_said="Two shops are missing.",
)
CHECK = CheckQuestion(
    title="Price list",
    criteria=(Criterion(1, "Each price names its shop."), Criterion(2, "All six shops are there.")),
    kind="table",
    summary="Six shops, one price each.",
    files=(Excerpt("prices.csv", "shop,price\nLeaf,3.10\nCup,3.40"),),
    claims=(CLAIM_A,),
    sources=("the price page of Leaf",),
)
READ = ReadQuestion(
    texts=(
        Excerpt("error", "I could not open the page of the third shop.\nIt asks for a password."),
        Excerpt("step", "Opened the page of the second shop."),
    )
)
RECONCILE = ReconcileQuestion(a=CLAIM_A, b=CLAIM_B)
REPLY = ReplyQuestion(
    message="How far are we?",
    sender="Kim",
    goal=GOAL,
    room_rules=RULES,
    facts=FACTS,
    digest="2 cards: 1 ready, 1 review.\n#2 review: Report (waits for review)\n#1 ready: Prices",
)
COURSE = CourseQuestion(
    goal=GOAL,
    room_rules=RULES,
    facts=FACTS,
    digest="2 cards: 1 ready, 1 review.\n#2 review: Report (waits for review)\n#1 ready: Prices",
    cards=(CardLine("card_2", 2, "Report", "review"), CardLine("card_1", 1, "Prices", "ready")),
)
COMPOSE = ComposeQuestion(
    goal=GOAL,
    parts=(
        AcceptedPart("card_1", "Price list", "table", "Prices of six shops."),
        AcceptedPart("card_2", "Report", "report", "What the prices mean."),
    ),
    room_rules=RULES,
    facts=FACTS,
)

QUESTIONS: dict[str, Question] = {
    one.judgement: one
    for one in (PLAN, ASSIGN, DIAGNOSE, CHECK, READ, RECONCILE, REPLY, COURSE, COMPOSE)
}
