# ruff: noqa: E501 - A row is read as a line.
"""List small wounds to the code, each a guard taken out of a function, and the tests that must cry out.

What is taken out stands exactly once in its function, which a quick test holds: whoever rewords a guard rewords its
wound. The empty name of a function stands for a whole file.
"""

import ast
from pathlib import Path
from typing import Any, NamedTuple

MATRIX, GUARDS = "tests/api/test_matrix.py", "tests/api/test_guards.py"
PROBLEMS, CONDITIONAL = "tests/api/test_problems.py", "tests/api/test_conditional.py"
IDEMPOTENCY, PAGINATION = "tests/api/test_idempotency.py", "tests/api/test_pagination.py"
HOSTILE, LANGUAGES = "tests/api/test_hostile_input.py", "tests/api/test_languages.py"
COMMENTS, THREADS = "tests/api/test_comments.py", "tests/api/test_threads.py"
ARTICLES, RACES = "tests/api/test_articles.py", "tests/api/test_moderation_races.py"
APPEALS, REPORTS = "tests/api/test_appeals.py", "tests/api/test_reports.py"
REVERSALS, TRANSITIONS = "tests/api/test_reversals.py", "tests/api/test_transitions.py"
DISCLOSURES = "tests/api/test_disclosures.py"
EXPERTS, CONDITIONS = "tests/api/test_experts.py", "tests/api/test_publication_conditions.py"
STREAMS, FOLLOWED = "tests/api/test_streams.py", "tests/api/test_moderation_stream.py"
ANALYSES_API, ANALYSIS_GUARDS = "tests/api/test_analyses.py", "tests/api/test_analysis_guards.py"
ANALYSIS_REVISIONS, ANALYSIS_THREADS = "tests/api/test_analysis_revisions.py", "tests/api/test_analysis_threads.py"
CALLS, WEBHOOKS, NOTIFICATIONS = (
    "tests/api/test_calls.py",
    "tests/api/test_webhooks.py",
    "tests/api/test_notifications.py",
)
QUOTES, ANALYSIS_QUOTES = "tests/api/test_quotes.py", "tests/api/test_analysis_quotes.py"
CASE_DISCLOSURES, FEED_FORMS = "tests/api/test_case_disclosures.py", "tests/api/test_feed_forms.py"
CLOSING, URLS = "tests/api/test_closing.py", "tests/forum/text/test_urls.py"
AUTH, SIGN_IN = "tests/auth", "tests/api/test_authentication.py"
PRIVACY, NULLS = "tests/api/test_privacy.py", "tests/api/test_nulls.py"
BULK, RULES, TONGUES = "tests/api/test_bulk.py", "tests/api/test_rules.py", "tests/forum/text/test_tongues.py"
CACHE, BURSTS = "tests/api/test_thread_cache.py", "tests/api/test_bursts.py"
WAITING, TOMBSTONES = "tests/api/test_what_waits.py", "tests/api/test_tombstones.py"
DECISIONS = "tests/api/test_decisions.py"
VERSIONS, TALLIES = "tests/models/test_article_versions.py", "tests/forum/moderation/test_tallies.py"


class Mutation(NamedTuple):
    """Hold which guard is taken out of which function, what stands there instead, and where that shows."""

    what: str
    path: str
    function: str
    find: str
    put: str
    tests: tuple[str, ...]
    engine: str = "sqlite"

    def scope(self, root: Path) -> tuple[str, int, int]:
        """Give the source, and where in it the function begins and ends."""
        source = (root / self.path).read_text(encoding="utf-8")
        if not self.function:
            return source, 0, len(source)
        starts = [0]
        for line in source.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        [found] = [node for node in ast.walk(ast.parse(source)) if getattr(node, "name", None) == self.function]
        assert isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        return source, starts[found.lineno - 1], starts[found.end_lineno or 0]

    def occurrences(self, root: Path) -> int:
        """Count how often the guard stands in its function."""
        source, begin, end = self.scope(root)
        return source[begin:end].count(self.find)

    def apply(self, root: Path) -> None:
        """Wound the copy of the code that stands in a folder."""
        source, begin, end = self.scope(root)
        wounded = source[:begin] + source[begin:end].replace(self.find, self.put) + source[end:]
        (root / self.path).write_text(wounded, encoding="utf-8")


def _of(path: str, *rows: tuple[Any, ...]) -> list[Mutation]:
    return [Mutation(what, path, *rest) for what, *rest in rows]


