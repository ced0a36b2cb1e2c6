"""The service as its operator meets it: what is slow, gone, stuck, too much or ending costs nobody else an answer."""

import contextlib
import http.client
import json
import logging
import math
import socket
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest

from talentlab.deployment import dynamic_batching, server, service
from talentlab.errors import DeploymentError


class ByLength:
    """Answers by the text's length; `nan` has none. The text `hold` waits until it is let go."""

    class_names = ("short", "long")

    def __init__(self, factor=0.1):
        self.seen, self.factor, self.go_on = [], factor, threading.Event()

    def predict(self, texts):
        self.seen.append(list(texts))
        if "hold" in texts:
            assert self.go_on.wait(300)
        return np.array([[0.0, math.nan if text == "nan" else self.factor * len(text)] for text in texts])


class InTokens(ByLength):
    """A token per word, three of a text at most."""

    def encode(self, texts):
        return [(text.split()[:3], len(text.split()) > 3) for text in texts]

    def predict_ids(self, ids):
        return self.predict([" ".join(words) for words in ids])


def ask(address, path="/predict", body=None, headers=None, method=None):
    """Status, headers and decoded answer."""
    data = None if body is None else json.dumps(body).encode()
    given = {"Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(address + path, data, given, method=method)
    try:
        with urllib.request.urlopen(request, timeout=300) as response:
            status, found, text = response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        status, found, text = error.code, error.headers, error.read()
    return status, found, json.loads(text) if found["Content-Type"] == "application/json" and text else text


def connect(address):
    host, port = address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=300)


def head(length, *lines):
    lines = ("POST /predict HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", *lines)
    return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode()


def until(true):
    end = time.monotonic() + 120
    while not true():
        assert time.monotonic() < end, "it never came to it"
        time.sleep(0.01)


def share(text, factor=0.1):
    return pytest.approx(1 / (1 + math.exp(-factor * len(text))))


@pytest.fixture(scope="module")
def address():
    app = service.build_app(ByLength(), token="secret", allowed_hosts=["127.0.0.1", "*.example.org"])
    with service.running(app) as address:
        yield address


def test_a_batch_is_limited_by_its_tokens_and_a_cut_text_is_told():
    model = InTokens()
    app = service.build_app(model, max_batch_tokens=5, max_queue=10_000)
    texts = ["a", "b b", "c c c c", "d", "e e e", "f f", "g", "h h h h h"]
    with service.running(app) as address, ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask, address, "/predict_batch", {"texts": texts}) for _ in range(8)]
        answers = [one.result()[2] for one in asked]
        metrics = ask(address, "/metrics")[2].decode()
    for answer in answers:
        assert [one.get("truncated", False) for one in answer] == [len(text.split()) > 3 for text in texts]
        expected = [share(" ".join(text.split()[:3])) for text in texts]
        assert [one["probabilities"]["long"] for one in answer] == expected
    tokens = [sum(len(text.split()) for text in batch) for batch in model.seen]
    assert max(tokens) <= 5 and len(tokens) < 64
    assert f"talentlab_batch_tokens_sum {sum(tokens)}.0" in metrics and "talentlab_queue_seconds_count 8.0" in metrics
    assert "process_resident_memory_bytes" in metrics or not hasattr(server.psutil.Process(), "rlimit")


def test_the_queue_counts_tokens_and_lets_one_large_request_in():
    model = ByLength()
    with service.running(service.build_app(model, max_queue=20, max_batch=1)) as address, ThreadPoolExecutor(3) as pool:
        held = pool.submit(ask, address, body={"text": "hold"})
        until(lambda: model.seen)
        waits = pool.submit(ask, address, body={"text": "x" * 15})
        until(lambda: b"waiting_tokens 19.0" in ask(address, "/metrics")[2])
        status, headers, found = ask(address, body={"text": "yy"})
        assert status == 503 and headers["Retry-After"] == "1" and "waiting" in found["detail"]
        model.go_on.set()
        assert held.result()[0] == waits.result()[0] == 200
        assert ask(address, body={"text": "z" * 99})[0] == 200  # nobody else waits


