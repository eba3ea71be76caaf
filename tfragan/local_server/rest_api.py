"""The REST protocol of TensorFlow Serving."""

import asyncio
import json

from aiohttp import web

from .errors import RequestError
from .errors import invalid
from .errors import not_found
from .limits import body_too_large
from .model_reports import metadata_json
from .model_reports import model_list
from .model_reports import status_json
from .page_files import page_file
from .request_log import RequestLine
from .rest_answer import write_answer
from .rest_request import parse_request
from .rest_route import allowed
from .rest_route import route_of
from .serving_core import note_defect
from .signatures import row_count

_JSON = "application/json"
# The page may do what it needs, but with this server alone.
_PAGE_POLICY = "default-src 'self' 'unsafe-inline' data: blob:"


class RestApi:
    """Answers HTTP requests.

    Args:
        core: a `Core`.
    """

    def __init__(self, core):
        self._core = core

    def application(self):
        """The `aiohttp` application, one handler for everything."""
        application = web.Application(
            client_max_size=self._core.options.max_body
        )
        application.router.add_route("*", "/{path:.*}", self.handle)
        return application

    async def handle(self, request):
        """The answer to any request; errors become `{"error": ...}`."""
        line = RequestLine(
            request.remote or "-", f"{request.method} {request.raw_path}"
        )
        code = "gone"
        try:
            response = await self._response(request, line)
            code = response.status
            return response
        finally:
            if not self._core.options.quiet:
                line.write(code)

    async def _response(self, request, line):
        try:
            return await self._answer(request, line)
        except RequestError as error:
            return _error(request, error)
        except Exception:
            note_defect()
            return _error(
                request,
                RequestError("INTERNAL", "the server failed; its log has it."),
            )

    async def _answer(self, request, line):
        core = self._core
        route = route_of(request.method, request.path)
        if route.action == "page":
            return await self._page(request.path)
        if route.action == "list":
            return _json(model_list(core))
        place = (route.model, route.version, route.label)
        if route.action == "status":
            return _json(status_json(core, *place))
        if route.action == "metadata":
            state = core.model(route.model).find(route.version, route.label)
            return _json(metadata_json(route.model, state.loaded))
        with core.admit(*place) as version:
            return await self._predict(request, line, route.model, version)

    async def _predict(self, request, line, model, version):
        core = self._core
        deadline = asyncio.get_running_loop().time() + core.options.deadline
        body = await self._body(request, deadline)
        asked = await core.code(parse_request, body, version.signature)
        line.rows = row_count(asked.arrays)
        outputs = await core.compute(
            model, version, asked.signature, asked.arrays, deadline
        )
        answer = await core.code(
            write_answer, outputs, asked.by_rows, line.rows
        )
        return web.Response(body=answer, content_type=_JSON)

    async def _body(self, request, deadline):
        if (request.content_length or 0) > self._core.options.max_body:
            raise body_too_large(self._core.options)
        try:
            async with asyncio.timeout_at(deadline):
                return await request.read()
        except TimeoutError:
            raise RequestError(
                "DEADLINE_EXCEEDED", "body: it did not arrive in time."
            ) from None
        except web.HTTPRequestEntityTooLarge:
            raise body_too_large(self._core.options) from None
        except web.RequestPayloadError:
            raise invalid("body: it is cut off or wrongly encoded.") from None

    async def _page(self, path):
        found = await self._core.code(page_file, path)
        if found is None:
            raise not_found(
                "there is no such page; /v1/models lists the models."
            )
        content, kind = found
        return web.Response(
            body=content,
            headers={
                "Content-Type": kind,
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": _PAGE_POLICY,
                "Cache-Control": "no-cache",
            },
        )


def _json(value):
    return web.Response(
        body=json.dumps(value).encode("utf-8"), content_type=_JSON
    )


def _error(request, error):
    headers = {}
    if error.http == 405:
        headers["Allow"] = allowed(request.path)
    text = json.dumps({"error": error.message})
    return web.Response(
        body=text.encode("utf-8"),
        status=error.http,
        content_type=_JSON,
        headers=headers,
    )
