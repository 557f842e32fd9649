"""Who may know torch: the runner, its border and devices; the scheduler and all its parts know the standard library."""

import ast
import subprocess
import sys
from pathlib import Path

import service.engine

ENGINE = Path(service.engine.__file__).parent


def imports_of(module: str) -> set[str]:
    """Full names of the modules that a module of the engine imports."""
    tree = ast.parse((ENGINE / f"{module}.py").read_text())
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return plain | {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def test_only_what_computes_its_runner_and_border_import_torch() -> None:
    modules = {path.stem for path in ENGINE.glob("*.py")}
    knowing = {m for m in modules if any(name.split(".")[0] == "torch" for name in imports_of(m))}
    assert knowing == {"border", "compute", "cuda", "replay", "runner"}
    assert {m for m in modules if "service.engine.border" in imports_of(m)} == {"compute", "replay", "runner"}


def test_the_scheduler_is_made_of_the_standard_library() -> None:
    todo, seen = ["scheduler"], set[str]()
    while todo:
        seen.add(module := todo.pop())
        for name in imports_of(module):
            if name.startswith("service.engine."):
                todo += {name.removeprefix("service.engine.")} - seen
            else:
                assert name.split(".")[0] in sys.stdlib_module_names, f"{module} imports {name}"
    assert {"segment", "fair_queue", "rows"} < seen


def test_callers_get_the_engines_words_without_torch() -> None:
    code = "import sys, service.engine, service.engine.scheduler; sys.exit('torch' in sys.modules)"
    root = ENGINE.parent.parent
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
