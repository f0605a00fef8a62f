"""The licences of every crate that is linked into the binaries, or into the packages named:
`cargo metadata … | python3 ci/third_party.py [PACKAGE…]`."""
import json
import pathlib
import sys

metadata = json.load(sys.stdin)
packages = {package["id"]: package for package in metadata["packages"]}
edges = {node["id"]: node["deps"] for node in metadata["resolve"]["nodes"]}
shipped = set(sys.argv[1:]) or {"mock-kvs", "harness"}
pending = [id for id in metadata["workspace_members"] if packages[id]["name"] in shipped]
linked = set()
while pending:
    id = pending.pop()
    if id not in linked:
        linked.add(id)
        pending += [dep["pkg"] for dep in edges[id] if any(kind["kind"] is None for kind in dep["dep_kinds"])]
own = set(metadata["workspace_members"])
for package in sorted((packages[id] for id in linked - own), key=lambda package: package["name"]):
    print(f'{"=" * 100}\n{package["name"]} {package["version"]}: {package["license"] or package["license_file"]}')
    folder = pathlib.Path(package["manifest_path"]).parent
    texts = [file for file in sorted(folder.iterdir())
             if file.is_file() and file.name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE"))]
    for file in texts:
        print(f'\n--- {file.name}\n{file.read_text(errors="replace").strip()}')
    if not texts:
        print("\n(the crate carries no text of its own)")
