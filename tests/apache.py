"""Debian's Apache, started for a test, and what a test waits for."""

import os
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

MODULES = Path("/usr/lib/apache2/modules")


@contextmanager
def apache(folder: Path, port: int, settings: str, modules: list[str]):
    """Debian's Apache in front of one page, with modules besides those that it cannot do without."""
    (folder / "site/inside").mkdir(parents=True)
    (folder / "site/inside/index.html").write_text("<h1>Inside</h1>")
    modules = ["mpm_event", "authn_core", "authz_core", "headers", *modules]
    loads = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in modules)
    owner = "User www-data\nGroup www-data\n" if os.geteuid() == 0 else ""
    (folder / "apache.conf").write_text(
        f"ServerRoot {folder}\nServerName 127.0.0.1\nListen 127.0.0.1:{port}\nPidFile {folder}/pid\n"
        f"DefaultRuntimeDir {folder}\nMutex sem\nErrorLog {folder}/errors\n{loads}\n{owner}"
        f"DocumentRoot {folder}/site\n{settings}"
    )
    folder.chmod(0o755)
    command = ["/usr/sbin/apache2", "-X", "-f", str(folder / "apache.conf"), "-E", str(folder / "errors")]
    server = subprocess.Popen(command)
    try:
        # The port was free a moment ago; the server takes connections once it has read its settings.
        def ready():
            assert server.poll() is None, (folder / "errors").read_text()
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        assert eventually(ready)
        yield folder / "errors"
    finally:
        server.terminate()
        server.wait()


def eventually(holds, seconds=20) -> bool:
    """Whether something comes true in time; it is asked again and again, since nothing tells when it does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
