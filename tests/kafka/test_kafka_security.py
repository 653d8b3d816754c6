"""The security of the transport against a real broker: who we are, whom we trust, and what is said when it fails."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from telassure.kernel.errors import ConfigurationError, TransientError
from telassure.kernel.ports import Appended
from telassure.store.kafka.client import KafkaClientSettings
from telassure.store.kafka.log import KafkaEventLog
from telassure.store.memory import MemoryPositionLedger
from tests.kafka.brokers import USER, RealBroker, create
from tests.kafka.certificates import self_made
from tests.stores.adapters import entry

pytestmark = pytest.mark.filterwarnings("ignore:unclosed <:ResourceWarning")  # kafka-python's, of refused connections


@pytest.fixture
def sasl(secured_kafka: RealBroker) -> KafkaClientSettings:
    assert secured_kafka.certificates is not None
    return KafkaClientSettings(
        secured_kafka.sasl_bootstrap,
        security="SASL_SSL",
        username=USER,
        password=secured_kafka.password,
        ca_file=secured_kafka.certificates.ca,
    )


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal is not waited for so long."""
    monkeypatch.setattr("telassure.store.kafka.client.CONNECT_SECONDS", 4.0)


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"])
def test_a_password_over_tls_opens_the_log(
    mechanism: str, sasl: KafkaClientSettings, secured_kafka: RealBroker
) -> None:
    create(secured_kafka.bootstrap, f"{mechanism}.charging")
    _writes_and_reads(replace(sasl, mechanism=mechanism), mechanism)


def test_a_clients_certificate_opens_the_log(secured_kafka: RealBroker) -> None:
    files = secured_kafka.certificates
    assert files is not None
    create(secured_kafka.bootstrap, "tls.charging")
    client = KafkaClientSettings(
        secured_kafka.tls_bootstrap,
        security="SSL",
        ca_file=files.ca,
        certificate_file=files.client_certificate,
        key_file=files.client_key,
    )
    _writes_and_reads(client, "tls")


def test_without_the_clients_certificate_the_broker_ends_the_connection(secured_kafka: RealBroker) -> None:
    assert secured_kafka.certificates is not None
    client = KafkaClientSettings(secured_kafka.tls_bootstrap, security="SSL", ca_file=secured_kafka.certificates.ca)
    assert "client certificate" in _refusal(client)


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "PLAIN"])
def test_a_wrong_password_is_named_and_not_shown(mechanism: str, sasl: KafkaClientSettings) -> None:
    text = _refusal(replace(sasl, mechanism=mechanism, password="not-the-password"))
    assert f"refuse '{USER}'" in text
    assert "kafka.password" in text
    assert "not-the-password" not in text + repr(replace(sasl, password="not-the-password"))


def test_an_authority_that_did_not_sign_the_broker_is_not_trusted(sasl: KafkaClientSettings, tmp_path: Path) -> None:
    text = _refusal(replace(sasl, ca_file=self_made(tmp_path).ca))
    assert "cannot be trusted" in text
    assert "mend kafka.ca_file" in text


def test_a_file_that_is_not_there_is_named(sasl: KafkaClientSettings, tmp_path: Path) -> None:
    assert "kafka.ca_file: there is no file" in _refusal(replace(sasl, ca_file=tmp_path / "none.pem"))


def test_what_is_appended_with_a_wrong_password_may_be_sent_again(sasl: KafkaClientSettings) -> None:
    wrong = replace(sasl, password="not-the-password")
    with closing(KafkaEventLog(wrong, "none", MemoryPositionLedger())) as log, pytest.raises(TransientError) as refused:
        log.append([entry("1")])
    assert "mend kafka.username, kafka.password" in str(refused.value)


def test_plaintext_to_a_tls_listener_asks_for_the_right_protocol(secured_kafka: RealBroker) -> None:
    """Where the listener hangs up before its alert is read, it may also be a broker that ends: tried again."""
    client = KafkaClientSettings(secured_kafka.sasl_bootstrap)
    refused = pytest.raises((ConfigurationError, TransientError), match=r"kafka\.security \(PLAINTEXT\)")
    with closing(KafkaEventLog(client, "none", MemoryPositionLedger())) as log, refused:
        log.connect()


def _writes_and_reads(client: KafkaClientSettings, prefix: str) -> None:
    with closing(KafkaEventLog(client, prefix, MemoryPositionLedger())) as log:
        assert log.append([entry("1", b"sealed")]) == Appended(1, 0)
        assert [r.payload for r in log.read("charging", 0, 0, 10, 1 << 20)] == [b"sealed"]


def _refusal(client: KafkaClientSettings) -> str:
    refused = pytest.raises(ConfigurationError)
    with closing(KafkaEventLog(client, "none", MemoryPositionLedger())) as log, refused as wrong:
        log.connect()
    return str(wrong.value)
