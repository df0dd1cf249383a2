"""
Somebody at their browser, whom an app has sent to the site: they log in, allow all that is asked
for, and are led back with a code. Run by `tests/test_api_walk.py` in their place.
"""

import html
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from typing import Any

WHO = {"email": "mary@home.example", "password": "four words nobody joins"}


class StaysHere(urllib.request.HTTPRedirectHandler):
    """Goes where it is led on the same site, and nowhere else."""

    def redirect_request(self, req: urllib.request.Request, *how: Any) -> Any:
        there = how[-1]
        if urllib.parse.urlsplit(there).netloc != urllib.parse.urlsplit(req.full_url).netloc:
            return None
        return super().redirect_request(req, *how)


def code_of(address: str, *, state: str) -> str:
    """The code with which somebody is led back to the app."""
    jar = CookieJar()
    browser = urllib.request.build_opener(StaysHere, urllib.request.HTTPCookieProcessor(jar))
    page = browser.open(urllib.request.Request(address, headers={"Accept": "text/html"}))
    page = browser.open(page.url, form(page.read().decode(), **WHO))
    text = page.read().decode()
    scopes = re.findall(r'name="scopes" value="([^"]+)"', text)
    try:
        browser.open(page.url.partition("?")[0], form(text, scopes=scopes, answer="allow"))
    except urllib.error.HTTPError as led:
        query = urllib.parse.urlsplit(led.headers["Location"]).query
        back = dict(urllib.parse.parse_qsl(query))
        assert back["state"] == state
        return back["code"]
    raise AssertionError(text)


def form(text: str, **filled: Any) -> bytes:
    """A page's form as it is sent: what is hidden in it, and what somebody fills in."""
    hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text)
    sent = {name: html.unescape(value) for name, value in hidden} | filled
    return urllib.parse.urlencode(sent, doseq=True).encode()


if __name__ == "__main__":
    sys.stdout.write(code_of(sys.argv[1], state=sys.argv[2]))