def test_a_large_request_and_short_ones_take_turns():
    model, waiting = ByLength(), []
    app = service.build_app(model, max_batch_tokens=10)
    app.state.batches.on_batch = lambda waits_s, tokens: waiting.append(app.state.batches.tokens)
    with service.running(app) as address, ThreadPoolExecutor(3) as pool:
        asked = []
        for texts in (["hold", *["L" * 8] * 4], ["M" * 8] * 3, ["a"]):
            asked.append(pool.submit(ask, address, "/predict_batch", {"texts": texts}))
            until(lambda: model.seen and len(app.state.batches._open) == len(asked))
        model.go_on.set()
        found = [one.result() for one in asked]
    large, other = ["L" * 8], ["M" * 8]
    assert model.seen == [["hold"], [*other, "a"], large, other, large, other, large, large]
    assert waiting == [36, 57, 48, 40, 32, 24, 16, 8]  # what is computed no longer waits
    for (status, _, said), texts in zip(found, (["hold", *large * 4], other * 3, ["a"]), strict=True):
        assert status == 200 and [one["probabilities"]["long"] for one in said] == [share(text) for text in texts]


def test_a_large_request_that_left_or_whose_time_is_over_gets_no_further_turn():
    model = ByLength()
    app = service.build_app(model, max_batch_tokens=10, timeout_s=3)
    with service.running(app) as address, ThreadPoolExecutor(1) as pool:
        late = pool.submit(ask, address, "/predict_batch", {"texts": ["hold", "too late"]})
        assert late.result()[0] == 503
        model.go_on.set()
        until(lambda: ask(address, body={"text": "next"})[0] == 200)  # its own three seconds may pass on a busy machine
        assert app.state.batches.tokens == 0
    assert model.seen[0] == ["hold"] and ["too late"] not in model.seen


def test_long_texts_are_encoded_in_turns():
    model, parts = InTokens(), []
    encode = model.encode
    model.encode = lambda texts: parts.append((texts[0][0], len(texts))) or (model.go_on.wait(300) and encode(texts))
    app = service.build_app(model)
    with service.running(app) as address, ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(ask, address, "/predict_batch", {"texts": ["a" * 9_000] * 20})]
        until(lambda: parts)
        asked.append(pool.submit(ask, address, "/predict_batch", {"texts": ["b" * 9_000] * 20}))
        until(lambda: app.state.batches._encoding._work_queue.qsize() == 1)
        model.go_on.set()
        assert [one.result()[0] for one in asked] == [200, 200]
    assert parts == [("a", 8), ("b", 8), ("a", 8), ("b", 8), ("a", 4), ("b", 4)]


def test_who_would_wait_too_long_is_refused_at_once():
    model, encoded = InTokens(), []
    encode = model.encode
    model.encode = lambda texts: encoded.append(len(texts)) or encode(texts)
    app = service.build_app(model, max_queue_s=4, max_batch_tokens=2)
    with service.running(app) as address, ThreadPoolExecutor(2) as pool:
        held = pool.submit(ask, address, "/predict_batch", {"texts": ["hold"] * 9})
        until(lambda: model.seen)
        app.state.batches.token_s = 1.0
        for texts, retry_s in (
            (["a b c"], 3),
            (["d"] * 9, 14),
        ):  # turns of two tokens: the large one is ahead by so much
            status, headers, found = ask(address, "/predict_batch", {"texts": texts})
            assert status == 503 and headers["Retry-After"] == str(retry_s) and "waiting" in found["detail"]
        assert ask(address, "/predict_batch", {"texts": ["e" * 200] * 8})[0] == 503
        waits = pool.submit(ask, address, body={"text": "f"})
        until(lambda: app.state.batches.tokens == 10)
        model.go_on.set()
        assert held.result()[0] == waits.result()[0] == 200
        assert ask(address, "/predict_batch", {"texts": ["g"] * 60})[0] == 200  # nobody else waits
    assert 8 not in encoded  # so many letters would be too many tokens in any language


