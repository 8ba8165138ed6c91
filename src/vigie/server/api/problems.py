"""Every error as RFC 9457 `application/problem+json`: the one table from our errors to HTTP statuses."""

import http
import json
import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from vigie.server import enrolment_errors, errors, media_errors
from vigie.server.access import errors as access_errors

log = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"
RETRY_AFTER_S = 5.0
"""What a 503 says of itself."""

STATUS: dict[type[errors.ServerError], int] = {
    errors.UnreadableBody: 400,
    media_errors.UnreadablePictures: 400,
    access_errors.SignInFirst: 401,
    access_errors.SetUpFirst: 401,
    access_errors.WrongSignIn: 401,
    access_errors.NotAllowed: 403,
    access_errors.WrongPassword: 403,
    access_errors.WrongSetUpCode: 403,
    enrolment_errors.UnknownCode: 403,
    errors.ForeignOrigin: 403,
    errors.ForeignHost: 403,
    errors.PinRequired: 403,
    errors.PinWrong: 403,
    errors.UnknownDevice: 404,
    errors.NoSuchPart: 404,
    errors.UnknownAlert: 404,
    errors.UnknownPerson: 404,
    access_errors.UnknownUser: 404,
    access_errors.UnknownToken: 404,
    access_errors.UnknownSession: 404,
    media_errors.UnknownMedia: 404,
    media_errors.UnknownRecording: 404,
    media_errors.UnknownStill: 404,
    media_errors.UnknownIncident: 404,
    errors.ConflictingEvent: 409,
    errors.DeviceUnreachable: 409,
    errors.ZonesOpen: 409,
    errors.NameTaken: 409,
    errors.PinTaken: 409,
    errors.TooManyPeople: 409,
    errors.PeopleChanged: 409,
    access_errors.AlreadySetUp: 409,
    access_errors.FirstAccount: 409,
    access_errors.UserTaken: 409,
    access_errors.LastAdmin: 409,
    access_errors.TooManyUsers: 409,
    access_errors.TokenTaken: 409,
    media_errors.RecordingLocked: 409,
    media_errors.RecordingNotThere: 409,
    media_errors.MediaOfAnother: 409,
    media_errors.WrongOffset: 409,
    media_errors.WrongHash: 409,
    media_errors.CameraPrivate: 409,
    enrolment_errors.NothingAsked: 409,
    enrolment_errors.PiAway: 409,
    enrolment_errors.DeviceExists: 409,
    enrolment_errors.CodeOver: 410,
    media_errors.LiveNotWanted: 410,
    errors.BatchTooLong: 413,
    errors.BodyTooLarge: 413,
    media_errors.MediaTooLarge: 413,
    media_errors.NotThatRange: 416,
    errors.InvalidEvent: 422,
    errors.CommandRefused: 422,
    access_errors.PasswordTooWeak: 422,
    errors.PinLocked: 429,
    errors.PeopleChangedOften: 429,
    errors.SecretsBusy: 429,
    access_errors.SignInLocked: 429,
    enrolment_errors.TooManyCodes: 429,
    enrolment_errors.CodesLocked: 429,
    errors.NoBridge: 503,
    errors.ExaminationFailed: 503,
    enrolment_errors.CannotSign: 503,
    enrolment_errors.AuthorityUnreadable: 503,
    enrolment_errors.NotSigned: 503,
    media_errors.NoPicture: 503,
    media_errors.MediaDiskFailing: 503,
    errors.StoreUnavailable: 503,
    errors.CommandUnanswered: 504,
    media_errors.NoRoom: 507,
}


def problem(
    status: int,
    detail: str,
    instance: str | None = None,
    faults: Sequence[dict[str, Any]] | None = None,
    *,
    code: str | None = None,
    retry_after_s: float | None = None,
    more: Mapping[str, Any] | None = None,
) -> Response:
    """An error answer. Its text is ASCII-escaped: a request's odd characters may come back in it."""
    body: dict[str, Any] = {"type": "about:blank", "title": http.HTTPStatus(status).phrase, "status": status, "detail": detail}
    if instance is not None:
        body["instance"] = instance
    if faults is not None:
        body["errors"] = list(faults)
    if code is not None:
        body["code"] = code
    body.update(more or {})
    if retry_after_s is None and status == http.HTTPStatus.SERVICE_UNAVAILABLE:
        retry_after_s = RETRY_AFTER_S
    headers = {} if retry_after_s is None else {"Retry-After": str(math.ceil(retry_after_s))}
    if status == http.HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(json.dumps(body), status, headers, PROBLEM_JSON)


def problem_of(error: errors.ServerError, instance: str | None = None) -> Response:
    """The answer to one of our own errors."""
    status, code = STATUS[type(error)], error.code
    return problem(status, str(error), instance, error.faults, code=code, retry_after_s=error.retry_after_s, more=error.more)


def answer_with_problems(api: FastAPI) -> None:
    """Makes every error of the application a problem, also those of the framework and those that nobody foresaw."""
    api.add_exception_handler(errors.ServerError, _on_server_error)
    api.add_exception_handler(RequestValidationError, _on_invalid)
    api.add_exception_handler(HTTPException, _on_http)
    api.add_exception_handler(ClientDisconnect, _on_disconnect)
    api.add_exception_handler(Exception, _on_unforeseen)


def _on_server_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.ServerError)
    return problem_of(error, request.url.path)


def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # Not `input` and `ctx`: what a client sent need not be JSON (NaN) nor text that can be written.
    faults = [{"loc": list(fault["loc"]), "msg": fault["msg"]} for fault in error.errors()]
    if any(fault["type"] == "json_invalid" for fault in error.errors()):
        return problem(400, f"the body is not JSON that can be read: {faults[0]['msg']}", request.url.path)
    where = "; ".join(f"{'.'.join(map(str, fault['loc'][1:])) or fault['loc'][0]}: {fault['msg']}" for fault in faults[:3])
    return problem(422, where, request.url.path, faults)


def _on_disconnect(request: Request, _error: Exception) -> Response:
    """A connection cut in the middle of a body: nothing is stored, the client sends it again. Nobody hears this answer."""
    return problem(400, "the connection ended before the body did", request.url.path)


def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = str(error.detail)
    if error.status_code == http.HTTPStatus.NOT_FOUND and detail == http.HTTPStatus.NOT_FOUND.phrase:
        detail = f"nothing is at {request.url.path}; GET /docs lists the routes"
    elif error.status_code == http.HTTPStatus.METHOD_NOT_ALLOWED:
        detail = f"{request.method} is not possible at {request.url.path}; GET /docs lists the routes"
    answer = problem(error.status_code, detail, request.url.path)
    answer.headers.update(error.headers or {})
    return answer


def _on_unforeseen(request: Request, error: Exception) -> Response:
    log.error("a request failed method=%s path=%s", request.method, request.url.path, exc_info=error)
    return problem(500, "the server made a mistake; its log says which", request.url.path)
