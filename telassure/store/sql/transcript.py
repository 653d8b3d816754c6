"""The rows of a database brought into another of the same kind, whatever server keeps either."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, select, text, true, tuple_
from sqlalchemy.exc import DBAPIError, IntegrityError

from telassure.kernel.errors import ConfigurationError, InvalidInput
from telassure.store.sql import bulk, dialect, migrate
from telassure.store.sql.engine import Database, Row, run
from telassure.store.sql.log_streams import IDENTITIES
from telassure.store.sql.records import schema_tables

_ROWS: Final = 500  # cells may be megabytes each


def to_files(url: str, files: Mapping[str, tuple[str, str]]) -> None:
    """Make SQLite files say what the schemas of a PostgreSQL database say, all in one snapshot: `files` names by schema
    its kind and the URL of its file. What a file says already stays where it is in it, so that a copy of a copy is
    like it piece by piece. ConfigurationError where a schema is not of this release, InvalidInput where a file is the
    copy of another database altogether."""
    with closing(Database(url, connections=1)) as server, server.reading() as source:
        for schema, (kind, file) in files.items():
            _enter(source, schema)
            _refuse_other_release(source, kind, f"{server.name} schema {schema}")
            migrate.upgrade(file, kind)
            try:
                with closing(Database(file)) as copy, copy.writing() as to:
                    for table in schema_tables(kind).values():
                        transcribe(source, to, table)
            except IntegrityError:  # its numbers stand for other names
                raise InvalidInput("it is the copy of another database", file) from None


def from_files(url: str, files: Mapping[str, tuple[str, str]]) -> None:
    """The way back, in one transaction: the schemas, which are made already, must be empty (InvalidInput)."""
    with closing(Database(url, connections=1)) as server, server.writing() as to:
        for schema, (kind, file) in files.items():
            _enter(to, schema)
            for table in schema_tables(kind).values():
                found = to.execute(select(*table.primary_key).limit(1)).first()
                if found is not None and table is not IDENTITIES:  # which a schema has from its first day
                    raise InvalidInput("it is not empty; name an empty database", f"{server.name} {schema}.{table}")
            migrate.upgrade(file, kind)
            with closing(Database(file)) as copy, copy.reading() as source:
                for table in schema_tables(kind).values():
                    transcribe(source, to, table)
                    _count_on(to, schema, table)


def transcribe(source: Connection, to: Connection, table: Table) -> None:
    """Make a table say what the same table of another database says."""
    place = tuple_(*table.primary_key)
    key = _key_of(table)
    above: ColumnElement[bool] = true()
    for rows in _pieces(source, table):
        end = place <= _bound(table, key(rows[-1]))
        there = {key(row): row for row in map(tuple, to.execute(select(table).where(above, end)))}
        came = set(map(key, rows))
        if gone := [each for each in there if each not in came]:
            to.execute(table.delete().where(place.in_(gone)))
        run(to, bulk.upsert(to.dialect, table), [row for row in rows if there.get(key(row)) != row])
        above = place > _bound(table, key(rows[-1]))
    to.execute(table.delete().where(above))


def _pieces(source: Connection, table: Table) -> Iterator[list[Row]]:
    """Every row in the order of its key, some at a time."""
    ordered = select(table).order_by(*table.primary_key).execution_options(yield_per=_ROWS)
    for several in source.execute(ordered).partitions(_ROWS):
        yield [tuple(row) for row in several]


def _bound(table: Table, key: Row) -> ColumnElement[Any]:
    return tuple_(*key, types=[column.type for column in table.primary_key])


def _key_of(table: Table) -> Callable[[Row], Row]:
    columns = list(table.columns)
    places = [columns.index(column) for column in table.primary_key]
    return lambda row: tuple(row[place] for place in places)


def _enter(connection: Connection, schema: str) -> None:
    """The names of tables mean this schema's from here on, until the transaction ends."""
    connection.exec_driver_sql(f'SET LOCAL search_path TO "{schema}"')


def _refuse_other_release(connection: Connection, kind: str, name: str) -> None:
    try:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    except DBAPIError as error:
        if not dialect.absent(error):
            raise
        raise ConfigurationError(f"{name} has not been made yet; there is nothing to copy") from None
    if found != migrate.heads()[kind]:
        raise ConfigurationError(
            f"{name} is at {found} and this release at {migrate.heads()[kind]}: back it up by the release that it is of"
        )


def _count_on(connection: Connection, schema: str, table: Table) -> None:
    """The server gives the next row a number that none has."""
    column = table.autoincrement_column
    if column is None:
        return
    sequence = "SELECT pg_get_serial_sequence(:table, :column)"
    named = {"table": f'"{schema}"."{table.name}"', "column": column.name}
    if (name := connection.execute(text(sequence), named).scalar_one()) is not None:
        highest = f'SELECT setval(:name, COALESCE(MAX("{column.name}"), 0) + 1, false) FROM "{table.name}"'  # noqa: S608
        connection.execute(text(highest), {"name": name})
