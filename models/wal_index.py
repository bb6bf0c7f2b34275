"""See in memory whether anything was committed to a SQLite file, at the cost of no system call.

Each commit writes the header of the wal-index anew, and by comparing it SQLite itself learns that what it has read is
old (https://sqlite.org/walformat.html, section 2.1). What is looked at is the mapping that a connection of this process
has made: it stays for as long as that connection is open. A mapping of one's own would need the file opened a second
time, and closing that would drop SQLite's locks on it (fcntl(2)).
"""

import ctypes
import os
import sys
from typing import Final

HEADER_BYTES: Final = 48
FORMAT: Final = 3_007_000
MAPPINGS: Final = "/proc/self/maps"


def mapped_header(path: str) -> memoryview | None:
    """Give the header's place in memory for a file that a connection has read in WAL mode.

    None where the system does not list its mappings, or another form of header is found.
    """
    wanted = os.fsencode(os.path.realpath(path)) + b"-shm"
    try:
        with open(MAPPINGS, "rb") as mappings:
            # A row: addresses, permissions, offset, device, inode, path (proc_pid_maps(5)); one of hundreds is ours.
            rows = [row.rstrip(b"\n").split(maxsplit=5) for row in mappings if wanted in row]
    except OSError:
        return None
    starts = [row[0].partition(b"-")[0] for row in rows if row[-1] == wanted and int(row[2], 16) == 0]
    if len(starts) != 1:
        return None
    header = memoryview((ctypes.c_ubyte * HEADER_BYTES).from_address(int(starts[0], 16)))
    return header if int.from_bytes(header.tobytes()[:4], sys.byteorder) == FORMAT else None
