"""Which names the cells of a chapter share: what an exercise sets or changes, no other cell may read."""

import ast
from collections.abc import Iterable, Iterator

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def leaks(cells: Iterable[tuple[str, list[str]]]) -> list[str]:
    """Where a cell reads what an exercise before it set: solved and unsolved, the chapter would not be the same.

    Args:
        cells: Of each code cell its name and the forms in which it is run: one, or an exercise's stub and solution.
    """
    problems: list[str] = []
    owner: dict[str, str] = {}  # name -> the exercise that set it last
    in_functions: set[str] = set()  # names that functions of other cells read when they are called, later perhaps
    for cell, forms in cells:
        trees = [ast.parse(form) for form in forms]
        for name in sorted(set().union(*(_needs(tree.body, set()) for tree in trees)) & set(owner)):
            problems.append(f"{cell!r} reads `{name}`, which the exercise {owner[name]!r} sets")
        if len(trees) > 1:
            made = bound_names(*trees)
            changed = set().union(*map(changed_names, trees)) - made
            problems += [f"the exercise {cell!r} changes `{name}`, which it did not make" for name in sorted(changed)]
            problems += [f"the exercise {cell!r} sets `{name}`, which a function before it reads"
                         for name in sorted(made & in_functions)]  # fmt: skip
            owner |= dict.fromkeys(made, cell)
        else:
            functions = [node for node in ast.walk(trees[0]) if isinstance(node, _FUNCTIONS)]
            in_functions = in_functions.union(*map(read_names, functions))
            surely: set[str] = set()
            _needs(trees[0].body, surely)
            owner = {name: exercise for name, exercise in owner.items() if name not in surely}
    return problems


def needed_names(code: str) -> set[str]:
    """The names that code reads before it binds them itself."""
    return _needs(ast.parse(code).body, set())


def bound_names(*nodes: ast.AST) -> set[str]:
    """The names that code binds in its own scope, whether or not it comes to that line."""
    return {name for node in nodes for name in _bound(node)}


def _bound(node: ast.AST, inside: bool = False) -> Iterator[str]:
    """`inside` a comprehension only `:=` binds outwards."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) if not inside:
            yield name
        case ast.NamedExpr(target=ast.Name(id=name)):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case ast.alias(name=name, asname=asname):
            yield asname or name.split(".")[0]
    if not isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        for child in ast.iter_child_nodes(node):
            yield from _bound(child, inside or isinstance(node, _COMPREHENSIONS))


def read_names(node: ast.AST, local: frozenset[str] = frozenset()) -> set[str]:
    """The names that code reads and that are not `local`, nor a function's, class's or comprehension's own."""
    inner, within = local, list(ast.iter_child_nodes(node))
    around: list[ast.AST] = []  # parts that do not see the inner names
    match node:
        case ast.Name(id=name):
            return {name} - local if isinstance(node.ctx, ast.Load) else set()
        case ast.AugAssign(target=ast.Name(id=name)):
            return {name} - local | read_names(node.value, local)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            inner = local | bound_names(*(generator.target for generator in node.generators))
            around = [node.generators[0].iter]
            within = [part for child in within for part in (ast.iter_child_nodes(child) if child in node.generators
                                                            else [child]) if part is not around[0]]  # fmt: skip
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda() | ast.ClassDef():
            body = node.body if isinstance(node.body, list) else [node.body]
            shared = {name for part in ast.walk(node) if isinstance(part, ast.Global) for name in part.names}
            own = {part.arg for child in within for part in ast.walk(child) if isinstance(part, ast.arg)}
            inner = local | ((own | bound_names(*body)) - shared)
            around, within = [child for child in within if child not in body], list(body)
    return set().union(*(read_names(p, local) for p in around), *(read_names(p, inner) for p in within))


def _needs(statements: list[ast.stmt], bound: set[str]) -> set[str]:
    """The names that statements, one after the other, read before they bind them; adds to `bound` what surely is."""
    needs: set[str] = set()
    for statement in statements:
        if isinstance(statement, ast.With | ast.AsyncWith):
            needs |= _needs_of_parts(statement, bound)
        elif isinstance(statement, ast.Match | ast.If | ast.For | ast.AsyncFor | ast.While | ast.Try | ast.TryStar):
            needs |= _needs_of_parts(statement, set(bound))  # a copy: perhaps it is not run, or not to its end
        else:
            needs |= read_names(statement) - bound
            bound |= bound_names(statement)
    return needs


def _needs_of_parts(node: ast.AST, bound: set[str]) -> set[str]:
    """The same for the head and the blocks of a loop, `if`, `try`, `with` or `match`."""
    needs: set[str] = set()
    if isinstance(node, ast.ExceptHandler) and node.name:
        bound.add(node.name)
    for _, value in ast.iter_fields(node):
        parts = value if isinstance(value, list) else [value]
        if parts and isinstance(parts[0], ast.stmt):
            needs |= _needs(parts, bound if isinstance(node, ast.With | ast.AsyncWith) else set(bound))
        elif parts and isinstance(parts[0], ast.ExceptHandler | ast.match_case):
            needs |= set().union(*(_needs_of_parts(part, set(bound)) for part in parts))
        else:  # a head: what is iterated, tested, opened or caught, and the names given to it
            heads = [part for part in parts if isinstance(part, ast.AST)]
            needs |= set().union(*map(read_names, heads)) - bound
            bound |= bound_names(*heads)
    return needs


def changed_names(node: ast.AST, own: frozenset[str] = frozenset()) -> set[str]:
    """Objects of which an item or attribute is set, `x` in `x[0] = 1` and in `x.a.b = 1`; not a function's `own`."""
    if isinstance(node, _FUNCTIONS):
        body = node.body if isinstance(node.body, list) else [node.body]
        own |= {part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg)} | bound_names(*body)
    found = set().union(*(changed_names(child, own) for child in ast.iter_child_nodes(node)))
    if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
        target: ast.AST = node
        while isinstance(target, ast.Subscript | ast.Attribute):
            target = target.value
        found |= {target.id} - own if isinstance(target, ast.Name) else set()
    return found