# fmt: off
PERMISSIONS = [
    *_of(
        "api/deps.py",
        ("a permission about nothing is not demanded", "requires", "demand(identity, permission)\n", "pass\n", (MATRIX,)),
        ("a permission about a subject is not demanded", "requires", "demand(identity, permission, subject)", "pass", (MATRIX,)),
        ("nobody passes for somebody", "signed_in", "raise Unauthenticated", "pass", (MATRIX,)),
        ("credentials are not looked at", "viewer_of", "await identify(services_of(request), given) if given else None", "None", (MATRIX,)),
        ("a refused form tells of what is not there", "handle", "await look_first(request)", "pass", (PROBLEMS,)),
        ("the first of two credentials is believed", "identify", "len(given) > 1 or ", "", (HOSTILE,)),
    ),
    *_of(
        "api/routers/articles.py",
        ("a route asks for no permission", "create", "requires(Permission.ARTICLE_CREATE)", "''", (GUARDS,)),
    ),
    *_of(
        "api/routers/comments.py",
        ("a route asks for no permission about its subject", "withdraw", "requires(Permission.COMMENT_WITHDRAW, of=comment_here)", "Depends(comment_here)", (GUARDS,)),
    ),
    *_of(
        "api/application.py",
        ("public routes do not look at credentials", "", "dependencies=[Depends(viewer_of)]", "dependencies=[]", (MATRIX,)),
    ),
    *_of(
        "api/routers/disclosures.py",
        ("another's declaration is shown to all", "read", "demand(identity, Permission.DISCLOSURE_READ_OF_OTHERS)", "pass", (MATRIX,)),
    ),
    *_of(
        "forum/moderation/decisions.py",
        ("a reply goes below words that are being removed", "decide", "shut_gate(session, case.subject_id)", "pass", (CLOSING,), "postgresql"),
        ("the verb decides for anybody", "decide", "demand(identity, Permission.MODERATION_DECIDE, case)", "pass", ("tests/api/test_bulk.py", TRANSITIONS, RACES)),
        ("who declared an interest decides", "decide", "demand_independence(session, case, identity)", "pass", (APPEALS, TRANSITIONS)),
        ("a decision with a foreign claim counts", "_meaning", "demand_claim(case, ruling.claim_token, identity, now=now)", "pass", (PROBLEMS,)),
        ("a decision about older words counts", "_meaning", "case.revision != ruling.revision", "False", (PROBLEMS,)),
    ),
    *_of(
        "forum/moderation/reversals.py",
        ("anybody takes any decision back", "find_reversible", "demand(identity, Permission.DECISION_REVERSE_ANY)", "pass", (MATRIX,)),
        ("one's own decision is taken back at any time", "reverse", "demand(identity, Permission.DECISION_REVERSE_ANY)", "pass", (REVERSALS,)),
        ("one takes back decisions about one's own words", "find_reversible", "demand(identity, Permission.MODERATION_DECIDE, case or session.get_one(Comment, decision.subject_id))", "pass", (REVERSALS,)),
        ("decisions for editors exist for moderators", "find_reversible", "decision.subject_type in EDITORIAL_SUBJECTS and not allows(identity, Permission.CASE_READ_EDITORIAL)", "False", (REVERSALS,)),
        ("who declared an interest takes a decision back", "reverse", "demand_no_part(session, case, identity)", "pass", (REVERSALS, APPEALS)),
        ("a decision that another followed is taken back", "_demand_newest", "newest != decision.number or ", "", (REVERSALS,)),
    ),
    *_of(
        "forum/moderation/cases.py",
        ("an edit waits for what was found in other words", "_held_for", "if revision == case.revision else", "if True else", (WAITING,)),
        ("a look waits for answers on their way", "review_comment", '{"key_share": True}', "True", ("tests/api/test_lock_order.py",), "postgresql"),
        ("cases for editors exist for moderators", "demand_known", "raise NotFound", "pass", (GUARDS,)),
    ),
]

VISIBILITY = [
    *_of(
        "forum/discussion/threads.py",
        ("words that wait are public", "_public", "col(Comment.status) == Status.APPROVED, ", "", (MATRIX,)),
        ("words taken back are public", "_public", ", col(Comment.withdrawn_at).is_(None)", "", (MATRIX,)),
        ("authors do not see their own words", "visible_to", ", col(Comment.author_id) == viewer.user_id", "", (MATRIX,)),
        ("others' words that wait are one's own", "visible_to", "col(Comment.author_id) == viewer.user_id", "true()", (MATRIX,)),
        ("moderators do not see what waits", "visible_to", "return true()", "return _public()", (MATRIX,)),
        ("members see what waits", "visible_to", "Role.MODERATOR", "Role.MEMBER", (MATRIX,)),
        ("all revisions are public", "revisions_page", "not sees_all", "False", (GUARDS,)),
        ("a single comment is found whoever asks", "find_comment", ", visible_to(viewer)", "", (MATRIX,)),
        ("words that wait are answered", "is_public", "comment.status is Status.APPROVED and ", "", (MATRIX,)),
        ("words taken back are answered", "is_public", " and comment.withdrawn_at is None", "", (COMMENTS, THREADS)),
    ),
    *_of(
        "forum/discussion/places.py",
        ("others write where only experts do", "place_comment", "demand(identity, place.asks, article)", "pass", (MATRIX,)),
        ("an unseen parent is named", "_parent", "find_comment(session, identity, parent_id, is_held=True)", "session.get_one(Comment, parent_id)", (PROBLEMS,)),
        ("a reply goes below words that are being taken back", "_parent", ", is_held=True", "", (CLOSING,), "postgresql"),
        ("a parent of another article is taken", "_parent", "raise NotFound", "pass", (COMMENTS, THREADS)),
    ),
]

