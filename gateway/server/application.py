"""Routes of the gateway: the SOAP search, its description, receipts, health."""

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from gateway.server.exchange import send_fault
from gateway.server.receipts import Receipts
from gateway.server.soap_search import SoapSearch
from ror import namespaces as ns
from ror import schemas
from ror.audit import receipt
from ror.faults import Fault, Reason
from ror.model.wire import Generation
from ror.soap.over_http import SERVER
from ror.soap.version import version_asked

_log = structlog.get_logger(__name__)

_REASONS = {404: Reason.PATH_UNKNOWN, 405: Reason.METHOD_NOT_ALLOWED}


def application(
    search: SoapSearch,
    receipts: Receipts,
    *,
    public_url: Callable[[], str],
    ready: Callable[[], str | None],
) -> web.Application:
    """Build the application. ``ready`` gives ``None``, or the one-line reason why no search can be answered."""

    async def describe(request: web.Request) -> web.StreamResponse:
        if "wsdl" in {key.lower() for key in request.query}:
            return web.Response(body=schemas.wsdl(Generation.G1, public_url() + ns.PATH_G1), content_type="text/xml")
        return await search.handle(request)

    async def alive(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def is_ready(_request: web.Request) -> web.Response:
        reason = ready()
        if reason is None:
            return web.json_response({"status": "ready"})
        return web.json_response({"status": "not-ready", "reason": reason}, status=503)

    app = web.Application(middlewares=[_faults_for_strangers], client_max_size=0)
    app.on_response_prepare.append(_sign)
    app.router.add_get(ns.PATH_G1, describe, allow_head=False)
    app.router.add_post(ns.PATH_G1, search.handle)
    app.router.add_get(receipt.PATH + "{question}", receipts.handle, allow_head=False)
    app.router.add_get("/healthz", alive)
    app.router.add_get("/readyz", is_ready)
    return app


async def _sign(_request: web.Request, response: web.StreamResponse) -> None:
    """No answer says what runs here, whoever made it."""
    response.headers["Server"] = SERVER


@web.middleware
async def _faults_for_strangers(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer unknown paths and methods with a fault, and let no exception's text out."""
    version = version_asked(request.headers.get("Content-Type"))
    try:
        return await handler(request)
    except web.HTTPException as error:
        reason = _REASONS.get(error.status, Reason.HTTP_INVALID)
        _log.warning("http.refused", status=error.status, reason=reason.slug)
    except (ConnectionResetError, TimeoutError):
        raise
    except Exception:
        _log.exception("http.failed")
        reason = Reason.INTERNAL
    return await send_fault(request, version, Fault(reason=reason, message=reason.message))
