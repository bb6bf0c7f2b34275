"""Whoever looks for work goes through nothing that waits for others, however much that is."""

import pytest
from sqlmodel import Session

from forum.delivery.couriers import webhooks_with_work
from forum.delivery.outbox import Errand, has_due_jobs, take_jobs
from models.base import new_id
from tests.plans import plans
from tests.service import START, Service


class TestJobs:
    @pytest.mark.parametrize("errand", Errand)
    def test_a_look_goes_through_the_index_of_its_errand(self, service: Service, errand: Errand) -> None:
        def look(session: Session) -> None:
            has_due_jobs(session, of=errand, now=START)

        (plan,) = service.read(plans, look)
        assert f"ix_outbox_jobs_{errand.name.lower()}" in plan
        assert "temp b-tree" not in plan.lower()

    @pytest.mark.parametrize("errand", Errand)
    def test_jobs_are_found_and_leased_by_one_statement(self, service: Service, errand: Errand) -> None:
        def take(session: Session) -> None:
            take_jobs(session, of=errand, now=START)

        (plan,) = service.write(plans, take)
        assert f"ix_outbox_jobs_{errand.name.lower()}" in plan
        assert "temp b-tree" not in plan.lower()


class TestWebhooks:
    def test_each_webhook_is_asked_for_one_delivery_that_is_due(self, service: Service) -> None:
        def look(session: Session) -> None:
            webhooks_with_work(session, but=[new_id()], now=START)

        (plan,) = service.read(plans, look)
        assert "ix_webhook_deliveries_waiting" in plan
        assert "CORRELATED SCALAR SUBQUERY" in plan or "SubPlan" in plan