GUARDED_WRITES = [
    *_of(
        "forum/moderation/log.py",
        ("what editors decide is in everybody's log", "list_decisions", "not sees_editorial", "False", (ANALYSES_API,)),
    ),
    *_of(
        "forum/moderation/decisions.py",
        ("a closed case is decided", "", '        _CASES.state == literal_column("\'open\'"),\n', "", (GUARDS,)),
        ("a case is decided about other words", "", '_CASES.revision == bindparam("read_revision"),', "", (GUARDS,)),
        ("cases that a decision settled too stay closed for good", "_record", "in outcome.voided]", "in ()]", (REVERSALS,)),
        ("words that were sent back are new", "publish_unread", "comment.current_revision == 1", "comment.approved_revision is None", (WAITING,)),
        ("a case that was not closed counts as decided", "_close", 'raise Refused("case_already_decided")', "pass", (GUARDS,)),
    ),
    *_of(
        "forum/moderation/settlements/comments.py",
        ("a reply goes below words whose approval is being taken back", "restore_comment", "    shut_gate(session, restoration.subject_id)\n", "", (CLOSING,), "postgresql"),
        ("another status is decided over", "", '_COMMENTS.status == bindparam("old_status"),', "", (GUARDS,)),
        ("an edit is decided over", "", '_COMMENTS.current_revision == bindparam("old_revision"),', "", (GUARDS,)),
        ("a withdrawal is decided over", "", "_COMMENTS.withdrawn_at.is_(None),", "", (GUARDS,)),
        ("another status is edited over", "take_in_revision", "col(Comment.status) == comment.status,", "", (GUARDS,)),
        ("an edit is edited over", "take_in_revision", "col(Comment.current_revision) == revision.number - 1,", "", (GUARDS,)),
        ("a withdrawal is edited over", "take_in_revision", "col(Comment.withdrawn_at).is_(None),", "", (GUARDS,)),
        ("a write that hit nothing counts", "_demand_one_row", "raise Stale", "pass", (GUARDS,)),
        ("words that do not stand are published", "settle_comment", "        raise Stale\n", "        pass\n", (WAITING,)),
        ("a review of removed words is of an edit that waited", "_asked_about", "(comment.approved_revision if is_review else None) or ", "", (WAITING,)),
        ("what was asked before words wait again stays open", "restore_comment", "if stood is not stands:", "if was_public != is_public:", (WAITING,)),
        ("what else was asked about words that waited stays open", "_settle_whole", "has_waited or was_public", "was_public", (WAITING,)),
        ("what no longer belonged comes back beside words that wait", "_settle_whole", "[] if has_waited else voided", "voided", (WAITING,)),
        ("words below which replies stand are approved while they wait", "restore_comment", '"approved_revision": prior["approved_revision"],', '"approved_revision": prior["approved_revision"] or shown_before,', (TOMBSTONES,)),
    ),
    *_of(
        "forum/discussion/posting.py",
        ("a withdrawal lets replies by", "withdraw_comment", "    shut_gate(session, comment_id)\n", "", (CLOSING,), "postgresql"),
        ("an edit waits for answers on their way", "edit_comment", '{"key_share": True}', "True", ("tests/api/test_lock_order.py",), "postgresql"),
        ("another status is withdrawn over", "withdraw_comment", "col(Comment.status) == comment.status,", "", (GUARDS,)),
        ("an edit is withdrawn over", "withdraw_comment", "col(Comment.current_revision) == comment.current_revision,", "", (GUARDS,)),
        ("a withdrawal is withdrawn over", "withdraw_comment", "col(Comment.withdrawn_at).is_(None),", "", (GUARDS,)),
        ("a withdrawal needs no version", "withdraw_comment", "demand_version(expected, comment.current_revision)", "pass", (CONDITIONAL,)),
        ("an edit needs no version", "edit_comment", "demand_version(expected, comment.current_revision)", "pass", (CONDITIONAL,)),
    ),
    *_of(
        "forum/moderation/claims.py",
        ("a decided case is claimed", "claim_case", ", IS_OPEN", "", (GUARDS,)),
        ("a claimed case is claimed", "claim_case", ", is_free)", ")", (GUARDS,)),
        ("one decides under another's claim", "demand_claim", "if is_live and case.claimed_by != identity.user_id:", "if False:", (DECISIONS,)),
        ("a claim that lapsed still counts", "demand_claim", "not is_live or ", "", (DECISIONS,)),
        ("any token is that of a claim", "demand_claim", " or not secrets.compare_digest(token.encode(), str(case.claim_token).encode())", "", (DECISIONS,)),
        ("another's claim is released", "release_claim", ", col(Case.claimed_by) == identity.user_id", "", (GUARDS,)),
        ("a party is given a case", "_demand_receiver", "demand_independence(session, case, receiver)", "pass", (TRANSITIONS,)),
        ("who may not decide is given a case", "_demand_receiver", "demand(receiver, Permission.MODERATION_DECIDE, case)", "pass", (TRANSITIONS,)),
        ("who may not know of a case is given it", "_demand_receiver", "demand_known(case.kind, receiver)", "pass", (TRANSITIONS,)),
    ),
    *_of(
        "forum/moderation/reception.py",
        ("a case that screening closes names the words before", "receive_words", "        raise_revision(session, comment, comment.current_revision, holds, now=now)\n", "", (WAITING,)),
    ),
    *_of(
        "forum/moderation/reversals.py",
        ("a second case is opened beside that of an edit", "_reopen", "if standing := waiting_case(session, comment):", "if standing := None:", (WAITING,)),
    ),
    *_of(
        "forum/moderation/independence.py",
        ("a review leads around an appeal", "_is_party", "elif case.is_review:", "elif False:", (APPEALS,)),
        ("who restricted words decides their appeal", "_is_party", "if case.kind is CaseKind.APPEAL:", "if False:", (APPEALS,)),
        ("one decides twice in an appeal", "demand_independence", "case.kind is CaseKind.APPEAL and _has_decided(session, case, identity)", "False", (APPEALS,)),
    ),
    *_of(
        "forum/moderation/absence.py",
        ("who is banned decides through a batch", "absent_identity", " or restriction is SanctionKind.BAN", "", (BULK,)),
        ("who is suspended decides through a batch", "absent_identity", "user.locale, restriction)", "user.locale, None)", (BULK,)),
    ),
    *_of(
        "forum/moderation/rule_sets.py",
        ("a few letters take a text out of a rule", "hits", "return not sentences(one.text).is_foreign(*place, str(rule.language), besides=rule.words)", "return False", (RULES,)),
    ),
    *_of(
        "forum/text/tongues.py",
        ("borrowed words make a sentence foreign", "is_foreign", "and not words & (own.words - other.words)", "", (TONGUES,)),
        ("letters of no alphabet are looked past", "is_foreign", "and (other.letters is None or letters <= other.letters)", "", (TONGUES,)),
        ("a cut up word is foreign", "is_foreign", " or number != bisect_right(self._ends, end - 1)", "", (TONGUES,)),
    ),
    *_of(
        "forum/moderation/chain.py",
        ("the chain grows past another head", "", ', _CHAIN.count == bindparam("before")', "", (GUARDS,)),
    ),
    *_of(
        "forum/moderation/tallies.py",
        ("what is due in this hour is not late", "tally_cases", " + late_of_kind", "", (TALLIES,)),
        ("what is due today counts as long overdue", "fold_tallies", " - LONG_OVERDUE", "", (TALLIES,)),
        ("rows of nothing pile up", "fold_tallies", " if change", "", (TALLIES,)),
        ("who folds waits for another", "", "skip_locked=True", "", (TALLIES,), "postgresql"),
    ),
    *_of(
        "forum/articles.py",
        ("an article needs no version", "change_article", "demand_version(expected, article.version)", "pass", (CONDITIONAL,)),
        ("words go past the closing of their discussion", "hold_discussion", "    pass_gate(session, article_id)\n", "", (CLOSING,), "postgresql"),
        ("a correction waits for words on their way", "change_article", '{"key_share": slug is None}', "True", ("tests/api/test_lock_order.py",), "postgresql"),
        ("a slug is taken twice at once", "_write", "if not takes_slug:", "if takes_slug:", ("tests/api/test_article_addresses.py",), "postgresql"),
        ("a discussion is closed twice", "_close", ", _IS_OPEN)", ")", (GUARDS,)),
        ("a discussion is closed before its time", "_close", "col(Article.closes_at) <= now,", "", (GUARDS,)),
    ),
    *_of(
        "forum/delivery/events.py",
        ("an event fails by a webhook that is being taken away", "spread_event", ".with_for_update(read=True, key_share=True)", "", ("tests/forum/delivery",), "postgresql"),
    ),
    *_of(
        "forum/delivery/preferences.py",
        ("a first choice goes past another", "_choose_first", "_for_update=True), is_first", "_for_update=True), True", ("tests/api/test_first_choices.py",), "postgresql"),
    ),
    *_of(
        "forum/moderation/scopes.py",
        ("a first choice goes past another", "choose_scope", "if is_first:", "if chosen:", ("tests/api/test_first_choices.py",), "postgresql"),
    ),
    *_of(
        "forum/experts/disclosures.py",
        ("a declaration needs no version", "declare", "demand_version(expected, standing.version)", "pass", (CONDITIONAL,)),
        ("a declaration needs no condition", "declare", 'raise Refused("precondition_required")', "pass", (CONDITIONAL,)),
        ("a declaration is put over one that came meanwhile", "declare", "if not insert_once", "if insert_once", (DISCLOSURES,)),
        ("words are written past a declaration of the same moment", "declare", "author_for_writing(session, user_id)", "pass", (DISCLOSURES,), "postgresql"),
    ),
    *_of(
        "forum/discussion/posting.py",
        ("a declaration goes past a decision of the same moment", "release_disclosed", ".with_for_update()", "", (DISCLOSURES,), "postgresql"),
    ),
    *_of(
        "forum/moderation/conditions.py",
        ("words are approved past their author's becoming an expert", "", "    .with_for_update(read=True, key_share=True, of=User.__table__)  # type: ignore[attr-defined]\n", "", (DISCLOSURES,), "postgresql"),
        ("a credential that ran out is in force", "credential_in_force", "None if is_over else credential", "credential", (CONDITIONS,)),
        ("a declaration lasts for ever", "disclosure_in_force", "disclosure is not None and now < lapses_at(disclosure)", "True", (CONDITIONS,)),
        ("words of a former expert are a member's", "missing_conditions", "not as_expert and ", "", (CONDITIONS,)),
    ),
    *_of(
        "forum/moderation/settlements/comments.py",
        ("words come back to the public as they went", "restore_comment", "if shown and not was_public:", "if False:", (CONDITIONS,)),
    ),
    *_of(
        "forum/experts/invitations.py",
        ("an invitation opens for anybody", "accept", "col(Invitation.email_key) == user.email_key,", "", (EXPERTS,)),
        ("an invitation that was followed by another opens", "accept", "~_has_newer(),", "", (EXPERTS,), "postgresql"),
        ("an invitation opens twice", "accept", "col(Invitation.accepted_at).is_(None),", "", (EXPERTS,)),
        ("an invitation that is over opens", "accept", "col(Invitation.expires_at) > now,", "", (EXPERTS,)),
    ),
    *_of(
        "auth/throttling.py",
        ("attempts wait for each other in a circle", "give_back", "sorted((attempt.pair, *attempt.shared))", "(attempt.pair, *sorted(attempt.shared))", (AUTH,), "postgresql"),
    ),
    *_of(
        "forum/experts/applications.py",
        ("two applications at once wait for each other in a circle", "apply", ", shares_key=True", "", (EXPERTS,), "postgresql"),
        ("a change of a credential goes past another", "change_credential", "demand_version(expected, user.version)", "pass", (EXPERTS,)),
        ("an expert applies anew", "apply", 'raise Refused("already_expert")', "pass", (EXPERTS,)),
    ),
    *_of(
        "forum/moderation/reports.py",
        ("a report waits for answers on their way", "report_comment", '{"key_share": True}', "True", ("tests/api/test_lock_order.py",), "postgresql"),
    ),
    *_of(
        "models/gates.py",
        ("whoever closes waits as long as others come", "shut_gate", "_SHUT", "_PASS", ("tests/api/test_closing.py",), "postgresql"),
    ),
    *_of(
        "forum/publishing.py",
        ("counts above follow in no order", "_recount_ancestors", "    _HOLD.rows(session, named)\n", "", ("tests/api/test_lock_order.py",), "postgresql"),
    ),
    *_of(
        "forum/experts/directory.py",
        ("credentials that ended are listed", "_experts", "col(Credential.ended_at).is_(None), ", "", (EXPERTS,)),
    ),
    *_of(
        "forum/discussion/reactions.py",
        ("a fold counts without what happens beside it", "_mark", 'insert_or_renew(session, UnfoldedReaction, mark, key=["comment_id"], renewed=["article_id"])', "insert_once(session, UnfoldedReaction, mark)", ("tests/api/test_reactions.py",), "postgresql"),
        ("a fold holds comments in no order", "fold_reactions", "sorted(taken, reverse=True)", "list(taken)", ("tests/api/test_lock_order.py",), "postgresql"),
        ("one reacts for another", "take_back_reaction", ", col(Reaction.user_id) == user_id", "", ("tests/api/test_reactions.py",)),
    ),
    *_of(
        "auth/accounts.py",
        ("a profile needs no version", "change_profile", "demand_version(expected, user.version)", "pass", (CONDITIONAL,)),
        ("roles need no version", "set_roles", "demand_version(expected, user.version)", "pass", (CONDITIONAL,)),
        ("one raises oneself", "set_roles", "raise Forbidden", "pass", ("tests/api/test_users.py",)),
        ("the last administrator goes", "set_roles", 'raise Refused("last_admin")', "pass", ("tests/api/test_users.py",)),
        ("a password is set over a newer one", "change_password", ", col(User.password_hash) == account.password_hash", "", (GUARDS,)),
    ),
    *_of(
        "auth/recovery.py",
        ("requests at once flood a mailbox", "_mail_reset", ".with_for_update(key_share=True)", "", (AUTH,), "postgresql"),
        ("a used token opens again", "_is_good", "col(SingleUseToken.used_at).is_(None),", "", (AUTH,)),
        ("a token that is over opens", "_is_good", "col(SingleUseToken.expires_at) > now,", "", (AUTH,)),
        ("a token opens another thing", "_is_good", "col(SingleUseToken.purpose) == purpose,", "", (AUTH,)),
    ),
    *_of(
        "auth/sessions.py",
        ("a refresh token is used twice", "_rotate", ", stands", "", (AUTH,)),
        ("an ended session goes on", "_rotate", ", _IS_OPEN", "", (AUTH,)),
        ("another's session is ended", "end_session", ", col(AuthSession.user_id) == user_id", "", (AUTH, MATRIX)),
        ("an ended session speaks", "", ".where(_SESSION.ended_at.is_(None), ", ".where(", (AUTH,)),
    ),
    *_of(
        "forum/delivery/outbox.py",
        ("two processes take the same mail", "_taking", ".with_for_update(skip_locked=True)", "", ("tests/forum/delivery",), "postgresql"),
    ),
]

