"""What the tests in Python share: a running dancu on each database, and a browser in front of it."""

import os
import re
import shutil
import subprocess
import sys
import threading
import uuid
from contextlib import contextmanager, nullcontext
from pathlib import Path
from urllib.parse import urlsplit

import pytest

sys.dont_write_bytecode = True

# Enough for a slow and busy machine to generate the demo's people.
START_SECONDS = 180
STOP_SECONDS = 30


def binary() -> Path:
    path = Path(os.environ.get("DANCU_BIN", ""))
    if not path.is_file():
        pytest.exit("DANCU_BIN must name the built binary; ./scripts/test sets it", returncode=2)
    return path


class Dancu:
    """A running server, and the command line on the same data."""

    def __init__(self, folder: Path, database: str | None):
        self.folder = folder
        self.where = ["--data", str(folder)] + (["--database", database] if database else [])
        self.url = ""
        self._said: list[str] = []
        self._ended = False
        self._news = threading.Condition()

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        """Runs another command of the binary on the same data."""
        command = [str(binary()), *arguments, *self.where]
        return subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS)

    def log(self) -> str:
        """What the server has logged."""
        return (self.folder / "server.log").read_text()

    def said(self, pattern: str) -> re.Match:
        """Waits until the server has printed a line with the pattern."""

        def found():
            return next(filter(None, (re.search(pattern, line) for line in self._said)), None)

        with self._news:
            self._news.wait_for(lambda: found() or self._ended, START_SECONDS)
            if not (match := found()):
                log = (self.folder / "server.log").read_text()[-4000:]
                pytest.fail(f"dancu did not print {pattern!r} but {self._said}\n{log}")
            return match

    def _listen(self, output):
        for line in output:
            with self._news:
                self._said.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    @contextmanager
    def serving(self, *arguments: str):
        """Starts a command that serves, waits until it listens, and afterwards stops it as an administrator would."""
        log = self.folder / "server.log"
        with log.open("w") as errors:
            command = [str(binary()), *arguments, *self.where]
            server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
            threading.Thread(target=self._listen, args=[server.stdout], daemon=True).start()
            try:
                self.url = self.said(r"listening on (http://\S+)").group(1)
                yield self
                server.terminate()
                assert server.wait(STOP_SECONDS) == 0, log.read_text()[-4000:]
            finally:
                server.kill()
                server.wait()


@contextmanager
def postgres_database():
    """A database of its own on the PostgreSQL server of the tests."""
    server = os.environ.get("DANCU_TEST_POSTGRES")
    if not server:
        pytest.fail("DANCU_TEST_POSTGRES must hold a superuser's URL; ./scripts/test sets it")

    def say(statement: str):
        subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", server, "-c", statement], check=True)

    name = f"dancu_{uuid.uuid4().hex}"
    say(f"CREATE DATABASE {name}")
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        say(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def dancu(request, tmp_path_factory):
    """The demo with a small population, started once for each test module and database."""
    folder = tmp_path_factory.mktemp("data")
    database = postgres_database() if request.param == "postgres" else nullcontext()
    with database as url, Dancu(folder, url).serving("demo", "--persons", "300", "--port", "0") as running:
        yield running


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Starts a demo of one's own on the embedded database, with settings in its environment."""

    @contextmanager
    def start(**settings):
        folder = tmp_path_factory.mktemp("own")
        with pytest.MonkeyPatch.context() as environment:
            for name, value in settings.items():
                environment.setenv(name, str(value))
            with Dancu(folder, None).serving("demo", "--persons", "300", "--port", "0") as running:
                yield running

    return start


@pytest.fixture
def on_database():
    """An empty dancu on either engine, for commands."""

    @contextmanager
    def open_on(engine: str, folder: Path):
        folder.mkdir(mode=0o700)
        database = postgres_database() if engine == "postgres" else nullcontext(str(folder / "dancu.sqlite"))
        with database as url:
            yield Dancu(folder, url)

    return open_on


@pytest.fixture(scope="session")
def chromium():
    """Chromium of the system, without a window."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("DANCU_CHROMIUM") or shutil.which("chromium")
    if not path:
        pytest.fail("Chromium is not installed; ./scripts/test installs it, or DANCU_CHROMIUM names another one")
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu", *quiet])
        yield browser
        browser.close()


@pytest.fixture
def open_browser(chromium, dancu):
    """Opens a browser of one's own on the running dancu, as a Vietnamese reader has it.

    Whatever a test does, no page may ask another host for anything, and none may make the browser complain.
    """
    contexts, complaints = [], []

    def see(request):
        if not request.url.startswith((dancu.url, "data:", "blob:")):
            complaints.append(f"asked for {request.url}")

    def hear(message):
        if message.type == "error" and "the server responded with a status of" not in message.text:
            complaints.append(message.text)

    def open_browser(scripts=True, width=1280, height=900, language="vi-VN"):
        context = chromium.new_context(
            base_url=dancu.url,
            java_script_enabled=scripts,
            viewport={"width": width, "height": height},
            locale=language,
            timezone_id="Asia/Ho_Chi_Minh",
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("request", see)
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_browser
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def barriers():
    """Lists what would keep people with disabilities from using a page, by the rules of WCAG 2.2 AA."""
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()
    rules = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}

    def barriers(page) -> list[str]:
        found = axe.run(page, options=rules).response["violations"]
        return [f"{page.url}: {v['id']}: {node['html'][:200]}" for v in found for node in v["nodes"]]

    return barriers