def test_how_long_a_token_takes_is_measured(monkeypatch):
    late_s = [0.0]  # a clock that each batch sets forward: no pause of the machine is as long
    monkeypatch.setattr(dynamic_batching, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + late_s[0]))
    model = ByLength()
    predict = model.predict
    model.predict = lambda texts: late_s.__setitem__(0, late_s[0] + 500) or predict(texts)
    app = service.build_app(model, max_batch_tokens=10)
    app.state.batches.wedged_s = math.inf
    with service.running(app) as address:
        before = app.state.batches.token_s
        assert ask(address, body={"text": "a"})[0] == 200 and app.state.batches.token_s == before  # hardly filled
        for _ in range(20):
            assert ask(address, body={"text": "x" * 10})[0] == 200
    assert 49 < app.state.batches.token_s < 80


def test_the_work_of_clients_who_left_is_not_done():
    model = ByLength()
    app = service.build_app(model, max_batch=1)
    with service.running(app) as address, ThreadPoolExecutor(1) as pool:
        held = pool.submit(ask, address, body={"text": "hold"})
        until(lambda: model.seen)
        gone = [connect(address) for _ in range(5)]
        for one in gone:
            one.sendall(head(16) + b'{"text": "gone"}')
        until(lambda: app.state.batches.waiting == 6)
        for one in gone:
            one.close()
        until(lambda: app.state.batches.waiting == 1)
        model.go_on.set()
        assert held.result()[0] == 200 and ask(address, body={"text": "next"})[0] == 200
        until(lambda: b'path="/predict",status="499"} 5.0' in ask(address, "/metrics")[2])
    assert model.seen == [["hold"], ["next"]]


def test_a_request_has_a_deadline():
    model = ByLength()
    with service.running(service.build_app(model, timeout_s=0.3)) as address:
        status, headers, found = ask(address, body={"text": "hold"})
        assert status == 503 and headers["Retry-After"] and "0.3 s" in found["detail"]
        model.go_on.set()
        until(lambda: ask(address, body={"text": "next"})[0] == 200)


def test_no_label_is_made_of_logits_that_are_no_numbers():
    with service.running(service.build_app(ByLength())) as address:
        status, _, found = ask(address, "/predict_batch", {"texts": ["fine", "nan"]})
        assert status == 500 and "numbers" in found["detail"]
        assert ask(address, body={"text": "fine"})[0] == 200
    with service.running(service.build_app(ByLength(math.nan))) as address:
        assert ask(address, "/ready")[0] == 503 and ask(address, "/live")[0] == ask(address, "/health")[0] == 200
    narrow = ByLength()
    narrow.class_names = ("short", "long", "longer")
    with service.running(service.build_app(narrow)) as address:
        assert ask(address, body={"text": "a"})[0] == 500


def test_a_model_that_does_not_come_back_is_not_ready_and_holds_nobody():
    model = ByLength()
    app = service.build_app(model)
    app.state.batches.wedged_s = 0.5
    with ThreadPoolExecutor(1) as pool, service.running(app, drain_s=300) as address:
        held = pool.submit(ask, address, body={"text": "hold"})
        until(lambda: app.state.batches.wedged)
        status, _, found = ask(address, "/ready")
        assert status == 503 and "come back" in found["detail"]
        assert ask(address, body={"text": "a"})[0] == 503
        start = time.monotonic()
    assert time.monotonic() - start < 150 and held.result()[0] == 503 and app.state.batches.given_up == 1
    model.go_on.set()


def test_the_token_is_asked_for_before_the_body(address):
    for line in ("X-A: b", "Authorization: Bearer wrong"):
        with connect(address) as one:
            one.sendall(head(1_000_000, line))  # and nothing of the body
            assert one.recv(1000).startswith(b"HTTP/1.1 401")


