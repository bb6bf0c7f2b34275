"""Shape what people take away of themselves, and how they ask to be erased."""

from typing import Annotated, Any

from pydantic import Field, create_model

from api.schemas.types import Answer, Closed
from auth.passwords import LONGEST
from forum.people.holdings import SECTIONS

# One list for each section, so that a table that is added there is described here.
_LISTS: dict[str, Any] = {
    section.name: (list[dict[str, Any]], Field(description="Rows as they are kept.")) for section in SECTIONS
}
PersonExport = create_model("PersonExport", __base__=Answer, **_LISTS)


class ErasureRequest(Closed):
    """Ask to be erased, which needs the password."""

    password: Annotated[str, Field(strict=True, max_length=LONGEST)]
