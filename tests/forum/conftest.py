"""Give tests of the product's verbs the same running service that tests of the API have."""

from tests.api.conftest import member, moderator, service

__all__ = ["member", "moderator", "service"]
