"""Tokens by client credentials: asked for when needed, never repeated in an error."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from peers.outsides import Clock

from connectors._oauth import ClientCredentials, OAuthClient
from integration.errors import Unavailable

CLIENT = OAuthClient("https://login.example/token", "client", "ZZSECRET", "scope")


def credentials(answer: Callable[[httpx.Request], httpx.Response], clock: Clock | None = None) -> ClientCredentials:
    return ClientCredentials("inbox", CLIENT, 5, clock or Clock(), httpx.MockTransport(answer))


def test_it_asks_as_the_standard_says_and_keeps_the_token_for_a_while() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"access_token": f"token-{len(asked)}", "expires_in": 3600})

    clock = Clock()
    token = credentials(answer, clock)
    assert [token(), token()] == ["token-1", "token-1"]
    clock.now += 299
    assert token() == "token-1"
    clock.now += 1
    assert token() == "token-2"  # a revoked token heals by itself within five minutes
    assert str(asked[0].url) == "https://login.example/token"
    assert b"grant_type=client_credentials" in asked[0].content


@pytest.mark.parametrize("expires_in", [0, None, "soon", -5])
def test_a_token_without_a_life_is_used_once(expires_in: object) -> None:
    answers = iter(["one", "two"])
    token = credentials(lambda _: httpx.Response(200, json={"access_token": next(answers), "expires_in": expires_in}))
    assert [token(), token()] == ["one", "two"]


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, {"error": "invalid_client", "error_description": "ZZTESTER"}, "client_secret is wrong"),
        (400, {"error": "invalid_scope"}, "scope is wrong"),
        (400, {"error": "ZZTESTER"}, "status 400"),
        (503, {}, "status 503"),
        (200, {}, "holds no token"),
        (200, ["ZZTESTER"], "holds no token"),
        (200, {"access_token": ""}, "holds no token"),
    ],
)
def test_a_refusal_says_who_can_mend_it_in_our_own_words(status: int, body: object, words: str) -> None:
    with pytest.raises(Unavailable, match=words) as failure:
        credentials(lambda _: httpx.Response(status, json=body))()
    assert failure.value.phase == "sign in"
    assert "ZZ" not in repr(failure.value)


def raising(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise error

    return answer


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (raising(httpx.ConnectTimeout("ZZ")), "no answer in time"),
        (raising(httpx.ConnectError("ZZ")), "cannot be reached"),
        (lambda _: httpx.Response(200, text="<html>ZZ"), "no token: check token_url"),
    ],
)
def test_an_endpoint_that_cannot_be_used_is_named(
    answer: Callable[[httpx.Request], httpx.Response], words: str
) -> None:
    with pytest.raises(Unavailable, match=words) as failure:
        credentials(answer)()
    assert "ZZ" not in repr(failure.value)


def test_the_secret_is_in_no_repr() -> None:
    assert "ZZSECRET" not in repr(CLIENT)
