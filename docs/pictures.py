"""The pictures of docs/first-spreadsheet.md, from the real program: `make pictures`. Needs Chromium and LibreOffice.

An invented list is synced with the sandbox; its page is photographed by Chromium, its workbook by LibreOffice.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from PIL import ImageOps
from pypdfium2 import PdfDocument

from connectors.sandbox import Sandbox, SandboxServer, clinic, demo_clinic

PICTURES = Path(__file__).parent / "pictures"
HEADER = ("group_person/Phone number", "group_person/Name", "Age (yrs)", "Village of residence", "Next visit [date]")
WIDTHS = (30, 22, 12, 24, 20)


def write_list(path: Path, sandbox_contacts: list[dict[str, dict[str, str | None]]]) -> None:
    """A list as clinics keep it: a title, headers of a form, a row that cannot be used, totals at the end."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Patients"
    sheet.append(["District health office, antenatal list"])
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.append([])
    sheet.append(HEADER)
    for cell in sheet[3]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", start_color="DDEBF7")
    for person, contact in enumerate(sandbox_contacts[:14], start=1):
        known = contact["vars"]
        visit = date(2026, 12, 1) + timedelta(days=person)
        row = [f"0{clinic.number(person)[3:]}", clinic.name(person), int(known["age"] or 0) + (person % 3 == 0)]
        sheet.append([*row, known["village"] or None, visit])
    sheet.append(["077 999 001", "Nobody Known", 30, None, None])
    sheet.append(["8.55E+11", "Lost Digits", 28, None, None])
    sheet.append([])
    sheet.append(["Total", None, 16])
    for letter, width in zip("ABCDE", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    book.save(path)


def run(folder: Path, *words: str) -> str:
    """One command of the program; what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "flows", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 3, 4):  # 3: refused, to be approved
        raise SystemExit(f"verboice-sync {' '.join(words)}: {done.stderr}")
    return done.stdout


def photograph(page: Path, picture: Path, size: str) -> None:
    """A page as Chromium shows it."""
    flags = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={size}", "--virtual-time-budget=3000"]
    subprocess.run(
        ["chromium", *flags, f"--screenshot={picture}", page.as_uri()], check=True, capture_output=True, timeout=120
    )


def print_out(workbook: Path, picture: Path) -> None:
    """The first page of a workbook as LibreOffice prints it."""
    with tempfile.TemporaryDirectory() as profile:
        words = ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", "pdf"]
        subprocess.run([*words, "--outdir", profile, str(workbook)], check=True, capture_output=True, timeout=180)
        with PdfDocument(Path(profile) / f"{workbook.stem}.pdf") as printed:
            drawn = printed[0].render(scale=2).to_pil()
            drawn.crop(ImageOps.invert(drawn.convert("L")).getbbox()).save(picture)


def main() -> None:
    """All pictures, anew."""
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir()
    sandbox = Sandbox()
    demo = demo_clinic(sandbox)
    with SandboxServer(sandbox) as server, tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        login = {"VERBOICE_URL": server.url, "VERBOICE_ACCOUNT": clinic.EMAIL, "VERBOICE_PASSWORD": clinic.PASSWORD}
        os.environ.update(login | {"PYTHONPATH": str(Path(__file__).parents[1])})
        write_list(folder / "patients.xlsx", sandbox.contacts(demo.project))
        run(folder, "init", "patients.xlsx", "--region", "KH")
        pipeline = folder / "configs" / "patients.yaml"
        pipeline.write_text(pipeline.read_text().replace('# "village"', '"village"'))
        plan = json.loads(run(folder, "plan", "patients", "--json"))["plan"]
        reports = json.loads(run(folder, "sync", "patients", "--approve", plan["checksum"], "--json"))["reports"]
        print_out(folder / reports["workbook"], PICTURES / "workbook.png")
        photograph(folder / reports["html"], PICTURES / "page.png", "1000,1100")
    print(f"Pictures: {PICTURES}")


if __name__ == "__main__":
    main()
