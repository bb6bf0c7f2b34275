"""Who sees an analysis: the query says it of every state and of everybody, for single reads and lists alike."""

from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, select

from auth.identity import Identity
from auth.permissions import Permission
from auth.policy import allows
from forum.analyses.reading import find_analysis, list_analyses, visible_to
from models.analyses import PUBLIC, Analysis, AnalysisStatus
from models.base import new_id
from models.errors import NotFound
from models.users import Role
from tests.api.analyses import drafted
from tests.forum.discussion.trees import identity_of
from tests.service import Person, Service

ROLES = [frozenset(), *(frozenset({role}) for role in Role)]


@pytest.fixture
def author(service: Service) -> Person:
    """Give an expert."""
    return service.person("expert")


@pytest.fixture
def article(service: Service) -> Any:
    """Give an article."""
    return service.article()


@pytest.fixture
def analyses(service: Service, author: Person, article: Any) -> dict[AnalysisStatus, UUID]:
    """Give the ids of one analysis in each state."""
    ids = {status: UUID(drafted(author, article)["id"]) for status in AnalysisStatus}

    def verb(session: Session) -> None:
        for status, analysis_id in ids.items():
            analysis = session.get_one(Analysis, analysis_id)
            analysis.status = status
            analysis.approved_revision = 1 if status in PUBLIC else None

    service.write(verb)
    return ids


def seen_by(session: Session, viewer: Identity | None) -> set[UUID]:
    """Give what the query shows."""
    return set(session.exec(select(Analysis.id).where(visible_to(viewer))).all())


def listed_to(session: Session, viewer: Identity | None, article_id: UUID) -> set[UUID]:
    """Give what stands in somebody's list."""
    return {view.analysis.id for view in list_analyses(session, viewer, article_id, after=None, limit=100).rows}


class TestVisibility:
    def test_query_and_policy_agree_on_every_state_role_and_author(
        self, service: Service, author: Person, article: Any, analyses: dict[AnalysisStatus, UUID]
    ) -> None:
        public = {analyses[status] for status in PUBLIC}
        submitted = set(analyses.values()) - {analyses[AnalysisStatus.DRAFT]}
        article_id = UUID(article["id"])
        for roles in ROLES:
            for viewer in (identity_of(author, *roles), Identity(new_id(), new_id(), roles, "غريب", "ar")):
                is_author = viewer.user_id == author.id
                edits = bool(roles & {Role.EDITOR, Role.ADMIN})
                expected = set(analyses.values()) if is_author else submitted if edits else public
                assert service.read(seen_by, viewer) == expected, viewer
                own = set(analyses.values()) if is_author else public
                assert service.read(listed_to, viewer, article_id) == own, viewer
                row = service.read(lambda session: session.get_one(Analysis, analyses[AnalysisStatus.PENDING]))
                assert allows(viewer, Permission.ANALYSIS_READ_WAITING, row) == (row.id in expected)
        assert service.read(seen_by, None) == service.read(listed_to, None, article_id) == public

    def test_single_reads_follow_the_same_query(
        self, service: Service, author: Person, analyses: dict[AnalysisStatus, UUID]
    ) -> None:
        stranger = service.person("editor")
        for viewer in (None, identity_of(stranger), identity_of(stranger, "editor"), identity_of(author)):
            seen = service.read(seen_by, viewer)
            for analysis_id in analyses.values():
                if analysis_id in seen:
                    assert service.read(find_analysis, viewer, analysis_id).id == analysis_id
                else:
                    with pytest.raises(NotFound):
                        service.read(find_analysis, viewer, analysis_id)
