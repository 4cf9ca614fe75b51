"""Your tests stand here. These need nothing but Python: they script an answer, ask for it, and look at what was asked."""

import json
import os
from urllib.request import Request, urlopen

EMULATOR = os.environ["GOOGLE_GEMINI_BASE_URL"]


def ask(method: str, path: str, body: object = None) -> dict:
    headers = {"Content-Type": "application/json", "x-goog-api-key": os.environ["GOOGLE_API_KEY"]}
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(EMULATOR + path, data, headers, method=method), timeout=10) as answer:
        return json.load(answer)


ask("POST", "/_emulator/scripts", {"text": "Sunny.", "contains": "weather"})
prompt = {"contents": [{"role": "user", "parts": [{"text": "How is the weather?"}]}]}
answer = ask("POST", "/v1beta/models/gemini-3.5-flash:generateContent", prompt)
(call,) = ask("GET", "/_emulator/calls")["calls"]

assert answer["candidates"][0]["content"]["parts"][0]["text"] == "Sunny."
assert call["prompt"] == "How is the weather?"
print("Both are as scripted.")
