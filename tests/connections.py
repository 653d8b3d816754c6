"""SQLite connections that nobody closes are told with who opened them; of Pythons only 3.13 tells, without that."""

import sqlite3
import traceback
import warnings
from typing import Any, cast

_connect = sqlite3.connect


class OwnedConnection(sqlite3.Connection):
    """A connection that says, when it is thrown away open, who opened it."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        self.closed = True
        super().__init__(*args, **settings)
        self.closed = False
        self.opener = traceback.StackSummary.extract(traceback.walk_stack(None), limit=40, lookup_lines=False)

    def close(self) -> None:
        self.closed = True
        super().close()

    def __del__(self) -> None:
        if not self.closed:
            super().close()
            own = [f"{frame.filename}:{frame.lineno}" for frame in self.opener if "site-packages" not in frame.filename]
            told = f"nobody closed a database that was opened at {' < '.join(own[2:10])}"
            warnings.warn(told, ResourceWarning, stacklevel=2)


def watch_connections() -> None:
    """From now on every connection that is opened says so where it is not closed."""

    def connect(*args: Any, **settings: Any) -> sqlite3.Connection:
        return _connect(*args, **{"factory": OwnedConnection, **settings})

    sqlite3.connect = sqlite3.dbapi2.connect = cast(Any, connect)  # type: ignore[attr-defined]
