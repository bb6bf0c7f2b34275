"""Gather every table, so that one import knows the whole schema."""

from models import accounts, articles, cases, comments, publication, users
from models.base import Table

__all__ = ["Table", "accounts", "articles", "cases", "comments", "metadata", "publication", "users"]

metadata = Table.metadata
