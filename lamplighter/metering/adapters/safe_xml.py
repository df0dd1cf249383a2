"""
Reading XML from strangers: no document type, no entities, nothing fetched, never whole in memory.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from lxml import etree

from lamplighter.kernel import Place
from lamplighter.metering.domain.refusals import (
    Malformed,
    Truncated,
    UnreadableReadings,
    UnsafeXml,
    WrongEncoding,
)
from lamplighter.metering.ports.reading_formats import Source

_MOST_PROLOG_BYTES: Final = 4 * 2**20
_PIECE_BYTES: Final = 65_536
_MOST_QUIET_BYTES: Final = 8 * 2**20
_MOST_PARTS: Final = 1000
_MOST_WAITING: Final = 32_768
"""More children than one piece of a file and those held back before it can be."""

_Errors = etree.ErrorTypes
_BREAKS_OFF: Final = frozenset(
    (
        _Errors.ERR_TAG_NOT_FINISHED,
        _Errors.ERR_GT_REQUIRED,
        _Errors.ERR_ATTRIBUTE_NOT_FINISHED,
        _Errors.ERR_COMMENT_NOT_FINISHED,
        _Errors.ERR_CDATA_NOT_FINISHED,
    )
)
_ENTITIES: Final = frozenset((_Errors.ERR_UNDECLARED_ENTITY, _Errors.WAR_UNDECLARED_ENTITY))
_ENCODING: Final = frozenset(
    (_Errors.ERR_INVALID_ENCODING, _Errors.ERR_UNKNOWN_ENCODING, _Errors.ERR_UNSUPPORTED_ENCODING)
)


def refuse_unsafe(source: Source) -> None:
    """
    Look at what stands before the root element: a document type can only be there.

    :raises UnsafeXml: if there is one, before anything in it is acted upon
    """
    parser = DefusedXMLParser(target=_UpToRoot(), forbid_dtd=True)
    read = 0
    with source.open() as stream:
        try:
            while piece := stream.read(_PIECE_BYTES):
                parser.feed(piece)
                read += len(piece)
                if read > _MOST_PROLOG_BYTES:
                    raise Malformed(
                        "Megabytes come before the first element.",
                        places=(Place(source=source.name, row=1),),
                    )
        except _RootReached:
            return
        except DefusedXmlException as no:
            raise UnsafeXml(
                remedy="Take the document type out: data needs none.",
                places=(Place(source=source.name, row=1),),
            ) from no
        except (LookupError, ValueError) as no:
            # Only lxml might know this encoding, and then nobody has looked at the prolog.
            raise WrongEncoding(
                f"{str(no).capitalize()}.",
                remedy="Save it as UTF-8.",
                places=(Place(source=source.name, row=1),),
            ) from no
        except SyntaxError:
            # What is wrong, lxml says better, and with the line.
            return


class _RootReached(Exception):  # noqa: N818 - a signal, and good news
    """The root element begins: the prolog was safe."""


class _UpToRoot:
    """Stops a parser at the first element."""

    def start(self, _tag: str, _attributes: dict[str, str]) -> None:
        raise _RootReached

    def end(self, _tag: str) -> None: ...

    def data(self, _text: str) -> None: ...

    def close(self) -> None: ...


class Seen(NamedTuple):
    """Something that a parser came across."""

    event: str
    """`start` or `end` of an element, or `piece`: what was read so far is in the tree."""
    element: etree._Element


def seen(source: Source, tags: Sequence[str]) -> Iterator[Seen]:
    """
    The starts and ends of elements with one of these local names.

    At an event the parser may be ahead: elements after it can be in the tree already, half read.
    Whoever takes an element must free it (see `forget`), or memory fills with the whole file. The
    `piece` event, after every piece of the file, brings the innermost open element of interest: a
    chance to free what is in there, but for its last child.

    :raises Truncated: if the file breaks off
    :raises Malformed: if it is not XML
    """
    parser = etree.XMLPullParser(
        events=("start", "end"),
        tag=[f"{{*}}{tag}" for tag in tags],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )
    opened: list[etree._Element] = []
    quiet, began = 0, False
    with source.open() as stream:
        try:
            while piece := stream.read(_PIECE_BYTES):
                parser.feed(piece)
                for event, element in _events(parser):
                    if not began:
                        _refuse_document_type(element, source)
                        began = True
                    if event == "start":
                        opened.append(element)
                    else:
                        opened.pop()
                    yield Seen(event, element)
                    quiet = 0
                quiet += len(piece)
                if opened:
                    yield Seen("piece", opened[-1])
                if quiet > _MOST_QUIET_BYTES and not _is_pruned(opened):
                    raise Malformed(
                        "Megabytes go by without anything that belongs here.",
                        places=(Place(source=source.name),),
                    )
            parser.close()
        except etree.XMLSyntaxError as no:
            raise _refusal(no, parser, source) from no


def _refuse_document_type(element: etree._Element, source: Source) -> None:
    """What one parser took for no XML at all, the other may have read, document type and all."""
    if element.getroottree().docinfo.internalDTD is not None:
        raise UnsafeXml(
            remedy="Take the document type out: data needs none.",
            places=(Place(source=source.name, row=1),),
        )


def _is_pruned(opened: list[etree._Element]) -> bool:
    """Whether what goes by is freed as it goes: the many small children of an open element."""
    return (
        bool(opened) and 0 < len(opened[-1]) < _MOST_WAITING and len(opened[-1][-1]) < _MOST_PARTS
    )


def _events(parser: etree.XMLPullParser) -> Iterator[tuple[str, etree._Element]]:
    yield from parser.read_events()  # type: ignore[misc]  # only elements were asked for


def line_of(element: etree._Element) -> int:
    """The line on which an element begins; 0 if that is not known."""
    line: int | None = element.sourceline  # type: ignore[assignment]  # the stubs say `...`
    return line or 0


def _refusal(
    error: etree.XMLSyntaxError, parser: etree.XMLPullParser, source: Source
) -> UnreadableReadings:
    # What is raised is not always what came first.
    logged = [(one.type, one.line, one.message) for one in parser.feed_error_log]
    code, line, said = (logged or [(0, error.lineno, error.msg)])[0]
    reason: type[UnreadableReadings] = Malformed
    if code in _BREAKS_OFF:
        reason = Truncated
    elif code in _ENCODING:
        reason = WrongEncoding
    elif code in _ENTITIES:
        reason = UnsafeXml
    return reason(f"{said}.", places=(Place(source=source.name, row=line or None),))


@lru_cache(1024)
def _without_namespace(tag: str) -> str:
    return tag.rpartition("}")[2]


def local_name(element: etree._Element) -> str:
    return _without_namespace(element.tag)


def forget(element: etree._Element) -> None:
    """Free an element, and everything of the same parent before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
