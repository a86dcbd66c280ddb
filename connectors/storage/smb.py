"""A share of an SMB server, with the methods that fsspec's file systems have.

fsspec's own shares its sessions with the whole process: another account at the same server would be taken for this one,
and whoever closed a session would close it for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from stat import S_ISDIR
from typing import Any, BinaryIO

import smbclient
from smbclient._io import SMBFileTransaction, SMBRawIO, set_info
from smbprotocol.exceptions import SMBException
from smbprotocol.file_info import FileRenameInformation
from smbprotocol.open import FilePipePrinterAccessMask

PORT = 445


class SmbShare:
    """Paths begin with the share: `/share/folder/file`. Raises OSError and SMBException."""

    def __init__(self, host: str, *, port: int, user: str, password: str, timeout: float) -> None:
        self._host = host
        self._own: dict[str, Any] = {"port": port, "connection_cache": {}}
        smbclient.register_session(
            host, username=user or None, password=password or None, connection_timeout=timeout, **self._own
        )

    def ls(self, path: str, *, detail: bool = True) -> list[Mapping[str, Any]]:
        """With what the listing itself says: to ask about each file after it, when it may be gone, would take long."""
        del detail
        return [
            {
                "name": f"{path}/{one.name}",
                "size": one.smb_info.end_of_file,
                "mtime": one.smb_info.last_write_time,
                "type": "directory" if one.is_dir() else "link" if one.is_symlink() else "file",
            }
            for one in smbclient.scandir(self._unc(path), **self._own)
        ]

    def info(self, path: str) -> Mapping[str, Any]:
        found = smbclient.stat(self._unc(path), **self._own)
        kind = "directory" if S_ISDIR(found.st_mode) else "file"
        return {"name": path, "size": found.st_size, "mtime": found.st_mtime, "type": kind}

    def isfile(self, path: str) -> bool:
        try:
            return bool(self.info(path)["type"] == "file")
        except FileNotFoundError:
            return False

    def open(self, path: str, mode: str) -> BinaryIO:
        """Whoever reads lets others read and write meanwhile; whoever writes is alone."""
        shared = "rwd" if mode == "rb" else None
        opened: BinaryIO = smbclient.open_file(self._unc(path), mode, share_access=shared, **self._own)
        return opened

    def mv(self, old: str, new: str) -> None:
        """SMB renames what was opened, wherever it is by then: of two who open one file both would succeed, one after
        the other (MS-SMB2 3.3.5.21.1). So it is opened alone here, where `smbclient.rename` shares it with everybody.
        """
        target = SMBRawIO(self._unc(new), mode="r", **self._own).fd  # not opened: only for its name within the share
        name = target.file_name
        if target.tree_connect.is_dfs_share and name.startswith(target.tree_connect.share_name[2:]):
            name = name[len(target.tree_connect.share_name) - 1 :]
        deleting = FilePipePrinterAccessMask.DELETE
        alone = SMBRawIO(self._unc(old), mode="r", share_access=None, desired_access=deleting, **self._own)
        with alone as source, SMBFileTransaction(source) as transaction:
            renaming = FileRenameInformation()
            renaming["replace_if_exists"] = False
            renaming["file_name"] = name
            set_info(transaction, renaming)

    def put_over(self, old: str, new: str) -> None:
        """Rename over a file that may be there."""
        smbclient.replace(self._unc(old), self._unc(new), **self._own)

    def makedirs(self, path: str, *, exist_ok: bool) -> None:
        if path.strip("/").count("/"):  # the share itself cannot be made
            smbclient.makedirs(self._unc(path), exist_ok=exist_ok, **self._own)

    def rmdir(self, path: str) -> None:
        smbclient.rmdir(self._unc(path), **self._own)

    def rm_file(self, path: str) -> None:
        smbclient.remove(self._unc(path), **self._own)

    def close(self) -> None:
        with suppress(SMBException, OSError):  # it may be broken already
            smbclient.reset_connection_cache(connection_cache=self._own["connection_cache"])

    def _unc(self, path: str) -> str:
        return rf"\\{self._host}{path}".replace("/", "\\")
