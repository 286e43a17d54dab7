#!/usr/bin/env python3
"""Writes chat_template_cases.json: small templates and what Jinja2 itself makes of them.

The environment is the one in which model hubs render chat templates: an immutable sandbox with
trim_blocks and lstrip_blocks, break and continue, a tojson that escapes no HTML.
Needs Jinja2 (3.1.6 made the committed file): python3 chat_template_cases.py > chat_template_cases.json
"""
import datetime
import json

from jinja2.exceptions import TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

CONTEXT = {
    "messages": [
        {"role": "system", "content": " Be brief. "},
        {"role": "user", "content": "What is 2+2?\n"},
        {"role": "assistant", "content": "<think>\nadd\n</think>\n\nIt is 4.",
         "tool_calls": [{"type": "function", "function": {"name": "add", "arguments": {"a": 2, "b": 2.5}}}]},
        {"role": "user", "content": "Gr\u00fc\u00dfe, \u4e16\u754c \U0001f600!"},
    ],
    "tools": [{"type": "function", "function": {
        "name": "add", "description": "Adds \"two\" <numbers> & more",
        "parameters": {"type": "object", "required": ["a"], "properties": {
            "a": {"type": "integer", "items": 7}, "b": {"type": "number", "enum": [1, 1.5, None, True]}}}}}],
    "variables": {"n": 5, "f": 2.0, "none": None, "words": ["b", "a", "C", "a"], "nested": [[1, 2], [3, "x"]],
                  "deep": {"k": {"z": [10, 20]}, "b": 1, "a": 2}, "empty": [], "text": "  two words \t here\u3000",
                  "lines": "one\ntwo\n\nthree", "flag": False, "big": 1e16, "small": 0.00001},
}

