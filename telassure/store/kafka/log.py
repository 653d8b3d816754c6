"""The event log over Kafka: source positions are claimed in a ledger around the publish."""

from telassure.kernel.ports import Clock, PositionLedger
from telassure.store.kafka.claimed_log import ClaimedLog
from telassure.store.kafka.client import KafkaClientSettings
from telassure.store.kafka.publisher import Publisher
from telassure.store.kafka.reader import TopicReader


class KafkaEventLog(ClaimedLog):
    """ports.EventLog over the topics `<prefix>.<topology>`; our offset is Kafka's + 1."""

    def __init__(
        self,
        client: KafkaClientSettings,
        prefix: str,
        ledger: PositionLedger,
        clock: Clock | None = None,
        days: int = 7,
    ) -> None:
        self._publisher, self._reader = Publisher(client, prefix), TopicReader(client, prefix)
        super().__init__(self._publisher, self._reader, ledger, clock, days)

    def connect(self) -> None:
        """Open what `append` would open at its first call. ConfigurationError where the brokers refuse us or cannot be
        trusted (`append` says the same as a TransientError), TransientError where they do not answer."""
        self._publisher.connect()

    def close(self) -> None:
        """The publish under way ends first; the ledger is closed too."""
        self._publisher.close()
        self._reader.close()
        self._ledger.close()
