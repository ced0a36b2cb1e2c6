"""The service: right answers under load, clear refusals, and a predictor that is asked in batches."""

import http.client
import json
import re
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor, as_completed

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from talentlab.deployment import operations, service
from talentlab.errors import DeploymentError

NAMES = ("short", "long")


class ByLength:
    """Answers by the text's length, so that a mixed-up answer shows."""

    class_names = NAMES

    def __init__(self, seconds=0.0):
        self.sizes, self.seconds = [], seconds

    def predict(self, texts):
        self.sizes.append(len(texts))
        time.sleep(self.seconds)
        if "break" in texts:
            raise RuntimeError("the model fails")
        return np.array([[0.0, len(text) / 10] for text in texts])


class Held(ByLength):
    """Answers no one until it is told to go on."""

    def __init__(self):
        super().__init__()
        self.go_on = threading.Event()

    def predict(self, texts):
        self.go_on.wait(300)
        return super().predict(texts)


def ask(address, path="/predict", body=None, headers=None, raw=None):
    """Status and decoded answer."""
    data = raw if raw is not None else None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address + path, data, {"Content-Type": "application/json", **(headers or {})})
    try:
        with urllib.request.urlopen(request, timeout=300) as response:
            status, text = response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read().decode()
    try:
        return status, json.loads(text)
    except json.JSONDecodeError:
        return status, text


def expected(text):
    share = 1 / (1 + np.exp(-len(text) / 10))
    return pytest.approx({"short": 1 - share, "long": share})


@pytest.fixture(scope="module")
def address():
    with service.running(service.build_app(ByLength(), max_texts=3, max_characters=50)) as address:
        yield address


def test_one_text_and_several_are_answered_in_order(address):
    status, found = ask(address, body={"text": "four"})
    assert status == 200 and found["label"] == "long" and found["probabilities"] == expected("four")
    texts = ["a" * 30, "b", "c" * 7]
    status, found = ask(address, "/predict_batch", {"texts": texts})
    assert status == 200 and [answer["probabilities"] for answer in found] == [expected(text) for text in texts]


@pytest.mark.parametrize(
    ("path", "raw", "where"),
    [
        ("/predict", b"{}", "text"),
        ("/predict", b'{"text": ""}', "text"),
        ("/predict", b'{"text": "  \\n "}', "text"),
        ("/predict", '{"text": "\u200b\u2060 \ufeff\u3164"}'.encode(), "text"),  # nothing of it is seen
        ("/predict", b'{"text": "\\u0000\\u001b\\u0085"}', "text"),
        ("/predict", b'{"text": 3}', "text"),
        ("/predict", b'{"text": NaN}', "text"),
        ("/predict", b'{"text": 1e999}', "text"),
        ("/predict", b'{"text": "\\ud800"}', "text"),
        ("/predict", b'{"text": ["a"]}', "text"),
        ("/predict", b'{"text": "a", "model": "b"}', "model"),
        ("/predict", b'{"text": "' + b"x" * 51 + b'"}', "text"),
        ("/predict", b"[1, 2]", "body"),
        ("/predict", b"", "body"),
        ("/predict", b"not json", "character 0"),
        ("/predict_batch", b'{"texts": []}', "texts"),
        ("/predict_batch", b'{"texts": ["a", "b", "c", "d"]}', "texts"),
        ("/predict_batch", b'{"texts": ["a", ""]}', "texts.1"),
        ("/predict_batch", b'{"texts": "a"}', "texts"),
    ],
)
def test_a_wrong_body_is_refused_with_the_place_and_what_is_wanted(address, path, raw, where):
    status, found = ask(address, path, raw=raw)
    assert status == 422 and "{" in found["expected"]
    assert found["detail"][0]["where"].split(".")[-1] == where.split(".")[-1] and found["detail"][0]["problem"]


def test_bytes_that_are_no_text_are_refused(address):
    for raw in (b'{"text": "\xff\xfe"}', b"\x00" * 1000, b'{"text": ' + b"1" * 5000 + b"}", b"[" * 50_000):
        status, found = ask(address, raw=raw)
        assert status == 422 and "{" in found["expected"] and found["detail"][0]["problem"]