def test_slow_bodies_are_cut_and_cost_the_others_nothing():
    app = service.build_app(ByLength(), body_s=2.0)
    with service.running(app) as address:
        slow = [connect(address) for _ in range(50)]
        for one in slow:
            one.sendall(head(100_000) + b"x" * 50_000)
        until(lambda: app.state.traffic.held >= 50_000)
        assert ask(address, body={"text": "a"})[0] == 200
        assert all(one.recv(1000).startswith(b"HTTP/1.1 408") for one in slow)
        until(lambda: app.state.traffic.held == 0)


def test_bodies_that_are_sent_at_once_have_a_limit_together():
    app = service.build_app(ByLength(), max_texts=1, max_characters=1, body_s=300)
    with service.running(app) as address:
        slow = [connect(address) for _ in range(20)]
        for one in slow:
            one.sendall(head(60_000) + b"x" * 59_000)
        until(lambda: app.state.traffic.held > 700_000)
        until(lambda: b'path="/predict",status="503"' in ask(address, "/metrics")[2])
        assert app.state.traffic.held <= 12 * (4 + 65_536)
        for one in slow:
            one.close()
        until(lambda: app.state.traffic.held == 0)
        assert ask(address, body={"text": "a"})[0] == 200


def test_half_headers_do_not_stop_the_service():
    with service.running(service.build_app(ByLength()), max_connections=16, header_s=2) as address:
        half = [connect(address) for _ in range(60)]
        for one in half:
            one.sendall(b"POST /predict HTTP/1.1\r\nHost: a")
        found = []

        def answered():
            with contextlib.suppress(OSError):  # refused before it had sent all
                found.append(ask(address, body={"text": "a"})[0])
            return found[-1:] == [200]

        until(answered)
        assert set(found) <= {503, 200}
        for one in half:  # refused, pushed out, or cut
            with contextlib.suppress(ConnectionError):
                assert b" 200 " not in one.recv(1000)
        endless = connect(address)
        with pytest.raises(ConnectionError):
            for _ in range(12_000):
                endless.sendall(b"X-A: " + b"b" * 10_000 + b"\r\n")
                time.sleep(0.01)


def test_what_is_accepted_is_answered_at_the_end_and_the_rest_gets_503():
    model, found = ByLength(), []
    app = service.build_app(model, max_batch=1)
    running = service.running(app, drain_s=300)
    address = running.__enter__()
    kept = http.client.HTTPConnection(address.removeprefix("http://"), timeout=300)
    kept.request("GET", "/live")
    kept.getresponse().read()
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(ask, address, body={"text": "hold"})]
        until(lambda: model.seen)  # else another may be answered before it
        asked += [pool.submit(ask, address, body={"text": text}) for text in ("a", "b", "c")]
        until(lambda: app.state.batches.waiting == 4)
        kept.request("GET", "/live")
        kept.getresponse().read()
        ending = pool.submit(running.__exit__, None, None, None)
        until(lambda: app.state.traffic.ending)
        kept.request("POST", "/predict", b'{"text": "late"}', {"Content-Type": "application/json"})
        reply = kept.getresponse()
        assert reply.status == 503 and reply.headers["Connection"] == "close" and "ending" in reply.read().decode()
        with pytest.raises((urllib.error.URLError, ConnectionError)):
            found.append(ask(address, body={"text": "new"}))
        assert not ending.done()
        model.go_on.set()
        ending.result()
        assert [one.result()[0] for one in asked] == [200] * 4 and app.state.batches.given_up == 0


def test_the_end_comes_even_if_the_model_takes_longer():
    model = ByLength()
    app = service.build_app(model)
    with ThreadPoolExecutor(3) as pool:
        with service.running(app, drain_s=0.5) as address:
            asked = [pool.submit(ask, address, body={"text": "hold"})]
            until(lambda: model.seen)  # else another may be answered before it
            asked += [pool.submit(ask, address, body={"text": text}) for text in ("a", "b")]
            until(lambda: app.state.batches.waiting == 3)
        assert [one.result()[0] for one in asked] == [503] * 3 and app.state.batches.given_up == 3
    model.go_on.set()


