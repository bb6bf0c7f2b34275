"""Gather every table, so that one import knows the whole schema."""

from models import (
    accounts,
    analyses,
    articles,
    batches,
    cases,
    comments,
    deliveries,
    experts,
    following,
    notifications,
    people,
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
    "analyses",
    "articles",
    "batches",
    "cases",
    "comments",
    "deliveries",
    "experts",
    "following",
    "metadata",
    "notifications",
    "people",
    "publication",
    "reports",
    "reversals",
    "sanctions",
    "screening",
    "users",
]

metadata = Table.metadata
