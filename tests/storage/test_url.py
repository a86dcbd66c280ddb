"""URLs of files taken apart: what they name, what is shown of them, and the links that stand for a file."""

from __future__ import annotations

import pytest

from connectors.errors import ConfigurationError
from connectors.storage.links import file_link
from connectors.storage.url import storage_url


@pytest.mark.parametrize("password", ["plain", "s/e#c?r@t:%", "${ODD}", "p%40ss"])
def test_a_password_from_the_environment_may_hold_any_sign(password):
    typed = "sftp://${STORE_USER}:${STORE_PASSWORD}@host:22/exports/people.xlsx"
    filled = typed.replace("${STORE_USER}", "ana").replace("${STORE_PASSWORD}", password)
    url = storage_url(filled, typed=typed)
    assert (url.user, url.password, url.host, url.port) == ("ana", password.replace("%40", "@"), "host", 22)
    assert str(url) == "sftp://host:22/exports/people.xlsx"
    assert password not in repr(url)
    assert url.without_secrets(f"cannot log in with {password} as ana") == "cannot log in with *** as ***"


def test_what_the_environment_filled_in_is_shown_as_it_was_typed():
    url = storage_url(
        "https://cloud.example.org/s/T0k3n/people.xlsx?k=9", typed="https://cloud.example.org/s/${T}/people.xlsx?k=${K}"
    )
    assert str(url) == "https://cloud.example.org/s/${T}/people.xlsx"
    assert url.address == "https://cloud.example.org/s/T0k3n/people.xlsx?k=9"
    assert "T0k3n" not in url.without_secrets("GET /s/T0k3n/people.xlsx failed")
    assert str(storage_url("https://x.example.org/a", typed="${LINK}")) == "${LINK}"


def test_two_accounts_mean_the_same_place_and_two_tokens_do_not():
    one = storage_url("https://ana:1@host/a.xlsx?sheet=1")
    assert one.identity == storage_url("https://bo:2@host/a.xlsx?sheet=1").identity
    assert one.identity != storage_url("https://host/a.xlsx?sheet=2").identity
    assert "sheet" not in one.identity


@pytest.mark.parametrize(
    ("text", "server", "container"),
    [
        ("s3://bucket/a.csv", "bucket", ""),
        ("gcs://bucket/a.csv", "bucket", ""),
        ("abfs://box/a.csv", "", "box"),
        ("abfss://box@account.dfs.core.windows.net/a.csv", "account.dfs.core.windows.net", "box"),
    ],
)
def test_clouds_name_buckets_and_containers(text, server, container):
    url = storage_url(text)
    assert (url.server, url.container, url.path) == (server, container, "/a.csv")


@pytest.mark.parametrize(
    ("link", "kind", "address"),
    [
        ("https://docs.google.com/spreadsheets/d/1aB-c/edit?gid=7#gid=7", "excel", "https://docs.google.com/spreadsheets/d/1aB-c/export?format=xlsx&gid=7"),
        ("https://docs.google.com/spreadsheets/d/1aB-c/edit?usp=sharing", "csv", "https://docs.google.com/spreadsheets/d/1aB-c/export?format=csv"),
        ("https://docs.google.com/spreadsheets/d/e/2PACX-1/pubhtml", "csv", "https://docs.google.com/spreadsheets/d/e/2PACX-1/pub?output=csv"),
        ("https://drive.google.com/file/d/1aB/view?usp=sharing", "excel", "https://drive.google.com/uc?export=download&id=1aB"),
        ("https://ngo.sharepoint.com/:x:/s/Team/EabC?e=x1", "excel", "https://ngo.sharepoint.com/:x:/s/Team/EabC?e=x1&download=1"),
        ("https://cloud.example.org/s/aBcDeFgHiJkLmNo", "csv", "https://cloud.example.org/s/aBcDeFgHiJkLmNo/download"),
        ("https://www.dropbox.com/scl/fi/x/people.xlsx?rlkey=y&dl=0", "excel", "https://www.dropbox.com/scl/fi/x/people.xlsx?rlkey=y&dl=1"),
        ("https://kf.kobotoolbox.org/api/v2/assets/a/export-settings/e/data.xlsx", "excel", "https://kf.kobotoolbox.org/api/v2/assets/a/export-settings/e/data.xlsx"),
    ],
)  # fmt: skip
def test_links_to_pages_become_those_of_their_files(link, kind, address):
    assert file_link(storage_url(link), kind).address == address


def test_a_sheet_that_is_named_is_looked_for_in_the_whole_workbook():
    link = storage_url("https://docs.google.com/spreadsheets/d/1aB-c/edit#gid=7")
    assert file_link(link, "excel", of_sheet=False).query == "format=xlsx"


@pytest.mark.parametrize(
    ("link", "cure"),
    [
        ("https://kf.kobotoolbox.org/#/forms/aX/data/table", "export-settings"),
        ("https://odk.example.org/v1/projects/1/forms/f/submissions.csv.zip", "submissions.csv, without .zip"),
    ],
)
def test_pages_and_archives_of_forms_are_refused_with_the_way_to_the_table(link, cure):
    with pytest.raises(ConfigurationError) as fault:
        file_link(storage_url(link), "csv")
    assert cure in fault.value.hint