MECHANISMS = [
    *_of(
        "api/idempotency.py",
        ("an answer is repeated to who may not ask", "run", "await look_first(self.request)", "pass", (PROBLEMS,)),
        ("another request is answered with the first", "_kept_answer", 'raise Refused("idempotency_key_reused")', "pass", (IDEMPOTENCY,)),
        ("an answer is given to who may not see it", "_kept_answer", "raise NotFound", "pass", (IDEMPOTENCY,)),
        ("a key of any form is taken", "run", 'raise Refused("idempotency_key_invalid")', "pass", (IDEMPOTENCY,)),
        ("a key is kept for ever", "_claim", "session.execute(delete(IdempotencyRecord).where(*_same(claim), lapsed))", "pass", (IDEMPOTENCY,)),
        ("a key is one for all users", "", '.where(_RECORD.user_id == bindparam("of_user"))', "", (IDEMPOTENCY,)),
        ("a key is one for all routes", "", '_RECORD.route == bindparam("on_route"), ', "", (IDEMPOTENCY,)),
        ("a first that hangs is a failure", "_claim", 'raise Refused("idempotency_in_progress") from None', "raise", (IDEMPOTENCY,), "postgresql"),
    ),
    *_of(
        "api/schemas/types.py",
        ("null means nothing", "clear_what_can_be", 'raise refuse("wrong_type")', "pass", (NULLS,)),
    ),
    *_of(
        "api/conditional.py",
        ("no condition is needed", "demand", 'raise Refused("precondition_required")', "return ANY", (CONDITIONAL,)),
        ("a weak tag is taken", "versions", "(?<!W/)", "", (CONDITIONAL,)),
        ("a write is answered by 304", "answer", 'request.method == "GET" and ', "", (CONDITIONAL,)),
        ("the representation is compared", "versions", "int(match.group(1)) for match in named if match", "int(match.group(1)) for match in named if match and len(match.group()) > 18", (CONDITIONAL,)),
    ),
    *_of(
        "api/pagination.py",
        ("a forged cursor is taken", "after", 'raise Refused("cursor_invalid")', "pass", (PAGINATION,)),
        ("a cursor has many spellings", "_decoded", "if urlsafe_b64encode(raw).decode() != cursor:", "if False:", (PAGINATION,)),
        ("a cursor fits all lists", "_signatures", 'self.request.scope["route"].path', '""', (PAGINATION,)),
        ("a cursor fits all filters", "_signatures", "sorted(scope.items())", "0", (PAGINATION,)),
        ("a limit has many spellings", "plain_number", 'raise refuse("malformed")', "pass", (PAGINATION,)),
    ),
    *_of(
        "api/json_reading.py",
        ("very many values are read", "read_json", "if _has_many_values(parsed):", "if False:", (HOSTILE,)),
        ("a member stands there twice", "_demand_unique", "raise NotPlain", "pass", (HOSTILE,)),
    ),
    *_of(
        "api/problems.py",
        ("what is not JSON passes for an empty object", "", "MALFORMED: Final = object()", "MALFORMED: Final = type('Malformed', (), {})()", (HOSTILE,)),
        ("a list of too many is a long text", "_field_code", "(context is None or", "(True or", (PROBLEMS,)),
    ),
    *_of(
        "api/schemas/types.py",
        ("fields that nobody named are taken", "Closed", 'extra="forbid"', 'extra="ignore"', (HOSTILE,)),
        ("text of any characters is taken", "_storable", "raise refuse(code)", "pass", (HOSTILE,)),
        ("a time without its offset is taken", "_timestamp", 'raise refuse("malformed")', "pass", (HOSTILE,)),
    ),
]

