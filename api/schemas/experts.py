"""Shape experts: applications, invitations, credentials and the public directory."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field

from api.schemas.comments import CredentialPublic
from api.schemas.types import Answer, Closed, HttpUrl, Instant, OneLine, SafeText, refuse
from api.schemas.users import Email, UserPublic
from forum.discussion.authors import BADGES, credential_fields
from forum.experts.applications import OwnApplication, Sending
from forum.experts.directory import Expert
from forum.experts.invitations import NewInvitation
from forum.moderation.credentials import Qualification
from forum.text.folding import fold
from forum.text.orcid import is_orcid
from models.cases import NOTE_LENGTH, Decision
from models.experts import BIOGRAPHY_LENGTH, ApplicationStatus, Invitation
from models.users import TITLE_LENGTH

FIELD_LENGTH = 80
MOST_FIELDS = 10
MOST_EVIDENCE = 20
TOKEN_LENGTH = 200


def _orcid(value: str) -> str:
    if not is_orcid(value):
        raise refuse("orcid_invalid")
    return value


def _distinct(values: list[str]) -> list[str]:
    if len({fold(value) for value in values}) < len(values):
        raise refuse("repeated")
    return values


Title = Annotated[OneLine, Field(min_length=1, max_length=TITLE_LENGTH)]
Orcid = Annotated[
    str, Field(strict=True, description="Short form, such as 0000-0002-1825-0097."), AfterValidator(_orcid)
]
Fields = Annotated[
    list[Annotated[OneLine, Field(min_length=1, max_length=FIELD_LENGTH)]],
    Field(min_length=1, max_length=MOST_FIELDS, description="Fields of expertise."),
    AfterValidator(_distinct),
]
Biography = Annotated[SafeText, Field(min_length=1, max_length=BIOGRAPHY_LENGTH)]
RevocationReason = Annotated[OneLine, Field(min_length=1, max_length=NOTE_LENGTH)]


class Evidence(Closed):
    """Point at what shows a qualification."""

    label: Annotated[OneLine, Field(min_length=1, max_length=TITLE_LENGTH)]
    url: HttpUrl


EvidenceList = Annotated[list[Evidence], Field(min_length=1, max_length=MOST_EVIDENCE)]


class ApplicationCreate(Closed):
    """Apply to be an expert."""

    title: Title
    affiliation: Title
    fields: Fields
    biography: Biography
    orcid: Orcid | None = None
    evidence: EvidenceList

    def sending(self) -> Sending:
        """Give the application as the verb takes it."""
        said = Qualification(self.title, self.affiliation, self.fields, self.orcid, self.biography)
        return Sending(said, [evidence.model_dump() for evidence in self.evidence])


class CredentialUpdate(Closed):
    """Change what one's credential says; what is left out stays, and nothing at all asks for a new look at the same."""

    title: Title | None = None
    affiliation: Title | None = None
    fields: Fields | None = None
    biography: Biography | None = None
    orcid: Orcid | None = None
    evidence: EvidenceList | None = None

    def changes(self) -> dict[str, Any]:
        """Give what was set; a null means nothing but for `orcid`, which it clears."""
        sent = self.model_dump(include=self.model_fields_set)
        return {name: value for name, value in sent.items() if value is not None or name == "orcid"}


class InvitationCreate(Closed):
    """Invite somebody to be an expert."""

    email: Email
    title: Title
    affiliation: Title
    fields: Fields

    def new(self) -> NewInvitation:
        """Give the invitation as the verb takes it."""
        return NewInvitation(self.email, Qualification(self.title, self.affiliation, self.fields))


class InvitationAccept(Closed):
    """Accept with the token that came by mail."""

    token: Annotated[SafeText, Field(max_length=TOKEN_LENGTH)]


class InvitationPublic(Answer):
    """Show an invitation to editors; its token is in the mail alone."""

    id: UUID
    email: str
    title: str
    affiliation: str
    fields: list[str]
    invited_at: Instant
    expires_at: Instant

    @classmethod
    def of(cls, invitation: Invitation) -> Self:
        """Shape an invitation."""
        return cls(**invitation.model_dump(include=set(cls.model_fields)))


class EvidencePublic(Answer):
    """Show what an applicant points at."""

    label: str
    url: str


class ApplicationDecision(Answer):
    """Show an applicant what was decided and why."""

    verdict: str
    reason: str | None
    note: str | None
    at: Instant

    @classmethod
    def of(cls, decision: Decision) -> Self:
        """Shape a decision."""
        return cls(verdict=decision.verdict, reason=decision.reason, note=decision.note, at=decision.decided_at)


class ApplicationOwn(Answer):
    """Show an applicant how their application stands."""

    id: UUID
    status: ApplicationStatus
    revision: int
    title: str
    affiliation: str
    fields: list[str]
    biography: str
    orcid: str | None
    evidence: list[EvidencePublic]
    sent_at: Instant
    decision: ApplicationDecision | None

    @classmethod
    def of(cls, own: OwnApplication) -> Self:
        """Shape an application."""
        said = own.revision
        return cls(
            id=own.application.id,
            status=own.application.status,
            revision=said.number,
            title=said.title,
            affiliation=said.affiliation,
            fields=said.fields,
            biography=said.biography,
            orcid=said.orcid,
            evidence=[EvidencePublic(**evidence) for evidence in said.evidence],
            sent_at=said.sent_at,
            decision=ApplicationDecision.of(own.decision) if own.decision else None,
        )


class ApplicationSubject(Answer):
    """Show editors the application that a case asks about; the author's line has the credential that stands."""

    type: Literal["application"]
    id: UUID
    revision: int
    status: ApplicationStatus
    title: str
    affiliation: str
    fields: list[str]
    biography: str
    orcid: str | None
    evidence: list[EvidencePublic]
    created_at: Instant


class ExpertPublic(UserPublic):
    """Show an expert in the directory; `language` is the one that they read and write in."""

    credential: CredentialPublic
    biography: str
    language: str

    @classmethod
    def of_expert(cls, expert: Expert) -> Self:
        """Shape an expert with the credential that is in force."""
        user, credential = expert
        return cls(
            id=user.id,
            display_name=user.display_name,
            badges=[role.value for role in BADGES if role in user.roles],
            credential=CredentialPublic.model_validate(credential_fields(credential)),
            biography=credential.biography,
            language=user.locale,
        )


class ExpertList(Answer):
    """Hold a page of the directory."""

    items: list[ExpertPublic]
    next: str | None
