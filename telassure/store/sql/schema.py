"""The two kinds of database: the log of all topologies, and the state of one. Tables are in their noun's module."""

from typing import Final

from sqlalchemy import BigInteger, Integer, MetaData

LOG: Final = MetaData()
STATE: Final = MetaData()

# A row number that the database gives: SQLite counts only a column of exactly the type INTEGER by itself.
ROW_NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")
