"""Files of every sort, made here: honest ones, and ones that mean harm."""

from __future__ import annotations

import base64
import io
import stat
import zipfile
import zlib

from pypdf import PdfReader, PdfWriter

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + bytes(64)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PDF = b"%PDF-1.7\n1 0 obj << >> endobj\n%%EOF\n"
WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
CELLS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SLIDES = "http://schemas.openxmlformats.org/presentationml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def zipped(parts: dict[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def docx(*paragraphs: str, **more: bytes | str) -> bytes:
    """A document; `more` are further parts, with `__` for `/`."""
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": f'<w:document xmlns:w="{WORDS}"><w:body>{body}</w:body></w:document>',
    }
    return zipped(parts | {name.replace("__", "/"): part for name, part in more.items()})


def xlsx(*rows: tuple[str, ...]) -> bytes:
    """A workbook of one sheet, its texts shared between cells."""
    texts = list(dict.fromkeys(text for row in rows for text in row))
    cells = "".join(
        f'<row r="{n}">'
        + "".join(
            f'<c r="{chr(65 + at)}{n}" t="s"><v>{texts.index(text)}</v></c>'
            for at, text in enumerate(row)
        )
        + "</row>"
        for n, row in enumerate(rows, start=1)
    )
    strings = "".join(f"<si><t>{text}</t></si>" for text in texts)
    return zipped(
        {
            "xl/workbook.xml": f'<workbook xmlns="{CELLS}" xmlns:r="{LINKS}"><sheets>'
            '<sheet name="Prices" sheetId="1" r:id="rId7"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="rId7" '
            'Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/sharedStrings.xml": f'<sst xmlns="{CELLS}">{strings}</sst>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{CELLS}"><sheetData>{cells}'
            "</sheetData></worksheet>",
        }
    )


def pptx(*slides: str, notes: str = "", folder: str = "slides") -> bytes:
    """Slides, shown in this order though their parts are numbered the other way; the first may
    have notes. `folder` is where the relations say that they are."""
    last = len(slides)
    order = "".join(f'<p:sldId r:id="rId{n}" id="{256 + n}"/>' for n in range(1, last + 1))
    rels = "".join(
        f'<Relationship Id="rId{n}" Target="{folder}/slide{last - n}.xml"/>'
        for n in range(1, last + 1)
    )
    parts: dict[str, bytes | str] = {
        "ppt/presentation.xml": f'<p:presentation xmlns:p="{SLIDES}" xmlns:r="{LINKS}">'
        f"<p:sldIdLst>{order}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": f"<Relationships>{rels}</Relationships>",
    }
    for n, text in enumerate(slides, start=1):
        parts[f"ppt/slides/slide{last - n}.xml"] = a_slide(text)
    if notes:
        parts["ppt/notesSlides/notesSlide1.xml"] = a_slide(notes)
        parts[f"ppt/slides/_rels/slide{last - 1}.xml.rels"] = (
            '<Relationships><Relationship Id="rId1" Target="../notesSlides/notesSlide1.xml"/>'
            "</Relationships>"
        )
    return zipped(parts)


def a_slide(text: str) -> str:
    said = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in text.split("\n"))
    return f'<p:sld xmlns:p="{SLIDES}" xmlns:a="{DRAWING}">{said}</p:sld>'


def bomb(mib: int = 300) -> bytes:
    """A document of some hundred kilobytes that unpacks to `mib` megabytes."""
    return docx("x", word__footnotes=b"", **{"word__padding.xml": b" " * (mib * 1024 * 1024)})


def with_link() -> bytes:
    """A document with an entry that is a symbolic link."""
    out = io.BytesIO(docx("Hidden"))
    with zipfile.ZipFile(out, "a") as archive:
        link = zipfile.ZipInfo("word/elsewhere.xml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return out.getvalue()


def pdf(*pages: str) -> bytes:
    """A PDF of these pages, the lines of each below one another."""
    return pdf_of(*(drawn(text) for text in pages))


def drawn(text: str) -> bytes:
    """What puts these lines on a page."""
    said = "".join(f"({line}) Tj T* " for line in text.split("\n"))
    return f"BT /F1 12 Tf 14 TL 72 720 Td {said}ET".encode("cp1252")


def pdf_of(*drawings: bytes, packed: bool = False, **more: bytes) -> bytes:
    """A PDF whose pages are drawn like this; `more` replaces objects by their numbers, as in o2."""
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    }
    for n, drawing in enumerate(drawings):
        objects[4 + 2 * n] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * n)
        )
        objects[5 + 2 * n] = a_stream(drawing, packed)
    kids = b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(len(drawings)))
    objects[2] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(drawings))
    return put_together(objects | {int(name[1:]): given for name, given in more.items()})


def a_stream(content: bytes, packed: bool = False, more: bytes = b"") -> bytes:
    if packed:
        content, more = zlib.compress(content, 9), more + b"/Filter /FlateDecode "
    return b"<< %s/Length %d >>\nstream\n%s\nendstream" % (more, len(content), content)


def put_together(objects: dict[int, bytes]) -> bytes:
    """Objects in the order of their numbers, which have no gap, and the table of where they are."""
    out, places = b"%PDF-1.7\n", []
    for n in range(1, len(objects) + 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, objects[n])
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table, len(objects) + 1, len(out))
    )


def encrypted(content: bytes, password: str) -> bytes:
    """The same PDF, encrypted; without a password anybody can open it."""
    writer, out = PdfWriter(clone_from=PdfReader(io.BytesIO(content))), io.BytesIO()
    writer.encrypt(password, owner_password="owner", algorithm="AES-256")
    writer.write(out)
    return out.getvalue()
