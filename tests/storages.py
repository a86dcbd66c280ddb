"""Real servers of files for the tests of storage, each on loopback, on its own folder or memory, ended by itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from connectors.storage.url import StorageUrl, storage_url

USER, PASSWORD = "ana", "s3cret/w@rd#?"
BUCKET = "exports"
TYPED = "${STORE_USER}:${STORE_PASSWORD}@"  # how a pipeline file names them


@dataclass(frozen=True)
class Store:
    """A place with files. url: its folder, as a pipeline file names it. folder: where its files lie, for servers that
    have them on disk."""

    url: str
    folder: Path | None = None


def url(store: Store, path: str) -> StorageUrl:
    """A file there, as the pipeline file has it, with the environment's credentials."""
    typed = f"{store.url}/{path}"
    filled = typed.replace("${STORE_USER}", os.environ.get("STORE_USER", ""))
    return storage_url(filled.replace("${STORE_PASSWORD}", os.environ.get("STORE_PASSWORD", "")), typed=typed)


def certificate_for(folder: Path, *names: str) -> Path:
    """A self-signed certificate for hosts and addresses, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    named = [x509.IPAddress(ip_address(one)) if one[0].isdigit() else x509.DNSName(one) for one in names]
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(named), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain, pem = serialization.PrivateFormat.PKCS8, serialization.Encoding.PEM
    file = folder / f"{names[0]}.pem"
    file.write_bytes(signed.public_bytes(pem) + key.private_bytes(pem, plain, serialization.NoEncryption()))
    return file


@pytest.fixture(scope="session")
def certificate_of_here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_for(tmp_path_factory.mktemp("tls"), "127.0.0.1", "localhost")


@dataclass
class Site:
    """A web server of one file: what it says to each GET, and what it was asked."""

    url: str = ""
    content: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    endless: bool = False
    drips: bool = False
    needs: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append({name.lower(): text for name, text in request.headers.items()} | {"path": request.path})
        tag = self.headers.get("ETag")
        is_known = tag is not None and request.headers.get("If-None-Match") == tag
        is_welcome = all(request.headers.get(name) == text for name, text in self.needs.items())
        status = (304 if is_known else self.status) if is_welcome else 401
        self.answered.append(status)
        request.send_response(status)
        for name, text in self.headers.items():
            request.send_header(name, text)
        body = b"" if status == 304 else self.content
        if not self.endless:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
        with contextlib.suppress(OSError):
            while self.endless:
                request.wfile.write(b"x" if self.drips else b"Phone,Age\n" * 10_000)
                time.sleep(0.02 if self.drips else 0)


@contextlib.contextmanager
def serving_site(certificate: Path | None) -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.answer(self)

        def log_message(self, *_told: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        _secure(server, certificate)
        with _running(server.serve_forever, server.shutdown):
            site.url = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}"
            yield site


@pytest.fixture
def site(certificate_of_here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """An https server that is trusted."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate_of_here))
    with serving_site(certificate_of_here) as serving:
        yield serving


@pytest.fixture
def other_site(certificate_of_here: Path) -> Iterator[Site]:
    """Another host of the same kind, as far as its port makes it one."""
    with serving_site(certificate_of_here) as serving:
        yield serving


def _secure(server: ThreadingHTTPServer, certificate: Path | None) -> None:
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.handle_error = lambda *_told: None  # type: ignore[method-assign]  # clients that do not trust it hang up


@contextlib.contextmanager
def _running(work: Callable[[], object], stop: Callable[[], object]) -> Iterator[None]:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join(10)


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """User and password as the environment of a pipeline has them."""
    monkeypatch.setenv("STORE_USER", USER)
    monkeypatch.setenv("STORE_PASSWORD", PASSWORD)


@pytest.fixture(scope="session")
def _webdav(certificate_of_here: Path) -> Iterator[Store]:
    from cheroot.ssl.builtin import BuiltinSSLAdapter
    from cheroot.wsgi import Server
    from wsgidav.wsgidav_app import WsgiDAVApp

    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "provider_mapping": {"/": folder},
            "simple_dc": {"user_mapping": {"*": {USER: {"password": PASSWORD}}}},
            "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
            "logging": {"enable": False},
            "verbose": 0,
        }
        server = Server(("127.0.0.1", 0), WsgiDAVApp(settings))
        server.ssl_adapter = BuiltinSSLAdapter(str(certificate_of_here), str(certificate_of_here))
        server.error_log = lambda *_told, **_more: None
        server.prepare()
        with _running(server.serve, server.stop):
            yield Store(f"https://{TYPED}127.0.0.1:{server.bind_addr[1]}", Path(folder))


