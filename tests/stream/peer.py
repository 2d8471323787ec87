"""The other side of the message stream, by other people's implementations: pyzmq, signedjson and PyNaCl.

peer.py source SUBMIT PUBLISH KEY COUNT     submits COUNT messages until each came back, then prints how many did
peer.py sink PUBLISH TRUSTED... -- COUNT    prints COUNT messages whose every signature by a trusted key holds
peer.py relay SUBMIT PUBLISH KEY TRUSTED    relays what TRUSTED signed, until it is killed
peer.py sign KEY                            reads JSON objects, one a line, and prints them signed
peer.py verify TRUSTED                      reads signed objects, one a line, and prints "true" or "false" for each
"""

import datetime
import json
import sys
import time
import uuid

import zmq
from signedjson.key import decode_signing_key_base64, decode_verify_key_bytes
from signedjson.sign import SignatureVerifyException, sign_json, verify_signed_json
from unpaddedbase64 import decode_base64

PREFIX = "org.example.peer."


def read_key(path):
    """The entries of a key file, each under section.key."""
    section, entries = "", {}
    for line in open(path, encoding="utf-8"):
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            section = line.strip()
            continue
        key, value = line.split("=", 1)
        entries[f"{section}.{key.strip()}"] = value.strip().strip('"')
    return entries


def signer(path):
    entries = read_key(path)
    return entries["metadata.id"], decode_signing_key_base64("ed25519", "0", entries["ed.signing-key"])


def verifier(path):
    entries = read_key(path)
    return entries["metadata.id"], decode_verify_key_bytes("ed25519:0", decode_base64(entries["ed.verify-key"]))


def dump(message):
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def holds(message, name, key):
    try:
        verify_signed_json(message, name, key)
        return True
    except SignatureVerifyException:
        return False


def new_message(number):
    return {
        "tag": PREFIX + "news",
        "uuid": str(uuid.uuid1()),
        "format": "1.0",
        "time": datetime.datetime.now().isoformat(),
        "data": {"number": number, "text": "Größe \u2028 😀 \"\\/ \x01", "float": 1.5e-7, "large": 10**30},
    }


def source(submit, publish, key, count):
    name, key = signer(key)
    context = zmq.Context()
    echoes = context.socket(zmq.SUB)
    echoes.setsockopt_string(zmq.SUBSCRIBE, PREFIX)
    echoes.connect(publish)
    submissions = context.socket(zmq.DEALER)
    submissions.connect(submit)
    waiting = {}
    for number in range(int(count)):
        message = sign_json(new_message(number), name, key)
        waiting[message["uuid"]] = dump(message)
    while waiting:
        for message in list(waiting.values())[:500]:
            submissions.send(message)
        while waiting and echoes.poll(500):
            waiting.pop(json.loads(echoes.recv_multipart()[1])["uuid"], None)
    print(count, flush=True)


def sink(publish, *rest):
    trusted, count = rest[: rest.index("--")], int(rest[-1])
    keys = dict(verifier(path) for path in trusted)
    socket = zmq.Context().socket(zmq.SUB)
    socket.setsockopt(zmq.HEARTBEAT_IVL, 50)
    socket.setsockopt_string(zmq.SUBSCRIBE, "org.example.")
    socket.connect(publish)
    seen = set()
    while len(seen) < count:
        tag, body = socket.recv_multipart()
        message = json.loads(body)
        assert message["tag"] == tag.decode()
        assert all(holds(message, name, key) for name, key in keys.items()), message
        if message["uuid"] not in seen:
            seen.add(message["uuid"])
            print(json.dumps(message), flush=True)


def relay(submit, publish, key, trusted):
    name, key = signer(key)
    trusted_name, trusted_key = verifier(trusted)
    context = zmq.Context()
    router = context.socket(zmq.ROUTER)
    router.bind(submit)
    publisher = context.socket(zmq.PUB)
    publisher.bind(publish)
    print("ready", flush=True)
    while True:
        parts = router.recv_multipart()
        assert len(parts) == 2, parts
        message = json.loads(parts[1])
        if holds(message, trusted_name, trusted_key):
            publisher.send_multipart([message["tag"].encode(), dump(sign_json(message, name, key))])


def sign(key):
    name, key = signer(key)
    for line in sys.stdin:
        print(dump(sign_json(json.loads(line), name, key)).decode(), flush=True)


def verify(trusted):
    name, key = verifier(trusted)
    for line in sys.stdin:
        print(json.dumps(holds(json.loads(line), name, key)), flush=True)


if __name__ == "__main__":
    {"source": source, "sink": sink, "relay": relay, "sign": sign, "verify": verify}[sys.argv[1]](*sys.argv[2:])