FOLLOWING = [
    *_of(
        "auth/tickets.py",
        ("a ticket that is over opens a stream", "redeem_ticket", ", col(StreamTicket.expires_at) > now", "", (FOLLOWED,)),
        ("who was erased gets a ticket", "issue_ticket", "raise Unauthenticated", "pass", (AUTH,)),
        ("any ticket opens a stream", "redeem_ticket", "\n        raise Unauthenticated", "\n        pass", (MATRIX,)),
    ),
    *_of(
        "api/streams/serving.py",
        ("who lost the right is told more", "_speak", " and await self._topic.may_go_on()", "", (FOLLOWED,)),
        ("a reader that takes nothing stays", "_send", "asyncio.timeout(SEND_WITHIN)", "asyncio.timeout(None)", (STREAMS,)),
    ),
    *_of(
        "forum/moderation/events.py",
        ("events of cases for editors are told to all", "_events", "[] if is_editorial else [col(Case.kind).not_in(EDITORIAL)]", "[]", (FOLLOWED,)),
        ("events are read past open transactions", "events_after", " & (_position(session) <= newest)", "", (FOLLOWED,), "postgresql"),
        ("events that are gone are passed over in silence", "is_known", " and is_kept", "", (FOLLOWED,)),
    ),
    *_of(
        "forum/discussion/own_changes.py",
        ("own changes are read past open transactions", "own_changes_after", " & (position <= newest)", "", ("tests/api/test_own_changes.py",), "postgresql"),
    ),
    *_of(
        "forum/discussion/pages.py",
        ("never public words leave no tombstone", "_shown", "source.outerjoin(", "source.join(", (TOMBSTONES,)),
        ("words of a tombstone are read", "_shown", ", is_public)", ")", ("tests/forum/discussion/test_visibility.py",)),
        ("changes say nothing of what went away", "_shown", "source.outerjoin(", "source.join(", ("tests/api/test_changes.py",)),
    ),
    *_of(
        "models/pages.py",
        ("things of one number are divided", "cut_whole", " or rest(cut_at)", "", ("tests/api/test_changes.py",)),
    ),
]

