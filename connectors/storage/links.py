"""Links that people copy from a browser, as the addresses under which the same services give the file itself."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal
from urllib.parse import parse_qs

from connectors.errors import ConfigurationError
from connectors.storage.url import StorageUrl

_GOOGLE_SHEET = re.compile(r"(/a/[^/]+)?/spreadsheets/d/(?P<id>[\w-]+)(/(edit|view|copy|preview|htmlview).*)?/?")
_GOOGLE_PUBLISHED = re.compile(r"/spreadsheets/d/e/[\w-]+/pub(html)?")
_GOOGLE_FILE = re.compile(r"/file/d/(?P<id>[\w-]+)(/.*)?")
_NEXTCLOUD_SHARE = re.compile(r"(.*/)?s/[A-Za-z0-9]{8,}")
_FORMATS = {"csv": "csv", "excel": "xlsx"}
_KOBO = (
    "In KoboToolbox open DATA, Downloads, save the settings of an export, and name its link: "
    'https://…/api/v2/assets/…/export-settings/…/data.xlsx, with `headers: {Authorization: "Token ${KOBO_TOKEN}"}`.'
)
_CENTRAL = "ODK Central gives the rows alone under …/submissions.csv, without .zip."


def file_link(url: StorageUrl, kind: Literal["csv", "excel"], *, of_sheet: bool = True) -> StorageUrl:
    """The address of the file behind a link to a page about it; the URL itself where it is no such link.

    Known are Google Sheets and Drive, SharePoint and OneDrive for Business, Nextcloud and ownCloud, Dropbox. of_sheet:
    whether the one sheet that a link to Google names is wanted alone.
    Raises ConfigurationError for pages of KoboToolbox and archives of ODK Central, of which one table has to be chosen.
    """
    if url.is_web:
        _refuse_pages(url)
        return _google(url, kind, of_sheet=of_sheet) if url.host == "docs.google.com" else _shared(url)
    return url


def _refuse_pages(url: StorageUrl) -> None:
    if url.fragment.startswith("/forms"):
        raise ConfigurationError(f"{url}: is a page of KoboToolbox, not a list.", hint=_KOBO)
    if url.path.endswith(".csv.zip"):
        raise ConfigurationError(f"{url}: is an archive of several tables.", hint=_CENTRAL)


def _shared(url: StorageUrl) -> StorageUrl:
    if url.host == "drive.google.com" and (found := _GOOGLE_FILE.fullmatch(url.path)):
        return replace(url, path="/uc", query=f"export=download&id={found['id']}")
    if url.host.endswith(".sharepoint.com") and re.match(r"/:[a-z]:/", url.path):
        return replace(url, query=_with(url.query, "download=1"))
    if url.host.removeprefix("www.") == "dropbox.com":
        return replace(url, query=_with(re.sub(r"(^|&)dl=0", "", url.query), "dl=1"))
    if _NEXTCLOUD_SHARE.fullmatch(url.path) and not url.query:
        return replace(url, path=f"{url.path}/download")
    return url


def _google(url: StorageUrl, kind: Literal["csv", "excel"], *, of_sheet: bool) -> StorageUrl:
    if _GOOGLE_PUBLISHED.fullmatch(url.path):
        asked = re.sub(r"(^|&)output=[^&]*", "", url.query).strip("&")
        return replace(url, path=url.path.removesuffix("html"), query=_with(asked, f"output={_FORMATS[kind]}"))
    found = _GOOGLE_SHEET.fullmatch(url.path)
    if found is None:
        return url
    sheet = (parse_qs(url.query) | parse_qs(url.fragment)).get("gid", [""])[0]
    query = f"format={_FORMATS[kind]}" + (f"&gid={sheet}" if sheet and (of_sheet or kind == "csv") else "")
    return replace(url, path=f"/spreadsheets/d/{found['id']}/export", query=query)


def _with(query: str, more: str) -> str:
    return query if more in query.split("&") else "&".join(filter(None, (query, more)))
