"""Show that revisions stand by themselves and that a draft of the next one can be had."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from migrations.run import PROJECT, configuration

ROOT = PROJECT.parent
FILES = sorted((ROOT / "migrations" / "versions").glob("2*.py"))
FOREIGN = {"alembic", "idna", "sqlalchemy"} | sys.stdlib_module_names


def imported_roots(source: str) -> set[str]:
    """Give the first names of all modules that a source imports, anywhere in it."""
    nodes = list(ast.walk(ast.parse(source)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named = {node.module or "." for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in plain | named}


class TestFiles:
    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_a_revision_imports_nothing_of_ours_nor_what_the_models_are_made_with(self, path: Path) -> None:
        assert imported_roots(path.read_text()) <= FOREIGN

    def test_revisions_are_one_line_numbered_in_order(self) -> None:
        scripts = list(ScriptDirectory.from_config(configuration()).walk_revisions())[::-1]
        assert [script.revision for script in scripts] == [f"{number:04}" for number in range(1, len(FILES) + 1)]
        assert [Path(script.path) for script in scripts] == FILES

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_a_file_is_named_for_its_day_its_number_and_what_it_does(self, path: Path) -> None:
        assert re.fullmatch(r"\d{4}_\d\d_\d\d_\d{4}_[a-z_]+", path.stem)


class TestDraft:
    def test_a_draft_has_what_the_revisions_lack_and_imports_nothing_of_ours(self, tmp_path: Path) -> None:
        shutil.copy(PROJECT, tmp_path)
        shutil.copytree(ROOT / "migrations", tmp_path / "migrations")
        first = tmp_path / "migrations" / "versions" / FILES[0].name
        first.write_text(re.sub(r'\n *sa.Column\("email_verified_at".*', "", first.read_text()))
        subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "migrations.draft", "Keep when an address was verified"],
            check=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
        )
        (path,) = set(first.parent.glob("2*.py")) - {first.parent / file.name for file in FILES}
        source = path.read_text()
        assert path.stem.endswith(f"_{len(FILES) + 1:04}_keep_when_an_address_was_verified")
        assert 'add_column(sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True))' in source
        assert source.startswith('"""Keep when an address was verified."""')
        assert imported_roots(source) <= FOREIGN
