"""The responses of the program are those of the real simplejwt to the same requests.

Arguments: the address of the program, the e-mail address, the password. The account of simplejwt has the
e-mail address as its user name.
"""

import json
import sys

import django
from django.conf import settings
from django.urls import path

from support import send

ADDRESS, EMAIL, PASSWORD = sys.argv[1:4]

settings.configure(
    SECRET_KEY="a secret of this test, which has enough characters",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "rest_framework",
        "rest_framework_simplejwt.token_blacklist",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    REST_FRAMEWORK={"DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]},
    SIMPLE_JWT={"ROTATE_REFRESH_TOKENS": True, "BLACKLIST_AFTER_ROTATION": True},
    LOGGING_CONFIG=None,
)
django.setup()

from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from rest_framework_simplejwt import views

urlpatterns = [
    path("api/token/", views.TokenObtainPairView.as_view()),
    path("api/token/refresh/", views.TokenRefreshView.as_view()),
    path("api/token/verify/", views.TokenVerifyView.as_view()),
    path("api/token/blacklist/", views.TokenBlacklistView.as_view()),
]
call_command("migrate", verbosity=0)
User.objects.create_user(EMAIL, password=PASSWORD)

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
failures = []
compared = 0


def of_simplejwt(method, url, body, kind):
    response = Client().generic(method, url, body, content_type=kind)
    return response.status_code, response.headers, response.content


def of_program(method, url, body, kind):
    return send(method, ADDRESS + url, body, {"Content-Type": kind})


def observed(response):
    """The parts of a response that a client uses, without the values of tokens."""
    status, headers, body = response
    body = json.loads(body)
    # Where the JSON is invalid, and the unknown media type, is not shown.
    for message in ("JSON parse error", "Unsupported media type"):
        if message in body.get("detail", ""):
            body["detail"] = message
    shown = {
        name: "a token" if name in ("access", "refresh") and isinstance(value, str) else value
        for name, value in body.items()
    }
    names = ("content-type", "www-authenticate", "retry-after")
    return status, [headers.get(name) for name in names], shown


def compare(case, url, body, kind=JSON, method="POST", tokens=None):
    """Sends a request to both. `tokens` are the tokens of each, for `{name}` in the body."""
    global compared
    responses = []
    for position, server in enumerate((of_simplejwt, of_program)):
        text = body
        if tokens is not None:
            for name, value in tokens[position].items():
                text = text.replace("{" + name + "}", value)
        if isinstance(text, str):
            text = text.encode()
        responses.append(server(method, url, text, kind))
    expected, ours = map(observed, responses)
    compared += 1
    if expected != ours:
        failures.append(f"{case}: simplejwt responds {expected}, the program {ours}")
    return [json.loads(response[2]) for response in responses]


TOKEN, REFRESH = "/api/token/", "/api/token/refresh/"
VERIFY, BLACKLIST = "/api/token/verify/", "/api/token/blacklist/"
RIGHT = json.dumps({"username": EMAIL, "password": PASSWORD})

for body in [
    # A body without the name of the user has `email` in the errors of the program.
    '{"username": "a"}',
    '{"username": "", "password": ""}',
    '{"username": " ", "password": "\\t"}',
    '{"username": null, "password": null}',
    '{"username": ["a"], "password": {"a": 1}}',
    '{"username": true, "password": false}',
    '{"username": 12, "password": 1.5}',
    '{"username": "a\\u0000", "password": "x"}',
    '{"username": "a", "username": "", "password": "x"}',
    json.dumps({"username": EMAIL, "password": "not the right password"}),
    '{"username": "unknown", "password": "x"}',
    "[]",
    '["username"]',
    '"text"',
    "1",
    "1.5",
    "true",
    "null",
    "{",
    '{"username":}',
]:
    compare(body, TOKEN, body)
for body in ["username=&password=", "username=a&username=b&password=", "username=a+b&password=%20"]:
    compare(body, TOKEN, body, FORM)
compare("bytes", TOKEN, b"\xff")
compare("text", TOKEN, "text", "text/plain")
for method in ("GET", "PUT", "PATCH", "DELETE"):
    compare(method, TOKEN, "{}", method=method)

for url, name in [(REFRESH, "refresh"), (VERIFY, "token"), (BLACKLIST, "refresh")]:
    for value in ("", "x", "x.y.z", None, [], {}, True, 1):
        compare(f"{url} {value!r}", url, json.dumps({name: value}))
    compare(f"{url} without", url, "{}")
    compare(f"{url} form", url, f"{name}=x", FORM)

first = compare("sign in", TOKEN, RIGHT)
form = f"username={EMAIL}&password={PASSWORD.replace(' ', '+')}"
second = compare("sign in by form", TOKEN, form, FORM)
compare("verify", VERIFY, '{"token": "{access}"}', tokens=first)
compare("verify, spaces", VERIFY, '{"token": " {access} "}', tokens=first)
first = compare("refresh", REFRESH, '{"refresh": "{refresh}"}', tokens=first)
compare("sign out", BLACKLIST, '{"refresh": "{refresh}"}', tokens=first)
compare("sign out again", BLACKLIST, '{"refresh": "{refresh}"}', tokens=first)
compare("refresh after", REFRESH, '{"refresh": "{refresh}"}', tokens=first)
second = compare("the other session", REFRESH, '{"refresh": "{refresh}"}', tokens=second)
compare("verify the other", VERIFY, '{"token": "{access}"}', tokens=second)

assert not failures, "\n".join(failures)
assert compared > 60, compared
print("ok")
