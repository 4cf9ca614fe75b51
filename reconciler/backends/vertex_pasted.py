"""What people paste for a resource of Vertex AI: a bare number, a part of a name, the address of a page. Pure.

Source: addresses of the console as scripts and SDKs print them, of several years; no page of Google's lists them. So
the location, the collection and the id are looked for anywhere in one, whatever its pages are called by now.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit

MULTI_REGIONS = ("us", "eu")
"""Where endpoints of newer models are, wherever their job was."""

_COLLECTIONS = {
    word: name for name in ("tuningJobs", "models", "endpoints") for word in (name.lower(), name.lower()[:-1])
}
"""The console says `tuningJob` where the API says `tuningJobs`."""
_KINDS = "|".join(_COLLECTIONS)
_ID = r"[A-Za-z0-9][\w-]*(?:@[A-Za-z0-9-]+)?"
_NAMED = re.compile(rf"projects/([^/\s?#]+)/locations/([^/\s?#]+)/(tuningJobs|models|endpoints)/({_ID})")
_IN_A_PAGE = re.compile(rf"locations/([a-z0-9-]+)/({_KINDS})/({_ID})(?:/versions?/([\w-]+))?", re.IGNORECASE)
_PARTIAL = re.compile(rf"(?:locations/([a-z0-9-]+)/)?({_KINDS})/({_ID})", re.IGNORECASE)
_NUMBER = re.compile(r"(\d{1,20})(@[A-Za-z0-9-]+)?", re.ASCII)


def names_of(pasted: str, project: str, location: str) -> tuple[str, ...]:
    """Every resource name that it may be; none where it is no name of this service. The place fills what is left out.

    Of a bare number nobody can tell what it is of: a job, a Model, or an Endpoint there or in a multi-region.
    """
    text = pasted.strip()
    if "://" in text or text.startswith("//"):
        return _of_a_page(text, project)
    if text.startswith("projects/"):
        found = _NAMED.match(text)
        return (found[0] if found else text,)
    partial = _PARTIAL.fullmatch(text)
    if partial:
        where, collection, resource_id = partial.groups()
        return _in_places(project, where or location, _COLLECTIONS[collection.lower()], resource_id, bool(where))
    number = _NUMBER.fullmatch(text)
    if number is None or not (project and location):
        return ()
    if number[2]:
        return (_name(project, location, "models", text),)
    jobs = (_name(project, location, collection, text) for collection in ("tuningJobs", "models"))
    return (*jobs, *_in_places(project, location, "endpoints", text, False))


def _of_a_page(address: str, project: str) -> tuple[str, ...]:
    """The console's, or the API's own."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ()
    path = unquote(parts.path)
    named = _NAMED.search(path)
    if named:
        return (named[0],)
    page = _IN_A_PAGE.search(path)
    if page is None:
        return ()
    where, collection, resource_id, version = page.groups()
    of_project = next(iter(parse_qs(parts.query).get("project", ())), "") or project
    if not of_project:
        return ()
    is_version = version and collection.lower().startswith("model") and "@" not in resource_id
    resource_id += f"@{version}" if is_version else ""
    return (_name(of_project, where, _COLLECTIONS[collection.lower()], resource_id),)


def _in_places(project: str, location: str, collection: str, resource_id: str, is_certain: bool) -> tuple[str, ...]:
    if not (project and location):
        return ()
    more = () if is_certain or collection != "endpoints" else MULTI_REGIONS
    places = dict.fromkeys((location, *more))
    return tuple(_name(project, place, collection, resource_id) for place in places)


def _name(project: str, location: str, collection: str, resource_id: str) -> str:
    return f"projects/{project}/locations/{location}/{collection}/{resource_id}"
