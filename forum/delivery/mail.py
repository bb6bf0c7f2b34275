"""Word mails in the reader's language and send them by SMTP, or write them to a folder where there is none."""

import os
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.header import Header
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit
from uuid import UUID

import idna

from forum.delivery.letters import Letter
from models.base import made_at

SMTP_TIMEOUT_SECONDS = 20
SMTP_PORT = 25
SMTPS_PORT = 465
# The library goes one past what it is given, and an encoded word ends at 75 characters (RFC 2047, 2).
SUBJECT_LINE = 74
AS_GIVEN = frozenset({"Subject", "To", "List-Unsubscribe"})


@dataclass(frozen=True)
class Wording:
    """Hold subject and text of one mail in one language."""

    subject: str
    text: str


WORDINGS: dict[tuple[str, str], Wording] = {
    ("password_reset", "ar"): Wording(
        "استعادة كلمة المرور",
        "مرحبًا {display_name}،\n\nطُلب تعيين كلمة مرور جديدة لحسابك. أدخل هذا الرمز خلال ثلاثين دقيقة:\n\n{token}\n\n"
        "إن لم تطلب ذلك فتجاهل هذه الرسالة؛ لم يتغيّر شيء.\n",
    ),
    ("password_reset", "en"): Wording(
        "Set a new password",
        "Hello {display_name},\n\nsomebody asked to set a new password for your account. Enter this code within thirty "
        "minutes:\n\n{token}\n\nIf it was not you, ignore this message; nothing has changed.\n",
    ),
    ("email_verification", "ar"): Wording(
        "تأكيد عنوان البريد",
        "مرحبًا {display_name}،\n\nأكّد أن هذا العنوان لك بهذا الرمز خلال أربع وعشرين ساعة:\n\n{token}\n",
    ),
    ("email_verification", "en"): Wording(
        "Confirm your address",
        "Hello {display_name},\n\nconfirm that this address is yours with this code within 24 hours:\n\n{token}\n",
    ),
    ("already_registered", "ar"): Wording(
        "لديك حساب",
        "مرحبًا {display_name}،\n\nحاول أحدهم التسجيل بعنوانك، ولديك حساب به. لتعيين كلمة مرور جديدة استعمل هذا الرمز "
        "خلال ثلاثين دقيقة:\n\n{token}\n\nإن لم تكن أنت فتجاهل هذه الرسالة.\n",
    ),
    ("already_registered", "en"): Wording(
        "You have an account",
        "Hello {display_name},\n\nsomebody registered with your address, which has an account. To set a new password "
        "use this code within thirty minutes:\n\n{token}\n\nIf it was not you, ignore this message.\n",
    ),
    ("expert_invitation", "ar"): Wording(
        "دعوة إلى المشاركة خبيرًا",
        "مرحبًا {display_name}،\n\nتدعوك هيئة التحرير إلى المشاركة خبيرًا بصفة: {title}. سجّل الدخول بهذا العنوان، أو افتح "
        "به حسابًا، ثم أدخل هذا الرمز خلال أربعة عشر يومًا:\n\n{token}\n",
    ),
    ("expert_invitation", "en"): Wording(
        "An invitation to take part as an expert",
        "Hello {display_name},\n\nthe editors invite you to take part as an expert: {title}. Sign in with this address, "
        "or register with it, and enter this code within fourteen days:\n\n{token}\n",
    ),
    ("credential_revoked", "ar"): Wording(
        "سُحب اعتمادك خبيرًا",
        "مرحبًا {display_name}،\n\nسحبت هيئة التحرير اعتمادك خبيرًا. السبب: {reason}\n\nما نُشر لك باقٍ كما هو.\n",
    ),
    ("credential_revoked", "en"): Wording(
        "Your credential was revoked",
        "Hello {display_name},\n\nthe editors revoked your credential as an expert. Reason: {reason}\n\n"
        "What you published stays as it is.\n",
    ),
    ("credential_expiring", "ar"): Wording(
        "جدّد اعتمادك خبيرًا",
        "مرحبًا {display_name}،\n\nينتهي اعتمادك خبيرًا في {day}. أكّد بياناتك أو غيّرها قبل ذلك ليُجدَّد الاعتماد.\n",
    ),
    ("credential_expiring", "en"): Wording(
        "Renew your credential",
        "Hello {display_name},\n\nyour credential as an expert ends on {day}. Confirm what it says or change it before, "
        "so that it is renewed.\n",
    ),
    ("credential_expired", "ar"): Wording(
        "انتهى اعتمادك خبيرًا",
        "مرحبًا {display_name}،\n\nانتهت مدة اعتمادك خبيرًا. ما نُشر لك باقٍ كما هو، ولك أن تقدّم طلبًا جديدًا.\n",
    ),
    ("credential_expired", "en"): Wording(
        "Your credential has ended",
        "Hello {display_name},\n\nyour credential as an expert has ended. What you published stays as it is, and you can "
        "apply anew.\n",
    ),
}


