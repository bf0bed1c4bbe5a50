"""Budgets and rules of style that a machine can see."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.web.bundles import BUNDLES

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "app").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
_LONGEST_MODULE = 300
_LONGEST_FUNCTION = 40
_LONGEST_TEMPLATE = 100
_LARGEST_KIT = 2_200
_RESOURCE_FIELDS = 12
# What floats is time or the width of a letter, and a spreadsheet's own number, read as its text.
_FLOATING = {
    "app/access/domains.py",
    "app/command_line.py",
    "app/db/counting.py",
    "app/payments/sheets.py",
    "app/serve.py",
    "app/statements/document.py",
    "app/web/assets.py",
}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _code(path: Path) -> ast.Module:
    return ast.parse(_text(path))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_short_and_says_what_it_is_for(path: Path):
    assert len(_text(path).splitlines()) <= _LONGEST_MODULE
    assert ast.get_docstring(_code(path)), "a module opens with one sentence"


def test_functions_fit_a_screen():
    long = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in MODULES
        for node in ast.walk(_code(path))
        if isinstance(node, ast.FunctionDef) and _length(node) > _LONGEST_FUNCTION
    ]
    assert not long


def _length(node: ast.FunctionDef) -> int:
    """Count the lines of the body, the docstring left out."""
    first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
    return (node.end_lineno or 0) - first.lineno + 1


def test_templates_are_short():
    long = [str(path) for path in TEMPLATES if len(_text(path).splitlines()) > _LONGEST_TEMPLATE]
    assert not long


def test_templates_carry_no_style_or_script_of_their_own():
    for path in TEMPLATES:
        if path.parent.name in {"pdf", "mail"}:
            continue
        text = re.sub(r"\{#.*?#\}", "", _text(path), flags=re.DOTALL)
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|hx-on|js:", text), (
            path
        )


def test_templates_import_nothing_that_they_leave_unused():
    unused = []
    for path in TEMPLATES:
        text = _text(path)
        for names in re.findall(r"{%-?\s*from\s+'[^']+'\s+import\s+([^%]+?)\s*-?%}", text):
            for name in re.split(r",\s*", names):
                alias = name.split(" as ")[-1].strip()
                if len(re.findall(rf"\b{re.escape(alias)}\b", text)) < 2:
                    unused.append(f"{path.relative_to(ROOT)}: {alias}")
    assert not unused


def test_every_form_that_writes_carries_the_token():
    for path in TEMPLATES:
        for form in re.findall(r"<form\b.*?</form>", _text(path), flags=re.DOTALL):
            if 'method="post"' in form:
                assert "csrf_token" in form or "hidden_fields(" in form, path


def test_colours_come_from_tokens():
    for path in (ROOT / "static" / "css").glob("*.css"):
        if path.name in {"tokens.css", "pdf.css", "print.css"}:
            continue
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?=[^{]*[;}])", _text(path)), path


def test_every_style_and_script_is_on_every_page_or_has_its_own():
    """The style guide's page links its own; documents take theirs from the file."""
    alone = {"css": {"pdf", "styleguide"}, "js": set()}
    for bundle, names in BUNDLES.items():
        kind = bundle.partition("/")[0]
        files = {path.stem for path in (ROOT / "static" / kind).glob(f"*.{kind}")}
        assert sorted(names) == sorted(files - alone[kind])


def test_there_is_one_commit_and_one_clock():
    source = {path.relative_to(ROOT).as_posix(): _text(path) for path in MODULES}
    # The benchmark measures the bare database beside the product; that side commits by itself.
    bare = "app/reports/bench/"
    commits = [
        name for name, text in source.items() if ".commit()" in text and not name.startswith(bare)
    ]
    # A channel commits what `perform()` tells it to, and nobody else is given one.
    assert commits == ["app/controls/commands.py", "app/db/channel.py"]
    given = [name for name, text in source.items() if "database.channel()" in text]
    assert given == ["app/controls/commands.py"]
    assert source["app/controls/commands.py"].count(".commit()") == 1
    clock = re.compile(r"date\.today\(|datetime\.now\(|utcnow\(")
    clocks = [n for n, text in source.items() if clock.search(text) and not n.startswith(bare)]
    assert clocks == ["app/kernel/clock.py"]


def test_money_never_floats():
    floats = {
        path.relative_to(ROOT).as_posix()
        for path in MODULES
        if "bench" not in path.parts
        and any(
            (isinstance(node, ast.Constant) and isinstance(node.value, float))
            or (isinstance(node, ast.Name) and node.id == "float")
            for node in ast.walk(_code(path))
        )
    }
    assert floats == _FLOATING


def test_commands_know_nothing_of_the_web():
    knowing = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in MODULES
        if any(_handles(node) for node in ast.walk(_code(path)))
        for name in _imported(path)
        if name.startswith(("flask", "wtforms", "app.web"))
    ]
    assert not knowing


def _handles(node: ast.AST) -> bool:
    """Tell whether it is a handler of a command, whatever its module is called."""
    return isinstance(node, ast.FunctionDef) and any(
        isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "handles"
        for one in node.decorator_list
    )


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(_code(path)):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{one.name}" for one in node.names)


def test_what_a_field_offers_later_is_made_by_options():
    # WTForms warns of tuples where a field is declared, not where its choices are set.
    assert not [
        str(path) for path in MODULES if re.search(r"\.choices = (?!options\()", _text(path))
    ]


def test_a_text_that_is_required_is_more_than_blanks():
    """`required` sees to it; an address and a password are judged by themselves."""
    texts = {"StringField", "TextAreaField", "HiddenField", "TelField", "SearchField"}
    lax = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(_code(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in texts
        and {"InputRequired", "chosen"} & {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    ]
    assert not lax


def test_the_kit_stays_small():
    lines = sum(len(_text(path).splitlines()) for path in (ROOT / "app" / "web").glob("*.py"))
    assert lines <= _LARGEST_KIT


def test_a_resource_has_no_more_switches():
    classes = [
        node for node in _code(ROOT / "app/web/resource.py").body if isinstance(node, ast.ClassDef)
    ]
    (resource,) = [node for node in classes if node.name == "Resource"]
    assert sum(isinstance(node, ast.AnnAssign) for node in resource.body) <= _RESOURCE_FIELDS


def test_the_kit_knows_no_resource_by_name():
    for path in (ROOT / "app" / "web").glob("*.py"):
        assert not re.search(r"(?:resource|listing)\.(?:name|singular|module) ==", _text(path)), (
            path
        )


def test_views_write_nothing_but_by_commands():
    for path in MODULES:
        # Saved views are records, kept by commands.
        is_seen = path.name.endswith(("views.py", "pages.py", "resource.py"))
        if is_seen and path.parent.name != "controls":
            assert not re.search(r"session\.(?:add|delete|flush)\(|writer\(\)", _text(path)), path
