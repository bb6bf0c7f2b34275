"""Make `.venv` out of the pinned packages, or with `lock` pin them anew: what `make setup` and `make lock` call.

It runs before anything is installed, so it knows the standard library only. uv does the work, brought in through pip
into a private folder; where it cannot be had, venv and pip do the same in more time.
"""

import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
ENVIRONMENT: Final = ROOT / ".venv"
PYTHON: Final = ENVIRONMENT / "bin" / "python"
STAMP: Final = ENVIRONMENT / "installed"
PRIVATE: Final = ROOT / ".make"
UV: Final = PRIVATE / "uv" / "bin" / "uv"
REQUIREMENTS: Final = ROOT / "requirements"
PINNED: Final = REQUIREMENTS / "development.txt"
PINNED_UV: Final = REQUIREMENTS / "uv.txt"

LOCKS: Final = {
    REQUIREMENTS / "service.txt": ["pyproject.toml"],
    PINNED: ["pyproject.toml", "--group", "dev"],
    PINNED_UV: ["--group", "setup"],
}
SYNC: Final = ("--quiet", "--require-hashes", "--compile-bytecode")
COMPILE: Final = ("pip", "compile", "--quiet", "--universal", "--generate-hashes")
# The files name no host, so that they serve behind a mirror too.
BARE: Final = ("--no-emit-index-url", "--no-header", "--no-annotate")

# uv does not read what pip was told of the places where packages are. Later sections of pip's go before earlier ones.
SECTIONS: Final = ("global", "install", ":env:")
VARIABLES: Final = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "cert": "SSL_CERT_FILE",
    "default-timeout": "UV_HTTP_TIMEOUT",
}


def main(arguments: Sequence[str]) -> None:
    """Install, or with `lock` and what else uv shall be told (`--upgrade`), pin."""
    if arguments[:1] == ["lock"]:
        lock(arguments[1:])
    elif not stands():
        with alone():
            if not stands():
                install()


def stands() -> bool:
    """Tell whether the environment is there as these pins and this interpreter make it."""
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text() == stamp()


def stamp() -> str:
    """Name an environment by its interpreter's version and the hash of its pins."""
    return f"{sys.version_info.major}.{sys.version_info.minor} {sha256(PINNED.read_bytes()).hexdigest()}"


@contextmanager
def alone() -> Iterator[None]:
    """Let one process at a time work on the environment."""
    PRIVATE.mkdir(exist_ok=True)
    with (PRIVATE / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def install() -> None:
    """Make the environment, with uv if it can be had."""
    say("making the environment in .venv")
    STAMP.unlink(missing_ok=True)
    try:
        install_with_uv()
    except (OSError, subprocess.CalledProcessError):
        say("uv cannot be had here or does not get through; venv and pip take its place")
        install_with_pip()
    STAMP.write_text(stamp())


def install_with_uv() -> None:
    """Bring the environment to the pins; what is there and right already stays."""
    fetch_uv()
    variables = settings_for_uv()
    if not has_this_python():
        run(UV, "venv", "--quiet", "--clear", "--python", sys.executable, ENVIRONMENT, **variables)
    run(UV, "pip", "sync", *SYNC, "--python", PYTHON, PINNED, **variables)


def install_with_pip() -> None:
    """Make the environment new with what comes with Python."""
    run(sys.executable, "-m", "venv", "--clear", ENVIRONMENT)
    run(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", PINNED)


def has_this_python() -> bool:
    """Tell whether the environment's interpreter is of the version that runs this."""
    if not PYTHON.exists():
        return False
    ask = "import sys; print(sys.version_info[:2])"
    return subprocess.check_output([PYTHON, "-c", ask], text=True).strip() == str(sys.version_info[:2])


def fetch_uv() -> None:
    """Bring uv in through pip, once for each pin."""
    pinned = PRIVATE / "uv.txt"
    if not (UV.exists() and pinned.exists() and pinned.read_bytes() == PINNED_UV.read_bytes()):
        target = ("--upgrade", "--target", PRIVATE / "uv")
        run(sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", *target, "-r", PINNED_UV)
        pinned.write_bytes(PINNED_UV.read_bytes())


def settings_for_uv() -> dict[str, str]:
    """Say to uv what pip was told by its files and variables; what uv was told itself goes before."""
    listed = subprocess.check_output([sys.executable, "-m", "pip", "config", "list"], text=True)
    told = re.findall(r"^(\S+)\.([a-z-]+)='(.*)'$", listed, re.MULTILINE)
    settings = {"UV_PYTHON_DOWNLOADS": "never", "UV_INDEX_STRATEGY": "unsafe-best-match"}
    for section in SECTIONS:
        settings |= {
            VARIABLES[name]: words(name, value) for where, name, value in told if where == section and name in VARIABLES
        }
    return settings | os.environ


def words(name: str, value: str) -> str:
    """Write a list as uv reads it: `pip config list` shows a line's end as `\\n`."""
    return ("," if name == "find-links" else " ").join(value.replace(r"\n", " ").split())


def lock(flags: Sequence[str]) -> None:
    """Pin what `pyproject.toml` asks for; a pin that still fits stays, unless the flags say otherwise."""
    with alone():
        fetch_uv()
        for file, source in LOCKS.items():
            run(UV, *COMPILE, *BARE, *flags, *source, "--output-file", file, **settings_for_uv())


def run(*command: str | Path, **variables: str) -> None:
    """Run a command at the root of the project; raise CalledProcessError when it fails."""
    subprocess.run(command, check=True, cwd=ROOT, env={"PIP_ROOT_USER_ACTION": "ignore", **(variables or os.environ)})


def say(sentence: str) -> None:
    """Tell whoever waits what they wait for."""
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