ANALYSES = [
    *_of(
        "forum/analyses/reading.py",
        ("all analyses are public", "is_public_analysis", "is_one_of(col(Analysis.status), PUBLIC)", "col(Analysis.id).is_not(None)", (MATRIX,)),
        ("drafts exist for editors", "visible_to", "!= AnalysisStatus.DRAFT", "!= AnalysisStatus.REJECTED", (MATRIX,)),
        ("a single analysis is found whoever asks", "find_analysis", ", visible_to(viewer)", "", (MATRIX,)),
        ("what waits of an analysis is no other than unknown", "demand_public", 'raise Refused("parent_not_public")', "pass", (ANALYSIS_THREADS,)),
    ),
    *_of(
        "api/quotes.py",
        ("an analysis quotes what is below another article", "anchored_below", "if text.article_id != article_id:", "if False:", (ANALYSIS_QUOTES,)),
        ("an analysis quotes an article as if that were one", "anchored_below", "if analysis_id == article_id:", "if False:", (ANALYSIS_QUOTES,)),
    ),
    *_of(
        "forum/discussion/quotes.py",
        ("places in a text that changed meanwhile are written", "move_anchors", "        raise Stale\n", "        pass\n", (QUOTES,)),
        ("a text that changed while it was quoted is not looked at again", "keep_anchored", "!= anchor.version", "is None", (QUOTES,)),
        ("two who quote wait for each other", "_version", "key_share=True", "", (QUOTES,), "postgresql"),
        ("moved anchors of what waits are published", "_shown", " if (row.id, row.approved_revision) in written", "", (QUOTES, ANALYSIS_QUOTES)),
    ),
    *_of(
        "api/routers/moderation.py",
        ("moderators read what experts declared elsewhere", "_declaration", " or not allows(identity, Permission.DISCLOSURE_READ_OF_OTHERS)", "", (CASE_DISCLOSURES,)),
    ),
    *_of(
        "forum/moderation/subjects.py",
        ("a case shows another declaration than went out", "_disclosure", "document_for_json(revision.disclosure) or ", "", (CASE_DISCLOSURES,)),
    ),
    *_of(
        "forum/text/urls.py",
        ("an address holds what no link may", "is_web_address", "if _MALFORMED.search(text):", "if False:", (URLS,)),
        ("an address begins with a name", "is_web_address", ' and "@" not in parts.netloc', "", (URLS,)),
        ("any address at doi.org is a source", "is_source", "parts.hostname not in _DOI_HOSTS or ", "True or ", (URLS,)),
    ),
    *_of(
        "api/schemas/atom.py",
        ("a feed holds what XML cannot", "_writable", 'UNWRITABLE.sub("\\ufffd", text)', "text", (FEED_FORMS,)),
    ),
    *_of(
        "forum/text/rendering.py",
        ("an entity writes a control character", "render_article", '.replace("\\f", "\\ufffd")', "", ("tests/forum/text/test_rendering.py",)),
    ),
    *_of(
        "api/schemas/types.py",
        ("names hold what turns letters around", "_one_line", "if _NOT_IN_LINES.search(value):", "if False:", ("tests/api/test_imitation.py",)),
    ),
    *_of(
        "forum/analyses/revisions.py",
        ("all revisions of analyses are public", "_readable", "== AnalysisStatus.PUBLISHED", "!= AnalysisStatus.DRAFT", (ANALYSIS_REVISIONS,)),
    ),
    *_of(
        "forum/discussion/places.py",
        ("an analysis of another article is commented", "_analysis", " or analysis.article_id != place.article_id", "", (ANALYSIS_THREADS,)),
        ("what waits of an analysis is commented", "_analysis", " or analysis.status not in PUBLIC", "", (ANALYSIS_THREADS,)),
        ("an analysis that is being retracted is commented", "_analysis", "with_for_update=is_held, ", "", (CLOSING,), "postgresql"),
        ("a retracted analysis is commented", "_analysis", 'raise Refused("discussion_closed")', "pass", (ANALYSIS_THREADS,)),
    ),
    *_of(
        "forum/moderation/settlements/analyses.py",
        ("another status of an analysis is written over", "_guarded", "col(Analysis.status) == analysis.status,", "", (ANALYSIS_GUARDS,)),
        ("an edit of an analysis is written over", "_guarded", "col(Analysis.current_revision) == analysis.current_revision,", "", (ANALYSIS_GUARDS,)),
        ("a write of an analysis that hit nothing counts", "_guarded", "raise Stale", "pass", (ANALYSIS_GUARDS,)),
        ("a retraction is taken back", "restore_analysis", " or analysis.status is AnalysisStatus.RETRACTED", "", (ANALYSES_API,)),
    ),
    *_of(
        "forum/analyses/writing.py",
        ("an analysis is submitted on nothing", "submit_analysis", "demand_for_analysis(session, analysis, now=now)", "pass", (ANALYSES_API,)),
        ("an edit of an analysis needs no version", "edit_analysis", "demand_version(expected, analysis.current_revision)", "pass", (ANALYSES_API,)),
        ("what was submitted is deleted", "delete_draft", 'raise Refused("illegal_transition")', "pass", (ANALYSES_API,)),
    ),
]

