"""3GPP performance files, TS 32.435 (measCollecFile) and TS 28.532 (measDataFile), read as a stream: all or nothing."""

from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path
from typing import Final

from lxml import etree

from ingestion.batches.batch import Batch
from ingestion.fields.repeated_hour import passes
from ingestion.sources.files.bounded import opened
from ingestion.sources.files.duration import seconds
from ingestion.sources.files.pm_rows import PmRows, joined
from telassure.kernel.errors import InvalidInput
from telassure.kernel.fields import moment
from telassure.kernel.instant import SECOND, Duration, Instant

LARGEST_FILE: Final = 512 << 20
# root -> (the standard its namespace must name, what its entity, header and footer children are called)
_FORMATS: Final = {
    "measCollecFile": (("32.435", "32.401"), "managedElement", "measCollec"),
    "measDataFile": (("28.532", "28.550"), "measEntity", "measData"),
}
_WITHIN: Final = {
    "file": frozenset({"fileHeader", "measData", "fileFooter"}),
    "measInfo": frozenset({"job", "granPeriod", "repPeriod", "measTypes", "measType", "measValue"}),
    "measValue": frozenset({"measResults", "r", "suspect"}),
}


def read(path: Path, name: str, zone: tzinfo) -> Iterator[Batch]:
    """The file's measurements in batches. InvalidInput, which names file and line, comes before any batch: the whole
    file is checked first."""
    for _ in _PmFile(path, name, zone).batches():
        pass
    yield from _PmFile(path, name, zone).batches()


def begins_at(path: Path, name: str, zone: tzinfo) -> Instant:
    """When the file's collection began, by its header; InvalidInput where it says nothing readable."""
    return _PmFile(path, name, zone).begins_at()


