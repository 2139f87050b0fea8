"""Where tokens go, and that no answer whatever takes for ever or more memory than it may."""

from __future__ import annotations

import gzip
import shutil
import ssl
import subprocess
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from core.models.fetch import http
from core.models.fetch.answers import AccessDenied, ConnectionBroken, HostBusy
from core.models.fetch.connect import connect
from core.models.fetch.http import Web
from core.models.fetch.hub_api import told
from core.models.fetch.web_address import host_of, is_this_machine
from core.system.errors import InvalidRequest, KnownError, WorldError
from core.system.settings import Settings
from core.system.tokens import AccessTokens
from tests.core.models.fetch.odd_server import Odd, drip, endless, odd_server, redirect, reply

TOKEN = "hf_canaryCANARYcanary1234"
SENT = f"Bearer {TOKEN}"
YES = reply(b"yes", Content_Length="3")


def get(web: Web, url: str) -> bytes:
    try:
        with web.open(url) as answer:
            return b"".join(answer.blocks())
    finally:
        web.close()


def everywhere(host: str) -> str:
    """A token for every host there is."""
    return TOKEN


def test_which_hosts_are_this_machine() -> None:
    for host in (
        "127.0.0.1",
        "127.0.0.1:8080",
        "127.0.0.2",
        "[::1]",
        "[::1]:80",
        "localhost",
        "localhost:5",
    ):
        assert is_this_machine(host), host
    for host in (
        "hub.example",
        "localhost.example",
        "127.0.0.1.example",
        "127.0.0.1.",
        "localhost.",
        "10.0.0.1",
        "192.168.0.2:80",
        "0.0.0.0",
        "2130706433",
        "0x7f.1",
        "[2001:db8::1]",
        "",
    ):
        assert not is_this_machine(host), host


def test_a_host_is_what_the_client_itself_would_ask() -> None:
    assert (
        host_of("HTTPS://Hub.Example:443/x") == "hub.example"
        and host_of("http://[::1]:8/x") == "[::1]:8"
    )
    for bad in (
        "http://[::1",
        "http://[x/y",
        "http://a:99999999/x",
        "http://a:0/",
        "http://a\\@b/x",
        "http://a\tb/",
        "http://" + "a" * 9000,
        "https://name:secret@hub.example/x",
        "https://name@hub.example/x",
    ):
        with pytest.raises(WorldError) as caught:
            host_of(bad)
        assert "secret" not in str(caught.value)
    for bad in (
        "https://name:secret@hub.example",
        "ftp://hub.example",
        "hub.example",
        "https://hub.example/?a=b",
    ):
        with pytest.raises(InvalidRequest) as refused:
            connect(Settings(mirror=bad), AccessTokens())
        assert refused.value.field == "mirror"


def test_a_token_goes_to_no_host_without_encryption(odd: Odd) -> None:
    """This very machine is taken for another host, so that only the rule is
    left to keep the token back."""
    odd.answers["/x"] = YES
    host = f"127.0.0.1:{odd.port}"
    assert (
        get(Web(everywhere, plain_hosts=(host,), local=lambda host: False), f"{odd.url}/x")
        == b"yes"
    )
    assert odd.tokens == [""]
    with pytest.raises(WorldError, match="without encryption"):
        get(Web(everywhere, local=lambda host: False), f"{odd.url}/x")
    assert get(Web(everywhere), f"{odd.url}/x") == b"yes"
    assert odd.tokens == ["", SENT]
    odd.answers["/login"] = reply(b"", 401, Content_Length="0")
    with pytest.raises(WorldError, match="no access token is sent") as caught:
        get(Web(everywhere, plain_hosts=(host,), local=lambda host: False), f"{odd.url}/login")
    assert not isinstance(caught.value, AccessDenied), "a token would not help"


def test_no_redirect_takes_a_token_along(odd: Odd) -> None:
    with odd_server() as other:
        odd.answers |= {
            "/there": redirect(f"{other.url}/x"),
            "/name": redirect(f"http://localhost:{odd.port}/x"),
            "/x": YES,
            "/back": redirect(f"{other.url}/back"),
            "/here": redirect("/x", 307),
        }
        other.answers |= {"/x": YES, "/back": redirect(f"{odd.url}/x")}
        for path, sent in (
            ("/there", [SENT]),
            ("/name", [SENT, ""]),
            ("/back", [SENT, ""]),
            ("/here", [SENT, SENT]),
        ):
            odd.asked.clear()
            assert get(Web(everywhere), odd.url + path) == b"yes"
            assert odd.tokens == sent, path
        assert other.tokens == ["", ""]


