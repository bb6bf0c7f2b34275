"""Define what bodies are made of: closed objects, text that is safe to store, instants, plain numbers."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    StrictBool,
    ValidationInfo,
    field_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError

from forum.text.characters import refusal
from forum.text.urls import is_web_address
from models.instants import format_instant

LARGEST_INTEGER = 2**31 - 1
URL_LENGTH = 2_000
# RFC 3339, 5.6: date, time and offset are all there.
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
# What breaks a line, and what turns letters around or reaches beyond its end (UAX #9): a name in reversed letters reads
# as another's. The plain marks of direction, which mixed names need, are not among them.
_NOT_IN_LINES = re.compile("[\n\t\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Closed(BaseModel):
    """Refuse every field that is not named."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Changes(Closed):
    """Change a thing: what is left out stays, and null is refused but for the fields that it clears."""

    clearable: ClassVar[frozenset[str]] = frozenset()

    @field_validator("*", mode="before")
    @classmethod
    def clear_what_can_be(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse a null that would mean nothing."""
        if value is None and info.field_name not in cls.clearable:
            raise refuse("wrong_type")
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Describe as nullable only what may be null."""
        described = handler.resolve_ref_schema(handler(schema))
        for name, shape in described["properties"].items():
            if name not in cls.clearable and "anyOf" in shape:
                [meant] = [variant for variant in shape.pop("anyOf") if variant != {"type": "null"}]
                shape.pop("default", None)
                shape.update(meant)
        return described


class Answer(BaseModel):
    """Shape an answer; its fields are listed and never inherited from a table."""

    model_config = ConfigDict(frozen=True)


def refuse(code: str) -> PydanticCustomError:
    """Make a validator's refusal that carries a field code of ours and nothing of the value."""
    return PydanticCustomError(code, "refused")


def _safe(value: str) -> str:
    code = refusal(value)
    if code:
        raise refuse(code)
    return value


def _storable(value: str) -> str:
    code = refusal(value)
    if code and code != "blank":
        raise refuse(code)
    return value


def _one_line(value: str) -> str:
    if _NOT_IN_LINES.search(value):
        raise refuse("control_character")
    return value


def http_url(value: str) -> str:
    """Give a well-formed http or https address back; raise the validator's refusal."""
    if not is_web_address(value):
        raise refuse("not_http_url")
    return value


def _aware(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except (OverflowError, ValueError):
        raise refuse("out_of_range") from None


def _timestamp(value: object) -> object:
    # The validator would also take a bare date, a local time and seconds since 1970, each of which means many things.
    if not isinstance(value, str):
        raise refuse("wrong_type")
    if not TIMESTAMP.fullmatch(value):
        raise refuse("malformed")
    return value


SafeText = Annotated[str, Field(strict=True), AfterValidator(_safe)]
OneLine = Annotated[SafeText, AfterValidator(_one_line)]
# What stands around other words may be empty or spaces alone.
SurroundingText = Annotated[str, Field(strict=True), AfterValidator(_storable)]
HttpUrl = Annotated[SafeText, Field(max_length=URL_LENGTH), AfterValidator(http_url)]
Instant = Annotated[datetime, PlainSerializer(format_instant, return_type=str)]
GivenInstant = Annotated[
    datetime, BeforeValidator(_timestamp), Field(json_schema_extra={"format": "date-time"}), AfterValidator(_aware)
]
WholeNumber = Annotated[int, Field(strict=True, ge=0, le=LARGEST_INTEGER)]
Truth = StrictBool