def test_a_body_above_the_limit_is_refused_also_to_whoever_is_still_sending(address):
    for size in (66_137, 900_000):
        status, found = ask(address, raw=b'{"text": "' + b"x" * size + b'"}')
        assert status == 413 and "66,136" in found["detail"]
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=300)
    connection.request("POST", "/predict", iter([b"x" * 50_000] * 3))  # chunked: its length is not announced
    assert connection.getresponse().status == 413
    assert ask(address, body={"text": "a"})[0] == 200


@settings(max_examples=40, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=60), lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["text", "texts", "x"]), inner, max_size=3), max_leaves=6,
).map(lambda value: json.dumps(value).encode())))  # fmt: skip
def test_no_body_breaks_the_service(address, raw):
    for path in ("/predict", "/predict_batch"):
        assert ask(address, path, raw=raw)[0] in (200, 422)


def test_health_and_pages(address):
    status, found = ask(address, "/health")
    assert status == 200 and found["class_names"] == list(NAMES) and found["max_texts"] == 3 and not found["token"]
    for path in ("/", "/docs"):
        status, page = ask(address, path)
        assert status == 200 and "http://" not in page and "https://" not in page  # nothing from elsewhere
    described = ask(address, "/openapi.json")[1]["paths"]
    assert {"200", "408", "413", "422", "503"} <= set(described["/predict_batch"]["post"]["responses"])
    assert ask(address, "/live") == (200, {"status": "ok"})
    assert any(ask(address, "/ready") == (200, {"status": "ready"}) for _ in range(5))  # it gives the model two seconds


def read_metrics(address):
    """What a Prometheus server makes of `/metrics`: kind by name, and value by sample and labels."""
    with urllib.request.urlopen(address + "/metrics", timeout=300) as response:
        assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        families = list(text_string_to_metric_families(response.read().decode()))
    samples = {(s.name, *sorted(s.labels.values())): s.value for family in families for s in family.samples}
    return {family.name: family.type for family in families}, samples


def test_each_service_counts_for_itself_what_its_paths_answered():
    with service.running(service.build_app(ByLength())) as address, service.running(service.build_app(ByLength())) as b:
        for path, body in (("/predict", {"text": "a"}), ("/predict", {}), ("/predict_batch", {"texts": ["a", "b"]})):
            ask(address, path, body)
        for page in range(3):
            ask(address, f"/invented/{page}")
        kinds, samples = read_metrics(address)
        assert samples["talentlab_requests_total", "/predict", "200"] == 1
        assert samples["talentlab_requests_total", "/predict", "422"] == 1
        assert samples["talentlab_requests_total", "404", "other"] == 3  # one label, however many paths are invented
        assert samples["talentlab_predict_seconds_count",] == 3 and samples["talentlab_predict_seconds_sum",] > 0
        assert samples["talentlab_predict_seconds_bucket", "+Inf"] == 3
        assert samples["talentlab_texts_total",] == 3 and samples["talentlab_batches_total",] == 2
        assert samples["talentlab_waiting_texts",] == 0
        assert kinds["talentlab_texts"] == "counter" and kinds["talentlab_waiting_texts"] == "gauge"
        assert read_metrics(b)[1]["talentlab_texts_total",] == 0


def test_a_token_is_asked_for_where_one_is_set():
    with service.running(service.build_app(ByLength(), token="secret")) as address:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic secret"}):
            status, found = ask(address, body={"text": "a"}, headers=headers)
            assert status == 401 and "Bearer" in found["detail"]
        assert ask(address, body={"text": "a"}, headers={"Authorization": "Bearer secret"})[0] == 200
        assert ask(address, "/health")[1]["token"] is True
        described = ask(address, "/openapi.json")[1]["paths"]["/predict"]["post"]
        assert "401" in described["responses"] and described["security"]


@pytest.mark.parametrize(
    "wrong",
    [{"token": ""}, {"token": "secret-ü"}, {"token": "two words"}, {"token": "two\nlines"}, {"max_texts": 0},
     {"max_wait_s": -1}, {"max_wait_s": float("nan")}, {"timeout_s": 0}, {"max_queue_s": 0}, {"max_batch_tokens": 0},
     {"allowed_hosts": ["a*b"]}],
)  # fmt: skip
def test_settings_out_of_range_are_told_in_words(wrong):
    with pytest.raises(DeploymentError, match="what to do") as caught:
        service.build_app(ByLength(), **wrong)
    assert "ü" not in str(caught.value) and "two" not in str(caught.value)  # a log is no place for a token


