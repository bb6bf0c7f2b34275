"""Gather every table, so that one import knows the whole schema."""

from models import (
    accounts,
    articles,
    batches,
    cases,
    comments,
    publication,
    reports,
    reversals,
    sanctions,
    screening,
    users,
)
from models.base import Table

__all__ = [
    "Table",
    "accounts",
    "articles",
    "batches",
    "cases",
    "comments",
    "metadata",
    "publication",
    "reports",
    "reversals",
    "sanctions",
    "screening",
    "users",
]

metadata = Table.metadata
