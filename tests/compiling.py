"""What makes pictures of pages: LaTeX and a browser, where they are there."""

import re
import shutil
import subprocess

import pytest

PACKAGES = "texlive-latex-base texlive-latex-recommended texlive-xetex texlive-lang-chinese"


def missing(engine):
    """What this TeX lacks: the program itself, or a file of the packages that pages use."""
    if shutil.which(engine) is None or shutil.which("kpsewhich") is None:
        return engine
    files = ["amsmath.sty", *(["ctexart.cls"] if engine == "xelatex" else [])]
    search = ["kpsewhich", *files]
    found = subprocess.run(search, capture_output=True, text=True, check=False).stdout.split()
    return ", ".join(name for name in files if not any(path.endswith(name) for path in found))


def compiled(text, engine, folder):
    if lacking := missing(engine):
        pytest.skip(f"{lacking} is not installed; on Debian: apt-get install {PACKAGES}")
    (folder / "page.tex").write_text(text, "utf-8")
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=300)
    log = (folder / "page.log").read_text("utf-8", "replace")
    assert done.returncode == 0, log[-3000:]
    return log


def too_wide(log):
    """By how many points lines stand out of the column."""
    return [float(found) for found in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]


def opened(page, folder):
    """Open a page from a file in a browser; what it becomes, and what the console says."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium; on Debian: apt-get install chromium")
    (folder / "page.html").write_text(page, "utf-8")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
               f"--user-data-dir={folder / 'user'}", "--dump-dom",
               (folder / "page.html").as_uri()]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]
