"""Writes the damaged files of `corpus/`, the same bytes each time: `python tests/sources/make_corpus.py`.

`libreoffice.xls` and `libreoffice.ods` are the exception: LibreOffice 7.4 made them from `kinds.xlsx`, by
`soffice --headless --convert-to xls` (and `ods`); they are kept as they came.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
SAVED_BY_LIBREOFFICE = frozenset({"libreoffice.xls", "libreoffice.ods"})

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
# Style numbers of the cells below: their formats in this order.
_FORMATS = ("General", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "hh:mm:ss", "[h]:mm:ss", "000000000", "0.00E+00", '"+"0')
GENERAL, DATE, DATE_TIME, TIME, LENGTH, NINE_DIGITS, EXPONENT, PLUS = range(len(_FORMATS))


def packed(parts: Mapping[str, bytes | str], *, method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip archive without the time of day in it."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, (2026, 11, 3, 0, 0, 0))
            archive.writestr(entry, content, compress_type=method)
    return memory.getvalue()


def workbook(sheets: Mapping[str, str], *, hidden: tuple[str, ...] = (), properties: str = "") -> bytes:
    """An xlsx of sheets given as the XML within `<worksheet>`."""
    entries, relations = [], []
    for number, name in enumerate(sheets, 1):
        state = ' state="hidden"' if name in hidden else ""
        entries.append(f'<sheet name="{name}" sheetId="{number}"{state} r:id="rId{number}"/>')
        relations.append(
            f'<Relationship Id="rId{number}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        )
    relations.append(f'<Relationship Id="rId99" Type="{_RELATIONS}/styles" Target="styles.xml"/>')
    parts = {
        "[Content_Types].xml": _content_types(len(sheets)),
        "_rels/.rels": _relationships(
            [f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/>']
        ),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">{properties}<sheets>'
        f"{''.join(entries)}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relationships(relations),
        "xl/styles.xml": _styles(),
    }
    for number, content in enumerate(sheets.values(), 1):
        whole = content if content.startswith("<?xml") else f'<worksheet xmlns="{_MAIN}">{content}</worksheet>'
        parts[f"xl/worksheets/sheet{number}.xml"] = whole
    return packed(parts)


def _relationships(relations: list[str]) -> str:
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{"".join(relations)}</Relationships>'


def _content_types(sheets: int) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{kind}.worksheet+xml"/>'
        for number in range(1, sheets + 1)
    )
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>{overrides}</Types>'
    )


def _styles() -> str:
    codes = "".join(
        f'<numFmt numFmtId="{164 + number}" formatCode="{code.replace(chr(34), "&quot;")}"/>'
        for number, code in enumerate(_FORMATS)
    )
    styles = "".join(f'<xf numFmtId="{164 + number if number else 0}"/>' for number in range(len(_FORMATS)))
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts count="{len(_FORMATS)}">{codes}</numFmts>'
        "<fonts><font/></fonts><fills><fill/></fills><borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs>"
        f'<cellXfs count="{len(_FORMATS)}">{styles}</cellXfs></styleSheet>'
    )


def text(place: str, content: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{content}</t></is></c>'


def number(place: str, value: float | str, style: int = GENERAL) -> str:
    return f'<c r="{place}" s="{style}"><v>{value}</v></c>'


def row(at: int, *cells: str, attributes: str = "") -> str:
    return f'<row r="{at}"{attributes}>{"".join(cells)}</row>'


def sheet(*rows: str) -> str:
    return f"<sheetData>{''.join(rows)}</sheetData>"


HEADER = row(1, text("A1", "Phone"), text("B1", "Name"))


def excel_files() -> dict[str, bytes]:
    """Workbooks, by file name."""
    dara = row(2, text("A2", "+85512000001"), text("B2", "Dara"))
    plain = sheet(HEADER, dara)
    kinds = sheet(
        row(1, text("A1", "Phone"), text("B1", "Kind"), text("C1", "Value")),
        row(2, text("A2", "007"), text("B2", "number"), number("C2", "38")),
        row(3, text("A3", "NA"), text("B3", "fraction"), number("C3", "0.1")),
        row(4, text("A4", " x "), text("B4", "date"), number("C4", 46329, DATE)),
        row(5, text("A5", "1"), text("B5", "date-time"), number("C5", 46329.604166666664, DATE_TIME)),
        row(6, text("A6", "2"), text("B6", "midnight"), number("C6", 46329, DATE_TIME)),
        row(7, text("A7", "3"), text("B7", "time"), number("C7", 0.6041666666666666, TIME)),
        row(8, text("A8", "4"), text("B8", "length"), number("C8", 1.1041666666666667, LENGTH)),
        row(9, text("A9", "5"), text("B9", "yes"), '<c r="C9" t="b"><v>1</v></c>'),
        row(10, text("A10", "6"), text("B10", "error"), '<c r="C10" t="e"><v>#N/A</v></c>'),
        row(11, number("A11", 12345678, NINE_DIGITS), text("B11", "lost zero, shown"), text("C11", "two\nlines")),
        row(12, number("A12", 855120000000, EXPONENT), text("B12", "exponent"), text("C12", "8.55E+11")),
        row(13, number("A13", 46329, DATE), text("B13", "date as address"), attributes=' hidden="1"'),
        row(15, number("A15", 85512345678), text("B15", "number as address")),
    )
    damage = sheet(
        HEADER,
        *(
            row(at, number(f"A{at}", value, style), text(f"B{at}", name))
            for at, (value, style, name) in enumerate(
                [
                    ("8.55E+11", EXPONENT, "shown with an exponent"),
                    ("855120000000", GENERAL, "rounded earlier"),
                    ("1234567890123456", GENERAL, "sixteen digits"),
                    ("855123456.5", GENERAL, "fraction"),
                    ("46329", DATE, "date"),
                    ("0.5", TIME, "time"),
                    ("85512345678", GENERAL, "sound"),
                    ("12345678", NINE_DIGITS, "zero shown"),
                    ("85512345678", PLUS, "plus shown"),
                ],
                2,
            )
        ),
        row(11, '<c r="A11" t="b"><v>0</v></c>', text("B11", "logical")),
        row(12, text("A12", "8.55E+11"), text("B12", "exponent as text")),
        row(13, '<c r="A13" t="e"><v>#REF!</v></c>', text("B13", "error")),
        row(14, '<c r="A14"><f>B1&amp;B2</f></c>', text("B14", "formula never calculated")),
        row(15, '<c r="A15" t="str"><f>""</f><v></v></c>', text("B15", "formula that gives an empty text")),
        row(16, '<c r="A16"><f>1+1</f><v>2</v></c>', '<c r="B16"><f>1+1</f><v/></c>'),
        row(17, number("A17", 855130000000, GENERAL), text("B17", "another rounded earlier")),
    )
    prefixed = (
        f'<?xml version="1.0"?><x:worksheet xmlns:x="{_MAIN}"><x:sheetData><x:row r="1"><x:c r="A1" t="inlineStr">'
        "<x:is><x:t>Phone</x:t></x:is></x:c></x:row><x:row r='3'><x:c r='A3' t='e'><x:v>#N/A</x:v></x:c></x:row>"
        "</x:sheetData></x:worksheet>"
    )
    without_places = (
        "<sheetData><row><c t='inlineStr'><is><t>Phone</t></is></c><c t='inlineStr'><is><t>Name</t></is></c></row>"
        "<row><c><v>1</v></c><c t='e'><v>#N/A</v></c></row></sheetData>"
    )
    return {
        "plain.xlsx": workbook({"Patients": plain}),
        "kinds.xlsx": workbook({"Kinds": kinds, "Notes": sheet(row(1, text("A1", "x")))}, hidden=("Notes",)),
        "damage.xlsx": workbook({"Patients": damage}),
        "only_formulas.xlsx": workbook(
            {"Patients": sheet(HEADER, *(row(at, f'<c r="A{at}"><f>C{at}&amp;D{at}</f></c>') for at in (2, 3)))}
        ),
        "title_rows.xlsx": workbook(
            {
                "Patients": sheet(
                    row(1, text("A1", "Clinic of Takeo, all patients")),
                    row(2, text("A2", "Phone numbers as of November")),
                    row(4, text("A4", "Name"), text("B4", " Phone "), text("C4", "Age")),
                    row(5, text("A5", "Dara"), text("B5", "+85512000001"), number("C5", 38)),
                    row(7, text("A7", "Nary"), text("B7", "+85512000002"), number("C7", 41)),
                    row(8, text("A8", "  ")),
                )
            }
        ),
        "hidden_rows.xlsx": workbook(
            {
                "Patients": sheet(
                    HEADER,
                    dara,
                    row(3, text("A3", "+85512000002"), attributes=' hidden="1"'),
                    row(4, text("A4", "+85512000003"), attributes=' hidden="true"'),
                )
                + '<autoFilter ref="A1:B4"/>'
            }
        ),
        "hidden_sheets.xlsx": workbook(
            {"Old": sheet(row(1, text("A1", "x"))), "Now": plain, "Later": plain}, hidden=("Old",)
        ),
        "merged.xlsx": workbook(
            {
                "Patients": sheet(HEADER, dara, row(3, text("A3", "+85512000002")))
                + '<mergeCells count="1"><mergeCell ref="B2:B3"/></mergeCells>'
            }
        ),
        "broken_dimension.xlsx": workbook({"Patients": '<dimension ref="A1"/>' + plain}),
        "huge_dimension.xlsx": workbook({"Patients": '<dimension ref="A1:XFD1048576"/>' + plain}),
        "stray_format.xlsx": workbook({"Patients": sheet(HEADER, dara, row(1048576, '<c r="XFD1048576" s="1"/>'))}),
        "stray_value.xlsx": workbook({"Patients": sheet(HEADER, dara, row(1048576, number("XFD1048576", 1)))}),
        "shifted.xlsx": workbook(
            {
                "Patients": sheet(
                    row(3, text("C3", "Phone"), text("D3", "Name")),
                    row(4, '<c r="C4" t="e"><v>#N/A</v></c>'),
                    row(5, number("C5", 12345678, NINE_DIGITS)),
                )
            }
        ),
        "year_1904.xlsx": workbook(
            {"Patients": sheet(HEADER, row(2, text("A2", "1"), number("B2", 44867, DATE)))},
            properties='<workbookPr date1904="1"/>',
        ),
        "prefixed.xlsx": workbook({"Patients": prefixed}),
        "without_places.xlsx": workbook({"Patients": without_places}),
        "repeated_header.xlsx": workbook(
            {"Patients": sheet(row(1, text("B1", "Phone"), text("C1", "Age"), text("D1", "Age")))}
        ),
        "nameless_column.xlsx": workbook({"Patients": sheet(HEADER, row(2, text("A2", "1"), text("C2", "lost")))}),
        "only_header.xlsx": workbook({"Patients": sheet(HEADER)}),
        "no_rows.xlsx": workbook({"Patients": sheet()}),
        "truncated.xlsx": workbook({"Patients": plain})[:1500],
        "empty.xlsx": b"",
        "document.xlsx": packed({"word/document.xml": "<w/>"}),
        "bomb.xlsx": packed({"xl/workbook.xml": b" " * 210_000_000}, method=zipfile.ZIP_BZIP2),
        "protected.xlsx": protected(),
        "web_page.xls": b"<html><body><table><tr><td>Phone</td></tr></table></body></html>",
        "text.xls": b"Phone\tName\n+85512000001\tDara\n",
        "xml_2003.xls": b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        "really_xlsx.xls": workbook({"Patients": plain}),
        "binary.xlsb": binary_workbook(),
"repeated.ods": open_document(
            '<table:table-row table:number-rows-repeated="1048576"><table:table-cell office:value-type="float" '
            'office:value="1" table:number-columns-repeated="16384"><text:p>1</text:p></table:table-cell>'
            "</table:table-row>"
        ),
        "protected.ods": packed(
            {"content.xml": "", "META-INF/manifest.xml": "<manifest:encryption-data/>"},
        ),
    }  # fmt: skip


def protected() -> bytes:
    """The first sectors of an encrypted workbook: an OLE file whose directory names the encrypted package."""
    start = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    return (
        start
        + "Root Entry".encode("utf-16-le").ljust(128, b"\0")
        + "EncryptedPackage".encode("utf-16-le").ljust(384, b"\0")
    )


def open_document(rows: str) -> bytes:
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{names}:office:1.0" xmlns:table="{names}:table:1.0" '
        f'xmlns:text="{names}:text:1.0"><office:body><office:spreadsheet><table:table table:name="Patients">{rows}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = f'<manifest:manifest xmlns:manifest="{names}:manifest:1.0"/>'
    return packed({"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content})


def binary_workbook() -> bytes:
    """An xlsb with text, numbers, an error, a shown leading zero, an exponent and a hidden row ([MS-XLSB])."""

    def record(kind: int, content: bytes = b"") -> bytes:
        head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
        return head + bytes([len(content)]) + content

    def string(value: str) -> bytes:
        return struct.pack("<I", len(value)) + value.encode("utf-16-le")

    def cell(column: int, style: int = 0) -> bytes:
        return struct.pack("<II", column, style)

    def start_of_row(at: int, *, hidden: bool = False) -> bytes:
        return record(0, struct.pack("<IIHBBB", at - 1, 0, 300, 0, 0x10 if hidden else 0, 0) + bytes(4))

    content = b"".join(
        [
            record(129),
            record(148, struct.pack("<IIII", 0, 4, 0, 1)),
            record(145),
            start_of_row(1) + record(6, cell(0) + string("Phone")) + record(6, cell(1) + string("Name")),
            start_of_row(2) + record(5, cell(0, 1) + struct.pack("<d", 12345678)) + record(6, cell(1) + string("Dara")),
            start_of_row(3, hidden=True) + record(5, cell(0, 2) + struct.pack("<d", 8.55e11)),
            start_of_row(4) + record(3, cell(0) + b"\x2a") + record(6, cell(1) + string("Nary")),
            start_of_row(5) + record(5, cell(0) + struct.pack("<d", 85512345678)),
            record(146),
            record(130),
        ]
    )
    styles = b"".join(
        [
            record(278),
            record(615, struct.pack("<I", 2)),
            record(44, struct.pack("<H", 164) + string("000000000")),
            record(44, struct.pack("<H", 165) + string("0.00E+00")),
            record(616),
            record(617, struct.pack("<I", 3)),
            *(record(47, struct.pack("<HH", 0, code) + bytes(12)) for code in (0, 164, 165)),
            record(618),
            record(279),
        ]
    )
    book = record(131) + record(143) + record(156, struct.pack("<II", 0, 1) + string("rId1") + string("Patients"))
    return packed(
        {
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
            "_rels/.rels": _relationships(
                [f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.bin"/>']
            ),
            "xl/workbook.bin": book + record(144) + record(132),
            "xl/_rels/workbook.bin.rels": _relationships(
                [f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.bin"/>']
            ),
            "xl/worksheets/sheet1.bin": content,
            "xl/styles.bin": styles,
        }
    )


def csv_files() -> dict[str, bytes]:
    """CSV files, by file name."""
    names = "Phone;Name;Town\n+85512000001;José naïve;Zürich\n+85512000002;François Noël;São Tomé\n"
    cyrillic = "Phone;Name;Town\n+85512000001;Иванов;Москва\n+85512000002;Петрова Анна;Киев\n"
    texts = {
        "quoted_newlines.csv": 'Phone,Note\n1,"two\nlines"\n\n2,"say ""yes"""\n,\n3,x\n\n\n',
        "ragged.csv": "Phone,Name,Age\n1,Dara,38\n2,Nary,41,extra\n3\n4,Tep,5,,\n",
        "mostly_longer.csv": "Phone,Name\n1,Dara,38\n2,Nary,41\n",
        "repeated_header.csv": "Phone,Age,Name,Age\n1,2,3,4\n",
        "nameless_column.csv": "Phone,,Name\n1,2,3\n",
        "empty_last_column.csv": "Phone,Name,\n1,Dara,\n2,Nary,\n",
        "not_available.csv": "Phone,Country\nNA,NA\nNULL,None\n007,nan\n,N/A\n",
        "exponent.csv": "Phone,Code\n8.55E+11,8.55E+11\n85512000001,x\n" + '"8,55E+11",y\n',
        "unclosed_quote.csv": 'Phone,Name\n1,Dara\n2,"Nary\n3,Tep\n',
        "run_on_quote.csv": 'Phone,Name\n1,Dara\n2,"Nary\n3,Te"p\n4,Sok\n',
        "inches.csv": 'Phone,Size\n1,5" nail\n2,"a ""b"", c"\n3, "d"\n',
        "mac_line_ends.csv": "Phone,Name\r1,Dara\r\r2,Nary\r",
        "windows_line_ends.csv": "Phone,Name\r\n1,Dara\r\n2,Nary\r\n",
        "semicolons.csv": "Phone;Score\n1;1,5\n2;2,25\n",
        "tabs.csv": "Phone\tName\n1\tDara, of Takeo\n",
        "bars.csv": "Phone|Name\n1|Dara\n",
        "sep_line.csv": "sep=|\r\nPhone|Name\r\n1|Dara; Nary, Tep\r\n",
        "one_column.csv": "Phone\n+85512000001\n+85512000002\n",
        "title_rows.csv": "Clinic of Takeo\n\nPhone,Name,Age\n1,Dara,38\n",
        "only_header.csv": "Phone,Name\n",
        "blank_lines.csv": "\n\n  \n",
        "zero_byte.csv": "Phone,Name\n1,Dara\n2,Na\0ry\n",
        "other_case.csv": "phone ,Name\n1,Dara\n",
    }
    return {name: content.encode() for name, content in texts.items()} | {
        "utf_8_mark.csv": "Phone,Name\n1,ដារា\n".encode("utf-8-sig"),
        "utf_16.csv": "Phone\tName\n1\tដារា\n".encode("utf-16"),
        "utf_16_without_mark.csv": "Phone,Name\n1,José\n".encode("utf-16-le"),
        "windows_1252.csv": names.encode("cp1252"),
        "windows_1251.csv": cyrillic.encode("cp1251"),
        "broken_utf_16.csv": "Phone,Name\n".encode("utf-16") + b"1",
        "really_xlsx.csv": workbook({"Patients": sheet(HEADER)}),
    }


def corpus() -> dict[str, bytes]:
    return {**csv_files(), **excel_files()}


if __name__ == "__main__":
    for file_name, file_content in corpus().items():
        (CORPUS / file_name).write_bytes(file_content)
