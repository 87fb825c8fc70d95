#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""fetch-corpus FOLDER REQUIREMENTS: gets the source packages that a file lists as name==version
from pip's package index, checked against the index's SHA-256. They are kept as they are and never
unpacked or built.
"""

import hashlib
import html
import os
import re
import subprocess
import sys
import urllib.parse
import urllib.request

LINK = re.compile(r'<a\s[^>]*?href="([^"]+)"', re.IGNORECASE)


def index_url():
    """pip's own: of its environment, its configuration, or the one that it has by default."""
    configured = os.environ.get("PIP_INDEX_URL")
    if not configured:
        asked = subprocess.run(
            [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
            capture_output=True,
            text=True,
            check=False,
        )
        configured = asked.stdout.strip()
    return (configured or "https://pypi.org/simple").rstrip("/")


def get(url):
    with urllib.request.urlopen(url, timeout=120) as answer:
        return answer.read()


def find(name, version):
    """Address and SHA-256 of the source package."""
    page = f"{index_url()}/{name}/"
    for link in LINK.findall(get(page).decode()):
        address, _, fragment = urllib.parse.urljoin(page, html.unescape(link)).partition("#")
        file = urllib.parse.unquote(address.rsplit("/", 1)[1])
        if re.sub(r"[-_.]+", "-", file).lower() == f"{name}-{version}.tar.gz".replace(".", "-"):
            return address, fragment.removeprefix("sha256=")
    raise SystemExit(f"fetch-corpus: the index has no source package of {name} {version}")


def fetch(folder, name, version):
    path = os.path.join(folder, f"{name}-{version}.tar.gz")
    if os.path.exists(path):
        return
    address, expected = find(name, version)
    content = get(address)
    if expected and hashlib.sha256(content).hexdigest() != expected:
        raise SystemExit(f"fetch-corpus: {address} is not what the index says")
    with open(path + ".part", "wb") as file:
        file.write(content)
    os.replace(path + ".part", path)


def main():
    folder, requirements = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    with open(requirements, encoding="utf-8") as lines:
        for line in lines:
            name, separator, version = line.partition("#")[0].strip().partition("==")
            if separator:
                fetch(folder, name, version)


main()
