"""Mails as a reader's program takes them in."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

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
            f"«{'ع' * 300}»",
            f"{'a' * 60} é {'b' * 100}",
            "📰" * 60,
            "=?utf-8?q?The_editors?= replied to your comment on “Rivers”",
            "=?utf-8?q?a=0Ab?= and no other letter than of ASCII",
        ],
    )
    def test_subject_arrives_with_all_its_spaces(self, subject: str, tmp_path: Path) -> None:
        job_id = new_id()
        Mailer("noreply@example.org", None, tmp_path).send(job_id, Letter("a@example.org", "ar", subject, "نص"))
        content = (tmp_path / f"{job_id}.eml").read_bytes()
        assert message_from_bytes(content, policy=policy.default)["Subject"] == subject
        # RFC 2047, 2: an encoded word has 75 characters at most, a line with one 76.
        assert all(len(line) <= 76 for line in content.splitlines() if b"=?utf-8?" in line)
        assert all(len(word) <= 75 for word in content.split() if word.startswith(b"=?utf-8?"))


def sent(folder: Path, letter: Letter, job_id: UUID) -> EmailMessage:
    """Send a letter and read it again."""
    Mailer("noreply@example.org", None, folder).send(job_id, letter)
    read = message_from_bytes((folder / f"{job_id}.eml").read_bytes(), policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


class TestHeaders:
    def test_a_second_try_is_the_same_message_of_the_moment_it_was_ordered(self, tmp_path: Path) -> None:
        job_id, letter = new_id(), Letter("a@example.org", "ar", "موضوع", "نص")
        first, second = (sent(tmp_path, letter, job_id) for _ in range(2))
        assert first["Message-ID"] == second["Message-ID"] == f"<{job_id}@example.org>"
        assert first["Date"] == second["Date"]
        assert abs(first["Date"].datetime - datetime.now(UTC)) < timedelta(minutes=5)

    @pytest.mark.parametrize(
        ("address", "to"),
        [
            ("omar@مثال.إختبار", "omar@xn--mgbh0fb.xn--kgbechtv"),
            ("omar@example.org", "omar@example.org"),
            ("عمر@مثال.إختبار", "عمر@مثال.إختبار"),
        ],
    )
    def test_a_domain_is_written_so_that_any_server_takes_it(self, tmp_path: Path, address: str, to: str) -> None:
        assert sent(tmp_path, Letter(address, "ar", "موضوع", "نص"), new_id())["To"] == to

    @pytest.mark.parametrize(
        "address",
        ["=?utf-8?q?omar=40example.net?=@example.org", "=?utf-8?q?a=0Ab?=@example.org", f"{'o' * 64}@{'e' * 60}.org"],
    )
    def test_an_address_is_written_as_it_was_given(self, tmp_path: Path, address: str) -> None:
        job_id = new_id()
        Mailer("noreply@example.org", None, tmp_path).send(job_id, Letter(address, "ar", "موضوع", "نص"))
        assert f"To: {address}" in (tmp_path / f"{job_id}.eml").read_text().splitlines()


class TestUnsubscribing:
    def test_address_that_ends_mails_is_written_as_it_is(self, tmp_path: Path) -> None:
        """Mailboxes take it from the header, and decode nothing in it (RFC 8058)."""
        job_id, header = new_id(), f"<https://forum.example.org/v1/notifications/stop?token={'t' * 120}>"
        letter = Letter("a@example.org", "ar", "موضوع", "نص", headers={"List-Unsubscribe": header})
        Mailer("noreply@example.org", None, tmp_path).send(job_id, letter)
        assert f"List-Unsubscribe: {header}" in (tmp_path / f"{job_id}.eml").read_text().splitlines()