@pytest.fixture
def webdav(_webdav: Store, certificate_of_here: Path, monkeypatch: pytest.MonkeyPatch, credentials: None) -> Store:
    """A WebDAV share behind TLS (wsgidav)."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate_of_here))
    return _webdav


@pytest.fixture(scope="session")
def _sftp() -> Iterator[tuple[Store, str]]:
    import asyncssh

    key = asyncssh.generate_private_key("ssh-ed25519")

    guests = []

    class Server(asyncssh.SSHServer):
        def connection_made(self, connection: asyncssh.SSHServerConnection) -> None:
            guests.append(connection)

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == (USER, PASSWORD)

    loop = asyncio.new_event_loop()
    with (
        tempfile.TemporaryDirectory() as folder,
        _running(loop.run_forever, lambda: loop.call_soon_threadsafe(loop.stop)),
    ):

        async def listen() -> asyncssh.SSHAcceptor:
            return await asyncssh.listen(
                "127.0.0.1",
                0,
                server_factory=Server,
                server_host_keys=[key],
                sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=os.fsencode(folder)),
            )

        server = asyncio.run_coroutine_threadsafe(listen(), loop).result(30)
        port = server.get_port()
        known = f"[127.0.0.1]:{port} {key.export_public_key().decode()}"
        yield Store(f"sftp://{TYPED}127.0.0.1:{port}", Path(folder)), known
        asyncio.run_coroutine_threadsafe(_closed(server, *guests), loop).result(30)
    loop.close()


async def _closed(*open_ones: object) -> None:
    for one in open_ones:
        one.close()  # type: ignore[attr-defined]
        await one.wait_closed()  # type: ignore[attr-defined]


@pytest.fixture
def stranger(_sftp: tuple[Store, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, credentials: None) -> Store:
    """An SFTP server (asyncssh) whose host key nobody has said to be right."""
    (tmp_path / "user").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    return _sftp[0]


@pytest.fixture
def sftp(stranger: Store, _sftp: tuple[Store, str], tmp_path: Path) -> Store:
    """The same, known to the user."""
    (tmp_path / "user" / ".ssh").mkdir(mode=0o700)
    (tmp_path / "user" / ".ssh" / "known_hosts").write_text(_sftp[1])
    return stranger


@pytest.fixture(scope="session")
def _ftp() -> Iterator[Store]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python 3.11 says of asyncore that 3.12 has none; then a package has
        from pyftpdlib.authorizers import DummyAuthorizer
        from pyftpdlib.handlers import FTPHandler
        from pyftpdlib.servers import FTPServer

    with tempfile.TemporaryDirectory() as folder:
        authorizer = DummyAuthorizer()
        authorizer.add_user(USER, PASSWORD, folder, perm="elradfmwMT")
        handler = type("_Handler", (FTPHandler,), {"authorizer": authorizer, "use_gmt_times": True})
        server = FTPServer(("127.0.0.1", 0), handler)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                server.serve_forever(timeout=0.05, blocking=False)

        with _running(serve, over.set):
            yield Store(f"ftp://{TYPED}127.0.0.1:{server.address[1]}", Path(folder))
        server.close_all()


@pytest.fixture
def ftp(_ftp: Store, credentials: None) -> Store:
    """An FTP server (pyftpdlib)."""
    return _ftp


@pytest.fixture(scope="session")
def _s3() -> Iterator[tuple[Store, int]]:
    from moto.server import ThreadedMotoServer

    port = free_port()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    yield Store(f"s3://{BUCKET}"), port
    server.stop()


@pytest.fixture
def s3(_s3: tuple[Store, int], monkeypatch: pytest.MonkeyPatch) -> Store:
    """An empty bucket of S3 (moto's server), with the account in the environment as Amazon's own tools have it."""
    import boto3

    store, port = _s3
    known = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": PASSWORD,
    }
    for name, text in (known | {"AWS_DEFAULT_REGION": "us-east-1"}).items():
        monkeypatch.setenv(name, text)
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    for one in client.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        client.delete_object(Bucket=BUCKET, Key=one["Key"])
    client.close()
    return store


@pytest.fixture(scope="session")
def _gs() -> Iterator[tuple[Store, int]]:
    from gcp_storage_emulator.server import create_server

    port = free_port()
    server = create_server("127.0.0.1", port, in_memory=True, default_bucket=BUCKET)
    server.start()
    yield Store(f"gs://{BUCKET}"), port
    server.stop()


@pytest.fixture
def gs(_gs: tuple[Store, int], monkeypatch: pytest.MonkeyPatch) -> Store:
    """A bucket of Google's (gcp-storage-emulator), which asks for no account."""
    import fsspec.config

    store, port = _gs
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{port}")
    monkeypatch.setitem(fsspec.config.conf, "gs", {"token": "anon"})
    return store


@pytest.fixture(scope="session")
def _abfs() -> Iterator[tuple[Store, str]]:
    emulator = shutil.which("azurite-blob")
    if emulator is None:
        pytest.skip("azurite is not installed (npm install --global azurite)")
    port = free_port()
    options = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--inMemoryPersistence", "--silent"]
    with subprocess.Popen(
        [emulator, *options, "--skipApiVersionCheck", "--disableTelemetry"], stdout=subprocess.DEVNULL
    ) as process:
        try:
            wait_for(port)
            # The account that every emulator of Azure has.
            account = (
                "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1"
                "OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
                f"BlobEndpoint=http://127.0.0.1:{port}/devstoreaccount1;"
            )
            yield Store(f"abfs://{BUCKET}"), account
        finally:
            process.terminate()


@pytest.fixture
def abfs(_abfs: tuple[Store, str], monkeypatch: pytest.MonkeyPatch) -> Store:
    """A container of Azure's (azurite), empty, with the account in the environment."""
    from azure.storage.blob import BlobServiceClient

    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", _abfs[1])
    with BlobServiceClient.from_connection_string(_abfs[1]) as service:
        container = service.get_container_client(BUCKET)
        if not container.exists():
            container.create_container()
        for blob in container.list_blobs():
            container.delete_blob(blob.name)
    return _abfs[0]


@pytest.fixture(scope="session")
def _smb() -> Iterator[Store]:
    server = shutil.which("smbd") or shutil.which("smbd", path="/usr/sbin")
    if server is None or os.getuid() != 0:
        pytest.skip("samba is not installed, or this is not root")
    with tempfile.TemporaryDirectory() as folder:
        port, own = free_port(), Path(folder, "own")
        share = Path(folder, "share")
        own.mkdir()
        share.mkdir()
        places = ("private dir", "lock directory", "state directory", "cache directory", "pid directory", "ncalrpc dir")
        Path(folder, "smb.conf").write_text(
            f"[global]\nserver role = standalone server\nsmb ports = {port}\ninterfaces = 127.0.0.1/8\n"
            "bind interfaces only = yes\nload printers = no\ndisable spoolss = yes\nmap to guest = never\n"
            f"passdb backend = smbpasswd:{own}/smbpasswd\nlog file = {own}/log\n"
            f"{''.join(f'{place} = {own}{chr(10)}' for place in places)}"
            f"[share]\npath = {share}\nread only = no\nforce user = root\n"
        )
        typed = f"{PASSWORD}\n{PASSWORD}\n".encode()
        added = ["smbpasswd", "-c", f"{folder}/smb.conf", "-a", "-s", "root"]
        subprocess.run(added, input=typed, check=True, capture_output=True)
        options = ["--foreground", "--no-process-group", "-s", f"{folder}/smb.conf"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        # In a session of its own, because at its end it ends its whole group.
        with subprocess.Popen([server, *options], start_new_session=True, **quiet) as process:
            try:
                wait_for(port)
                yield Store(f"smb://{TYPED}127.0.0.1:{port}/share", share)
            finally:
                process.terminate()


@pytest.fixture
def smb(_smb: Store, monkeypatch: pytest.MonkeyPatch, credentials: None) -> Store:
    """A share of Samba's; the one account that every machine has is root."""
    monkeypatch.setenv("STORE_USER", "root")
    return _smb


class Cable:
    """A way to a port of this machine that can be cut and mended."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._is_cut = False
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._is_cut = True
        for end in self._open:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._is_cut = False

    def _accept(self) -> None:
        while True:
            near, _ = self._listener.accept()
            if self._is_cut:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self._to))
            self._open += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    @staticmethod
    def _carry(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while some := source.recv(65_536):
                sink.sendall(some)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.05)
        else:
            return
