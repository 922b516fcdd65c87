#!/usr/bin/env python3
"""Asks a running tapedeck everything that docs/openapi.json describes, and much that it does not: every path with every
method, parameters and members at and beyond their limits, bodies that are none. Each answer must have a status that is
documented for its call, and a body that fits the schema of that status.

usage: check_openapi.py TAPEDECK SOURCE-DIRECTORY
"""
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
NUMBERS = ["0", "-1", "1", "0.00000001", "0.000000001", "1e3", "1e999", "9223372036854775808", "1" * 40, '"1.50"',
           '"NaN"', '"0x10"', '""', '" 1"', "true", "[]", "{}", '"1' + "0" * 30 + '"']
WORDS = ["0", "1.5", "true", "[]", "{}", '""', '"' + "x" * 400 + '"', '"\\u0000"', '"\\u202e"', '"a b"',
         '"../../etc/passwd"', '"\\ud800"', '"\\u001b[2J"', '"%00"', '"é"', '"*"', '"a/b"', '"a/b/c"']
BODIES = [b"", b" ", b"null", b"[]", b"7", b'"text"', b"{", b"{}", b"{}{}", b'{"a":1,}', b"\xef\xbb\xbf{}",
          b'{"a":"\xff"}', b'{"a":\x00}', b"{'a':1}", b"<xml/>", b'{"a":' * 9 + b"1" + b"}" * 9, b'{"a":' * 500 + b"}" * 500,
          b'{"a":NaN}', b'{"side":"buy","side":"sell"}', b"{" + b" " * (16 * 1024 - 2) + b"}",
          b"{" + b" " * (16 * 1024 - 1) + b"}"]


class Mismatch(Exception):
    pass


def check(value, schema, root, where="$"):
    """Raises Mismatch when a value does not fit: the part of JSON Schema that the description uses."""
    if "$ref" in schema:
        return check(value, lookup(schema, root), root, where)
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    kind = names.get(type(value), "integer" if isinstance(value, int) else "number")
    wanted = schema.get("type", kind)
    wanted = wanted if isinstance(wanted, list) else [wanted]
    if kind not in wanted and not (kind == "integer" and "number" in wanted):
        raise Mismatch(f"{where} is {kind}, not {wanted}")
    if "enum" in schema and value not in schema["enum"]:
        raise Mismatch(f"{where} is {value!r}, none of {schema['enum']}")
    if kind == "string":
        if "pattern" in schema and not re.search(schema["pattern"], value):
            raise Mismatch(f"{where} is {value!r}, not {schema['pattern']}")
    if kind in ("integer", "number"):
        if value < schema.get("minimum", value) or value > schema.get("maximum", value):
            raise Mismatch(f"{where} is {value}")
    if kind == "array":
        for i, item in enumerate(value):
            check(item, schema.get("items", {}), root, f"{where}[{i}]")
    if kind == "object":
        properties = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value:
                raise Mismatch(f"{where}.{name} is missing")
        for name, item in value.items():
            if name in properties:
                check(item, properties[name], root, f"{where}.{name}")
            elif schema.get("additionalProperties", True) is False:
                raise Mismatch(f"{where}.{name} is not described")


def lookup(node, root):
    while "$ref" in node:
        path, node = node["$ref"][2:].split("/"), root
        for part in path:
            node = node[part]
    return node


