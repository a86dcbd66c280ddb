"""The markup of the HTML report: one Jinja2 template, escaped throughout, without scripts or anything from outside."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ink: #1d2433; --soft: #596275; --line: #dde2ea; --ground: #fff; --panel: #f5f7fa }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ebf1; --soft: #a3adbf; --line: #394150; --ground: #171b22; --panel: #202630 }
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 64rem; padding: 2rem 1.25rem 4rem; background: var(--ground); color: var(--ink);
       font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", "Noto Sans Khmer", sans-serif }
h1 { font-size: 1.5rem; line-height: 1.3; margin: 0 0 .5rem }
h2 { font-size: 1.1rem; margin: 2.5rem 0 .5rem }
p { margin: .4rem 0 } .soft { color: var(--soft) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.25rem; margin: 1rem 0 }
dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }
svg { display: block; width: 100%; height: 1.5rem; border-radius: .4rem; margin: 1.25rem 0 .75rem }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .92rem }
caption { text-align: left; color: var(--soft); padding-bottom: .4rem }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line) }
td { overflow-wrap: anywhere } th { font-weight: 600; white-space: nowrap }
.number { text-align: right; width: 1%; font-variant-numeric: tabular-nums; white-space: nowrap }
.none { color: var(--soft) }
.key { display: inline-block; width: .8rem; height: .8rem; border-radius: .2rem; margin-right: .5rem }
code { background: var(--panel); border: 1px solid var(--line); border-radius: .3rem; padding: .1rem .4rem;
       overflow-wrap: anywhere }
ul { padding-left: 1.2rem }
@media print { body { max-width: none; padding: 0 } tr { break-inside: avoid } }
"""

TEMPLATE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{ summary.pipeline }} · {{ summary.kind }} · {{ summary.status }}</title>
<style>{{ style }}</style>
</head>
<body>
{%- macro more(table) %}
{%- if table.more %}
<p class="soft">and {{ "{:,}".format(table.more) }} more
{%- if workbook %}, in <a href="{{ workbook.link }}">{{ workbook.name }}</a>{% endif %}.</p>
{%- endif %}
{%- endmacro %}
<main>
<header>
<h1>{{ headline }}</h1>
<p>{{ status_meaning }}</p>
<dl>
<dt>Pipeline</dt><dd>{{ summary.pipeline }} ({{ summary.kind }})</dd>
{%- if summary.project.id is not none %}
<dt>Project</dt><dd>{{ summary.project.name or "" }} ({{ summary.project.id }})</dd>
{%- endif %}
<dt>Run</dt><dd>{{ summary.run_id }}</dd>
<dt>Started</dt><dd><time datetime="{{ summary.started_at }}">{{ summary.started_at }}</time></dd>
{%- if summary.finished_at %}
<dt>Finished</dt><dd><time datetime="{{ summary.finished_at }}">{{ summary.finished_at }}</time></dd>
{%- endif %}
{%- if workbook %}
<dt>Workbook</dt><dd><a href="{{ workbook.link }}">{{ workbook.name }}</a>, every row with its outcome</dd>
{%- endif %}
</dl>
{%- for step in steps %}
<p>{{ step.why }}{% if step.command %}: <code>{{ step.command }}</code>{% endif %}</p>
{%- endfor %}
</header>

<section aria-labelledby="rows">
<h2 id="rows">Rows</h2>
{%- if summary.rows.read %}
<svg role="img" aria-label="{{ headline }}" viewBox="0 0 {{ summary.rows.read }} 10" preserveAspectRatio="none">
{%- for bucket in buckets if bucket.count %}
<rect x="{{ bucket.start }}" y="0" width="{{ bucket.count }}" height="10" fill="{{ bucket.colour }}">
<title>{{ bucket.label }}: {{ "{:,}".format(bucket.count) }}</title></rect>
{%- endfor %}
</svg>
{%- endif %}
<table>
<caption>{{ "{:,}".format(summary.rows.read) }} read; each is counted once.</caption>
<thead><tr><th scope="col">Outcome</th><th scope="col" class="number">Rows</th><th scope="col">Meaning</th></tr></thead>
<tbody>
{%- for bucket in buckets %}
<tr{% if not bucket.count %} class="none"{% endif %}><th scope="row">
<span class="key" style="background:{{ bucket.colour }}"></span>{{ bucket.label }}</th>
<td class="number">{{ "{:,}".format(bucket.count) }}</td><td>{{ bucket.meaning }}</td></tr>
{%- endfor %}
</tbody>
</table>
</section>
{%- if summary.plan.violations %}