class _PmFile:
    """One pass over one file; `batches` yields as it reads, and raises where the file breaks the standard."""

    def __init__(self, path: Path, name: str, zone: tzinfo) -> None:
        self._path, self._name, self._zone = path, name, zone
        self._open: list[str] = []
        self._entity, self._part = "", ""
        self._seen: set[str] = set()
        self._begins: Instant | None = None
        self._starts: set[Instant] = (
            set()
        )  # when a period of the file may begin: what tells a local end that comes twice
        self._prefix = ""
        self._rows = PmRows(name)

    def begins_at(self) -> Instant:
        for _ in self._elements():
            if self._begins is not None:
                return self._begins
        raise InvalidInput("fileHeader is missing", self._name)

    def batches(self) -> Iterator[Batch]:
        for _ in self._elements():
            if self._rows.full():
                yield self._rows.batch()
        if "fileFooter" not in self._seen:
            raise InvalidInput("fileFooter is missing; is the file whole?", self._name)
        if self._rows:
            yield self._rows.batch()

    def _elements(self) -> Iterator[None]:
        """Take element by element; yields after each that is complete."""
        with opened(self._path, self._name, LARGEST_FILE) as stream:
            try:
                parser = etree.iterparse(
                    stream,
                    events=("start", "end"),
                    resolve_entities=False,
                    no_network=True,
                    load_dtd=False,
                    huge_tree=False,
                    remove_comments=True,
                    remove_pis=True,
                )
                for event, element in parser:
                    if event == "start":
                        self._begin(element)
                    else:
                        self._end(element)
                        yield
            except etree.XMLSyntaxError as error:
                reason = f"not well-formed XML: {(error.msg or 'it cannot be read')[:200]}"
                raise InvalidInput(reason, f"{self._name}:{error.lineno or 1}") from None

    def _begin(self, element: etree._Element) -> None:
        tag = element.tag.rpartition("}")[2]
        if not self._open:
            self._root(element, tag)
        elif len(self._open) == 1:
            self._section(element, tag)
        elif self._open[1] == "measData" and len(self._open) == 2:
            self._measured(element, tag)
        elif (allowed := _WITHIN.get(self._open[-1])) and tag not in allowed:
            raise self._wrong(element, f"{tag} does not belong in {self._open[-1]}")
        self._open.append(tag)

    def _root(self, element: etree._Element, tag: str) -> None:
        if element.getroottree().docinfo.doctype:
            raise self._wrong(element, "a document type declaration is refused; send the file without it")
        if tag not in _FORMATS:
            raise self._wrong(element, f"{tag[:64]} is neither measCollecFile (32.435) nor measDataFile (28.532)")
        standards, self._entity, self._part = _FORMATS[tag]
        namespace = etree.QName(element).namespace or ""
        if not any(standard in namespace for standard in standards):
            raise self._wrong(element, f'the namespace "{namespace[:128]}" of {tag} is not that of TS {standards[0]}')

    def _section(self, element: etree._Element, tag: str) -> None:
        if tag not in _WITHIN["file"]:
            raise self._wrong(element, f"{tag[:64]} does not belong in {self._open[0]}")
        if tag != "fileHeader" and "fileHeader" not in self._seen:
            raise self._wrong(element, f"fileHeader is missing before {tag}")
        if "fileFooter" in self._seen or (tag == "fileHeader" and "fileHeader" in self._seen):
            raise self._wrong(element, f"{tag} is out of order")
        self._seen.add(tag)
        self._rows.managed_element = None

    def _measured(self, element: etree._Element, tag: str) -> None:
        if tag == self._entity:
            if self._rows.managed_element is not None:
                raise self._wrong(element, f"a second {tag} in one measData")
            self._rows.managed_element = joined(self._prefix, element.get("localDn", ""))
        elif tag != "measInfo":
            raise self._wrong(element, f"{tag[:64]} does not belong in measData")
        elif self._rows.managed_element is None:
            raise self._wrong(element, f"{self._entity} is missing before measInfo")
        self._rows.begin_info()

    def _end(self, element: etree._Element) -> None:
        tag = self._open.pop()
        depth = len(self._open)
        if depth == 3 and self._open[-1] == "measInfo":
            self._of_info(element, tag)
        elif depth == 2 and tag == "measInfo":
            self._whole_info(element)
        elif depth == 1 and tag == "measData" and self._rows.managed_element is None:
            raise self._wrong(element, f"{self._entity} is missing in measData")
        elif depth == 2 and tag == self._part and self._open[1] in ("fileHeader", "fileFooter"):
            self._collection(element)
        elif depth == 1 and tag == "fileHeader":
            self._header(element)
        if depth in (1, 2) and self._open[1:] != ["fileHeader"]:
            element.clear()

    def _whole_info(self, element: etree._Element) -> None:
        missing = self._rows.missing()
        if missing:
            raise self._wrong(element, f"{missing} is missing in measInfo")

    def _of_info(self, element: etree._Element, tag: str) -> None:
        try:
            match tag:
                case "granPeriod":
                    duration = seconds(self._attribute(element, "duration"))
                    self._rows.period(self._ended(element, duration * SECOND), duration)
                case "measTypes":
                    self._rows.measurements((element.text or "").split())
                case "measType":
                    self._rows.measurement(self._attribute(element, "p"), (element.text or "").strip())
                case "measValue":
                    self._rows.measured(element)
                    element.clear()
                    parent = element.getparent()
                    while parent is not None and element.getprevious() is not None:
                        del parent[0]
        except InvalidInput as error:
            raise self._wrong(element, error.reason) from None

    def _ended(self, element: etree._Element, duration: Duration) -> Instant:
        """The end of a period. Of a local time that comes twice it is the one a period after a start in this file."""
        text = self._attribute(element, "endTime")
        fitting = [at for at in passes(text, self._zone) or () if at - duration in self._starts]
        end = fitting[0] if len(fitting) == 1 else moment(text, "endTime", self._zone)
        self._starts.add(end)
        return end

    def _collection(self, element: etree._Element) -> None:
        name = "beginTime" if self._open[1] == "fileHeader" else "endTime"
        try:
            text = self._attribute(element, name)
            found = passes(text, self._zone) or (moment(text, name, self._zone),)
        except InvalidInput as error:
            raise self._wrong(element, error.reason) from None
        if name == "beginTime":
            self._begins = found[0]
            self._starts.update(found)

    def _header(self, element: etree._Element) -> None:
        if not element.get("fileFormatVersion"):
            raise self._wrong(element, "fileFormatVersion of fileHeader is missing")
        if self._begins is None:
            raise self._wrong(element, f"beginTime is missing: fileHeader has no {self._part}")
        self._prefix = element.get("dnPrefix", "")

    def _attribute(self, element: etree._Element, name: str) -> str:
        value = element.get(name)
        if value is None:
            raise InvalidInput(f"{name} of {element.tag.rpartition('}')[2]} is missing")
        return str(value)

    def _wrong(self, element: etree._Element, reason: str) -> InvalidInput:
        return InvalidInput(reason, f"{self._name}:{element.sourceline or 1}")
