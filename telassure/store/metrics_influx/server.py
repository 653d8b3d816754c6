"""The HTTP API of one InfluxDB v2 bucket: write, query, delete and its state, with errors in our terms."""

import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import influxdb_client
from influxdb_client.client.write.retry import WritesRetry
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError, MaxRetryError, SSLError

from telassure.kernel.errors import ConfigurationError, PermanentError, TransientError
from telassure.kernel.instant import Instant, instant

_api: Any = influxdb_client  # it has no types
_TOO_MANY: Final = 429
_SERVER: Final = 500
_SHOWN: Final = 300  # characters of a server's own words
_EXPIRED: Final = ("beyond retention policy", "outside retention policy")


class LinesRefused(PermanentError):
    """The server will not take (all of) these lines, however often they come."""


@dataclass(frozen=True, slots=True)
class InfluxConnection:
    """Where the bucket is. `ca_file` is PEM; `timeout` seconds bound one request, `patience` its repeats."""

    url: str
    org: str
    bucket: str
    token: str = field(repr=False)
    ca_file: Path | None = None
    timeout: float = 20.0
    patience: float = 15.0


@dataclass(frozen=True, slots=True)
class BucketState:
    """What the server says of itself: version and clock, and after how many seconds the bucket forgets (0 never)."""

    version: str
    clock: Instant | None
    retention_seconds: int


class InfluxServer:
    """One connection pool; safe from any thread. TransientError: the same call may succeed later. ConfigurationError:
    address, token, organisation, bucket or certificate are wrong, and the text says what to change."""

    def __init__(self, connection: InfluxConnection) -> None:
        self.connection = connection
        more: dict[str, Any] = {"ssl_ca_cert": str(connection.ca_file)} if connection.ca_file is not None else {}
        if connection.ca_file is not None and not connection.ca_file.is_file():
            raise ConfigurationError(f"influx.ca_file {connection.ca_file}: no such file; name the CA's PEM file")
        self._client = _api.InfluxDBClient(
            connection.url, connection.token, timeout=int(connection.timeout * 1_000), org=connection.org, **more
        )
        self._writing = _api.WriteService(self._client.api_client)  # the client's own batching loses what fails
        self._querying = _api.QueryService(self._client.api_client)

    def write(self, lines: Sequence[bytes]) -> int:
        """Lines of line protocol in microseconds, durable when it returns; how many of them the bucket's own retention
        let go at once. LinesRefused where the server will not have (all of) them."""
        packer = zlib.compressobj(1, wbits=31)
        body = packer.compress(b"\n".join(lines)) + packer.flush()
        try:
            with self._translated():
                self._writing.post_write(
                    org=self.connection.org,
                    bucket=self.connection.bucket,
                    body=body,
                    precision="us",
                    content_encoding="gzip",
                    content_type="text/plain; charset=utf-8",
                    urlopen_kw={"retries": self._retries(4)},
                )
        except LinesRefused as refused:
            if any(text in str(refused) for text in _EXPIRED):
                return _dropped(str(refused))
            raise
        return 0

    def query(self, flux: str) -> str:
        """The answer as CSV tables without annotations, a header line each."""
        dialect = _api.Dialect(
            header=True, annotations=[], delimiter=",", comment_prefix="#", date_time_format="RFC3339"
        )
        with self._translated():
            answer = self._querying.post_query(
                org=self.connection.org,
                query=_api.Query(query=flux, dialect=dialect),
                async_req=False,
                _preload_content=False,
                urlopen_kw={"retries": self._retries(2)},
            )
            return str(answer.data.decode("utf-8"))

    def delete(self, predicate: str, stop: str) -> None:
        """Delete what the predicate says, from the beginning to `stop` (RFC 3339, inclusive)."""
        with self._translated():
            self._client.delete_api().delete("1678-01-01T00:00:00Z", stop, predicate, bucket=self.connection.bucket)

    def state(self) -> BucketState:
        """The server's version and clock and the bucket's retention; proves address, token, organisation and bucket."""
        with self._translated():
            _, _, headers = _api.PingService(self._client.api_client).get_ping_with_http_info(
                _return_http_data_only=False
            )
            named = (
                self._client.buckets_api().find_buckets(name=self.connection.bucket, org=self.connection.org).buckets
            )
        if not named:
            raise ConfigurationError(self._absent())
        rules = [rule.every_seconds for rule in named[0].retention_rules or [] if rule.type == "expire"]
        date = headers.get("Date")
        clock = instant(parsedate_to_datetime(date)) if date else None
        return BucketState(str(headers.get("X-Influxdb-Version", "")), clock, int(rules[0]) if rules else 0)

    def close(self) -> None:
        self._client.close()

    def _retries(self, total: int) -> WritesRetry:
        """The client's own strategy, with jitter; it counts its time from when it is made."""
        return WritesRetry(
            total=total,
            retry_interval=0.2,
            jitter_interval=1,
            exponential_base=2,
            max_retry_delay=5,
            max_retry_time=self.connection.patience,
            allowed_methods=["POST", "GET"],
        )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        place = self.connection.url
        try:
            yield
        except ApiException as error:
            raise self._meaning(error) from None
        except MaxRetryError as error:
            if isinstance(error.reason, SSLError):
                raise ConfigurationError(_untrusted(place, str(error.reason))) from None
            raise TransientError(f"{place}: {error.reason or error}; it will be tried again") from None
        except (HTTPError, OSError) as error:
            raise TransientError(f"{place}: {error}; it will be tried again") from None

    def _meaning(self, error: ApiException) -> Exception:
        status, text = int(error.status or 0), str(error.message or error.reason)[:_SHOWN]
        place, org = self.connection.url, self.connection.org
        if status == 0:
            return ConfigurationError(_untrusted(place, text))
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return ConfigurationError(
                f"influx.token: {place} refuses it ({status}: {text}); make one that may read and write the bucket"
                f" {self.connection.bucket} (influx auth create --org {org} --read-buckets --write-buckets) and set"
                " TELASSURE_INFLUX__TOKEN or the secret influx_token"
            )
        if status == HTTPStatus.NOT_FOUND:
            return ConfigurationError(self._absent() + f" ({text})")
        if "field type conflict" in text:
            bucket = self.connection.bucket
            return ConfigurationError(f"influx.bucket {bucket}: holds another schema ({text}); name one of our own")
        if status >= _SERVER or status in (HTTPStatus.REQUEST_TIMEOUT, _TOO_MANY):
            return TransientError(f"{place}: {status} {text}; it will be tried again")
        return LinesRefused(f"{place}: {status} {text}")

    def _absent(self) -> str:
        bucket, org = self.connection.bucket, self.connection.org
        return (
            f"influx.bucket {bucket} of organisation {org}: {self.connection.url} has none; make it by:"
            f" influx bucket create --name {bucket} --org {org} --retention 400d"
        )


def _untrusted(place: str, text: str) -> str:
    return (
        f"influx.url {place}: the certificate is not trusted ({text[:_SHOWN]}); set influx.ca_file to its CA's PEM file"
    )


def _dropped(text: str) -> int:
    """How many points a partial write left out; 0 where the server does not say.

    >>> _dropped("partial write: points beyond retention policy dropped=17")
    17
    """
    digits = text.rpartition("dropped=")[2].split(" ")[0]
    return int(digits) if digits.isdecimal() else 0