CASES = {
    # White space.
    "trim_block_newline": "{% if true %}\nx\n{% endif %}\ny\n",
    "lstrip_block": "a\n   {% if true %}\n   b\n\t{% endif %}\nc",
    "lstrip_not_for_print": "a\n   {{ 1 }}\n   {{ 2 }}",
    "lstrip_only_blank": "a {% if true %}b {% endif %} c",
    "minus_both_sides": "a \n {%- if true -%} \n b \n {%- endif -%} \n c",
    "minus_print": "a \n {{- 1 -}} \n b",
    "plus_keeps": "a\n  {%+ if true +%}\n  b\n  {%+ endif +%}\nc",
    "comment": "a\n  {# note {{ x }} #}\nb {#- c -#} d",
    "after_minus_newline": "{% set x = 1 -%}\n  {% if x %}y{% endif %}",
    "raw": "a {% raw %}\n{{ x }} {% if %}{% endraw %}\n b",
    "raw_minus": "a {%- raw -%} \n {{ x }} {%- endraw -%} \n b",
    "last_newline_goes": "x\n\n",
    "carriage_return": "a\r\n{% if true %}\r\nb\rc{% endif %}",
    "data_before_first_tag": "   {% if true %}x{% endif %}",
    "print_then_block": "{{ 1 }}   {% if true %}x{% endif %}",
    # Loops.
    "loop_fields": "{% for m in messages %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}"
                   "{{ loop.first }}{{ loop.last }}{{ loop.length }}|{% endfor %}",
    "loop_neighbours": "{% for w in words %}[{{ loop.previtem }},{{ w }},{{ loop.nextitem }}]{% endfor %}",
    "loop_cycle": "{% for w in words %}{{ loop.cycle('x', 'y', 'z') }}{% endfor %}",
    "loop_else": "{% for x in empty %}{{ x }}{% else %}none{% endfor %}{% for x in [1] %}{{ x }}{% else %}no{% endfor %}",
    "loop_filter": "{% for m in messages if m.role == 'user' %}{{ loop.index }}/{{ loop.length }}:{{ m.content }}{% endfor %}",
    "loop_filter_none": "{% for m in messages if m.role == 'x' %}{{ m }}{% else %}nobody{% endfor %}",
    "loop_unpack": "{% for k, v in deep.items() %}{{ k }}={{ v }};{% endfor %}",
    "loop_unpack_list": "{% for a, b in nested %}{{ a }}-{{ b }} {% endfor %}",
    "loop_dict_keys": "{% for k in deep %}{{ k }}{% endfor %}",
    "loop_characters": "{% for c in 'a\u00fc\u754c' %}{{ c }}.{% endfor %}",
    "loop_break_continue": "{% for i in range(9) %}{% if i == 2 %}{% continue %}{% endif %}"
                           "{% if i > 4 %}{% break %}{% endif %}{{ i }}{% endfor %}",
    "loop_reversed_slice": "{% for m in messages[::-1] %}{{ m.role }} {% endfor %}",
    "loop_nested": "{% for a in nested %}{% for b in a %}{{ loop.index }}{{ b }}{% endfor %}{{ loop.index }};{% endfor %}",
    "loop_undefined": "{% for x in missing %}x{% else %}e{% endfor %}",
    "range_steps": "{{ range(3) | list }}{{ range(2, 5) | list }}{{ range(5, 0, -2) | list }}",
    # Scopes.
    "set_in_loop_is_local": "{% set x = 1 %}{% for i in [1, 2] %}{{ x }}{% set x = x + i %}{{ x }} {% endfor %}{{ x }}",
    "set_in_if_is_not": "{% if true %}{% set x = 3 %}{% endif %}{{ x }}",
    "namespace": "{% set ns = namespace(a=1, b='x') %}{% for i in [1, 2] %}{% set ns.a = ns.a + i %}{% endfor %}{{ ns.a }}{{ ns.b }}",
    "namespace_from_dict": "{% set ns = namespace({'q': 1}, r=2) %}{{ ns.q }}{{ ns.r }}{{ ns['q'] }}",
    "set_unpack": "{% set a, b = [1, 2] %}{{ b }}{{ a }}{% set t = 1, 2 %}{{ t }}",
    "set_block": "{% set x %}\n a{{ 1 }} \n{% endset %}[{{ x }}]",
    "set_block_filter": "{% set x | trim | upper %}  abc {% endset %}[{{ x }}]",
    "set_block_scope": "{% set x %}{% set y = 1 %}{{ y }}{% endset %}{{ x }}{{ y is defined }}",
    "with": "{% set a = 1 %}{% with a = 2, b = a %}{{ a }}{{ b }}{% endwith %}{{ a }}",
    "filter_block": "{% filter upper | replace('B', '-') %}abc{{ 'b' }}{% endfilter %}",
    # Macros.
    "macro_defaults": "{% macro m(a, b='B', c=a) %}({{ a }},{{ b }},{{ c }}){% endmacro %}{{ m(1) }}{{ m(1, c=3) }}{{ m(b=2, a=0) }}{{ m() }}",
    "macro_closure": "{% set y = 1 %}{% macro m() %}{{ y }}{% endmacro %}{{ m() }}{% set y = 2 %}{{ m() }}",
    "macro_recursive": "{% macro f(n) %}{{ n }}{% if n > 0 %},{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}",
    "macro_trimmed": "{%- macro m(x) -%}\n  <{{ x }}>\n{%- endmacro -%}\n\n{{ m(1) ~ m(2) }}",
    "macro_result": "{% macro m() %} x {% endmacro %}{{ m() | trim | length }}",
    "macro_in_loop": "{% for i in [1, 2] %}{% macro m() %}{{ i }}{% endmacro %}{{ m() }}{% endfor %}",
    "call_block": "{% macro m(x) %}<{{ x }}>{{ caller() }}</{{ x }}>{% endmacro %}{% call m('b') %}in {{ n }}{% endcall %}",
    "call_spread": "{% macro m(a, b) %}{{ a }}+{{ b }}{% endmacro %}{{ m(*[1, 2]) }}",
    # Expressions.
    "arithmetic": "{{ 7 + 3 * 2 }} {{ 7 / 2 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 2 ** 10 }} {{ 7.5 // 2 }} {{ -7.5 % 2 }} {{ 2 ** -1 }}",
    "precedence": "{{ (1 + 2) ~ 3 * 4 }} {{ 'a' + 2 ~ 3 }} {{ -2 ** 2 }} {{ not 1 == 2 }} {{ 1 < 2 and 3 < 2 or 5 }}",
    "compare_chain": "{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 1 == 1.0 == true }} {{ 'a' < 'b' }} {{ 2 >= 2 }}",
    "and_or_values": "{{ 0 or 'x' }} {{ '' and 'x' }} {{ 'a' and 'b' }} {{ none or [] }}",
    "inline_if": "{{ 'a' if n > 3 else 'b' }}{{ 'x' if false }}{{ 1 if false else 2 if false else 3 }}",
    "in": "{{ 'a' in words }}{{ 'z' not in words }}{{ 'wor' in text }}{{ 'k' in deep }}{{ 1 in (1, 2) }}{{ not 3 in [1] }}",
    "tests": "{{ n is number }}{{ n is integer }}{{ f is float }}{{ n is odd }}{{ n is divisibleby 5 }}{{ words is iterable }}"
             "{{ deep is mapping }}{{ words is sequence }}{{ text is string }}{{ none is none }}{{ flag is false }}{{ flag is boolean }}"
             "{{ missing is defined }}{{ missing is undefined }}{{ n is not none }}{{ n is eq 5 }}{{ n is gt(4) }}{{ n is in [5] }}{{ true is integer }}{{ true is number }}",
    "tests_of_text": "{{ text is mapping }}{{ text is iterable }}{{ 'AB' is upper }}{{ 'aB' is lower }}{{ words is string }}{{ n is sameas 5 }}",
    "tuple": "{{ (1, 'a') }}{{ (1,) }}{{ () }}{{ (1) }}",
    "literals": "{{ [1, 2.50, 'x', true, none, ] }} {{ {'a': 1, 2: 'b', } }} {{ 1_000 }} {{ 1e3 }} {{ 1.5e-7 }}",
    "strings": r"""{{ 'a\'b' }}{{ "a\"b\n\t\\" }}{{ '""" "\u00e9" r"""\u00e9\x41\101' }}{{ 'con' "cat" }}{{ '\q' }}""",
    "string_operators": "{{ 'ab' + 'c' }}{{ 'ab' * 3 }}{{ 'a' ~ 1 ~ none ~ true ~ 2.0 ~ missing }}",
    "list_operators": "{{ [1] + [2] }}{{ [1, 2] * 2 }}{{ [1, [2]] == [1, [2]] }}{{ {'a': 1} == {'a': 1.0} }}",
    "slices": "{{ words[1:] }}{{ words[:-1] }}{{ words[-2:] }}{{ words[::2] }}{{ words[3:0:-1] }}{{ words[5:] }}{{ text[2:5] }}{{ 'a\u00fc\u754c!'[1:3] }}{{ 'abc'[::-1] }}",
    "subscripts": "{{ words[0] }}{{ words[-1] }}{{ words[9] }}{{ deep['k']['z'][1] }}{{ deep.k.z.0 }}{{ 'a\u00fc'[1] }}{{ deep['none'] }}{{ nested[1][1] }}",
    "attribute_or_item": "{{ tools[0].function.parameters.properties.a['items'] }}{{ deep.missing is defined }}{{ none.x is defined }}{{ deep.items is defined }}",
    "floats": "{{ big }} {{ small }} {{ f }} {{ 0.1 + 0.2 }} {{ 1e15 }} {{ 123456789.125 }} {{ 1 / 3 }} {{ 1e300 * 1e10 }}",
    "repr": "{{ ['it\\'s', 'a\"b', 'both\\'\"', 'n\\n\\t\\\\', '\u00fc'] }} {{ deep }} {{ messages[2].tool_calls }}",
    "undefined": "[{{ missing }}]{{ missing | default('d') }}{{ missing or 'o' }}{{ 'x' if missing else 'y' }}{{ missing | length }}{{ missing == missing2 }}{{ missing | list }}",
    "none": "{{ none }}{{ none | default('d') }}{{ none | default('d', true) }}{{ none is defined }}{{ none == none }}",
    # Filters.
    "filter_text": "[{{ text | trim }}]{{ 'abC dEf' | upper }}{{ 'aBc' | lower }}{{ 'abc dEF' | title }}{{ 'abc DEF' | capitalize }}{{ 'aXbX' | replace('X', '-') }}{{ 'aXbX' | replace('X', '-', 1) }}",
    "filter_lists": "{{ words | first }}{{ words | last }}{{ words | length }}{{ words | join(', ') }}{{ words | join }}{{ words | list }}{{ 'abc' | list }}{{ words | reverse | list }}{{ 'abc' | reverse }}",
    "filter_sort": "{{ words | sort }}{{ words | sort(reverse=true) }}{{ words | sort(case_sensitive=true) }}{{ words | unique | list }}{{ deep | dictsort | map(attribute=0) | list }}",
    "filter_sort_attribute": "{{ messages | sort(attribute='role') | map(attribute='role') | join(' ') }}",
    "filter_select": "{{ messages | selectattr('role', 'equalto', 'user') | list | length }}{{ messages | rejectattr('role', 'in', ['user', 'system']) | map(attribute='role') | list }}"
                     "{{ messages | selectattr('tool_calls', 'defined') | list | length }}{{ [0, 1, 2, 3] | select('odd') | list }}{{ [0, 1, ''] | reject | list }}{{ [1, 5, 9] | select('gt', 3) | list }}",
    "filter_map": "{{ words | map('upper') | join }}{{ messages | map(attribute='missing', default='-') | join }}{{ nested | map('first') | list }}{{ [' a '] | map('trim') | list }}",
    "filter_numbers": "{{ '12' | int }}{{ 'x' | int }}{{ 'x' | int(7) }}{{ 3.9 | int }}{{ '1.5' | float }}{{ -3 | abs }}{{ 2.5 | round }}{{ 3.14159 | round(2) }}{{ 2.1 | round(0, 'ceil') }}{{ [1, 2, 3] | sum }}{{ [3, 1, 2] | min }}{{ [3, 1, 2] | max }}",
    "filter_string": "{{ 5 | string ~ 'x' }}{{ [1] | string | length }}{{ 'a' | safe }}{{ true | string }}",
    "filter_items": "{% for k, v in deep | items %}{{ k }}{% endfor %}{{ deep | length }}{{ deep | list }}",
    "filter_indent": "{{ lines | indent(2) }}|{{ lines | indent(2, true) }}|{{ lines | indent(2, false, true) }}|{{ lines | indent('> ') }}",
    "filter_precedence": "{{ 'a' ~ ' b ' | trim ~ 'c' }}{{ -1 | abs }}{{ (1 + 2) | string + 'x' }}",
    "tojson": "{{ tools | tojson }}\n{{ deep | tojson(indent=2) }}\n{{ 'a/<>&\\'\"\\n\\u0001\u00fc' | tojson }}{{ [1.0, none, true, big] | tojson }}{{ empty | tojson(indent=4) }}",
    "tojson_options": "{{ deep | tojson(sort_keys=true) }}{{ '\u00fc\U0001f600' | tojson(ensure_ascii=true) }}{{ deep | tojson(separators=(',', ':')) }}",
    # Methods.
    "method_strip": "[{{ text.strip() }}][{{ text.lstrip() }}][{{ text.rstrip() }}][{{ 'xxaxx'.strip('x') }}][{{ 'abcba'.rstrip('ab') }}][{{ '\\n\\na'.lstrip('\\n') }}]",
    "method_split": "{{ 'a,b,,c'.split(',') }}{{ text.split() }}{{ 'a,b,c'.split(',', 1) }}{{ 'a,b,c'.rsplit(',', 1) }}{{ ' a  b c '.split(none, 1) }}{{ ''.split() }}{{ ''.split(',') }}{{ lines.splitlines() }}",
    "method_think": "{{ messages[2].content.split('</think>')[-1].lstrip('\\n') }}|{{ messages[2]['content'].split('<think>')[1].split('</think>')[0].strip('\\n') }}",
    "method_tests": "{{ 'abc'.startswith('ab') }}{{ 'abc'.endswith(('x', 'bc')) }}{{ '12'.isdigit() }}{{ 'ab'.isalpha() }}{{ ' '.isspace() }}{{ 'aB'.islower() }}",
    "method_case": "{{ 'aBc dE'.upper() }}{{ 'aBc'.lower() }}{{ 'ab cd'.title() }}{{ 'aBC'.capitalize() }}",
    "method_find": "{{ '\u00fcab'.find('b') }}{{ 'abab'.rfind('ab') }}{{ 'abc'.find('x') }}{{ 'aaa'.count('a') }}{{ 'abc'.index('c') }}{{ 'a-b'.replace('-', '+') }}{{ ', '.join(['x', 'y']) }}",
    "method_affix": "{{ 'prefix-x'.removeprefix('prefix-') }}{{ 'x.txt'.removesuffix('.txt') }}{{ 'x'.removeprefix('y') }}",
    "method_dict": "{{ deep.get('b') }}{{ deep.get('zz') }}{{ deep.get('zz', 'd') }}{{ deep.keys() | list }}{{ deep.values() | list | length }}{{ dict(a=1)['a'] }}{{ dict(deep, b=9).b }}",
    # The rest.
    "strftime": "{{ strftime_now('%d %b %Y') }}|{{ strftime_now('%Y-%m-%d') }}|{{ strftime_now('%A, %B') }}",
    "elif": "{% for i in [0, 1, 2] %}{% if i == 0 %}a{% elif i == 1 %}b{% else %}c{% endif %}{% endfor %}",
    "nested_braces": "{{ {'a': {'b': 1}}['a']['b'] }}{{ {'x': {}} }}",
    "else_in_text": "{{ 'else' }}{% if n %}{{ '%}' }}{% endif %}",
    "harmony_like": "{%- macro turn(role, text, channel=none) -%}\n{{- '<|start|>' + role -}}\n{%- if channel is not none -%}{{- '<|channel|>' + channel -}}{%- endif -%}\n{{- '<|message|>' + text + '<|end|>' -}}\n{%- endmacro -%}\n"
                    "{%- for m in messages -%}\n{%- if m.role == 'assistant' -%}\n{{- turn('assistant', m.content.split('</think>')[-1] | trim, channel='final') -}}\n{%- else -%}\n{{- turn(m.role, m.content) -}}\n{%- endif -%}\n{%- endfor -%}\n{%- if add_generation_prompt -%}\n<|start|>assistant\n{%- endif -%}",
}