DELIVERY = [
    *_of(
        "api/calls.py",
        ("webhooks reach within", "_addresses", "allow_private or is_public(address)", "True", (CALLS,)),
    ),
    *_of(
        "forum/delivery/targets.py",
        ("groups of hosts are reached", "is_public", " or address.is_multicast", "", ("tests/forum/delivery",)),
    ),
    *_of(
        "api/routers/webhooks.py",
        ("a private address is taken", "_demand_outside", 'raise Invalid("/url", "private_address")', "pass", (WEBHOOKS,)),
    ),
    *_of(
        "forum/delivery/couriers.py",
        ("a receiver that is gone is asked again", "finish_try", "attempt.is_gone or ", "", (WEBHOOKS,)),
        ("two processes send the same", "take_deliveries", ".with_for_update(skip_locked=True)", "", ("tests/forum/delivery",), "postgresql"),
        ("a holder without its lease settles", "_settle", "IS_WAITING & (col(WebhookDelivery.attempts) == delivery.attempts)", "IS_WAITING", ("tests/forum/delivery",)),
    ),
    *_of(
        "forum/delivery/webhooks.py",
        ("what is being sent is sent again", "resend", 'raise Refused("illegal_transition")', "pass", ("tests/forum/delivery",)),
        ("a try that is being logged keeps its webhook", "drop_webhook", ".with_for_update()", "", ("tests/forum/delivery",), "postgresql"),
        ("a webhook that is being taken away is pinged", "ping", "_locked(session, webhook_id)", "find_webhook(session, webhook_id)", ("tests/forum/delivery",), "postgresql"),
        ("a webhook needs no version", "change_webhook", "demand_version(expected, webhook.version)", "pass", (WEBHOOKS,)),
    ),
    *_of(
        "forum/inbox/reading.py",
        ("words that are not public are told of", "_may_be_seen", "visible_to(None)", "True", (NOTIFICATIONS,)),
        ("one reads for another", "_unread", "col(Notification.user_id) == user_id", "col(Notification.user_id).is_not(None)", (NOTIFICATIONS,)),
    ),
    *_of(
        "forum/delivery/notices.py",
        ("one hears of one's own acts", "notify", " if user_id != notice.actor_id", "", (NOTIFICATIONS,)),
    ),
    *_of(
        "api/stopping.py",
        ("anybody stops another's mails", "read_stop_token", "raise NotFound\n", "pass\n", (NOTIFICATIONS,)),
    ),
]