def test_a_proxy_sees_no_token(odd: Odd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with odd_server() as proxy:
        proxy.answers["*"] = reply(b"", 401, Content_Length="0")
        hub, web = connect(Settings(mirror="http://hub.example", proxy=proxy.url), AccessTokens())
        with pytest.raises(WorldError, match="no access token is sent"):
            hub.plan("a/b")
        web.close()
        assert [(path.partition("?")[0], token) for _, path, token in proxy.asked] == [
            ("http://hub.example/api/models/a/b", "")
        ]
        proxy.asked.clear()
        odd.answers["*"] = reply(b"[]", Content_Length="2")
        for chosen in (proxy.url, ""):
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            hub, web = connect(Settings(mirror=odd.url, proxy=chosen), AccessTokens())
            assert hub.search("x") == ()
            web.close()
        assert odd.tokens == [SENT, SENT] and proxy.asked == [], (
            "this machine is never asked through a proxy"
        )
        monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
        with pytest.raises(InvalidRequest, match="proxy"):
            connect(Settings(), AccessTokens())


@pytest.fixture
def encryption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's certificate for localhost, made now and trusted by this process only."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("needs openssl to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            program,
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout",
            str(key),
            "-out",
            str(certificate),
        ],
        check=True,
        capture_output=True,
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def test_from_encrypted_to_plain_nobody_is_sent(
    odd: Odd, encryption: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub's own host, asked with encryption; its redirect, and another host's,
    lead to the same host without."""
    odd.answers["/x"] = YES
    with odd_server(encryption) as hub:
        hub.answers |= {
            "/ok": YES,
            "/down": redirect(f"{odd.url}/x"),
            "/slow": drip(0.02, head=True),
        }
        home = f"https://localhost:{hub.port}"
        assert get(Web(everywhere), f"{home}/ok") == b"yes" and hub.tokens == [SENT]
        with pytest.raises(WorldError, match="without encryption"):
            get(Web(everywhere, plain_hosts=(f"127.0.0.1:{odd.port}",)), f"{home}/down")
        monkeypatch.setattr(http, "HEAD_SECONDS", 0.3)
        with pytest.raises(ConnectionBroken):
            get(Web(everywhere), f"{home}/slow")
        assert odd.asked == []
        odd.answers["/to-hub"] = redirect(f"http://localhost:{hub.port}/ok")
        with pytest.raises(WorldError, match="without encryption"):
            get(
                Web(everywhere, local=lambda host: host == f"127.0.0.1:{odd.port}"),
                f"{odd.url}/to-hub",
            )
        monkeypatch.delenv("SSL_CERT_FILE")
        monkeypatch.setenv("HF_ENDPOINT", home)
        client, web = connect(Settings(), AccessTokens())
        with pytest.raises(WorldError, match="certificate is not trusted"):
            client.plan("a/b")
        web.close()


@pytest.mark.parametrize(
    "to",
    [
        "http://[::1",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "",
        "http:///x",
        "http://127.0.0.1:99999999/",
        "http://a b/",
        "http://u:p@127.0.0.1/x",
        "/again",
        "data:text/plain,x",
        "http://" + "a" * 300 + ".example/",
        "x" * 9000,
    ],
)
def test_redirects_to_nonsense_are_one_sentence(to: str, odd: Odd) -> None:
    odd.answers["/again"] = redirect(to) if to else reply(b"", 302, Content_Length="0")
    with pytest.raises(WorldError):
        get(Web(), f"{odd.url}/again")


@pytest.mark.parametrize("code", [401, 403])
def test_behind_a_mirror_a_refusal_is_one_and_an_old_link_is_not(code: int, odd: Odd) -> None:
    with odd_server() as behind:
        behind.answers["*"] = reply(b"", code, Content_Length="0", X_Error_Code="GatedRepo")
        odd.answers["*"] = redirect(f"{behind.url}/x", 308)
        web = Web()
        with pytest.raises(AccessDenied, match=host_of(behind.url)) as caught:
            web.read(f"{odd.url}/api")
        assert (caught.value.code, caught.value.reason) == (code, "GatedRepo")
        said = told(caught.value, odd.url, "a/gated", has_token=True)
        assert (
            isinstance(said, AccessDenied)
            and said.message == told(caught.value, behind.url, "a/gated").message
        )
        with pytest.raises(HostBusy):
            get(web, f"{odd.url}/file")


def test_a_slow_line_that_goes_on_is_waited_for(odd: Odd) -> None:
    def slow(handler: BaseHTTPRequestHandler) -> None:
        assert handler.headers["Accept-Encoding"] == "gzip"
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n")
        for _ in range(20):
            handler.wfile.write(b" " * 1000)
            handler.wfile.flush()
            time.sleep(0.05)

    odd.answers["/slow"] = slow
    web = Web()
    assert len(web.read(f"{odd.url}/slow", seconds=0.5)) == 20_000
    web.close()


def test_answers_have_a_deadline_and_a_limit(odd: Odd) -> None:
    odd.answers |= {
        "/body": drip(0.02),
        "/head": drip(0.02, head=True),
        "/endless": endless(),
        "/bomb": reply(gzip.compress(bytes(2**26)), Content_Encoding="gzip"),
        "/br": reply(b"xx", Content_Encoding="br"),
        "/part": reply(b"xx", 206, Content_Range="bytes 0-1/2", Content_Length="2"),
        "/packed": reply(gzip.compress(b"yes"), Content_Encoding="gzip"),
    }
    web = Web()
    for path, said in (
        ("/body", "within"),
        ("/head", "within"),
        ("/endless", "larger than 1 MiB"),
        ("/bomb", "larger than 1 MiB"),
        ("/br", "nobody asked for"),
        ("/part", "no sense"),
    ):
        with pytest.raises(WorldError, match=said):
            web.read(odd.url + path, limit=2**20, seconds=0.4 if said == "within" else 60.0)
    assert web.read(f"{odd.url}/packed") == b"yes"
    web.close()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5", 5.0),
        ("9" * 500, 1e9),
        ("²", 2.0),
        ("-5", 2.0),
        ("", 2.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 1e9),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 99999 07:28:00 GMT", 2.0),
        ("nan", 2.0),
    ],
)
def test_how_long_a_host_asks_to_wait(text: str, seconds: float, odd: Odd) -> None:
    odd.answers["/x"] = reply(
        b"", 429, Retry_After=text.encode().decode("latin-1"), Content_Length="0"
    )
    with pytest.raises(HostBusy) as caught:
        get(Web(), f"{odd.url}/x")
    assert caught.value.seconds == pytest.approx(seconds, rel=1e-3)


def test_a_damaged_token_is_named_and_not_sent(odd: Odd) -> None:
    for token in ("two words", "line\r\nX: y", "ünicode", "x" * 2000):
        with pytest.raises(KnownError, match="token for 127"):
            get(Web(lambda host, token=token: token), f"{odd.url}/x")
    assert odd.asked == []
