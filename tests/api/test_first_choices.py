"""First choices of somebody that are made at the same moment: the later one is told of the earlier, none is lost."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from forum.delivery.preferences import choose_settings, switch_off
from forum.moderation.scopes import Scope, choose_scope
from models.notifications import NotificationKind
from tests.beside import beside
from tests.service import Service

SETTINGS, SCOPE = "/v1/me/notification-settings", "/v1/me/moderation-scope"


class TestFirstChoices:
    @pytest.mark.parametrize(
        ("path", "verb", "other"),
        [
            pytest.param(SETTINGS, partial(choose_settings, choices={"reply": "off"}), {}, id="of mails"),
            pytest.param(
                SCOPE, partial(choose_scope, scope=Scope([], ["ar"])), {"sections": [], "languages": []}, id="of cases"
            ),
        ],
    )
    def test_later_of_two_first_choices_has_to_name_the_earlier(
        self, service: Service, path: str, verb: Callable[..., Any], other: dict[str, Any]
    ) -> None:
        person = service.person("moderator")
        choosing = partial(verb, user_id=person.id, expected=None, is_conditional=False)
        answer = beside(service, choosing, lambda: person.put(path, other))
        assert (answer.status_code, answer.json()["code"]) == (428, "precondition_required")
        assert person.put(path, other, if_match=person.get(path).headers["etag"]).status_code == 200

    def test_two_clicks_at_once_end_mails_of_both_kinds(self, service: Service) -> None:
        person = service.person()
        assert person.id is not None
        clicking = partial(switch_off, user_id=person.id, kind=NotificationKind.REPLY)
        beside(service, clicking, lambda: service.write(switch_off, person.id, NotificationKind.MENTION))
        settings = person.get(SETTINGS).json()
        assert (settings["reply"], settings["mention"], settings["decision"]) == ("off", "off", "at_once")
