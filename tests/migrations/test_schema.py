"""Show that the revisions make the very tables that the models describe, and take them away again."""

from migrations.run import downgrade, transaction, upgrade
from models.tables import metadata
from tests.migrations.schema import Schema, schema_of


def read_schema(url: str) -> Schema:
    """Read the schema of a database."""
    with transaction(url) as connection:
        return schema_of(connection)


def test_revisions_and_models_make_the_same_schema(blank_database_url: str) -> None:
    upgrade(blank_database_url)
    migrated = read_schema(blank_database_url)
    downgrade(blank_database_url, "base")
    with transaction(blank_database_url) as connection:
        metadata.create_all(connection)
    assert migrated == read_schema(blank_database_url)


def test_what_is_compared_names_lengths_predicates_words_and_collations(blank_database_url: str) -> None:
    upgrade(blank_database_url)
    lines = "\n".join(line for lines in read_schema(blank_database_url).values() for line in lines)
    for detail in ("320", "WHERE is_listed", "changes_requested", "REFERENCES comments", "DESC", "uq_users_email_key"):
        assert detail in lines
    assert ("COLLATE BINARY NOT NULL" if "sqlite" in blank_database_url else "path text C NOT NULL") in lines


def test_going_down_to_base_leaves_nothing(blank_database_url: str) -> None:
    upgrade(blank_database_url)
    downgrade(blank_database_url, "base")
    assert read_schema(blank_database_url) == {}
