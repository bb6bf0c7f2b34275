"""Gather every table, so that one import knows the whole schema."""

from models import (
    accounts,
    articles,
    batches,
    cases,
    comments,
    experts,
    deliveries,
    notifications,
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
    "experts",
    "deliveries",
    "metadata",
    "notifications",
    "publication",
    "reports",
    "reversals",
    "sanctions",
    "screening",
    "users",
]

metadata = Table.metadata
