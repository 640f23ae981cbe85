"""What the files in `fixtures` were made from: documents that an office suite saved for us in other formats.

Nobody in them exists. `tests/setup/office_fixtures.py` makes the fixtures again, with LibreOffice, which no test needs.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import docx
import openpyxl
from builders import case, subject
from documents import add_table, research_form, saved, word_table
from docx.enum.text import WD_BREAK
from docx.oxml import parse_xml
from layouts import a_table_a_role, perpetrator_first, side_by_side, two_header_rows
from openpyxl.styles import Alignment, Border, Side
from openpyxl.worksheet.properties import PageSetupProperties

from integration.domain.people import Role

FIXTURES = Path(__file__).parent / "fixtures"
CASES = [
    case(
        f"27/2026/00{number}",
        subject(family=f"ZZVICTIM{'ABCD'[number]}", given="Zoë Ann", births=(date(1984, number, 2),)),
        subject(
            Role.PERPETRATOR, f"O'ZZOTHER-{'ABCD'[number]}", "Jo", births=(), age=30 + number, line="", postcode=None
        ),
        subject(Role.CHILD, f"ZZCHILD{'ABCD'[number]}", "Tom", births=(date(2015, 2, number),), line="", postcode=None),
        repeat=number % 2 == 0,
    )
    for number in range(1, 4)
]
_SPACE = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml"'
)


def everything_that_word_has() -> bytes:
    """Form fields, tracked, hidden and struck words, a text box, merged cells, a table in a table, a page header."""
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Testshire MARAC 03/12/2026"
    document.sections[0].footer.paragraphs[0].text = "Page furniture"
    document.add_heading("Testshire MARAC case list 3 December 2026", 1)
    body = document.element.body

    def add(inner: str) -> None:
        body.insert(len(body) - 1, _paragraph(inner))

    add(_run("Referred by ") + _form_text("Police") + _run(" repeat: ") + _drop_down(1, "No", "Yes"))
    add(
        f"<w:ins {_BY}>{_run('added')}</w:ins><w:del {_BY}><w:r><w:delText>removed</w:delText></w:r></w:del>{_run('!')}"
    )
    add(_run("hidden words", "<w:vanish/>") + _run(" shown"))
    add(_run("struck words", "<w:strike/>") + _run(" shown"))
    add(_run("anchor") + _box("Words in a box"))
    _add_merged(document)
    document.add_paragraph("between")
    outer = add_table(document, [["label", "outer"], ["x", ""]])
    inner = outer.cell(1, 1).add_table(2, 2)
    for down, across in ((0, 0), (0, 1), (1, 0), (1, 1)):
        inner.cell(down, across).text = f"inner {down}{across}"
    cell = outer.cell(1, 0)._tc
    cell.insert(len(cell), _paragraph(_run("in a cell ") + _form_text("result ") + _drop_down(2, "a", "b", "c")))
    document.add_paragraph("below")
    below = add_table(document, [["with", "a box"]]).cell(0, 1)._tc
    below.insert(len(below), _paragraph(_run("here") + _box("box in a cell")))
    document.add_paragraph("page break").add_run().add_break(WD_BREAK.PAGE)
    document.add_section()
    add_table(document, [["one", "two"], ["three", "four"]])
    document.add_paragraph("the end")
    return saved(document)


def _add_merged(document: Any) -> None:
    table = add_table(
        document,
        [
            ["Case", "Victim", "", "Perpetrator", ""],
            ["", "Name", "DOB", "Name", "DOB"],
            ["1/2026", "Jane ZZSMITH", "03/12/1984", "Bob ZZJONES", "04/05/1980"],
            ["", "Ann ZZSMITH", "", "Al ZZJONES", ""],
        ],
    )
    for first, last in (((0, 1), (0, 2)), ((0, 3), (0, 4)), ((2, 0), (3, 0))):
        table.cell(*first).merge(table.cell(*last))


_BY = 'w:id="1" w:author="A" w:date="2026-01-01T00:00:00Z"'


def _paragraph(inner: str) -> Any:
    return parse_xml(f"<w:p {_SPACE}>{inner}</w:p>")


def _run(text: str, form: str = "") -> str:
    return f'<w:r><w:rPr>{form}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def _mark(kind: str, inner: str = "") -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}">{inner}</w:fldChar></w:r>'


def _instruction(text: str) -> str:
    return f'<w:r><w:instrText xml:space="preserve"> {text} </w:instrText></w:r>'


def _form_text(result: str) -> str:
    data = '<w:ffData><w:name w:val="T"/><w:enabled/><w:textInput/></w:ffData>'
    return _mark("begin", data) + _instruction("FORMTEXT") + _mark("separate") + _run(result) + _mark("end")


def _drop_down(chosen: int, *entries: str) -> str:
    listed = "".join(f'<w:listEntry w:val="{entry}"/>' for entry in entries)
    data = (
        f'<w:ffData><w:name w:val="D"/><w:enabled/><w:ddList><w:result w:val="{chosen}"/>{listed}</w:ddList></w:ffData>'
    )
    return _mark("begin", data) + _instruction("FORMDROPDOWN") + _mark("end")


def _box(text: str) -> str:
    shape = '<v:shape id="s1" type="#_x0000_t202" style="position:absolute;width:200pt;height:50pt">'
    inside = f"<v:textbox><w:txbxContent><w:p>{_run(text)}</w:p></w:txbxContent></v:textbox>"
    return f"<w:r><w:pict>{shape}{inside}</v:shape></w:pict></w:r>"


def with_rules(document: bytes) -> bytes:
    """The same with a rule round every cell, as areas draw their tables."""
    opened = docx.Document(io.BytesIO(document))
    for table in opened.tables:
        table.style = "Table Grid"
    return saved(opened)


def sheet_with_rules(workbook: bytes) -> bytes:
    """The same with rules, its columns made to fit one page in width and its rows as high as they need."""
    opened = openpyxl.load_workbook(io.BytesIO(workbook))
    for sheet in opened:
        for number, row in enumerate(sheet.iter_rows(), start=1):
            for cell in row:
                thin = Side(style="thin")
                cell.border = Border(left=thin, right=thin, top=thin, bottom=thin)
                cell.alignment = Alignment(wrap_text=True, vertical="top")
            needed = max(sum(max(1, -(-len(line) // 11)) for line in str(cell.value or "").split("\n")) for cell in row)
            sheet.row_dimensions[number].height = 15 * needed
        for letter in "ABCDEFGHI":
            sheet.column_dimensions[letter].width = 16
        sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    target = io.BytesIO()
    opened.save(target)
    return target.getvalue()


MADE_FROM: dict[str, Callable[[], bytes]] = {
    "side-by-side": lambda: side_by_side(CASES),
    "side-by-side-swapped": lambda: side_by_side(CASES, left="PERPETRATOR", right="VICTIM"),
    "a-table-a-role": lambda: a_table_a_role(CASES),
    "perpetrator-first": lambda: perpetrator_first(CASES),
    "agenda": lambda: word_table(CASES),
    "research-form": lambda: research_form(CASES[0]),
    "everything": everything_that_word_has,
}

PRINTED: dict[str, Callable[[], bytes]] = {
    "side-by-side": lambda: with_rules(side_by_side(CASES)),
    "a-table-a-role": lambda: with_rules(a_table_a_role(CASES)),
    "perpetrator-first": lambda: with_rules(perpetrator_first(CASES)),
    "two-header-rows": lambda: sheet_with_rules(two_header_rows(CASES)),
}
