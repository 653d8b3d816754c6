"""Kafka: the event log over topics, and the topics themselves."""

import warnings

with warnings.catch_warnings():  # kafka-python 3.0 reads its schemas by a call that Python 3.11 and 3.12 deprecate
    warnings.filterwarnings("ignore", "(read|open)_text is deprecated", DeprecationWarning)
    import kafka as _  # noqa: F401 -- with the filter in force, before our modules import it
