"""Prove that bands of like texts are kept as long as they are compared with, and no longer."""

from datetime import timedelta

from sqlmodel import Session, func, select

from forum.text.likeness import BANDS
from models.screening import TextBand
from tests.service import Person, Service

TEXT = "هذه الخطة ستدمر الزراعة في الوادي ولن تجلب للناس إلا العطش والفقر فلا تصدقوا ما يقال لكم عنها"


def stored(service: Service) -> int:
    """Count the bands that stand."""

    def verb(session: Session) -> int:
        return session.exec(select(func.count()).select_from(TextBand)).one()

    return int(service.read(verb))


class TestBands:
    def test_bands_of_a_day_ago_are_dropped_and_younger_ones_stay(self, service: Service, member: Person) -> None:
        assert service.client.portal is not None
        article = service.article()
        service.comment(member, article, TEXT)
        service.clock.advance(timedelta(hours=24, seconds=1))
        service.comment(service.person(), article, TEXT)
        assert stored(service) == 2 * BANDS
        service.client.portal.call(service.app.state.chores.forget)
        assert stored(service) == BANDS
