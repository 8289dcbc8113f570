# SPDX-License-Identifier: LGPL-2.1-or-later
"""cil: as much of the policy modules' language as it takes to know their rules, and to leave them out."""
import re

RULES = ("allow", "dontaudit")
_TOKEN = re.compile(r';[^\n]*|"[^"]*"|[()]|[^\s()";]+')


def parse(text):
    """-> lists of words and lists"""
    stack = [[]]
    for token in _TOKEN.findall(text):
        if token == "(":
            stack.append([])
        elif token == ")":
            inner = stack.pop()
            stack[-1].append(inner)
        elif token[0] != ";":
            stack[-1].append(token)
    return stack[0]


def write(form):
    return "(%s)" % " ".join(map(write, form)) if isinstance(form, list) else form


def rules(form):
    """-> (domain, class, permission, type or attribute) for each permission that is allowed, or denied in
    silence"""
    if form and form[0] in RULES:
        _, domain, kind, (tclass, permissions) = form
        return {(domain, tclass, p, domain if kind == "self" else kind) for p in permissions}
    return set().union(*(rules(inner) for inner in form if isinstance(inner, list)))


def without_rules(text):
    """The module with its types, transitions, booleans and labels, but with nothing that is allowed."""
    return "\n".join(write(form) for form in parse(text)
                     if form[0] not in RULES and not rules(form)) + "\n"
