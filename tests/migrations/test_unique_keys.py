"""Name what the database itself keeps from standing there twice, whatever the code above it does."""

import re

import pytest
from sqlalchemy import Connection, Inspector, inspect

from migrations.run import transaction

# Table, columns, and for which rows; keys of one column that is nothing but an id go without saying.
KEYS = {
    ("articles", "slug_key", ""): "two articles never answer to one name",
    ("users", "email_key", ""): "an address has one account",
    ("single_use_tokens", "token_hash", ""): "a token opens one thing",
    ("credentials", "user_id", "ended_at IS NULL"): "one credential of an expert stands",
    ("applications", "user_id", "closed_at IS NULL"): "one application of a user is open",
    ("application_revisions", "application_id, number", ""): "two revisions of an application never get one number",
    ("invitations", "token_hash", ""): "a token of an invitation opens one",
    ("idempotency_records", "user_id, route, key", ""): "a key of a client is used once",
    ("comment_revisions", "comment_id, number", ""): "two edits never get one number",
    ("analysis_revisions", "analysis_id, number", ""): "two edits of an analysis never get one number",
    ("reactions", "comment_id, user_id, kind", ""): "one reaction of a kind from each",
    ("disclosures", "article_id, user_id, version", ""): "two declarations never get one version",
    ("changes", "article_id, subject_id", ""): "a thing stands once in the changes of its article",
    ("own_changes", "user_id, subject_id", ""): "a thing stands once in the changes of its owner",
    ("cases", "subject_id, kind, is_review", "state = 'open'"): "one open case of a kind about one thing",
    ("decisions", "number", ""): "the chain has no forks",
    ("reports", "reporter_id, comment_id", "state = 'open'"): "one report in work from each",
    ("appeals", "case_id", ""): "a case is about one appeal",
    ("appeals", "decision_id", ""): "a decision is appealed once",
    ("appealed_decisions", "appeal_id, decision_id", ""): "a decision stands once among those of an appeal",
    ("reversals", "reversal_id", ""): "a decision takes back one other",
    ("batch_results", "batch_id, case_id", ""): "a case stands once in a batch",
    ("rule_hits", "rule_id, comment_id, revision", ""): "a rule is counted once for a text",
    ("text_bands", "comment_id, revision, band", ""): "a band of a text stands once",
    ("webhook_deliveries", "webhook_id, event_id", ""): "a webhook is told of an event once",
    ("webhook_tries", "delivery_id, number", ""): "two tries never get one number",
    ("subscriptions", "article_id, user_id", ""): "a discussion is followed once",
    ("notifications", "user_id, kind, cause_id", ""): "nobody is told of one thing twice",
}


def keys(connection: Connection) -> set[tuple[str, str, str]]:
    """Read what is unique in each table: primary keys of several columns, constraints and indexes."""
    inspector = inspect(connection)
    return {key for table in inspector.get_table_names() for key in _keys_of(inspector, table)}


def _keys_of(inspector: Inspector, table: str) -> set[tuple[str, str, str]]:
    primary = inspector.get_pk_constraint(table)["constrained_columns"]
    found = {(table, ", ".join(primary), "")} if len(primary) > 1 else set()
    found |= {(table, ", ".join(key["column_names"]), "") for key in inspector.get_unique_constraints(table)}
    for index in inspector.get_indexes(table):
        if index["unique"] and not index.get("duplicates_constraint"):
            options = index.get("dialect_options", {})
            where = str(options.get("sqlite_where", options.get("postgresql_where", "")))
            columns = ", ".join(str(name) for name in index["column_names"])
            found.add((table, columns, re.sub(r"::\w+|[()]", "", where)))
    return found


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_database_keeps_exactly_these_from_standing_there_twice(database_url: str) -> None:
    with transaction(database_url) as connection:
        assert keys(connection) == KEYS.keys()
