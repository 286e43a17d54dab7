#!/usr/bin/env python3
"""The report of a run: as text, and as rows of a table for documents.

  report.py report.json                 the report as text
  report.py --markdown report.json ...  a table of the models' speeds, a row for each model and report
  report.py --into FILE report.json ... puts that table into a document, between the lines that mark its place
"""
import argparse
import json
import sys

MARKS = ("<!-- reports -->\n", "<!-- end of reports -->")
HEADING = ("model", "format", "prefill tok/s", "decode tok/s", "of bandwidth", "NMSE", "verdict")


def number(value, form):
    return "-" if value is None else format(value, form)


def speed(value):
    return number(value, ".0f" if value is not None and value >= 1000 else ".1f")


def model_row(model):
    share = model.get("share")
    return (model["model"], model["format"], speed(model.get("prefill")), speed(model.get("decode")),
            "-" if share is None else f"{share * 100:.1f} %", number(model.get("nmse"), ".1e"), model["verdict"])


def aligned(rows):
    """Rows of cells as lines; every column but the first two and the last is aligned to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) if i < 2 or i == len(row) - 1 else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        lines.append("  ".join(cells).rstrip())
    return lines


def adapter_of(report):
    adapters = report["facts"].get("adapters") or []
    return adapters[0] if adapters else {"name": "no adapter", "driver": ""}


def describe(report):
    """Where the figures come from, in one line."""
    adapter = adapter_of(report)
    return f"{adapter['name']}, {adapter['driver']}, {report['facts'].get('version', 'ingot')}, {report['date']}"


def as_text(report):
    facts = report["facts"]
    lines = [describe(report)]
    lines += [f"{key}: {facts[key]}" for key in ("cpu", "cores", "system", "gpu", "python") if facts.get(key)]
    lines += list(report["notes"]) + [""]
    for step in report["steps"]:
        lines.append(f"{step['verdict']:8} {step['name']} ({step['seconds']:.0f} s)" +
                     (f": {step['message']}" if step["message"] else ""))
        lines += [f"           {line}" for line in step.get("lines", [])]
    if report["models"]:
        lines += [""] + aligned([HEADING] + [model_row(model) for model in report["models"]])
    counts = {}
    for step in report["steps"]:
        counts[step["verdict"]] = counts.get(step["verdict"], 0) + 1
    lines += ["", ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())) or "no step was run"]
    return "\n".join(lines) + "\n"


def as_markdown(reports):
    heading = ("device",) + HEADING[:-1]
    lines = ["| " + " | ".join(heading) + " |", "|" + "---|" * len(heading)]
    for report in reports:
        for model in report["models"]:
            lines.append("| " + " | ".join((adapter_of(report)["name"],) + model_row(model)[:-1]) + " |")
    return "\n".join(lines + [""] + [f"- {describe(report)}" for report in reports]) + "\n"


def put_between(text, table):
    """Raises ValueError for a document without the lines that mark the table's place."""
    start, end = text.index(MARKS[0]) + len(MARKS[0]), text.index(MARKS[1])
    return text[:start] + table + text[end:]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--into", metavar="FILE")
    parser.add_argument("reports", nargs="+", metavar="FILE")
    args = parser.parse_args()
    reports = []
    for path in args.reports:
        with open(path, encoding="utf-8") as file:
            reports.append(json.load(file))
    if args.into:
        with open(args.into, encoding="utf-8") as file:
            text = put_between(file.read(), as_markdown(reports))
        with open(args.into, "w", encoding="utf-8") as out:
            out.write(text)
        return 0
    sys.stdout.write(as_markdown(reports) if args.markdown else "\n".join(map(as_text, reports)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
