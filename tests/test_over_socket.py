"""The main job as clients do it, over a real socket: from an article's text to the thread that the public reads."""

import json
import socket
from pathlib import Path

from forum.demo_texts import ARTICLE
from tests.forking import ROOT
from tests.processes import TIMEOUT, Caller, Process, running_process

SEED = ROOT.parent / "shared" / "seeds" / "article.ar.txt"
PASSWORD = "الطريق إلى النهر طويل ومشمس"
WORDS = {
    "expert": "قراءة أولى: **الأرقام** لا تُقارن إلا بسنة أساس واحدة.\n\n١) المصدر\tمهم.",
    "reply": "وهل نُشرت سنة الأساس؟ 🙂 (سؤال صريح)",
    "rejected": "كلام لا يليق بأحد هنا",
    "changes": "الكل يعرف ذلك",
}


def article_text() -> tuple[str, str]:
    """Give title and body: a real article where there is one beside the project, the demo's otherwise."""
    if not SEED.exists():
        return ARTICLE["title"], ARTICLE["body"]
    lines = SEED.read_text(encoding="utf-8").split("\n")
    return lines[3], "\n".join(lines[4:]).strip("\n")


def open_accounts(service: Process) -> dict[str, Caller]:
    """Open an account for everybody who takes part, by hand and by registration, and sign in."""
    people = {"editor": ["--role", "editor"], "moderator": ["--role", "moderator"]}
    people["expert"] = ["--role", "expert", "--title", "باحثة", "--affiliation", "مركز دراسات"]
    for name, roles in people.items():
        words = ["create-user", "--email", f"{name}@example.org", "--display-name", f"أحد {name}", *roles]
        service.command(*words, "--password-stdin", given=PASSWORD + "\n")
    new = {"email": "member@example.org", "password": PASSWORD, "display_name": "سلمى", "locale": "ar"}
    service.caller().call("POST", "/v1/users", new, expect=201)
    return {name: service.caller(f"{name}@example.org", PASSWORD) for name in (*people, "member")}


def decide(moderator: Caller, comment: str, verdict: str, **values: str) -> None:
    """Decide the open case about a comment."""
    cases = moderator.call("GET", "/v1/moderation/cases?limit=100", expect=200).json()["items"]
    [case] = [case for case in cases if case["subject"]["id"] == comment]
    ruling = {"verdict": verdict, "revision": case["subject"]["revision"], **values}
    moderator.call("POST", f"/v1/moderation/cases/{case['id']}/decisions", ruling, expect=201)


def test_article_is_discussed_moderated_and_read(database_url: str, tmp_path: Path) -> None:
    title, body = article_text()
    with running_process(database_url, tmp_path) as service:
        people, public = open_accounts(service), service.caller()
        created = people["editor"].call("POST", "/v1/articles", {"title": title, "body": body}, expect=201).json()
        assert created["title"] == title
        thread = f"/v1/articles/{created['slug']}/comments"
        before = public.call("GET", thread, expect=200)

        def post(name: str, words: str) -> str:
            key = {"Idempotency_Key": f"{name}-{words}"}
            answer = people[name].call("POST", thread, {"body": WORDS[words]}, expect=201, **key).json()
            assert answer["status"] == "pending"
            again = people[name].call("POST", thread, {"body": WORDS[words]}, expect=201, **key)
            assert (again.json()["id"], again.headers["idempotency-replayed"]) == (answer["id"], "true")
            return str(answer["id"])

        opening, rejected, changes = post("expert", "expert"), post("member", "rejected"), post("member", "changes")
        while_waiting = public.call("GET", thread, expect=200)
        assert (while_waiting.content, while_waiting.headers["etag"]) == (before.content, before.headers["etag"])
        people["member"].call("POST", f"/v1/comments/{opening}/replies", {"body": "?"}, expect=404)

        declaration = f"/v1/articles/{created['id']}/disclosure"
        people["expert"].call("PUT", declaration, {"none": True}, expect=201)
        decide(people["moderator"], opening, "approve")
        reply = people["member"].call("POST", f"/v1/comments/{opening}/replies", {"body": WORDS["reply"]}, expect=201)
        decide(people["moderator"], reply.json()["id"], "approve")
        decide(people["moderator"], rejected, "reject", reason="abuse")
        decide(people["moderator"], changes, "request_changes", reason="unsupported", note="اذكر مصدرًا.")

        shown = public.call("GET", thread, expect=200).json()["items"]
        assert [(item["body"], item["depth"]) for item in shown] == [(WORDS["expert"], 0), (WORDS["reply"], 1)]
        assert shown[0]["author"]["credential"]["title"] == "باحثة"
        own = people["member"].call("GET", "/v1/me/comments", expect=200).json()["items"]
        assert {item["status"] for item in own} == {"approved", "rejected", "changes_requested"}
        assert people["moderator"].call("GET", "/v1/moderation/decisions/verify", expect=200).json()["ok"] is True
        assert "4 decisions" in service.command("verify-log")
        written = service.log()
    assert_silent(written, [PASSWORD, "Bearer ey", *WORDS.values()])


def test_what_is_no_http_is_refused_with_a_problem(database_url: str, tmp_path: Path) -> None:
    with running_process(database_url, tmp_path) as service:
        with socket.create_connection(("127.0.0.1", service.port), timeout=TIMEOUT) as connection:
            connection.sendall(f"GET /v1/articles/{WORDS['changes']} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            answer = b"".join(iter(lambda: connection.recv(65_536), b""))
        head, _, body = answer.partition(b"\r\n\r\n")
        written = [json.loads(line) for line in service.log().splitlines() if line.startswith("{")]
    problem = json.loads(body)
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/problem+json" in head.lower()
    assert f"x-request-id: {problem['instance']}".encode() in head.lower()
    assert problem["code"] == "bad_request"
    assert [line["status"] for line in written if line.get("request_id") == problem["instance"]] == [400]
    assert WORDS["changes"] not in json.dumps(written, ensure_ascii=False)


def assert_silent(log: str, secrets: list[str]) -> None:
    """Demand that a log says nothing of what was sent."""
    assert "/v1/articles/{article}/comments" in log
    for secret in secrets:
        for line in filter(None, secret.splitlines()):
            assert line not in log
            assert line.encode("unicode_escape").decode() not in log
