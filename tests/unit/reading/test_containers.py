"""The same list in every wrapping: mails, archives, protected files, PDFs, OpenDocument, HTML, any CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date

import pytest
from builders import case, subject
from containers import aes_zipped, mail, markup, open_document_sheet, pdf, protected, seven_zipped, zipped
from documents import flat_csv, lines, minutes, of_role, particulars, word_table, workbook_case_list
from reading_room import everybody, read_all, read_one

from integration.domain.case_list import Case, DocumentKind
from integration.domain.people import Role
from integration.errors import DocumentRefused
from integration.ports import UntrustedFile
from integration.reading import read_untrusted
from mappings.case_lists.refusals import Refusal, Refused

SECRET = "correct horse"
CASES = [
    case(
        f"27/2026/00{number}",
        subject(family=f"ZZVICTIM{'ABCDEFGHI'[number]}", given="Mary Ann", births=(date(1984, number, 2),)),
        subject(Role.PERPETRATOR, f"ZZOTHER-LONGNAME{'ABCDEFGHI'[number]}", "Jo", births=(), age=30 + number),
        repeat=number % 2 == 0,
    )
    for number in range(1, 7)
]
TITLE = "Testshire MARAC case list 03/12/2026"
ROWS = [
    ["Case No", "Victim", "Alleged perpetrator", "Repeat?"],
    *(
        [
            made.case_ref,
            lines(of_role(made, Role.VICTIM), particulars),
            lines(of_role(made, Role.PERPETRATOR), particulars),
            "Yes" if made.repeat else "No",
        ]
        for made in CASES
    ),
]


def check(data: bytes, name: str = "", passwords: Sequence[str] = ()) -> None:
    (reading,) = [one for one in read_all(data, name, passwords) if one.kind is not DocumentKind.UNRECOGNISED]
    assert reading.problems == ()
    assert everybody(reading.cases) == everybody(CASES)


@pytest.mark.parametrize("make", [flat_csv, word_table, workbook_case_list])
@pytest.mark.parametrize("name", ["list", "../../etc/list", "ZZ\u202elist"])
def test_in_a_mail(make: object, name: str) -> None:
    assert callable(make)
    check(mail("[SECURE] Case list", {name: make(CASES)}))


def test_in_the_body_of_a_mail() -> None:
    data = mail("Testshire MARAC case list 03/12/2026", {}, plain="See below", markup=markup(ROWS, TITLE))
    check(data, "message.eml")
    plain = "\n".join(
        f"Case {made.case_ref}\nRepeat: {'Yes' if made.repeat else 'No'}\n" + _spoken(made) for made in CASES
    )
    check(mail(TITLE, {}, plain=plain), "message.eml")


def _spoken(made: Case) -> str:
    told = []
    for label, role in (("Victim", Role.VICTIM), ("Perpetrator", Role.PERPETRATOR)):
        told += [f"{label}: {particulars(person).replace(chr(10), ', ')}" for person in of_role(made, role)]
    return "\n".join(told)


def test_a_mail_with_several_documents_gives_several_readings() -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(50)
    attached = {"list.docx": word_table(CASES), "minutes.docx": minutes(CASES), "logo.png": picture}
    readings = read_all(mail("MARAC papers", attached))
    assert [reading.kind for reading in readings] == [
        DocumentKind.CASE_LIST,
        DocumentKind.MINUTES,
        DocumentKind.UNRECOGNISED,
    ]
    assert readings[2].problems[0].reason == Refusal.UNKNOWN_FORMAT.value
    assert len({reading.sha256 for reading in readings}) == 3


def test_the_subject_of_a_mail_names_the_meeting_where_the_document_is_silent() -> None:
    silent = zipped({"list.csv": b"case,role,surname\n1,Victim,ZZA\n"})
    (reading,) = read_all(mail("FW: Testshire MARAC 03/12/2026", {"papers.zip": silent}))
    assert (reading.meeting.area, reading.meeting.date) == ("Testshire", date(2026, 12, 3))


@pytest.mark.parametrize("name", ["list.zip", "papers", "a.b.zip"])
def test_in_a_zip(name: str) -> None:
    check(zipped({"folder/case list.xlsx": workbook_case_list(CASES), "__MACOSX/._x": b"junk"}), name)


def test_in_protected_files() -> None:
    for data, name in (
        (aes_zipped({"list.docx": word_table(CASES)}, SECRET), "list.zip"),
        (seven_zipped({"list.xlsx": workbook_case_list(CASES)}, SECRET), "list.7z"),
        (protected(workbook_case_list(CASES), SECRET), "list.xlsx"),
        (protected(word_table(CASES), SECRET), "list.docx"),
    ):
        check(data, name, ["wrong", SECRET])
        for passwords in ((), ("wrong",)):
            with pytest.raises(Refused) as raised:
                read_all(data, name, passwords)
            assert raised.value.refusal is Refusal.PROTECTED


def test_passwords_do_no_harm_where_none_is_needed() -> None:
    check(seven_zipped({"list.xlsx": workbook_case_list(CASES)}), "list.7z", [SECRET])
    check(zipped({"list.xlsx": workbook_case_list(CASES)}), "list.zip", [SECRET])
    check(word_table(CASES), "list.docx", [SECRET])


def test_an_archive_in_an_archive_is_refused() -> None:
    inner = zipped({"list.csv": flat_csv(CASES)})
    for data in (zipped({"inner.zip": inner}), zipped({"inner": seven_zipped({"list.csv": flat_csv(CASES)})})):
        with pytest.raises(Refused) as raised:
            read_all(data)
        assert raised.value.refusal is Refusal.NESTED_ARCHIVE
    check(mail("papers", {"inner.zip": inner}))


@pytest.mark.parametrize("rows_a_page", [3, 100])
def test_in_a_pdf_whose_narrow_columns_break_names(rows_a_page: int) -> None:
    check(pdf([TITLE], ROWS, rows_a_page=rows_a_page), "list.pdf")


@pytest.mark.parametrize(
    "parts",
    [
        {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<a/>"},
        {"[Content_Types].xml": b"<Types/>", "ppt/presentation.xml": b"<a/>"},
        {"[Content_Types].xml": b"<Types/>", "xl/workbook.bin": b"x"},
    ],
    ids=["odt", "pptx", "xlsb"],
)
def test_a_package_of_another_kind_is_refused_and_not_taken_apart(parts: dict[str, bytes]) -> None:
    for name in ("papers.zip", "papers"):
        with pytest.raises(Refused) as raised:
            read_all(zipped(parts), name)
        assert raised.value.refusal is Refusal.UNKNOWN_FORMAT


def test_a_pdf_without_text_is_refused_with_these_words() -> None:
    with pytest.raises(Refused) as raised:
        read_all(pdf([TITLE], ROWS, with_text=False))
    assert "no text layer" in str(raised.value)


def test_in_open_document_and_html() -> None:
    check(open_document_sheet([[TITLE], *ROWS]), "list.ods")
    check(markup(ROWS, TITLE).encode(), "list.html")
    check(markup(ROWS, TITLE).encode(), "list.xls")  # what many web systems call an Excel file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_usual_delimiter_and_encoding(encoding: str, delimiter: str) -> None:
    rows = csv.reader(io.StringIO(flat_csv(CASES).decode().replace("Police", "Équipe")))
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=delimiter).writerows(rows)
    check(target.getvalue().encode(encoding), "list.csv")


def test_macros_are_never_run_and_the_fact_is_recorded() -> None:
    import zipfile

    source = zipfile.ZipFile(io.BytesIO(workbook_case_list(CASES)))
    parts = {name: source.read(name) for name in source.namelist()}
    parts["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0macro"
    with pytest.raises(Refused) as raised:
        read_all(zipped(parts), "list.xlsx")
    assert raised.value.refusal is Refusal.UNDECLARED_MACROS
    plain = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        plain, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    )
    reading = read_one(zipped(parts), "list.xlsm")
    assert everybody(reading.cases) == everybody(CASES)
    assert "macroEnabled" in reading.media_type


@pytest.mark.parametrize(
    "make",
    [
        lambda: mail("papers", {"a.docx": word_table(CASES)}),
        lambda: zipped({"a.docx": word_table(CASES)}),
        lambda: aes_zipped({"a.csv": flat_csv(CASES)}, SECRET),
        lambda: seven_zipped({"a.xlsx": workbook_case_list(CASES)}, SECRET),
        lambda: protected(workbook_case_list(CASES), SECRET),
        lambda: mail("papers", {"a.zip": aes_zipped({"b.xlsx": protected(workbook_case_list(CASES), SECRET)}, SECRET)}),
        lambda: pdf([TITLE], ROWS),
        lambda: mail("papers", {"a.pdf": pdf([TITLE], ROWS), "b.7z": seven_zipped({"c.csv": flat_csv(CASES)}, SECRET)}),
        lambda: open_document_sheet([[TITLE], *ROWS]),
        lambda: markup(ROWS, TITLE).encode(),
    ],
)
def test_every_wrapping_is_opened_in_the_locked_child_too(make: object) -> None:
    assert callable(make)
    readings = read_untrusted(UntrustedFile("", make()), ["wrong", SECRET])
    known = [reading for reading in readings if reading.kind is DocumentKind.CASE_LIST]
    assert known
    assert all(everybody(reading.cases) == everybody(CASES) for reading in known)


def test_a_protected_file_in_the_child_names_its_remedy() -> None:
    with pytest.raises(DocumentRefused) as raised:
        read_untrusted(UntrustedFile("a.xlsx", protected(workbook_case_list(CASES), SECRET)), ["wrong"])
    assert raised.value.reason == Refusal.PROTECTED.value
