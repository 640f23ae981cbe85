"""Wrappings for documents: mails, archives, protected files, and formats that no library at hand writes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from html import escape

import msoffcrypto
import py7zr
import pyzipper
from msoffcrypto.format.ooxml import OOXMLFile


def mail(
    subject: str, attachments: Mapping[str, bytes], *, plain: str = "Please see attached.", markup: str = ""
) -> bytes:
    """A mail with its attachments; `markup` as the second form of its body."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "marac@police.example", "dmr@trust.example", subject
    message.set_content(plain)
    if markup:
        message.add_alternative(markup, subtype="html")
    for name, data in attachments.items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def markup(rows: Sequence[Sequence[str]], title: str = "") -> str:
    """An HTML page with a title and a table, as mail programs make them: everything inside a table that lays it out."""
    cells = "".join(
        "<tr>" + "".join(f"<td>{escape(c).replace(chr(10), '<br>')}</td>" for c in row) + "</tr>" for row in rows
    )
    table = f"<table border=1>{cells}</table>"
    head = "<head><style>td {color: red}</style><title>Mail</title></head>"
    return (
        f"<html>{head}<body><table><tr><td><p>{escape(title)}</p>{table}<p>Regards</p></td></tr></table></body></html>"
    )


def zipped(files: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def aes_zipped(files: Mapping[str, bytes], password: str) -> bytes:
    target = io.BytesIO()
    with pyzipper.AESZipFile(target, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password.encode())
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def seven_zipped(files: Mapping[str, bytes], password: str | None = None) -> bytes:
    target = io.BytesIO()
    with py7zr.SevenZipFile(target, "w", password=password) as archive:
        for name, data in files.items():
            archive.writestr(data, name)
    return target.getvalue()


def protected(document: bytes, password: str) -> bytes:
    """An Office document encrypted as Office does it."""
    target = io.BytesIO()
    OOXMLFile(io.BytesIO(document)).encrypt(password, target)
    assert msoffcrypto.OfficeFile(io.BytesIO(target.getvalue())).is_encrypted()
    return target.getvalue()


def open_document_sheet(rows: Sequence[Sequence[str]], name: str = "Case list") -> bytes:
    """A spreadsheet in OpenDocument format, text cells only."""
    space = "urn:oasis:names:tc:opendocument:xmlns:"
    told = "".join(
        "<table:table-row>"
        + "".join(
            '<table:table-cell office:value-type="string">'
            + "".join(f"<text:p>{escape(line)}</text:p>" for line in cell.split("\n"))
            + "</table:table-cell>"
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{space}office:1.0" '
        f'xmlns:table="{space}table:1.0" '
        f'xmlns:text="{space}text:1.0"><office:body><office:spreadsheet><table:table table:name="{name}">{told}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<manifest:manifest xmlns:manifest="{space}manifest:1.0"><manifest:file-entry manifest:full-path="/" '
        f'manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return zipped(
        {"mimetype": kind.encode(), "content.xml": content.encode(), "META-INF/manifest.xml": manifest.encode()}
    )


# --- PDF

_SIZE, LEADING, _MARGIN, _PAGE = 9, 12, 40, (842, 595)
# Helvetica's widths for the characters from space to tilde, in thousandths of the size.
_WIDTHS = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
]  # fmt: skip


def pdf(lines: Sequence[str], rows: Sequence[Sequence[str]], *, rows_a_page: int = 4, with_text: bool = True) -> bytes:
    """A PDF with lines of text and a ruled table whose narrow columns break what does not fit, page after page."""
    pages = [rows[at : at + rows_a_page] for at in range(0, len(rows), rows_a_page)] or [[]]
    streams = [_page_stream(lines if at == 0 else [], page, with_text) for at, page in enumerate(pages)]
    return assembled(streams)


def _page_stream(lines: Sequence[str], rows: Sequence[Sequence[str]], with_text: bool) -> bytes:
    parts: list[str] = []
    y = float(_PAGE[1] - _MARGIN)
    for line in lines:
        parts.append(drawn_text(_MARGIN, y, line))
        y -= LEADING * 1.5
    width = (_PAGE[0] - 2 * _MARGIN) / max(1, max((len(row) for row in rows), default=1))
    for row in rows:
        cells = [broken(cell, width - 8) for cell in row]
        height = LEADING * max(len(cell) for cell in cells) + 6
        for at, cell in enumerate(cells):
            x = _MARGIN + at * width
            parts.append(f"{x:.1f} {y - height:.1f} {width:.1f} {height:.1f} re S")
            parts += [drawn_text(x + 4, y - LEADING * (n + 1), line) for n, line in enumerate(cell)]
        y -= height
    if not with_text:
        parts = [part for part in parts if "Tj" not in part]
    return "\n".join(parts).encode("latin-1")


def drawn_text(x: float, y: float, text: str) -> str:
    safe = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /F1 {_SIZE} Tf {x:.1f} {y:.1f} Td ({safe}) Tj ET"


def width_of(text: str) -> float:
    return sum(_WIDTHS[ord(char) - 32] if 32 <= ord(char) < 127 else 556 for char in text) * _SIZE / 1000


def broken(text: str, room: float) -> list[str]:
    """Lines as a word processor breaks them: between words, and inside a word that is wider than the column."""
    made: list[str] = []
    for line in text.split("\n"):
        current = ""
        for word in line.split(" "):
            while width_of(word) > room:
                cut = max(n for n in range(1, len(word) + 1) if width_of(word[:n]) <= room)
                made += [current] if current else []
                current = ""
                made.append(word[:cut])
                word = word[cut:]  # noqa: PLW2901 - what is left of the word
            longer = f"{current} {word}" if current else word
            if width_of(longer) <= room:
                current = longer
            else:
                made.append(current)
                current = word
        made.append(current)
    return made


def assembled(streams: Sequence[bytes]) -> bytes:
    font = 3 + 2 * len(streams)
    kids = " ".join(f"{3 + 2 * at} 0 R" for at in range(len(streams)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(streams)} >>".encode(),
    ]
    for at, stream in enumerate(streams):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_PAGE[0]} {_PAGE[1]}] /Contents {4 + 2 * at} 0 R "
            f"/Resources << /Font << /F1 {font} 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream))
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    body, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    body += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(body)
