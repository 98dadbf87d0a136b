"""`/openapi.json` is valid, complete, and true of the running server."""

from __future__ import annotations

import re

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import positive_data_acceptance
from werkzeug.exceptions import HTTPException

EXAMPLES = {"party": "DE-DEM", "first": "1", "last": "2", "index": "0"}


@pytest.fixture
def document(reader):
    return reader.get("/openapi.json").json()


def test_it_is_valid(document):
    OpenAPIV31SpecValidator(document).validate()


def test_every_route_is_described(application, document):
    described = set()
    adapter = application.url_map.bind("localhost")
    for path in document["paths"]:
        example = re.sub(r"\{(\w+)\}", lambda name: EXAMPLES.get(name[1], "x"), path)
        try:
            described.add(adapter.match(example)[0])
        except HTTPException:
            pytest.fail(f"{path} leads nowhere")
    routes = {rule.endpoint for rule in application.url_map.iter_rules()}
    assert {route for route in routes - described if not route.startswith("admin.")} == {"assets.asset"}
    assert not any(route.startswith("admin.") for route in described)


def test_every_parameter_has_an_example_that_works(network, reader, document):
    def parameters(operation):
        for parameter in operation.get("parameters", []):
            name = parameter.get("$ref", "").rpartition("/")[2]
            yield document["components"]["parameters"][name] if name else parameter

    for path, item in document["paths"].items():
        if path.startswith(("/open/party", "/ocpi/")) or "locations/" in path or "{" in path:
            continue
        needed = "&before=0&after=0" if path == "/prices/compare" else ""
        for parameter in parameters(item["get"]):
            answer = reader.get(f"{path}?{parameter['name']}={parameter['example']}{needed}")
            assert answer.status_code in (200, 302, 307), (path, parameter["name"], answer.text)


def answers_with(document, part):
    """(where, media type, what it says of it) of every answer under a part of the document that programs read."""
    for name, value in part.items():
        if name == "content":
            for kind, said in value.items():
                if kind != "text/html" and said.get("schema", {}).get("format") != "binary":
                    yield kind, said
        elif isinstance(value, dict) and name not in ("schemas", "requestBody", "example"):
            yield from ((f"{name} {where}", said) for where, said in answers_with(document, value))


def test_every_answer_has_an_example_that_is_as_described(document):
    shown = {"paths": document["paths"], "responses": document["components"]["responses"]}
    validators = {}
    for where, said in answers_with(document, shown):
        assert "example" in said, where
        key = repr(said.get("schema", {}))
        if key not in validators:
            validators[key] = Draft202012Validator({**said.get("schema", {}), "components": document["components"]})
        assert [error.message for error in validators[key].iter_errors(said["example"])] == [], where
    assert len(validators) > 20


def test_the_address_is_the_public_one(network, document):
    assert document["servers"] == [{"url": network.settings.web.url}]


def call_at_random(reader, examples, wanted=""):
    """Each operation whose path begins as wanted: no answer is a defect, and each is as it is described."""
    schema = schemathesis.openapi.from_url(f"{reader.url}/openapi.json")
    called = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if re.match(wanted, operation.path):

            @given(case=operation.as_strategy())
            @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
            def call(case):
                # A number can be well written and name what there is no more (410), and 503 is what /readyz is for.
                excluded = [positive_data_acceptance]
                if case.operation.path == "/readyz":
                    excluded.append(not_a_server_error)
                case.call_and_validate(excluded_checks=excluded)

            call()
            called += 1
    return called


def test_answers_to_random_requests_are_as_described(reader):
    assert call_at_random(reader, 3, r"/(open/(ocpi/2\.2\.1|ocpi/versions|changes|[a-z.]+$)|[a-z]*$)") > 12


@pytest.mark.slow
def test_answers_to_many_random_requests_are_as_described(reader):
    assert call_at_random(reader, 40) > 60
