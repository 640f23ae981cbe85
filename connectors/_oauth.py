"""Access tokens for a mailbox, by the OAuth 2.0 client-credentials grant (RFC 6749, 4.4)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from integration.errors import Unavailable

# A token that was revoked must not block the mailbox until it would have ended by itself.
_KEEP_SECONDS = 300.0
# The endpoint's own words (RFC 6749, 5.2), each with the person who can mend it; any other text is not repeated.
_REFUSALS = {
    "invalid_client": "client_id or client_secret is wrong, or the secret has ended: make a new one",
    "unauthorized_client": "the application may not ask for tokens by itself: let the tenant's administrator allow it",
    "invalid_scope": "scope is wrong for this mail server",
    "invalid_request": "the endpoint does not understand the request: check token_url and scope",
    "unsupported_grant_type": "the endpoint does not know client credentials: check token_url",
    "invalid_grant": "the endpoint refuses this client: let the tenant's administrator look",
}


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """What the token endpoint knows us by."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str


class ClientCredentials:
    """Gives a valid token at each call; asks the endpoint when the last one is old or near its end."""

    def __init__(
        self,
        system: str,
        client: OAuthClient,
        timeout_seconds: float = 30.0,
        monotonic: Callable[[], float] = time.monotonic,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._system, self._client, self._timeout_seconds = system, client, timeout_seconds
        self._monotonic, self._transport = monotonic, transport
        self._lock = threading.Lock()
        self._token, self._good_until = "", 0.0

    def __call__(self) -> str:
        """A token; raises `Unavailable` in phase "sign in"."""
        with self._lock:
            if not self._token or self._monotonic() >= self._good_until:
                self._token, lives = self._ask()
                self._good_until = self._monotonic() + min(_KEEP_SECONDS, lives / 2)
            return self._token

    def _ask(self) -> tuple[str, float]:
        client = self._client
        form = {
            "grant_type": "client_credentials",
            "client_id": client.client_id,
            "client_secret": client.client_secret,
            "scope": client.scope,
        }
        try:
            with httpx.Client(timeout=self._timeout_seconds, transport=self._transport) as http:
                response = http.post(client.token_url, data=form)
            answer = response.json()
        except httpx.TimeoutException:
            raise self._unavailable("no answer in time; is token_url reachable from here?") from None
        except httpx.HTTPError:
            raise self._unavailable("it cannot be reached: check token_url, the proxy and the certificates") from None
        except ValueError:
            raise self._unavailable("its answer is no token: check token_url") from None
        if not response.is_success:
            raise self._unavailable(_refusal(answer, response.status_code))
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token:
            raise self._unavailable("its answer holds no token: check token_url and scope")
        return token, _lifetime(answer.get("expires_in"))

    def _unavailable(self, reason: str) -> Unavailable:
        return Unavailable(self._system, "sign in", f"the token endpoint: {reason}")


def _refusal(answer: object, status: int) -> str:
    code = answer.get("error") if isinstance(answer, dict) else None
    return _REFUSALS.get(str(code), f"it answered with status {status}; try later, or let its administrator look")


def _lifetime(expires_in: object) -> float:
    try:
        return max(0.0, float(expires_in))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return 0.0