ERASURE = [
    *_of(
        "auth/erasure.py",
        ("a replaced password erases", "begin_erasure", "user.password_hash != account.password_hash", "False", (PRIVACY,)),
        ("somebody is erased twice", "begin_erasure", "raise Unauthenticated", "pass", (PRIVACY,)),
        ("the last administrator is erased", "begin_erasure", 'raise Refused("last_admin")', "pass", (PRIVACY,)),
        ("a restriction is shed", "begin_erasure", "keep_restrictions(session, user.id, mark, now=now)", "pass", (PRIVACY,)),
        ("what the address tells stays", "begin_erasure", "_drop_addressed(session, user)", "pass", (PRIVACY,)),
    ),
    *_of(
        "forum/people/erasing.py",
        ("an erasure does not wait for its last look", "erase_slice", " or erasure.due_at > now", "", (PRIVACY,)),
        ("words that are public are emptied", "_analysis", " if analysis.status in PUBLIC else []", " if False else []", (PRIVACY,)),
        ("another's things are gone through", "_next", ".where(owner == erasure.user_id)", "", (PRIVACY,)),
    ),
]

READY_PAGES = [
    *_of(
        "models/sqlite_writer.py",
        ("a log grows until a commit has to wait for it", "_keep", "self._has_committed()", "pass", ("tests/models/test_checkpoints.py",)),
    ),
    *_of(
        "models/sqlite_engine.py",
        ("limits are compiled anew for each value", "limit_clause", 'f"+{self.process(limit, **kw)}"', "self.process(limit, **kw)", ("tests/api/test_compilations.py",)),
        ("threads read row by row", "connect_reader", ".gather()", ".close", ("tests/models/test_sqlite_gathering.py",)),
    ),
    *_of(
        "models/article_versions.py",
        ("numbers read before a commit still count", "SqliteVersions", "self._known.clear()", "pass", (VERSIONS,)),
        ("no commit ends a moment", "SqliteVersions", "lasts: bool = self._commits() == moment", "lasts = True", (VERSIONS,)),
        ("no publication ends a moment", "PostgresqlVersions", "moment[0] == self._publications and ", "", (VERSIONS,), "postgresql"),
        ("what was heard vouches", "PostgresqlVersions", "self._publish(numbers, NEVER)", "self._publish(numbers, time.monotonic())", (VERSIONS,), "postgresql"),
    ),
    *_of(
        "api/thread_cache.py",
        ("readers at once render at once", "_renewed", "self._flights.get(key)", "None", (BURSTS,)),
        ("a kept list is never read again", "_confirmed", "began if await page.lists_the_same() else None", "began", ("tests/api/test_feeds.py",)),
        ("somebody's credentials are passed over", "__call__", 'b"authorization" in given', "False", (CACHE,)),
        ("kept bytes grow without end", "_weigh", "self._bytes > MOST_BYTES", "False", (CACHE,)),
    ),
    *_of(
        "api/ready_pages.py",
        ("each asker encodes", "encode", "making is None", "True", (BURSTS,)),
        ("what is refused is kept", "page_of", ' or messages[0]["status"] != 200', "", (CACHE,)),
    ),
    *_of(
        "api/public_reads.py",
        ("a replica is taken for the primary", "read_public", " if viewer is None else None", "", ("tests/api/test_replica.py",), "postgresql"),
    ),
]

MUTATIONS = READY_PAGES + PERMISSIONS + VISIBILITY + GUARDED_WRITES + MECHANISMS + FOLLOWING + ANALYSES + DELIVERY + ERASURE