def test_many_at_once_get_their_own_answers_from_few_batches():
    model = ByLength(0.05)  # long enough that a busy machine brings many in that time
    texts = [f"{'x' * (n % 40)}{n}" for n in range(400)]
    with service.running(service.build_app(model, max_batch=16)) as address, ThreadPoolExecutor(32) as pool:
        found = list(pool.map(lambda text: ask(address, body={"text": text}), texts))
    assert all(s == 200 and a["probabilities"] == expected(t) for t, (s, a) in zip(texts, found, strict=True))
    assert sum(model.sizes) == 400 and max(model.sizes) <= 16 and len(model.sizes) < 200


def test_without_waiting_every_request_is_alone():
    model = ByLength(0.002)
    with service.running(service.build_app(model, max_wait_s=0)) as address, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: ask(address, body={"text": "a" * n}), range(1, 33)))
    assert model.sizes == [1] * 32


def test_texts_of_one_request_are_answered_in_order_whatever_batches_they_fall_into():
    model = ByLength(0.01)
    with service.running(service.build_app(model, max_batch=4, max_texts=9)) as address, ThreadPoolExecutor(12) as pool:
        sizes = [3, 1, 2, 3, 9, 1, 2, 3, 1, 2]
        found = list(pool.map(lambda n: ask(address, "/predict_batch", {"texts": ["t" * n] * n}), sizes))
    assert [len(answer) for _, answer in found] == sizes
    assert all(a["probabilities"] == expected("t" * n) for n, (_, many) in zip(sizes, found, strict=True) for a in many)
    assert max(model.sizes) <= 4 and sum(model.sizes) == sum(sizes)


def test_a_full_queue_turns_requests_away_and_serves_on():
    model = Held()
    with service.running(service.build_app(model, max_batch=1, max_queue=2)) as address, ThreadPoolExecutor(10) as pool:
        asked = [pool.submit(ask, address, body={"text": "a"}) for _ in range(10)]
        assert next(as_completed(asked)).result()[0] == 503  # the others wait for the model
        model.go_on.set()
        assert {200, 503} == {one.result()[0] for one in asked}
        assert ask(address, body={"text": "a"})[0] == 200


def test_a_model_that_fails_costs_only_its_batch():
    with service.running(service.build_app(ByLength())) as address:
        status, found = ask(address, body={"text": "break"})
        assert status == 500 and "log" in found["detail"]
        assert 'path="/predict",status="500"} 1.0' in ask(address, "/metrics")[1]
        assert ask(address, body={"text": "fine"})[0] == 200


def test_what_is_under_way_is_answered_at_the_end():
    found = []
    model = ByLength(0.5)
    with service.running(service.build_app(model)) as address:
        thread = threading.Thread(target=lambda: found.append(ask(address, body={"text": "late"})))
        thread.start()
        while not model.sizes:  # until the model has it
            time.sleep(0.01)
    thread.join()
    assert found[0][0] == 200 and found[0][1]["probabilities"] == expected("late")


def test_a_taken_port_is_told_in_words():
    app = service.build_app(ByLength())
    with service.running(app) as address, pytest.raises(DeploymentError, match="free port"):
        service.running(app, int(address.rsplit(":", 1)[1])).__enter__()


@pytest.mark.parametrize("name", ["try.html", "api.html"])
def test_every_word_of_a_page_has_its_chinese(name):
    """Of the markup by `data-zh`, of the script by `say(english, chinese)`."""
    page = (operations.PAGES / name).read_text(encoding="utf-8")
    markup = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    lone = [text for tag, text in re.findall(r"<([^>]*)>([^<]*[A-Za-z]{3}[^<]*)", markup) if "data-zh" not in tag]
    assert set(lone) <= {"API", "openapi.json"}
    script = page[page.index("<script>") :]
    sentences = re.findall(r'"([A-Z][a-z]+[^"]* [^"]*)"', script)
    said = re.findall(r'say\(\s*"([^"]*)"', script)
    assert sentences and set(sentences) <= {
        *said,
        "Bearer ",
        "The assistant answered at once.",
        "It works.",
        "It never works.",
    }