<section aria-labelledby="guards">
<h2 id="guards">Guards violated</h2>
<table>
<thead><tr><th scope="col">Guard</th><th scope="col">Limit</th><th scope="col">Found</th></tr></thead>
<tbody>
{%- for found in summary.plan.violations %}
<tr><th scope="row">{{ found.guard }}</th><td>{{ found.limit }}</td><td>{{ found.found }}</td></tr>
{%- endfor %}
</tbody>
</table>
<p>The plan's checksum is <code>{{ summary.plan.checksum }}</code>.</p>
</section>
{%- endif %}
{%- if call_states %}

<section aria-labelledby="calls">
<h2 id="calls">Calls</h2>
<table>
<thead><tr><th scope="col">State</th><th scope="col" class="number">Calls</th></tr></thead>
<tbody>
{%- for state, calls in call_states %}
<tr><th scope="row">{{ state }}</th><td class="number">{{ "{:,}".format(calls) }}</td></tr>
{%- endfor %}
</tbody>
</table>
</section>
{%- endif %}
{%- if problems.lines %}

<section aria-labelledby="problems">
<h2 id="problems">Problems</h2>
<ul>
{%- for group in problem_groups %}
<li>{{ "{:,}".format(group.count) }} × {{ group.label }}{% if group.column %}, column {{ group.column }}{% endif %}</li>
{%- endfor %}
</ul>
<div class="scroll"><table>
<caption>Row numbers are the spreadsheet's (its header is row 1); phone numbers show their last four digits.</caption>
<thead><tr><th scope="col" class="number">Row</th><th scope="col">Column</th><th scope="col">Outcome</th>
<th scope="col">Reason</th></tr></thead>
<tbody>
{%- for problem in problems.lines %}
<tr><th scope="row" class="number">{{ problem.row }}</th><td>{{ problem.column }}</td>
<td>{{ problem.status }}</td><td>{{ problem.reason }}</td></tr>
{%- endfor %}
</tbody>
</table></div>
{{- more(problems) }}
</section>
{%- endif %}
{%- if changes.lines %}

<section aria-labelledby="changes">
<h2 id="changes">{{ "Changes planned" if only_planned else "Changes" }}</h2>
<div class="scroll"><table>
<thead><tr><th scope="col" class="number">Row</th><th scope="col" class="number">Contact</th>
<th scope="col">Variable: before → after</th></tr></thead>
<tbody>
{%- for change in changes.lines %}
<tr><th scope="row" class="number">{{ change.row }}</th><td class="number">{{ change.contact_id }}</td>
<td>{{ change.text }}</td></tr>
{%- endfor %}
</tbody>
</table></div>
{{- more(changes) }}
</section>
{%- endif %}

<section aria-labelledby="requests">
<h2 id="requests">Requests</h2>
<table>
<thead><tr><th scope="col">Kind</th><th scope="col" class="number">Sent</th><th scope="col">Meaning</th></tr></thead>
<tbody>
{%- for request in requests %}
<tr><th scope="row">{{ request.label }}</th><td class="number">{{ "{:,}".format(request.count) }}</td>
<td>{{ request.meaning }}</td></tr>
{%- endfor %}
</tbody>
</table>
</section>
{%- if notes %}

<section aria-labelledby="notes">
<h2 id="notes">About the source</h2>
<ul>
{%- for note in notes %}
<li>{{ note }}</li>
{%- endfor %}
</ul>
</section>
{%- endif %}
</main>
</body>
</html>
"""