class Deck:
    """A tapedeck of its own, and what came of the questions to it."""

    def __init__(self, program):
        self.directory = tempfile.mkdtemp(prefix="tapedeck-openapi-")
        self.state = os.path.join(self.directory, "state")
        self.errors = open(os.path.join(self.directory, "errors"), "w+b")
        self.process = subprocess.Popen([program, "--no-ui", "--state-dir", self.state, "--feed", "sim:seed=1"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.errors,
                                        env=dict(os.environ, HOME=self.directory, XDG_CONFIG_HOME=self.directory))
        deadline = time.monotonic() + 30
        path = os.path.join(self.state, "http.url")
        while not os.path.exists(path):
            if self.process.poll() is not None or time.monotonic() > deadline:
                sys.exit("tapedeck does not come up")
            time.sleep(0.02)
        self.address = urllib.parse.urlsplit(open(path).read().strip()).netloc
        self.token = open(os.path.join(self.state, "http.token")).read().strip()
        self.connection = None

    def ask(self, method, path, body=None, headers=None):
        """Status, headers and body of the answer; the status is 0 when the connection was closed instead."""
        sent = {"Authorization": "Bearer " + self.token}
        if body is not None:
            sent["Content-Type"] = "application/json"
        for name, value in (headers or {}).items():
            sent.pop(name, None)
            if value is not None:
                sent[name] = value
        for attempt in range(2):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection(self.address, timeout=10)
                self.connection.request(method, path, body, sent)
                answer = self.connection.getresponse()
                streams = answer.headers.get_content_type() == "text/event-stream" and method != "HEAD"
                if streams and answer.status == 200:
                    content = answer.read1(64)
                    self.connection.close()
                    self.connection = None
                else:
                    content = answer.read()
                return answer.status, answer.headers, content
            except (http.client.HTTPException, ConnectionError):
                self.connection.close()
                self.connection = None
        return 0, None, b""

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(30)
        self.errors.seek(0)
        errors = self.errors.read().decode(errors="replace")
        shutil.rmtree(self.directory)
        return status, errors


class Run:
    def __init__(self, deck, description):
        self.deck, self.description = deck, description
        self.asked, self.failures, self.seen = 0, [], {}

    def fail(self, what, status, content, why):
        self.failures.append(f"{what}: {status}: {why}: {content[:300]!r}")

    def check_answer(self, what, responses, method, answer):
        status, headers, content = answer
        self.asked += 1
        if str(status) not in responses:
            return self.fail(what, status, content, "this status is not documented")
        response = lookup(responses[str(status)], self.description)
        if method == "HEAD":
            return None if content == b"" else self.fail(what, status, content, "HEAD has a body")
        for wanted, media in response.get("content", {}).items():
            if headers["Content-Type"] != wanted:
                return self.fail(what, status, content, f"it is {headers['Content-Type']}, not {wanted}")
            try:
                if "json" in wanted:
                    value = json.loads(content)
                    check(value, media["schema"], self.description)
                    if status >= 400 and value["status"] != status:
                        raise Mismatch("the problem has another status")
            except (ValueError, Mismatch) as problem:
                return self.fail(what, status, content, problem)
        for name in response.get("headers", {}):
            if name not in headers:
                return self.fail(what, status, content, f"{name} is missing")
        return status

    def ask(self, template, method, path, body=None, headers=None):
        item = self.description["paths"][template]
        operation = item["get" if method == "HEAD" else method.lower()]
        what = f"{method} {path} {(body or b'')[:120]!r} {headers or ''}"
        answer = self.deck.ask(method, path, body, headers)
        status = self.check_answer(what, operation["responses"], method, answer)
        if status is not None and method != "HEAD":
            self.seen.setdefault((template, method), set()).add(str(status))
        return answer

    def ask_undocumented(self, method, path):
        status, headers, content = self.deck.ask(method, path, b"{}" if method in ("POST", "PUT", "PATCH") else None)
        self.asked += 1
        if status != 405 or "Allow" not in headers or method in headers["Allow"].split(", "):
            self.fail(f"{method} {path}", status, content, "405 with Allow was to be expected")


def values_of(schema):
    """JSON texts for a member: good, at its limits, and beyond."""
    texts = ["null"] + (NUMBERS if "number" in schema["type"] else WORDS)
    texts += [json.dumps(word) for word in schema.get("enum", []) if word is not None]
    texts += ['"' + "n" * 64 + '"', '"' + "n" * 65 + '"']
    if "maxLength" in schema:
        texts += ['"' + "m" * (schema["maxLength"] + more) + '"' for more in (0, 1)]
    if schema.get("format") == "date-time":
        texts += ['"2031-01-01T00:00:00Z"', '"9999-12-31T23:59:59Z"', '"2031-02-30T00:00:00Z"', '"tomorrow"']
    return texts


def bodies_of(schema, good):
    """Bodies made of a good one: each member left out, doubled, and with each of its values."""
    yield json.dumps(good).encode()
    for name, member in schema["properties"].items():
        without = {key: value for key, value in good.items() if key != name}
        begin = json.dumps(without)[:-1]
        yield json.dumps(without).encode()
        yield json.dumps(dict(good, **{name: good.get(name, 1)}))[:-1].encode() + b',"%s":1}' % name.encode()
        for text in values_of(member):
            comma = ", " if without else ""
            yield f'{begin}{comma}"{name}": {text}}}'.encode()
    yield json.dumps(dict(good, unknown={"a": [1, 2]})).encode()
    yield from BODIES


GOOD = {
    "OrderRequest": {"symbol": "AAPL", "exchange": "NYSE", "side": "buy", "type": "limit", "quantity": 1,
                     "limit_price": 1},
    "ReplaceRequest": {"quantity": 2},
    "StateRequest": {"scope": "OTHER/AAPL", "reason": "a test"},
    "AckRequest": {"action": "ack"},
}
FORBIDDEN = [
    ({"Authorization": None}, 401), ({"Authorization": "Bearer wrong"}, 401), ({"Authorization": "Basic x"}, 401),
    ({"Host": "evil.example"}, 421), ({"Origin": "https://evil.example"}, 403), ({"X-Padding": "x" * 9000}, 431),
]


def paths_of(template, ids):
    """A path for each id: one that is there, others that are not, and what is none."""
    name = re.search(r"{(\w+)}", template)
    if name is None:
        return [template]
    return [template.replace(name[0], urllib.parse.quote(text, safe="")) for text in ids[name[1]]]


def queries_of(operation):
    queries = [""]
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query":
            words = parameter["schema"].get("enum", []) + ["", "x" * 300, "\u202e", "a&b", "SIM-1"]
            queries += ["?" + urllib.parse.urlencode({parameter["name"]: word}) for word in words]
    return queries


def ask_operation(run, template, method, operation, ids):
    body = None
    schema = None
    if "requestBody" in operation:
        name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
        schema, body = run.description["components"]["schemas"][name], json.dumps(GOOD[name]).encode()
    for path in paths_of(template, ids):
        for query in queries_of(operation):
            run.ask(template, method, path + query, body)
    path = paths_of(template, ids)[0]
    for headers, wanted in FORBIDDEN:
        if operation.get("security") == [] and wanted == 401:
            continue
        status, _, content = run.ask(template, method, path, body, headers)
        if status != wanted:
            run.fail(f"{method} {path} {headers}", status, content, f"{wanted} was to be expected")
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "header":
            for text in ["o0.p0.r0", "o9999999999999999999.p1.r1", "7", "o1.p1.r" + "1" * 30, "x" * 300]:
                run.ask(template, method, path, body, {parameter["name"]: text})
    if schema is not None:
        for text in ("text/plain", "", "application/xml"):
            run.ask(template, method, path, body, {"Content-Type": text})
        for made in bodies_of(schema, GOOD[name]):
            run.ask(template, method, path, made)
    if method == "GET":
        run.ask(template, "HEAD", path)


def check_leaks(run):
    """Nothing that was refused left anything behind, and no answer told a secret."""
    status, _, content = run.deck.ask("GET", "/v1/orders")
    for order in json.loads(content)["orders"]:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", order["order_id"]):
            run.fail("GET /v1/orders", status, content, "an order has an impossible id")
    if run.deck.token in "".join(run.failures):
        run.failures.append("an answer has the token in it")


def main():
    program, source = sys.argv[1:]
    description = json.load(open(os.path.join(source, "docs", "openapi.json")))
    deck = Deck(program)
    run = Run(deck, description)
    try:
        ask_everything(run)
    finally:
        status, errors = deck.stop()
    if status != 0 or "runtime error" in errors or "AddressSanitizer" in errors:
        run.failures.append(f"tapedeck ended with {status}: {errors[-2000:]}")
    print(f"{run.asked} requests, {len(run.failures)} failures")
    for failure in run.failures[:20]:
        print(failure)
    return 1 if run.failures else 0


def ask_everything(run):
    deck, description = run.deck, run.description
    status, _, content = deck.ask("GET", "/v1/openapi.json")
    if status != 200 or json.loads(content) != description:
        run.fail("GET /v1/openapi.json", status, content, "it is not docs/openapi.json")
    bids = []
    while not bids:  # the test has a time-out
        quotes = json.loads(deck.ask("GET", "/v1/quotes")[2])["quotes"]
        bids = [quote["bid"] for quote in quotes if quote["symbol"] == "AAPL"]
    GOOD["OrderRequest"]["limit_price"] = f"{bids[0] * 0.985:.2f}"  # within the collar, and it rests
    body = dict(GOOD["OrderRequest"], client_order_id="known")
    for text in (body, dict(body, quantity=7)):
        run.ask("/v1/orders", "POST", "/v1/orders", json.dumps(text).encode())
    ids = {"order_id": ["known", "nobody", "n" * 64, "n" * 65, "a.b", "a\x00b", "\u202e", "..", "a/b"],
           "alert_id": ["stale_quote:NYSE.AAPL:17", "n" * 127, "n" * 128, "a/b", "\u202e", "a\x00b"]}
    # What cancels all orders comes late, and what halts trading last.
    for template in sorted(description["paths"], key=lambda path: ("/risk/" in path, path == "/v1/orders", path)):
        item = description["paths"][template]
        for method in METHODS:
            known = "get" if method == "HEAD" else method.lower()
            if known in item and method != "HEAD":
                ask_operation(run, template, method, item[known], ids)
            elif known not in item:
                run.ask_undocumented(method, paths_of(template, ids)[0])
    for path in ("/", "/v1", "/v1/orders/", "/v2/orders", "/v1/risk/", "//v1/orders", "/v1/orders/known/events/x",
                 "/%2e%2e"):
        status, headers, content = deck.ask("GET", path)
        if status != 404 or headers["Content-Type"] != "application/problem+json":
            run.fail("GET " + path, status, content, "404 was to be expected")
    check_leaks(run)
    for (template, method), statuses in run.seen.items():
        responses = description["paths"][template][method.lower()]["responses"]
        good = [status for status in responses if status < "400"]
        if not statuses & set(good) and "alert_id" not in template:
            run.failures.append(f"{method} {template} never succeeded: {sorted(statuses)}")


if __name__ == "__main__":
    sys.exit(main())
