"""A PDF of pages that are one JPEG each, written page by page (ISO 32000-1, 7.5): none of them has
to stay in memory."""

from __future__ import annotations

from typing import BinaryIO

_HEAD = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
_CATALOG, _PAGES, _INFO, _METADATA = 1, 2, 3, 4


class PdfFile:
    """Over a file that is open for writing. Its methods raise OSError where the disk refuses."""

    def __init__(self, file: BinaryIO, title: str, xmp: bytes) -> None:
        """`xmp` says what the pages are."""
        self._file = file
        self._places: dict[int, int] = {}
        self._pages: list[int] = []
        self._next = _METADATA + 1
        self._place = 0
        self._write(_HEAD)
        heading = b"\xfe\xff" + title.encode("utf-16-be", "replace")  # 7.9.2.2
        self._object(_INFO, b"<< /Title <%s> /Producer (Calotype) >>" % heading.hex().encode())
        self._stream(_METADATA, b"/Type /Metadata /Subtype /XML", xmp)

    def add_page(self, jpeg: bytes, pixels: tuple[int, int], points: tuple[float, float]) -> None:
        """A picture in RGB that fills the page; `points` is the page's size in 1/72 inch."""
        width, height = points
        page, content, image = range(self._next, self._next + 3)
        self._next += 3
        self._pages.append(page)
        self._object(
            page,
            b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %.2f %.2f] /Contents %d 0 R "
            b"/Resources << /XObject << /P %d 0 R >> >> >>"
            % (_PAGES, width, height, content, image),
        )
        self._stream(content, b"", b"q %.2f 0 0 %.2f 0 0 cm /P Do Q" % (width, height))
        form = b"/Type /XObject /Subtype /Image /Width %d /Height %d" % pixels
        colours = b"/ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode"
        self._stream(image, form + b" " + colours, jpeg)

    def finish(self) -> None:
        """What a reader looks for at the end."""
        kids = b" ".join(b"%d 0 R" % page for page in self._pages)
        self._object(_PAGES, b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(self._pages)))
        self._object(
            _CATALOG,
            b"<< /Type /Catalog /Pages %d 0 R /Metadata %d 0 R >>" % (_PAGES, _METADATA),
        )
        start = self._place
        rows = b"".join(b"%010d 00000 n \n" % self._places[one] for one in range(1, self._next))
        self._write(b"xref\n0 %d\n0000000000 65535 f \n%s" % (self._next, rows))
        self._write(
            b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n"
            % (self._next, _CATALOG, _INFO, start)
        )

    def _stream(self, number: int, form: bytes, data: bytes) -> None:
        head = b"<< %s /Length %d >>\nstream\n" % (form, len(data))
        self._object(number, head + data + b"\nendstream")

    def _object(self, number: int, body: bytes) -> None:
        self._places[number] = self._place
        self._write(b"%d 0 obj\n" % number + body + b"\nendobj\n")

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._place += len(data)
