#!/usr/bin/env python3
"""Takes the README's picture of a run, docs/run.svg, from a terminal: docs/picture.py [KRONOS]

Needs tmux. Types the commands below into a shell in a terminal of tmux's, in a copy of examples/ after a first run, and draws
what then stands on the screen. KRONOS is the program, by default target/release/kronos. A test (tests/picture.rs) holds the
picture against what the program prints.
"""

import html
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMANDS = [
    "kronos check",
    "sed -i 's/^SUMMARY:Repair café/& and swap shelf/' calendar.ics",
    "kronos sync --dry-run",
    "kronos sync",
    "kronos status",
]
COLUMNS, ROWS = 92, 60
# One character is drawn so wide, a line so high.
WIDTH, HEIGHT, MARGIN = 8.4, 18, 14
COLORS = {"31": "#ff7b72", "32": "#7ee787", "33": "#f2cc60", "90": "#8b949e"}


def screen(kronos: Path, folder: Path) -> str:
    """What stands on the terminal after COMMANDS, with its colours."""
    tmux = ["tmux", "-L", f"kronos-picture-{folder.name}", "-f", "/dev/null"]

    def run(*words: str) -> str:
        return subprocess.run([*tmux, *words], check=True, capture_output=True, text=True).stdout

    shell = f"env -i HOME={folder} PATH={kronos.parent}:/usr/bin:/bin LANG=C.UTF-8 TERM=screen-256color PS1='$ ' bash --norc --noprofile -i"
    run("-u", "new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), "-c", str(folder), shell)
    try:
        for number, command in enumerate(["clear", *COMMANDS]):
            run("send-keys", "-l", command)
            run("send-keys", "Enter")
            # It is over when its prompt and the next stand there.
            for _ in range(200):
                time.sleep(0.1)
                lines = run("capture-pane", "-p").rstrip().splitlines()
                if sum(line.startswith("$") for line in lines) == number + 1 and lines[-1] == "$":
                    break
            else:
                raise TimeoutError(command)
        return run("capture-pane", "-e", "-p").rstrip()
    finally:
        run("kill-server")


def drawn(line: str) -> str:
    """One line of the terminal as tspans: only colours matter."""
    spans, color = [], None
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if part.startswith("\x1b"):
            codes = part[2:-1].split(";")
            color = next((COLORS[code] for code in codes if code in COLORS), None)
        elif part:
            fill = f' fill="{color}"' if color else ""
            spans.append(f"<tspan{fill}>{html.escape(part, quote=False)}</tspan>")
    return "".join(spans)


def svg(text: str) -> str:
    lines = text.splitlines()
    width, height = round(COLUMNS * WIDTH) + 2 * MARGIN, len(lines) * HEIGHT + 2 * MARGIN
    rows = [
        f'<text x="{MARGIN}" y="{MARGIN + HEIGHT * (number + 1) - 5}">{drawn(line)}</text>'
        for number, line in enumerate(lines)
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"',
            '     font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" xml:space="preserve">',
            f'<rect width="{width}" height="{height}" rx="6" fill="#0d1117"/>',
            '<g fill="#e6edf3">',
            *rows,
            "</g>",
            "</svg>",
            "",
        ]
    )


def main() -> None:
    project = Path(__file__).resolve().parent.parent
    kronos = Path(sys.argv[1] if len(sys.argv) > 1 else project / "target/release/kronos").resolve()
    # A folder whose name says nothing of the machine.
    folder = Path(tempfile.gettempdir()) / "kronos-example"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        for name in ["kronos.toml", "calendar.ics"]:
            shutil.copy(project / "examples" / name, folder)
        first = ["sync", "--config", str(folder / "kronos.toml")]
        subprocess.run([kronos, *first], check=True, capture_output=True)
        text = screen(kronos, folder).removesuffix("$").rstrip()
        (project / "docs/run.svg").write_text(svg(text))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main()
