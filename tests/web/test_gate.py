import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from app.web.gate import ENDPOINT, KEEP, Gate
from app.web.limits import RateLimit
from app.web.metrics import Requests
from app.web.places import Places
from tests.processes import wait_for


class Feed:
    """What stands behind the gate: says which request it is answering, and how often it was asked."""

    def __init__(self):
        self.commits = 0
        self.asked = 0

    def stamp(self):
        return ("epoch", self.commits)

    def __call__(self, environ, start_response):
        self.asked += 1
        request = Request(environ)
        environ[ENDPOINT] = "page"
        environ[KEEP] = request.path.startswith("/kept")
        status = 404 if request.path == "/missing" else 200
        response = Response(f"{request.method} {request.full_path} {self.commits}", status=status)
        response.set_etag(str(self.commits))
        return response(environ, start_response)


@pytest.fixture
def feed():
    return Feed()


@pytest.fixture
def client(feed):
    return Client(Gate(feed, feed, Requests(), Places(4)))


def test_a_kept_answer_is_made_once_until_the_next_commit(client, feed):
    first = client.get("/kept?a=1")
    assert client.get("/kept?a=1").data == first.data
    assert feed.asked == 1
    feed.commits += 1
    assert client.get("/kept?a=1").text.endswith(" 1")
    assert feed.asked == 2


@pytest.mark.parametrize(
    "other", [{"path": "/kept?a=2"}, {"path": "/kept/b"}, {"headers": {"Accept-Encoding": "gzip"}}]
)
def test_other_paths_queries_and_codings_are_other_answers(client, feed, other):
    client.get("/kept?a=1")
    client.open(**({"path": "/kept?a=1"} | other))
    assert feed.asked == 2


def test_what_is_not_marked_is_asked_for_each_time(client, feed):
    client.get("/live")
    client.get("/live")
    assert feed.asked == 2


@pytest.mark.parametrize("path", ["/kept", "/live"])
def test_head_is_get_without_the_body(client, path):
    full = client.get(path)
    head = client.head(path)
    assert head.data == b""
    assert head.headers == full.headers


@pytest.mark.parametrize("path", ["/kept", "/live"])
@pytest.mark.parametrize("condition", ['"0"', 'W/"0"', '"x", W/"0"', "*"])
def test_a_client_that_has_it_gets_304(client, path, condition):
    answer = client.get(path, headers={"If-None-Match": condition})
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == '"0"'
    assert "Content-Length" not in answer.headers


@pytest.mark.parametrize("date", ["Thu, 99999999999999999999 Nov 2026 10:00:00 GMT", "x", ""])
def test_a_date_that_is_none_is_no_condition(client, date):
    assert client.get("/kept", headers={"If-Modified-Since": date}).status_code == 200


def test_an_error_is_never_304(client):
    assert client.get("/missing", headers={"If-None-Match": "*"}).status_code == 404


def test_message_ids_come_back_and_are_not_kept(client):
    answer = client.get("/kept", headers={"X-Request-ID": "r-1", "X-Correlation-ID": "c-1"})
    assert (answer.headers["X-Request-ID"], answer.headers["X-Correlation-ID"]) == ("r-1", "c-1")
    assert "X-Request-ID" not in client.get("/kept").headers
    assert "X-Request-ID" not in client.get("/kept", headers={"X-Request-ID": "a b"}).headers


def test_a_preflight_is_answered_for_everybody(client, feed):
    answer = client.options("/kept", headers={"Origin": "https://example.org", "Access-Control-Request-Method": "GET"})
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]
    assert feed.asked == 0


def test_the_rate_limit_is_per_address_and_says_when(feed):
    client = Client(Gate(feed, feed, Requests(), Places(4), RateLimit("2/minute", trusted_proxies=1)))

    def ask(address, path="/kept"):
        return client.get(path, headers={"X-Forwarded-For": f"198.51.100.9, {address}"})

    assert [ask("192.0.2.1").status_code for _ in range(3)] == [200, 200, 429]
    refused = ask("192.0.2.1")
    assert refused.json["status_code"] == 2000
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert ask("192.0.2.2").status_code == 200
    assert ask("192.0.2.1", "/healthz").status_code == 200


def test_requests_are_counted_by_endpoint_kept_or_not(feed):
    requests = Requests()
    client = Client(Gate(feed, feed, requests, Places(4)))
    for _ in range(3):
        client.get("/kept")
    client.get("/missing")
    text = requests.exposition("", list)[0].decode()
    assert 'chargefeed_http_requests_total{endpoint="page",method="GET",status="200"} 3.0' in text
    assert 'chargefeed_http_requests_total{endpoint="page",method="GET",status="404"} 1.0' in text
    assert 'chargefeed_http_request_seconds_count{endpoint="page"} 4.0' in text


class Slow(Feed):
    """Answers when it is let go."""

    def __init__(self):
        super().__init__()
        self.go = threading.Event()

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] != "/healthz":
            self.go.wait(10)
        return super().__call__(environ, start_response)


def test_more_than_can_wait_are_told_when_to_come_back_and_the_process_says_that_it_lives():
    slow = Slow()
    gate = Gate(slow, slow, Requests(), Places(1, patience_s=0.2))
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(Client(gate).get, f"/live?{number}") for number in range(8)]
        wait_for(lambda: sum(one.done() for one in asked) == 7)  # one works, four have waited, three were too many
        assert Client(gate).get("/healthz").status_code == 200
        slow.go.set()
        answers = sorted((one.result() for one in asked), key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [200] + [503] * 7
    assert answers[-1].json["status_code"] == 3000
    assert answers[-1].headers["Retry-After"] == "2"
    assert Client(gate).get("/live").status_code == 200


def test_who_waited_gets_what_was_made_meanwhile():
    slow = Slow()
    gate = Gate(slow, slow, Requests(), Places(1))
    with ThreadPoolExecutor(5) as pool:
        asked = [pool.submit(Client(gate).get, "/kept") for _ in range(5)]
        time.sleep(0.1)
        slow.go.set()
        assert {one.result().status_code for one in asked} == {200}
    assert slow.asked == 1
