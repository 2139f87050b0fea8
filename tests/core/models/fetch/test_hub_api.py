"""Whatever a hub answers: a field that makes no sense costs itself,
an answer that makes none is one sentence."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models.fetch.http import Web
from core.models.fetch.hub import Hub, Plan
from core.system.errors import KnownError, WorldError
from tests.core.models.fetch.odd_server import Odd, reply


@pytest.fixture
def hub(odd: Odd) -> Generator[Hub]:
    web = Web()
    yield Hub(web, endpoint=odd.url)
    web.close()


def says(odd: Odd, answer: Any) -> None:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    odd.answers["*"] = reply(body, Content_Length=str(len(body)))


def info(*siblings: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": "a/b",
        "sha": "c" * 40,
        "siblings": list(siblings),
        "tags": ["license:openrail"],
        "gated": False,
        **more,
    }


def planned(hub: Hub) -> Plan:
    return hub.plan("a/b")


ONE = {"rfilename": "m.safetensors", "size": 7, "blobId": "b" * 40}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([1, 2], "no sense"),
        (None, "no sense"),
        ("text", "no sense"),
        (b"", "an empty file"),
        (b"{", "no sense"),
        (b"\xff\xfe", "no sense"),
        (b"[" * 10**6, "no sense"),
        (b'{"a":' * 10**6, "no sense"),
        (b"<html>log in</html>", "a web page"),
        (b"Bad gateway, sorry.", "no sense"),
        ({}, "no sense"),
        (info() | {"siblings": "x"}, "no sense"),
        (info() | {"siblings": None}, "no sense"),
        (info({"rfilename": None}, {}), "no sense"),
        (info(1, None, []), "no sense"),
        (info(), "holds no model"),
        (info({"rfilename": "../../x.safetensors"}), "holds no model"),
        (info(*({"rfilename": f"{n}.safetensors"} for n in range(30_000))), "30,000 files"),
        (b'{"siblings":[' + b"{}," * 900_000 + b"{}]}", "more files"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_answer_that_makes_no_sense_is_one_sentence(
    answer: Any, said: str, odd: Odd, hub: Hub
) -> None:
    says(odd, answer)
    with pytest.raises(WorldError, match=said):
        planned(hub)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("size", [-5, "lots", 1.5, None, 10**400, [1], True]),
        ("lfs", [{"sha256": 5}, {"size": "x", "sha256": "zz"}, {}]),
        ("blobId", [5, "zz", None, "../x"]),
    ],
    ids=lambda value: str(value)[:20],
)
def test_an_odd_field_costs_that_field(field: str, values: list[Any], odd: Odd, hub: Hub) -> None:
    for value in values:
        says(odd, info(ONE | {field: value}))
        remote = planned(hub).files[0].remote
        assert (remote.size, remote.sha256, remote.git_id) == (
            None if field in ("size", "lfs") else 7,
            "",
            "" if field != "size" else "b" * 40,
        ), value


def test_odd_facts_about_a_model(odd: Odd, hub: Hub) -> None:
    for more in (
        {"sha": "../../x"},
        {"sha": 5},
        {"tags": "x"},
        {"tags": [1, None, "license:openrail"]},
        {"cardData": [1]},
        {"gated": [1]},
        {"id": {}},
    ):
        says(odd, info(ONE, **more))
        plan = planned(hub)
        assert plan.license in ("openrail", "") and plan.source == "a/b/m.safetensors"
        assert plan.files[0].remote.url.startswith(
            f"{odd.url}/a/b/resolve/{'main' if 'sha' in more else 'c' * 40}/"
        )
    says(odd, info(ONE, cardData={"license": "other", "license_name": "own"}))
    assert planned(hub).license == "own"


def test_a_search(odd: Odd, hub: Hub) -> None:
    good = {"id": "a/b", "downloads": 5, "gated": "auto", "tags": ["x", "license:mit"]}
    says(
        odd,
        [good, 1, None, {}, {"id": "../x"}, {"id": "a/c", "downloads": -1, "gated": {}, "tags": 3}],
    )
    first, second = hub.search("a b", kind="sd", limit=7)
    assert (first.id, first.downloads, first.license, first.gated, first.tags) == (
        "a/b",
        5,
        "mit",
        True,
        ("x", "license:mit"),
    )
    assert (second.id, second.downloads, second.license, second.gated) == ("a/c", 0, "", False)
    assert odd.asked[-1][1] == (
        "/api/models?search=a+b&filter=diffusers%3AStableDiffusionPipeline&pipeline_tag=text-to-image"
        "&sort=downloads&limit=7"
    )
    says(odd, [good] * 50)
    assert len(hub.search("", limit=7)) == 7, "more than was asked for is not taken"
    for wrong in ({}, None, "x", b"<html>", b"[" * 10**6):
        says(odd, wrong)
        with pytest.raises(WorldError):
            hub.search("x")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "sha",
                    "siblings",
                    "rfilename",
                    "size",
                    "lfs",
                    "sha256",
                    "blobId",
                    "cardData",
                    "license",
                    "gated",
                    "tags",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(JSON, st.booleans())
def test_any_json_ends_in_a_plan_or_a_sentence(
    odd: Odd, hub: Hub, value: Any, search: bool
) -> None:
    says(odd, value if search or not isinstance(value, dict) else info(ONE) | value)
    try:
        found = hub.search("x") if search else planned(hub)
    except KnownError as fault:
        assert fault.message and fault.hint
    else:
        assert isinstance(found, (Plan, tuple))


@pytest.mark.parametrize(
    ("code", "reason", "said"),
    [
        (401, "RepoNotFound", "There is no a/b"),
        (401, "GatedRepo", "with a login"),
        (401, "", "with a login"),
        (403, "GatedRepo", "accepted its licence"),
        (404, "RevisionNotFound", "no such revision"),
        (404, "", "There is no a/b"),
        (429, "", "busy"),
        (500, "", "busy"),
        (418, "", "code 418"),
    ],
)
def test_what_a_refusal_means(code: int, reason: str, said: str, odd: Odd, hub: Hub) -> None:
    odd.answers["*"] = reply(b"{}", code, X_Error_Code=reason, Content_Length="2")
    with pytest.raises(WorldError, match=said):
        planned(hub)


def test_a_token_that_is_not_accepted_is_named(odd: Odd) -> None:
    odd.answers["*"] = reply(b"{}", 401, Content_Length="2")
    web = Web(lambda host: "hf_old_and_revoked")
    with pytest.raises(WorldError, match="does not accept the access token"):
        Hub(web, lambda host: "hf_old_and_revoked", odd.url).plan("a/b")
    web.close()


def test_the_network_needs_no_library_that_asks_by_itself() -> None:
    code = (
        "import sys, core.models.fetch.connect, core.models.fetch.install, core.service.updates; "
        "from core.system.tokens import AccessTokens; from core.system.settings import Settings; "
        "core.models.fetch.connect.connect(Settings(), AccessTokens())[1].close(); "
        "assert 'huggingface_hub' not in sys.modules and 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_engines_room_never_asks_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    code = (
        "import core.engine.diffusion.families.sd; from huggingface_hub import constants; "
        "assert constants.HF_HUB_OFFLINE and constants.HF_HUB_DISABLE_TELEMETRY"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
