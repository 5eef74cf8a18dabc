"""A Django application verifies the program's access tokens by the published keys, with the
settings of docs/clients.md.

Arguments: the address of the program, the e-mail address, the password, and the document.
"""

import json
import sys

import django
from django.conf import settings
from django.urls import path

from support import blocks, post, send

ADDRESS, EMAIL, PASSWORD, DOCUMENT = sys.argv[1:]

# Defines `SIMPLE_JWT` and `REST_FRAMEWORK`.
exec(blocks(DOCUMENT, "python")[1])
# The program's origin is that of the document, but it listens elsewhere.
SIMPLE_JWT["JWK_URL"] = ADDRESS + "/.well-known/jwks.json"
settings.configure(
    SECRET_KEY="a secret of this test, which has enough characters",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    REST_FRAMEWORK=REST_FRAMEWORK,
    SIMPLE_JWT=SIMPLE_JWT,
    LOGGING_CONFIG=None,
)
django.setup()

from django.test import Client
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.state import token_backend
from rest_framework_simplejwt.tokens import AccessToken, UntypedToken


class Me(APIView):
    def get(self, request):
        return Response({"user": request.user.id})


urlpatterns = [path("me/", Me.as_view())]

status, tokens = post(ADDRESS + "/api/token/", {"email": EMAIL, "password": PASSWORD})
assert status == 200, tokens
access, refresh = tokens["access"], tokens["refresh"]
bearer = {"Authorization": f"Bearer {access}"}
_, _, session = send("GET", ADDRESS + "/api/accounts/auth/session/", headers=bearer)
account = json.loads(session)["account"]["id"]


def me(token):
    response = Client().get("/me/", HTTP_AUTHORIZATION=f"Bearer {token}")
    return response.status_code, json.loads(response.content)


assert me(access) == (200, {"user": account})
assert token_backend.decode(access)["sub"] == account
assert AccessToken(access)["iss"] == SIMPLE_JWT["ISSUER"]

head, claims, signature = access.split(".")
changed = claims[:-2] + ("AA" if claims[-2:] != "AA" else "AB")
for case, token in [
    ("a refresh token", refresh),
    ("changed claims", f"{head}.{changed}.{signature}"),
    ("no signature", f"{head}.{claims}."),
]:
    status, body = me(token)
    assert (status, body["code"]) == (401, "token_not_valid"), (case, status, body)
    try:
        UntypedToken(token)
    except TokenError:
        continue
    raise AssertionError(case)
print("ok")
