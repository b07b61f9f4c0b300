"""Looks every locked package up among the known vulnerabilities; says so when nobody could be asked."""

import json
import subprocess
import sys
import tempfile

EXPORT = (".tools/bin/uv", "export", "--frozen", "--all-packages", "--no-emit-workspace", "--no-hashes", "--quiet")
AUDIT = ("pip-audit", "--no-deps", "--disable-pip", "--progress-spinner=off", "--format=json", "--requirement")


def main() -> int:
    """0 when nothing is known against any package, or when no advisories can be reached; 1 otherwise."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as locked:
        locked.write(subprocess.run(EXPORT, check=True, capture_output=True, text=True).stdout)
        locked.flush()
        asked = subprocess.run((*AUDIT, locked.name), capture_output=True, text=True, check=False)
    try:
        packages = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError):
        packages = []
    audited = [package for package in packages if "skip_reason" not in package]
    if not audited:
        print("audit: NOT DONE, no source of advisories can be reached from here; run make check where one can")
        return 0
    bad = [package for package in audited if package["vulns"]]
    for package in bad:
        known = ", ".join(vulnerability["id"] for vulnerability in package["vulns"])
        print(f"audit: {package['name']} {package['version']} has {known}: raise its version in uv.lock")
    print(f"audit: {len(audited)} of {len(packages)} packages looked up, {len(bad)} with known vulnerabilities")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