def test_answers_carry_what_a_browser_and_an_operator_want(address, caplog):
    for path in ("/", "/docs", "/health", "/invented"):
        headers = ask(address, path)[1]
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
    with caplog.at_level(logging.INFO, "talentlab.access"):
        assert ask(address, "/live", headers={"X-Request-ID": "mine-1"})[1]["X-Request-ID"] == "mine-1"
        own = ask(address, "/live", headers={"X-Request-ID": "no, <this>"})[1]["X-Request-ID"]
        assert own.isalnum() and own != ask(address, "/live")[1]["X-Request-ID"]
    assert "mine-1" in caplog.messages[0] and "GET" in caplog.messages[0] and "'/live' 200" in caplog.messages[0]
    for path in ("/", "/health", "/metrics"):
        status, headers, body = ask(address, path, method="HEAD")
        assert status == 200 and not body and int(headers["Content-Length"]) > 0
    assert ask(address, "/predict", method="HEAD")[0] == 405


def test_a_foreign_name_of_this_machine_is_refused(address):
    for host, status in (("evil.example.com", 400), ("a.example.org", 200), ("127.0.0.1:80", 200), ("", 400)):
        assert ask(address, "/health", headers={"Host": host})[0] == status


def test_another_model_takes_over_under_load_with_no_wrong_answer():
    made = []

    def load():
        if len(made) == 3:
            raise DeploymentError("The new model is damaged.", expected="a model", remedy="export it again.")
        made.append(len(made) + 1)
        return ByLength(0.1 * (made[-1] + 1)), {"model": "run é", "version": f"v{made[-1]}"}

    app = service.build_app(ByLength(), token="s", load=load, info={"model": "run é", "version": "v0"})
    bearer, ended, answers = {"Authorization": "Bearer s"}, threading.Event(), []

    def client(number):
        while not ended.is_set():
            text = "x" * (1 + (number + len(answers)) % 20)
            status, headers, found = ask(address, body={"text": text}, headers=bearer)
            answers.append((text, status, headers["X-Model-Version"], headers["X-Model-ID"], found))

    with service.running(app) as address, ThreadPoolExecutor(4) as pool:
        clients = [pool.submit(client, number) for number in range(4)]
        for version in range(1, 4):
            count = len(answers)
            until(lambda count=count: len(answers) > count + 8)
            if version == 2:
                assert service.reload(app)["version"] == "v2"
            else:
                status, _, found = ask(address, "/admin/reload", {}, bearer)
                assert status == 200 and found["version"] == f"v{version}"
        count = len(answers)
        status, _, found = ask(address, "/admin/reload", {}, bearer)
        assert status == 500 and "damaged" in found["detail"]
        assert ask(address, "/admin/reload", {})[0] == 401
        until(lambda: len(answers) > count + 8)
        ended.set()
        for one in clients:
            one.result()
        assert 'version="v3"' in ask(address, "/metrics")[2].decode()
        assert ask(address, "/health")[2]["version"] == "v3"
    assert {version for _, _, version, _, _ in answers} == {"v0", "v1", "v2", "v3"}
    for text, status, version, name, found in answers:
        assert status == 200 and name == "run%20%C3%A9"
        assert found["probabilities"]["long"] == share(text, 0.1 * (int(version[1:]) + 1))


def test_without_a_token_nobody_reloads():
    with service.running(service.build_app(ByLength(), load=lambda: (ByLength(), {}))) as address:
        assert ask(address, "/admin/reload", {})[0] == 404


def test_like_messages_are_logged_seldom(monkeypatch):
    now_s = 0.0
    monkeypatch.setattr(server, "time", SimpleNamespace(monotonic=lambda: now_s))
    seldom, log, lines = server._Seldom(most=3, every_s=0.2), logging.Logger("a"), []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    log.addHandler(handler)
    log.addFilter(seldom)
    for number in range(100):
        log.error("no more files: %s", number)
    log.error("something else")
    assert lines == ["no more files: 0", "no more files: 1", "no more files: 2", "something else"]
    now_s = 0.25
    log.error("no more files: %s", 7)
    assert lines[-1] == "no more files: 7 (and 97 more like it)"