class _AsGiven(EmailPolicy):
    """Leave three headers as they are given, since the library would read encoded words in them and fold them anew.

    Names and addresses that people choose may look like encoded words (RFC 2047), and mean what they look like. A
    subject goes into encoded words that carry its spaces (6.2): a space that stands between two such words is dropped.
    The address that ends mails stays whole: in encoded words, as a long one would go, it is no address.
    """

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        return (name, value) if name in AS_GIVEN else super().header_store_parse(name, value)

    def header_fetch_parse(self, name: str, value: Any) -> Any:
        return value if name in AS_GIVEN else super().header_fetch_parse(name, value)

    def fold(self, name: str, value: Any) -> str:
        if name not in AS_GIVEN:
            return str(super().fold(name, value))
        return f"{name}: {_subject(value, self.linesep) if name == 'Subject' else value}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode() if name in AS_GIVEN else bytes(super().fold_binary(name, value))


def _subject(text: str, linesep: str) -> str:
    charset = "utf-8" if "=?" in text else None
    return Header(text, charset, SUBJECT_LINE, "Subject").encode(linesep=linesep)


@dataclass(frozen=True)
class Mailer:
    """Send mails from one address by SMTP (`smtp://` or `smtps://`, with user and password where needed)."""

    sender: str
    smtp_url: str | None
    folder: Path

    @classmethod
    def of(cls, public_url: str, smtp_url: str | None, folder: Path) -> Self:
        """Send in the name of the host that clients know."""
        return cls(f"noreply@{urlsplit(public_url).hostname or 'localhost'}", smtp_url, folder)

    def deliver(self, job_id: UUID, payload: dict[str, Any]) -> None:
        """Send one mail; the job's id names it, so that a second try overwrites or repeats the same message.

        Raises OSError or smtplib.SMTPException when it cannot be sent now.
        """
        wording = WORDINGS[payload["template"], payload["locale"]]
        self.send(job_id, Letter(payload["to"], payload["locale"], wording.subject, wording.text.format(**payload)))

    def send(self, job_id: UUID, letter: Letter) -> None:
        """Send a letter, as `deliver` does."""
        message = self._message(job_id, letter)
        if self.smtp_url is None:
            self._write(job_id, message)
        else:
            self._send(message)

    def _message(self, job_id: UUID, letter: Letter) -> EmailMessage:
        message = EmailMessage(_AsGiven())
        message["From"] = self.sender
        message["To"] = _reachable(letter.to)
        message["Subject"] = " ".join(letter.subject.split())
        message["Message-ID"] = f"<{job_id}@{self.sender.partition('@')[2]}>"
        message["Date"] = format_datetime(made_at(job_id))
        message["Auto-Submitted"] = "auto-generated"
        for name, value in letter.headers.items():
            message[name] = value
        message.set_content(letter.text)
        if letter.html is not None:
            message.add_alternative(letter.html, subtype="html")
        message["Content-Language"] = letter.locale  # Set last, since an alternative takes such headers along.
        return message

    def _write(self, job_id: UUID, message: EmailMessage) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.folder / f"{job_id}.eml", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(bytes(message))

    def _send(self, message: EmailMessage) -> None:
        parts = urlsplit(self.smtp_url or "")
        host, context = parts.hostname or "localhost", ssl.create_default_context()
        smtp: smtplib.SMTP
        if parts.scheme == "smtps":
            smtp = smtplib.SMTP_SSL(host, parts.port or SMTPS_PORT, timeout=SMTP_TIMEOUT_SECONDS, context=context)
        else:
            smtp = smtplib.SMTP(host, parts.port or SMTP_PORT, timeout=SMTP_TIMEOUT_SECONDS)
        with smtp:
            if parts.scheme == "smtp" and smtp.has_extn("starttls"):
                smtp.starttls(context=context)
            if parts.username:
                smtp.login(unquote(parts.username), unquote(parts.password or ""))
            smtp.send_message(message)


def _reachable(address: str) -> str:
    """Write the domain in ASCII where the rest is, since few servers take anything else (RFC 6531)."""
    mailbox, _, domain = address.rpartition("@")
    if not mailbox.isascii():
        return address
    with suppress(idna.IDNAError):
        domain = idna.encode(domain, uts46=True).decode()
    return f"{mailbox}@{domain}"
