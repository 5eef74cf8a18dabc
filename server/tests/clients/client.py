"""The client of docs/clients.md against the program, with nothing but the standard library.

Arguments: the address of the program, the e-mail address, the password, and the document.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

from support import blocks, post

ADDRESS, EMAIL, PASSWORD, DOCUMENT = sys.argv[1:]
SESSION = "/api/accounts/auth/session/"

# Defines `Client`.
exec(blocks(DOCUMENT, "python")[0])

client = Client(ADDRESS, EMAIL, PASSWORD)
assert client.get(SESSION)["account"]["email"] == EMAIL

# An access token that is rejected is refreshed, and the request sent again.
refresh = client.tokens["refresh"]
client.tokens["access"] = client.tokens["access"][:-4] + "AAAA"
assert client.get(SESSION)["account"]["email"] == EMAIL
# The refresh token is still the current one.
assert client.tokens["refresh"] == refresh

# Many threads refresh once.
client.tokens["access"] = "expired"
with ThreadPoolExecutor(8) as threads:
    sessions = list(threads.map(client.get, [SESSION] * 8))
assert all(session["account"]["email"] == EMAIL for session in sessions)

access, refresh = client.tokens["access"], client.tokens["refresh"]
assert post(ADDRESS + "/api/token/verify/", {"token": access}) == (200, {})
client.sign_out()
ended = (401, {"detail": "Token is blacklisted", "code": "token_not_valid"})
assert post(ADDRESS + "/api/token/refresh/", {"refresh": refresh}) == ended
assert post(ADDRESS + "/api/token/verify/", {"token": access}) == ended
print("ok")
