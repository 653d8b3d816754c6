"""The kinds of database: the log of all topologies, the state of one, and who has access.

Tables are in their noun's module.
"""

from typing import Final

from sqlalchemy import BigInteger, Integer, MetaData
from sqlalchemy import Text as _Text

LOG: Final = MetaData()
STATE: Final = MetaData()
ACCESS: Final = MetaData()

# A row number that the database gives: SQLite counts only a column of exactly the type INTEGER by itself.
ROW_NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")
# Text in the order of its bytes, which is SQLite's and Python's own: with a server's locale, keys would come in another
# order than the one in which the fingerprint and the pages merge several databases.
TEXT: Final = _Text().with_variant(_Text(collation="C"), "postgresql")
