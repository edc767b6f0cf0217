"""The routes of the service: `text:analyze` as Azure AI Content Safety answers it, refusals for the rest."""

import hmac
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from local.content_safety import analysis, refusal
from local.content_safety.quota import Quota
from local.content_safety.scoring import Scorer

ANALYZE_TEXT = "/contentsafety/text:analyze"
ANALYZE_IMAGE = "/contentsafety/image:analyze"
CLASSIFIER_HEADER = "x-tunegate-classifier"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the service demands of a client, and which faults it plays."""

    key: str
    requests_per_10s: int = 1000
    """The quota of Azure's paid tier (S0)."""
    retry_after: bool = True
    fail_every: int = 0
    """Every so many requests one is answered with `fail_status`; 0 is never."""
    fail_status: int = 503


class ContentSafety:
    """Answers requests by the rules, with severities from a scorer."""

    def __init__(self, rules: Rules, scorer: Scorer, clock: Callable[[], float] = time.monotonic) -> None:
        self._rules = rules
        self._scorer = scorer
        self._quota = Quota(rules.requests_per_10s, clock)
        self._served = 0

    def application(self) -> web.Application:
        """The service as an application that a runner or a test can serve."""
        app = web.Application(middlewares=[self._refuse], client_max_size=analysis.BODY_BYTES)
        app.router.add_post(ANALYZE_TEXT, self._analyze_text)
        app.router.add_post(ANALYZE_IMAGE, self._analyze_image)
        app.on_cleanup.append(self._close)
        return app

    async def _close(self, _: web.Application) -> None:
        self._scorer.close()

    @web.middleware
    async def _refuse(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Turn every refusal into Azure's error body and name in every answer who scores."""
        try:
            answer = await handler(request)
        except refusal.RefusedError as refused:
            answer = refusal.response(refused)
        except web.HTTPNotFound:
            answer = refusal.response(
                refusal.RefusedError(status=404, code="ResourceNotFound", message="No such resource.")
            )
        except web.HTTPMethodNotAllowed as wrong:
            answer = refusal.response(
                refusal.RefusedError(
                    status=405,
                    code="MethodNotAllowed",
                    message="The resource does not support this method.",
                    allow=", ".join(sorted(wrong.allowed_methods)),
                )
            )
        except web.HTTPRequestEntityTooLarge:
            answer = refusal.response(
                refusal.RefusedError(
                    status=413,
                    code="InvalidRequestBody",
                    message="The body is larger than any valid request.",
                )
            )
        answer.headers.setdefault(CLASSIFIER_HEADER, self._scorer.label)
        return answer

    async def _analyze_text(self, request: web.Request) -> web.Response:
        self._admit(request)
        analysis.check_version(request.query.get("api-version"))
        if request.content_type != "application/json":
            raise refusal.RefusedError(
                status=415, code="InvalidRequestBody", message="The content type must be application/json."
            )
        asked = analysis.decode(await request.read())
        judgement = await self._scorer.score(asked.text)
        return web.json_response(
            analysis.encode(asked, judgement.severities), headers={CLASSIFIER_HEADER: judgement.label}
        )

    async def _analyze_image(self, request: web.Request) -> web.Response:
        self._admit(request)
        raise refusal.RefusedError(
            status=501, code="NotSupportedLocally", message="This local service does not analyze images."
        )

    def _admit(self, request: web.Request) -> None:
        """Refuse a wrong key, then a request above the quota, then play the fault that is due."""
        given = request.headers.get("Ocp-Apim-Subscription-Key", "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._rules.key.encode()):
            raise refusal.RefusedError(
                status=401,
                code="401",
                message="Access denied due to invalid subscription key or wrong API endpoint.",
            )
        wait_s = self._quota.take()
        if wait_s is not None:
            raise refusal.RefusedError(
                status=429,
                code="TooManyRequests",
                message="The requests exceed the limit of the resource.",
                retry_after_s=wait_s if self._rules.retry_after else None,
            )
        self._served += 1
        if self._rules.fail_every and self._served % self._rules.fail_every == 0:
            raise refusal.RefusedError(
                status=self._rules.fail_status,
                code="ServerBusy" if self._rules.fail_status == 503 else "InternalError",
                message="A fault that this service was asked to play.",
            )
