"""The go/no-go report, from accepted inputs only."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.demo.findings import File, Finding, Place, Result, json_of
from agents.demo.inputs import Given, fetch_inputs
from agents.demo.library import Library
from agents.demo.run import Run
from agents.demo.statements import CHANGE, IN_ORDER, PROBLEM, Statement, statements_from

STATEMENTS = "statements.json"
VERDICTS = {
    "go": "Go.",
    "go_with_fix": "Go, once the accepted fix is applied. As it stands it may not ship.",
    "no_go": "No-go.",
}


@dataclass(frozen=True)
class Verdict:
    """`because` are the lines it rests on, `against` what still speaks against shipping."""

    code: str
    against: tuple[str, ...]
    because: tuple[Place, ...]


def judge(statements: Sequence[Statement], missing: Sequence[str], fix: Given | None) -> Verdict:
    """Go only if everything was shown, and every problem is settled by a fix whose tests pass."""
    problems = [statement for statement in statements if statement.kind == PROBLEM]
    settled = {statement.subject for statement in statements if statement.kind == CHANGE}
    against = [
        f"No accepted, readable file {name} was given." for name in missing if name != "fix.json"
    ]
    against += [statement.text for statement in problems if statement.subject not in settled]
    because = [place for statement in problems for place in statement.places]
    if problems and fix is not None:
        because.append(fix.place(fix.line_with('"exit_code_after"')))
        if fix.head().get("exit_code_after") != 0:
            against.append("The tests do not pass after the fix.")
    if against:
        return Verdict("no_go", tuple(against), tuple(because))
    if problems:
        return Verdict("go_with_fix", (), tuple(because))
    grounds = [place for statement in statements for place in statement.places]
    return Verdict("go", (), tuple(grounds))


def link_of(statement: Statement) -> str:
    """Where a statement stands in the library and in the input, for a reader to follow."""
    inputs = ", ".join(f"{place} of {place.deliverable_id}" for place in statement.places)
    return f"(`{statement.origin}`; {inputs})"


def rulings_in(run: Run) -> list[str]:
    """What people have ruled, as the order tells it: what holds and why."""
    context = run.order.get("context") or {}
    return [
        f"`{fact['subject']}`: **{fact['value']} {fact.get('unit') or ''}".rstrip()
        + f"** ({fact.get('text') or 'no reason given'})"
        for fact in context.get("facts") or ()
        if fact.get("value") is not None
    ]


def report_lines(
    title: str,
    verdict: Verdict,
    statements: Sequence[Statement],
    inputs: Sequence[Given],
    rulings: Sequence[str],
) -> list[str]:
    lines = [f"# {title}", "", f"**{VERDICTS[verdict.code]}**", ""]
    lines += [f"- {reason}" for reason in verdict.against]
    sections = {PROBLEM: "Problems found", CHANGE: "What the fix changes", IN_ORDER: "In order"}
    for kind, heading in sections.items():
        told = [f"- {s.text} {link_of(s)}" for s in statements if s.kind == kind]
        lines += ["", f"## {heading}", "", *(told or ["Nothing."])]
    if rulings:
        lines += ["", "## Ruled by people", "", *(f"- {ruling}" for ruling in rulings)]
    lines += ["", "## Inputs", "", "| File | Deliverable | sha256 |", "|---|---|---|"]
    lines += [f"| {g.name} | {g.deliverable_id} | {g.place(1).sha256} |" for g in inputs]
    return [*lines, ""]


def write_report(run: Run, library: Library) -> Result:
    """The report as a card's result. The library is not looked at: only inputs count."""
    inputs = fetch_inputs(run)
    statements, missing = statements_from(inputs)
    run.step(60, "Reading the accepted findings", did=f"{len(statements)} statements")
    fix = next((given for given in inputs if given.name == "fix.json"), None)
    verdict = judge(statements, missing, fix)
    run.step(80, "Weighing go against no-go", did=VERDICTS[verdict.code])
    rulings = rulings_in(run)
    lines = report_lines(run.title, verdict, statements, inputs, rulings)
    kept = [
        {"kind": s.kind, "subject": s.subject, "text": s.text, "origin": s.origin}
        for s in statements
    ]
    findings = [Finding("release.may_ship", verdict.code, VERDICTS[verdict.code], verdict.because)]
    findings += [Finding(f"report.{s.subject}", s.kind, s.text, s.places) for s in statements]
    told = [f"**{VERDICTS[verdict.code]}**", "", *(f"- {reason}" for reason in verdict.against)]
    told += [f"- Ruled by people: {ruling}" for ruling in rulings]
    return Result(
        summary_md="\n".join(told).strip(),
        files=(
            File("report.md", "text/markdown", "\n".join(lines).encode()),
            File(
                STATEMENTS,
                "application/json",
                json_of({"verdict": verdict.code}, "statements", kept),
            ),
        ),
        findings=tuple(findings),
    )
