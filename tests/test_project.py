"""Laws of the repository as a whole: who may import whom, what documents promise, what no file may contain."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = ("model", "training", "service")
NO_CONTEXT: Any = None  # a group names its commands without one
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]

JIT_FILES = {"training/export.py", "service/engine/runner.py", "service/artifact.py"}


def python_files(*directories: str) -> list[Path]:
    return [path for directory in directories for path in sorted((ROOT / directory).rglob("*.py"))]


def tracked_files() -> list[Path]:
    """Files of the repository; without git, those that a fresh clone would have."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listing = subprocess.run(command, capture_output=True, check=False)
    if listing.returncode == 0:
        return [
            ROOT / os.fsdecode(name)
            for name in listing.stdout.split(b"\0")
            if name and (ROOT / os.fsdecode(name)).is_file()
        ]
    ignored = {".git", ".venv", "data", "runs"}
    return [path for path in ROOT.rglob("*") if path.is_file() and not ignored & set(path.relative_to(ROOT).parts)]


def text_of(path: Path) -> str | None:
    """The text of a file, or None for a binary one."""
    content = path.read_bytes()
    return None if b"\0" in content else content.decode("utf-8")


def imports(path: Path) -> Iterator[str]:
    """Full names of the modules that a file imports, at whatever depth."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize("path", python_files("model"), ids=module_name)
def test_the_model_imports_torch_and_the_standard_library_only(path: Path) -> None:
    allowed = {"torch", "model"} | sys.stdlib_module_names
    assert {name.partition(".")[0] for name in imports(path)} <= allowed


def test_scheduling_reaches_the_standard_library_only() -> None:
    reached, waiting = set[str](), {"service.engine.scheduler", "service.engine.segment"}
    while waiting:
        module = waiting.pop()
        if module.startswith("service."):
            waiting |= set(imports(ROOT / (module.replace(".", "/") + ".py"))) - reached
        reached.add(module)
    own = {module for module in reached if module.startswith("service.")}
    assert {module.partition(".")[0] for module in reached - own} <= sys.stdlib_module_names
    assert {module for module in own if not module.startswith("service.engine.")} == set()


def test_torch_jit_is_called_in_few_files() -> None:
    users = {
        str(path.relative_to(ROOT))
        for path in python_files(*PACKAGES)
        if re.search(r"\bjit\.(?!export|unused|ignore)", path.read_text())
    }
    assert users <= JIT_FILES


@pytest.mark.parametrize("path", python_files(*PACKAGES, "tests"), ids=module_name)
def test_no_function_is_longer_than_sixty_lines(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= 60] == []


def test_no_file_names_a_place_on_one_machine() -> None:
    machine_path = re.compile(r"""(?<![\w.:/-])/(?:home|root|Users|work|opt)/\w""")
    found = {
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked_files()
        if (text := text_of(path)) is not None
        for match in machine_path.finditer(text)
    }
    assert found == set()


def test_nothing_large_is_tracked_but_artifacts_and_phrases() -> None:
    large = [path.relative_to(ROOT) for path in tracked_files() if path.stat().st_size > 1_000_000]
    assert [path for path in large if not str(path).startswith(("artifacts/", "training/phrases/"))] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_make_commands_in_documents_exist(document: Path) -> None:
    named = set(re.findall(r"(?:^|`)make ([a-z][a-z-]*)", document.read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


def test_the_readme_starts_the_service_and_the_tests() -> None:
    assert {"make serve", "make test"} <= set(
        re.findall(r"make [a-z-]+", (ROOT / "README.md").read_text(encoding="utf-8"))
    )


@pytest.mark.parametrize("program", ["dragoman", "dragoman-train"])
def test_programs_in_documents_have_the_named_verbs_and_options(program: str) -> None:
    commands = commands_of(program)
    for document in DOCUMENTS:
        for verb, rest in re.findall(rf"^{program} ([a-z-]+)(.*)$", code_of(document), re.MULTILINE):
            assert verb in commands, f"{document.name}: {program} {verb}"
            assert set(re.findall(r"--[a-z-]+", rest)) <= commands[verb], f"{document.name}: {program} {verb}"


def code_of(document: Path) -> str:
    """Lines of code in a document: fenced, indented or in backquotes; a command that is continued is one line."""
    text = re.sub(r"\\\n\s*", " ", document.read_text(encoding="utf-8"))
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    indented = re.findall(r"^ {4}(\S.*)$", text, re.MULTILINE)
    inline = re.findall(r"`([^`\n]+)`", text)
    return re.sub(r"^(?:\$ )?(?:\.venv/bin/)?", "", "\n".join([*fenced, *indented, *inline]), flags=re.MULTILINE)


def commands_of(program: str) -> dict[str, set[str]]:
    """The verbs of a console script, each with its options; and the script's own options, which stand alone."""
    module, _, _ = PROJECT["project"]["scripts"][program].partition(":")
    group = typer.main.get_group(import_module(module).app)
    verbs: dict[str, Any] = {name: group.get_command(NO_CONTEXT, name) for name in group.list_commands(NO_CONTEXT)}
    own: dict[str, set[str]] = {option: set() for each in group.params for option in each.opts}
    return own | {name: options_of(verb) for name, verb in verbs.items()}


def options_of(verb: Any) -> set[str]:
    """The options of a verb, or of all verbs below it."""
    own = {option for p in verb.params for option in (*p.opts, *p.secondary_opts)}
    return own.union(*(options_of(each) for each in getattr(verb, "commands", {}).values()))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8"))
    local = [target for target in targets if not re.match(r"[a-z]+:", target)]
    assert [target for target in local if not (document.parent / target).exists()] == []


def test_every_make_verb_is_phony_and_explained() -> None:
    verbs = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    explained = set(re.findall(r"^([a-z-]+):.*  ## .", MAKEFILE, re.MULTILINE))
    assert phony
    assert set(phony.group(1).split()) == verbs == explained


def test_the_workflow_runs_what_a_developer_runs() -> None:
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    assert re.findall(r"^\s*- run: (.*)$", workflow, re.MULTILINE) == [".ci/run"]
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert "set -euo pipefail" in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_versions_that_others_depend_on_are_pinned() -> None:
    dependencies = PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["training"]
    assert [name for name in dependencies if name.startswith("torch")] == ["torch==2.13.*"]
    assert [name for name in dependencies if re.match(r"sacrebleu==\d+\.\d+\.\d+$", name)]


def test_the_changelog_knows_this_version() -> None:
    assert f"## {PROJECT['project']['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_one_warning_is_ignored_and_every_other_is_an_error() -> None:
    first, *ignored = PROJECT["tool"]["pytest"]["ini_options"]["filterwarnings"]
    assert first == "error"
    assert [rule for rule in ignored if "torch\\.jit" not in rule] == []


def test_operations_names_every_setting_with_its_default() -> None:
    from service.settings import Settings, variable

    rows = re.findall(r"^\| `(DRAGOMAN_\w+)` \| ([^|]+) \|", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)
    assert [name for name, _ in rows] == [variable(name) for name in Settings.model_fields]
    for (name, told), field in zip(rows, Settings.model_fields.values(), strict=True):
        if isinstance(field.default, bool):
            assert told.strip() == str(field.default).lower(), name
        elif isinstance(field.default, int | float):
            assert float(told) == field.default, name
