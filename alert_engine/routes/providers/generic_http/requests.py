"""Requests described by data: method, address, headers, credentials and body."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from alert_engine.routes.providers.exchange import ProviderRequest, basic_authorization

from .nodes import Node
from .templates import Template, as_text, in_path, read_template
from .xml_body import XmlBody, read_xml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .templates import Value

_KEYS = ("method", "url", "query", "headers", "auth", "charset", "form", "json", "xml")
_HEADER_VALUES = frozenset({"uid", "nonce"})  # of a message, these are the only ones that headers may hold
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")  # RFC 9110 section 5.1
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.{}_-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~:!$&'()*+,;=%{}/-]*)?")
_HOST = re.compile(r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8}")


class Method(StrEnum):
    """Of HTTP."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"


class Charset(StrEnum):
    """Of query, form and XML; JSON is UTF-8 (RFC 8259 section 8.1)."""

    UTF_8 = "utf-8"
    LATIN_1 = "iso-8859-1"
    LATIN_9 = "iso-8859-15"
    WINDOWS = "windows-1252"


Pairs = tuple[tuple[str, Template], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestTemplate:
    """A request with holes for the values of an account and a message."""

    method: Method
    url: Template = field(repr=False)
    query: Pairs = field(default=(), repr=False)
    headers: Pairs = field(default=(), repr=False)
    form: Pairs | None = field(default=None, repr=False)
    json: Any = field(default=None, repr=False)  # a tree with templates as its texts
    xml: XmlBody | None = field(default=None, repr=False)
    charset: Charset = Charset.UTF_8
    basic: tuple[Template, Template] | None = field(default=None, repr=False)

    @property
    def names(self) -> frozenset[str]:
        """Of the values that it takes."""
        pairs = (*self.query, *self.headers, *(self.form or ()))
        templates = [self.url, *(template for _, template in pairs), *(self.basic or ()), *_leaves(self.json)]
        templates += [self.xml.template] if self.xml else []
        return frozenset[str]().union(*(template.names for template in templates))

    def address(self, values: Mapping[str, Value]) -> str:
        """The absolute URL without its query."""
        return self.url.fill(values, in_path)

    def fill(self, values: Mapping[str, Value]) -> ProviderRequest:
        """The request. Raises UnicodeEncodeError for a value that the character set lacks."""
        query = self._pairs(self.query, values)
        return ProviderRequest(
            method=self.method,
            url=self.address(values) + (f"?{query}" if query else ""),
            headers=self._headers(values),
            body=self._body(values),
        )

    def _pairs(self, pairs: Pairs, values: Mapping[str, Value]) -> str:
        filled = [(name, text.fill(values)) for name, text in pairs if not _is_left_out(text, values)]
        return urlencode(filled, quote_via=quote, safe="", encoding=self.charset, errors="strict")

    def _headers(self, values: Mapping[str, Value]) -> dict[str, str]:
        headers = {name: text.fill(values) for name, text in self.headers if not _is_left_out(text, values)}
        if self.basic:
            user, password = (part.fill(values) for part in self.basic)
            headers["Authorization"] = basic_authorization(user, password)
        kind = self._content_type()
        if kind and not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = kind
        return headers

    def _content_type(self) -> str:
        """Of the body, where the recipe names none; empty where there is no body."""
        if self.form is not None:
            return "application/x-www-form-urlencoded"
        if self.json is not None:
            return "application/json"
        return f"text/xml; charset={self.charset}" if self.xml is not None else ""

    def _body(self, values: Mapping[str, Value]) -> bytes:
        if self.form is not None:
            return self._pairs(self.form, values).encode("ascii")
        if self.json is not None:
            return json.dumps(_filled(self.json, values), ensure_ascii=False).encode()
        return self.xml.fill(values, self.charset) if self.xml is not None else b""


def read_request(node: Node, names: frozenset[str], account: frozenset[str]) -> RequestTemplate:
    """A request that takes some of these values; those of `account` never change. Raises ConfigError."""
    node.only(*_KEYS)
    bodies = [kind for kind in ("form", "json", "xml") if node.get(kind)]
    if len(bodies) > 1:
        raise node.refused("has more than one of form, json and xml")
    header_names = account | (names & _HEADER_VALUES)
    basic, auth_headers = _read_auth(node.get("auth"), account)
    method, charset = node.get("method"), node.get("charset")
    form, tree, xml = node.get("form"), node.get("json"), node.get("xml")
    if tree and isinstance(tree.value, str):
        raise tree.refused("must be a mapping or a list: write it without quotes around the whole")
    return RequestTemplate(
        method=method.word(Method) if method else (Method.POST if bodies else Method.GET),
        url=_read_url(node.need("url"), names, account),
        query=_read_pairs(node.get("query"), names),
        headers=_read_headers(node.get("headers"), header_names) + auth_headers,
        form=_read_pairs(form, names) if form else None,
        json=_read_tree(tree, names) if tree else None,
        xml=read_xml(xml, names) if xml else None,
        charset=charset.word(Charset) if charset else Charset.UTF_8,
        basic=basic,
    )


def check_host(template: RequestTemplate, values: Mapping[str, Value], node: Node) -> None:
    """The host that the account's values make up is one, and so is the port. Raises ConfigError."""
    dummies = dict.fromkeys(template.names, "x")
    address = urlsplit(template.address({**dummies, **values}))
    try:
        is_one = _HOST.fullmatch(address.hostname or "") and address.port != 0
    except ValueError:  # of the port
        is_one = False
    if not is_one:
        raise node.refused("the settings make no host name or port in it")


def _read_url(node: Node, names: frozenset[str], account: frozenset[str]) -> Template:
    text = node.text()
    if not _ADDRESS.fullmatch(text):
        raise node.refused("must be a URL without a query, as in https://host/path; write the query apart")
    host = text.split("/", 3)[2]
    read_template(Node(host, node.path), account)
    return read_template(node, names)


def _read_pairs(node: Node | None, names: frozenset[str]) -> Pairs:
    return tuple((name, read_template(each, names)) for name, each in node.entries()) if node else ()


def _read_headers(node: Node | None, names: frozenset[str]) -> Pairs:
    pairs = _read_pairs(node, names)
    for name, template in pairs:
        words = "".join(part for part in template.parts if isinstance(part, str))
        if node is not None and not (_HEADER_NAME.fullmatch(name) and words.isprintable()):
            raise node.refused("has a name or a value that no header can have")
    return pairs


def _read_auth(node: Node | None, account: frozenset[str]) -> tuple[tuple[Template, Template] | None, Pairs]:
    """Basic credentials, or a header."""
    if node is None:
        return None, ()
    node.only("basic", "bearer", "header")
    if basic := node.get("basic"):
        basic.only("user", "password")
        user, password = (read_template(basic.need(key), account) for key in ("user", "password"))
        return (user, password), ()
    if bearer := node.get("bearer"):
        return None, _read_headers(Node({"Authorization": f"Bearer {bearer.text()}"}, bearer.path), account)
    return None, _read_headers(node.need("header"), account)


def _read_tree(node: Node, names: frozenset[str]) -> Any:
    if isinstance(node.value, str):
        return read_template(node, names)
    if isinstance(node.value, list | tuple):
        return [_read_tree(item, names) for item in node.items()]
    if isinstance(node.value, bool | int | float) or node.value is None:
        return node.value
    for key, each in node.entries():
        if each.value is None and key in names and len(node.value) == 1:  # so YAML reads {number}
            raise node.refused('is no text: put it in quotes, as "{' + key + '}"')
    return {key: _read_tree(each, names) for key, each in node.entries()}


def _is_left_out(tree: Any, values: Mapping[str, Value]) -> bool:
    """What is nothing but a value that is empty, as a sender that is not set, is not sent at all."""
    return isinstance(tree, Template) and bool(name := tree.only_hole) and as_text(values[name]) == ""


def _filled(tree: Any, values: Mapping[str, Value]) -> Any:
    if isinstance(tree, Template):
        return values[tree.only_hole] if tree.only_hole else tree.fill(values)
    if isinstance(tree, list):
        return [_filled(each, values) for each in tree if not _is_left_out(each, values)]
    if isinstance(tree, dict):
        return {key: _filled(each, values) for key, each in tree.items() if not _is_left_out(each, values)}
    return tree


def _leaves(tree: Any) -> list[Template]:
    if isinstance(tree, Template):
        return [tree]
    children = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return [leaf for child in children for leaf in _leaves(child)]
