"""Helpers of the scripts in this folder."""

import json
import re
import urllib.request
from urllib.error import HTTPError


def blocks(path, language):
    """Returns the code blocks of a document in a language."""
    with open(path, encoding="utf-8") as file:
        return re.findall(rf"```{language}\n(.*?)```", file.read(), re.DOTALL)


def send(method, url, body=None, headers=None):
    """Sends a request. Returns the status, the headers and the body of the response."""
    request = urllib.request.Request(url, body, headers or {}, method=method)
    try:
        response = urllib.request.urlopen(request, timeout=60)
    except HTTPError as error:
        response = error
    with response:
        return response.status, response.headers, response.read()


def post(url, body):
    """Sends JSON. Returns the status and the JSON of the response."""
    headers = {"Content-Type": "application/json"}
    status, _, body = send("POST", url, json.dumps(body).encode(), headers)
    return status, json.loads(body)
