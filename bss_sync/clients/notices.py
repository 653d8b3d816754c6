"""The channels a notice can leave by: a webhook, or none, where the stored record is the notice."""

import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from typing import Final

import orjson

from telassure.kernel.errors import ConfigurationError, PermanentError, TransientError
from telassure.kernel.events import Notification

TIMEOUT_SECONDS: Final = 10
_RETRY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class StoredNotifier:
    """No channel is configured: the notification record, which commits with its ticket, is all there is to do."""

    def notify(self, notification: Notification) -> None:
        """Nothing leaves the system."""


@dataclass(frozen=True, slots=True)
class WebhookNotifier:
    """POSTs a TMF681-shaped CommunicationMessage to a URL; the id goes as Idempotency-Key, so a repeat is harmless."""

    url: str

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise ConfigurationError("notify_url does not begin with http:// or https://")  # it may hold a secret

    def notify(self, notification: Notification) -> None:
        """TransientError where the channel may yet take it, PermanentError where it refused it."""
        request = urllib.request.Request(  # noqa: S310  # the scheme is checked above
            self.url,
            data=orjson.dumps({"@type": "CommunicationMessage", **asdict(notification)}),
            headers={"Content-Type": "application/json", "Idempotency-Key": notification.notification_id},
            method="POST",
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310  # a setting's
                return
        except urllib.error.HTTPError as refused:
            reason = f"the notice channel answered {refused.code}"
            raise (TransientError(reason) if refused.code in _RETRY else PermanentError(reason)) from None
        except OSError as unreachable:
            raise TransientError(f"the notice channel cannot be reached: {unreachable}") from None
