"""Shows a session of cases: as lines on a terminal, and as a section of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SHOWN = 600  # characters of a finding on a terminal: its end


def told(content: Mapping[str, Any]) -> str:
    """A table, what is broken, and the command that plays it again."""
    lines = [f"{'case':22}{'attempts':>10}{'let in':>8}{'found':>7}{'seconds':>9}"]
    for case in content["cases"]:
        if "why_not" in case:
            lines.append(f"{case['case']:22}not played: {case['why_not']}")
            continue
        counts = f"{case['attempts']:>10,}{case['let_in']:>8}{case['found']:>7}{case['seconds']:>9.1f}"
        lines.append(f"{case['case']:22}{counts}")
        lines += [f"    {name} {value:g}" for name, value in case["figures"].items()]
    for case in content["cases"]:
        if case["verdict"] == "broken":
            lines += [
                f"{case['case']}: {each[-_SHOWN:]}" for each in case["findings"] or ["nothing was tried"]
            ]
            lines.append(f"again: scripts/lab --security {case['case']} --seed {content['seed']}")
    if "advisories" in content:
        lines.append(f"{'advisories':22}{_advisories(content['advisories'])}")
    sums = f"{content['attempts']:,} attempts, {content['let_in']} let in, {content['found']} findings"
    return "\n".join([*lines, f"{sums}, {content['seconds']} s"])


def security_section(results: Mapping[str, Any]) -> list[str]:
    """The lines of Markdown for the report; `results` is what lab/results/security.json holds."""
    about = results["circumstances"]
    changed = " with changes that are not in it" if about["changed_since"] else ""
    return [
        "## Security",
        "",
        (
            f"{results['attempts']:,} attempts: {results['let_in']} let in, {results['found']} findings. "
            f"{about['date'][:10]}, commit {about['commit']}{changed}, seed {results['seed']}, "
            f"{results['seconds']} s on {about['processor']}, {about['cores']} cores, "
            f"Python {about['python']}."
        ),
        "",
        "| Case | What is tried | What must come of it | Attempts | Let in | Found | Measured | |",
        "| --- | --- | --- | --: | --: | --: | --- | --- |",
        *_rows(results),
        *(["", f"Advisories: {_advisories(results['advisories'])}."] if "advisories" in results else []),
        *_remarks(results),
        *_broken(results),
    ]


def _advisories(found: Mapping[str, Any]) -> str:
    """What is known of the packages that we pin; never more than was asked."""
    weaknesses = ", ".join(found["weaknesses"]) or "none known"
    asked = [f"{found['asked']} packages asked for: {weaknesses}"] if found["asked"] else []
    return "; ".join([*asked, *([f"not asked: {found['not_asked']}"] if found["not_asked"] else [])])


def _rows(results: Mapping[str, Any]) -> Iterator[str]:
    for case in results["cases"]:
        head = f"| {case['case']} | {case['tries']} | {case['expected']} |"
        if "why_not" in case:
            yield f"{head} | | | | not played: {case['why_not']} |"
            continue
        figures = "<br>".join(f"{name} {value:g}" for name, value in case["figures"].items())
        verdict = "held" if case["verdict"] == "held" else "**broken**"
        yield (
            f"{head} {case['attempts']:,} | {case['let_in']} | {case['found']} | "
            f"{figures or '-'} | {verdict} |"
        )


def _remarks(results: Mapping[str, Any]) -> list[str]:
    lines = [f"- {case['case']}: {case['remark']}" for case in results["cases"] if case["remark"]]
    return ["", *lines] if lines else []


def _broken(results: Mapping[str, Any]) -> list[str]:
    lines = [
        f"- {case['case']}, broken: {' '.join(each.split()[-40:])}"
        for case in results["cases"]
        if case["verdict"] == "broken"
        for each in case["findings"]
    ]
    return ["", *lines] if lines else []
