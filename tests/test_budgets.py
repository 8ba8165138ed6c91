"""The size budgets of docs/design/architecture.md. The tail is what goes bad: long functions, god classes, long files."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
MAX_LINES = {"src/**/*.py": 400, "benchmarks/**/*.py": 400, "tests/**/*.py": 500, "web/src/**/*.tsx": 250, "scripts/*.sh": 150}
MAX_FUNCTION_LINES = 60
P90_FUNCTION_LINES = 25
MAX_CLASS_LINES = 250
NOT_OURS = ("web/src/api/generated", "node_modules/")


def nodes(kind: type[ast.AST] | tuple[type[ast.AST], ...]) -> Iterator[tuple[str, int]]:
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, kind):
                start = node.body[0].end_lineno if ast.get_docstring(node) else node.lineno
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node.end_lineno - start + 1


def test_no_file_is_longer_than_its_budget():
    ours = [
        (path, budget)
        for pattern, budget in MAX_LINES.items()
        for path in ROOT.glob(pattern)
        if not any(part in path.as_posix() for part in NOT_OURS)
    ]
    lengths = [(path.relative_to(ROOT), len(path.read_text(encoding="utf-8").splitlines()), budget) for path, budget in ours]
    too_long = [f"{path}: {lines} lines, the budget is {budget}" for path, lines, budget in lengths if lines > budget]
    assert not too_long, "\n".join(too_long)


def test_no_function_is_longer_than_its_budget():
    functions = list(nodes((ast.FunctionDef, ast.AsyncFunctionDef)))
    assert len(functions) > 100
    assert not [f"{where}: {lines} lines" for where, lines in functions if lines > MAX_FUNCTION_LINES]


def test_nine_functions_in_ten_are_short():
    lengths = sorted(lines for _, lines in nodes((ast.FunctionDef, ast.AsyncFunctionDef)))
    assert lengths[int(len(lengths) * 0.9)] <= P90_FUNCTION_LINES


def test_no_class_is_longer_than_its_budget():
    assert not [f"{where}: {lines} lines" for where, lines in nodes(ast.ClassDef) if lines > MAX_CLASS_LINES]
