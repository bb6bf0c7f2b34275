"""Mails as a reader's program takes them in."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest

from forum.delivery.letters import Letter
from forum.delivery.mail import Mailer
from models.base import new_id


class TestSubject:
    @pytest.mark.parametrize(
        "subject",
        [
            "ردّ على تعليقك من د. ريم الساقي في «الماء بين المدينة والريف: من يدفع ثمن الجفاف؟»",
            "كلمة " * 60 + "أخيرة",
            "Your comment was published",
            "Reply by ريم on a long title that goes on and on until the line has to be folded somewhere",
        ],
    )
    def test_subject_arrives_with_all_its_spaces(self, subject: str, tmp_path: Path) -> None:
        job_id = new_id()
        Mailer("noreply@example.org", None, tmp_path).send(job_id, Letter("a@example.org", "ar", subject, "نص"))
        content = (tmp_path / f"{job_id}.eml").read_bytes()
        assert message_from_bytes(content, policy=policy.default)["Subject"] == subject
        assert all(len(line) <= 78 for line in content.splitlines() if b"=?utf-8?" in line)


class TestUnsubscribing:
    def test_address_that_ends_mails_is_written_as_it_is(self, tmp_path: Path) -> None:
        """Mailboxes take it from the header, and decode nothing in it (RFC 8058)."""
        job_id, header = new_id(), f"<https://forum.example.org/v1/notifications/stop?token={'t' * 120}>"
        letter = Letter("a@example.org", "ar", "موضوع", "نص", headers={"List-Unsubscribe": header})
        Mailer("noreply@example.org", None, tmp_path).send(job_id, letter)
        assert f"List-Unsubscribe: {header}" in (tmp_path / f"{job_id}.eml").read_text().splitlines()
