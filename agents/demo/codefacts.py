"""The defaults the code of a library really uses, from its syntax trees."""

import ast
import io
import tokenize
from collections.abc import Iterator

from agents.demo.facts import Fact, result_of, unit_in
from agents.demo.findings import Result
from agents.demo.library import Library, Text
from agents.demo.run import Run


class ModuleReader:
    """Reads one module: its constants, and the defaults that rest on them."""

    def __init__(self, module: Text) -> None:
        self.module = module
        self.tree = ast.parse(module.text)
        self.units = dict(commented_units(module.text))
        self.constants = {
            target.id: node.value
            for node in self.tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }

    def facts(self) -> list[Fact]:
        found = [fact for node in self.tree.body for fact in self._facts_of(node)]
        if "__version__" in self.constants:
            found += self._fact("package.version", self.constants["__version__"])
        return found

    def _facts_of(self, node: ast.stmt) -> Iterator[Fact]:
        if not isinstance(node, ast.ClassDef):
            return
        for part in node.body:
            if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                yield from self._fact(default_of(node, part.target.id), part.value)
            elif isinstance(part, ast.FunctionDef) and part.name == "__init__":
                for name, value in defaults_of(part.args):
                    yield from self._fact(default_of(node, name), value)

    def _fact(self, subject: str, value: ast.expr | None) -> list[Fact]:
        """A fact if the value is a literal, or a constant of this module that is one."""
        if isinstance(value, ast.Name):
            value = self.constants.get(value.id)
        if not isinstance(value, ast.Constant) or not isinstance(value.value, str | int | float):
            return []
        unit = self.units.get(value.lineno, "")
        return [Fact(subject, value.value, unit, self.module.place(value.lineno))]


def default_of(owner: ast.ClassDef, name: str) -> str:
    return f"{owner.name.lower()}.{name}.default"


def defaults_of(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr | None]]:
    named = arguments.posonlyargs + arguments.args
    with_default = named[len(named) - len(arguments.defaults) :]
    yield from zip((arg.arg for arg in with_default), arguments.defaults, strict=True)
    only = (arg.arg for arg in arguments.kwonlyargs)
    yield from zip(only, arguments.kw_defaults, strict=True)


def commented_units(text: str) -> Iterator[tuple[int, str]]:
    """The unit a comment at the end of a line names, by line."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], unit_in(token.string.lstrip("# "))


def code_facts(library: Library) -> list[Fact]:
    return [fact for module in library.modules() for fact in ModuleReader(module).facts()]


def extract_code_facts(run: Run, library: Library) -> Result:
    """The facts of the code as a card's result."""
    modules = library.modules()
    for number, module in enumerate(modules, start=1):
        found = ModuleReader(module).facts()
        run.step(90 * number // len(modules), f"Parsing {module.name}", did=f"{len(found)} facts")
    return result_of(code_facts(library), "code-facts.csv", "uses")
