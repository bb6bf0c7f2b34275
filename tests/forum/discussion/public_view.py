"""Look at a discussion as the public does: at every address of it, kept in the cache and rendered anew."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from tests.service import Person, Service

SORTS = ("conversation", "newest", "top")
View = dict[str, tuple[int, str | None, bytes]]


def addresses_of(article: Any, comments: Iterable[Any] = ()) -> list[str]:
    """List what anybody may ask about an article and some comments below it."""
    named = [f"/v1/articles/{article['id']}", f"/v1/articles/{quote(article['slug'])}"]
    threads = [f"{path}/comments?sort={sort}" for path in named for sort in SORTS]
    counts = [f"/v1/counts?article={article['id']}", "/v1/articles"]
    single = [f"/v1/comments/{comment['id']}{more}" for comment in comments for more in ("", "/replies", "/revisions")]
    return [*named, *threads, *counts, *single]


def public_view(service: Service, bystander: Person, article: Any, comments: Iterable[Any] = ()) -> View:
    """Read all of it without credentials, and as a member who has nothing to do with it, to whom no cache answers."""
    view: View = {}
    for address in addresses_of(article, comments):
        public = service.nobody.get(address, x_request_id="seen")
        fresh = bystander.get(address, x_request_id="seen")
        assert (fresh.status_code, fresh.content) == (public.status_code, public.content), address
        view[address] = public.status_code, public.headers.get("etag"), public.content
    return view


def thread(service: Service, article: Any, sort: str = "conversation") -> list[Any]:
    """Read the whole public thread."""
    answer = service.nobody.get(f"/v1/articles/{article['id']}/comments?limit=100&sort={sort}")
    assert answer.status_code == 200, answer.text
    items: list[Any] = answer.json()["items"]
    return items