# Rendering fails in both; the message is ours.
FAILURES = [
    "{{ missing.x }}", "{{ missing() }}", "{{ missing + 1 }}", "{{ 'a' + 1 }}", "{{ 1 < 'a' }}", "{{ 1 // 0 }}", "{{ none + 'x' }}",
    "{{ none | length }}", "{% for x in none %}{% endfor %}", "{% for a, b in [[1]] %}{% endfor %}", "{{ raise_exception('no') }}",
    "{{ words.append(1) }}", "{{ [1, 'a'] | sort }}", "{{ missing | tojson }}", "{{ 5 in 'a' }}", "{{ m(1, 2) }}",
    "{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}", "{% macro m(a) %}{% endmacro %}{{ m(b=2) }}", "{% set words.x = 1 %}",
    "{{ 1 + 2 ~ 3 }}", "{% if %}{% endif %}", "{% if true %}", "{% for x in words %}", "{{ 1", "{{ 'a }}", "{# x", "{% endif %}", "{% foo %}", "{{ x | foo }}",
    "{{ x is foo }}", "{{ (1, }}", "{{ [1, 2 }}", "{{ ) }}", "{{ a b }}", "{% break %}", "{{ 1 $ 2 }}", "{% raw %}x",
]


def raise_exception(message):
    raise TemplateError(message)


def environment():
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    env.filters["tojson"] = lambda x, ensure_ascii=False, indent=None, separators=None, sort_keys=False: json.dumps(
        x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = datetime.datetime(2025, 7, 4).strftime
    return env


def render(template):
    return environment().from_string(template).render(
        messages=CONTEXT["messages"], tools=CONTEXT["tools"], add_generation_prompt=True, **CONTEXT["variables"])


def main():
    for template in FAILURES:
        try:
            text = render(template)
        except Exception:  # every kind counts: syntax, undefined, type
            continue
        raise SystemExit(f"did not fail: {template}: {text!r}")
    cases = [{"name": name, "template": text, "expected": render(text)} for name, text in CASES.items()]
    print(json.dumps({**CONTEXT, "cases": cases, "failures": FAILURES}, indent=1))


main()
