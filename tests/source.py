"""Read the project's own source: what the house rules ask of it, each question a small function."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("api", "auth", "examples", "forum", "migrations", "models", "scripts")
SINGLE = ("main.py", "settings.py")

CLOCK_OR_CHANCE = re.compile(
    r"(datetime\.)?(datetime|date)\.(now|utcnow|today)|time\.(time|monotonic|perf_counter)(_ns)?"
    r"|(random|secrets)\.(?!compare_digest)\w+|os\.urandom|uuid\.uuid[147]|func\.(now|current_timestamp|random)"
)

WITH_STATUS = {"Analysis", "AnalysisRevision", "Comment", "CommentRevision"}

EMPTY_WORDS = {"data", "helper", "helpers", "item", "items", "manager", "util", "utils"}
EMPTY_VERBS = ("do_", "handle_", "process_")
# Libraries call these by their names.
CALLED_BY_NAME = {"data_received", "do_begin", "do_commit", "do_rollback", "process_bind_param", "process_result_value"}

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


@cache
def sources() -> dict[str, ast.Module]:
    """Give every file of the product by its path."""
    paths = [ROOT / name for name in SINGLE] + [path for name in PACKAGES for path in (ROOT / name).rglob("*.py")]
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in sorted(paths)}


def offences(find: Callable[[ast.Module], Iterable[ast.AST]], *, without: Iterable[str] = ()) -> list[str]:
    """Say where the product has what a rule looks for, outside of files and folders where it may."""
    return [
        f"{path}:{getattr(node, 'lineno', 1)}"
        for path, tree in sources().items()
        if not path.startswith(tuple(without))
        for node in find(tree)
    ]


def functions(tree: ast.AST) -> Iterator[Function]:
    """Give every function and method."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def public(tree: ast.Module | ast.ClassDef) -> Iterator[Definition]:
    """Give what others may use by name: functions, classes and their methods."""
    for node in tree.body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node)


def imported(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Give every import with the name of its module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node, node.module or "."


def is_order(docstring: str | None) -> bool:
    """Tell whether a docstring begins with a sentence that begins with a verb, as far as letters show that."""
    first, _, _ = (docstring or "").partition("\n\n")
    word = re.match(r"[A-Z][a-z]+", first)
    if word is None or not first.endswith((".", ":")):
        return False
    begins_otherwise = re.fullmatch(r"A|An|The|Th(is|at|ese|ose)|It|Its|If|When|For|All|Each|Every|\w+[^s]s", word[0])
    return not begins_otherwise and (not word[0].endswith("ing") or word[0] == "Bring")


def is_hollow(name: str) -> bool:
    """Tell whether a name has a word that fits everything."""
    return bool(EMPTY_WORDS & set(snake(name).split("_"))) or name.lstrip("_").startswith(EMPTY_VERBS)


def clocks_and_chance(tree: ast.AST) -> Iterator[ast.AST]:
    """Give what names a function that asks the machine for the time or for chance."""
    for node in ast.walk(tree):
        names = [ast.unparse(node)] if isinstance(node, ast.Attribute) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        if any(CLOCK_OR_CHANCE.fullmatch(name) for name in names):
            yield node


def lines(node: Function) -> int:
    """Count the lines of a function, its decorators aside."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def snake(name: str) -> str:
    """Write `CommentRevision` as `comment_revision`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def plural(name: str) -> str:
    """Write the plural of a table's name."""
    for ending, many in (("sis", "ses"), ("ss", "sses"), ("s", "s"), ("ch", "ches"), ("y", "ies")):
        if name.endswith(ending):
            return name.removesuffix(ending) + many
    return name + "s"


def status_writes(tree: ast.AST) -> Iterator[ast.AST]:
    """Give what writes the status of a comment, analysis or revision that is there already."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target for target in targets if re.fullmatch(r"(?!self\.).*\.status", ast.unparse(target)))
        elif isinstance(node, ast.Call) and (is_set(node) or is_update(node)):
            yield node


def is_set(call: ast.Call) -> bool:
    """Tell whether a call is `setattr(…, "status", …)`."""
    names = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    return ast.unparse(call.func) == "setattr" and "status" in names


def is_update(call: ast.Call) -> bool:
    """Tell whether a call gives values to an UPDATE of what has a status, and one of them may be that."""
    function = call.func
    if not (isinstance(function, ast.Attribute) and function.attr == "values"):
        return False
    updated = re.match(r"update\((\w+)\)", ast.unparse(function.value))
    may_be_status = bool(call.args) or any(keyword.arg in ("status", None) for keyword in call.keywords)
    return updated is not None and updated[1] in WITH_STATUS and may_be_status
