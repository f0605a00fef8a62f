"""The largest stack frames of an image: `llvm-readobj --stack-sizes LIBRARY | python3 ci/stack_frames.py MAX NAMES`.

NAMES has a symbol of the image a line; other functions of the library do not count. Fails above MAX bytes, and when there
is nothing to see."""
import re
import sys

limit = int(sys.argv[1])
with open(sys.argv[2]) as file:
    linked = set(file.read().split())
frames = re.findall(r"Functions: \[(.*?)\]\s+Size: (0x[0-9A-Fa-f]+)", sys.stdin.read())
largest = sorted(((int(size, 16), name) for name, size in frames if name in linked), reverse=True)
if not largest:
    sys.exit("  stack: the library says nothing of it")
print("  largest stack frames:", ", ".join(f"{size}" for size, _ in largest[:5]), "bytes")
for size, name in largest:
    if size > limit:
        sys.exit(f"  stack: {name} takes {size} bytes, more than {limit}")
