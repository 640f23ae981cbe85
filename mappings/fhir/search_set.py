"""One page of a search: the resources asked for, and where the next page is. A partial answer is no answer."""

from __future__ import annotations

from dataclasses import dataclass

from mappings.fhir.terms import Json, member, members


@dataclass(frozen=True, slots=True)
class SearchPage:
    """`total` counts all pages; None where the server does not say, as those that hide resources do."""

    resources: tuple[Json, ...]
    next_url: str | None
    total: int | None


def page_from_fhir(bundle: Json, kind: str) -> SearchPage:
    """The page's resources of one kind; raises `ValueError` for anything but a whole searchset."""
    if member(bundle, "resourceType") != "Bundle" or member(bundle, "type") != "searchset":
        raise ValueError("the server answered with something that is no search result")
    resources = [member(entry, "resource") for entry in members(bundle, "entry")]
    if any(_is_trouble(resource) for resource in resources):
        raise ValueError("the server says that its search result is not whole")
    wanted = tuple(r for r in resources if isinstance(r, dict) and r.get("resourceType") == kind)
    links = members(bundle, "link")
    next_url = next((member(link, "url") for link in links if member(link, "relation") == "next"), None)
    if next_url is not None and not isinstance(next_url, str):
        raise ValueError("the search result's next page has no address")
    total = member(bundle, "total")
    return SearchPage(wanted, next_url, total if isinstance(total, int) else None)


def _is_trouble(resource: object) -> bool:
    """An OperationOutcome in a search result that reports an error: what is shown is then not all there is."""
    if member(resource, "resourceType") != "OperationOutcome":
        return False
    return any(member(issue, "severity") in ("error", "fatal") for issue in members(resource, "issue"))
