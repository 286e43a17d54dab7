"""Reads a WGSL kernel file: its header lines, its declarations, and the text that a pipeline is made from.

The text is fragments, `alias` lines and the file itself, one after the other; what linking adds is
not done here. docs/kernel-authoring.md says what the lines mean."""
import re
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "ingot/kernels/wgsl"
KINDS = ("op", "key", "formula", "bind", "grid", "phase", "range", "alias", "use", "shared", "require",
         "tolerance", "variant", "set", "fragment")


def evaluate(expression: str, names: dict):
    """A header's or an override's expression; integers divide as integers do."""
    text = re.sub(r"(\d)u\b", r"\1", expression).replace("||", " or ").replace("&&", " and ")
    text = re.sub(r"(?<!/)/(?!/)", "//", text)
    match = re.fullmatch(r"(.*?)\?(.*):(.*)", text)
    if match:
        text = f"({match[2]}) if ({match[1]}) else ({match[3]})"
    known = {"ceil": lambda a, b: -(-a // b), "min": min, "max": max, "true": True, "false": False,
             "select": lambda no, yes, which: yes if which else no}
    return eval(text, {"__builtins__": {}}, {**known, **names})  # our own files' text


def parse_settings(text: str) -> dict:
    """`A = 1, B = true` as a dictionary."""
    out = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, value = (p.strip() for p in part.split("="))
        named = {"true": 1, "false": 0}
        out[name] = named[value] if value in named else float(value) if "." in value else int(value)
    return out


@dataclass
class Kernel:
    path: Path
    text: str
    header: dict = field(default_factory=dict)  # kind: list of lines
    variants: dict = field(default_factory=dict)
    overrides: dict = field(default_factory=dict)  # name: (type, expression)
    params: list = field(default_factory=list)  # (name, type)
    bindings: list = field(default_factory=list)  # (number, name, writable)

    @property
    def name(self):
        return self.path.stem

    def values(self, given: dict) -> dict:
        """Every override's value: the given ones, else its expression over those before it."""
        out = {}
        for name, (_, expression) in self.overrides.items():
            out[name] = given[name] if name in given else evaluate(expression, out)
        return out


def header_of(text: str, path) -> dict:
    header = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.startswith("//!"):
            continue
        match = re.fullmatch(r"//! (\w+): (.+)", line)
        if not match or match[1] not in KINDS:
            raise ValueError(f"{path}:{number}: unknown header line: {line}")
        header.setdefault(match[1], []).append(match[2].strip())
    return header


def load(path: Path) -> Kernel:
    text = path.read_text(encoding="ascii")
    kernel = Kernel(path, text, header_of(text, path))
    for line in kernel.header.get("variant", []):
        name, pins = re.fullmatch(r"(\w+) \{(.*)\}", line).groups()
        kernel.variants[name] = parse_settings(pins)
    for name, kind, expression in re.findall(r"^override (\w+): (\w+) = ([^;]+);", text, re.M):
        kernel.overrides[name] = (kind, expression)
    body = re.search(r"struct Params \{(.*?)\}", text, re.S)[1]
    kernel.params = re.findall(r"(\w+): (u32|f32)", body)
    storage = r"@group\(0\) @binding\((\d+)\) var<storage, (read|read_write)> (\w+)"
    for number, access, name in re.findall(storage, text):
        kernel.bindings.append((int(number), name, access == "read_write"))
    check_header(kernel)
    return kernel


def check_header(kernel: Kernel) -> None:
    """What the header says twice must agree with the declarations."""
    for kind in ("op", "formula", "bind", "grid", "tolerance", "variant"):
        if kind not in kernel.header:
            raise ValueError(f"{kernel.path}: no header line ({kind})")
    named = [part.split()[0] for part in kernel.header["bind"][0].split(";")]
    declared = [name for _, name, _ in sorted(kernel.bindings)]
    if named != declared:
        raise ValueError(f"{kernel.path}: bind lists ({named}) but the file declares ({declared})")
    for part, (_, name, writable) in zip(kernel.header["bind"][0].split(";"), sorted(kernel.bindings)):
        if part.split()[-1] != ("rw" if writable else "r"):
            raise ValueError(f"{kernel.path}: access of ({name}) differs between bind and declaration")
    ranged = {line.split()[0] for line in kernel.header.get("range", [])}
    for name, (_, expression) in kernel.overrides.items():
        if re.fullmatch(r"[\d.]+u?|true|false", expression) and name not in ranged and name != "WG":
            raise ValueError(f"{kernel.path}: override ({name}) has no range")
    for pins in kernel.variants.values():
        for name in pins:
            if name not in kernel.overrides:
                raise ValueError(f"{kernel.path}: variant names ({name}), which is no override")


def tuned(kernel: Kernel) -> list:
    """(override, value) for every value of every override that may be chosen freely."""
    out = []
    for line in kernel.header.get("range", []):
        match = re.fullmatch(r"(\w+) = \{(.*)\} tune(,.*)?", line)
        for value in match[2].split(",") if match else []:
            out += parse_settings(f"{match[1]} = {value}").items()
    return out


def conditions(kernel: Kernel) -> list:
    """What a legal choice meets."""
    wheres = [line.split(", where ")[1] for line in kernel.header.get("range", []) if ", where " in line]
    return wheres + kernel.header.get("require", [])


def kernels() -> list:
    return [load(p) for p in sorted(FOLDER.glob("*/*.wgsl")) if p.parent.name not in ("lib", "stage")]


def fragments_of(names: list, subgroups: bool, done: dict) -> dict:
    """The fragments and those they use, each once, in order of need."""
    for name in names:
        if name not in done:
            path = FOLDER / f"lib/{name}_subgroups.wgsl"
            if not subgroups or not path.exists():
                path = FOLDER / f"lib/{name}.wgsl"
            text = path.read_text(encoding="ascii")
            fragments_of(" ".join(header_of(text, path).get("use", [])).split(), subgroups, done)
            done[name] = text
    return done


def assemble(kernel: Kernel, values: dict) -> str:
    lines = []
    for alias in kernel.header.get("alias", []):
        name, element, length = re.fullmatch(r"(\w+) = array<(vec4<f32>|\w+), (.+)>", alias).groups()
        lines.append(f"alias {name} = array<{element}, {evaluate(length, values)}>;")
    parts = fragments_of(" ".join(kernel.header.get("use", [])).split(), values.get("USE_SUBGROUPS"), {})
    return "\n".join([*lines, *parts.values(), kernel.text])


def shared_bytes(text: str, values: dict) -> int:
    size = {"f32": 4, "u32": 4, "atomic<u32>": 4, "vec2<u32>": 8, "vec4<f32>": 16}
    found = re.findall(r"^var<workgroup> \w+: array<(.+), (\w+)>;", text, re.M)
    return sum(size[element] * (values[length] if length in values else int(length)) for element, length in found)


def grid_of(kernel: Kernel, names: dict, fold: int) -> tuple:
    """Workgroups on x, y, z. `fold` is what an axis of `linear` holds."""
    def linear(n):
        y = max(1, -(-n // fold))
        return [-(-n // y), y]
    axes = evaluate(f"({kernel.header['grid'][0]},)" if "?" not in kernel.header["grid"][0]
                    else kernel.header["grid"][0], {**names, "linear": linear})
    axes = list(axes) if isinstance(axes, tuple) else [axes]
    if isinstance(axes[0], list):
        axes = axes[0] + axes[2:]
    return tuple((axes + [1, 1])[:3])
