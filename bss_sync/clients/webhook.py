"""A webhook that takes notices: HTTP POST within a time-out, redirects not followed."""

import asyncio
from dataclasses import asdict
from typing import Final

import aiohttp
import orjson
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from telassure.kernel.events import Notification
from telassure.kernel.ports import Answer, Delivered, Postponed, Refused

# Answers about the notice itself. All others are about the receiver or the way to it, and may be others tomorrow: a
# notice must not be lost because an address was mistyped or a token has run out.
_REFUSED: Final = frozenset({400, 406, 409, 410, 411, 413, 414, 415, 422})
_SAID: Final = "the receiver answered {}"


class Receiver(BaseModel):
    """Who is told: `url` takes notices by POST within `timeout_seconds`, from the name's look-up to the answer.
    `parallel` is how many may be under way; those of one ticket keep their order."""

    model_config = ConfigDict(extra="forbid")
    url: SecretStr
    timeout_seconds: float = Field(default=10.0, gt=0, le=120)
    parallel: int = Field(default=4, ge=1, le=64)

    @field_validator("url")
    @classmethod
    def _web_address(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("http://", "https://")):
            raise ValueError("it does not begin with http:// or https://")  # not repeated: it may hold a secret
        return url


class Webhook:
    """ports.Channel to one receiver: a TMF681-shaped CommunicationMessage, with its id as Idempotency-Key, so that a
    repeat is harmless."""

    def __init__(self, receiver: Receiver) -> None:
        self._url = receiver.url.get_secret_value()
        self._timeout = aiohttp.ClientTimeout(total=receiver.timeout_seconds)
        self._session: aiohttp.ClientSession | None = None

    async def send(self, notice: Notification) -> Answer:
        body = orjson.dumps({"@type": "CommunicationMessage", **asdict(notice)})
        headers = {"Content-Type": "application/json", "Idempotency-Key": notice.notification_id}
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        try:
            async with self._session.post(self._url, data=body, headers=headers, allow_redirects=False) as answer:
                return _judged(answer.status, answer.headers.get("Retry-After", ""))
        except TimeoutError:
            return Postponed(f"the receiver did not answer within {self._timeout.total:g} s")
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as failure:
            return Postponed(f"the receiver cannot be reached ({type(failure).__name__})")  # its text may hold the URL

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def _judged(status: int, retry_after: str) -> Answer:
    said = _SAID.format(status)
    if 200 <= status < 300:  # HTTP's own classes
        return Delivered()
    if status in _REFUSED:
        return Refused(said)
    if 300 <= status < 400:
        said += ", a redirect, which is not followed: give its own address"
    return Postponed(said, float(retry_after) if retry_after.isdecimal() else 0.0)
